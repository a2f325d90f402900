//! What a call used.

use crate::error::CallError;
use crate::transcript::Transcript;
use std::time::Duration;

/// The most functions that [`Report::stopped_in`] names.
pub const MAX_STOPPED_FRAMES: usize = 50;

/// What a call used, whether it succeeded or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// SHA-256 of the component that an instance was made of for this call; `None` when the call ended
    /// before there was one.
    pub component: Option<[u8; 32]>,
    /// Fuel charged. A call that did not return by itself is charged its whole grant, because a
    /// stopped guest's own count cannot be trusted.
    pub fuel: u64,
    /// Largest sum of linear memories, tables and host-side buffers, in bytes.
    pub peak_memory: u64,
    /// Calls of `rtfs:host/capability`.
    pub host_calls: u64,
    /// Wall-clock time from admission to result. Never part of reproducible output.
    pub elapsed: Duration,
    /// What the guest wrote to standard output, as far as it was kept.
    pub stdout: Vec<u8>,
    /// What the guest wrote to standard error, as far as it was kept.
    pub stderr: Vec<u8>,
    /// Whether some of that output was dropped.
    pub output_truncated: bool,
    /// The names of the guest's functions that were running when the engine stopped it, innermost
    /// first, at most [`MAX_STOPPED_FRAMES`]. A function without a name is left out. Empty for
    /// calls that returned and for those that met their deadline.
    pub stopped_in: Vec<String>,
}

/// A value and what it cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// One encoded value.
    pub value: Vec<u8>,
    /// What the call used.
    pub report: Report,
}

/// Everything about a call that ended, by value or by error.
#[derive(Debug)]
pub struct Finished {
    /// The encoded value, or why there is none.
    pub result: Result<Vec<u8>, CallError>,
    /// What the call used.
    pub report: Report,
    /// What the guest asked its host and was answered, when
    /// [`crate::CallOptions::record`] was set.
    pub transcript: Option<Transcript>,
}
