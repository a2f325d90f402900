//! Settings of an engine.

use std::time::Duration;

/// Where instances get their memories, tables and stacks from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allocation {
    /// From a pool reserved when the engine is made: about three times faster per call, and some
    /// 17 GiB of address space (not memory) per concurrent call.
    Pooled,
    /// From the operating system, call by call: for processes with little address space.
    OnDemand,
}

/// How much work goes into native code. Results, fuel and limits are the same either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Translation {
    /// As much as makes code that is called again faster.
    #[default]
    Optimised,
    /// About half of that: for code that runs once, as in tests. Cached apart from the other.
    Fast,
}

/// Settings of an [`crate::Engine`].
///
/// ```
/// use rtfs_host::{Engine, EngineConfig};
///
/// let engine = Engine::new(EngineConfig { concurrent_calls: 8, ..EngineConfig::default() })?;
/// # drop(engine);
/// # Ok::<(), rtfs_host::EngineError>(())
/// ```
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Calls that may run at the same time; further ones wait, then are told that the engine is
    /// busy.
    pub concurrent_calls: u32,
    /// How long a call waits for a free slot before it is refused as busy.
    pub admission_wait: Duration,
    /// Where instances live.
    pub allocation: Allocation,
    /// Whether the engine may compile. Without it, only code from a [`crate::AotCache`] runs.
    pub compile: bool,
    /// How native code is made.
    pub translation: Translation,
    /// Largest component accepted, in bytes.
    pub component_bytes: u64,
    /// Memory for translations of single functions, in bytes. Components of one backend share its
    /// runtime's functions, so that the second one is translated faster, and a changed one in a quarter of
    /// the time. 0: none are kept, in memory or with an [`crate::AotCache`].
    pub function_cache_bytes: usize,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            // With the profile's stacks and memories: 4.2 GiB and 1 TiB of address space.
            concurrent_calls: 64,
            admission_wait: Duration::from_secs(1),
            allocation: Allocation::Pooled,
            compile: true,
            translation: Translation::Optimised,
            component_bytes: 64 << 20,
            function_cache_bytes: 32 << 20,
        }
    }
}
