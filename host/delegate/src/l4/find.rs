//! Looking stored modules up: verified, or a miss.

use std::collections::BTreeMap;
use std::sync::Arc;

use rtfs_ir::{ArtifactKey, DefinitionHash, InterfaceHash};
use rtfs_store::{
    Digest, ExportRecord, GetError, Query, Record, SourceError, TrustMark, Validation, Verdict,
};

use super::client::{L4CacheClient, count};
use super::error::L4Error;
use super::lookup::{L4Hit, Lookup, MissReason};
use super::module::RtfsModuleMetadata;
use super::resident::LookupKey;
use crate::call_context::CallContext;
use crate::clock::Timestamp;
use crate::embedding::Embedding;
use crate::execute::BytecodeError;
use crate::policy::Policy;
use crate::security::{SecurityEvent, SecurityIncident};
use crate::target::StoragePointer;

/// What may answer a question.
struct Candidates {
    modules: Vec<Arc<RtfsModuleMetadata>>,
    /// Records that would be among them, had trusted keys signed them and nobody revoked them.
    refused: Vec<Arc<Record>>,
    /// Why nothing answers, if nothing does.
    reason: MissReason,
}

impl L4CacheClient {
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
        let (now, edits) = (self.clock.now(), self.store.trust_edits());
        if self
            .resident
            .is_fresh(now, self.config.trust_recheck, edits)
            && let Some(lookup) = self.resident.get(&key, now)
        {
            return self.counted(lookup);
        }
        let Ok(mark) = self.store.trust_mark() else {
            return self.counted(Lookup::Miss(MissReason::StoreFailed));
        };
        self.resident.note_trust(mark, now, edits);
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
        // A failing store is asked again after a while, too: trying may take long.
        let until = (!is_lasting).then(|| now.after(self.config.miss_recheck));
        self.resident.put(mark, key, lookup, until);
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
        let mut candidates = self.trusted(subject, &records);
        for module in std::mem::take(&mut candidates.modules) {
            match self.verified(subject, key, &module) {
                Ok(hit) => {
                    self.resident.put_module(mark, module);
                    return Lookup::Hit(hit);
                }
                Err(other) => candidates.reason = other,
            }
        }
        Lookup::Miss(self.nobody(subject, candidates))
    }

    /// Modules of the records that may be acted upon, the best first: those whose cases passed, then
    /// the newest, then the greatest digest. What is altered is reported. What strangers signed or
    /// was revoked is only worth a word when nothing else answers: anybody may share a store, and
    /// revoked records stay in it.
    fn trusted(&self, subject: &str, records: &[Arc<Record>]) -> Candidates {
        let mut found = Candidates {
            modules: Vec::with_capacity(records.len()),
            refused: Vec::new(),
            reason: MissReason::Absent,
        };
        for record in records {
            match (RtfsModuleMetadata::of_record(record), record.verdict()) {
                (Some(module), _) => found.modules.push(Arc::new(module)),
                (None, verdict @ Verdict::Corrupt(_)) => {
                    found.reason = MissReason::Refused;
                    let incident = SecurityIncident::Record(verdict.clone());
                    self.refuse(subject, record.digest(), incident);
                }
                (None, _) => found.refused.push(record.clone()),
            }
        }
        found.modules.sort_by_key(|module| {
            let is_verified = module.validation_status() == Validation::Verified;
            std::cmp::Reverse((is_verified, module.creation_timestamp(), module.id()))
        });
        found
    }

    /// Why nothing answers. Records that would have, were they trusted, are reported in one event.
    fn nobody(&self, subject: &str, candidates: Candidates) -> MissReason {
        let Some(first) = candidates.refused.first() else {
            return candidates.reason;
        };
        let verdict = first.verdict().clone();
        let incident = match candidates.refused.len() - 1 {
            0 => SecurityIncident::Record(verdict),
            n_more => SecurityIncident::Records {
                first: verdict,
                n_more,
            },
        };
        self.refuse(subject, first.digest(), incident);
        match candidates.reason {
            MissReason::Absent => MissReason::Refused,
            reason => reason,
        }
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
        if self.resident.is_rejected(&module.id()) {
            return Err(MissReason::Refused);
        }
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
        let (now, edits) = (self.clock.now(), self.store.trust_edits());
        if self
            .resident
            .is_fresh(now, self.config.trust_recheck, edits)
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
    pub fn reject(&self, subject: &str, hit: &L4Hit, error: &BytecodeError) -> MissReason {
        let record = hit.signature.record;
        self.resident.forget_record(&record);
        let reason = match error {
            BytecodeError::Blob(error) | BytecodeError::Source(SourceError::Get(error)) => {
                self.blob_failed(subject, record, error)
            }
            BytecodeError::Source(error) => {
                let detail = error.to_string();
                let blob = hit.pointer.blob;
                self.refuse(subject, record, SecurityIncident::Content { blob, detail });
                MissReason::Refused
            }
        };
        if reason == MissReason::StoreFailed {
            count(&self.counters.failures);
        }
        reason
    }

    /// Uses a module no more whose code turned out not to be what the signed record says, and
    /// reports it.
    pub fn reject_content(&self, subject: &str, hit: &L4Hit, blob: Digest, detail: String) {
        let record = hit.signature.record;
        self.resident.reject_record(&record);
        self.refuse(subject, record, SecurityIncident::Content { blob, detail });
    }

    /// The whole unit compiled under a key, by the policy that equal inputs give equal output: the
    /// best trusted record whose blobs are all sound.
    ///
    /// # Errors
    /// Why there is none.
    pub fn find_unit(&self, key: ArtifactKey) -> Result<Arc<RtfsModuleMetadata>, MissReason> {
        let found = self.ask_unit(key);
        match &found {
            Ok(_) => count(&self.counters.hits),
            Err(reason) => {
                self.counted(Lookup::Miss(*reason));
            }
        }
        found
    }

    /// The unit of a record whose digest is known already, without a search: the record is trusted,
    /// made for `key`, and every blob it names is sound. `None` says nothing against anybody:
    /// [`L4CacheClient::find_unit`] finds out what is wrong, and reports it.
    pub fn known_unit(&self, record: &Digest, key: ArtifactKey) -> Option<Arc<RtfsModuleMetadata>> {
        let loaded = self.store.record(record).ok()?;
        let module = RtfsModuleMetadata::of_record(&loaded)?;
        let is_wanted = module.record().facts.artifact_key.as_bytes() == key.as_bytes();
        let mut blobs = module.record().blobs().into_iter();
        if !is_wanted || !blobs.all(|blob| self.store.check_blob(&blob.digest).is_ok()) {
            return None;
        }
        count(&self.counters.hits);
        Some(Arc::new(module))
    }

    fn ask_unit(&self, key: ArtifactKey) -> Result<Arc<RtfsModuleMetadata>, MissReason> {
        let subject = format!("unit {key}");
        let query = Query::Artifact(rtfs_store::ArtifactKey::from_bytes(*key.as_bytes()));
        let Ok(records) = self.store.find(&query) else {
            return Err(MissReason::StoreFailed);
        };
        let mut candidates = self.trusted(&subject, &records);
        // Several records may name one blob, and its damage is one incident.
        let mut unsound = BTreeMap::new();
        for module in std::mem::take(&mut candidates.modules) {
            let mut blobs = module.record().blobs().into_iter();
            let found = blobs.find_map(|blob| match unsound.get(&blob.digest) {
                Some(known) => Some(*known),
                None => {
                    let reason = self.check_blob(&subject, &module, &blob.digest).err()?;
                    unsound.insert(blob.digest, reason);
                    Some(reason)
                }
            });
            match found {
                None => return Ok(module),
                Some(other) => candidates.reason = other,
            }
        }
        Err(self.nobody(&subject, candidates))
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
        let mut candidates = self.trusted(&subject, &records);
        let mut modules = std::mem::take(&mut candidates.modules);
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
        let found = modules.into_iter().find(|module| {
            let blob = module.storage_pointer();
            self.check_blob(&subject, module, &blob).is_ok()
        });
        if found.is_none() {
            self.nobody(&subject, candidates);
        }
        found
    }
}
