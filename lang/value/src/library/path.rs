//! Putting values into nested collections.

use super::argument::{int, items, wrong_kind};
use crate::{Error, Map, Seq, Value};

/// Refuses what cannot be a key of `coll`; `nil` counts as an empty map.
pub(super) fn check_key(operation: &str, coll: &Value, key: &Value) -> Result<(), Error> {
    if coll.as_map().is_some() || coll.is_nil() {
        Map::check_key(key)
    } else if coll.tag() == crate::tag::VECTOR {
        int(operation, key).map(|_| ())
    } else {
        Err(wrong_kind(operation, "map or vector", coll))
    }
}

/// The place of a key in a map or vector, made if the map lacks it. A `nil` becomes a map.
pub(super) fn place<'a>(
    operation: &str,
    coll: &'a mut Value,
    key: &Value,
) -> Result<&'a mut Value, Error> {
    check_key(operation, coll, key)?;
    if coll.is_nil() {
        *coll = Value::map(Map::new());
    }
    if coll.as_map().is_some() {
        return map_place(coll, key);
    }
    let len = coll.as_seq().map_or(0, Seq::len);
    let index = key.as_int().unwrap_or_default();
    let slot = usize::try_from(index)
        .ok()
        .and_then(|i| coll.as_seq_mut()?.get_mut(i));
    slot.ok_or_else(|| Error::index_out_of_bounds(index, len))
}

fn map_place<'a>(coll: &'a mut Value, key: &Value) -> Result<&'a mut Value, Error> {
    // `check_key` was before: neither error can occur.
    let lost = || Error::internal("a map lost a key");
    let map = coll.as_map_mut().ok_or_else(lost)?;
    if !map.contains_key(key) {
        map.assoc(key.clone(), Value::NIL)?;
    }
    map.get_mut(key).ok_or_else(lost)
}

/// The place at the end of a path.
pub(super) fn place_in<'a>(
    operation: &str,
    coll: &'a mut Value,
    path: &Seq,
) -> Result<&'a mut Value, Error> {
    let mut at = coll;
    for key in path {
        at = place(operation, at, key)?;
    }
    Ok(at)
}

/// The keys of a path with at least one.
pub(super) fn keys(operation: &str, path: Value) -> Result<Seq, Error> {
    let path = items(operation, path)?;
    if path.is_empty() {
        return Err(empty_path(operation));
    }
    Ok(path)
}

#[cold]
fn empty_path(operation: &str) -> Error {
    Error::invalid_argument(&[operation, " needs a path with at least one key"].concat())
}

/// `(assoc coll k v)`
pub(super) fn assoc3(mut coll: Value, key: Value, value: Value) -> Result<Value, Error> {
    if let Some(map) = coll.as_map_mut() {
        map.assoc(key, value)?;
    } else {
        *place("assoc", &mut coll, &key)? = value;
    }
    Ok(coll)
}

/// `(assoc coll k v …)`
pub(super) fn assoc(args: &mut [Value]) -> Result<Value, Error> {
    if args.len().is_multiple_of(2) {
        return Err(Error::arity_text(
            "assoc",
            "odd number of arguments",
            args.len(),
        ));
    }
    let Some((coll, pairs)) = args.split_first_mut() else {
        return Ok(Value::NIL);
    };
    let mut coll = coll.take();
    for pair in pairs.chunks_exact_mut(2) {
        if let [key, value] = pair {
            coll = assoc3(coll, key.take(), value.take())?;
        }
    }
    Ok(coll)
}

/// `(assoc-in coll path v)`
pub(super) fn assoc_in(mut coll: Value, path: Value, value: Value) -> Result<Value, Error> {
    let path = keys("assoc-in", path)?;
    *place_in("assoc-in", &mut coll, &path)? = value;
    Ok(coll)
}
