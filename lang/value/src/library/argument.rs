//! Reading arguments: taking them, and refusing the wrong kind.

use crate::{Error, Kind, Map, Seq, Value, mem};

/// Moves an argument out; `nil` when there is none.
pub(super) fn take(args: &mut [Value], index: usize) -> Value {
    optional(args, index).unwrap_or_default()
}

/// Moves an argument out.
pub(super) fn optional(args: &mut [Value], index: usize) -> Option<Value> {
    args.get_mut(index).map(Value::take)
}

/// The error of a wrong kind.
#[cold]
pub(super) fn wrong_kind(operation: &str, expected: &str, value: &Value) -> Error {
    Error::type_error(operation, expected, value.type_name())
}

/// An integer.
pub(super) fn int(operation: &str, value: &Value) -> Result<i64, Error> {
    value
        .as_int()
        .ok_or_else(|| wrong_kind(operation, "integer", value))
}

/// A string.
pub(super) fn text<'a>(operation: &str, value: &'a Value) -> Result<&'a str, Error> {
    value
        .as_str()
        .ok_or_else(|| wrong_kind(operation, "string", value))
}

/// A function or keyword.
pub(super) fn callable(operation: &str, value: &Value) -> Result<(), Error> {
    match value.kind() {
        Kind::Function | Kind::Keyword => Ok(()),
        _ => Err(wrong_kind(operation, "function", value)),
    }
}

/// A map; `nil` is an empty one.
pub(super) fn map(operation: &str, value: Value) -> Result<Map, Error> {
    if value.is_nil() {
        return Ok(Map::new());
    }
    value
        .into_map()
        .map_err(|value| wrong_kind(operation, "map", &value))
}

/// The items of a collection: of a vector or list as they are, the characters of a string, the
/// entries of a map, none of `nil`. May be tagged as a list.
pub(super) fn items(operation: &str, value: Value) -> Result<Seq, Error> {
    let value = match value.into_seq() {
        Ok(seq) => return Ok(seq),
        Err(value) => value,
    };
    if let Some(text) = value.as_str() {
        characters(text)
    } else if let Some(map) = value.as_map() {
        entries(map)
    } else if value.is_nil() {
        Ok(Seq::new())
    } else {
        Err(wrong_kind(operation, "collection", &value))
    }
}

/// The characters of a text as strings.
pub(super) fn characters(text: &str) -> Result<Seq, Error> {
    let mut items = Seq::new();
    for c in text.chars() {
        items.push(character(c));
        mem::guard()?;
    }
    Ok(items)
}

/// A character as a string.
pub(super) fn character(c: char) -> Value {
    Value::string(c.encode_utf8(&mut [0; 4]))
}

/// The entries of a map as vectors.
pub(super) fn entries(map: &Map) -> Result<Seq, Error> {
    let mut items = Seq::with_capacity(map.len());
    for (key, value) in map {
        items.push(entry(key, value));
        mem::guard()?;
    }
    Ok(items)
}

/// A map entry as a vector.
pub(super) fn entry(key: &Value, value: &Value) -> Value {
    Value::vector([key.clone(), value.clone()])
}
