//! Strings. Indices and lengths count characters.

use super::argument::{self, characters, items, optional, take, wrong_kind};
use crate::print::{DIGITS, digits};
use crate::{Error, Kind, Seq, Value, mem, try_write_plain};
use alloc::string::String;

/// Builds a string, and refuses to grow past the memory limit.
pub(super) struct Builder {
    text: Value,
    /// The text of a value that is no string, before it is appended.
    scratch: String,
}

impl Builder {
    pub(super) fn new() -> Self {
        Self {
            text: Value::string_with_capacity(0),
            scratch: String::new(),
        }
    }

    /// Goes on with a string, in place when nobody shares it.
    fn from_value(value: Value) -> Result<Self, Error> {
        if value.kind() == Kind::String {
            return Ok(Self {
                text: value,
                scratch: String::new(),
            });
        }
        let mut builder = Self::new();
        builder.push(&value)?;
        Ok(builder)
    }

    pub(super) fn push_str(&mut self, text: &str) -> Result<(), Error> {
        mem::reserve(text.len())?;
        self.text.push_str(text);
        mem::guard()
    }

    /// Appends the plain text of a value.
    pub(super) fn push(&mut self, value: &Value) -> Result<(), Error> {
        if let Some(text) = value.as_str() {
            return self.push_str(text);
        }
        if let Some(i) = value.as_int() {
            if i < 0 {
                self.push_str("-")?;
            }
            return self.push_str(digits(i.unsigned_abs(), &mut [0; DIGITS]));
        }
        self.scratch.clear();
        try_write_plain(value, &mut self.scratch)?;
        mem::reserve(self.scratch.len())?;
        self.text.push_str(&self.scratch);
        mem::guard()
    }

    pub(super) fn finish(self) -> Value {
        self.text
    }
}

/// `(str x …)`
pub(super) fn str(args: &mut [Value]) -> Result<Value, Error> {
    if args.is_empty() {
        return Ok(Value::string(""));
    }
    let mut builder = Builder::from_value(take(args, 0))?;
    for arg in args.iter().skip(1) {
        builder.push(arg)?;
    }
    Ok(builder.finish())
}

/// `(str a b)`
pub(super) fn str2(a: Value, b: Value) -> Result<Value, Error> {
    let mut builder = Builder::from_value(a)?;
    builder.push(&b)?;
    Ok(builder.finish())
}

/// The number of items of a string, vector, list or map.
pub(super) fn size(value: &Value) -> Option<usize> {
    match value.kind() {
        Kind::String => value.char_count(),
        Kind::Map => value.as_map().map(crate::Map::len),
        _ => value.as_seq().map(Seq::len),
    }
}

/// `(length x)`
pub(super) fn length(a: Value) -> Result<Value, Error> {
    match size(&a) {
        Some(n) => Ok(Value::int(n as i64)),
        None => Err(wrong_kind("length", "string, vector, list, or map", &a)),
    }
}

/// `(string-length s)`
pub(super) fn string_length(a: Value) -> Result<Value, Error> {
    argument::text("string-length", &a)?;
    Ok(Value::int(a.char_count().unwrap_or_default() as i64))
}

/// Where character `index` begins in the bytes of a string; its end for the first index past it.
fn byte_offset(string: &Value, index: usize) -> usize {
    let text = string.as_str().unwrap_or_default();
    if string.char_count() == Some(text.len()) {
        return index.min(text.len());
    }
    text.char_indices()
        .nth(index)
        .map_or(text.len(), |(at, _)| at)
}

/// The characters from `start` to before `end` of a string.
pub(super) fn slice(string: &Value, start: usize, end: usize) -> Value {
    let from = byte_offset(string, start);
    let to = byte_offset(string, end).max(from);
    Value::string(
        string
            .as_str()
            .and_then(|text| text.get(from..to))
            .unwrap_or_default(),
    )
}

/// A character of a string, as a string.
pub(super) fn char_at(string: &Value, index: usize) -> Option<Value> {
    (index < string.char_count()?).then(|| slice(string, index, index + 1))
}

/// `(substring s start end?)`
pub(super) fn substring(args: &mut [Value]) -> Result<Value, Error> {
    let string = take(args, 0);
    argument::text("substring", &string)?;
    let len = string.char_count().unwrap_or_default();
    let start = argument::int("substring", &take(args, 1))?;
    let end = match optional(args, 2) {
        Some(end) => argument::int("substring", &end)?,
        None => len as i64,
    };
    match (usize::try_from(start), usize::try_from(end)) {
        (Ok(from), Ok(to)) if from <= to && to <= len => Ok(slice(&string, from, to)),
        _ => Err(Error::index_out_of_bounds(start, len)),
    }
}

fn contains_text(operation: &str, text: &Value, part: &Value) -> Result<Value, Error> {
    let text = argument::text(operation, text)?;
    let part = argument::text(operation, part)?;
    Ok(Value::bool(text.contains(part)))
}

/// `(string-contains s part)`
pub(super) fn string_contains(a: Value, b: Value) -> Result<Value, Error> {
    contains_text("string-contains", &a, &b)
}

/// `(string-contains? s part)`
pub(super) fn string_contains_p(a: Value, b: Value) -> Result<Value, Error> {
    contains_text("string-contains?", &a, &b)
}

/// `(starts-with? s part)`
pub(super) fn starts_with(a: Value, b: Value) -> Result<Value, Error> {
    if a.is_nil() {
        return Ok(Value::FALSE);
    }
    let text = argument::text("starts-with?", &a)?;
    Ok(Value::bool(
        text.starts_with(argument::text("starts-with?", &b)?),
    ))
}

/// `(ends-with? s part)`
pub(super) fn ends_with(a: Value, b: Value) -> Result<Value, Error> {
    if a.is_nil() {
        return Ok(Value::FALSE);
    }
    let text = argument::text("ends-with?", &a)?;
    Ok(Value::bool(
        text.ends_with(argument::text("ends-with?", &b)?),
    ))
}

fn join_items(operation: &str, separator: &Value, collection: Value) -> Result<Value, Error> {
    let separator = argument::text(operation, separator)?;
    let items = items(operation, collection)?;
    let mut builder = Builder::new();
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            builder.push_str(separator)?;
        }
        builder.push(item)?;
    }
    Ok(builder.finish())
}

/// `(join sep c)`
pub(super) fn join(a: Value, b: Value) -> Result<Value, Error> {
    join_items("join", &a, b)
}

/// `(string-join sep c)`
pub(super) fn string_join(a: Value, b: Value) -> Result<Value, Error> {
    join_items("string-join", &a, b)
}

/// `(split s sep)`
pub(super) fn split(a: Value, b: Value) -> Result<Value, Error> {
    let text = argument::text("split", &a)?;
    let separator = argument::text("split", &b)?;
    if separator.is_empty() {
        return characters(text).map(Seq::into_value);
    }
    match separator.as_bytes() {
        // Looking for one byte is several times as fast.
        [byte] => parts(text.split(char::from(*byte))),
        _ => parts(text.split(separator)),
    }
}

fn parts<'a>(texts: impl Iterator<Item = &'a str>) -> Result<Value, Error> {
    let mut parts = Seq::new();
    for part in texts {
        parts.push(Value::string(part));
        mem::guard()?;
    }
    Ok(parts.into_value())
}

/// `(string-trim s)`
pub(super) fn string_trim(a: Value) -> Result<Value, Error> {
    let text = argument::text("string-trim", &a)?;
    let trimmed = text.trim();
    if trimmed.len() == text.len() {
        return Ok(a);
    }
    Ok(Value::string(trimmed))
}
