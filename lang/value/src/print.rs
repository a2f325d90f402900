//! Values as text: readable (source form) and plain (`str`).

use crate::error::Error;
use crate::float::write_float;
use crate::kind::Kind;
use crate::mem;
use crate::value::Value;
use alloc::string::String;
use alloc::vec::Vec;

/// The readable text.
pub fn readable(value: &Value) -> String {
    let mut out = String::new();
    write_readable(value, &mut out);
    out
}

/// The plain text, as `str` gives it.
pub fn plain(value: &Value) -> String {
    let mut out = String::new();
    write_plain(value, &mut out);
    out
}

/// Appends the plain text: bare strings, timestamps, uuids and handles; others as readable.
pub fn write_plain(value: &Value, out: &mut String) {
    match value.kind() {
        Kind::String | Kind::Timestamp | Kind::Uuid | Kind::Resource => {
            out.push_str(value.as_text().unwrap_or_default());
        }
        _ => write_readable(value, out),
    }
}

/// An open collection.
enum Open<'a> {
    Seq(crate::seq::Iter<'a>, char),
    Map(crate::map::Iter<'a>, Option<&'a Value>),
}

/// Appends the readable text. Never recurses.
///
/// Data may share parts, so the text can be far larger than the data: see [`try_write_readable`].
pub fn write_readable(value: &Value, out: &mut String) {
    write_within(value, out, usize::MAX);
}

/// [`write_readable`] within the memory limit.
///
/// # Errors
/// `BudgetExhausted` when the text would not fit into what the limit leaves.
pub fn try_write_readable(value: &Value, out: &mut String) -> Result<(), Error> {
    let limit = out.len().saturating_add(mem::headroom());
    if write_within(value, out, limit) {
        Ok(())
    } else {
        Err(mem::exhausted_error())
    }
}

/// [`write_plain`] within the memory limit.
///
/// # Errors
/// As [`try_write_readable`].
pub fn try_write_plain(value: &Value, out: &mut String) -> Result<(), Error> {
    if value.as_seq().is_some() || value.as_map().is_some() {
        return try_write_readable(value, out);
    }
    write_plain(value, out);
    Ok(())
}

/// Appends the readable text until it is longer than the limit (false).
fn write_within(value: &Value, out: &mut String, limit: usize) -> bool {
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut next = Some(value);
    let mut first = false;
    loop {
        if let Some(value) = next.take() {
            first = write_top(value, out, &mut open);
            if out.len() > limit {
                return false;
            }
        }
        let Some(top) = open.last_mut() else {
            return true;
        };
        next = match top {
            Open::Seq(items, _) => items.next(),
            Open::Map(entries, pending) => match pending.take() {
                Some(value) => Some(value),
                None => entries.next().map(|(key, value)| {
                    *pending = Some(value);
                    key
                }),
            },
        };
        if next.is_some() {
            if !core::mem::take(&mut first) {
                out.push(' ');
            }
        } else {
            out.push(match top {
                Open::Seq(_, close) => *close,
                Open::Map(..) => '}',
            });
            open.pop();
            first = false;
        }
    }
}

/// Writes a scalar, or opens a collection (true).
fn write_top<'a>(value: &'a Value, out: &mut String, open: &mut Vec<Open<'a>>) -> bool {
    if let Some(seq) = value.as_seq() {
        let (start, end) = if seq.is_list() {
            ('(', ')')
        } else {
            ('[', ']')
        };
        out.push(start);
        open.push(Open::Seq(seq.iter(), end));
    } else if let Some(map) = value.as_map() {
        out.push('{');
        open.push(Open::Map(map.iter(), None));
    } else {
        write_scalar(value, out);
        return false;
    }
    true
}

fn write_scalar(value: &Value, out: &mut String) {
    let text = value.as_text().unwrap_or_default();
    match value.kind() {
        Kind::Nil => out.push_str("nil"),
        Kind::Boolean => out.push_str(if value.truthy() { "true" } else { "false" }),
        Kind::Integer => write_int(value.as_int().unwrap_or_default(), out),
        Kind::Float => write_float(value.as_float().unwrap_or_default(), out),
        Kind::String => write_quoted(text, out),
        Kind::Keyword => {
            out.push(':');
            out.push_str(text);
        }
        Kind::Symbol => out.push_str(text),
        Kind::Timestamp => write_tagged("#timestamp(", text, out),
        Kind::Uuid => write_tagged("#uuid(", text, out),
        Kind::Resource => write_tagged("#resource-handle(", text, out),
        Kind::Function => out.push_str("#<function>"),
        Kind::Placeholder => out.push_str("#<function-placeholder>"),
        Kind::Error => {
            out.push_str("#<error: ");
            if let Some(error) = value.as_error() {
                out.push_str(error.text());
            }
            out.push('>');
        }
        Kind::Vector | Kind::List | Kind::Map => {}
    }
}

fn write_tagged(head: &str, text: &str, out: &mut String) {
    out.push_str(head);
    write_quoted(text, out);
    out.push(')');
}

/// Appends a string literal.
pub(crate) fn write_quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            _ => out.push(c),
        }
    }
    out.push('"');
}

/// Appends an integer in decimal.
pub fn write_int(i: i64, out: &mut String) {
    if i < 0 {
        out.push('-');
    }
    out.push_str(digits(i.unsigned_abs(), &mut [0; DIGITS]));
}

/// Room for the digits of any number.
pub(crate) const DIGITS: usize = 20;

/// The digits of a number, at the end of the buffer.
pub(crate) fn digits(n: u64, buffer: &mut [u8; DIGITS]) -> &str {
    let (mut at, mut rest) = (DIGITS, n);
    loop {
        // What fits in 32 bits is divided by multiplying; small code has one division.
        let quotient = match u32::try_from(rest) {
            Ok(few) if !cfg!(feature = "opaque") => (u64::from(few) * 0xCCCC_CCCD) >> 35,
            _ => rest / 10,
        };
        at -= 1;
        buffer[at] = b'0' + (rest - quotient * 10) as u8;
        rest = quotient;
        if rest == 0 {
            break;
        }
    }
    // SAFETY: digits are ASCII.
    unsafe { core::str::from_utf8_unchecked(&buffer[at..]) }
}
