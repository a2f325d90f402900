//! Collection: what nothing names any more goes to the trash, and one grace time later for good.
//!
//! Marking runs beside publishers and readers. Only for the renames are publishers kept out, and
//! before them everything that was published since the mark is marked too. A reader that misses a
//! blob looks in the trash and links it back, so a wrong decision costs a lookup, not a blob.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::time::{Duration, SystemTime};

use crate::blobs::found;
use crate::digest::Digest;
use crate::durable::PutError;
use crate::fs::Stamp;
use crate::index::IndexError;
use crate::layout::{BLOBS, TMP, TRASH, blob_path, record_path, record_place};
use crate::lease::{self, CollectLease};
use crate::module::Retention;
use crate::oci;
use crate::statement::Statement;
use crate::store::{RecordError, Store};
use crate::trust::Verdict;

/// What to collect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CollectOptions {
    /// Nothing younger is touched, and what was trashed stays in the trash for as long. Must exceed
    /// the time between storing a blob and publishing a record that names it.
    pub grace: Duration,
    /// Cache records older than this are dropped; none are if it is not given. A record that a
    /// name stands for is kept.
    pub cache_max_age: Option<Duration>,
    /// Of each name, keep so many of the newest versions; all are kept if it is not given. What
    /// strangers named, a release pins, or never had a name stays.
    pub keep_versions: Option<usize>,
    /// Count, but change nothing.
    pub dry_run: bool,
}

/// What was collected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CollectReport {
    /// Cache records, versions and pointers to versions dropped.
    pub n_records: u64,
    /// Blobs moved to the trash.
    pub n_blobs: u64,
    /// Their length together.
    pub blobs_bytes: u64,
    /// Files of earlier collections removed for good, with abandoned temporary files.
    pub n_swept: u64,
}

/// Why collection stopped. It stops rather than guess.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CollectError {
    /// Another collection runs.
    #[error("another collection is running")]
    Busy,
    /// A record does not tell what it needs; scrubbing moves damaged ones away.
    #[error("record {record} cannot be read ({verdict}); scrub the store first")]
    Unreadable {
        /// The record.
        record: Digest,
        /// What is wrong with it.
        verdict: Verdict,
    },
    /// Pinned releases cannot be followed.
    #[error("`{path}` is not a valid OCI document, so what it needs is unknown")]
    Pins {
        /// Path below the root.
        path: String,
    },
    /// A record could not be loaded.
    #[error("cannot load a record")]
    Record(#[from] RecordError),
    /// Names could not be removed from the index.
    #[error("cannot update the index")]
    Index(#[from] IndexError),
    /// The file system refused.
    #[error("cannot read the store")]
    Io(#[from] io::Error),
    /// The file system refused to write.
    #[error("cannot change the store")]
    Put(#[from] PutError),
}

/// What is known to be needed.
#[derive(Default)]
struct Mark {
    /// Records looked at.
    seen: BTreeSet<Digest>,
    /// Blobs that something names.
    blobs: BTreeSet<Digest>,
    /// Blobs that pinned releases need.
    pinned: BTreeSet<Digest>,
    /// Records that may go, with the blobs they alone may name.
    droppable: BTreeMap<Digest, (Droppable, Vec<Digest>)>,
    /// Records that a stranger's pointer names.
    named_by_strangers: BTreeSet<Digest>,
    /// Trusted pointers: by name, then by number and digest, what they name.
    pointers: BTreeMap<String, BTreeMap<(u64, Digest), Digest>>,
}

/// Why a record may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Droppable {
    /// It is a cache record past its age. It goes unless a name stands for it.
    Expired,
    /// It was published. It goes when later versions took its name.
    Published,
}

impl Store {
    /// Collects what nothing names.
    ///
    /// # Errors
    /// When another collection runs, or when it cannot be known what is needed.
    pub fn collect(&self, options: &CollectOptions) -> Result<CollectReport, CollectError> {
        let Some(lease) = CollectLease::try_take(&*self.fs)? else {
            return Err(CollectError::Busy);
        };
        let now = self.fs.now();
        let mut report = CollectReport::default();
        self.sweep(options, now, &mut report)?;
        let mut mark = Mark::default();
        self.mark(&mut mark, options, now)?;
        let candidates = self.unmarked_blobs(&mark, options, now)?;

        let stopped = lease.stop_publishers(&*self.fs)?;
        self.mark(&mut mark, options, now)?;
        let doomed = mark.finish(options);
        let mut dropped = Vec::new();
        if options.dry_run {
            report.n_records = doomed.len() as u64;
        } else {
            dropped = self.trash(&doomed, &candidates, &mark, (options, now), &mut report)?;
        }
        drop(stopped);
        if options.dry_run {
            for blob in candidates.iter().filter(|blob| !mark.blobs.contains(blob)) {
                report.n_blobs += 1;
                report.blobs_bytes += self.blobs.size_bytes(blob)?.unwrap_or(0);
            }
        }
        for record in &dropped {
            self.index.remove(record)?;
        }
        Ok(report)
    }

    /// Marks what records not seen before, living leases and pinned releases need.
    fn mark(
        &self,
        mark: &mut Mark,
        options: &CollectOptions,
        now: SystemTime,
    ) -> Result<(), CollectError> {
        for digest in self.records.list()? {
            if mark.seen.insert(digest) {
                self.mark_record(mark, &digest, options, now)?;
            }
        }
        mark.blobs.extend(lease::held(&*self.fs)?);
        oci::mark_pins(&*self.fs, &self.blobs, &mut mark.pinned)?;
        mark.blobs.extend(&mark.pinned);
        Ok(())
    }

    /// Who signed does not matter here: what is kept for a stranger can still be trusted later.
    fn mark_record(
        &self,
        mark: &mut Mark,
        digest: &Digest,
        options: &CollectOptions,
        now: SystemTime,
    ) -> Result<(), CollectError> {
        let record = match self.record(digest) {
            Err(RecordError::Missing { .. }) => return Ok(()),
            record => record?,
        };
        match (record.statement_unverified(), record.verdict()) {
            (Some(Statement::Module(module)), _) => {
                let blobs = module.blobs().into_iter().map(|blob| blob.digest);
                let is_cache = module.facts.retention == Retention::Cache;
                let stamp = self.fs.stamp(&record_path(digest))?;
                let is_old = |age| is_older(&stamp, now, options.grace.max(age));
                let is_published = options.keep_versions.is_some() && record.verdict().is_trusted();
                let droppable = match is_cache {
                    true if options.cache_max_age.is_some_and(is_old) => Some(Droppable::Expired),
                    false if is_published && is_old(Duration::ZERO) => Some(Droppable::Published),
                    _ => None,
                };
                match droppable {
                    Some(why) => {
                        mark.droppable.insert(*digest, (why, blobs.collect()));
                    }
                    None => mark.blobs.extend(blobs),
                }
            }
            (Some(Statement::Name(pointer)), verdict) if verdict.is_trusted() => {
                let versions = mark.pointers.entry(pointer.name.clone()).or_default();
                versions.insert((pointer.sequence, *digest), pointer.record);
            }
            (Some(Statement::Name(pointer)), _) => {
                mark.named_by_strangers.insert(pointer.record);
            }
            (Some(Statement::Trust(_)), _) => {}
            // A stranger's record of an unknown kind: it cannot be acted upon, so it needs nothing.
            (None, Verdict::UnknownSigner { .. } | Verdict::RevokedKey { .. }) => {}
            (None, verdict) => {
                return Err(CollectError::Unreadable {
                    record: *digest,
                    verdict: verdict.clone(),
                });
            }
        }
        Ok(())
    }

    fn unmarked_blobs(
        &self,
        mark: &Mark,
        options: &CollectOptions,
        now: SystemTime,
    ) -> Result<Vec<Digest>, CollectError> {
        let doomed = mark.doomed(options);
        let kept: BTreeSet<&Digest> = mark
            .droppable
            .iter()
            .filter(|(record, _)| !doomed.contains(*record))
            .flat_map(|(_, (_, blobs))| blobs)
            .chain(&mark.blobs)
            .collect();
        let mut candidates = Vec::new();
        for name in self.fs.list(BLOBS)? {
            let Some(digest) = Digest::from_hex(&name).filter(|digest| !kept.contains(digest))
            else {
                continue;
            };
            if self.is_old_blob(&digest, options, now)?.is_some() {
                candidates.push(digest);
            }
        }
        Ok(candidates)
    }

    /// The length of a blob that is past the grace time.
    fn is_old_blob(
        &self,
        digest: &Digest,
        options: &CollectOptions,
        now: SystemTime,
    ) -> io::Result<Option<u64>> {
        let stamp = found(self.fs.stamp(&blob_path(digest)))?;
        Ok(stamp
            .filter(|stamp| is_older(stamp, now, options.grace))
            .map(|stamp| stamp.size_bytes))
    }

    /// Moves records, then blobs, into a directory of their own. Returns the records.
    fn trash(
        &self,
        doomed: &[Digest],
        candidates: &[Digest],
        mark: &Mark,
        (options, now): (&CollectOptions, SystemTime),
        report: &mut CollectReport,
    ) -> Result<Vec<Digest>, CollectError> {
        let blobs: Vec<&Digest> = candidates
            .iter()
            .filter(|digest| !mark.blobs.contains(digest))
            .collect();
        if doomed.is_empty() && blobs.is_empty() {
            return Ok(Vec::new());
        }
        let epoch = self.new_epoch()?;
        let mut shards = BTreeSet::new();
        let mut dropped = Vec::new();
        for digest in doomed {
            let (shard, name) = record_place(digest);
            let to = format!("{epoch}/{name}");
            if found(self.fs.rename(&format!("{shard}/{name}"), &to))?.is_some() {
                dropped.push(*digest);
            }
            shards.insert(shard);
        }
        for shard in &shards {
            self.writer.sync_dir(shard)?;
        }
        report.n_records = dropped.len() as u64;
        for digest in blobs {
            // Stored again since the mark: somebody is about to name it.
            let Some(size_bytes) = self.is_old_blob(digest, options, now)? else {
                continue;
            };
            self.fs
                .rename(&blob_path(digest), &format!("{epoch}/{}", digest.hex()))?;
            report.n_blobs += 1;
            report.blobs_bytes += size_bytes;
        }
        self.writer.sync_dir(&epoch)?;
        self.writer.sync_dir(BLOBS)?;
        Ok(dropped)
    }

    /// A directory in the trash that did not exist before: a rename onto another name of the same
    /// file would do nothing.
    fn new_epoch(&self) -> Result<String, CollectError> {
        let epochs = self.fs.list(TRASH)?;
        let highest = epochs
            .iter()
            .filter_map(|name| name.parse::<u64>().ok())
            .max();
        let epoch = format!(
            "{TRASH}/{}",
            highest.map_or(1, |number| number.saturating_add(1))
        );
        self.writer.create_dir(TRASH, &epoch)?;
        Ok(epoch)
    }

    /// Removes for good what has been in the trash for a grace time.
    fn sweep(
        &self,
        options: &CollectOptions,
        now: SystemTime,
        report: &mut CollectReport,
    ) -> Result<(), CollectError> {
        for name in self.fs.list(TRASH)? {
            let epoch = format!("{TRASH}/{name}");
            let stamp = self.fs.stamp(&epoch)?;
            if !stamp.is_dir || !is_older(&stamp, now, options.grace) {
                continue;
            }
            for file in self.fs.list(&epoch)? {
                report.n_swept += 1;
                if !options.dry_run {
                    found(self.fs.remove_file(&format!("{epoch}/{file}")))?;
                }
            }
            if !options.dry_run {
                self.fs.remove_dir(&epoch)?;
            }
        }
        for name in self.fs.list(TMP)? {
            let path = format!("{TMP}/{name}");
            let is_abandoned = match found(self.fs.stamp(&path))? {
                Some(stamp) => is_older(&stamp, now, options.grace) && !self.fs.is_locked(&path)?,
                None => false,
            };
            if is_abandoned {
                report.n_swept += 1;
                if !options.dry_run {
                    found(self.fs.remove_file(&path))?;
                }
            }
        }
        Ok(())
    }
}

impl Mark {
    /// Which records go, by what is marked so far.
    fn doomed(&self, options: &CollectOptions) -> BTreeSet<Digest> {
        let mut current = self.named_by_strangers.clone();
        let mut named = BTreeSet::new();
        for versions in self.pointers.values() {
            let limit = options.keep_versions.unwrap_or(usize::MAX);
            let mut newest = BTreeSet::new();
            for record in versions.values().rev() {
                named.insert(*record);
                if newest.len() < limit || newest.contains(record) {
                    newest.insert(*record);
                }
            }
            current.extend(newest);
        }
        let goes = |record: &Digest, why: Droppable, blobs: &[Digest]| match why {
            _ if current.contains(record) => false,
            Droppable::Expired => true,
            Droppable::Published => {
                named.contains(record) && !blobs.iter().any(|blob| self.pinned.contains(blob))
            }
        };
        self.droppable
            .iter()
            .filter(|(record, (why, blobs))| goes(record, *why, blobs))
            .map(|(record, _)| *record)
            .collect()
    }

    /// Decides which records go, with the pointers to them. The blobs of the others are needed
    /// after all.
    fn finish(&mut self, options: &CollectOptions) -> Vec<Digest> {
        let doomed = self.doomed(options);
        for (record, (_, blobs)) in std::mem::take(&mut self.droppable) {
            if !doomed.contains(&record) {
                self.blobs.extend(blobs);
            }
        }
        let versions = self.pointers.values().flatten();
        let pointers = versions
            .filter(|(_, record)| doomed.contains(*record))
            .map(|((_, pointer), _)| *pointer);
        // Pointers first: a name never leads to what is gone.
        pointers.chain(doomed.iter().copied()).collect()
    }
}

fn is_older(stamp: &Stamp, now: SystemTime, age: Duration) -> bool {
    now.duration_since(stamp.modified)
        .is_ok_and(|old| old >= age)
}
