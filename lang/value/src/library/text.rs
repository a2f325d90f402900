//! Strings. Indices and lengths count characters.

use super::argument::{self, characters, items, optional, take, wrong_kind};
use crate::print::{DIGITS, digits};
use crate::{Error, Kind, Seq, Value, bytes, mem, tag, try_write_plain};
use alloc::string::String;

/// Builds a string, and refuses to grow past the memory limit.
pub(super) struct Builder {
    text: Value,
    /// The text of a value that is no string, before it is appended.
    scratch: String,
}

impl Builder {
    pub(super) fn new() -> Self {
        Self::with_capacity(0)
    }

    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self {
            text: Value::string_with_capacity(bytes),
            scratch: String::new(),
        }
    }

    /// Goes on with a string, in place when nobody shares it; if not, with room for `more` bytes.
    fn from_value(value: Value, more: usize) -> Result<Self, Error> {
        if value.tag() == tag::STRING && value.is_unshared() {
            return Ok(Self {
                text: value,
                scratch: String::new(),
            });
        }
        let room = printed_size(&value).saturating_add(more);
        mem::reserve(room)?;
        let mut builder = Self::with_capacity(room);
        builder.push(&value)?;
        Ok(builder)
    }

    pub(super) fn push_str(&mut self, text: &str) -> Result<(), Error> {
        mem::reserve(text.len())?;
        self.text.push_str(text);
        mem::guard()
    }

    /// Appends a text of that many characters.
    pub(super) fn push_counted(&mut self, text: &str, chars: usize) -> Result<(), Error> {
        mem::reserve(text.len())?;
        self.text.push_counted(text, chars);
        mem::guard()
    }

    /// Appends the plain text of a value.
    #[inline]
    pub(super) fn push(&mut self, value: &Value) -> Result<(), Error> {
        match (value.as_str(), value.char_count()) {
            (Some(text), Some(chars)) => self.push_counted(text, chars),
            _ => self.push_printed(value),
        }
    }

    /// [`Builder::push`] of what is no string.
    fn push_printed(&mut self, value: &Value) -> Result<(), Error> {
        if let Some(i) = value.as_int() {
            if i < 0 {
                self.push_counted("-", 1)?;
            }
            let mut buffer = [0; DIGITS];
            let digits = digits(i.unsigned_abs(), &mut buffer);
            return self.push_counted(digits, digits.len());
        }
        self.scratch.clear();
        try_write_plain(value, &mut self.scratch)?;
        let scratch = &self.scratch;
        mem::reserve(scratch.len())?;
        self.text.push_str(scratch);
        mem::guard()
    }

    pub(super) fn finish(self) -> Value {
        self.text
    }
}

/// About how many bytes the plain text of a value has; of a string or an integer not more.
#[inline]
fn printed_size(value: &Value) -> usize {
    match (value.as_str(), value.as_int()) {
        (Some(text), _) => text.len(),
        // Three bits and a third make a digit; one for the sign.
        (_, Some(i)) => (64 - i.unsigned_abs().leading_zeros() as usize) * 3 / 10 + 2,
        _ => 8,
    }
}

/// `(str x …)`
pub(super) fn str(args: &mut [Value]) -> Result<Value, Error> {
    let Some((first, others)) = args.split_first_mut() else {
        return Ok(Value::string(""));
    };
    let sizes = others.iter().map(printed_size);
    let more = sizes.fold(0, usize::saturating_add);
    let mut builder = Builder::from_value(first.take(), more)?;
    for arg in others {
        builder.push(arg)?;
    }
    Ok(builder.finish())
}

/// `(str a b)`
pub(super) fn str2(mut a: Value, b: Value) -> Result<Value, Error> {
    if let (Some(more), Some(chars)) = (b.as_str(), b.char_count())
        && a.push_in_room(more, chars)
    {
        return Ok(a);
    }
    let mut builder = Builder::from_value(a, printed_size(&b))?;
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
    argument::text(operation, separator)?;
    let items = items(operation, collection)?;
    let mut builder = Builder::new();
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            builder.push(separator)?;
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
        [byte] => split_at_byte(text, *byte, a.char_count() == Some(text.len())),
        _ => split_at_text(text, separator),
    }
}

/// The parts of a text between bytes of ASCII.
fn split_at_byte(text: &str, byte: u8, is_ascii: bool) -> Result<Value, Error> {
    let n = bytes::count(text.as_bytes(), byte) + 1;
    mem::reserve(n.saturating_mul(size_of::<Value>()))?;
    let mut parts = Seq::with_capacity(n);
    let mut add = |part: &str| {
        parts.push(if is_ascii {
            Value::counted_string(part, part.len())
        } else {
            Value::string(part)
        });
        mem::guard()
    };
    let mut start = 0;
    bytes::try_each_place(text.as_bytes(), byte, |end| {
        let part = text.get(start..end).unwrap_or_default();
        start = end + 1;
        add(part)
    })?;
    add(text.get(start..).unwrap_or_default())?;
    Ok(parts.into_value())
}

fn split_at_text(text: &str, separator: &str) -> Result<Value, Error> {
    let mut parts = Seq::new();
    for part in text.split(separator) {
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
