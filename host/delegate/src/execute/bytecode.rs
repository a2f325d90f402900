//! Bytes to be run, fetched when they are needed.

use std::fmt;

use rtfs_store::{Digest, GetError, SourceError};

/// Why code could not be fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BytecodeError {
    /// Its blob is missing, altered or unreadable.
    #[error("cannot read the blob")]
    Blob(#[from] GetError),
    /// Its compressed source is missing, altered or unreadable.
    #[error("cannot read the source")]
    Source(#[from] SourceError),
}

/// Gives the bytes of a [`Bytecode`].
type Load<'a> = dyn Fn() -> Result<Vec<u8>, BytecodeError> + 'a;

/// Verified bytes under their digest. An executor that has compiled them already knows them by
/// the digest alone and need not fetch them.
pub struct Bytecode<'a> {
    digest: Digest,
    load: &'a Load<'a>,
}

impl<'a> Bytecode<'a> {
    /// Bytes that `load` gives; they must hash to `digest`.
    pub fn new(digest: Digest, load: &'a Load<'a>) -> Self {
        Self { digest, load }
    }

    /// Their digest.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The bytes.
    ///
    /// # Errors
    /// When they are missing, altered or unreadable.
    pub fn bytes(&self) -> Result<Vec<u8>, BytecodeError> {
        (self.load)()
    }
}

impl fmt::Debug for Bytecode<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bytecode({})", self.digest)
    }
}
