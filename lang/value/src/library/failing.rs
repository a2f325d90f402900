//! Error values, and raising them.

use super::argument::{self, optional, take, wrong_kind};
use crate::error::ErrorKind;
use crate::{Error, Value, try_write_plain, try_write_readable};
use alloc::string::String;

/// The keyword name under `:kind` of a map.
fn kind_in(data: &Value) -> Option<&str> {
    data.as_map()?.get_keyword("kind")?.as_keyword()
}

/// An error of a kind with message and data.
fn made(operation: &str, kind: ErrorKind, args: &mut [Value]) -> Result<Error, Error> {
    let message = take(args, 0);
    let text = argument::text(operation, &message)?;
    let data = match args.len() {
        0..=2 => optional(args, 1).unwrap_or_default(),
        _ => Value::vector(args.iter_mut().skip(1).map(Value::take)),
    };
    Ok(Error::with_data(kind, text, data.clone(), kind_in(&data)))
}

/// `(Exception. message data?)`
pub(super) fn exception(args: &mut [Value]) -> Result<Value, Error> {
    made("Exception.", ErrorKind::ApplicationError, args).map(Value::error)
}

/// `(RuntimeError. message data?)`
pub(super) fn runtime_error(args: &mut [Value]) -> Result<Value, Error> {
    made("RuntimeError.", ErrorKind::Generic, args).map(Value::error)
}

/// `(HostError. message data?)`
pub(super) fn host_error(args: &mut [Value]) -> Result<Value, Error> {
    made("HostError.", ErrorKind::Host, args).map(Value::error)
}

/// `(ValidationError. message data?)`
pub(super) fn validation_error(args: &mut [Value]) -> Result<Value, Error> {
    made("ValidationError.", ErrorKind::TypeValidationError, args).map(Value::error)
}

/// `(error message data?)`
pub(super) fn error(args: &mut [Value]) -> Result<Value, Error> {
    Err(made("error", ErrorKind::ApplicationError, args)?)
}

/// `(getMessage e)`
pub(super) fn get_message(a: Value) -> Result<Value, Error> {
    match a.as_error() {
        Some(error) => Ok(error.message().clone()),
        None => Err(wrong_kind("getMessage", "error", &a)),
    }
}

/// `(throw x)`
pub(super) fn throw(a: Value) -> Result<Value, Error> {
    let thrown = match Error::from_value(a) {
        Ok(mut error) => {
            error.reset_stack();
            return Err(error);
        }
        Err(other) => other,
    };
    if let Some(text) = thrown.as_str() {
        return Err(Error::application(text, Value::NIL, None));
    }
    let message = match thrown.as_map().and_then(|map| map.get_keyword("message")) {
        Some(message) => text_of(message, try_write_plain)?,
        None => text_of(&thrown, try_write_readable)?,
    };
    Err(Error::application(
        &message,
        thrown.clone(),
        kind_in(&thrown),
    ))
}

/// A text of a value, within the memory limit.
fn text_of(
    value: &Value,
    write: impl Fn(&Value, &mut String) -> Result<(), Error>,
) -> Result<String, Error> {
    let mut text = String::new();
    write(value, &mut text)?;
    Ok(text)
}
