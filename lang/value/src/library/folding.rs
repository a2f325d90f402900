//! `reduce`, `apply`, and the questions about all or any items.

use super::argument::{callable, items, optional, take};
use super::next::{Args, Frame, Next};
use crate::{Error, Value, mem};
use alloc::vec::Vec;

/// `(reduce f c)`, `(reduce f init c)`
pub(super) fn reduce(args: &mut [Value]) -> Result<Next, Error> {
    let f = take(args, 0);
    callable("reduce", &f)?;
    let (init, coll) = match optional(args, 2) {
        Some(coll) => (Some(take(args, 1)), coll),
        None => (None, take(args, 1)),
    };
    let mut frame = Frame::new(reduced, f, items("reduce", coll)?, []);
    match init.or_else(|| frame.next_item()) {
        Some(start) => reduced(frame, start),
        None => Err(nothing_to_reduce()),
    }
}

#[cold]
fn nothing_to_reduce() -> Error {
    Error::invalid_argument("reduce on empty collection with no initial value")
}

fn reduced(mut frame: Frame, sum: Value) -> Result<Next, Error> {
    Ok(match frame.next_item() {
        Some(item) => frame.call(Args::two(sum, item)),
        None => Next::Done(sum),
    })
}

/// `(apply f x … c)`
pub(super) fn apply(args: &mut [Value]) -> Result<Next, Error> {
    let f = take(args, 0);
    callable("apply", &f)?;
    let last = args.len() - 1;
    let spread = items("apply", take(args, last))?;
    mem::reserve((args.len() + spread.len()) * size_of::<Value>())?;
    let mut all = Vec::with_capacity(last + spread.len());
    all.extend(args.iter_mut().take(last).skip(1).map(Value::take));
    all.extend(spread.into_vec());
    Ok(Next::Call {
        f,
        args: Args::new(all),
        then: Value::NIL,
    })
}

/// `(every? f c)`
pub(super) fn every(args: &mut [Value]) -> Result<Next, Error> {
    let f = take(args, 0);
    callable("every?", &f)?;
    let frame = Frame::new(every_on, f, items("every?", take(args, 1))?, []);
    every_on(frame, Value::TRUE)
}

fn every_on(mut frame: Frame, answer: Value) -> Result<Next, Error> {
    if !answer.truthy() {
        return Ok(Next::Done(Value::FALSE));
    }
    Ok(next_test(frame.next_item(), frame, Value::TRUE))
}

/// `(some? f c)`
pub(super) fn some_p(args: &mut [Value]) -> Result<Next, Error> {
    let f = take(args, 0);
    callable("some?", &f)?;
    let frame = Frame::new(some_p_on, f, items("some?", take(args, 1))?, []);
    some_p_on(frame, Value::FALSE)
}

fn some_p_on(mut frame: Frame, answer: Value) -> Result<Next, Error> {
    if answer.truthy() {
        return Ok(Next::Done(Value::TRUE));
    }
    Ok(next_test(frame.next_item(), frame, Value::FALSE))
}

/// `(some f c)`
pub(super) fn some(args: &mut [Value]) -> Result<Next, Error> {
    let f = take(args, 0);
    callable("some", &f)?;
    let frame = Frame::new(some_on, f, items("some", take(args, 1))?, []);
    some_on(frame, Value::NIL)
}

fn some_on(mut frame: Frame, answer: Value) -> Result<Next, Error> {
    if answer.truthy() {
        return Ok(Next::Done(answer));
    }
    Ok(next_test(frame.next_item(), frame, Value::NIL))
}

/// Asks about the next item; without one the answer is known.
fn next_test(item: Option<Value>, frame: Frame, at_end: Value) -> Next {
    match item {
        Some(item) => frame.call(Args::one(item)),
        None => Next::Done(at_end),
    }
}
