//! What a run tells those who watch it.

use std::time::Duration;

use rtfs_ir::ArtifactKey;
use rtfs_store::{Digest, KeyId};

/// Something that happened on the way to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A program was lowered.
    Compile {
        /// The unit.
        unit: String,
        /// The backend's target id.
        backend: String,
        /// The key of the result.
        artifact: ArtifactKey,
        /// Size of the result.
        bytes: usize,
        /// How long it took.
        time: Duration,
    },
    /// A record was signed and stored.
    Publish {
        /// The record.
        record: Digest,
        /// Who signed it.
        signer: KeyId,
    },
    /// Stored code answers a call.
    Hit {
        /// The unit or function.
        call: String,
        /// What the code satisfied.
        policy: &'static str,
        /// What runs.
        artifact: Digest,
        /// Who vouches for it.
        signer: KeyId,
    },
    /// No stored code answers a call.
    Miss {
        /// The unit or function.
        call: String,
        /// Why not.
        reason: String,
    },
    /// The evaluator runs a call.
    Local {
        /// The unit or function.
        call: String,
        /// Why there.
        reason: String,
    },
    /// A model answers a call.
    Model {
        /// The function.
        call: String,
        /// The model.
        id: String,
    },
    /// Something stored must not be used: a security event.
    Refuse {
        /// The unit or function.
        call: String,
        /// What is wrong with it, and where.
        reason: String,
    },
    /// A call ended, or all calls of one function.
    Ran {
        /// The unit or function.
        call: String,
        /// What ran it: `evaluator`, `component`, `ir`, `source`, or the target of an executor of
        /// another maker.
        engine: String,
        /// How many calls it were.
        calls: u64,
        /// Units of the engine's own meter.
        fuel: u64,
        /// Most memory in use at once, in bytes.
        peak_memory: u64,
        /// Time in the engine.
        time: Duration,
    },
    /// Something did not work and the run went on without it.
    Warning {
        /// What, in one line.
        message: String,
    },
}

/// Hears events as they happen.
pub trait Observer {
    /// Something happened.
    fn event(&self, event: Event);
}

/// Hears nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn event(&self, _event: Event) {}
}
