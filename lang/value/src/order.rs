//! The total order of values, used by `sort` and `compare`.

use crate::kind::Kind;
use crate::map::Map;
use crate::print::readable;
use crate::seq::Seq;
use crate::value::Value;
use alloc::vec::Vec;
use core::cmp::Ordering;

/// Work still to do, innermost last.
enum Pending {
    Seqs(Seq, Seq, usize),
    Maps(Vec<(Value, Value)>, Vec<(Value, Value)>, usize),
}

/// Compares by the total order of the language. Never recurses.
pub fn compare(a: &Value, b: &Value) -> Ordering {
    let mut pending = Vec::new();
    let mut result = step(a, b, &mut pending);
    while result == Ordering::Equal {
        let Some(top) = pending.pop() else { break };
        result = match top {
            Pending::Seqs(x, y, i) => match (x.get(i).cloned(), y.get(i).cloned()) {
                (Some(a), Some(b)) => {
                    pending.push(Pending::Seqs(x, y, i + 1));
                    step(&a, &b, &mut pending)
                }
                _ => x.len().cmp(&y.len()),
            },
            Pending::Maps(x, y, i) => {
                let next = x.get(i).cloned().zip(y.get(i).cloned());
                match next {
                    None => Ordering::Equal,
                    Some(((ka, va), (kb, vb))) => match compare_scalars(&ka, &kb) {
                        Ordering::Equal => {
                            pending.push(Pending::Maps(x, y, i + 1));
                            step(&va, &vb, &mut pending)
                        }
                        other => other,
                    },
                }
            }
        };
    }
    result
}

fn step(a: &Value, b: &Value, pending: &mut Vec<Pending>) -> Ordering {
    if let (Some(x), Some(y)) = (a.as_seq(), b.as_seq()) {
        pending.push(Pending::Seqs(x.clone(), y.clone(), 0));
        return Ordering::Equal;
    }
    if let (Some(x), Some(y)) = (a.as_map(), b.as_map()) {
        if x.len() != y.len() {
            return x.len().cmp(&y.len());
        }
        pending.push(Pending::Maps(sorted(x), sorted(y), 0));
        return Ordering::Equal;
    }
    compare_scalars(a, b)
}

fn sorted(map: &Map) -> Vec<(Value, Value)> {
    let mut entries: Vec<_> = map.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
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
    match (a.as_int(), b.as_int(), a.as_float(), b.as_float()) {
        (Some(x), Some(y), _, _) => Some(x.cmp(&y)),
        (_, _, Some(x), Some(y)) => x.partial_cmp(&y),
        (Some(x), _, _, Some(y)) => int_float(x, y),
        (_, Some(y), Some(x), _) => int_float(y, x).map(Ordering::reverse),
        _ => None,
    }
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
