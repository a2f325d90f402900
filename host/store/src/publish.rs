//! Publishing: blobs first, then the record that names them. Until the record has its durable name
//! nothing was published; afterwards everything was.

use std::io;
use std::sync::atomic::Ordering;

use crate::blobs::Freshen;
use crate::digest::Digest;
use crate::dsse::Envelope;
use crate::durable::PutError;
use crate::key::{SignError, Signer};
use crate::layout::{LEASES, TRUST};
use crate::lease::{self, PublishLease};
use crate::limits::MAX_SOURCE_BYTES;
use crate::module::{BlobRef, ModuleFacts, ModuleRecord, Retention, SourceRef};
use crate::names::NamePointer;
use crate::statement::{InvalidStatement, Statement};
use crate::store::{FindError, Store};
use crate::trust::TrustStatement;

/// Best ratio that takes milliseconds: kept sources are written once and read for years.
const KEEP_LEVEL: i32 = 19;
/// What a `run` waits for.
const CACHE_LEVEL: i32 = 3;

/// A module to be published.
#[derive(Debug, Clone)]
pub struct Publication<'a> {
    /// The component's bytes, stored as they are.
    pub component: &'a [u8],
    /// The source text, stored compressed.
    pub source: Option<&'a [u8]>,
    /// The encoded intermediate form, stored as it is.
    pub ir: Option<&'a [u8]>,
    /// What is asserted about them.
    pub facts: ModuleFacts,
    /// A name that from now on stands for this module.
    pub name: Option<&'a str>,
}

/// A module that was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The digest of its record.
    pub record: Digest,
    /// What the record says.
    pub module: ModuleRecord,
    /// The digest of the pointer from its name, if it was given one.
    pub pointer: Option<Digest>,
}

/// Why something was not published.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// It breaks a rule for records.
    #[error("the record would not be valid")]
    Invalid(#[from] InvalidStatement),
    /// The source could not be compressed.
    #[error("cannot compress the source")]
    Compress(#[source] io::Error),
    /// It was not signed.
    #[error("cannot sign the record")]
    Sign(#[from] SignError),
    /// It could not be made durable.
    #[error("cannot store what is to be published")]
    Put(#[from] PutError),
    /// What the name stands for so far could not be found out.
    #[error("cannot find the highest number of name `{name}`")]
    Name {
        /// The name.
        name: String,
        /// Why.
        source: FindError,
    },
    /// The highest number there is has been used.
    #[error("name `{name}` has no numbers left")]
    Exhausted {
        /// The name.
        name: String,
    },
}

impl Store {
    /// Stores component, compressed source and intermediate form, each under its digest, and signs
    /// one record that names them all. When this returns, everything is durable; if the process
    /// dies before, nothing refers to what was stored so far and collection removes it.
    ///
    /// # Errors
    /// When the facts break a rule, the signer refuses, or the bytes cannot be made durable.
    pub fn publish_module(
        &self,
        publication: &Publication<'_>,
        signer: &dyn Signer,
    ) -> Result<Published, PublishError> {
        publication.facts.check()?;
        let lease = self.publish_lease()?;
        let module = self.put_module_blobs(publication)?;
        let statement = Statement::Module(Box::new(module.clone()));
        let record = self.put_record(&lease, statement, signer)?;
        let time = publication.facts.claimed_unix_seconds;
        let pointer = match publication.name {
            Some(name) => Some(self.put_pointer(&lease, name, &record, time, signer)?),
            None => None,
        };
        Ok(Published {
            record,
            module,
            pointer,
        })
    }

    /// Signs that a name stands for a record from now on.
    ///
    /// # Errors
    /// When the name is not valid, the signer refuses, or the pointer cannot be made durable.
    pub fn point_name(
        &self,
        name: &str,
        record: &Digest,
        claimed_unix_seconds: Option<u64>,
        signer: &dyn Signer,
    ) -> Result<Digest, PublishError> {
        let lease = self.publish_lease()?;
        self.put_pointer(&lease, name, record, claimed_unix_seconds, signer)
    }

    /// Signs a statement on trust and stores it durably, in the keys directory too if there is one.
    /// It counts if the signer is an anchor, or if a key revokes itself.
    ///
    /// # Errors
    /// When the statement is not valid, the signer refuses, or it cannot be made durable.
    pub fn put_trust(
        &self,
        statement: TrustStatement,
        signer: &dyn Signer,
    ) -> Result<Digest, PublishError> {
        let payload = Statement::Trust(statement).encode()?;
        let bytes = Envelope::seal(payload, signer)?.encode();
        let digest = Digest::of(&bytes);
        let name = format!("{}.dsse", digest.hex());
        // First where no writer to the store can remove it.
        let stored = match &self.believer.keyring {
            Some(keyring) => keyring.writer.publish(TRUST, &name, &bytes),
            None => Ok(()),
        };
        let stored = stored.and_then(|()| self.writer.publish(TRUST, &name, &bytes));
        // Also when it failed: part of it may count.
        self.trust_edits.fetch_add(1, Ordering::AcqRel);
        stored?;
        Ok(digest)
    }

    fn put_module_blobs(
        &self,
        publication: &Publication<'_>,
    ) -> Result<ModuleRecord, PublishError> {
        let put = |bytes: &[u8]| -> Result<BlobRef, PutError> {
            Ok(BlobRef {
                digest: self.blobs.put(bytes, Freshen::No)?,
                size_bytes: bytes.len() as u64,
            })
        };
        let component = put(publication.component)?;
        let source = match publication.source {
            Some(plain) => {
                let frame = compress(plain, publication.facts.retention)?;
                Some(SourceRef {
                    blob: put(&frame)?,
                    plain: Digest::of(plain),
                    plain_size_bytes: plain.len() as u64,
                })
            }
            None => None,
        };
        let ir = publication.ir.map(put).transpose()?;
        self.blobs.sync()?;
        Ok(ModuleRecord {
            component,
            source,
            ir,
            facts: publication.facts.clone(),
        })
    }

    fn put_pointer(
        &self,
        lease: &PublishLease,
        name: &str,
        record: &Digest,
        claimed_unix_seconds: Option<u64>,
        signer: &dyn Signer,
    ) -> Result<Digest, PublishError> {
        let mut pointer = NamePointer {
            name: name.to_owned(),
            sequence: 1,
            record: *record,
            claimed_unix_seconds,
        };
        pointer.check()?;
        let _names = lease::names(&*self.fs).map_err(PutError::io(LEASES))?;
        let resolved = self.resolve(name).map_err(|source| PublishError::Name {
            name: name.to_owned(),
            source,
        })?;
        if let Some(current) = resolved
            .as_ref()
            .and_then(|it| it.pointer.trusted_pointer())
        {
            let next = current.sequence.checked_add(1);
            pointer.sequence = next.ok_or_else(|| PublishError::Exhausted {
                name: name.to_owned(),
            })?;
        }
        self.put_record(lease, Statement::Name(pointer), signer)
    }

    /// Signs and stores a record: the commit point.
    fn put_record(
        &self,
        _lease: &PublishLease,
        statement: Statement,
        signer: &dyn Signer,
    ) -> Result<Digest, PublishError> {
        let envelope = Envelope::seal(statement.encode()?, signer)?;
        let digest = self.records.put(&envelope.encode())?;
        self.add_to_index(&digest, &statement);
        Ok(digest)
    }

    /// The record is durable and counts whatever becomes of the index: a database that cannot take
    /// the row now is compared with the records before it answers again.
    fn add_to_index(&self, digest: &Digest, statement: &Statement) {
        if self.index.insert(digest, statement).is_err() {
            self.index.distrust();
        }
    }
}

fn compress(plain: &[u8], retention: Retention) -> Result<Vec<u8>, PublishError> {
    if plain.len() as u64 > MAX_SOURCE_BYTES {
        return Err(PublishError::Put(PutError::TooLarge {
            limit_bytes: MAX_SOURCE_BYTES,
        }));
    }
    let level = match retention {
        Retention::Keep => KEEP_LEVEL,
        Retention::Cache => CACHE_LEVEL,
    };
    zstd::bulk::compress(plain, level).map_err(PublishError::Compress)
}
