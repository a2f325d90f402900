//! Names for modules: signed pointers with sequence numbers.
//!
//! A name is never overwritten: a new pointer with a higher number is published. Among the pointers
//! of trusted signers the highest number wins; of two with the same number, published at once by
//! two stores, the one whose record has the greater digest, so that everybody agrees.

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::limits::MAX_NAME_BYTES;
use crate::statement::{InvalidStatement, check_text};

/// "From now on this name stands for that record."
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NamePointer {
    /// The name.
    pub name: String,
    /// Counts the pointers of this name, from 1.
    pub sequence: u64,
    /// The module's record.
    pub record: Digest,
    /// When the signer says it was made. Nothing is decided by it.
    pub claimed_unix_seconds: Option<u64>,
}

impl NamePointer {
    pub(crate) fn check(&self) -> Result<(), InvalidStatement> {
        check_text("name", &self.name, MAX_NAME_BYTES)
    }
}
