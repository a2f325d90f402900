//! Values as JSON text.

use crate::library::sorting::order;
use crate::library::text::Builder;
use crate::print::write_int;
use crate::{Error, Kind, Map, Seq, Value, mem, write_float};
use alloc::string::String;
use alloc::vec::Vec;

/// Where line breaks and spaces go.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Layout {
    /// Nowhere.
    Compact,
    /// Every item on its line, two spaces deeper than its collection.
    Pretty,
}

/// An array or object that is being written.
enum Open {
    Array(Seq),
    /// Entries by key text.
    Object(Vec<(Value, Value)>),
}

impl Open {
    fn len(&self) -> usize {
        match self {
            Self::Array(items) => items.len(),
            Self::Object(entries) => entries.len(),
        }
    }

    fn brackets(&self) -> (&'static str, &'static str) {
        match self {
            Self::Array(_) => ("[", "]"),
            Self::Object(_) => ("{", "}"),
        }
    }
}

/// Writes a value. Never recurses.
pub(super) fn write(value: Value, layout: Layout) -> Result<Value, Error> {
    let mut out = Builder::new();
    let mut open: Vec<(Open, usize)> = Vec::new();
    let mut next = Some(value);
    loop {
        if let Some(value) = next.take() {
            match opened(&value)? {
                Some(collection) if collection.len() > 0 => {
                    out.push_str(collection.brackets().0)?;
                    open.push((collection, 0));
                }
                Some(empty) => {
                    out.push_str(empty.brackets().0)?;
                    out.push_str(empty.brackets().1)?;
                }
                None => write_scalar(&value, &mut out)?,
            }
        }
        let depth = open.len();
        let Some((collection, index)) = open.last_mut() else {
            return Ok(out.finish());
        };
        if *index == collection.len() {
            break_line(&mut out, layout, depth - 1)?;
            out.push_str(collection.brackets().1)?;
            open.pop();
            continue;
        }
        if *index > 0 {
            out.push_str(",")?;
        }
        break_line(&mut out, layout, depth)?;
        next = Some(item(collection, *index, layout, &mut out)?);
        *index += 1;
    }
}

fn break_line(out: &mut Builder, layout: Layout, depth: usize) -> Result<(), Error> {
    if layout == Layout::Pretty {
        out.push_str("\n")?;
        for _ in 0..depth {
            out.push_str("  ")?;
        }
    }
    Ok(())
}

/// The item at an index, its key written.
fn item(open: &Open, index: usize, layout: Layout, out: &mut Builder) -> Result<Value, Error> {
    match open {
        Open::Array(items) => Ok(items.get(index).cloned().unwrap_or_default()),
        Open::Object(entries) => {
            let Some((key, value)) = entries.get(index) else {
                return Ok(Value::NIL);
            };
            write_text(key.as_str().unwrap_or_default(), out)?;
            out.push_str(if layout == Layout::Pretty { ": " } else { ":" })?;
            Ok(value.clone())
        }
    }
}

/// The collection of a value that is one.
fn opened(value: &Value) -> Result<Option<Open>, Error> {
    if let Some(items) = value.as_seq() {
        return Ok(Some(Open::Array(items.clone())));
    }
    match value.as_map() {
        Some(map) => Ok(Some(Open::Object(entries(map)?))),
        None => Ok(None),
    }
}

/// The entries with their keys as strings, in the order of the keys.
fn entries(map: &Map) -> Result<Vec<(Value, Value)>, Error> {
    mem::reserve(map.len() * size_of::<(Value, Value)>())?;
    let keys = Seq::vector(map.keys().map(key_text));
    let values = Seq::vector(map.values().cloned());
    let mut entries: Vec<(Value, Value)> = Vec::with_capacity(map.len());
    for index in order(&keys) {
        let copy = |seq: &Seq| seq.get(index as usize).cloned().unwrap_or_default();
        let (key, value) = (copy(&keys), copy(&values));
        if entries.last().is_some_and(|(before, _)| *before == key) {
            return Err(two_keys(key.as_str().unwrap_or_default()));
        }
        entries.push((key, value));
    }
    Ok(entries)
}

#[cold]
fn two_keys(text: &str) -> Error {
    Error::json(&["Two keys with the text '", text, "'"].concat())
}

fn key_text(key: &Value) -> Value {
    match (key.as_int(), key.as_keyword()) {
        (Some(i), _) => {
            let mut text = String::new();
            write_int(i, &mut text);
            Value::string(&text)
        }
        (_, Some(name)) => Value::string(name),
        _ => key.clone(),
    }
}

fn write_scalar(value: &Value, out: &mut Builder) -> Result<(), Error> {
    if let Some(text) = value.as_text() {
        return write_text(text, out);
    }
    match value.kind() {
        Kind::Nil => out.push_str("null"),
        Kind::Boolean | Kind::Integer => out.push(value),
        Kind::Float => write_number(value.as_float().unwrap_or_default(), out),
        _ => Err(Error::json(
            &["Cannot serialize ", value.type_name(), " to JSON"].concat(),
        )),
    }
}

fn write_number(x: f64, out: &mut Builder) -> Result<(), Error> {
    if !x.is_finite() {
        return Err(Error::json("Invalid float value for JSON"));
    }
    let mut text = String::new();
    write_float(x, &mut text);
    out.push_str(&text)
}

fn write_text(text: &str, out: &mut Builder) -> Result<(), Error> {
    out.push_str("\"")?;
    let mut plain_from = 0;
    for (at, byte) in text.bytes().enumerate() {
        // Bytes of longer characters are above these.
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(text.get(plain_from..at).unwrap_or_default())?;
        write_escape(byte, out)?;
        plain_from = at + 1;
    }
    out.push_str(text.get(plain_from..).unwrap_or_default())?;
    out.push_str("\"")
}

fn write_escape(byte: u8, out: &mut Builder) -> Result<(), Error> {
    match byte {
        b'"' => out.push_str("\\\""),
        b'\\' => out.push_str("\\\\"),
        b'\n' => out.push_str("\\n"),
        b'\r' => out.push_str("\\r"),
        b'\t' => out.push_str("\\t"),
        0x08 => out.push_str("\\b"),
        0x0c => out.push_str("\\f"),
        _ => {
            let digit = |n: u8| char::from_digit(u32::from(n), 16).unwrap_or('0');
            out.push_str("\\u00")?;
            out.push_str(digit(byte >> 4).encode_utf8(&mut [0; 4]))?;
            out.push_str(digit(byte & 15).encode_utf8(&mut [0; 4]))
        }
    }
}
