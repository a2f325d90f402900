//! The store: one directory, opened.

use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use cap_std::fs::Dir;

use crate::belief::{Believer, TrustError, TrustMark};
use crate::blobs::{BlobState, Blobs, Freshen, GetError, found};
use crate::digest::Digest;
use crate::durable::{PutError, Writer};
use crate::fs::{DirFs, Stamp, StoreFs};
use crate::index::{Index, IndexError, Query};
use crate::key::PublicKey;
use crate::keyring::KeyRing;
use crate::layout::{self, OpenError, record_path};
use crate::lease::{Hold, PublishLease};
use crate::limits::MAX_CACHED_RECORDS;
use crate::module::{ModuleRecord, SourceRef};
use crate::names::NamePointer;
use crate::records::Records;
use crate::statement::Statement;
use crate::trust::{TrustSet, Verdict};

/// Where trust in the store's records begins.
#[derive(Clone, Default)]
pub struct Anchors {
    /// Keys that are trusted as they are.
    pub keys: Vec<PublicKey>,
    /// A keys directory: its public keys are anchors too, and trust statements are repeated there.
    pub keyring: Option<KeyRing>,
}

/// Why a record could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// There is no such record.
    #[error("record {record} is not in the store")]
    Missing {
        /// What was asked for.
        record: Digest,
    },
    /// The file system refused.
    #[error("cannot read record {record}")]
    Io {
        /// What was asked for.
        record: Digest,
        /// What the operating system said.
        source: io::Error,
    },
    /// It is not known whom to trust.
    #[error("cannot judge record {record}")]
    Trust {
        /// What was asked for.
        record: Digest,
        /// Why.
        source: TrustError,
    },
}

/// Why a search failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FindError {
    /// The index could not answer.
    #[error("cannot search the index")]
    Index(#[from] IndexError),
    /// A record found could not be read.
    #[error("cannot load a record that was found")]
    Record(#[from] RecordError),
    /// The records' directory could not be read.
    #[error("cannot list the records")]
    List(#[source] io::Error),
}

/// Why blobs could not be held.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HoldError {
    /// One of them is not there.
    #[error("blob {digest} is not in the store")]
    Missing {
        /// Which one.
        digest: Digest,
    },
    /// The file system refused.
    #[error("cannot take a lease")]
    Io(#[from] io::Error),
}

/// Why a source could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// Its blob could not be read.
    #[error("cannot read the source")]
    Get(#[from] GetError),
    /// The blob is not one zstd frame of the stated length.
    #[error("the source {blob} cannot be decompressed")]
    Decompress {
        /// The compressed blob.
        blob: Digest,
        /// What the decompressor said.
        source: io::Error,
    },
    /// The text is another than the record says.
    #[error("the source is corrupt: its text hashes to {actual}, the record says {expected}")]
    Corrupt {
        /// What the record says.
        expected: Digest,
        /// What is there.
        actual: Digest,
    },
}

/// A record as it was judged when it was loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    digest: Digest,
    verdict: Verdict,
    statement: Option<Statement>,
}

impl Record {
    /// The digest of its bytes.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Whether it may be acted upon.
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// The module it describes, if it is trusted and does.
    pub fn trusted_module(&self) -> Option<&ModuleRecord> {
        match (&self.verdict, &self.statement) {
            (Verdict::Trusted { .. }, Some(Statement::Module(module))) => Some(module),
            _ => None,
        }
    }

    /// The name pointer it is, if it is trusted and is one.
    pub fn trusted_pointer(&self) -> Option<&NamePointer> {
        match (&self.verdict, &self.statement) {
            (Verdict::Trusted { .. }, Some(Statement::Name(pointer))) => Some(pointer),
            _ => None,
        }
    }

    /// What it says, whoever says it: to be shown, never to be acted upon.
    pub fn statement_unverified(&self) -> Option<&Statement> {
        self.statement.as_ref()
    }
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The trusted pointer with the highest number; if none is trusted, the highest of all.
    pub pointer: Arc<Record>,
    /// The record it points to, if that is in the store.
    pub module: Option<Arc<Record>>,
    /// Pointers with higher numbers that were passed over because they are not trusted.
    pub refused: Vec<Arc<Record>>,
}

impl Resolved {
    /// The module, if pointer and record are both trusted.
    pub fn trusted_module(&self) -> Option<&ModuleRecord> {
        self.pointer.trusted_pointer()?;
        self.module.as_ref()?.trusted_module()
    }
}

/// A store in a directory, shared with other threads and processes.
pub struct Store {
    pub(crate) fs: Arc<dyn StoreFs>,
    pub(crate) writer: Writer,
    pub(crate) blobs: Blobs,
    pub(crate) records: Arc<Records>,
    pub(crate) index: Index,
    pub(crate) believer: Believer,
    judged: Mutex<HashMap<Digest, Judged>>,
    pub(crate) trust_edits: AtomicU64,
}

struct Judged {
    stamp: Stamp,
    generation: u64,
    record: Arc<Record>,
}

impl Store {
    /// Opens a store, making an empty directory into one. Nothing outside `dir` is opened.
    ///
    /// # Errors
    /// When something else lives there, it is of a later format, or the file system refuses.
    pub fn open(dir: Dir, anchors: Anchors) -> Result<Self, OpenError> {
        Self::open_on(Arc::new(DirFs::new(dir)), anchors)
    }

    /// [`Store::open`] on any file system.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_on(fs: Arc<dyn StoreFs>, anchors: Anchors) -> Result<Self, OpenError> {
        layout::open(&*fs)?;
        let writer = Writer::new(fs.clone());
        let records = Arc::new(Records::new(fs.clone(), writer.clone()));
        Ok(Self {
            blobs: Blobs::new(fs.clone(), writer.clone()),
            index: Index::new(fs.clone(), records.clone()),
            believer: Believer::new(fs.clone(), anchors.keys, anchors.keyring),
            judged: Mutex::default(),
            trust_edits: AtomicU64::new(0),
            records,
            writer,
            fs,
        })
    }

    /// Stores bytes durably under their digest. Storing what is there already costs no space.
    ///
    /// # Errors
    /// When the bytes cannot be made durable.
    pub fn put_blob(&self, bytes: &[u8]) -> Result<Digest, PutError> {
        let _lease = self.publish_lease()?;
        let digest = self.blobs.put(bytes, Freshen::Yes)?;
        self.blobs.sync()?;
        Ok(digest)
    }

    /// [`Store::put_blob`] of everything that `reader` gives.
    ///
    /// # Errors
    /// When the bytes cannot be read or made durable.
    pub fn put_blob_from(&self, reader: &mut dyn Read) -> Result<Digest, PutError> {
        let _lease = self.publish_lease()?;
        let digest = self.blobs.put_from(reader, Freshen::Yes)?;
        self.blobs.sync()?;
        Ok(digest)
    }

    /// Reads a blob. The bytes are those that `digest` names, or there is an error; whether they
    /// may be run is for a record to say.
    ///
    /// # Errors
    /// When it is missing, altered or unreadable.
    pub fn get_blob(&self, digest: &Digest) -> Result<Vec<u8>, GetError> {
        self.blobs.get(digest)
    }

    /// Length of a blob, or `None` if it is not there. Its bytes are not looked at.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn blob_size_bytes(&self, digest: &Digest) -> Result<Option<u64>, GetError> {
        let digest = *digest;
        let result = self.blobs.size_bytes(&digest);
        result.map_err(|source| GetError::Io { digest, source })
    }

    /// Whether a blob is there and sound, hashing it unless this process has done so and it has not
    /// changed since.
    ///
    /// # Errors
    /// When it is missing, altered or unreadable.
    pub fn check_blob(&self, digest: &Digest) -> Result<(), GetError> {
        let digest = *digest;
        match self.blobs.state(&digest) {
            Ok(BlobState::Sound) => Ok(()),
            Ok(BlobState::Missing) => Err(GetError::Missing { digest }),
            Ok(BlobState::Corrupt(actual)) => Err(GetError::Corrupt { digest, actual }),
            Err(source) => Err(GetError::Io { digest, source }),
        }
    }

    /// The text of a source, decompressed and compared with the record's digest of it.
    ///
    /// # Errors
    /// When it is missing, altered or not what the record says.
    pub fn source(&self, source: &SourceRef) -> Result<Vec<u8>, SourceError> {
        let blob = source.blob.digest;
        let bytes = self.blobs.get(&blob)?;
        // A record that says more than MAX_SOURCE_BYTES is not read, so this bounds memory.
        let limit_bytes = usize::try_from(source.plain_size_bytes).unwrap_or(usize::MAX);
        let plain = zstd::bulk::decompress(&bytes, limit_bytes)
            .map_err(|source| SourceError::Decompress { blob, source })?;
        let actual = Digest::of(&plain);
        if actual != source.plain {
            return Err(SourceError::Corrupt {
                expected: source.plain,
                actual,
            });
        }
        Ok(plain)
    }

    /// Keeps blobs from being collected while the result lives. Fetches them back if collection has
    /// just moved them away.
    ///
    /// # Errors
    /// When one of them is missing or the lease cannot be written.
    pub fn hold(&self, digests: &[Digest]) -> Result<Hold, HoldError> {
        let _lease = PublishLease::take(&*self.fs)?;
        for digest in digests {
            if self.blobs.size_bytes(digest)?.is_none() {
                return Err(HoldError::Missing { digest: *digest });
            }
        }
        Ok(Hold::take(self.fs.clone(), digests)?)
    }

    /// Loads and judges a record.
    ///
    /// # Errors
    /// When it is missing or unreadable. A record that may not be acted upon is no error: the
    /// verdict says so.
    pub fn record(&self, digest: &Digest) -> Result<Arc<Record>, RecordError> {
        let record = *digest;
        let io = |source| RecordError::Io { record, source };
        let belief = self
            .believer
            .current()
            .map_err(|source| RecordError::Trust { record, source })?;
        let Some(stamp) = found(self.fs.stamp(&record_path(digest))).map_err(io)? else {
            return Err(RecordError::Missing { record });
        };
        if let Some(known) = self.judged().get(digest)
            && known.stamp == stamp
            && known.generation == belief.generation
        {
            return Ok(known.record.clone());
        }
        let Some(bytes) = self.records.read(digest).map_err(io)? else {
            return Err(RecordError::Missing { record });
        };
        let (verdict, statement) = belief.set.judge(digest, &bytes);
        let record = Arc::new(Record {
            digest: *digest,
            verdict,
            statement,
        });
        if stamp.is_settled(self.fs.now()) {
            let mut judged = self.judged();
            if judged.len() >= MAX_CACHED_RECORDS {
                judged.clear();
            }
            let judgement = Judged {
                stamp,
                generation: belief.generation,
                record: record.clone(),
            };
            judged.insert(*digest, judgement);
        }
        Ok(record)
    }

    /// Digests of all records, sorted, read from the directory itself.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn record_digests(&self) -> io::Result<Vec<Digest>> {
        self.records.list()
    }

    /// Module records that say what `query` asks, in the order of their digests, each with its
    /// verdict. A record that was found but is now altered is among them, with that verdict.
    ///
    /// # Errors
    /// When the index fails even after being rebuilt, or a record cannot be read.
    pub fn find(&self, query: &Query) -> Result<Vec<Arc<Record>>, FindError> {
        let mut records = self.load(self.index.find(query)?)?;
        records.retain(|record| match &record.statement {
            Some(Statement::Module(module)) => query.matches(module),
            Some(_) => false,
            None => true,
        });
        Ok(records)
    }

    /// Digests of the records that the index has for `query`, sorted. Nothing is read or judged:
    /// [`Store::find`] or [`Store::record`] says what they are worth.
    ///
    /// # Errors
    /// When the index fails even after being rebuilt.
    pub fn propose(&self, query: &Query) -> Result<Vec<Digest>, IndexError> {
        self.index.find(query)
    }

    /// What a name stands for, or `None` if nobody has said so.
    ///
    /// # Errors
    /// As [`Store::find`].
    pub fn resolve(&self, name: &str) -> Result<Option<Resolved>, FindError> {
        let mut pointers = self.load(self.index.pointers(name)?)?;
        let is_ours = |record: &Record| record.trusted_pointer().is_some_and(|p| p.name == name);
        let Some(chosen) = pointers
            .iter()
            .position(|record| is_ours(record))
            .or_else(|| (!pointers.is_empty()).then_some(0))
        else {
            return Ok(None);
        };
        let pointer = pointers.remove(chosen);
        pointers.truncate(chosen);
        let module = match &pointer.statement {
            Some(Statement::Name(pointer)) => self.load_one(&pointer.record)?,
            _ => None,
        };
        Ok(Some(Resolved {
            pointer,
            module,
            refused: pointers,
        }))
    }

    /// All names that anybody has given, sorted.
    ///
    /// # Errors
    /// When the index fails even after being rebuilt.
    pub fn names(&self) -> Result<Vec<String>, IndexError> {
        self.index.names()
    }

    /// Whom the store believes at this moment.
    ///
    /// # Errors
    /// When the statements or anchors cannot be read.
    pub fn trust(&self) -> Result<Arc<TrustSet>, TrustError> {
        Ok(self.believer.current()?.set)
    }

    /// How many statements on trust were stored through this open store: a change that needs no
    /// look at the file system.
    pub fn trust_edits(&self) -> u64 {
        self.trust_edits.load(Ordering::Acquire)
    }

    /// A mark that changes when the answer of [`Store::trust`] does: whoever keeps judgements for
    /// longer compares marks. Costs three calls of the operating system.
    ///
    /// # Errors
    /// As [`Store::trust`].
    pub fn trust_mark(&self) -> Result<TrustMark, TrustError> {
        Ok(TrustMark(self.believer.current()?.generation))
    }

    /// Deletes the index and reads all records again.
    ///
    /// # Errors
    /// When the records cannot be read or the database not be written.
    pub fn reindex(&self) -> Result<(), IndexError> {
        self.index.rebuild()
    }

    /// Compares the index with the records' directory and mends the difference. Opening a store
    /// does the same.
    ///
    /// # Errors
    /// As [`Store::reindex`].
    pub fn refresh_index(&self) -> Result<(), IndexError> {
        self.index.catch_up()
    }

    /// Every row of the index as sorted text: equal dumps mean equal indexes.
    ///
    /// # Errors
    /// When the index fails even after being rebuilt.
    pub fn index_dump(&self) -> Result<String, IndexError> {
        self.index.dump()
    }

    pub(crate) fn publish_lease(&self) -> Result<PublishLease, PutError> {
        self.writer.check()?;
        PublishLease::take(&*self.fs).map_err(PutError::io(layout::LEASES))
    }

    /// Reads the record again next time, whatever its stamp.
    pub(crate) fn forget_judgement(&self, digest: &Digest) {
        self.judged().remove(digest);
    }

    fn load(&self, digests: Vec<Digest>) -> Result<Vec<Arc<Record>>, RecordError> {
        let records = digests.iter().map(|digest| self.load_one(digest));
        records.filter_map(Result::transpose).collect()
    }

    /// A record that was collected since it was found is none.
    fn load_one(&self, digest: &Digest) -> Result<Option<Arc<Record>>, RecordError> {
        match self.record(digest) {
            Ok(record) => Ok(Some(record)),
            Err(RecordError::Missing { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn judged(&self) -> std::sync::MutexGuard<'_, HashMap<Digest, Judged>> {
        // A cache of facts stays true when a thread panicked while holding it.
        self.judged.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
