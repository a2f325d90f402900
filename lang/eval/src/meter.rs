//! How much memory a run uses.
//!
//! Object memory is counted per thread, for everybody. A machine only runs in slices, and between
//! them its embedder (or another machine) may allocate on the same thread, so the meter brackets
//! each slice and counts the difference.

use rtfs_value::{Error, mem};

/// The memory of one machine.
#[derive(Debug)]
pub(crate) struct Meter {
    limit: Option<usize>,
    /// Bytes of values that the slices so far left alive.
    values: usize,
    /// Bytes of the machine's own stacks.
    stacks: usize,
    peak: usize,
    /// Bytes of this thread's values that are not this machine's, during a slice.
    outside: usize,
    /// The thread's limit before the slice.
    outer_limit: Option<usize>,
}

impl Meter {
    pub(crate) fn new(limit: Option<usize>) -> Self {
        Meter {
            limit,
            values: 0,
            stacks: 0,
            peak: 0,
            outside: 0,
            outer_limit: None,
        }
    }

    /// Starts a slice.
    pub(crate) fn enter(&mut self) {
        self.outside = mem::used().saturating_sub(self.values);
        self.outer_limit = mem::limit();
        mem::reset_peak();
        self.apply_limit();
    }

    /// Ends a slice.
    pub(crate) fn leave(&mut self) {
        self.note_peak();
        self.values = mem::used().saturating_sub(self.outside);
        mem::set_limit(self.outer_limit);
    }

    /// The machine's stacks now occupy this many bytes.
    pub(crate) fn set_stacks(&mut self, bytes: usize) -> Result<(), Error> {
        self.note_peak();
        self.stacks = bytes;
        self.apply_limit();
        if self.limit.is_some_and(|limit| bytes > limit) {
            return Err(Error::budget("memory", "limit"));
        }
        mem::guard()
    }

    pub(crate) fn peak(&self) -> usize {
        self.peak
    }

    fn note_peak(&mut self) {
        let values = mem::peak().saturating_sub(self.outside);
        self.peak = self.peak.max(values + self.stacks);
    }

    fn apply_limit(&self) {
        let own = self
            .limit
            .map(|limit| self.outside + limit.saturating_sub(self.stacks));
        mem::set_limit(match (own, self.outer_limit) {
            (Some(own), Some(outer)) => Some(own.min(outer)),
            (own, outer) => own.or(outer),
        });
    }
}
