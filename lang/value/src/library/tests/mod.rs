//! The library, row by row, and its laws.
//!
//! The rows are the corpus that every engine runs, one file per section of the language
//! reference. Here a small evaluator of calls and literals runs them, which drives suspended
//! functions as an engine does; cases with closures or special forms are for the engines alone.

mod laws;
mod protocol;
mod rows;
mod structure;

use super::{Args, Imp, Next};
use crate::{Error, Map, Value, equal, library, readable};
use alloc::string::ToString;
use alloc::vec::Vec;
use rtfs_syntax::{Form, FormKind, read};

/// Evaluates a program of one form.
fn run(source: &str) -> Result<Value, Error> {
    let result = read(source);
    assert!(
        result.diagnostics.is_empty(),
        "{source}: {:?}",
        result.diagnostics
    );
    evaluate(result.forms.first().expect("a form"))
}

fn evaluate(form: &Form) -> Result<Value, Error> {
    Ok(match &form.kind {
        FormKind::Nil => Value::NIL,
        FormKind::Bool(b) => Value::bool(*b),
        FormKind::Int(i) => Value::int(*i),
        FormKind::Float(x) => Value::float(*x),
        FormKind::Str(text) => Value::string(text),
        FormKind::Keyword(name) => Value::keyword(name),
        FormKind::Timestamp(text) => Value::timestamp(text),
        FormKind::Uuid(text) => Value::uuid(text),
        FormKind::Resource(text) => Value::resource(text),
        FormKind::Symbol(name) => function(name),
        FormKind::Vector(forms) => Value::vector(all(forms)?),
        FormKind::Map(entries) => map(entries)?,
        FormKind::List(forms) => match forms.split_first() {
            None => Value::list([]),
            Some((head, rest)) if head.as_symbol() == Some("quote") => quoted(&rest[0]),
            Some((head, rest)) => {
                let f = evaluate(head)?;
                apply(&f, all(rest)?)?
            }
        },
        other => panic!("not for these tests: {other:?}"),
    })
}

fn all(forms: &[Form]) -> Result<Vec<Value>, Error> {
    forms.iter().map(evaluate).collect()
}

fn map(entries: &[(Form, Form)]) -> Result<Value, Error> {
    let mut map = Map::new();
    for (key, value) in entries {
        map.assoc(evaluate(key)?, evaluate(value)?)?;
    }
    Ok(map.into_value())
}

/// A form as data, as in the expectation of a case.
fn quoted(form: &Form) -> Value {
    match &form.kind {
        FormKind::Symbol(name) => Value::symbol(name),
        FormKind::List(forms) => Value::list(forms.iter().map(quoted)),
        FormKind::Vector(forms) => Value::vector(forms.iter().map(quoted)),
        FormKind::Map(entries) => {
            let mut map = Map::new();
            for (key, value) in entries {
                map.assoc(quoted(key), quoted(value)).expect("a key");
            }
            map.into_value()
        }
        _ => evaluate(form).expect("a literal"),
    }
}

/// The library function of a name.
fn function(name: &str) -> Value {
    match library::lookup(name) {
        Some(id) => Value::builtin(id),
        None => panic!("no library function {name}"),
    }
}

/// Calls a function as an engine does.
fn apply(f: &Value, args: Vec<Value>) -> Result<Value, Error> {
    let mut args = Args::new(args);
    let next = if let Some(id) = f.as_builtin() {
        library::check_arity(id, args.len())?;
        match library::get(id).imp {
            Imp::Plain(function) => return function(args.as_mut_slice()),
            Imp::Steps(function) => function(args.as_mut_slice())?,
            Imp::HostCall => {
                let name = library::check_call(&args)?.to_string();
                return Err(Error::unknown_capability(&name));
            }
        }
    } else if f.as_keyword().is_some() {
        return library::keyword_call(f, args.as_mut_slice());
    } else {
        library::call_combinator(f, args)?
    };
    drive(next)
}

/// Takes a suspended function to its end.
fn drive(mut next: Next) -> Result<Value, Error> {
    loop {
        match next {
            Next::Done(value) => return Ok(value),
            Next::Call { f, args, then } => {
                let result = apply(&f, args.into_vec())?;
                next = library::resume(then, result)?;
            }
        }
    }
}

/// Calls the library function of a name.
fn call(name: &str, args: impl IntoIterator<Item = Value>) -> Result<Value, Error> {
    apply(&function(name), args.into_iter().collect())
}

#[track_caller]
fn assert_equal(got: &Value, wanted: &Value) {
    assert!(
        equal(got, wanted),
        "{} is not {}",
        readable(got),
        readable(wanted)
    );
}

#[test]
fn names_are_unique_and_lead_to_their_entries() {
    for (i, builtin) in library::BUILTINS.iter().enumerate() {
        let id = library::lookup(builtin.name).expect("its own name");
        assert_eq!(usize::from(id.0), i, "{}", builtin.name);
        assert!(
            builtin.max.is_none_or(|max| builtin.min <= max),
            "{}",
            builtin.name
        );
        assert!(
            builtin.doc.ends_with('.') && !builtin.doc.contains('\n'),
            "{}",
            builtin.name
        );
        let head = ["(", builtin.name].concat();
        assert!(builtin.signature.starts_with(&head), "{}", builtin.name);
    }
    assert_eq!(library::lookup("no-such-name"), None);
}

/// The counts of section 9.10, and the names this library has besides.
#[test]
fn every_name_of_the_reference_is_there() {
    const FOREIGN: [&str; 15] = [
        "rem",
        "quot",
        "compare",
        "identity",
        "constantly",
        "comp",
        "partial",
        "ends-with?",
        "vec",
        "error?",
        "timestamp?",
        "uuid?",
        "keyword",
        "symbol",
        "name",
    ];
    assert!(FOREIGN.iter().all(|name| library::lookup(name).is_some()));
    assert_eq!(library::BUILTINS.len() - FOREIGN.len(), 124);
}
