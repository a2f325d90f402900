//! Who has to go: entries in the order in which they would.

use std::collections::BTreeMap;

use super::config::EvictionPolicy;
use crate::clock::Timestamp;

/// An entry's place in the order; unique by its second part.
pub(super) type Rank = (u64, u64);

/// Keys in the order in which they would be evicted.
pub(super) struct Order<K> {
    policy: EvictionPolicy,
    keys: BTreeMap<Rank, K>,
    /// Counts insertions and uses.
    ticks: u64,
    random: u64,
}

impl<K: Clone> Order<K> {
    pub(super) fn new(policy: EvictionPolicy, seed: u64) -> Self {
        Self {
            policy,
            keys: BTreeMap::new(),
            ticks: 0,
            random: seed,
        }
    }

    /// Adds a key and gives its place.
    pub(super) fn insert(&mut self, key: K, created: Timestamp) -> Rank {
        let tick = self.tick();
        let rank = match self.policy {
            EvictionPolicy::Lru | EvictionPolicy::Fifo => (0, tick),
            EvictionPolicy::Lfu => (1, tick),
            EvictionPolicy::Random => (self.next_random(), tick),
            EvictionPolicy::Ttl => (created.as_millis(), tick),
        };
        self.keys.insert(rank, key);
        rank
    }

    /// Notes that the key at a place was used for the n-th time, and gives its new place.
    pub(super) fn touch(&mut self, rank: Rank, n_uses: u64) -> Rank {
        let moved = match self.policy {
            EvictionPolicy::Lru => (0, self.tick()),
            EvictionPolicy::Lfu => (n_uses, self.tick()),
            EvictionPolicy::Fifo | EvictionPolicy::Random | EvictionPolicy::Ttl => return rank,
        };
        if let Some(key) = self.keys.remove(&rank) {
            self.keys.insert(moved, key);
        }
        moved
    }

    pub(super) fn remove(&mut self, rank: Rank) {
        self.keys.remove(&rank);
    }

    pub(super) fn clear(&mut self) {
        self.keys.clear();
    }

    /// The key that has to go next.
    pub(super) fn victim(&mut self) -> Option<K> {
        let from = match self.policy {
            EvictionPolicy::Random => (self.next_random(), 0),
            _ => (0, 0),
        };
        let mut next = self.keys.range(from..).chain(self.keys.range(..from));
        next.next().map(|(_, key)| key.clone())
    }

    fn tick(&mut self) -> u64 {
        self.ticks += 1;
        self.ticks
    }

    /// SplitMix64.
    fn next_random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
