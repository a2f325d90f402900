//! The engine profile: every knob that decides what code means, costs or may do.
//!
//! Native code depends on these settings, so changing any of them changes the fingerprint and
//! with it the place where cached code is looked up.

use crate::config::{Allocation, EngineConfig, Translation};
use crate::error::{EngineCause, EngineError};
use crate::functions::FunctionCache;
use crate::inspect::RTFS_VERSION;
use sha2::{Digest, Sha256};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use wasmtime::{
    Config, Enabled, InstanceAllocationStrategy, ModuleVersionStrategy, OptLevel,
    PoolingAllocationConfig,
};

/// Native stack for guest code. 20,000 pending calls at 3,300 bytes each just fit, so generated
/// code reaches its own depth limit first.
pub(crate) const WASM_STACK_BYTES: usize = 64 << 20;

/// Native stack for guest and host together. The difference is what host functions get, and
/// running out of it would abort the process.
const ASYNC_STACK_BYTES: usize = 66 << 20;

/// Address space per linear memory: all of a 32-bit memory, so that no access is checked.
const MEMORY_RESERVATION: u64 = 4 << 30;

/// Unmapped space behind each memory, for constant offsets.
const MEMORY_GUARD: u64 = 32 << 20;

/// Linear memories one component may have.
const MEMORIES_PER_COMPONENT: u32 = 4;

/// Tables one component may have.
const TABLES_PER_COMPONENT: u32 = 16;

/// Core instances one component may have; a component for WASI has four, one with a Python
/// interpreter 38.
const INSTANCES_PER_COMPONENT: u32 = 64;

/// Elements of one table.
const TABLE_ELEMENTS: usize = 100_000;

/// Bookkeeping of one component's instances.
const COMPONENT_INSTANCE_BYTES: usize = 4 << 20;

/// Part of each stack that is cleared by hand after use instead of being handed back: what a
/// shallow call touches.
const STACK_KEEP_RESIDENT: usize = 8 << 10;

/// Identifies everything that native code depends on besides the component: engine version,
/// profile, ABI, processor architecture and operating system.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The digest's bytes.
    ///
    /// ```
    /// let engine = rtfs_host::Engine::new(rtfs_host::EngineConfig::default())?;
    /// assert_eq!(engine.fingerprint().as_bytes().len(), 32);
    /// # Ok::<(), rtfs_host::EngineError>(())
    /// ```
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// Takes down the text that a value feeds into a hash.
#[derive(Default)]
struct Scribe(Vec<u8>);

impl Hasher for Scribe {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}

/// The full version of the engine that is linked, e.g. `48.0.8`.
///
/// The engine writes only its major version into native code, but a patch release exists
/// precisely because an earlier one miscompiled something. It has no constant for the full
/// version either; its version strategy, however, hashes it.
pub(crate) fn engine_version() -> String {
    let mut scribe = Scribe::default();
    ModuleVersionStrategy::WasmtimeVersion.hash(&mut scribe);
    let text: Vec<u8> = scribe.0.into_iter().filter(u8::is_ascii_graphic).collect();
    String::from_utf8_lossy(&text).into_owned()
}

/// What is written into native code and compared when it is loaded.
fn code_version() -> String {
    let (major, minor, patch) = RTFS_VERSION.numbers;
    format!(
        "wasmtime {}; rtfs-host {}; abi {major}.{minor}.{patch}",
        engine_version(),
        env!("CARGO_PKG_VERSION"),
    )
}

/// The fingerprint of native code made under this profile.
pub(crate) fn fingerprint(translation: Translation) -> Fingerprint {
    let opt = match translation {
        Translation::Optimised => "speed",
        Translation::Fast => "none",
    };
    let mut digest = Sha256::new();
    digest.update(b"rtfs-host engine profile 1\n");
    digest.update(code_version());
    digest.update(format!(
        "\n{} {}\nstack {WASM_STACK_BYTES} {ASYNC_STACK_BYTES}\n\
         memory {MEMORY_RESERVATION} {MEMORY_GUARD}\n\
         fuel yes, epochs no, nan as computed, relaxed-simd deterministic, concurrency no, gc no, \
         exceptions no, memory64 no, unwind-info no, opt {opt}\n",
        std::env::consts::ARCH,
        std::env::consts::OS,
    ));
    Fingerprint(digest.finalize().into())
}

/// Builds the engine of this profile, which asks `functions` before it translates one.
pub(crate) fn build(
    config: &EngineConfig,
    functions: Option<Arc<FunctionCache>>,
) -> Result<wasmtime::Engine, EngineError> {
    let supported = cfg!(all(
        any(target_os = "linux", target_os = "macos"),
        any(target_arch = "x86_64", target_arch = "aarch64"),
    ));
    if !supported {
        return Err(EngineError::UnsupportedPlatform {
            os: std::env::consts::OS,
            arch: std::env::consts::ARCH,
        });
    }
    if config.concurrent_calls == 0 {
        return Err(EngineError::ZeroSetting {
            field: "concurrent_calls",
        });
    }
    let setup = |error| EngineError::Setup(EngineCause::new(error));
    let mut settings = settings(config.translation).map_err(setup)?;
    if !config.compile {
        settings.enable_compiler(false);
    } else if let Some(functions) = functions {
        settings
            .enable_incremental_compilation(functions)
            .map_err(setup)?;
    }
    match config.allocation {
        Allocation::OnDemand => wasmtime::Engine::new(&settings).map_err(setup),
        Allocation::Pooled => {
            let strategy = InstanceAllocationStrategy::Pooling(pool(config.concurrent_calls));
            settings.allocation_strategy(strategy);
            wasmtime::Engine::new(&settings).map_err(|error| EngineError::PoolTooLarge {
                concurrent_calls: config.concurrent_calls,
                source: EngineCause::new(error),
            })
        }
    }
}

/// An engine that only translates: its code is that of [`build`]'s engines, and it needs little
/// address space, on one thread.
pub(crate) fn build_for_worker(translation: Translation) -> Result<wasmtime::Engine, EngineError> {
    let setup = |error| EngineError::Setup(EngineCause::new(error));
    let mut settings = settings(translation).map_err(setup)?;
    settings.parallel_compilation(false);
    wasmtime::Engine::new(&settings).map_err(setup)
}

fn settings(translation: Translation) -> wasmtime::Result<Config> {
    let opt_level = match translation {
        Translation::Optimised => OptLevel::Speed,
        Translation::Fast => OptLevel::None,
    };
    let mut settings = Config::new();
    settings
        // Five times cheaper calls; our guests do not lift asynchronously.
        .concurrency_support(false)
        // Fuel is the contract, and its yields are where the deadline is looked at.
        .consume_fuel(true)
        .epoch_interruption(false)
        .max_wasm_stack(WASM_STACK_BYTES)
        .async_stack_size(ASYNC_STACK_BYTES)
        // One guest's values never reach the next one's stack, and a deep call's pages go back.
        .async_stack_zeroing(true)
        .cranelift_opt_level(opt_level)
        // It triples the time of float code. Which NaN an operation gives cannot be seen in RTFS:
        // values compare, hash, print and cross as one NaN.
        .cranelift_nan_canonicalization(false)
        .relaxed_simd_deterministic(true)
        .wasm_tail_call(true)
        // Nothing we run needs these, and they are young code.
        .gc_support(false)
        .wasm_memory64(false)
        .memory_reservation(MEMORY_RESERVATION)
        .memory_guard_size(MEMORY_GUARD)
        .memory_may_move(false)
        // Registering unwind tables is quadratic in the number of functions loaded; wasm
        // backtraces do not need them.
        .native_unwind_info(false)
        .module_version(ModuleVersionStrategy::Custom(code_version()))?;
    Ok(settings)
}

fn pool(concurrent_calls: u32) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(concurrent_calls)
        .total_core_instances(concurrent_calls.saturating_mul(INSTANCES_PER_COMPONENT))
        .total_memories(concurrent_calls.saturating_mul(MEMORIES_PER_COMPONENT))
        .total_tables(concurrent_calls.saturating_mul(TABLES_PER_COMPONENT))
        .total_stacks(concurrent_calls)
        .max_core_instances_per_component(INSTANCES_PER_COMPONENT)
        .max_memories_per_component(MEMORIES_PER_COMPONENT)
        .max_tables_per_component(TABLES_PER_COMPONENT)
        .max_component_instance_size(COMPONENT_INSTANCE_BYTES)
        .max_memories_per_module(MEMORIES_PER_COMPONENT)
        .max_tables_per_module(TABLES_PER_COMPONENT)
        .table_elements(TABLE_ELEMENTS)
        // Keeping pages means clearing them by hand, all of them, after every call (29 us for
        // 1 MiB); only with `PAGEMAP_SCAN` are just the touched ones cleared.
        .linear_memory_keep_resident(0)
        .table_keep_resident(0)
        .async_stack_keep_resident(STACK_KEEP_RESIDENT)
        .pagemap_scan(Enabled::Auto);
    pool
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_full_engine_version_is_known() {
        let version = engine_version();
        let parts: Vec<&str> = version.split('.').collect();
        assert_eq!(parts.len(), 3, "{version}");
        assert!(
            parts.iter().all(|part| part.parse::<u64>().is_ok()),
            "{version}"
        );

        let lock = include_str!("../../../Cargo.lock");
        let entry = format!("name = \"wasmtime\"\nversion = \"{version}\"\n");
        assert!(lock.contains(&entry), "{version} is not the locked version");
    }

    #[test]
    fn the_version_written_into_code_fits_its_field() {
        assert!(code_version().len() <= 255);
    }

    #[test]
    fn zero_slots_are_refused() {
        let config = EngineConfig {
            concurrent_calls: 0,
            ..EngineConfig::default()
        };
        assert!(matches!(
            build(&config, None),
            Err(EngineError::ZeroSetting {
                field: "concurrent_calls"
            })
        ));
    }

    #[test]
    fn a_pool_beyond_the_address_space_is_a_typed_error() {
        let config = EngineConfig {
            concurrent_calls: 1 << 20,
            ..EngineConfig::default()
        };
        assert!(matches!(
            build(&config, None),
            Err(EngineError::PoolTooLarge {
                concurrent_calls: 0x10_0000,
                ..
            })
        ));
    }
}
