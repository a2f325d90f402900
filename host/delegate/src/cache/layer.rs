//! What all layers share.

use super::config::CacheConfig;
use super::error::CacheError;
use super::stats::CacheStats;

/// A cache as its users and its manager see it. Shared between threads.
pub trait CacheLayer<K, V>: Send + Sync {
    /// The value of a key, unless it is too old or rejected.
    fn get(&self, key: &K) -> Option<V>;

    /// Stores a value, making room where needed; replacing a key's value evicts nobody.
    ///
    /// # Errors
    /// When the value cannot be stored.
    fn put(&self, key: K, value: V) -> Result<(), CacheError>;

    /// Removes a key; whether it was there.
    ///
    /// # Errors
    /// When the cache cannot be changed.
    fn invalidate(&self, key: &K) -> Result<bool, CacheError>;

    /// What the cache did so far.
    fn stats(&self) -> CacheStats;

    /// Removes everything.
    ///
    /// # Errors
    /// When the cache cannot be changed.
    fn clear(&self) -> Result<(), CacheError>;

    /// How the cache behaves.
    fn config(&self) -> CacheConfig;
}
