//! Where a call runs.

use std::fmt;

use rtfs_ir::DelegationHint;
use rtfs_store::{Digest, KeyId};

/// Where a call runs. Equal when all fields are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExecTarget {
    /// In the deterministic evaluator.
    LocalPure,
    /// By a model on this machine.
    LocalModel(String),
    /// By a model elsewhere.
    RemoteModel(String),
    /// In a stored module.
    L4CacheHit {
        /// What runs.
        storage_pointer: StoragePointer,
        /// Who vouches for it.
        signature: RecordSignature,
    },
}

/// A function in the store: a blob and the number of one of its exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoragePointer {
    /// The component that runs.
    pub blob: Digest,
    /// The number of the export in it; 0 is the program's top level.
    pub export: u32,
}

/// The signed record that names a blob, and the key that signed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordSignature {
    /// The record.
    pub record: Digest,
    /// The trusted key.
    pub signer: KeyId,
}

impl ExecTarget {
    /// The target that a function's author asked for.
    pub fn from_hint(hint: &DelegationHint) -> Self {
        match hint {
            DelegationHint::LocalPure => Self::LocalPure,
            DelegationHint::LocalModel(id) => Self::LocalModel(id.clone()),
            DelegationHint::RemoteModel(id) => Self::RemoteModel(id.clone()),
        }
    }

    /// Whether a stored module runs.
    pub fn is_l4_hit(&self) -> bool {
        matches!(self, Self::L4CacheHit { .. })
    }
}

/// For reports only: a model may have any name, so the text does not lead back.
impl fmt::Display for ExecTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LocalPure => write!(f, "local-pure"),
            Self::LocalModel(id) => write!(f, "local-{id}"),
            Self::RemoteModel(id) => write!(f, "remote-{id}"),
            Self::L4CacheHit {
                storage_pointer, ..
            } => write!(f, "l4-{storage_pointer}"),
        }
    }
}

impl fmt::Display for StoragePointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.blob, self.export)
    }
}

impl fmt::Display for RecordSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} by {}", self.record, self.signer)
    }
}
