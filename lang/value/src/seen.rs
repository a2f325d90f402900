//! Which collections were visited: data may share parts so often that visiting each path would
//! never end.

use crate::value::Value;
use alloc::vec;
use alloc::vec::Vec;

/// Visits that are not noted: most comparisons are short, and noting costs time and memory.
const FREE: u32 = 1000;

/// A set of pairs of collections, by address. The collections must stay alive meanwhile.
#[derive(Default)]
pub(crate) struct Seen {
    visits: u32,
    /// Open addressing; (0, 0) is empty. The length is 0 or a power of two.
    slots: Vec<(u64, u64)>,
    len: usize,
}

impl Seen {
    /// Whether this pair was visited before; notes it otherwise. May say no at first.
    pub(crate) fn pair(&mut self, a: &Value, b: &Value) -> bool {
        if self.visits < FREE {
            self.visits += 1;
            return false;
        }
        self.note((a.bits(), b.bits()))
    }

    /// Whether this collection was visited before; notes it otherwise. May say no at first.
    pub(crate) fn one(&mut self, a: &Value) -> bool {
        self.pair(a, a)
    }

    /// Whether this pair was added. May say no for the first ones.
    pub(crate) fn has(&self, pair: (u64, u64)) -> bool {
        !self.slots.is_empty() && self.slots[self.find(pair)] == pair
    }

    /// Adds a pair.
    pub(crate) fn add(&mut self, pair: (u64, u64)) {
        if self.visits < FREE {
            self.visits += 1;
        } else {
            self.note(pair);
        }
    }

    fn note(&mut self, pair: (u64, u64)) -> bool {
        if (self.len + 1) * 2 > self.slots.len() {
            let bigger = vec![(0, 0); (self.slots.len() * 2).max(1024)];
            let old = core::mem::replace(&mut self.slots, bigger);
            for pair in old {
                if pair != (0, 0) {
                    let at = self.find(pair);
                    self.slots[at] = pair;
                }
            }
        }
        let at = self.find(pair);
        let known = self.slots[at] == pair;
        if !known {
            self.slots[at] = pair;
            self.len += 1;
        }
        known
    }

    /// Where the pair is, or the empty slot where it would be.
    fn find(&self, pair: (u64, u64)) -> usize {
        let mask = self.slots.len() - 1;
        let hash = (pair.0 ^ pair.1.rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut at = (hash >> 32) as usize & mask;
        while self.slots[at] != (0, 0) && self.slots[at] != pair {
            at = (at + 1) & mask;
        }
        at
    }
}
