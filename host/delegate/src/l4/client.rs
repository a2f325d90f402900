//! The client of one store.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rtfs_ir::Program;
use rtfs_store::{Digest, GetError, Publication, Published, Signer, Store};

use super::blob_kind::BlobKind;
use super::error::L4Error;
use super::module::RtfsModuleMetadata;
use super::publication::ModulePublication;
use super::resident::Resident;
use crate::cache::CacheStats;
use crate::clock::{Clock, Timestamp};
use crate::security::SecuritySink;

/// How a client remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct L4Config {
    /// How long a remembered answer is used without looking whether trust has changed. A revocation
    /// by another process counts after this time at the latest; zero looks every time.
    pub trust_recheck: Duration,
    /// How long a miss, or a hit by interface, is remembered: for this time, what other processes
    /// publish goes unnoticed.
    pub miss_recheck: Duration,
    /// Answers remembered; all are forgotten when there would be more. 0 remembers nothing.
    pub max_resident: usize,
}

impl Default for L4Config {
    fn default() -> Self {
        Self {
            trust_recheck: Duration::from_millis(10),
            miss_recheck: Duration::from_secs(1),
            max_resident: 200_000,
        }
    }
}

/// What a client did so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct L4Stats {
    /// Lookups answered with verified code.
    pub hits: u64,
    /// Lookups answered without.
    pub misses: u64,
    /// Blobs and modules stored.
    pub puts: u64,
    /// Security events reported.
    pub refusals: u64,
    /// Lookups that missed because the store failed.
    pub failures: u64,
    /// Answers remembered now.
    pub resident: u64,
    /// The most that are.
    pub capacity: usize,
    /// When the store was last asked; what was remembered does not count.
    pub last_updated: Option<Timestamp>,
}

impl L4Stats {
    /// The counters that every layer has. What is remembered counts as the layer's size.
    pub fn as_cache_stats(&self) -> CacheStats {
        CacheStats {
            hits: self.hits,
            misses: self.misses,
            puts: self.puts,
            size: usize::try_from(self.resident).unwrap_or(usize::MAX),
            capacity: self.capacity,
            last_updated: self.last_updated,
            ..CacheStats::default()
        }
    }
}

#[derive(Default)]
pub(super) struct Counters {
    pub(super) hits: AtomicU64,
    pub(super) misses: AtomicU64,
    pub(super) puts: AtomicU64,
    pub(super) refusals: AtomicU64,
    pub(super) failures: AtomicU64,
}

pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// Finds, verifies and publishes stored modules. Shared between threads.
pub struct L4CacheClient {
    pub(super) store: Arc<Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) config: L4Config,
    signer: Option<Arc<dyn Signer>>,
    pub(super) security: Option<Arc<dyn SecuritySink>>,
    pub(super) resident: Resident,
    pub(super) counters: Counters,
}

impl L4CacheClient {
    /// A client that reads.
    pub fn new(store: Arc<Store>, clock: Arc<dyn Clock>) -> Self {
        Self::with_config(store, clock, L4Config::default())
    }

    /// A client that remembers as it is told.
    pub fn with_config(store: Arc<Store>, clock: Arc<dyn Clock>, config: L4Config) -> Self {
        Self {
            resident: Resident::new(config.max_resident),
            counters: Counters::default(),
            signer: None,
            security: None,
            store,
            clock,
            config,
        }
    }

    /// Lets the client publish.
    #[must_use]
    pub fn with_signer(mut self, signer: Arc<dyn Signer>) -> Self {
        self.signer = Some(signer);
        self
    }

    /// Reports what is refused.
    #[must_use]
    pub fn with_security_sink(mut self, sink: Arc<dyn SecuritySink>) -> Self {
        self.security = Some(sink);
        self
    }

    /// The store behind the client.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// What the client did so far.
    pub fn stats(&self) -> L4Stats {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        L4Stats {
            hits: get(&self.counters.hits),
            misses: get(&self.counters.misses),
            puts: get(&self.counters.puts),
            refusals: get(&self.counters.refusals),
            failures: get(&self.counters.failures),
            resident: self.resident.len() as u64,
            capacity: self.config.max_resident,
            last_updated: self.resident.last_checked(),
        }
    }

    /// Forgets every remembered answer.
    pub fn clear(&self) {
        self.resident.clear();
    }

    /// Stores bytes under their digest. Storing them again costs no space and gives the same
    /// digest. A blob that no record names is collected after a while.
    ///
    /// # Errors
    /// When they are not of that kind or cannot be made durable.
    pub fn store_blob(&self, kind: BlobKind, bytes: &[u8]) -> Result<Digest, L4Error> {
        if !kind.fits(bytes) {
            let size_bytes = bytes.len();
            return Err(L4Error::NotOfKind { kind, size_bytes });
        }
        let digest = self.store.put_blob(bytes)?;
        count(&self.counters.puts);
        Ok(digest)
    }

    /// The bytes of a digest, or `None` if the store has none. What comes back hashes to `digest`.
    ///
    /// # Errors
    /// When they are altered or unreadable.
    pub fn get_blob(&self, digest: &Digest) -> Result<Option<Vec<u8>>, L4Error> {
        match self.store.get_blob(digest) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(GetError::Missing { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Stores a program in its canonical encoding.
    ///
    /// # Errors
    /// When it cannot be made durable.
    pub fn store_ir(&self, program: &Program) -> Result<Digest, L4Error> {
        let digest = self.store.put_blob(&program.encode())?;
        count(&self.counters.puts);
        Ok(digest)
    }

    /// The program stored under a digest.
    ///
    /// # Errors
    /// When the blob is altered, unreadable or no program.
    pub fn get_ir(&self, digest: &Digest) -> Result<Option<Program>, L4Error> {
        let Some(bytes) = self.get_blob(digest)? else {
            return Ok(None);
        };
        let digest = *digest;
        let program = Program::decode(&bytes);
        program
            .map(Some)
            .map_err(|source| L4Error::Decode { digest, source })
    }

    /// Publishes a compiled program: bytecode, compressed source and IR each under its digest, in
    /// one signed record. When this returns, everything is durable.
    ///
    /// # Errors
    /// When there is no signer, the facts break a rule of records, or something cannot be made
    /// durable.
    pub fn publish_module(
        &self,
        publication: &ModulePublication<'_>,
    ) -> Result<Arc<RtfsModuleMetadata>, L4Error> {
        let ir = publication.program.encode();
        let published = self.publish(&Publication {
            component: publication.bytecode,
            source: publication.source.map(str::as_bytes),
            ir: Some(&ir),
            facts: publication.facts(),
            name: publication.name,
        })?;
        let signer = self.signer()?.public_key().id();
        let module = RtfsModuleMetadata::new(published.record, signer, published.module);
        Ok(Arc::new(module))
    }

    /// Publishes a module that was not made from a program.
    ///
    /// # Errors
    /// As [`L4CacheClient::publish_module`].
    pub fn publish(&self, publication: &Publication<'_>) -> Result<Published, L4Error> {
        let published = self.store.publish_module(publication, self.signer()?)?;
        self.resident.forget_passing();
        count(&self.counters.puts);
        Ok(published)
    }

    fn signer(&self) -> Result<&dyn Signer, L4Error> {
        self.signer.as_deref().ok_or(L4Error::NoSigner)
    }
}
