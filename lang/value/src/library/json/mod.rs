//! JSON text and values.

mod read;
mod write;

use super::argument;
use crate::{Error, Value};

/// The deepest nesting of arrays and objects that is read.
const MAX_NESTING: usize = 512;

/// `(serialize-json x)`
pub(super) fn serialize(a: Value) -> Result<Value, Error> {
    write::write(a, write::Layout::Compact)
}

/// `(serialize-json-pretty x)`
pub(super) fn serialize_pretty(a: Value) -> Result<Value, Error> {
    write::write(a, write::Layout::Pretty)
}

/// `(parse-json s)`
pub(super) fn parse(a: Value) -> Result<Value, Error> {
    read::read(argument::text("parse-json", &a)?)
}

/// `(tool/parse-json s)`
pub(super) fn tool_parse(a: Value) -> Result<Value, Error> {
    read::read(argument::text("tool/parse-json", &a)?)
}
