//! Hashes that agree with equality and are the same in every run and on every machine.
//!
//! The seed is fixed: results may not depend on chance. A program can therefore make keys that
//! collide; it only slows itself down, within its budget.
//!
//! Texts and collections keep their hash in the second header word. For a collection that word
//! also says whether a `NaN` is inside, because then it does not even equal itself.

use crate::bytes::words;
use crate::tag;
use crate::text::{self, Text};
use crate::value::Value;
use alloc::vec::Vec;

const K: u64 = 0x9e37_79b9_7f4a_7c15;

/// Always set, so that a summary is never 0, which means "not computed".
const KNOWN: u32 = 1;
/// A `NaN` is inside.
const NAN: u32 = 2;
/// The other bits are a hash.
const HASH: u32 = !3;

/// A hash that is the same for equal values. Never recurses; takes time linear in the distinct
/// objects of the value, and none when asked again.
pub fn hash(value: &Value) -> u32 {
    summary(value) & HASH
}

/// Whether a `NaN` is anywhere inside.
pub(crate) fn contains_nan(value: &Value) -> bool {
    summary(value) & NAN != 0
}

/// The hash of a map key: keyword, string or integer.
#[inline]
pub(crate) fn key_hash(key: &Value) -> u32 {
    match key.tag() {
        tag::INT => int_hash(key.bits()),
        kind => text_key_hash(kind, text_hash(key)),
    }
}

/// The hash of a text key that is not a value yet.
pub(crate) fn str_key_hash(kind: u32, text: &str) -> u32 {
    text_key_hash(kind, bytes_hash(text.as_bytes()))
}

/// Keys of different kinds with one text are different.
#[inline]
fn text_key_hash(kind: u32, hash: u32) -> u32 {
    hash ^ kind.wrapping_mul(K as u32)
}

#[inline]
pub(crate) fn int_hash(bits: u64) -> u32 {
    let h = (bits ^ K).wrapping_mul(K);
    (h ^ (h >> 32)) as u32
}

fn mix(h: u32, part: u32) -> u32 {
    int_hash(u64::from(h) << 32 | u64::from(part))
}

/// The hash of the bytes of a text, kept in its header. Static texts may serve several kinds, so
/// the kind is not part of it.
#[inline]
fn text_hash(value: &Value) -> u32 {
    let text = value.object().cast::<Text>();
    // SAFETY: the caller's value has a text, which is live.
    match unsafe { (*text).header.meta } {
        0 => first_text_hash(text),
        known => known,
    }
}

/// [`text_hash`] when it is asked for the first time.
#[inline(never)]
fn first_text_hash(text: *mut Text) -> u32 {
    // SAFETY: the text is live; nobody holds a reference to the meta word.
    unsafe {
        let hash = bytes_hash(text::bytes(text));
        (*text).header.meta = hash;
        hash
    }
}

/// Eight bytes at a time; never 0.
fn bytes_hash(bytes: &[u8]) -> u32 {
    let mut h = (bytes.len() as u64).wrapping_mul(K);
    let mut absorb = |word: u64| {
        h = (h ^ word).wrapping_mul(K);
        h ^= h >> 29;
    };
    let (words, tail) = words(bytes);
    words.for_each(&mut absorb);
    if !tail.is_empty() {
        absorb(tail.word);
    }
    h = h.wrapping_mul(K);
    ((h ^ (h >> 32)) as u32).max(1)
}

/// The summary of a value without parts.
fn scalar_summary(value: &Value) -> u32 {
    let kind = tag::low(value.tag());
    let hash = match kind {
        tag::FLOAT => {
            let x = value.as_float().unwrap_or_default();
            if x.is_nan() {
                return KNOWN | NAN;
            }
            // 0.0 and -0.0 are equal.
            int_hash(if x == 0.0 { 0 } else { value.bits() } ^ 1)
        }
        tag::STRING | tag::KEYWORD => key_hash(value),
        // Compared without case.
        tag::UUID => value
            .as_uuid()
            .unwrap_or_default()
            .bytes()
            .fold(kind, |h, byte| mix(h, u32::from(byte.to_ascii_lowercase()))),
        tag::SYMBOL..=tag::RESOURCE => text_key_hash(kind, text_hash(value)),
        // Equal by address; the code is enough to tell most apart.
        tag::CLOSURE | tag::COMBINATOR | tag::OPAQUE_FN => mix(kind, value.tag()),
        _ => int_hash(value.bits() ^ u64::from(value.tag()) << 32),
    };
    hash & HASH | KNOWN
}

/// A collection whose parts are being hashed.
struct Open<'a> {
    value: &'a Value,
    parts: Parts<'a>,
    sum: u32,
    flags: u32,
}

enum Parts<'a> {
    Seq(crate::seq::Iter<'a>),
    /// And the hash of the key whose value is being hashed.
    Map(crate::map::Iter<'a>, u32),
    Error(Option<&'a Value>),
}

/// The hash of a collection, if it is known already.
pub(crate) fn known_hash(value: &Value) -> Option<u32> {
    known(value).map(|summary| summary & HASH)
}

/// The summary an object keeps, if it is a collection that was hashed before.
fn known(value: &Value) -> Option<u32> {
    if !matches!(value.tag(), tag::VECTOR | tag::LIST | tag::MAP) {
        return None;
    }
    // SAFETY: the value owns a reference, so the object is live.
    let meta = unsafe { (*value.object()).meta };
    (meta != 0).then_some(meta)
}

fn open(value: &Value) -> Option<Open<'_>> {
    let (parts, sum) = match value.tag() {
        tag::VECTOR | tag::LIST => {
            let seq = value.as_seq()?;
            (Parts::Seq(seq.iter()), seq.len() as u32)
        }
        tag::MAP => {
            let map = value.as_map()?;
            (Parts::Map(map.iter(), 0), !(map.len() as u32))
        }
        tag::ERROR | tag::RAISED => {
            let error = value.as_error()?;
            let text = bytes_hash(error.text().as_bytes());
            (
                Parts::Error(value.error_data()),
                mix(error.kind() as u32, text),
            )
        }
        _ => return None,
    };
    Some(Open {
        value,
        parts,
        sum,
        flags: KNOWN,
    })
}

impl<'a> Open<'a> {
    fn next(&mut self) -> Option<&'a Value> {
        match &mut self.parts {
            Parts::Seq(items) => items.next(),
            Parts::Map(entries, key) => entries.next().map(|(k, v)| {
                *key = key_hash(k);
                v
            }),
            Parts::Error(data) => data.take(),
        }
    }

    /// Takes in the summary of the part that [`Open::next`] gave.
    fn add(&mut self, part: u32) {
        self.flags |= part & NAN;
        let hash = part & HASH;
        self.sum = match &self.parts {
            // The order of a map's entries does not count.
            Parts::Map(_, key) => self.sum.wrapping_add(mix(*key, hash)),
            _ => mix(self.sum, hash),
        };
    }

    fn close(self) -> u32 {
        let summary = mix(self.sum, 0) & HASH | self.flags;
        if !matches!(self.parts, Parts::Error(_)) {
            // SAFETY: the object is live; nobody holds a reference to the meta word. Changing the
            // collection in place resets it.
            unsafe { (*self.value.object()).meta = summary };
        }
        summary
    }
}

fn summary(value: &Value) -> u32 {
    let mut stack: Vec<Open<'_>> = Vec::new();
    let mut value = value;
    loop {
        let mut part = match known(value) {
            Some(summary) => summary,
            None => match open(value) {
                Some(open) => {
                    stack.push(open);
                    // Only a marker: the loop below asks the new top for its first part.
                    0
                }
                None => scalar_summary(value),
            },
        };
        loop {
            let Some(top) = stack.last_mut() else {
                return part;
            };
            if part != 0 {
                top.add(part);
            }
            match top.next() {
                Some(next) => {
                    value = next;
                    break;
                }
                None => match stack.pop() {
                    Some(done) => part = done.close(),
                    None => return part,
                },
            }
        }
    }
}
