//! Questions about numbers, and numbers from other kinds.

use super::argument::wrong_kind;
use super::remainder::float_remainder;
use crate::{Error, Value};

/// Whether an integer, or a float with an integral value, is even.
fn is_even(operation: &str, value: &Value) -> Result<bool, Error> {
    match (value.as_int(), value.as_float()) {
        (Some(i), _) => Ok(i & 1 == 0),
        // Infinities and NaN leave NaN, so they are refused too.
        (_, Some(x)) if float_remainder(x, 1.0) == 0.0 => Ok(float_remainder(x, 2.0) == 0.0),
        _ => Err(wrong_kind(operation, "integer", value)),
    }
}

/// `(even? i)`
pub(super) fn even(a: Value) -> Result<Value, Error> {
    is_even("even?", &a).map(Value::bool)
}

/// `(odd? i)`
pub(super) fn odd(a: Value) -> Result<Value, Error> {
    is_even("odd?", &a).map(|even| Value::bool(!even))
}

/// The sign of a number: -1, 0 or 1; 2 for NaN.
fn sign(operation: &str, value: &Value) -> Result<i64, Error> {
    match (value.as_int(), value.as_float()) {
        (Some(i), _) => Ok(i.signum()),
        (_, Some(x)) if x > 0.0 => Ok(1),
        (_, Some(x)) if x < 0.0 => Ok(-1),
        (_, Some(x)) => Ok(if x == 0.0 { 0 } else { 2 }),
        _ => Err(wrong_kind(operation, "number", value)),
    }
}

/// `(zero? n)`
pub(super) fn zero(a: Value) -> Result<Value, Error> {
    sign("zero?", &a).map(|sign| Value::bool(sign == 0))
}

/// `(pos? n)`
pub(super) fn pos(a: Value) -> Result<Value, Error> {
    sign("pos?", &a).map(|sign| Value::bool(sign == 1))
}

/// `(neg? n)`
pub(super) fn neg(a: Value) -> Result<Value, Error> {
    sign("neg?", &a).map(|sign| Value::bool(sign == -1))
}

/// `(int x)`: the nearest integer that makes sense, else 0.
pub(super) fn int(a: Value) -> Result<Value, Error> {
    let float = a.as_float().map(|x| x as i64);
    let truth = a.as_bool().map(i64::from);
    let number = a.as_int().or(float).or(truth).or_else(|| int_of_text(&a));
    Ok(Value::int(number.unwrap_or_default()))
}

/// `(float x)`
pub(super) fn float(a: Value) -> Result<Value, Error> {
    let int = a.as_int().map(|i| i as f64);
    let truth = a.as_bool().map(|b| if b { 1.0 } else { 0.0 });
    let number = a.as_float().or(int).or(truth).or_else(|| float_of_text(&a));
    Ok(Value::float(number.unwrap_or_default()))
}

/// `(parse-int x)`: `nil` for what no integer expresses.
pub(super) fn parse_int(a: Value) -> Result<Value, Error> {
    let float = a.as_float().and_then(truncated);
    let number = a.as_int().or(float).or_else(|| int_of_text(&a));
    Ok(number.map(Value::int).unwrap_or_default())
}

/// `(parse-float x)`: `nil` for what is no number.
pub(super) fn parse_float(a: Value) -> Result<Value, Error> {
    let int = a.as_int().map(|i| i as f64);
    let number = a.as_float().or(int).or_else(|| float_of_text(&a));
    Ok(number.map(Value::float).unwrap_or_default())
}

/// The integer part, if 64 bits can hold it.
fn truncated(x: f64) -> Option<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    (-LIMIT..LIMIT).contains(&x).then_some(x as i64)
}

fn int_of_text(value: &Value) -> Option<i64> {
    value.as_str()?.trim().parse().ok()
}

fn float_of_text(value: &Value) -> Option<f64> {
    float_of(value.as_str()?.trim())
}

/// A float in a digit form of the reader, or an integer's digits; too large is none.
fn float_of(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let exponent_digits = exponent.map(|text| text.strip_prefix(['+', '-']).unwrap_or(text));
    let well_formed = [Some(whole), fraction, exponent_digits]
        .into_iter()
        .flatten()
        .all(is_digits);
    // Checked above: the parser of `core` would also take `.5`, `1.` and words.
    let number: f64 = if well_formed {
        text.parse().ok()?
    } else {
        return None;
    };
    number.is_finite().then_some(number)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
