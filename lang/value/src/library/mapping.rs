//! `map`, `map-indexed`, `filter`, `remove`.

use super::argument::{callable, items, take};
use super::next::{Args, Frame, Next, take_item};
use crate::{Error, Seq, Value};
use alloc::vec::Vec;

/// The result so far.
const OUT: usize = Frame::OWN;
/// The collections after the first, if there are any, as a vector of vectors.
const MORE: usize = Frame::OWN + 1;

/// `(map f c …)`
pub(super) fn map(args: &mut [Value]) -> Result<Next, Error> {
    let f = take(args, 0);
    callable("map", &f)?;
    let first = items("map", take(args, 1))?;
    let mut more = Seq::new();
    for arg in args.iter_mut().skip(2) {
        more.push(items("map", arg.take())?.into_value());
    }
    let more = if more.is_empty() {
        Value::NIL
    } else {
        more.into_value()
    };
    Ok(next_call(Frame::new(
        mapped,
        f,
        first,
        [Value::vector([]), more],
    )))
}

fn next_call(mut frame: Frame) -> Next {
    let index = frame.advance();
    match index.and_then(|index| arguments(&mut frame, index)) {
        Some(args) => frame.call(args),
        None => Next::Done(frame.take(OUT)),
    }
}

/// One item of every collection; none when the shortest has ended.
fn arguments(frame: &mut Frame, index: usize) -> Option<Args> {
    let first = frame.take_item(index);
    let Some(more) = frame.seq_mut(MORE) else {
        return Some(Args::one(first));
    };
    let mut args = Vec::with_capacity(more.len() + 1);
    args.push(first);
    for i in 0..more.len() {
        let items = more.get_mut(i)?;
        if items.as_seq().is_none_or(|items| items.len() <= index) {
            return None;
        }
        args.push(take_item(items, index));
    }
    Some(Args::new(args))
}

fn mapped(mut frame: Frame, result: Value) -> Result<Next, Error> {
    frame.push(OUT, result);
    Ok(next_call(frame))
}

/// `(map-indexed f c)`
pub(super) fn map_indexed(args: &mut [Value]) -> Result<Next, Error> {
    let f = take(args, 0);
    callable("map-indexed", &f)?;
    let items = items("map-indexed", take(args, 1))?;
    Ok(next_indexed(Frame::new(
        map_indexed_on,
        f,
        items,
        [Value::vector([])],
    )))
}

fn next_indexed(mut frame: Frame) -> Next {
    match frame.advance() {
        Some(index) => {
            let item = frame.take_item(index);
            frame.call(Args::two(Value::int(index as i64), item))
        }
        None => Next::Done(frame.take(OUT)),
    }
}

fn map_indexed_on(mut frame: Frame, result: Value) -> Result<Next, Error> {
    frame.push(OUT, result);
    Ok(next_indexed(frame))
}

/// `(filter f c)`
pub(super) fn filter(args: &mut [Value]) -> Result<Next, Error> {
    let f = take(args, 0);
    callable("filter", &f)?;
    let items = items("filter", take(args, 1))?;
    Ok(next_test(Frame::new(
        filter_on,
        f,
        items,
        [Value::vector([])],
    )))
}

/// `(remove f c)`
pub(super) fn remove(args: &mut [Value]) -> Result<Next, Error> {
    let f = take(args, 0);
    callable("remove", &f)?;
    let items = items("remove", take(args, 1))?;
    Ok(next_test(Frame::new(
        remove_on,
        f,
        items,
        [Value::vector([])],
    )))
}

fn next_test(mut frame: Frame) -> Next {
    match frame.next_item_kept() {
        Some(item) => frame.call(Args::one(item)),
        None => Next::Done(frame.take(OUT)),
    }
}

fn filter_on(frame: Frame, answer: Value) -> Result<Next, Error> {
    Ok(keep_if(frame, answer.truthy()))
}

fn remove_on(frame: Frame, answer: Value) -> Result<Next, Error> {
    Ok(keep_if(frame, !answer.truthy()))
}

fn keep_if(mut frame: Frame, keep: bool) -> Next {
    if keep {
        let item = frame.last_item();
        frame.push(OUT, item);
    }
    next_test(frame)
}
