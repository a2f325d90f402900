//! Iterators over maps.

use super::Map;
use crate::tag;
use crate::value::Value;

/// The entries of a map in insertion order.
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    map: &'a Map,
    /// Keys and values in turn that lie together in memory.
    chunk: core::slice::Iter<'a, Value>,
    /// Number of the entry behind the chunk.
    next: usize,
    /// Entries still to give.
    left: usize,
}

impl<'a> Iter<'a> {
    pub(super) fn new(map: &'a Map) -> Self {
        Self {
            map,
            chunk: [].iter(),
            next: 0,
            left: map.len(),
        }
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a Value, &'a Value);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        while self.left > 0 {
            match (self.chunk.next(), self.chunk.next()) {
                (Some(key), Some(value)) => {
                    if key.tag() != tag::UNSET {
                        self.left -= 1;
                        return Some((key, value));
                    }
                }
                _ => {
                    let chunk = self.map.chunk(self.next);
                    self.next += chunk.len() / 2;
                    self.chunk = chunk.iter();
                }
            }
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Iter<'_> {}
