//! What the OCI side of the layout needs: everything `index.json` leads to, and what things are
//! called there.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::blobs::{Blobs, found};
use crate::collect::CollectError;
use crate::digest::Digest;
use crate::fs::{StoreFs, read_limited};
use crate::layout::{INDEX_JSON, blob_path};
use crate::limits::MAX_INDEX_BYTES;

/// The empty document, for artifacts that need no configuration.
pub(crate) const EMPTY_JSON: &[u8] = b"{}";

/// What a blob is called in OCI documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MediaType {
    Index,
    Manifest,
    WasmConfig,
    Wasm,
    Empty,
    Source,
    Ir,
    Envelope,
}

impl MediaType {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Index => "application/vnd.oci.image.index.v1+json",
            Self::Manifest => "application/vnd.oci.image.manifest.v1+json",
            Self::WasmConfig => "application/vnd.wasm.config.v0+json",
            Self::Wasm => "application/wasm",
            Self::Empty => "application/vnd.oci.empty.v1+json",
            Self::Source => "application/vnd.rtfs.source.v1+zstd",
            Self::Ir => "application/vnd.rtfs.ir.v1+cbor",
            Self::Envelope => "application/vnd.dsse.envelope.v1+json",
        }
    }
}

/// Fields of image manifests and image indexes that lead to blobs; the others say nothing here.
#[derive(Deserialize)]
struct Document {
    config: Option<Descriptor>,
    subject: Option<Descriptor>,
    #[serde(default)]
    layers: Vec<Descriptor>,
    #[serde(default)]
    blobs: Vec<Descriptor>,
    #[serde(default)]
    manifests: Vec<Descriptor>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    digest: String,
    #[serde(default)]
    media_type: String,
}

impl Descriptor {
    fn is_document(&self) -> bool {
        self.media_type.ends_with(".manifest.v1+json")
            || self.media_type.ends_with(".index.v1+json")
    }
}

/// Adds every blob that pinned releases need. The standard allows blobs to be missing.
pub(crate) fn mark_pins(
    fs: &dyn StoreFs,
    blobs: &Blobs,
    marked: &mut BTreeSet<Digest>,
) -> Result<(), CollectError> {
    let bytes = match found(fs.open(INDEX_JSON))? {
        Some(mut file) => read_limited(&mut *file, MAX_INDEX_BYTES)?,
        None => return Ok(()),
    };
    let mut pending = vec![(INDEX_JSON.to_owned(), bytes)];
    let mut visited = BTreeSet::new();
    while let Some((path, bytes)) = pending.pop() {
        let document: Document =
            serde_json::from_slice(&bytes).map_err(|_| CollectError::Pins { path })?;
        let single = document.config.into_iter().chain(document.subject);
        let many = document.layers.into_iter().chain(document.blobs);
        for descriptor in single.chain(many).chain(document.manifests) {
            // A digest by another algorithm names nothing that is stored here.
            let Ok(digest) = descriptor.digest.parse::<Digest>() else {
                continue;
            };
            marked.insert(digest);
            if descriptor.is_document() && visited.insert(digest) {
                match blobs.get(&digest) {
                    Ok(bytes) => pending.push((blob_path(&digest), bytes)),
                    Err(crate::blobs::GetError::Missing { .. }) => {}
                    Err(_) => {
                        let path = blob_path(&digest);
                        return Err(CollectError::Pins { path });
                    }
                }
            }
        }
    }
    Ok(())
}
