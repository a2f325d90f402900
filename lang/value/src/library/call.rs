//! Calling what is not a closure: keywords, combinations of functions, the host.

use super::next::{Args, Next, code, code_value};
use crate::cbor::contains_function;
use crate::{Error, Kind, Value, readable, tag};
use alloc::vec;

/// What a combinator does with its fields (without the code address) and its arguments.
pub(super) type Apply = fn(&[Value], Args) -> Result<Next, Error>;

/// A function made of values.
pub(super) fn combinator(apply: Apply, fields: impl IntoIterator<Item = Value>) -> Value {
    // SAFETY: an `Apply` is a function pointer.
    let mut all = vec![unsafe { code_value(apply) }];
    all.extend(fields);
    Value::combinator(all)
}

/// Applies a combinator.
///
/// # Errors
/// What the function raises.
pub fn call_combinator(f: &Value, args: Args) -> Result<Next, Error> {
    if f.tag() != tag::COMBINATOR {
        return Err(not_callable(f));
    }
    let Some((address, fields)) = f.fields().and_then(<[Value]>::split_first) else {
        return Err(not_callable(f));
    };
    match address.as_int() {
        // SAFETY: only `combinator` makes values with this tag, and it puts an `Apply` first.
        Some(address) => {
            let function: Apply = unsafe { code(address) };
            function(fields, args)
        }
        None => Err(not_callable(f)),
    }
}

/// Applies a keyword.
///
/// # Errors
/// `ArityMismatch`, `TypeError`.
pub fn keyword_call(keyword: &Value, args: &mut [Value]) -> Result<Value, Error> {
    let (target, default) = match args {
        [target] => (target, Value::NIL),
        [target, default] => (target, default.take()),
        _ => return Err(Error::arity(&readable(keyword), 1, Some(2), args.len())),
    };
    if let Some(map) = target.as_map() {
        return Ok(map.get(keyword).cloned().unwrap_or(default));
    }
    if target.is_nil() {
        return Ok(default);
    }
    match target.as_error() {
        Some(error) => Ok(error.field(keyword).unwrap_or(default)),
        None => Err(Error::type_error(
            "keyword lookup",
            "map",
            target.type_name(),
        )),
    }
}

/// The error of calling something that is not callable.
#[cold]
pub fn not_callable(value: &Value) -> Error {
    Error::type_error("function call", "function", value.type_name())
}

/// Checks the arguments of `call` and gives the name of the capability.
///
/// # Errors
/// `ArityMismatch`, `TypeError` when the first is no name or a function is among the others (also
/// inside collections), `InvalidArgument` for an empty name.
pub fn check_call(args: &[Value]) -> Result<&str, Error> {
    let Some((name, data)) = args.split_first() else {
        return Err(Error::arity("call", 1, None, 0));
    };
    let Some(name) = name.as_str().or_else(|| name.as_keyword()) else {
        return Err(Error::type_error(
            "call",
            "string or keyword",
            name.type_name(),
        ));
    };
    if name.is_empty() {
        return Err(Error::invalid_argument("capability name is empty"));
    }
    if data.iter().any(contains_function) {
        return Err(Error::type_error("call", "data", Kind::Function.name()));
    }
    Ok(name)
}
