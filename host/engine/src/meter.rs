//! One account for all memory of a call: linear memories, tables, host-side buffers.
//!
//! The limits that come with the engine are per memory; a component with three memories would
//! get three times its limit. Here everything is added up, and refusals are remembered, because
//! a guest that was refused memory usually ends in an `unreachable` that says nothing.

use crate::error::CallError;
use crate::limits::LimitKind;
use wasmtime::ResourceLimiter;

/// Bytes one table element takes in the engine.
const ELEMENT_BYTES: u64 = size_of::<usize>() as u64;

/// A growth that was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The limit that stood in the way, in bytes.
    pub(crate) limit: u64,
    /// The total that was asked for, in bytes.
    pub(crate) wanted: u64,
}

impl From<Refusal> for CallError {
    fn from(refusal: Refusal) -> Self {
        CallError::Limit {
            which: LimitKind::Memory,
            limit: refusal.limit,
            used: refusal.wanted,
        }
    }
}

/// The account.
#[derive(Debug)]
pub(crate) struct Meter {
    limit: u64,
    used: u64,
    peak: u64,
    /// The last thing the limiter said was a refusal.
    refusal: Option<Refusal>,
    /// Bytes granted by the last growth, to be given back if the engine then fails to grow.
    pending: u64,
}

impl Meter {
    pub(crate) fn new(limit: u64) -> Self {
        Self {
            limit,
            used: 0,
            peak: 0,
            refusal: None,
            pending: 0,
        }
    }

    /// Highest total so far, in bytes.
    pub(crate) fn peak(&self) -> u64 {
        self.peak
    }

    /// The refusal after which nothing was granted any more, if there is one.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        self.refusal
    }

    /// Takes `bytes` for a host-side buffer until [`Meter::release`].
    pub(crate) fn hold(&mut self, bytes: usize) -> Result<(), Refusal> {
        let wanted = self.used.saturating_add(bytes as u64);
        if wanted > self.limit {
            return Err(Refusal {
                limit: self.limit,
                wanted,
            });
        }
        self.used = wanted;
        self.peak = self.peak.max(wanted);
        Ok(())
    }

    /// Gives back what [`Meter::hold`] took.
    pub(crate) fn release(&mut self, bytes: usize) {
        self.used = self.used.saturating_sub(bytes as u64);
    }

    fn grow(&mut self, current: u64, desired: u64, maximum: Option<u64>) -> bool {
        let bytes = desired.saturating_sub(current);
        let wanted = self.used.saturating_add(bytes);
        self.pending = 0;
        if let Some(limit) = maximum.filter(|limit| desired > *limit) {
            self.refusal = Some(Refusal {
                limit,
                wanted: desired,
            });
            return false;
        }
        if wanted > self.limit {
            self.refusal = Some(Refusal {
                limit: self.limit,
                wanted,
            });
            return false;
        }
        self.refusal = None;
        self.pending = bytes;
        self.used = wanted;
        self.peak = self.peak.max(wanted);
        true
    }

    fn grow_failed(&mut self) {
        self.refusal.get_or_insert(Refusal {
            limit: self.limit,
            wanted: self.used,
        });
        self.used = self.used.saturating_sub(self.pending);
        self.pending = 0;
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.grow(
            current as u64,
            desired as u64,
            maximum.map(|max| max as u64),
        ))
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.grow_failed();
        Ok(())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let bytes = |elements: usize| (elements as u64).saturating_mul(ELEMENT_BYTES);
        Ok(self.grow(bytes(current), bytes(desired), maximum.map(bytes)))
    }

    fn table_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.grow_failed();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_tables_and_buffers_share_one_limit() {
        let mut meter = Meter::new(1000);
        assert!(meter.grow(0, 400, None));
        assert!(meter.grow(0, 400, None));
        assert!(!meter.grow(400, 700, None));
        assert_eq!(
            meter.refusal(),
            Some(Refusal {
                limit: 1000,
                wanted: 1100
            })
        );
        assert!(meter.hold(200).is_ok());
        assert!(meter.hold(1).is_err());
        meter.release(200);
        assert_eq!(meter.peak(), 1000);
    }

    #[test]
    fn a_later_growth_forgets_the_refusal() {
        let mut meter = Meter::new(100);
        assert!(!meter.grow(0, 200, None));
        assert!(meter.grow(0, 50, None));
        assert_eq!(meter.refusal(), None);
    }

    #[test]
    fn a_growth_the_engine_failed_is_given_back() {
        let mut meter = Meter::new(100);
        assert!(meter.grow(0, 80, None));
        meter.grow_failed();
        assert!(meter.refusal().is_some());
        assert!(meter.grow(0, 100, None));
    }

    #[test]
    fn the_declared_maximum_counts_as_a_limit() {
        let mut meter = Meter::new(1000);
        assert!(!meter.grow(0, 200, Some(100)));
        assert_eq!(
            meter.refusal(),
            Some(Refusal {
                limit: 100,
                wanted: 200
            })
        );
    }
}
