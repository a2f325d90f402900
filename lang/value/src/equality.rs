//! Equality (`=`, map keys, `match` literals).

use crate::tag;
use crate::value::Value;
use alloc::vec::Vec;

/// Whether two values are equal. Never recurses.
pub fn equal(a: &Value, b: &Value) -> bool {
    let mut pending: Vec<(Value, Value)> = Vec::new();
    if !step(a, b, &mut pending) {
        return false;
    }
    while let Some((a, b)) = pending.pop() {
        if !step(&a, &b, &mut pending) {
            return false;
        }
    }
    true
}

/// Compares the tops; parts still to compare go to `pending`.
fn step(a: &Value, b: &Value, pending: &mut Vec<(Value, Value)>) -> bool {
    if let (Some(x), Some(y)) = (a.as_seq(), b.as_seq()) {
        if x.len() != y.len() {
            return false;
        }
        pending.extend(x.iter().cloned().zip(y.iter().cloned()));
        return true;
    }
    if let (Some(x), Some(y)) = (a.as_map(), b.as_map()) {
        if x.len() != y.len() {
            return false;
        }
        for (key, value) in x {
            match y.get(key) {
                Some(other) => pending.push((value.clone(), other.clone())),
                None => return false,
            }
        }
        return true;
    }
    if let (Some(x), Some(y)) = (a.as_error(), b.as_error()) {
        pending.push((x.data(), y.data()));
        return x.same_head(&y);
    }
    scalars_equal(a, b)
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
        tag::STRING..=tag::RESOURCE => a.bits() == b.bits() || a.as_text() == b.as_text(),
        _ => a.bits() == b.bits(),
    }
}
