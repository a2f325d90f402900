//! Library functions that are called without an argument row.
//!
//! Hot functions get their arguments one by one. They are the same functions
//! (`rtfs_value::library::direct`), so nothing but speed depends on this table.

use rtfs_value::library::direct;
use rtfs_value::{Error, Value};

/// A function of one argument.
pub(crate) type Unary = fn(Value) -> Result<Value, Error>;

/// A function of two arguments.
pub(crate) type Binary = fn(Value, Value) -> Result<Value, Error>;

/// The form of a library function for one argument.
pub(crate) fn unary(name: &str) -> Option<Unary> {
    Some(match name {
        "-" => direct::negate,
        "inc" => direct::inc,
        "dec" => direct::dec,
        "not" => direct::not,
        "nil?" => direct::is_nil,
        "empty?" => direct::empty,
        "count" => direct::count,
        "first" => direct::first,
        "rest" => direct::rest,
        _ => return None,
    })
}

/// The form of a library function for two arguments.
pub(crate) fn binary(name: &str) -> Option<Binary> {
    Some(match name {
        "/" => direct::div,
        "mod" => direct::mod_,
        "rem" => direct::rem,
        "quot" => direct::quot,
        "not=" => direct::not_eq,
        "get" => direct::get2,
        "nth" => direct::nth2,
        "conj" => direct::conj2,
        "cons" => direct::cons,
        "contains?" => direct::contains,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtfs_value::library::{self, BUILTINS, Imp};
    use rtfs_value::{Map, readable};

    fn samples() -> Vec<Value> {
        let mut map = Map::new();
        map.assoc(Value::keyword("k"), Value::int(1))
            .expect("a keyword is a key");
        vec![
            Value::NIL,
            Value::bool(true),
            Value::int(0),
            Value::int(-3),
            Value::int(i64::MAX),
            Value::int(i64::MIN),
            Value::float(0.0),
            Value::float(2.5),
            Value::float(f64::NAN),
            Value::string("text"),
            Value::keyword("k"),
            Value::vector([Value::int(7), Value::int(8)]),
            Value::list([Value::int(7)]),
            Value::map(map),
        ]
    }

    fn show(result: Result<Value, Error>) -> String {
        match result {
            Ok(value) => readable(&value),
            Err(error) => format!("{error:?}"),
        }
    }

    /// The general form of the same function.
    fn general(name: &str, mut args: Vec<Value>) -> String {
        let id = library::lookup(name).expect("it is a library function");
        library::check_arity(id, args.len()).expect("the count fits");
        match library::get(id).imp {
            Imp::Plain(function) => show(function(&mut args)),
            _ => panic!("{name} calls back"),
        }
    }

    #[test]
    fn both_forms_of_a_function_agree() {
        let mut compared = 0;
        for builtin in BUILTINS {
            for a in samples() {
                if let Some(function) = unary(builtin.name) {
                    let args = vec![a.clone()];
                    assert_eq!(show(function(a.clone())), general(builtin.name, args));
                    compared += 1;
                }
                let Some(function) = binary(builtin.name) else {
                    continue;
                };
                for b in samples() {
                    let args = vec![a.clone(), b.clone()];
                    assert_eq!(show(function(a.clone(), b)), general(builtin.name, args));
                    compared += 1;
                }
            }
        }
        assert!(compared > 2000, "{compared}");
    }
}
