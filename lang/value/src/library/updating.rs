//! Collections with more, fewer or other items.

use super::argument::{self, items, take, wrong_kind};
use crate::{Error, Map, Seq, Value, mem, tag};

/// `(dissoc m k …)`
pub(super) fn dissoc(args: &mut [Value]) -> Result<Value, Error> {
    let mut coll = take(args, 0);
    if coll.is_nil() {
        return Ok(coll);
    }
    let Some(map) = coll.as_map_mut() else {
        return Err(wrong_kind("dissoc", "map", &coll));
    };
    for key in args.iter().skip(1) {
        map.dissoc(key);
    }
    Ok(coll)
}

/// `(select-keys m ks)`
pub(super) fn select_keys(map: Value, keys: Value) -> Result<Value, Error> {
    let map = argument::map("select-keys", map)?;
    let mut selected = Map::new();
    for key in &items("select-keys", keys)? {
        if let Some(value) = map.get(key) {
            selected.assoc(key.clone(), value.clone())?;
        }
    }
    Ok(selected.into_value())
}

/// `(merge m …)`
pub(super) fn merge(args: &mut [Value]) -> Result<Value, Error> {
    let mut merged = Value::NIL;
    for arg in args {
        let map = arg.take();
        if map.is_nil() {
            continue;
        }
        if map.as_map().is_none() {
            return Err(wrong_kind("merge", "map", &map));
        }
        match merged.as_map_mut() {
            Some(merged) => put_all(merged, &map)?,
            None => merged = map,
        }
    }
    Ok(merged)
}

/// Puts the entries of a map value.
fn put_all(map: &mut Map, more: &Value) -> Result<(), Error> {
    if let Some(more) = more.as_map() {
        for (key, value) in more {
            map.assoc(key.clone(), value.clone())?;
            mem::guard()?;
        }
    }
    Ok(())
}

/// Puts a `[k v]` pair or the entries of a map.
fn put(operation: &str, map: &mut Map, item: &Value) -> Result<(), Error> {
    if item.as_map().is_some() {
        return put_all(map, item);
    }
    match item.as_seq() {
        Some(pair) if pair.len() == 2 => {
            let copy = |i| pair.get(i).cloned().unwrap_or_default();
            map.assoc(copy(0), copy(1))
        }
        _ => Err(wrong_kind(operation, "pair or map", item)),
    }
}

/// One more item at the end; `nil` becomes a list.
fn append(operation: &str, coll: &mut Value, item: Value) -> Result<(), Error> {
    if coll.is_nil() {
        *coll = Value::list([]);
    }
    if let Some(seq) = coll.as_seq_mut() {
        seq.push(item);
        return Ok(());
    }
    match coll.as_map_mut() {
        Some(map) => put(operation, map, &item),
        None => Err(wrong_kind(operation, "vector, list, or map", coll)),
    }
}

/// `(conj coll x)`
pub(super) fn conj2(mut coll: Value, item: Value) -> Result<Value, Error> {
    append("conj", &mut coll, item)?;
    Ok(coll)
}

/// `(conj coll x …)`
pub(super) fn conj(args: &mut [Value]) -> Result<Value, Error> {
    let mut coll = take(args, 0);
    for item in args.iter_mut().skip(1) {
        append("conj", &mut coll, item.take())?;
    }
    Ok(coll)
}

/// `(into coll c)`
pub(super) fn into(mut coll: Value, more: Value) -> Result<Value, Error> {
    let target = coll.tag();
    if !matches!(target, tag::VECTOR | tag::LIST | tag::MAP | tag::NIL) {
        return Err(wrong_kind("into", "vector, list, or map", &coll));
    }
    if target == tag::MAP && more.tag() == tag::MAP {
        return merge(&mut [coll, more]);
    }
    let more = items("into", more)?;
    if let Some(seq) = coll.as_seq_mut() {
        extend(seq, more)?;
        return Ok(coll);
    }
    for item in more {
        append("into", &mut coll, item)?;
        mem::guard()?;
    }
    Ok(coll)
}

/// Appends all items.
fn extend(seq: &mut Seq, more: Seq) -> Result<(), Error> {
    mem::reserve(more.len() * size_of::<Value>())?;
    for item in more {
        seq.push(item);
    }
    mem::guard()
}

/// `(cons x c)`
pub(super) fn cons(item: Value, coll: Value) -> Result<Value, Error> {
    let stays_vector = coll.tag() == tag::VECTOR;
    let mut seq = items("cons", coll)?;
    if !stays_vector {
        seq = seq.into_list();
    }
    seq.push_front(item);
    Ok(seq.into_value())
}

/// `(concat c …)`
pub(super) fn concat(args: &mut [Value]) -> Result<Value, Error> {
    let mut all: Option<Seq> = None;
    for arg in args {
        let more = items("concat", arg.take())?;
        match &mut all {
            Some(all) => extend(all, more)?,
            None => all = Some(more.into_vector()),
        }
    }
    Ok(all.unwrap_or_default().into_value())
}
