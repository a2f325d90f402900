//! Pinned releases: modules that OCI tools find in the store's `index.json`.
//!
//! A module becomes an artifact as the CNCF Wasm OCI artifact has it: a manifest with one
//! uncompressed `application/wasm` layer. Source, intermediate form and signed record cannot be
//! further layers; each is a manifest of its own whose `subject` is the first.
//!
//! The manifests of a record do not depend on when or where they are made.

use serde_json::{Value, json};

use crate::blobs::{Freshen, GetError};
use crate::digest::Digest;
use crate::durable::PutError;
use crate::fs::read_limited;
use crate::layout::{INDEX_JSON, LEASES};
use crate::lease;
use crate::limits::{MAX_INDEX_BYTES, MAX_PINS};
use crate::module::{BlobRef, ModuleRecord};
use crate::oci::{EMPTY_JSON, MediaType};
use crate::store::{RecordError, Store};

/// What `index.json` calls the name of a release.
const REF_NAME: &str = "org.opencontainers.image.ref.name";
/// What it says of manifests that belong to a release: the digest of the release's own manifest.
const SUBJECT: &str = "urn.rtfs.subject";
/// Longest name of a release, as registries have it.
const MAX_REFERENCE_BYTES: usize = 128;

/// What registries are told of a component beyond its bytes. The store cannot know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surface {
    /// Interfaces it exports, in the spelling of WIT.
    pub exports: Vec<String>,
    /// Interfaces it imports.
    pub imports: Vec<String>,
}

/// A pinned release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// Its name.
    pub reference: String,
    /// The digest of its manifest.
    pub manifest: Digest,
}

/// Why a release was not pinned or unpinned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PinError {
    /// Registries allow no such name.
    #[error(
        "`{reference}` is not a tag: letters, digits, `_`, `.` and `-`, at most 128, the first one \
         no `.` or `-`"
    )]
    Reference {
        /// The name, cut to 200 characters.
        reference: String,
    },
    /// The record cannot be loaded.
    #[error("cannot load the record")]
    Record(#[from] RecordError),
    /// The record is refused or describes no module.
    #[error("record {record} is not a trusted module: {verdict}")]
    NotAModule {
        /// The record.
        record: Digest,
        /// What became of it.
        verdict: String,
    },
    /// A blob that the record names is missing or altered.
    #[error("cannot read a blob of the module")]
    Blob(#[from] GetError),
    /// `index.json` is no OCI image index.
    #[error("`index.json` is not an OCI image index")]
    Index,
    /// Tools read the whole of `index.json`, so it stays small.
    #[error("the store has {limit} pinned releases, which is the most it may")]
    TooMany {
        /// The most there may be.
        limit: usize,
    },
    /// The file system refused.
    #[error("cannot pin the release")]
    Put(#[from] PutError),
}

impl Store {
    /// Pins a module under a name: OCI tools then find it in the store's directory, and collection
    /// keeps it. A release that had the name loses it.
    ///
    /// # Errors
    /// When the record is not a trusted module, a blob of it is missing or altered, or the name or
    /// number of pins is not allowed.
    pub fn pin(
        &self,
        reference: &str,
        record: &Digest,
        surface: &Surface,
    ) -> Result<Pin, PinError> {
        check_reference(reference)?;
        let lease = self.publish_lease()?;
        let loaded = self.record(record)?;
        let Some(module) = loaded.trusted_module() else {
            return Err(PinError::NotAModule {
                record: *record,
                verdict: loaded.verdict().to_string(),
            });
        };
        for blob in module.blobs() {
            self.check_blob(&blob.digest)?;
        }
        let release = self.put_release(reference, record, module, surface)?;
        self.blobs.sync()?;
        self.edit_index(|manifests| {
            remove(manifests, reference);
            let n_pins = manifests
                .iter()
                .filter(|one| ref_name(one).is_some())
                .count();
            if n_pins >= MAX_PINS {
                return Err(PinError::TooMany { limit: MAX_PINS });
            }
            let of_it = |one: &Value| subject_of(one) == Some(&release.manifest.to_string());
            if !manifests.iter().any(of_it) {
                manifests.extend(release.referrers);
            }
            manifests.push(release.entry);
            Ok(())
        })?;
        drop(lease);
        Ok(Pin {
            reference: reference.to_owned(),
            manifest: release.manifest,
        })
    }

    /// Takes a pin away; whether there was one. What only it needed is collected.
    ///
    /// # Errors
    /// When `index.json` cannot be read or replaced.
    pub fn unpin(&self, reference: &str) -> Result<bool, PinError> {
        let mut was_there = false;
        self.edit_index(|manifests| {
            was_there = remove(manifests, reference);
            Ok(())
        })?;
        Ok(was_there)
    }

    /// The pinned releases, in the order of `index.json`.
    ///
    /// # Errors
    /// When `index.json` cannot be read.
    pub fn pins(&self) -> Result<Vec<Pin>, PinError> {
        let mut index = self.read_index()?;
        let pin = |entry: &Value| {
            Some(Pin {
                reference: ref_name(entry)?.to_owned(),
                manifest: entry.get("digest")?.as_str()?.parse().ok()?,
            })
        };
        Ok(manifests_of(&mut index)?.iter().filter_map(pin).collect())
    }

    /// Stores the manifests of a release with everything they name.
    fn put_release(
        &self,
        reference: &str,
        record: &Digest,
        module: &ModuleRecord,
        surface: &Surface,
    ) -> Result<Release, PinError> {
        let envelope = self.envelope(record)?;
        let (_, config) = self.put_json(MediaType::WasmConfig, &config(module, surface))?;
        let document = component_manifest(module, &config);
        let (manifest, main) = self.put_json(MediaType::Manifest, &document)?;
        let empty = descriptor(MediaType::Empty, &self.put_bytes(EMPTY_JSON)?);
        let mut referrers = Vec::new();
        let source = module.source.map(|source| (MediaType::Source, source.blob));
        let ir = module.ir.map(|blob| (MediaType::Ir, blob));
        let parts = [source, ir, Some((MediaType::Envelope, envelope))];
        for (kind, blob) in parts.into_iter().flatten() {
            let document = json!({
                "schemaVersion": 2,
                "mediaType": MediaType::Manifest.name(),
                "artifactType": kind.name(),
                "config": empty.clone(),
                "layers": [descriptor(kind, &blob)],
                "subject": main.clone(),
            });
            let (_, mut entry) = self.put_json(MediaType::Manifest, &document)?;
            entry["artifactType"] = kind.name().into();
            entry["annotations"] = json!({ SUBJECT: manifest.to_string() });
            referrers.push(entry);
        }
        let mut entry = main;
        entry["annotations"] = json!({ REF_NAME: reference });
        Ok(Release {
            manifest,
            entry,
            referrers,
        })
    }

    /// The signed record as a blob: its digest is the record's own.
    fn envelope(&self, record: &Digest) -> Result<BlobRef, PinError> {
        let record = *record;
        let missing = || RecordError::Missing { record };
        let read = self.records.read(&record);
        let bytes = read
            .map_err(|source| RecordError::Io { record, source })?
            .ok_or_else(missing)?;
        Ok(self.put_bytes(&bytes)?)
    }

    /// Stores a document and gives its digest and descriptor.
    fn put_json(&self, kind: MediaType, document: &Value) -> Result<(Digest, Value), PutError> {
        let blob = self.put_bytes(document.to_string().as_bytes())?;
        Ok((blob.digest, descriptor(kind, &blob)))
    }

    fn put_bytes(&self, bytes: &[u8]) -> Result<BlobRef, PutError> {
        Ok(BlobRef {
            digest: self.blobs.put(bytes, Freshen::Yes)?,
            size_bytes: bytes.len() as u64,
        })
    }

    /// Replaces `index.json` by a changed one, alone among all processes.
    fn edit_index(
        &self,
        edit: impl FnOnce(&mut Vec<Value>) -> Result<(), PinError>,
    ) -> Result<(), PinError> {
        let _lock = lease::pins(&*self.fs).map_err(PutError::io(LEASES))?;
        let mut index = self.read_index()?;
        let manifests = manifests_of(&mut index)?;
        let before = manifests.clone();
        edit(manifests)?;
        if *manifests == before {
            return Ok(());
        }
        let bytes = index.to_string().into_bytes();
        if bytes.len() as u64 > MAX_INDEX_BYTES {
            return Err(PinError::TooMany { limit: MAX_PINS });
        }
        Ok(self.writer.replace("", INDEX_JSON, &bytes)?)
    }

    fn read_index(&self) -> Result<Value, PinError> {
        let read = || read_limited(&mut *self.fs.open(INDEX_JSON)?, MAX_INDEX_BYTES);
        let bytes = read().map_err(PutError::io(INDEX_JSON))?;
        let index: Value = serde_json::from_slice(&bytes).map_err(|_| PinError::Index)?;
        let media_type = index.get("mediaType").map(Value::as_str);
        let is_index = media_type.is_none_or(|name| name == Some(MediaType::Index.name()));
        match is_index && index.get("schemaVersion").and_then(Value::as_u64) == Some(2) {
            true => Ok(index),
            false => Err(PinError::Index),
        }
    }
}

/// What a release adds to `index.json`.
struct Release {
    manifest: Digest,
    entry: Value,
    referrers: Vec<Value>,
}

fn check_reference(reference: &str) -> Result<(), PinError> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_good = |byte: u8| is_word(byte) || byte == b'.' || byte == b'-';
    let starts_well = reference.bytes().next().is_some_and(is_word);
    if starts_well && reference.len() <= MAX_REFERENCE_BYTES && reference.bytes().all(is_good) {
        return Ok(());
    }
    Err(PinError::Reference {
        reference: reference.chars().take(200).collect(),
    })
}

fn manifests_of(index: &mut Value) -> Result<&mut Vec<Value>, PinError> {
    let manifests = index.get_mut("manifests").and_then(Value::as_array_mut);
    manifests.ok_or(PinError::Index)
}

fn annotation<'a>(entry: &'a Value, name: &str) -> Option<&'a str> {
    entry.get("annotations")?.get(name)?.as_str()
}

fn ref_name(entry: &Value) -> Option<&str> {
    annotation(entry, REF_NAME)
}

fn subject_of(entry: &Value) -> Option<&str> {
    annotation(entry, SUBJECT)
}

/// Removes a release, and what belongs to its manifest unless another release has the same one.
/// Entries that other tools made stay.
fn remove(manifests: &mut Vec<Value>, reference: &str) -> bool {
    let n_before = manifests.len();
    manifests.retain(|entry| ref_name(entry) != Some(reference));
    let was_there = manifests.len() < n_before;
    let named =
        |entry: &Value| Some((ref_name(entry)?, entry.get("digest")?.as_str()?.to_owned()).1);
    let kept: Vec<String> = manifests.iter().filter_map(named).collect();
    manifests.retain(|entry| {
        subject_of(entry).is_none_or(|subject| kept.iter().any(|digest| digest == subject))
    });
    was_there
}

fn descriptor(kind: MediaType, blob: &BlobRef) -> Value {
    json!({
        "mediaType": kind.name(),
        "digest": blob.digest.to_string(),
        "size": blob.size_bytes,
    })
}

/// The configuration that registries and their clients expect of a component.
fn config(module: &ModuleRecord, surface: &Surface) -> Value {
    json!({
        "created": rfc3339(module.facts.claimed_unix_seconds.unwrap_or(0)),
        "architecture": "wasm",
        "os": "wasip2",
        "layerDigests": [module.component.digest.to_string()],
        "component": {
            "exports": surface.exports,
            "imports": surface.imports,
            "target": null,
        },
    })
}

fn component_manifest(module: &ModuleRecord, config: &Value) -> Value {
    let mut document = json!({
        "schemaVersion": 2,
        "mediaType": MediaType::Manifest.name(),
        "config": config,
        "layers": [descriptor(MediaType::Wasm, &module.component)],
    });
    if let Some(description) = &module.facts.description {
        document["annotations"] = json!({ "org.opencontainers.image.description": description });
    }
    document
}

/// A time as RFC 3339 has it; later ones than the year 9999 are that year's end.
fn rfc3339(unix_seconds: u64) -> String {
    const LAST: u64 = 253_402_300_799;
    let seconds = unix_seconds.min(LAST);
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Years that start in March have the leap day at their end.
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        // `date -u -d @N +%FT%TZ`
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_800_000_000, "2027-01-15T08:00:00Z"),
            (u64::MAX, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(rfc3339(seconds), text);
        }
    }

    #[test]
    fn names_of_releases_are_tags() {
        for good in ["v1", "1.0.0-rc_1", "_", &"x".repeat(128)] {
            assert!(check_reference(good).is_ok(), "{good}");
        }
        for bad in ["", ".v1", "-v", "a/b", "a:b", "ä", "a b", &"x".repeat(129)] {
            assert!(check_reference(bad).is_err(), "{bad}");
        }
    }
}
