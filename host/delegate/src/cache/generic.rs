//! The cache under all layers.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::config::{CacheConfig, EvictionPolicy};
use super::error::CacheError;
use super::eviction::{Order, Rank};
use super::layer::CacheLayer;
use super::stats::CacheStats;
use crate::clock::{Clock, Timestamp};

/// A bounded map with an age limit, whose time comes from its owner's clock.
pub struct Cache<K, V> {
    config: CacheConfig,
    clock: Arc<dyn Clock>,
    state: Mutex<State<K, V>>,
}

struct State<K, V> {
    entries: HashMap<K, Entry<V>>,
    order: Order<K>,
    stats: CacheStats,
}

struct Entry<V> {
    value: V,
    created_at: Timestamp,
    /// 1 when stored, one more for each hit.
    access_count: u64,
    rank: Rank,
}

/// What a look at an entry says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// It may be used.
    Good,
    /// It must go.
    Rejected,
}

impl<K: Clone + Eq + Hash + Send, V: Clone + Send> Cache<K, V> {
    /// An empty cache.
    ///
    /// # Errors
    /// `ConfigError` when the configuration makes no sense.
    pub fn new(config: CacheConfig, clock: Arc<dyn Clock>) -> Result<Self, CacheError> {
        config.check()?;
        Ok(Self {
            state: Mutex::new(State {
                entries: HashMap::new(),
                order: Order::new(config.eviction_policy, config.seed),
                stats: CacheStats::default(),
            }),
            config,
            clock,
        })
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The value of a key and its age, if it is young enough and `look` finds it good; one that is
    /// not is removed.
    pub(super) fn get_if(&self, key: &K, look: impl FnOnce(&V) -> Look) -> Option<(V, Timestamp)> {
        let now = self.clock.now();
        let mut state = self.state();
        state.stats.last_updated = Some(now);
        let Some(entry) = state.entries.get(key) else {
            state.stats.misses += 1;
            return None;
        };
        let is_stale = self.is_stale(entry.created_at, now);
        if is_stale || look(&entry.value) == Look::Rejected {
            state.remove(key);
            state.stats.misses += 1;
            state.stats.invalidations += 1;
            state.stats.expirations += u64::from(is_stale);
            return None;
        }
        state.stats.hits += 1;
        state.touch(key)
    }

    /// Entries that are young enough, in no order, without counting as lookups.
    pub(super) fn entries(&self) -> Vec<(K, V)> {
        let now = self.clock.now();
        let state = self.state();
        let young = state
            .entries
            .iter()
            .filter(|(_, entry)| !self.is_stale(entry.created_at, now));
        young
            .map(|(key, entry)| (key.clone(), entry.value.clone()))
            .collect()
    }

    /// Counts a lookup that went through [`Cache::entries`]; a hit is a use of its entry.
    pub(super) fn count_scan(&self, hit: Option<&K>) {
        let now = self.clock.now();
        let mut state = self.state();
        state.stats.last_updated = Some(now);
        match hit {
            Some(key) => {
                state.stats.hits += 1;
                state.touch(key);
            }
            None => state.stats.misses += 1,
        }
    }

    fn is_stale(&self, created_at: Timestamp, now: Timestamp) -> bool {
        self.config
            .ttl
            .is_some_and(|ttl| now.since(created_at) > ttl)
    }

    /// Removes what has to go so that one more fits.
    fn make_room(&self, state: &mut State<K, V>, now: Timestamp) {
        if self.config.eviction_policy == EvictionPolicy::Ttl
            && state.entries.len() >= self.config.max_size
        {
            let old = state.entries.iter();
            let old = old.filter(|(_, entry)| self.is_stale(entry.created_at, now));
            let old: Vec<K> = old.map(|(key, _)| key.clone()).collect();
            for key in old {
                state.remove(&key);
                state.stats.evictions += 1;
                state.stats.expirations += 1;
            }
        }
        while state.entries.len() >= self.config.max_size {
            let Some(victim) = state.order.victim() else {
                return;
            };
            state.remove(&victim);
            state.stats.evictions += 1;
        }
    }

    fn state(&self) -> MutexGuard<'_, State<K, V>> {
        // Values are cloned while the lock is held; should that panic, the entries are unchanged.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Clone + Eq + Hash, V: Clone> State<K, V> {
    fn remove(&mut self, key: &K) -> bool {
        match self.entries.remove(key) {
            Some(entry) => {
                self.order.remove(entry.rank);
                true
            }
            None => false,
        }
    }

    fn touch(&mut self, key: &K) -> Option<(V, Timestamp)> {
        let entry = self.entries.get_mut(key)?;
        entry.access_count += 1;
        entry.rank = self.order.touch(entry.rank, entry.access_count);
        Some((entry.value.clone(), entry.created_at))
    }
}

impl<K: Clone + Eq + Hash + Send, V: Clone + Send> CacheLayer<K, V> for Cache<K, V> {
    fn get(&self, key: &K) -> Option<V> {
        self.get_if(key, |_| Look::Good).map(|(value, _)| value)
    }

    fn put(&self, key: K, value: V) -> Result<(), CacheError> {
        if self.config.max_size == 0 {
            return Ok(());
        }
        let now = self.clock.now();
        let mut state = self.state();
        if !state.remove(&key) {
            self.make_room(&mut state, now);
        }
        let rank = state.order.insert(key.clone(), now);
        let entry = Entry {
            value,
            created_at: now,
            access_count: 1,
            rank,
        };
        state.entries.insert(key, entry);
        state.stats.puts += 1;
        Ok(())
    }

    fn invalidate(&self, key: &K) -> Result<bool, CacheError> {
        let mut state = self.state();
        let was_there = state.remove(key);
        state.stats.invalidations += u64::from(was_there);
        Ok(was_there)
    }

    fn stats(&self) -> CacheStats {
        let state = self.state();
        CacheStats {
            size: state.entries.len(),
            capacity: self.config.max_size,
            ..state.stats.clone()
        }
    }

    fn clear(&self) -> Result<(), CacheError> {
        let mut state = self.state();
        state.stats.invalidations += state.entries.len() as u64;
        state.entries.clear();
        state.order.clear();
        Ok(())
    }

    fn config(&self) -> CacheConfig {
        self.config.clone()
    }
}
