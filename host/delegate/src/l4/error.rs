//! What can go wrong with stored modules. Lookups of calls have no errors: they miss.

use rtfs_ir::DecodeError;
use rtfs_store::{Digest, FindError, GetError, PublishError, PutError, RecordError, SourceError};

use super::BlobKind;

/// Why an operation on stored modules failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum L4Error {
    /// The bytes are not what they are said to be.
    #[error("the {size_bytes} bytes are no {kind}")]
    NotOfKind {
        /// What they are said to be.
        kind: BlobKind,
        /// How many they are.
        size_bytes: usize,
    },
    /// Nobody was given who could sign.
    #[error("publishing needs a signer, and this client has none")]
    NoSigner,
    /// A blob could not be stored.
    #[error("cannot store the blob")]
    Put(#[from] PutError),
    /// A blob is altered or unreadable.
    #[error("cannot read the blob")]
    Get(#[from] GetError),
    /// A source is altered or unreadable.
    #[error("cannot read the source")]
    Source(#[from] SourceError),
    /// A blob is no program.
    #[error("blob {digest} is no program")]
    Decode {
        /// The blob.
        digest: Digest,
        /// Why.
        source: DecodeError,
    },
    /// The module could not be published.
    #[error("cannot publish the module")]
    Publish(#[from] PublishError),
    /// The store could not be searched.
    #[error("cannot search the store")]
    Find(#[from] FindError),
    /// A record could not be read.
    #[error("cannot read the record")]
    Record(#[from] RecordError),
    /// A record must not be acted upon.
    #[error("record {record} is refused: {verdict}")]
    Refused {
        /// The record.
        record: Digest,
        /// Why.
        verdict: String,
    },
}
