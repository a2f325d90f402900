//! Equality (`=`, map keys, `match` literals).

use crate::bytes::same;
use crate::hashing::{contains_nan, known_hash};
use crate::map::{self, Map};
use crate::seen::Seen;
use crate::seq;
use crate::tag;
use crate::value::Value;
use alloc::vec::Vec;

/// Two collections whose parts are being compared.
enum Open<'a> {
    Seqs(seq::Iter<'a>, seq::Iter<'a>),
    Maps(map::Iter<'a>, &'a Map),
}

/// What looking at two values without their parts tells.
enum Verdict<'a> {
    Known(bool),
    Open(Open<'a>),
    /// Equal if these are.
    Same(&'a Value, &'a Value),
}

/// Whether two values are equal. Never recurses; visits each pair of shared parts once.
pub fn equal(a: &Value, b: &Value) -> bool {
    let mut stack: Vec<Open<'_>> = Vec::new();
    let mut seen = Seen::default();
    if !visit(a, b, &mut stack, &mut seen) {
        return false;
    }
    while let Some(top) = stack.last_mut() {
        let pair = match top {
            // Lengths are equal.
            Open::Seqs(xs, ys) => xs.next().zip(ys.next()),
            Open::Maps(xs, other) => match xs.next() {
                None => None,
                Some((key, x)) => match other.get(key) {
                    None => return false,
                    Some(y) => Some((x, y)),
                },
            },
        };
        match pair {
            None => {
                stack.pop();
            }
            Some((x, y)) => {
                if !visit(x, y, &mut stack, &mut seen) {
                    return false;
                }
            }
        }
    }
    true
}

/// Compares two values without their parts, which go onto the stack.
#[inline]
fn visit<'a>(
    mut x: &'a Value,
    mut y: &'a Value,
    stack: &mut Vec<Open<'a>>,
    seen: &mut Seen,
) -> bool {
    loop {
        match verdict(x, y) {
            Verdict::Known(equal) => return equal,
            Verdict::Same(inner_x, inner_y) => (x, y) = (inner_x, inner_y),
            Verdict::Open(open) => {
                // A pair seen before is equal, or the comparison will fail there.
                if !seen.pair(x, y) {
                    stack.push(open);
                }
                return true;
            }
        }
    }
}

#[inline]
fn verdict<'a>(a: &'a Value, b: &'a Value) -> Verdict<'a> {
    if a.tag() < tag::VECTOR {
        return Verdict::Known(scalars_equal(a, b));
    }
    collections(a, b)
}

#[inline(never)]
fn collections<'a>(a: &'a Value, b: &'a Value) -> Verdict<'a> {
    if let (Some(x), Some(y)) = (a.as_seq(), b.as_seq()) {
        if x.len() != y.len() {
            return Verdict::Known(false);
        }
        return match same_object(a, b) {
            Some(equal) => Verdict::Known(equal),
            None => Verdict::Open(Open::Seqs(x.iter(), y.iter())),
        };
    }
    if let (Some(x), Some(y)) = (a.as_map(), b.as_map()) {
        if x.len() != y.len() {
            return Verdict::Known(false);
        }
        return match same_object(a, b) {
            Some(equal) => Verdict::Known(equal),
            None => Verdict::Open(Open::Maps(x.iter(), y)),
        };
    }
    if let (Some(x), Some(y)) = (a.as_error(), b.as_error()) {
        return match (a.error_data(), b.error_data()) {
            (Some(a), Some(b)) if x.same_head(&y) => Verdict::Same(a, b),
            _ => Verdict::Known(false),
        };
    }
    Verdict::Known(scalars_equal(a, b))
}

/// What the objects alone tell of two collections: one object equals itself unless a `NaN` is
/// inside; different hashes, if known, mean different values.
fn same_object(a: &Value, b: &Value) -> Option<bool> {
    if a.bits() == b.bits() {
        return Some(!contains_nan(a));
    }
    match (known_hash(a), known_hash(b)) {
        (Some(x), Some(y)) if x != y => Some(false),
        _ => None,
    }
}

/// Whether two values with a text have the same one.
#[inline]
pub(crate) fn same_text(a: &Value, b: &Value) -> bool {
    match (a.as_text(), b.as_text()) {
        (Some(a), Some(b)) => same(a.as_bytes(), b.as_bytes()),
        _ => false,
    }
}

/// Equality of values that have no parts.
#[inline]
pub(crate) fn scalars_equal(a: &Value, b: &Value) -> bool {
    if a.tag() != b.tag() {
        return false;
    }
    match a.tag() {
        // NaN equals nothing, and 0.0 equals -0.0.
        tag::FLOAT => a.as_float() == b.as_float(),
        tag::UUID => match (a.as_uuid(), b.as_uuid()) {
            (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
            _ => false,
        },
        tag::STRING..=tag::RESOURCE => a.bits() == b.bits() || same_text(a, b),
        _ => a.bits() == b.bits(),
    }
}
