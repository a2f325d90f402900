//! How a cache behaves.

use std::time::Duration;

use super::error::CacheError;

/// Which entry goes when there is no room.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum EvictionPolicy {
    /// The least recently used.
    #[default]
    Lru,
    /// The least often used; of several, the least recently used.
    Lfu,
    /// The oldest.
    Fifo,
    /// Any, by a generator seeded with [`CacheConfig::seed`].
    Random,
    /// All that are too old; when none is, the one that will be first.
    Ttl,
}

/// How a cache behaves.
#[derive(Debug, Clone, PartialEq)]
pub struct CacheConfig {
    /// The most entries; 0 caches nothing.
    pub max_size: usize,
    /// How old an entry may get, counted from its creation.
    pub ttl: Option<Duration>,
    /// Which entry goes when there is no room.
    pub eviction_policy: EvictionPolicy,
    /// Not available in this version: must be false.
    pub persistence_enabled: bool,
    /// Not available in this version: must be false.
    pub async_operations: bool,
    /// Entries of which their maker was less sure are not used.
    pub confidence_threshold: Option<f64>,
    /// Seed of [`EvictionPolicy::Random`].
    pub seed: u64,
}

impl Default for CacheConfig {
    fn default() -> Self {
        Self {
            max_size: 1000,
            ttl: None,
            eviction_policy: EvictionPolicy::default(),
            persistence_enabled: false,
            async_operations: false,
            confidence_threshold: None,
            seed: 0,
        }
    }
}

impl CacheConfig {
    /// The defaults of the delegation cache: 1000 entries, one hour.
    pub fn l1() -> Self {
        Self {
            ttl: Some(Duration::from_secs(3600)),
            ..Self::default()
        }
    }

    /// The defaults of the inference cache: 2000 entries, two hours.
    pub fn l2() -> Self {
        Self {
            max_size: 2000,
            ttl: Some(Duration::from_secs(7200)),
            ..Self::default()
        }
    }

    /// Refuses what makes no sense or is not available.
    pub(crate) fn check(&self) -> Result<(), CacheError> {
        if let Some(threshold) = self.confidence_threshold {
            check_threshold("confidence threshold", threshold)?;
        }
        for (name, is_asked) in [
            ("persistence", self.persistence_enabled),
            ("asynchronous operation", self.async_operations),
        ] {
            if is_asked {
                let text = format!("{name} is not available in this version");
                return Err(CacheError::ConfigError(text));
            }
        }
        Ok(())
    }
}

/// Refuses a threshold outside 0 to 1.
pub(crate) fn check_threshold(name: &str, threshold: f64) -> Result<(), CacheError> {
    match (0.0..=1.0).contains(&threshold) {
        true => Ok(()),
        false => Err(CacheError::ConfigError(format!(
            "{name} {threshold} is not between 0 and 1"
        ))),
    }
}
