//! The cache layers in memory: earlier decisions (L1), model answers (L2), similar questions (L3).
//!
//! All stand on one generic [`Cache`]. Time and randomness come from outside, so a run repeats.

mod config;
mod delegation;
mod error;
mod eviction;
mod generic;
mod inference;
mod key;
mod layer;
mod manager;
mod semantic;
mod stats;

pub use config::{CacheConfig, EvictionPolicy};
pub use delegation::{DelegationCache, DelegationPlan, PlanTarget};
pub use error::CacheError;
pub use generic::Cache;
pub use inference::{
    CachedInference, InferenceCache, InferenceRequest, InferenceResult, Message, Sampling,
    StopReason,
};
pub use key::{ContentKey, DelegationKey, InferenceKey, SemanticKey};
pub use layer::CacheLayer;
pub use manager::{CacheManager, LayerStats};
pub use semantic::{SemanticCache, SemanticConfig, SemanticHit, SemanticScope};
pub use stats::CacheStats;
