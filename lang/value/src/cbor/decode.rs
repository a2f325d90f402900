//! Bytes to values.

use super::wire::{DecodeError, Item, Reader};
use super::{MAX_DEPTH, tags};
use crate::error::{Error, ErrorKind, MAX_FRAMES};
use crate::map::Map;
use crate::mem;
use crate::value::Value;
use alloc::vec::Vec;

/// A collection whose items are being read.
enum Open {
    Seq {
        items: Vec<Value>,
        left: usize,
        list: bool,
    },
    Map {
        map: Map,
        key: Option<Value>,
        left: usize,
    },
    Error(Error),
}

/// The value of an encoding.
///
/// # Errors
/// Anything that [`super::encode`] does not produce.
pub fn decode(bytes: &[u8]) -> Result<Value, DecodeError> {
    let mut reader = Reader::new(bytes);
    let value = read_value(&mut reader)?;
    reader.finish()?;
    Ok(value)
}

/// The arguments of an encoded argument list.
///
/// # Errors
/// Anything that [`super::encode_args`] does not produce.
pub fn decode_args(bytes: &[u8]) -> Result<Vec<Value>, DecodeError> {
    let mut reader = Reader::new(bytes);
    let n = reader.array()?;
    let mut args = Vec::with_capacity(n);
    for _ in 0..n {
        args.push(read_value(&mut reader)?);
    }
    reader.finish()?;
    Ok(args)
}

fn read_value(reader: &mut Reader<'_>) -> Result<Value, DecodeError> {
    let mut open: Vec<Open> = Vec::new();
    loop {
        let Some(mut value) = read_top(reader, &mut open)? else {
            if open.len() > MAX_DEPTH {
                return Err(reader.error("nested too deeply"));
            }
            if mem::over_limit() {
                return Err(reader.error("out of memory"));
            }
            continue;
        };
        // The value may complete the collection it belongs to, that one the next, and so on.
        loop {
            let Some(top) = open.last_mut() else {
                return Ok(value);
            };
            match top.add(value, reader)? {
                None => break,
                Some(complete) => value = complete,
            }
            open.pop();
        }
    }
}

impl Open {
    /// Adds an item; gives the collection when that was its last.
    fn add(&mut self, value: Value, reader: &mut Reader<'_>) -> Result<Option<Value>, DecodeError> {
        match self {
            Self::Seq { items, left, list } => {
                items.push(value);
                *left -= 1;
                Ok((*left == 0).then(|| sequence(core::mem::take(items), *list)))
            }
            Self::Map { map, key, left } => {
                match key.take() {
                    None => *key = Some(value),
                    Some(key) => {
                        if map.contains_key(&key) {
                            return Err(reader.error("key occurs twice"));
                        }
                        map.assoc(key, value)
                            .map_err(|_| reader.error("not a map key"))?;
                    }
                }
                *left -= 1;
                Ok((*left == 0).then(|| core::mem::take(map).into_value()))
            }
            Self::Error(error) => {
                let error = error.clone().and_data(value);
                read_error_tail(reader, error).map(|error| Some(error.into_value()))
            }
        }
    }
}

fn sequence(items: Vec<Value>, list: bool) -> Value {
    if list {
        Value::list(items)
    } else {
        Value::vector(items)
    }
}

/// Reads a scalar, or opens a collection (`None`).
fn read_top(reader: &mut Reader<'_>, open: &mut Vec<Open>) -> Result<Option<Value>, DecodeError> {
    Ok(Some(match reader.item()? {
        Item::Null => Value::NIL,
        Item::Bool(b) => Value::bool(b),
        Item::Int(i) => Value::int(i),
        Item::Float(x) => Value::float(x),
        Item::Text(text) => Value::string(text),
        Item::Array(n) => return Ok(open_seq(n, false, open)),
        Item::Tag(tags::KEYWORD) => Value::keyword(reader.text()?),
        Item::Tag(tags::SYMBOL) => Value::symbol(reader.text()?),
        Item::Tag(tags::TIMESTAMP) => Value::timestamp(reader.text()?),
        Item::Tag(tags::UUID) => Value::uuid(reader.text()?),
        Item::Tag(tags::RESOURCE) => Value::resource(reader.text()?),
        Item::Tag(tags::LIST) => {
            let n = reader.array()?;
            return Ok(open_seq(n, true, open));
        }
        Item::Tag(tags::MAP) => {
            let left = reader.array()?;
            if left % 2 != 0 {
                return Err(reader.error("map with a key but no value"));
            }
            if left == 0 {
                return Ok(Some(Map::new().into_value()));
            }
            open.push(Open::Map {
                map: Map::new(),
                key: None,
                left,
            });
            return Ok(None);
        }
        Item::Tag(tags::ERROR) => {
            open.push(Open::Error(read_error_head(reader)?));
            return Ok(None);
        }
        Item::Tag(tags::FUNCTION) => match reader.item()? {
            Item::Null => Value::opaque_fn(),
            _ => return Err(reader.error("expected null")),
        },
        Item::Tag(_) => return Err(reader.error("unknown tag")),
    }))
}

fn open_seq(n: usize, list: bool, open: &mut Vec<Open>) -> Option<Value> {
    if n == 0 {
        return Some(sequence(Vec::new(), list));
    }
    open.push(Open::Seq {
        items: Vec::new(),
        left: n,
        list,
    });
    None
}

fn read_error_head(reader: &mut Reader<'_>) -> Result<Error, DecodeError> {
    reader.array_of(6)?;
    let Some(kind) = ErrorKind::from_class(reader.text()?) else {
        return Err(reader.error("unknown class of error"));
    };
    let keyword = reader.text()?;
    let message = reader.text()?;
    Ok(Error::with_data(kind, message, Value::NIL, Some(keyword)))
}

fn read_error_tail(reader: &mut Reader<'_>, mut error: Error) -> Result<Error, DecodeError> {
    match reader.item()? {
        Item::Null => {}
        Item::Int(node) => match u32::try_from(node) {
            Ok(node) if node != u32::MAX => error.set_node_if_unset(node),
            _ => return Err(reader.error("not a node number")),
        },
        _ => return Err(reader.error("expected a node or null")),
    }
    let n = reader.array()?;
    if n > MAX_FRAMES {
        return Err(reader.error("too many frames"));
    }
    for _ in 0..n {
        error.push_frame(reader.text()?);
    }
    Ok(error)
}
