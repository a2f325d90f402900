//! What a run may use.

use rtfs_value::types::Level;

/// Pending calls that are allowed when nobody says otherwise; every engine has the same number.
pub const DEFAULT_DEPTH: u32 = 20_000;

/// Limits of one run. Going past `depth` raises `StackOverflow`, which programs can catch; going
/// past any other ends the run with `BudgetExhausted`.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Instructions. Deterministic: a program takes the same number every time.
    pub steps: Option<u64>,
    /// Pending non-tail calls.
    pub depth: u32,
    /// Bytes of values, stacks and frames.
    pub memory: Option<usize>,
    /// Answered host calls.
    pub host_calls: Option<u64>,
    /// How much of an annotation is checked. Host boundaries are always checked in full.
    pub validation: Level,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            steps: None,
            depth: DEFAULT_DEPTH,
            memory: None,
            host_calls: None,
            validation: Level::Standard,
        }
    }
}
