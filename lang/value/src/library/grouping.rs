//! `group-by`, `partition-by`, `frequencies`.

use super::argument::{callable, items, take};
use super::next::{Args, Frame, Next};
use crate::{Error, Map, Seq, Value, equal, mem, try_write_plain};
use alloc::string::String;

/// The key of a group: keywords, strings and integers as they are, anything else by its text.
fn group_key(value: Value) -> Result<Value, Error> {
    if Map::is_key(&value) {
        return Ok(value);
    }
    let mut text = String::new();
    try_write_plain(&value, &mut text)?;
    Ok(Value::string(&text))
}

/// `(frequencies c)`
pub(super) fn frequencies(coll: Value) -> Result<Value, Error> {
    let mut counts = Map::new();
    for item in &items("frequencies", coll)? {
        let text;
        let key = if Map::is_key(item) {
            item
        } else {
            text = group_key(item.clone())?;
            &text
        };
        match counts.get_mut(key) {
            Some(count) => *count = Value::int(count.as_int().unwrap_or_default() + 1),
            None => counts.assoc(key.clone(), Value::int(1))?,
        }
        mem::guard()?;
    }
    Ok(counts.into_value())
}

/// The groups so far: a map of vectors, or a vector of them.
const GROUPS: usize = Frame::OWN;

/// `(group-by f c)`
pub(super) fn group_by(args: &mut [Value]) -> Result<Next, Error> {
    let f = take(args, 0);
    callable("group-by", &f)?;
    let items = items("group-by", take(args, 1))?;
    Ok(next_group(Frame::new(
        group_by_on,
        f,
        items,
        [Value::map(Map::new())],
    )))
}

fn next_group(mut frame: Frame) -> Next {
    match frame.next_item_kept() {
        Some(item) => frame.call(Args::one(item)),
        None => Next::Done(frame.take(GROUPS)),
    }
}

fn group_by_on(mut frame: Frame, key: Value) -> Result<Next, Error> {
    let key = group_key(key)?;
    let item = frame.last_item();
    if let Some(groups) = frame.map_mut(GROUPS) {
        match groups.get_mut(&key).and_then(Value::as_seq_mut) {
            Some(group) => group.push(item),
            None => groups.assoc(key, Value::vector([item]))?,
        }
    }
    Ok(next_group(frame))
}

/// The key of the open group of `partition-by`.
const KEY: usize = Frame::OWN + 1;
/// The open group.
const OPEN: usize = Frame::OWN + 2;

/// `(partition-by f c)`
pub(super) fn partition_by(args: &mut [Value]) -> Result<Next, Error> {
    let f = take(args, 0);
    callable("partition-by", &f)?;
    let items = items("partition-by", take(args, 1))?;
    let own = [Value::vector([]), Value::NIL, Value::vector([])];
    Ok(next_neighbour(Frame::new(partition_by_on, f, items, own)))
}

fn next_neighbour(mut frame: Frame) -> Next {
    if let Some(item) = frame.next_item_kept() {
        return frame.call(Args::one(item));
    }
    close_group(&mut frame);
    Next::Done(frame.take(GROUPS))
}

/// Moves the open group, unless it is empty, to the others.
fn close_group(frame: &mut Frame) {
    if frame.seq(OPEN).is_some_and(|open| !open.is_empty()) {
        let open = frame.replace(OPEN, Seq::new().into_value());
        frame.push(GROUPS, open);
    }
}

fn partition_by_on(mut frame: Frame, key: Value) -> Result<Next, Error> {
    let last_key = frame.replace(KEY, key.clone());
    if !equal(&last_key, &key) {
        close_group(&mut frame);
    }
    let item = frame.last_item();
    frame.push(OPEN, item);
    Ok(next_neighbour(frame))
}
