//! Hashes that agree with equality and never change between runs.

use crate::tag;
use crate::value::Value;
use alloc::vec::Vec;

/// A hash that is the same for equal values, in every process. Never recurses.
pub fn hash(value: &Value) -> u32 {
    // Sequences and maps hash their shape and their scalars in order of visit.
    let mut state: u32 = 0;
    let mut pending = Vec::from([value.clone()]);
    while let Some(value) = pending.pop() {
        if let Some(seq) = value.as_seq() {
            state = mix(state ^ seq.len() as u32 ^ 0x51);
            pending.extend(seq.iter().cloned());
        } else if let Some(map) = value.as_map() {
            let keys = map
                .keys()
                .fold(0u32, |sum, key| sum.wrapping_add(scalar_hash(key)));
            state = mix(state ^ keys ^ 0x52);
        } else {
            state = mix(state ^ scalar_hash(&value));
        }
    }
    state
}

/// The hash of a value without parts.
pub(crate) fn scalar_hash(value: &Value) -> u32 {
    let kind = tag::low(value.tag());
    match kind {
        tag::FLOAT => {
            let bits = if value.as_float() == Some(0.0) {
                0
            } else {
                value.bits()
            };
            mix(kind ^ mix(bits as u32) ^ (bits >> 32) as u32)
        }
        tag::UUID => value
            .as_uuid()
            .unwrap_or_default()
            .bytes()
            .fold(mix(kind), |h, b| mix(h ^ u32::from(b.to_ascii_lowercase()))),
        tag::STRING..=tag::RESOURCE => value
            .as_text()
            .unwrap_or_default()
            .bytes()
            .fold(mix(kind), |h, b| mix(h ^ u32::from(b))),
        tag::ERROR => kind,
        tag::CLOSURE => mix(value.tag()),
        _ => mix(value.tag() ^ mix(value.bits() as u32) ^ (value.bits() >> 32) as u32),
    }
}

fn mix(h: u32) -> u32 {
    let h = (h ^ (h >> 16)).wrapping_mul(0x85eb_ca6b);
    let h = (h ^ (h >> 13)).wrapping_mul(0xc2b2_ae35);
    h ^ (h >> 16)
}
