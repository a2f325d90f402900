//! The record of a module: which bytes it consists of, what they offer, need and came from.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::digest::{ArtifactKey, DefinitionHash, Digest, InterfaceHash};
use crate::limits::{MAX_BLOB_BYTES, MAX_NAME_BYTES, MAX_RECORD_BYTES, MAX_SOURCE_BYTES};
use crate::statement::{InvalidStatement, check_prose, check_text};

/// Longest capability id, description or annotation, in bytes.
const MAX_TEXT_BYTES: usize = 16 << 10;

/// The signed account of one module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ModuleRecord {
    /// What runs.
    pub component: BlobRef,
    /// What it was written as.
    pub source: Option<SourceRef>,
    /// The intermediate form it was compiled from.
    pub ir: Option<BlobRef>,
    /// What was asserted when it was published.
    pub facts: ModuleFacts,
}

/// What a publisher asserts about a module, apart from its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ModuleFacts {
    /// The key under which the whole unit is found again.
    pub artifact_key: ArtifactKey,
    /// The interface of the module as a whole.
    pub interface: InterfaceHash,
    /// What can be called, in the order of the component's numbers.
    pub exports: Vec<ExportRecord>,
    /// Capability ids the module needs.
    pub capabilities: BTreeSet<String>,
    /// What compiled it.
    pub backend: BackendRef,
    /// Whether its cases passed.
    pub validation: Validation,
    /// How long it stays.
    pub retention: Retention,
    /// What it does, in the author's words.
    pub description: Option<String>,
    /// Further facts of the layers above, opaque here.
    pub annotations: BTreeMap<String, String>,
    /// When the signer says it was made. Nothing is decided by it.
    pub claimed_unix_seconds: Option<u64>,
}

/// One callable export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ExportRecord {
    /// Its number in the component.
    pub index: u32,
    /// Its qualified name in the source language.
    pub name: String,
    /// Its meaning; none where the component was not made from definitions.
    pub definition: Option<DefinitionHash>,
    /// Its signature.
    pub interface: InterfaceHash,
    /// Capability ids it can reach.
    pub capabilities: BTreeSet<String>,
}

/// What compiled a component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BackendRef {
    /// Its target id.
    pub id: String,
    /// Its version, which includes whatever it links.
    pub version: String,
}

/// Whether a module was tried before it was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Validation {
    /// Not, or not completely.
    Pending,
    /// All of its cases passed.
    Verified,
}

/// How long a record stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Retention {
    /// Until it is removed on purpose.
    Keep,
    /// Until a collection that drops old cache records: it can be made again.
    Cache,
}

/// A blob and its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BlobRef {
    /// Its address.
    pub digest: Digest,
    /// Its length.
    pub size_bytes: u64,
}

/// A source, stored as one zstd frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SourceRef {
    /// The compressed bytes.
    pub blob: BlobRef,
    /// The digest of the text itself.
    pub plain: Digest,
    /// The length of the text itself: decompression stops there.
    pub plain_size_bytes: u64,
}

impl ModuleRecord {
    /// Blobs in the store that make up the module.
    pub fn blobs(&self) -> Vec<BlobRef> {
        let source = self.source.iter().map(|source| source.blob);
        let ir = self.ir.iter().copied();
        [self.component]
            .into_iter()
            .chain(source)
            .chain(ir)
            .collect()
    }

    /// Every digest the record vouches for.
    pub(crate) fn digests(&self) -> Vec<Digest> {
        let blobs = self.blobs().into_iter().map(|blob| blob.digest);
        let plain = self.source.iter().map(|source| source.plain);
        blobs.chain(plain).collect()
    }

    pub(crate) fn check(&self) -> Result<(), InvalidStatement> {
        for (field, blob) in [
            ("component", Some(&self.component)),
            ("ir", self.ir.as_ref()),
        ] {
            if let Some(blob) = blob {
                check_size(field, blob.size_bytes, MAX_BLOB_BYTES)?;
            }
        }
        if let Some(source) = &self.source {
            check_size("source", source.plain_size_bytes, MAX_SOURCE_BYTES)?;
            check_size("source", source.blob.size_bytes, MAX_BLOB_BYTES)?;
        }
        self.facts.check()
    }
}

impl ModuleFacts {
    pub(crate) fn check(&self) -> Result<(), InvalidStatement> {
        let mut indices = BTreeSet::new();
        let mut names = BTreeSet::new();
        for export in &self.exports {
            // The language knows no longest name; what bounds all of them is the size of a record.
            check_text("export", &export.name, MAX_RECORD_BYTES as usize)?;
            if !indices.insert(export.index) || !names.insert(&export.name) {
                return Err(InvalidStatement::DuplicateExport {
                    name: export.name.clone(),
                    index: export.index,
                });
            }
        }
        let of_exports = self.exports.iter().flat_map(|export| &export.capabilities);
        for capability in self.capabilities.iter().chain(of_exports) {
            check_text("capability", capability, MAX_TEXT_BYTES)?;
        }
        for (key, value) in &self.annotations {
            check_text("annotation", key, MAX_NAME_BYTES)?;
            check_prose("annotation", value, MAX_TEXT_BYTES)?;
        }
        if let Some(description) = &self.description {
            check_prose("description", description, MAX_TEXT_BYTES)?;
        }
        check_text("backend", &self.backend.id, MAX_NAME_BYTES)?;
        check_text("backend version", &self.backend.version, MAX_TEXT_BYTES)
    }
}

fn check_size(
    field: &'static str,
    size_bytes: u64,
    limit_bytes: u64,
) -> Result<(), InvalidStatement> {
    if size_bytes > limit_bytes {
        return Err(InvalidStatement::TooLarge {
            field,
            size_bytes,
            limit_bytes,
        });
    }
    Ok(())
}
