//! Names below the root, and the root itself: an OCI image layout.
//!
//! `oci-layout`, `index.json` and the flat `blobs/sha256` are the standard's, so that its tools
//! read a store in place; it asks them to tolerate the other names, which are ours.

use std::io;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::fs::{Access, StoreFs, read_limited, write_new};
use crate::limits::MAX_SMALL_FILE_BYTES;

/// Every immutable object under its digest.
pub(crate) const BLOBS: &str = "blobs/sha256";
/// Signed records in 256 shards.
pub(crate) const RECORDS: &str = "records";
/// Signed statements on keys and digests.
pub(crate) const TRUST: &str = "trust";
/// Files whose locks order the processes.
pub(crate) const LEASES: &str = "leases";
/// One locked file per long-time user of blobs.
pub(crate) const USE_LEASES: &str = "leases/use";
/// What can be deleted and made again.
pub(crate) const DERIVED: &str = "derived";
/// Collected objects, one directory per collection, until the grace time is over.
pub(crate) const TRASH: &str = "trash";
/// Objects whose bytes do not match their names.
pub(crate) const QUARANTINE: &str = "quarantine";
/// Files that could not be staged without a name.
pub(crate) const TMP: &str = "tmp";
/// Pinned releases, by the OCI image layout.
pub(crate) const INDEX_JSON: &str = "index.json";

const OCI_LAYOUT: &str = "oci-layout";
const OCI_LAYOUT_JSON: &[u8] = b"{\"imageLayoutVersion\":\"1.0.0\"}";
pub(crate) const EMPTY_INDEX_JSON: &[u8] = b"{\"schemaVersion\":2,\
\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[]}";
const FORMAT: &str = "rtfs-store.json";
const FORMAT_VERSION: u32 = 1;
const DIRECTORIES: [&str; 10] = [
    TMP, "blobs", BLOBS, RECORDS, TRUST, LEASES, USE_LEASES, DERIVED, TRASH, QUARANTINE,
];

/// Why a directory could not be opened as a store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Something else lives there.
    #[error("the directory is not a store and not empty: it holds `{found}`")]
    NotAStore {
        /// A name that is none of the store's.
        found: String,
    },
    /// Written by a later version of this crate.
    #[error("the store has format {found}, this program reads up to {supported}")]
    NewerFormat {
        /// The format on disk.
        found: u32,
        /// The newest one known here.
        supported: u32,
    },
    /// A file of the layout cannot be understood.
    #[error("`{path}` does not say what an OCI layout or a store says there")]
    Malformed {
        /// Path below the root.
        path: &'static str,
    },
    /// The file system refused.
    #[error("cannot read or create the layout of the store")]
    Io(#[from] io::Error),
}

#[derive(Serialize, Deserialize)]
struct Format {
    format: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OciLayout {
    image_layout_version: String,
}

/// Path of a blob.
pub(crate) fn blob_path(digest: &Digest) -> String {
    format!("{BLOBS}/{}", digest.hex())
}

/// Directory of one 256th of the records, by the first byte of their digests.
pub(crate) fn shard_path(shard: u8) -> String {
    format!("{RECORDS}/{shard:02x}")
}

/// Directory and file name of a record.
pub(crate) fn record_place(digest: &Digest) -> (String, String) {
    let shard = digest.as_bytes()[0];
    (shard_path(shard), format!("{}.dsse", digest.hex()))
}

/// Path of a record.
pub(crate) fn record_path(digest: &Digest) -> String {
    let (dir, name) = record_place(digest);
    format!("{dir}/{name}")
}

/// The digest in a record's file name.
pub(crate) fn record_digest(name: &str) -> Option<Digest> {
    name.strip_suffix(".dsse").and_then(Digest::from_hex)
}

/// Checks that the root is a store, making an empty directory into one.
pub(crate) fn open(fs: &dyn StoreFs) -> Result<(), OpenError> {
    if !exists(fs, OCI_LAYOUT)? {
        create(fs)?;
    }
    let layout: OciLayout = read_json(fs, OCI_LAYOUT)?;
    if layout.image_layout_version != "1.0.0" {
        return Err(OpenError::Malformed { path: OCI_LAYOUT });
    }
    let format: Format = read_json(fs, FORMAT)?;
    if format.format > FORMAT_VERSION {
        return Err(OpenError::NewerFormat {
            found: format.format,
            supported: FORMAT_VERSION,
        });
    }
    Ok(())
}

/// Writes `oci-layout` last: a directory without it is not a store yet, and creation starts again.
fn create(fs: &dyn StoreFs) -> Result<(), OpenError> {
    let ours = |name: &str| {
        [INDEX_JSON, FORMAT, OCI_LAYOUT].contains(&name) || DIRECTORIES.contains(&name)
    };
    if let Some(found) = fs.list("")?.into_iter().find(|name| !ours(name)) {
        return Err(OpenError::NotAStore { found });
    }
    for dir in DIRECTORIES {
        fs.create_dir(dir)?;
    }
    for shard in 0..=u8::MAX {
        fs.create_dir(&shard_path(shard))?;
    }
    for dir in ["blobs", LEASES, RECORDS] {
        fs.sync_dir(dir)?;
    }
    let format = format!("{{\"format\":{FORMAT_VERSION}}}");
    let files: [(&str, &[u8]); 3] = [
        (FORMAT, format.as_bytes()),
        (INDEX_JSON, EMPTY_INDEX_JSON),
        (OCI_LAYOUT, OCI_LAYOUT_JSON),
    ];
    for (name, bytes) in files {
        match write_new(fs, "", name, bytes, Access::Shared) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error.into()),
            // Another process creates the same store at this moment.
            _ => {}
        }
    }
    fs.sync_dir("")?;
    Ok(())
}

pub(crate) fn exists(fs: &dyn StoreFs, path: &str) -> io::Result<bool> {
    match fs.stamp(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn read_json<T: for<'de> Deserialize<'de>>(
    fs: &dyn StoreFs,
    path: &'static str,
) -> Result<T, OpenError> {
    let bytes = read_limited(&mut *fs.open(path)?, MAX_SMALL_FILE_BYTES)?;
    serde_json::from_slice(&bytes).map_err(|_| OpenError::Malformed { path })
}
