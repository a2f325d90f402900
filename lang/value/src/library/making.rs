//! New collections from arguments and numbers.

use super::argument::{int, items, optional, take, wrong_kind};
use crate::{Error, Map, Seq, Value, mem};

/// The most items that `range` and `numbers` give.
const MAX_ITEMS: u64 = 10_000_000;

fn moved(args: &mut [Value]) -> Seq {
    Seq::vector(args.iter_mut().map(Value::take))
}

/// `(vector x …)`
pub(super) fn vector(args: &mut [Value]) -> Result<Value, Error> {
    Ok(moved(args).into_value())
}

/// `(list x …)`
pub(super) fn list(args: &mut [Value]) -> Result<Value, Error> {
    Ok(moved(args).into_list().into_value())
}

/// `(vec c)`
pub(super) fn vec(a: Value) -> Result<Value, Error> {
    Ok(items("vec", a)?.into_vector().into_value())
}

/// `(hash-map k v …)`
pub(super) fn hash_map(args: &mut [Value]) -> Result<Value, Error> {
    if !args.len().is_multiple_of(2) {
        return Err(Error::arity_text(
            "hash-map",
            "even number of arguments",
            args.len(),
        ));
    }
    let mut map = Map::with_capacity(args.len() / 2);
    for pair in args.chunks_exact_mut(2) {
        if let [key, value] = pair {
            map.assoc(key.take(), value.take())?;
        }
    }
    Ok(map.into_value())
}

#[cold]
fn too_many() -> Error {
    Error::budget("range", "at most 10000000 items")
}

/// `n` numbers that begin with `start`.
fn ints(start: i64, step: i64, n: u64) -> Result<Value, Error> {
    if n > MAX_ITEMS {
        return Err(too_many());
    }
    let n = n as usize;
    mem::reserve(n * size_of::<Value>())?;
    let mut items = Seq::with_capacity(n);
    let mut next = start;
    for _ in 0..n {
        items.push(Value::int(next));
        // Past the last item the sum may be out of range; it is not used.
        next = next.wrapping_add(step);
    }
    Ok(items.into_value())
}

fn int_range(start: i64, end: i64, step: i64) -> Result<Value, Error> {
    let reaches = if step > 0 { start < end } else { start > end };
    if !reaches {
        return Ok(Value::vector([]));
    }
    ints(
        start,
        step,
        start.abs_diff(end).div_ceil(step.unsigned_abs()),
    )
}

fn float_range(start: f64, end: f64, step: f64) -> Result<Value, Error> {
    let estimate = (end - start) / step;
    if estimate > MAX_ITEMS as f64 {
        return Err(too_many());
    }
    let mut items = Seq::new();
    let mut item = start;
    while if step > 0.0 { item < end } else { item > end } {
        if items.len() as u64 >= MAX_ITEMS {
            return Err(too_many());
        }
        items.push(Value::float(item));
        mem::guard()?;
        // A product, not a sum: rounding errors do not add up.
        item = start + items.len() as f64 * step;
    }
    Ok(items.into_value())
}

/// `(range end)`, `(range start end)`, `(range start end step)`
pub(super) fn range(args: &mut [Value]) -> Result<Value, Error> {
    if let Some(other) = args.iter().find(|arg| !arg.is_number()) {
        return Err(wrong_kind("range", "number", other));
    }
    let (start, end) = match optional(args, 1) {
        Some(end) => (take(args, 0), end),
        None => (Value::int(0), take(args, 0)),
    };
    let step = optional(args, 2).unwrap_or(Value::int(1));
    if let (Some(start), Some(end), Some(step)) = (start.as_int(), end.as_int(), step.as_int()) {
        return if step == 0 {
            Err(zero_step())
        } else {
            int_range(start, end, step)
        };
    }
    let step = as_float(&step);
    if step == 0.0 {
        Err(zero_step())
    } else {
        float_range(as_float(&start), as_float(&end), step)
    }
}

#[cold]
fn zero_step() -> Error {
    Error::invalid_argument("range step cannot be zero")
}

fn as_float(number: &Value) -> f64 {
    number
        .as_float()
        .or(number.as_int().map(|i| i as f64))
        .unwrap_or_default()
}

/// `(numbers a b)`
pub(super) fn numbers(a: Value, b: Value) -> Result<Value, Error> {
    let (a, b) = (int("numbers", &a)?, int("numbers", &b)?);
    if a > b {
        return Ok(Value::vector([]));
    }
    ints(a, 1, a.abs_diff(b).saturating_add(1))
}
