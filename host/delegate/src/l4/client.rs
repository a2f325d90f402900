//! The client of one store.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rtfs_ir::{DefinitionHash, InterfaceHash, Program};
use rtfs_store::{
    Digest, ExportRecord, GetError, Publication, Published, Query, Record, Signer, Store,
    TrustMark, Validation,
};

use super::blob_kind::BlobKind;
use super::error::L4Error;
use super::lookup::{L4Hit, Lookup, MissReason};
use super::module::RtfsModuleMetadata;
use super::publication::ModulePublication;
use super::resident::{LookupKey, Resident};
use crate::call_context::CallContext;
use crate::clock::{Clock, Timestamp};
use crate::embedding::Embedding;
use crate::policy::Policy;
use crate::security::{SecurityEvent, SecurityIncident, SecuritySink};
use crate::target::StoragePointer;

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
}

#[derive(Default)]
struct Counters {
    hits: AtomicU64,
    misses: AtomicU64,
    puts: AtomicU64,
    refusals: AtomicU64,
    failures: AtomicU64,
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// Finds, verifies and publishes stored modules. Shared between threads.
pub struct L4CacheClient {
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    config: L4Config,
    signer: Option<Arc<dyn Signer>>,
    security: Option<Arc<dyn SecuritySink>>,
    resident: Resident,
    counters: Counters,
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

    /// Whether there is verified code for a call under a policy. Never fails: what cannot be asked,
    /// read or trusted is a miss.
    pub fn lookup(&self, context: &CallContext, policy: Policy) -> Lookup {
        let key = match (policy, context.definition_hash, context.interface_hash) {
            (Policy::Off, ..) => return self.counted(Lookup::Miss(MissReason::Off)),
            (_, Some(definition), _) => LookupKey::Definition(definition),
            (Policy::Interface, None, Some(interface)) => LookupKey::Interface(interface),
            _ => return self.counted(Lookup::Miss(MissReason::NoHash)),
        };
        self.find(&context.fn_symbol, key)
    }

    /// Code with a definition, for the policy `exact`. `subject` names the function in reports.
    pub fn find_definition(&self, subject: &str, definition: DefinitionHash) -> Lookup {
        self.find(subject, LookupKey::Definition(definition))
    }

    /// Code of a module whose cases passed and whose export has this name and interface, for the
    /// policy `interface`.
    pub fn find_interface(&self, name: &str, interface: InterfaceHash) -> Lookup {
        self.find(name, LookupKey::Interface(interface))
    }

    fn find(&self, subject: &str, key: LookupKey) -> Lookup {
        let now = self.clock.now();
        if self.resident.is_fresh(now, self.config.trust_recheck)
            && let Some(lookup) = self.resident.get(&key, now)
        {
            return self.counted(lookup);
        }
        let Ok(mark) = self.store.trust_mark() else {
            return self.counted(Lookup::Miss(MissReason::StoreFailed));
        };
        self.resident.note_trust(mark, now);
        if let Some(lookup) = self.resident.get(&key, now) {
            return self.counted(lookup);
        }
        let lookup = self.ask_store(subject, key, mark);
        self.remember(mark, key, lookup, now);
        self.counted(lookup)
    }

    fn counted(&self, lookup: Lookup) -> Lookup {
        match lookup {
            Lookup::Hit(_) => count(&self.counters.hits),
            Lookup::Miss(reason) => {
                count(&self.counters.misses);
                if reason == MissReason::StoreFailed {
                    count(&self.counters.failures);
                }
            }
        }
        lookup
    }

    fn remember(&self, mark: TrustMark, key: LookupKey, lookup: Lookup, now: Timestamp) {
        let is_lasting = matches!((lookup, key), (Lookup::Hit(_), LookupKey::Definition(_)));
        let until = (!is_lasting).then(|| now.after(self.config.miss_recheck));
        if lookup != Lookup::Miss(MissReason::StoreFailed) {
            self.resident.put(mark, key, lookup, until);
        }
    }

    fn ask_store(&self, subject: &str, key: LookupKey, mark: TrustMark) -> Lookup {
        let query = match key {
            LookupKey::Definition(hash) => {
                Query::Definition(rtfs_store::DefinitionHash::from_bytes(*hash.as_bytes()))
            }
            LookupKey::Interface(hash) => {
                Query::Interface(rtfs_store::InterfaceHash::from_bytes(*hash.as_bytes()))
            }
        };
        let Ok(records) = self.store.find(&query) else {
            return Lookup::Miss(MissReason::StoreFailed);
        };
        let mut reason = MissReason::Absent;
        let modules = self.trusted(subject, &records, &mut reason);
        for module in modules {
            match self.verified(subject, key, &module) {
                Ok(hit) => {
                    self.resident.put_module(mark, module);
                    return Lookup::Hit(hit);
                }
                Err(other) => reason = other,
            }
        }
        Lookup::Miss(reason)
    }

    /// Modules of the records that may be acted upon, the best first: those whose cases passed, then
    /// the newest, then the greatest digest. The others are reported.
    fn trusted(
        &self,
        subject: &str,
        records: &[Arc<Record>],
        reason: &mut MissReason,
    ) -> Vec<Arc<RtfsModuleMetadata>> {
        let mut modules = Vec::with_capacity(records.len());
        for record in records {
            match RtfsModuleMetadata::of_record(record) {
                Some(module) => modules.push(Arc::new(module)),
                None => {
                    *reason = MissReason::Refused;
                    let verdict = record.verdict().clone();
                    self.refuse(subject, record.digest(), SecurityIncident::Record(verdict));
                }
            }
        }
        modules.sort_by_key(|module| {
            let is_verified = module.validation_status() == Validation::Verified;
            std::cmp::Reverse((is_verified, module.creation_timestamp(), module.id()))
        });
        modules
    }

    /// The hit that a trusted module is, if its export fits and its blob is sound.
    fn verified(
        &self,
        subject: &str,
        key: LookupKey,
        module: &RtfsModuleMetadata,
    ) -> Result<L4Hit, MissReason> {
        let is_wanted = |export: &&ExportRecord| match key {
            LookupKey::Definition(hash) => export
                .definition
                .is_some_and(|found| found.as_bytes() == hash.as_bytes()),
            LookupKey::Interface(hash) => {
                export.name == subject && export.interface.as_bytes() == hash.as_bytes()
            }
        };
        let mut exports = module.record().facts.exports.iter();
        let export = exports.find(is_wanted).ok_or(MissReason::Absent)?;
        let policy = match key {
            LookupKey::Definition(_) => Policy::Exact,
            LookupKey::Interface(_) => Policy::Interface,
        };
        if policy == Policy::Interface && module.validation_status() != Validation::Verified {
            return Err(MissReason::Unverified);
        }
        let blob = module.storage_pointer();
        self.check_blob(subject, module, &blob)?;
        Ok(L4Hit {
            pointer: StoragePointer {
                blob,
                export: export.index,
            },
            signature: module.signature(),
            policy,
        })
    }

    fn check_blob(
        &self,
        subject: &str,
        module: &RtfsModuleMetadata,
        blob: &Digest,
    ) -> Result<(), MissReason> {
        match self.store.check_blob(blob) {
            Ok(()) => Ok(()),
            Err(error) => Err(self.blob_failed(subject, module.id(), &error)),
        }
    }

    /// Turns a blob that cannot be had into a miss, and reports one that was altered.
    fn blob_failed(&self, subject: &str, record: Digest, error: &GetError) -> MissReason {
        match error {
            GetError::Missing { .. } => MissReason::BlobMissing,
            GetError::Corrupt { digest, actual } => {
                let (blob, actual) = (*digest, *actual);
                self.refuse(subject, record, SecurityIncident::Blob { blob, actual });
                MissReason::Refused
            }
            _ => MissReason::StoreFailed,
        }
    }

    /// Reports that something in the store was refused.
    pub(crate) fn refuse(&self, subject: &str, record: Digest, incident: SecurityIncident) {
        count(&self.counters.refusals);
        if let Some(sink) = &self.security {
            sink.report(&SecurityEvent {
                subject: subject.to_owned(),
                record,
                incident,
            });
        }
    }

    /// The module of a trusted record, from memory or from the store.
    ///
    /// # Errors
    /// When the record is missing, unreadable or refused.
    pub fn module(&self, record: &Digest) -> Result<Arc<RtfsModuleMetadata>, L4Error> {
        if self
            .resident
            .is_fresh(self.clock.now(), self.config.trust_recheck)
            && let Some(module) = self.resident.module(record)
        {
            return Ok(module);
        }
        let loaded = self.store.record(record)?;
        match RtfsModuleMetadata::of_record(&loaded) {
            Some(module) => Ok(Arc::new(module)),
            None => Err(L4Error::Refused {
                record: *record,
                verdict: loaded.verdict().to_string(),
            }),
        }
    }

    /// Forgets a hit whose blob turned out to be missing or altered when it was to run, and reports
    /// the latter.
    pub fn reject(&self, subject: &str, hit: &L4Hit, error: &GetError) -> MissReason {
        self.resident.forget_record(&hit.signature.record);
        self.blob_failed(subject, hit.signature.record, error)
    }

    /// A module whose interface as a whole is `interface`: without an embedding the best one (cases
    /// passed, then newest); with one the most similar whose similarity is at least `threshold`.
    /// Only modules whose cases passed are found.
    pub fn query(
        &self,
        interface: InterfaceHash,
        embedding: Option<&Embedding>,
        threshold: f64,
    ) -> Option<Arc<RtfsModuleMetadata>> {
        let wanted = rtfs_store::InterfaceHash::from_bytes(*interface.as_bytes());
        let found = self.query_interface(wanted, embedding, threshold);
        count(match found {
            Some(_) => &self.counters.hits,
            None => &self.counters.misses,
        });
        found
    }

    fn query_interface(
        &self,
        wanted: rtfs_store::InterfaceHash,
        embedding: Option<&Embedding>,
        threshold: f64,
    ) -> Option<Arc<RtfsModuleMetadata>> {
        let subject = format!("interface {wanted}");
        let Ok(records) = self.store.find(&Query::ModuleInterface(wanted)) else {
            count(&self.counters.failures);
            return None;
        };
        let mut modules = self.trusted(&subject, &records, &mut MissReason::Absent);
        modules.retain(|module| module.validation_status() == Validation::Verified);
        if let Some(embedding) = embedding {
            let mut scored: Vec<_> = modules
                .into_iter()
                .filter_map(|module| {
                    let similarity = module.semantic_embedding()?.similarity(embedding);
                    (similarity >= threshold).then_some((similarity, module))
                })
                .collect();
            // Stable: equals stay in the order of preference.
            scored.sort_by(|a, b| b.0.total_cmp(&a.0));
            modules = scored.into_iter().map(|(_, module)| module).collect();
        }
        modules.into_iter().find(|module| {
            let blob = module.storage_pointer();
            self.check_blob(&subject, module, &blob).is_ok()
        })
    }
}
