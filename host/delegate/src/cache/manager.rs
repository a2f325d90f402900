//! Holds the layers and gathers what they did.

use std::sync::Arc;

use super::delegation::DelegationCache;
use super::inference::{InferenceCache, InferenceResult};
use super::semantic::SemanticCache;
use super::stats::CacheStats;
use crate::l4::L4CacheClient;

/// Up to four layers. It looks nothing up itself.
#[derive(Default, Clone)]
pub struct CacheManager {
    l1: Option<Arc<DelegationCache>>,
    l2: Option<Arc<InferenceCache>>,
    l3: Option<Arc<SemanticCache<InferenceResult>>>,
    l4: Option<Arc<L4CacheClient>>,
}

/// A layer's name and what it did so far.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerStats {
    /// `l1`, `l2`, `l3`, `l4`.
    pub layer: &'static str,
    /// What it did.
    pub stats: CacheStats,
    /// Counters that only this layer has, by name.
    pub further: Vec<(&'static str, u64)>,
}

impl LayerStats {
    /// The counters under their metric names: `l1_cache_hits`, `l1_cache_misses` and so on.
    pub fn metrics(&self) -> Vec<(String, u64)> {
        let stats = &self.stats;
        let counters = [
            ("hits", stats.hits),
            ("misses", stats.misses),
            ("puts", stats.puts),
            ("invalidations", stats.invalidations),
            ("evictions", stats.evictions),
            ("expirations", stats.expirations),
            ("size", stats.size as u64),
            ("capacity", stats.capacity as u64),
        ];
        let all = counters.iter().chain(&self.further);
        all.map(|(counter, value)| (format!("{}_cache_{counter}", self.layer), *value))
            .collect()
    }
}

impl CacheManager {
    /// No layers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the delegation cache.
    #[must_use]
    pub fn with_l1_cache(mut self, cache: Arc<DelegationCache>) -> Self {
        self.l1 = Some(cache);
        self
    }

    /// Adds the inference cache.
    #[must_use]
    pub fn with_l2_cache(mut self, cache: Arc<InferenceCache>) -> Self {
        self.l2 = Some(cache);
        self
    }

    /// Adds the semantic cache.
    #[must_use]
    pub fn with_l3_cache(mut self, cache: Arc<SemanticCache<InferenceResult>>) -> Self {
        self.l3 = Some(cache);
        self
    }

    /// Adds the client of stored modules.
    #[must_use]
    pub fn with_l4_cache(mut self, client: Arc<L4CacheClient>) -> Self {
        self.l4 = Some(client);
        self
    }

    /// The delegation cache.
    pub fn get_l1_cache(&self) -> Option<&Arc<DelegationCache>> {
        self.l1.as_ref()
    }

    /// The inference cache.
    pub fn get_l2_cache(&self) -> Option<&Arc<InferenceCache>> {
        self.l2.as_ref()
    }

    /// The semantic cache.
    pub fn get_l3_cache(&self) -> Option<&Arc<SemanticCache<InferenceResult>>> {
        self.l3.as_ref()
    }

    /// The client of stored modules.
    pub fn get_l4_cache(&self) -> Option<&Arc<L4CacheClient>> {
        self.l4.as_ref()
    }

    /// What a layer did so far, by its name `l1` to `l4`.
    pub fn get_stats(&self, layer: &str) -> Option<CacheStats> {
        let mut all = self.get_all_stats().into_iter();
        all.find(|stats| stats.layer == layer)
            .map(|stats| stats.stats)
    }

    /// What each layer did so far, in order.
    pub fn get_all_stats(&self) -> Vec<LayerStats> {
        let layer = |layer, stats| LayerStats {
            layer,
            stats,
            further: Vec::new(),
        };
        let l1 = self.l1.iter().map(|cache| layer("l1", cache.stats()));
        let l2 = self.l2.iter().map(|cache| layer("l2", cache.stats()));
        let l3 = self.l3.iter().map(|cache| layer("l3", cache.stats()));
        let l4 = self.l4.iter().map(|client| {
            let stats = client.stats();
            LayerStats {
                further: vec![("refusals", stats.refusals), ("failures", stats.failures)],
                ..layer("l4", stats.as_cache_stats())
            }
        });
        l1.chain(l2).chain(l3).chain(l4).collect()
    }
}
