//! Bytes to values.

use super::wire::{DecodeError, Item, Reader};
use super::{MAX_DEPTH, tags};
use crate::error::{Error, ErrorKind, MAX_FRAMES};
use crate::hashing::str_key_hash;
use crate::map::Map;
use crate::mem;
use crate::names;
use crate::seq::Seq;
use crate::tag;
use crate::value::Value;
use alloc::vec::Vec;

/// A collection whose items are being read.
enum Open {
    Seq {
        items: Seq,
        left: usize,
    },
    Map {
        map: Map,
        key: Option<Value>,
        left: usize,
    },
    Error(Error),
}

/// Keywords read a moment ago. Records repeat theirs; sharing them saves memory, and makes them
/// quick to find.
struct Names([Value; NAMES]);

/// Items to make room for in advance. Few: small inputs can announce large collections, nested.
const RESERVE: usize = 16;

/// A power of two.
const NAMES: usize = 16;

impl Names {
    fn new() -> Self {
        Self([const { Value::NIL }; NAMES])
    }

    fn keyword(&mut self, name: &str) -> Value {
        let slot = &mut self.0[str_key_hash(tag::KEYWORD, name) as usize & (NAMES - 1)];
        if slot.as_keyword() != Some(name) {
            *slot = Value::keyword(name);
        }
        slot.clone()
    }
}

/// The value of an encoding.
///
/// # Errors
/// Anything that [`super::encode`] does not produce.
pub fn decode(bytes: &[u8]) -> Result<Value, DecodeError> {
    let mut reader = Reader::new(bytes);
    let value = read_value(&mut reader, &mut Names::new())?;
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
    let mut names = Names::new();
    for _ in 0..n {
        args.push(read_value(&mut reader, &mut names)?);
    }
    reader.finish()?;
    Ok(args)
}

fn read_value(reader: &mut Reader<'_>, names: &mut Names) -> Result<Value, DecodeError> {
    let mut open: Vec<Open> = Vec::new();
    loop {
        let Some(mut value) = read_top(reader, names, &mut open)? else {
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
            if !top.add(value, reader)? {
                break;
            }
            let Some(complete) = open.pop() else {
                return Err(reader.error("nothing to complete"));
            };
            value = complete.close();
        }
    }
}

impl Open {
    /// Adds an item; true when that was the last.
    fn add(&mut self, value: Value, reader: &mut Reader<'_>) -> Result<bool, DecodeError> {
        match self {
            Self::Seq { items, left } => {
                items.push(value);
                *left -= 1;
                Ok(*left == 0)
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
                Ok(*left == 0)
            }
            Self::Error(error) => {
                error.set_data(value);
                read_error_tail(reader, error)?;
                Ok(true)
            }
        }
    }

    fn close(self) -> Value {
        match self {
            Self::Seq { items, .. } => items.into_value(),
            Self::Map { map, .. } => map.into_value(),
            Self::Error(error) => error.into_value(),
        }
    }
}

/// Reads a scalar, or opens a collection (`None`).
fn read_top(
    reader: &mut Reader<'_>,
    names: &mut Names,
    open: &mut Vec<Open>,
) -> Result<Option<Value>, DecodeError> {
    Ok(Some(match reader.item()? {
        Item::Null => Value::NIL,
        Item::Bool(b) => Value::bool(b),
        Item::Int(i) => Value::int(i),
        Item::Float(x) => Value::float(x),
        Item::Text(text) => Value::string(text),
        Item::Array(n) => return Ok(open_seq(n, false, open)),
        Item::Tag(tags::KEYWORD) => names.keyword(readable(reader, tag::KEYWORD)?),
        Item::Tag(tags::SYMBOL) => Value::symbol(reader.text()?),
        Item::Tag(tags::TIMESTAMP) => Value::timestamp(readable(reader, tag::TIMESTAMP)?),
        Item::Tag(tags::UUID) => Value::uuid(readable(reader, tag::UUID)?),
        Item::Tag(tags::RESOURCE) => Value::resource(readable(reader, tag::RESOURCE)?),
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
                map: Map::with_capacity((left / 2).min(RESERVE)),
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

/// The text of a value with the tag, which must be one that the language's reader takes.
fn readable<'a>(reader: &mut Reader<'a>, tag: u32) -> Result<&'a str, DecodeError> {
    let text = reader.text()?;
    if !names::is_readable(tag, text) {
        return Err(reader.error("not a text of a value of this kind"));
    }
    Ok(text)
}

fn open_seq(n: usize, list: bool, open: &mut Vec<Open>) -> Option<Value> {
    let mut items = Seq::with_capacity(n.min(RESERVE));
    if list {
        items = items.into_list();
    }
    if n == 0 {
        return Some(items.into_value());
    }
    open.push(Open::Seq { items, left: n });
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

fn read_error_tail(reader: &mut Reader<'_>, error: &mut Error) -> Result<(), DecodeError> {
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
    Ok(())
}
