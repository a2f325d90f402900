//! `sort` and `sort-by`: stable merge sorts.
//!
//! With a comparator of the program the sort is a suspended function: it merges runs of doubling
//! length from one vector into another and asks the comparator for each step.

use super::argument::{callable, items, optional, take, wrong_kind};
use super::next::{Args, Frame, Next};
use super::sequence::text_of;
use crate::{Error, Seq, Value, compare, mem};
use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::mem::swap;

/// The numbers of the items in the order of the items.
pub(super) fn order(keys: &Seq) -> Vec<u32> {
    if keys.iter().all(|key| key.as_int().is_some()) {
        // Nothing else has to be looked at.
        let ints = keys.iter().map(|key| key.as_int().unwrap_or_default());
        let ints: Vec<i64> = ints.collect();
        return merged(ints.len(), |a, b| ints.get(a) < ints.get(b));
    }
    let keys: Vec<&Value> = keys.iter().collect();
    merged(keys.len(), |a, b| match (keys.get(a), keys.get(b)) {
        (Some(a), Some(b)) => compare(a, b) == Ordering::Less,
        _ => false,
    })
}

/// The numbers below `n` in their order, stable. An own merge sort: the one of `alloc` is several
/// times as much code in a component, and we need no more than one.
fn merged(n: usize, precedes: impl Fn(usize, usize) -> bool) -> Vec<u32> {
    let precedes = |a: u32, b: u32| precedes(a as usize, b as usize);
    let mut from: Vec<u32> = (0..n as u32).collect();
    let mut to = vec![0; n];
    let mut width = 1;
    while width < n {
        for (from, to) in from.chunks(width * 2).zip(to.chunks_mut(width * 2)) {
            let (left, right) = from.split_at(width.min(from.len()));
            merge(left, right, to, precedes);
        }
        swap(&mut from, &mut to);
        width *= 2;
    }
    from
}

fn merge(left: &[u32], right: &[u32], to: &mut [u32], precedes: impl Fn(u32, u32) -> bool) {
    let (mut left, mut right) = (left.iter(), right.iter());
    for slot in to {
        let from_right = match (left.as_slice().first(), right.as_slice().first()) {
            (Some(&l), Some(&r)) => precedes(r, l),
            (left, _) => left.is_none(),
        };
        let next = if from_right {
            right.next()
        } else {
            left.next()
        };
        *slot = next.copied().unwrap_or_default();
    }
}

/// The items in this order.
fn arranged(items: &Seq, order: &[u32]) -> Seq {
    let mut arranged = Seq::with_capacity(order.len());
    arranged.extend(order.iter().filter_map(|&i| items.get(i as usize).cloned()));
    arranged
}

/// `(sort c)`, `(sort f c)`
pub(super) fn sort(args: &mut [Value]) -> Result<Next, Error> {
    let first = take(args, 0);
    let Some(coll) = optional(args, 1) else {
        return sorted(first).map(Next::Done);
    };
    callable("sort", &first)?;
    let keeps_string = Value::bool(coll.as_str().is_some());
    let items = items("sort", coll)?.into_vector();
    let to = room(&items)?.into_value();
    let [width, low, left, right] = [1, 0, 0, 1].map(Value::int);
    merge_on(Frame::new(
        compared,
        first,
        items,
        [to, keeps_string, width, low, left, right],
    ))
}

fn sorted(coll: Value) -> Result<Value, Error> {
    let keeps_string = coll.as_str().is_some();
    let items = items("sort", coll)?;
    room(&items)?;
    let sorted = arranged(&items, &order(&items));
    if keeps_string {
        text_of(&sorted)
    } else {
        Ok(sorted.into_value())
    }
}

/// Room for as many items.
fn room(items: &Seq) -> Result<Seq, Error> {
    mem::reserve(items.len() * size_of::<Value>())?;
    Ok(Seq::with_capacity(items.len()))
}

/// The vector that is merged into; the one merged from are the frame's items.
const TO: usize = Frame::OWN;
const KEEPS_STRING: usize = Frame::OWN + 1;
/// Length of the runs that are merged.
const WIDTH: usize = Frame::OWN + 2;
/// Where the left run begins.
const LOW: usize = Frame::OWN + 3;
/// The next item of the left run.
const LEFT: usize = Frame::OWN + 4;
/// The next item of the right run.
const RIGHT: usize = Frame::OWN + 5;

/// Merges up to the next question for the comparator, which is always asked whether the right
/// item comes before the left one: then equal items keep their order.
fn merge_on(mut frame: Frame) -> Result<Next, Error> {
    let n = frame.item_count();
    let (mut width, mut low) = (frame.number(WIDTH), frame.number(LOW));
    let (mut left, mut right) = (frame.number(LEFT), frame.number(RIGHT));
    while width < n {
        let (middle, high) = ((low + width).min(n), (low + width * 2).min(n));
        if left < middle && right < high {
            for (field, number) in [(WIDTH, width), (LOW, low), (LEFT, left), (RIGHT, right)] {
                frame.set_number(field, number);
            }
            let args = Args::two(frame.item(right), frame.item(left));
            return Ok(frame.call(args));
        }
        move_over(&mut frame, left, middle);
        move_over(&mut frame, right, high);
        low = high;
        if low == n {
            let to = frame
                .seq(Frame::ITEMS)
                .map(room)
                .transpose()?
                .unwrap_or_default()
                .into_value();
            let merged = frame.replace(TO, to);
            frame.replace(Frame::ITEMS, merged);
            (low, width) = (0, width * 2);
        }
        (left, right) = (low, (low + width).min(n));
    }
    let sorted = frame.take(Frame::ITEMS);
    match sorted.as_seq() {
        Some(characters) if frame.copy(KEEPS_STRING).truthy() => text_of(characters),
        _ => Ok(sorted),
    }
    .map(Next::Done)
}

/// Moves items from one vector to the end of the other.
fn move_over(frame: &mut Frame, from: usize, to: usize) {
    for index in from..to {
        let item = frame.take_item(index);
        frame.push(TO, item);
    }
}

/// The comparator answered.
fn compared(mut frame: Frame, answer: Value) -> Result<Next, Error> {
    let before = match (answer.as_bool(), answer.as_int(), answer.as_float()) {
        (Some(before), _, _) => before,
        (_, Some(i), _) => i < 0,
        (_, _, Some(x)) => x < 0.0,
        _ => return Err(wrong_kind("sort", "number or boolean", &answer)),
    };
    let side = if before { RIGHT } else { LEFT };
    let index = frame.number(side);
    move_over(&mut frame, index, index + 1);
    frame.set_number(side, index + 1);
    merge_on(frame)
}

/// The keys of `sort-by`.
const KEYS: usize = Frame::OWN;

/// `(sort-by f c)`
pub(super) fn sort_by(args: &mut [Value]) -> Result<Next, Error> {
    let f = take(args, 0);
    callable("sort-by", &f)?;
    let items = items("sort-by", take(args, 1))?;
    let keys = room(&items)?.into_value();
    next_key(Frame::new(key_known, f, items, [keys]))
}

fn next_key(mut frame: Frame) -> Result<Next, Error> {
    if let Some(item) = frame.next_item_kept() {
        return Ok(frame.call(Args::one(item)));
    }
    let order = frame.seq(KEYS).map(order).unwrap_or_default();
    let sorted = frame.seq(Frame::ITEMS).map(|items| arranged(items, &order));
    Ok(Next::Done(sorted.unwrap_or_default().into_value()))
}

fn key_known(mut frame: Frame, key: Value) -> Result<Next, Error> {
    frame.push(KEYS, key);
    next_key(frame)
}
