//! Reading collections: items, keys, counts.

use super::argument::{self, entry, int, items, optional, take, wrong_kind};
use super::text::{char_at, size};
use crate::{Error, Kind, Map, Seq, Value, equal};

/// An item of a sequence; none for a negative index.
fn item(seq: &Seq, index: i64) -> Option<&Value> {
    seq.get(usize::try_from(index).ok()?)
}

/// `(get coll k default)`
pub(super) fn get3(coll: Value, key: Value, default: Value) -> Result<Value, Error> {
    if let Some(map) = coll.as_map() {
        return Ok(map.get(&key).cloned().unwrap_or(default));
    }
    if let Some(seq) = coll.as_seq() {
        return Ok(item(seq, int("get", &key)?).cloned().unwrap_or(default));
    }
    if coll.is_nil() {
        return Ok(default);
    }
    match coll.as_error() {
        Some(error) => Ok(error.field(&key).unwrap_or(default)),
        None => Err(wrong_kind("get", "map, vector, or list", &coll)),
    }
}

/// `(get coll k)`
pub(super) fn get2(coll: Value, key: Value) -> Result<Value, Error> {
    get3(coll, key, Value::NIL)
}

/// `(get coll k default?)`
pub(super) fn get(args: &mut [Value]) -> Result<Value, Error> {
    get3(take(args, 0), take(args, 1), take(args, 2))
}

/// What a key leads to; none when it is missing, also in a scalar.
fn step(coll: &Value, key: &Value) -> Option<Value> {
    if let Some(map) = coll.as_map() {
        map.get(key).cloned()
    } else if let Some(seq) = coll.as_seq() {
        item(seq, key.as_int()?).cloned()
    } else {
        coll.as_error()?.field(key)
    }
}

/// `(get-in coll path default?)`
pub(super) fn get_in(args: &mut [Value]) -> Result<Value, Error> {
    let mut at = take(args, 0);
    for key in &items("get-in", take(args, 1))? {
        match step(&at, key) {
            Some(next) => at = next,
            None => return Ok(take(args, 2)),
        }
    }
    Ok(at)
}

/// The item at an index of a vector, list or string.
fn nth_item(coll: &Value, index: i64) -> Option<Value> {
    match coll.as_seq() {
        Some(seq) => item(seq, index).cloned(),
        None => char_at(coll, usize::try_from(index).ok()?),
    }
}

fn nth_or(coll: &Value, index: &Value, default: Option<Value>) -> Result<Value, Error> {
    if !matches!(
        coll.kind(),
        Kind::Vector | Kind::List | Kind::String | Kind::Nil
    ) {
        return Err(wrong_kind("nth", "vector, list, or string", coll));
    }
    let index = int("nth", index)?;
    let missing = || Error::index_out_of_bounds(index, size(coll).unwrap_or_default());
    nth_item(coll, index).or(default).ok_or_else(missing)
}

/// `(nth c i)`
pub(super) fn nth2(coll: Value, index: Value) -> Result<Value, Error> {
    nth_or(&coll, &index, None)
}

/// `(nth c i default?)`
pub(super) fn nth(args: &mut [Value]) -> Result<Value, Error> {
    let (coll, index) = (take(args, 0), take(args, 1));
    nth_or(&coll, &index, optional(args, 2))
}

/// `(first c)`
pub(super) fn first(coll: Value) -> Result<Value, Error> {
    if let Some(seq) = coll.as_seq() {
        return Ok(seq.first().cloned().unwrap_or_default());
    }
    if let Some(map) = coll.as_map() {
        return Ok(map
            .iter()
            .next()
            .map(|(k, v)| entry(k, v))
            .unwrap_or_default());
    }
    if coll.is_nil() {
        return Ok(Value::NIL);
    }
    match coll.as_str() {
        Some(text) => Ok(text
            .chars()
            .next()
            .map(argument::character)
            .unwrap_or_default()),
        None => Err(wrong_kind("first", "collection", &coll)),
    }
}

/// `(last c)`
pub(super) fn last(coll: Value) -> Result<Value, Error> {
    if let Some(text) = coll.as_str() {
        return Ok(text
            .chars()
            .next_back()
            .map(argument::character)
            .unwrap_or_default());
    }
    Ok(items("last", coll)?.last().cloned().unwrap_or_default())
}

/// The number of items of a collection.
fn counted(operation: &str, coll: &Value) -> Result<usize, Error> {
    match size(coll) {
        Some(n) => Ok(n),
        None if coll.is_nil() => Ok(0),
        None => Err(wrong_kind(operation, "collection", coll)),
    }
}

/// `(count c)`
pub(super) fn count(coll: Value) -> Result<Value, Error> {
    counted("count", &coll).map(|n| Value::int(n as i64))
}

/// `(empty? c)`
pub(super) fn empty(coll: Value) -> Result<Value, Error> {
    counted("empty?", &coll).map(|n| Value::bool(n == 0))
}

/// `(contains? coll x)`
pub(super) fn contains(coll: Value, x: Value) -> Result<Value, Error> {
    let found = if let Some(map) = coll.as_map() {
        map.contains_key(&x)
    } else if let Some(seq) = coll.as_seq() {
        seq.iter().any(|item| equal(item, &x))
    } else if let Some(text) = coll.as_str() {
        text.contains(argument::text("contains?", &x)?)
    } else if coll.is_nil() {
        false
    } else {
        return Err(wrong_kind("contains?", "collection", &coll));
    };
    Ok(Value::bool(found))
}

/// `(keys m)`
pub(super) fn keys(map: Value) -> Result<Value, Error> {
    let map = argument::map("keys", map)?;
    Ok(Value::vector(map.keys().cloned()))
}

/// `(vals m)`
pub(super) fn vals(map: Value) -> Result<Value, Error> {
    let map = argument::map("vals", map)?;
    Ok(Value::vector(map.values().cloned()))
}

/// `(find m k)`
pub(super) fn find(map: Value, key: Value) -> Result<Value, Error> {
    let map: Map = argument::map("find", map)?;
    Ok(map
        .get(&key)
        .map(|value| entry(&key, value))
        .unwrap_or_default())
}
