//! What a cache did so far.

use crate::clock::Timestamp;

/// Counters of a cache.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CacheStats {
    /// Lookups that found something.
    pub hits: u64,
    /// Lookups that did not; a stale or rejected entry is none.
    pub misses: u64,
    /// Entries stored.
    pub puts: u64,
    /// Entries removed because they were asked to go, stale, or rejected.
    pub invalidations: u64,
    /// Entries removed to make room.
    pub evictions: u64,
    /// Entries removed because they were too old.
    pub expirations: u64,
    /// Entries now.
    pub size: usize,
    /// The most entries.
    pub capacity: usize,
    /// When something was last looked up.
    pub last_updated: Option<Timestamp>,
}

impl CacheStats {
    /// Hits among all lookups; 0 before the first.
    pub fn hit_rate(&self) -> f64 {
        let lookups = self.hits + self.misses;
        match lookups {
            0 => 0.0,
            lookups => self.hits as f64 / lookups as f64,
        }
    }
}
