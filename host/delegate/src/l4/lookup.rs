//! The answer to "is there verified code for this call?".

use crate::policy::Policy;
use crate::target::{ExecTarget, RecordSignature, StoragePointer};

/// Whether there is verified code for a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    /// There is.
    Hit(L4Hit),
    /// There is not.
    Miss(MissReason),
}

/// Verified code for a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct L4Hit {
    /// What runs.
    pub pointer: StoragePointer,
    /// Who vouches for it.
    pub signature: RecordSignature,
    /// What it satisfied: [`Policy::Exact`] or [`Policy::Interface`].
    pub policy: Policy,
}

impl L4Hit {
    /// The hit as a target.
    pub fn target(&self) -> ExecTarget {
        ExecTarget::L4CacheHit {
            storage_pointer: self.pointer,
            signature: self.signature,
        }
    }
}

/// Why no stored code answers a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MissReason {
    /// The policy allows none.
    Off,
    /// The call carries no hash that the policy looks up.
    NoHash,
    /// The store has none.
    Absent,
    /// The store has some, but none that may be used; each was reported.
    Refused,
    /// The store has some, but its cases have not passed.
    Unverified,
    /// The record is there, the blob it names is not.
    BlobMissing,
    /// The store could not be asked.
    StoreFailed,
}

impl MissReason {
    /// The reason's name in records and events.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::NoHash => "no-hash",
            Self::Absent => "absent",
            Self::Refused => "refused",
            Self::Unverified => "unverified",
            Self::BlobMissing => "blob-missing",
            Self::StoreFailed => "store-failed",
        }
    }
}
