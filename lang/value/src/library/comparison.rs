//! Comparison and logic.

use super::argument::{take, wrong_kind};
use crate::{Error, Value, compare, compare_numbers, equal, tag};
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
    match not_comparable(operation, a, b) {
        Some(error) => Err(error),
        None => Ok(known_order(a, b)),
    }
}

/// The error of the first value that does not fit: an argument of another kind, else the second.
#[inline]
fn not_comparable(operation: &str, a: &Value, b: &Value) -> Option<Error> {
    let is_string = |value: &Value| value.tag() == tag::STRING;
    let wrong = if a.is_number() {
        if b.is_number() {
            return None;
        }
        b
    } else if !is_string(a) {
        a
    } else if !is_string(b) {
        b
    } else {
        return None;
    };
    Some(incomparable(operation, wrong))
}

/// The order of two values that have one or are numbers.
#[inline]
fn known_order(a: &Value, b: &Value) -> Option<Ordering> {
    match (a.as_str(), b.as_str()) {
        (Some(a), Some(b)) => Some(a.cmp(b)),
        _ => compare_numbers(a, b),
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

/// Sets of orders: bits by order, plus one.
mod wanted {
    pub(super) const LESS: u8 = 0b001;
    pub(super) const EQUAL: u8 = 0b010;
    pub(super) const GREATER: u8 = 0b100;
}

/// Whether the order of two values is one of those wanted.
fn test(operation: &str, a: Value, b: Value, wanted: u8) -> Result<Value, Error> {
    let is_wanted = |order: Ordering| wanted >> (order as i8 + 1) & 1 != 0;
    if let Some(error) = not_comparable(operation, &a, &b) {
        return Err(error);
    }
    Ok(Value::bool(known_order(&a, &b).is_some_and(is_wanted)))
}

/// `(< a b)`
pub(super) fn lt(a: Value, b: Value) -> Result<Value, Error> {
    test("<", a, b, wanted::LESS)
}

/// `(<= a b)`
pub(super) fn le(a: Value, b: Value) -> Result<Value, Error> {
    test("<=", a, b, wanted::LESS | wanted::EQUAL)
}

/// `(> a b)`
pub(super) fn gt(a: Value, b: Value) -> Result<Value, Error> {
    test(">", a, b, wanted::GREATER)
}

/// `(>= a b)`
pub(super) fn ge(a: Value, b: Value) -> Result<Value, Error> {
    test(">=", a, b, wanted::GREATER | wanted::EQUAL)
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
