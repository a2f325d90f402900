//! Sums, products, quotients and their kin.
//!
//! Integers are exact or `Overflow`; an integer beside a float is converted.

use super::argument::{take, wrong_kind};
use super::remainder::float_remainder;
use crate::{Error, Value, compare_numbers, tag};
use core::cmp::Ordering;
use core::mem::ManuallyDrop;

/// A number that an operation works with.
#[derive(Clone, Copy)]
enum Number {
    Int(i64),
    Float(f64),
}

impl Number {
    fn of(operation: &str, value: &Value) -> Result<Self, Error> {
        match (value.as_int(), value.as_float()) {
            (Some(i), _) => Ok(Self::Int(i)),
            (_, Some(x)) => Ok(Self::Float(x)),
            _ => Err(wrong_kind(operation, "number", value)),
        }
    }

    /// The number of a value that is one.
    fn known(value: &Value) -> Self {
        if value.tag() == tag::INT {
            Self::Int(value.bits() as i64)
        } else {
            Self::Float(f64::from_bits(value.bits()))
        }
    }

    fn as_float(self) -> f64 {
        match self {
            Self::Int(i) => i as f64,
            Self::Float(x) => x,
        }
    }

    fn is_zero(self) -> bool {
        match self {
            Self::Int(i) => i == 0,
            Self::Float(x) => x == 0.0,
        }
    }
}

/// Two numbers of one kind.
enum Pair {
    Ints(i64, i64),
    Floats(f64, f64),
}

impl Pair {
    /// Takes the values, so that only what is refused has to be dropped, and only here.
    fn of(operation: &str, a: Value, b: Value) -> Result<Self, Error> {
        match not_numbers(operation, &a, &b) {
            Some(error) => Err(error),
            None => {
                let (a, b) = (ManuallyDrop::new(a), ManuallyDrop::new(b));
                Ok(Self::new(Number::known(&a), Number::known(&b)))
            }
        }
    }

    fn new(a: Number, b: Number) -> Self {
        match (a, b) {
            (Number::Int(a), Number::Int(b)) => Self::Ints(a, b),
            _ => Self::Floats(a.as_float(), b.as_float()),
        }
    }
}

#[cfg_attr(feature = "opaque", inline(always))]
fn exact(operation: &str, result: Option<i64>) -> Result<Value, Error> {
    result
        .map(Value::int)
        .ok_or_else(|| Error::overflow(operation))
}

/// The error of the first value that is no number.
#[inline]
fn not_numbers(operation: &str, a: &Value, b: &Value) -> Option<Error> {
    let wrong = if !a.is_number() {
        a
    } else if !b.is_number() {
        b
    } else {
        return None;
    };
    Some(wrong_kind(operation, "number", wrong))
}

/// A sum or difference: one function in small components, two elsewhere.
#[cfg_attr(feature = "opaque", inline(never))]
#[cfg_attr(not(feature = "opaque"), inline(always))]
fn sum_of(a: Value, b: Value, minus: bool) -> Result<Value, Error> {
    let operation = if minus { "-" } else { "+" };
    if let Some(error) = not_numbers(operation, &a, &b) {
        return Err(error);
    }
    let (a, b) = (ManuallyDrop::new(a), ManuallyDrop::new(b));
    if let (Some(a), Some(b)) = (a.as_int(), b.as_int()) {
        let result = if minus {
            a.checked_sub(b)
        } else {
            a.checked_add(b)
        };
        return exact(operation, result);
    }
    let (a, b) = (Number::known(&a).as_float(), Number::known(&b).as_float());
    Ok(Value::float(a + if minus { -b } else { b }))
}

/// `(+ a b)`
pub(super) fn add(a: Value, b: Value) -> Result<Value, Error> {
    sum_of(a, b, false)
}

/// `(- a b)`
pub(super) fn sub(a: Value, b: Value) -> Result<Value, Error> {
    sum_of(a, b, true)
}

/// `(* a b)`
pub(super) fn mul(a: Value, b: Value) -> Result<Value, Error> {
    match Pair::of("*", a, b)? {
        Pair::Ints(a, b) => exact("*", a.checked_mul(b)),
        Pair::Floats(a, b) => Ok(Value::float(a * b)),
    }
}

/// `(- a)`
pub(super) fn negate(a: Value) -> Result<Value, Error> {
    match Number::of("-", &a)? {
        Number::Int(a) => exact("-", a.checked_neg()),
        Number::Float(a) => Ok(Value::float(-a)),
    }
}

/// `(/ a b)`
pub(super) fn div(a: Value, b: Value) -> Result<Value, Error> {
    let (a, b) = (Number::of("/", &a)?, Number::of("/", &b)?);
    quotient(a, b).map(settle)
}

/// One step of a division: exact integers stay integers.
fn quotient(a: Number, b: Number) -> Result<Number, Error> {
    if b.is_zero() {
        return Err(Error::division_by_zero());
    }
    match (a, b) {
        (Number::Int(a), Number::Int(b)) if a.wrapping_rem(b) == 0 => {
            let exact = a.checked_div(b).ok_or_else(|| Error::overflow("/"));
            exact.map(Number::Int)
        }
        _ => Ok(Number::Float(a.as_float() / b.as_float())),
    }
}

/// The value of a quotient: an integral float that is exact as an integer becomes one.
fn settle(number: Number) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match number {
        Number::Int(i) => Value::int(i),
        Number::Float(x) if x.abs() < EXACT && x as i64 as f64 == x => Value::int(x as i64),
        Number::Float(x) => Value::float(x),
    }
}

/// Folds from the left; a single argument must be a number and is returned unchanged.
fn fold(
    operation: &str,
    args: &mut [Value],
    step: impl Fn(Value, Value) -> Result<Value, Error>,
) -> Result<Value, Error> {
    let mut sum = take(args, 0);
    if args.len() < 2 {
        Number::of(operation, &sum)?;
    }
    for arg in args.iter_mut().skip(1) {
        sum = step(sum, arg.take())?;
    }
    Ok(sum)
}

/// `(+ n …)`
pub(super) fn sum(args: &mut [Value]) -> Result<Value, Error> {
    fold("+", args, add)
}

/// `(* n …)`
pub(super) fn product(args: &mut [Value]) -> Result<Value, Error> {
    fold("*", args, mul)
}

/// `(- n …)`
pub(super) fn difference(args: &mut [Value]) -> Result<Value, Error> {
    if args.len() < 2 {
        negate(take(args, 0))
    } else {
        fold("-", args, sub)
    }
}

/// `(/ n …)`
pub(super) fn quotients(args: &mut [Value]) -> Result<Value, Error> {
    let first = Number::of("/", &take(args, 0))?;
    if args.len() < 2 {
        return quotient(Number::Int(1), first).map(settle);
    }
    let mut result = first;
    for arg in args.iter().skip(1) {
        result = quotient(result, Number::of("/", arg)?)?;
    }
    Ok(settle(result))
}

fn remainder(operation: &str, a: Value, b: Value) -> Result<Value, Error> {
    match Pair::of(operation, a, b)? {
        Pair::Ints(_, 0) => Err(Error::division_by_zero()),
        Pair::Ints(a, b) => Ok(Value::int(a.wrapping_rem(b))),
        Pair::Floats(_, 0.0) => Err(Error::division_by_zero()),
        Pair::Floats(a, b) => Ok(Value::float(float_remainder(a, b))),
    }
}

/// `(mod a b)`
pub(super) fn mod_(a: Value, b: Value) -> Result<Value, Error> {
    remainder("mod", a, b)
}

/// `(rem a b)`
pub(super) fn rem(a: Value, b: Value) -> Result<Value, Error> {
    remainder("rem", a, b)
}

/// `(quot a b)`
pub(super) fn quot(a: Value, b: Value) -> Result<Value, Error> {
    match Pair::of("quot", a, b)? {
        Pair::Ints(_, 0) => Err(Error::division_by_zero()),
        Pair::Ints(a, b) => exact("quot", a.checked_div(b)),
        Pair::Floats(_, 0.0) => Err(Error::division_by_zero()),
        Pair::Floats(a, b) => Ok(Value::float(libm::trunc(a / b))),
    }
}

fn plus(operation: &str, a: &Value, n: i64) -> Result<Value, Error> {
    match Number::of(operation, a)? {
        Number::Int(a) => exact(operation, a.checked_add(n)),
        Number::Float(a) => Ok(Value::float(a + n as f64)),
    }
}

/// `(inc a)`
pub(super) fn inc(a: Value) -> Result<Value, Error> {
    plus("inc", &a, 1)
}

/// `(dec a)`
pub(super) fn dec(a: Value) -> Result<Value, Error> {
    plus("dec", &a, -1)
}

/// The argument that stands in relation `wanted` to all others; the first of equal ones, the
/// first NaN if there is any.
fn extreme(operation: &str, args: &mut [Value], wanted: Ordering) -> Result<Value, Error> {
    let mut best = take(args, 0);
    Number::of(operation, &best)?;
    for arg in args.iter_mut().skip(1) {
        Number::of(operation, arg)?;
        let better = match compare_numbers(arg, &best) {
            Some(order) => order == wanted,
            None => !is_nan(&best),
        };
        if better {
            best = arg.take();
        }
    }
    Ok(best)
}

fn is_nan(value: &Value) -> bool {
    value.as_float().is_some_and(f64::is_nan)
}

/// `(max n …)`
pub(super) fn max(args: &mut [Value]) -> Result<Value, Error> {
    extreme("max", args, Ordering::Greater)
}

/// `(min n …)`
pub(super) fn min(args: &mut [Value]) -> Result<Value, Error> {
    extreme("min", args, Ordering::Less)
}

/// `(abs n)`
pub(super) fn abs(a: Value) -> Result<Value, Error> {
    match Number::of("abs", &a)? {
        Number::Int(a) => exact("abs", a.checked_abs()),
        Number::Float(a) => Ok(Value::float(a.abs())),
    }
}

/// `(sqrt n)`
pub(super) fn sqrt(a: Value) -> Result<Value, Error> {
    let a = Number::of("sqrt", &a)?.as_float();
    if a < 0.0 {
        return Err(Error::invalid_argument(
            "Cannot take square root of negative number",
        ));
    }
    Ok(Value::float(libm::sqrt(a)))
}

/// `(pow base exponent)`
pub(super) fn pow(base: Value, exponent: Value) -> Result<Value, Error> {
    match Pair::of("pow", base, exponent)? {
        Pair::Ints(base, exponent) if exponent >= 0 => exact("pow", int_power(base, exponent)),
        Pair::Ints(base, exponent) => Ok(Value::float(libm::pow(base as f64, exponent as f64))),
        Pair::Floats(base, exponent) => Ok(Value::float(libm::pow(base, exponent))),
    }
}

/// A power with an exponent not below 0.
fn int_power(base: i64, exponent: i64) -> Option<i64> {
    match base {
        // Any exponent is possible for these; for others, 64 already overflows.
        0 | 1 => Some(if exponent == 0 { 1 } else { base }),
        -1 => Some(if exponent % 2 == 0 { 1 } else { -1 }),
        _ => base.checked_pow(u32::try_from(exponent).ok()?),
    }
}

/// `(factorial i)`
pub(super) fn factorial(a: Value) -> Result<Value, Error> {
    let n = super::argument::int("factorial", &a)?;
    if n < 0 {
        return Err(Error::invalid_argument(
            "Cannot take factorial of negative number",
        ));
    }
    let mut result: i64 = 1;
    for factor in 2..=n {
        result = result
            .checked_mul(factor)
            .ok_or_else(|| Error::overflow("factorial"))?;
    }
    Ok(Value::int(result))
}
