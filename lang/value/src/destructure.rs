//! Primitives of binding patterns, with the exact errors of the language.

use crate::error::Error;
use crate::map::Map;
use crate::print::write_int;
use crate::seq::Seq;
use crate::value::Value;
use alloc::string::String;

fn length_error(words: &str, expected: usize, actual: usize) -> Error {
    let mut wanted = String::from(words);
    write_int(expected as i64, &mut wanted);
    wanted.push_str(" elements");
    let mut got = String::from("vector with ");
    write_int(actual as i64, &mut got);
    got.push_str(" elements");
    Error::type_error("vector destructuring", &wanted, &got)
}

fn expect_seq(value: &Value) -> Result<&Seq, Error> {
    value
        .as_seq()
        .ok_or_else(|| Error::type_error("vector destructuring", "vector", value.type_name()))
}

/// A pattern `[p1 … pn]` needs a vector or list of exactly `n` items.
///
/// # Errors
/// `TypeError` in `vector destructuring`.
pub fn expect_exact(value: &Value, n: usize) -> Result<&Seq, Error> {
    let seq = expect_seq(value)?;
    if seq.len() == n {
        Ok(seq)
    } else {
        Err(length_error("vector with exactly ", n, seq.len()))
    }
}

/// A pattern `[p1 … pn & r]` needs a vector or list of at least `n` items.
///
/// # Errors
/// `TypeError` in `vector destructuring`.
pub fn expect_at_least(value: &Value, n: usize) -> Result<&Seq, Error> {
    let seq = expect_seq(value)?;
    if seq.len() >= n {
        Ok(seq)
    } else {
        Err(length_error("vector with at least ", n, seq.len()))
    }
}

/// A map pattern needs a map.
///
/// # Errors
/// `TypeError` in `map destructuring`.
pub fn expect_map(value: &Value) -> Result<&Map, Error> {
    value
        .as_map()
        .ok_or_else(|| Error::type_error("map destructuring", "map", value.type_name()))
}

/// Item `i`; `nil` when the value has none (never after a successful length check).
pub fn seq_item(value: &Value, i: usize) -> Value {
    value
        .as_seq()
        .and_then(|seq| seq.get(i))
        .cloned()
        .unwrap_or_default()
}

/// The items from `n` on, as a vector.
pub fn seq_rest(value: &Value, n: usize) -> Value {
    match value.as_seq() {
        Some(seq) => seq.slice(n, seq.len()).into_vector().into_value(),
        None => Value::vector([]),
    }
}

/// The value of a key; `None` when it is missing.
pub fn map_get(value: &Value, key: &Value) -> Option<Value> {
    value.as_map().and_then(|map| map.get(key)).cloned()
}

/// The map without these keys.
pub fn map_without(value: &Value, keys: &[Value]) -> Value {
    let mut map = value.as_map().cloned().unwrap_or_default();
    for key in keys {
        map.dissoc(key);
    }
    map.into_value()
}
