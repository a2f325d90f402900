//! Comparison and logic.

use super::argument::{take, wrong_kind};
use crate::{Error, Value, compare, compare_numbers, equal};
use core::cmp::Ordering;

/// `(= a b)`
pub(super) fn eq(a: Value, b: Value) -> Result<Value, Error> {
    Ok(Value::bool(equal(&a, &b)))
}

/// `(not= a b)`
pub(super) fn not_eq(a: Value, b: Value) -> Result<Value, Error> {
    Ok(Value::bool(!equal(&a, &b)))
}

fn all_equal(args: &[Value]) -> bool {
    args.windows(2)
        .all(|pair| matches!(pair, [a, b] if equal(a, b)))
}

/// `(= x …)`
pub(super) fn all_eq(args: &mut [Value]) -> Result<Value, Error> {
    Ok(Value::bool(all_equal(args)))
}

/// `(not= x y …)`
pub(super) fn not_all_eq(args: &mut [Value]) -> Result<Value, Error> {
    Ok(Value::bool(!all_equal(args)))
}

/// The order of two numbers or two strings; none beside NaN.
fn order(operation: &str, a: &Value, b: &Value) -> Result<Option<Ordering>, Error> {
    if a.is_number() && b.is_number() {
        return Ok(compare_numbers(a, b));
    }
    match (a.as_str(), b.as_str()) {
        (Some(a), Some(b)) => Ok(Some(a.cmp(b))),
        // The first that does not fit: an argument of another kind, else the second.
        _ => Err(incomparable(
            operation,
            if a.is_number() || a.as_str().is_some() {
                b
            } else {
                a
            },
        )),
    }
}

#[cold]
fn incomparable(operation: &str, value: &Value) -> Error {
    wrong_kind(operation, "comparable types", value)
}

/// Whether every neighbours fit; every pair is looked at, so that a wrong kind is never missed.
fn chain(operation: &str, args: &[Value], fits: impl Fn(Ordering) -> bool) -> Result<Value, Error> {
    if let [only] = args {
        order(operation, only, only)?;
    }
    let mut result = true;
    for pair in args.windows(2) {
        if let [a, b] = pair {
            result &= order(operation, a, b)?.is_some_and(&fits);
        }
    }
    Ok(Value::bool(result))
}

/// Whether the order of two values is as wanted.
#[inline(always)]
fn test(operation: &str, a: Value, b: Value, fits: fn(Ordering) -> bool) -> Result<Value, Error> {
    owned_order(operation, a, b).map(|order| Value::bool(order.is_some_and(fits)))
}

/// [`order`] of values that are not needed any more.
fn owned_order(operation: &str, a: Value, b: Value) -> Result<Option<Ordering>, Error> {
    order(operation, &a, &b)
}

/// `(< a b)`
pub(super) fn lt(a: Value, b: Value) -> Result<Value, Error> {
    test("<", a, b, Ordering::is_lt)
}

/// `(<= a b)`
pub(super) fn le(a: Value, b: Value) -> Result<Value, Error> {
    test("<=", a, b, Ordering::is_le)
}

/// `(> a b)`
pub(super) fn gt(a: Value, b: Value) -> Result<Value, Error> {
    test(">", a, b, Ordering::is_gt)
}

/// `(>= a b)`
pub(super) fn ge(a: Value, b: Value) -> Result<Value, Error> {
    test(">=", a, b, Ordering::is_ge)
}

/// `(< n …)`
pub(super) fn ascending(args: &mut [Value]) -> Result<Value, Error> {
    chain("<", args, Ordering::is_lt)
}

/// `(<= n …)`
pub(super) fn not_descending(args: &mut [Value]) -> Result<Value, Error> {
    chain("<=", args, Ordering::is_le)
}

/// `(> n …)`
pub(super) fn descending(args: &mut [Value]) -> Result<Value, Error> {
    chain(">", args, Ordering::is_gt)
}

/// `(>= n …)`
pub(super) fn not_ascending(args: &mut [Value]) -> Result<Value, Error> {
    chain(">=", args, Ordering::is_ge)
}

/// `(compare a b)`
pub(super) fn compare_values(a: Value, b: Value) -> Result<Value, Error> {
    Ok(Value::int(compare(&a, &b) as i64))
}

/// `(not x)`
pub(super) fn not(a: Value) -> Result<Value, Error> {
    Ok(Value::bool(!a.truthy()))
}

/// The first argument with this truth, else the last, else `none`.
fn first_with(truth: bool, none: bool, args: &mut [Value]) -> Result<Value, Error> {
    let last = args.len().saturating_sub(1);
    let index = args
        .iter()
        .position(|arg| arg.truthy() == truth)
        .unwrap_or(last);
    Ok(if args.is_empty() {
        Value::bool(none)
    } else {
        take(args, index)
    })
}

/// `and` as a value
pub(super) fn and(args: &mut [Value]) -> Result<Value, Error> {
    first_with(false, true, args)
}

/// `or` as a value
pub(super) fn or(args: &mut [Value]) -> Result<Value, Error> {
    first_with(true, false, args)
}
