//! What is known of a stored module.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rtfs_store::{
    Digest, ExportRecord, InterfaceHash, KeyId, ModuleRecord, Record, Validation, Verdict,
};

use crate::embedding::Embedding;
use crate::target::RecordSignature;

/// Annotation of a record that holds a vector; the embedder's id follows.
const EMBEDDING_PREFIX: &str = "embedding:";

/// A stored module as its signed and verified record describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct RtfsModuleMetadata {
    signature: RecordSignature,
    record: ModuleRecord,
    embedding: Option<Embedding>,
}

impl RtfsModuleMetadata {
    /// Reads a record; `None` unless it is trusted and describes a module.
    pub(crate) fn of_record(record: &Record) -> Option<Self> {
        let Verdict::Trusted { signer } = record.verdict() else {
            return None;
        };
        Some(Self::new(
            record.digest(),
            *signer,
            record.trusted_module()?.clone(),
        ))
    }

    pub(crate) fn new(digest: Digest, signer: KeyId, record: ModuleRecord) -> Self {
        Self {
            signature: RecordSignature {
                record: digest,
                signer,
            },
            embedding: read_embedding(&record.facts.annotations),
            record,
        }
    }

    /// Identifies the module: the digest of its signed record.
    pub fn id(&self) -> Digest {
        self.signature.record
    }

    /// The record and who signed it.
    pub fn signature(&self) -> RecordSignature {
        self.signature
    }

    /// The blob that runs.
    pub fn storage_pointer(&self) -> Digest {
        self.record.component.digest
    }

    /// The interface of the module as a whole.
    pub fn interface_hash(&self) -> InterfaceHash {
        self.record.facts.interface
    }

    /// What the module is about, if its publisher said so.
    pub fn semantic_embedding(&self) -> Option<&Embedding> {
        self.embedding.as_ref()
    }

    /// Whether its cases passed before it was signed.
    pub fn validation_status(&self) -> Validation {
        self.record.facts.validation
    }

    /// When the signer says it was made, in seconds since 1970. Nothing but order among equals is
    /// decided by it.
    pub fn creation_timestamp(&self) -> Option<u64> {
        self.record.facts.claimed_unix_seconds
    }

    /// The target id of the backend that made the blob.
    pub fn target_id(&self) -> &str {
        &self.record.facts.backend.id
    }

    /// Everything the record says.
    pub fn record(&self) -> &ModuleRecord {
        &self.record
    }

    /// The export with a number.
    pub fn export(&self, index: u32) -> Option<&ExportRecord> {
        let mut exports = self.record.facts.exports.iter();
        exports.find(|export| export.index == index)
    }
}

/// The annotation that holds a vector: its embedder, then its numbers as base64 of little-endian
/// bits.
pub(crate) fn write_embedding(embedding: &Embedding) -> (String, String) {
    let numbers = embedding.vector().iter();
    let bytes: Vec<u8> = numbers.flat_map(|number| number.to_le_bytes()).collect();
    (
        format!("{EMBEDDING_PREFIX}{}", embedding.embedder()),
        STANDARD.encode(bytes),
    )
}

fn read_embedding(annotations: &BTreeMap<String, String>) -> Option<Embedding> {
    annotations.iter().find_map(|(key, value)| {
        let embedder = key.strip_prefix(EMBEDDING_PREFIX)?;
        let bytes = STANDARD.decode(value).ok()?;
        let (numbers, rest) = bytes.as_chunks::<4>();
        let vector = numbers.iter().map(|bits| f32::from_le_bytes(*bits));
        rest.is_empty()
            .then(|| Embedding::new(embedder, vector.collect()).ok())?
    })
}
