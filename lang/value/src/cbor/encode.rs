//! Values to bytes.

use super::wire::{FALSE, NULL, TRUE, float, head, int, major, text};
use super::{MAX_DEPTH, tags};
use crate::error::Error;
use crate::kind::Kind;
use crate::mem;
use crate::seen::Seen;
use crate::value::Value;
use alloc::vec::Vec;

/// An open collection.
enum Open<'a> {
    Seq(crate::seq::Iter<'a>),
    Map(crate::map::Iter<'a>, Option<&'a Value>),
    /// An error whose data come next.
    Error(&'a Value),
    /// An error whose data are written.
    ErrorTail(&'a Value),
}

/// The encoding of a value. Functions lose everything but being one.
///
/// # Errors
/// `BudgetExhausted` for data nested deeper than [`MAX_DEPTH`] and for encodings that do not fit
/// into what the memory limit leaves; `InternalError` for values that no program can see.
pub fn encode(value: &Value) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    encode_into(value, &mut out)?;
    Ok(out)
}

/// The encoding of an argument list: an array.
///
/// # Errors
/// As [`encode`].
pub fn encode_args(args: &[Value]) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    head(&mut out, major::ARRAY, args.len() as u64);
    for arg in args {
        encode_into(arg, &mut out)?;
    }
    Ok(out)
}

/// Appends the encoding of a value.
///
/// # Errors
/// As [`encode`].
pub fn encode_into(value: &Value, out: &mut Vec<u8>) -> Result<(), Error> {
    let limit = out.len().saturating_add(mem::headroom());
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut next = Some(value);
    loop {
        if let Some(value) = next.take() {
            write_top(value, out, &mut open)?;
            if open.len() > MAX_DEPTH {
                return Err(super::nesting_error());
            }
            if out.len() > limit {
                return Err(mem::exhausted_error());
            }
        }
        let Some(top) = open.last_mut() else {
            return Ok(());
        };
        next = match top {
            Open::Seq(items) => items.next(),
            Open::Map(entries, pending) => match pending.take() {
                Some(value) => Some(value),
                None => entries.next().map(|(key, value)| {
                    *pending = Some(value);
                    key
                }),
            },
            Open::Error(error) => {
                let error: &Value = error;
                let data = error.error_data();
                *top = Open::ErrorTail(error);
                data
            }
            Open::ErrorTail(error) => {
                write_error_tail(error, out);
                None
            }
        };
        if next.is_none() {
            open.pop();
        }
    }
}

fn write_top<'a>(
    value: &'a Value,
    out: &mut Vec<u8>,
    open: &mut Vec<Open<'a>>,
) -> Result<(), Error> {
    match value.kind() {
        Kind::Nil => out.push(NULL),
        Kind::Boolean => out.push(if value.truthy() { TRUE } else { FALSE }),
        Kind::Integer => int(out, value.as_int().unwrap_or_default()),
        Kind::Float => float(out, value.as_float().unwrap_or_default()),
        Kind::String => text(out, value.as_text().unwrap_or_default()),
        Kind::Keyword => tagged_text(out, tags::KEYWORD, value),
        Kind::Symbol => tagged_text(out, tags::SYMBOL, value),
        Kind::Timestamp => tagged_text(out, tags::TIMESTAMP, value),
        Kind::Uuid => tagged_text(out, tags::UUID, value),
        Kind::Resource => tagged_text(out, tags::RESOURCE, value),
        Kind::Vector | Kind::List => {
            if let Some(seq) = value.as_seq() {
                if seq.is_list() {
                    head(out, major::TAG, tags::LIST);
                }
                head(out, major::ARRAY, seq.len() as u64);
                open.push(Open::Seq(seq.iter()));
            }
        }
        Kind::Map => {
            if let Some(map) = value.as_map() {
                head(out, major::TAG, tags::MAP);
                head(out, major::ARRAY, map.len() as u64 * 2);
                open.push(Open::Map(map.iter(), None));
            }
        }
        Kind::Function => {
            head(out, major::TAG, tags::FUNCTION);
            out.push(NULL);
        }
        Kind::Error => {
            write_error_head(value, out);
            open.push(Open::Error(value));
        }
        Kind::Placeholder => return Err(Error::internal("cannot encode a placeholder")),
    }
    Ok(())
}

fn tagged_text(out: &mut Vec<u8>, tag: u64, value: &Value) {
    head(out, major::TAG, tag);
    text(out, value.as_text().unwrap_or_default());
}

fn write_error_head(value: &Value, out: &mut Vec<u8>) {
    head(out, major::TAG, tags::ERROR);
    head(out, major::ARRAY, 6);
    if let Some(error) = value.as_error() {
        text(out, error.kind().class());
        text(out, error.kind_keyword());
        text(out, error.text());
    }
}

fn write_error_tail(value: &Value, out: &mut Vec<u8>) {
    if let Some(error) = value.as_error() {
        match error.node() {
            Some(node) => int(out, i64::from(node)),
            None => out.push(NULL),
        }
        let names = error.frames();
        head(out, major::ARRAY, names.len() as u64);
        for name in names {
            text(out, name.as_str().unwrap_or_default());
        }
    }
}

/// Whether a function is anywhere in the value; such values cannot cross to the host.
pub fn contains_function(value: &Value) -> bool {
    let mut pending = Vec::from([value]);
    let mut seen = Seen::default();
    while let Some(value) = pending.pop() {
        match value.kind() {
            Kind::Function => return true,
            Kind::Error => pending.extend(value.error_data()),
            Kind::Vector | Kind::List | Kind::Map if !seen.one(value) => {
                pending.extend(value.as_seq().into_iter().flatten());
                pending.extend(value.as_map().into_iter().flat_map(|map| map.values()));
            }
            _ => {}
        }
    }
    false
}
