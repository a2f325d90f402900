//! What one call may use, and the typed answer when it wants more.

use std::fmt;
use std::time::Duration;

/// What one call may use at most.
///
/// Every field has a default (see [`Limits::default`]); a limit that is hit ends the call with
/// [`crate::CallError::Limit`], names itself and leaves the engine ready for the next call.
///
/// ```
/// use rtfs_host::Limits;
/// use std::time::Duration;
///
/// let limits = Limits { fuel: 1_000_000, deadline: Duration::from_secs(2), ..Limits::default() };
/// assert_eq!(limits.depth, 20_000);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Units of guest work. About one per wasm instruction; bulk operations cost by size.
    pub fuel: u64,
    /// Wall-clock time from entry to result.
    pub deadline: Duration,
    /// Bytes of all linear memories, tables and host-side buffers of the call together.
    pub memory_bytes: u64,
    /// Pending non-tail calls of RTFS functions.
    pub depth: u32,
    /// How many of them the caller has used up already.
    pub depth_used: u32,
    /// Calls of `rtfs:host/capability`.
    pub host_calls: u64,
    /// Bytes of the encoded result.
    pub result_bytes: u64,
    /// Bytes kept of what the guest writes to standard output and standard error, each. More is
    /// dropped and reported as truncated; it does not end the call.
    pub output_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            fuel: 10_000_000_000,
            deadline: Duration::from_secs(30),
            memory_bytes: 512 << 20,
            depth: 20_000,
            depth_used: 0,
            host_calls: 10_000,
            result_bytes: 64 << 20,
            output_bytes: 1 << 20,
        }
    }
}

/// Names a limit in an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LimitKind {
    /// [`Limits::fuel`], in units of fuel.
    Fuel,
    /// [`Limits::memory_bytes`], in bytes.
    Memory,
    /// [`Limits::deadline`], in milliseconds.
    Deadline,
    /// [`Limits::host_calls`], in calls.
    HostCalls,
    /// [`Limits::result_bytes`], in bytes.
    ResultSize,
}

impl LimitKind {
    /// The name used in messages and records: `fuel`, `memory`, `deadline`, `host-calls`,
    /// `result-size`.
    ///
    /// ```
    /// assert_eq!(rtfs_host::LimitKind::HostCalls.name(), "host-calls");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            LimitKind::Fuel => "fuel",
            LimitKind::Memory => "memory",
            LimitKind::Deadline => "deadline",
            LimitKind::HostCalls => "host-calls",
            LimitKind::ResultSize => "result-size",
        }
    }

    /// The unit of the limit's numbers: ` units`, ` bytes`, ` ms`, ` calls`.
    ///
    /// ```
    /// assert_eq!(rtfs_host::LimitKind::Deadline.unit(), "ms");
    /// ```
    pub fn unit(self) -> &'static str {
        match self {
            LimitKind::Fuel => "units",
            LimitKind::Memory | LimitKind::ResultSize => "bytes",
            LimitKind::Deadline => "ms",
            LimitKind::HostCalls => "calls",
        }
    }
}

impl fmt::Display for LimitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
