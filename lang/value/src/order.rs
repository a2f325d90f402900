//! The total order of values, used by `sort` and `compare`.

use crate::kind::Kind;
use crate::map::Map;
use crate::print::readable;
use crate::seen::Seen;
use crate::seq;
use crate::value::Value;
use alloc::vec::{self, Vec};
use core::cmp::Ordering;

/// Two collections whose parts are being compared.
enum Open<'a> {
    Seqs(seq::Iter<'a>, seq::Iter<'a>),
    /// Entries sorted by key.
    Maps(vec::IntoIter<Entry<'a>>, vec::IntoIter<Entry<'a>>),
}

type Entry<'a> = (&'a Value, &'a Value);

/// Compares by the total order of the language. Never recurses; visits each pair of shared parts
/// once.
pub fn compare(a: &Value, b: &Value) -> Ordering {
    let mut stack: Vec<Open<'_>> = Vec::new();
    let mut seen = Seen::default();
    let mut result = visit(a, b, &mut stack, &mut seen);
    while result == Ordering::Equal {
        let Some(top) = stack.last_mut() else { break };
        result = match top {
            Open::Seqs(xs, ys) => match (xs.next(), ys.next()) {
                (Some(x), Some(y)) => visit(x, y, &mut stack, &mut seen),
                (x, y) => {
                    stack.pop();
                    x.is_some().cmp(&y.is_some())
                }
            },
            // As many entries on both sides.
            Open::Maps(xs, ys) => match xs.next().zip(ys.next()) {
                None => {
                    stack.pop();
                    Ordering::Equal
                }
                Some(((kx, x), (ky, y))) => match compare_scalars(kx, ky) {
                    Ordering::Equal => visit(x, y, &mut stack, &mut seen),
                    other => other,
                },
            },
        };
    }
    result
}

/// Compares two values without their parts, which go onto the stack.
fn visit<'a>(a: &'a Value, b: &'a Value, stack: &mut Vec<Open<'a>>, seen: &mut Seen) -> Ordering {
    if let (Some(x), Some(y)) = (a.as_seq(), b.as_seq()) {
        // A pair seen before is equal: otherwise the comparison would be over.
        if a.bits() != b.bits() && !seen.pair(a, b) {
            stack.push(Open::Seqs(x.iter(), y.iter()));
        }
        return Ordering::Equal;
    }
    if let (Some(x), Some(y)) = (a.as_map(), b.as_map()) {
        if x.len() != y.len() {
            return x.len().cmp(&y.len());
        }
        if a.bits() != b.bits() && !seen.pair(a, b) {
            stack.push(Open::Maps(sorted(x).into_iter(), sorted(y).into_iter()));
        }
        return Ordering::Equal;
    }
    compare_scalars(a, b)
}

fn sorted(map: &Map) -> Vec<Entry<'_>> {
    let mut entries: Vec<_> = map.iter().collect();
    // Keys are scalars.
    entries.sort_by(|(a, _), (b, _)| compare_scalars(a, b));
    entries
}

/// The rank of a kind.
fn rank(value: &Value) -> u8 {
    match value.kind() {
        Kind::Nil => 0,
        Kind::Boolean => 1,
        Kind::Integer | Kind::Float => 2,
        Kind::String => 3,
        Kind::Keyword => 4,
        Kind::Symbol => 5,
        Kind::Vector | Kind::List => 6,
        Kind::Map => 7,
        _ => 8,
    }
}

fn compare_scalars(a: &Value, b: &Value) -> Ordering {
    let ranks = rank(a).cmp(&rank(b));
    if ranks != Ordering::Equal {
        return ranks;
    }
    match rank(a) {
        1 => a.as_bool().cmp(&b.as_bool()),
        2 => total_numbers(a, b),
        3..=5 => a.as_text().cmp(&b.as_text()),
        8 => other_text(a).cmp(&other_text(b)),
        _ => Ordering::Equal,
    }
}

/// The printed text; of uuids, which are compared without case, in lower case.
fn other_text(value: &Value) -> alloc::string::String {
    let mut text = readable(value);
    if value.kind() == Kind::Uuid {
        text.make_ascii_lowercase();
    }
    text
}

/// Numbers by value, integers before equal floats, NaN last.
fn total_numbers(a: &Value, b: &Value) -> Ordering {
    let nan = |v: &Value| v.as_float().is_some_and(f64::is_nan);
    let float = |v: &Value| v.as_float().is_some();
    match compare_numbers(a, b) {
        Some(Ordering::Equal) => float(a).cmp(&float(b)),
        Some(other) => other,
        None => nan(a).cmp(&nan(b)),
    }
}

/// Compares two numbers by mathematical value; `None` for NaN and for other kinds.
pub fn compare_numbers(a: &Value, b: &Value) -> Option<Ordering> {
    if cfg!(feature = "opaque") {
        return compare_rounded(a, b);
    }
    match (a.as_int(), b.as_int(), a.as_float(), b.as_float()) {
        (Some(x), Some(y), _, _) => Some(x.cmp(&y)),
        (_, _, Some(x), Some(y)) => x.partial_cmp(&y),
        (Some(x), _, _, Some(y)) => int_float(x, y),
        (_, Some(y), Some(x), _) => int_float(y, x).map(Ordering::reverse),
        _ => None,
    }
}

/// As [`compare_numbers`] for two numbers, in little code: rounded to floats, then, when those are
/// equal, as integers.
fn compare_rounded(a: &Value, b: &Value) -> Option<Ordering> {
    // Rounding keeps the order. Of a float of 2^63 and more becomes the largest integer, which is
    // below it.
    let parts = |value: &Value| match value.as_int() {
        Some(i) => (i as f64, i, false),
        None => {
            let x = f64::from_bits(value.bits());
            (x, x as i64, x as i64 == i64::MAX)
        }
    };
    let ((x, i, x_is_above), (y, j, y_is_above)) = (parts(a), parts(b));
    if x != y {
        return x.partial_cmp(&y);
    }
    Some(i.cmp(&j).then(x_is_above.cmp(&y_is_above)))
}

/// An integer against a float, exactly: converting the integer would round it.
fn int_float(i: i64, x: f64) -> Option<Ordering> {
    // 2^63 is a double; every double from -2^63 to below 2^63 truncates to an i64.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if x.is_nan() {
        None
    } else if x >= LIMIT {
        Some(Ordering::Less)
    } else if x < -LIMIT {
        Some(Ordering::Greater)
    } else {
        let whole = x as i64;
        let fraction = x - whole as f64;
        Some(i.cmp(&whole).then(if fraction > 0.0 {
            Ordering::Less
        } else if fraction < 0.0 {
            Ordering::Greater
        } else {
            Ordering::Equal
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_first_gives_the_same_order() {
        let ints = [0, 1, 1 << 53, (1 << 53) + 1, i64::MAX - 1, i64::MAX];
        let floats = [
            0.0,
            0.5,
            1.0,
            9_007_199_254_740_992.0,
            9_007_199_254_740_994.0,
            9_223_372_036_854_774_784.0,
            9_223_372_036_854_775_808.0,
            1e300,
            f64::INFINITY,
            f64::NAN,
        ];
        let ints = ints.into_iter().flat_map(|i| [i, !i, -i]);
        let floats = floats.into_iter().flat_map(|x| [x, -x]);
        let numbers: Vec<Value> = ints
            .map(Value::int)
            .chain(floats.map(Value::float))
            .collect();
        for a in &numbers {
            for b in &numbers {
                assert_eq!(compare_rounded(a, b), compare_numbers(a, b), "{a:?} {b:?}");
            }
        }
    }
}
