//! Functions that make functions, and `update`, which calls one in the middle of a collection.

use super::argument::{callable, take};
use super::call::{Apply, combinator};
use super::next::{Args, Frame, Next};
use super::path;
use crate::{Error, Seq, Value};
use alloc::vec::Vec;

/// `(identity x)`
pub(super) fn identity(a: Value) -> Result<Value, Error> {
    Ok(a)
}

/// `(constantly x)`
pub(super) fn constantly(a: Value) -> Result<Value, Error> {
    let apply: Apply = |fields, _| Ok(Next::Done(fields.first().cloned().unwrap_or_default()));
    Ok(combinator(apply, [a]))
}

/// `(partial f x …)`
pub(super) fn partial(args: &mut [Value]) -> Result<Value, Error> {
    if let Some(f) = args.first() {
        callable("partial", f)?;
    }
    Ok(combinator(apply_partial, args.iter_mut().map(Value::take)))
}

fn apply_partial(fields: &[Value], args: Args) -> Result<Next, Error> {
    let Some((f, fixed)) = fields.split_first() else {
        return Err(Error::internal("partial of nothing"));
    };
    let mut all = Vec::with_capacity(fixed.len() + args.len());
    all.extend_from_slice(fixed);
    all.extend(args.into_vec());
    Ok(Next::Call {
        f: f.clone(),
        args: Args::new(all),
        then: Value::NIL,
    })
}

/// `(comp f …)`
pub(super) fn comp(args: &mut [Value]) -> Result<Value, Error> {
    for f in args.iter() {
        callable("comp", f)?;
    }
    Ok(combinator(apply_comp, args.iter_mut().map(Value::take)))
}

/// The last function takes the arguments, the others take the result before them.
fn apply_comp(fields: &[Value], args: Args) -> Result<Next, Error> {
    let Some((last, before)) = fields.split_last() else {
        return apply_nothing(args);
    };
    let then = match before.is_empty() {
        true => Value::NIL,
        false => Frame::new(
            comp_on,
            Value::NIL,
            Seq::vector(before.iter().rev().cloned()),
            [],
        )
        .suspend(),
    };
    Ok(Next::Call {
        f: last.clone(),
        args,
        then,
    })
}

/// `((comp) x)` is `x`.
fn apply_nothing(args: Args) -> Result<Next, Error> {
    match <[Value; 1]>::try_from(args.into_vec()) {
        Ok([only]) => Ok(Next::Done(only)),
        Err(args) => Err(Error::arity("identity", 1, Some(1), args.len())),
    }
}

fn comp_on(mut frame: Frame, result: Value) -> Result<Next, Error> {
    Ok(match frame.next_item() {
        Some(f) => Next::Call {
            f,
            args: Args::one(result),
            then: frame.suspend(),
        },
        None => Next::Done(result),
    })
}

/// The collection being updated; the value at the path has been taken out.
const COLL: usize = Frame::OWN;

/// `(update coll k f x …)`
pub(super) fn update(args: &mut [Value]) -> Result<Next, Error> {
    let (coll, key) = (take(args, 0), take(args, 1));
    path::check_key("update", &coll, &key)?;
    change("update", coll, Seq::vector([key]), args)
}

/// `(update-in coll path f x …)`
pub(super) fn update_in(args: &mut [Value]) -> Result<Next, Error> {
    let coll = take(args, 0);
    let path = path::keys("update-in", take(args, 1))?;
    change("update-in", coll, path, args)
}

/// Takes the value at the path out and applies argument 2 to it and the arguments behind.
fn change(operation: &str, mut coll: Value, path: Seq, args: &mut [Value]) -> Result<Next, Error> {
    let f = take(args, 2);
    callable(operation, &f)?;
    let mut call = Vec::with_capacity(args.len());
    call.push(path::place_in(operation, &mut coll, &path)?.take());
    call.extend(args.iter_mut().skip(3).map(Value::take));
    Ok(Frame::new(changed, f, path, [coll]).call(Args::new(call)))
}

fn changed(mut frame: Frame, result: Value) -> Result<Next, Error> {
    let mut coll = frame.take(COLL);
    if let Some(path) = frame.seq(Frame::ITEMS) {
        // The path has been walked before, so it cannot fail now.
        *path::place_in("update", &mut coll, path)? = result;
    }
    Ok(Next::Done(coll))
}
