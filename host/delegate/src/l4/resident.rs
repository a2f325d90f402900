//! Answers that were verified in this process and still hold.
//!
//! A remembered answer was judged under one state of trust. The state is compared with the store's
//! at most every so often; when it differs, everything is forgotten. Answers that other processes
//! may have made outdated by publishing (misses, and hits by interface) have a time to live.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use rtfs_ir::{DefinitionHash, InterfaceHash};
use rtfs_store::{Digest, TrustMark};

use super::lookup::Lookup;
use super::module::RtfsModuleMetadata;
use crate::clock::Timestamp;

/// What a call is looked up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum LookupKey {
    Definition(DefinitionHash),
    Interface(InterfaceHash),
}

/// A remembered answer.
#[derive(Debug, Clone, Copy)]
struct Memo {
    lookup: Lookup,
    /// Asked again from then on.
    until: Option<Timestamp>,
}

#[derive(Default)]
struct Table {
    mark: Option<TrustMark>,
    memos: HashMap<LookupKey, Memo>,
    modules: HashMap<Digest, Arc<RtfsModuleMetadata>>,
    /// Records that turned out not to be what they say when they were to run.
    rejected: HashSet<Digest>,
}

impl Table {
    fn forget(&mut self) {
        self.memos.clear();
        self.modules.clear();
        self.rejected.clear();
    }
}

/// The answers of one client.
pub(crate) struct Resident {
    table: RwLock<Table>,
    /// When the trust was last compared, in milliseconds plus one; 0 is never.
    checked: AtomicU64,
    /// Statements on trust that this process had stored by then.
    edits: AtomicU64,
    capacity: usize,
}

impl Resident {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            table: RwLock::default(),
            checked: AtomicU64::new(0),
            edits: AtomicU64::new(0),
            capacity,
        }
    }

    /// When the trust was last compared.
    pub(crate) fn last_checked(&self) -> Option<Timestamp> {
        let millis = self.checked.load(Ordering::Acquire).checked_sub(1);
        millis.map(Timestamp::from_millis)
    }

    /// Whether the trust was compared less than `recheck` ago, and this process has stored no
    /// statement on it since.
    pub(crate) fn is_fresh(&self, now: Timestamp, recheck: Duration, edits: u64) -> bool {
        let Some(checked) = self.last_checked() else {
            return false;
        };
        // A clock that went back says nothing about how long ago it was.
        let is_recent = now >= checked && now.since(checked) < recheck;
        is_recent && self.edits.load(Ordering::Acquire) == edits
    }

    /// Notes the store's trust, read after `edits` of this process; another one than before forgets
    /// everything.
    pub(crate) fn note_trust(&self, mark: TrustMark, now: Timestamp, edits: u64) {
        let is_same = self.read().mark == Some(mark);
        if !is_same {
            let mut table = self.write();
            if table.mark != Some(mark) {
                table.forget();
                table.mark = Some(mark);
            }
        }
        self.edits.store(edits, Ordering::Release);
        self.checked
            .store(now.as_millis().saturating_add(1), Ordering::Release);
    }

    /// The remembered answer, if it still holds.
    pub(crate) fn get(&self, key: &LookupKey, now: Timestamp) -> Option<Lookup> {
        let table = self.read();
        let memo = table.memos.get(key)?;
        let is_over = memo.until.is_some_and(|until| now >= until);
        (!is_over).then_some(memo.lookup)
    }

    /// Remembers an answer that was judged under `mark` or later trust.
    pub(crate) fn put(
        &self,
        mark: TrustMark,
        key: LookupKey,
        lookup: Lookup,
        until: Option<Timestamp>,
    ) {
        let mut table = self.write();
        if table.mark != Some(mark) || self.capacity == 0 {
            return;
        }
        if table.memos.len() >= self.capacity {
            table.forget();
        }
        table.memos.insert(key, Memo { lookup, until });
    }

    /// Remembers a verified module, under the same conditions.
    pub(crate) fn put_module(&self, mark: TrustMark, module: Arc<RtfsModuleMetadata>) {
        let mut table = self.write();
        if table.mark != Some(mark) || self.capacity == 0 {
            return;
        }
        if table.modules.len() >= self.capacity {
            table.modules.clear();
        }
        table.modules.insert(module.id(), module);
    }

    /// A remembered module.
    pub(crate) fn module(&self, record: &Digest) -> Option<Arc<RtfsModuleMetadata>> {
        self.read().modules.get(record).cloned()
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        let mut table = self.write();
        table.forget();
        table.mark = None;
        self.checked.store(0, Ordering::Release);
    }

    /// Forgets the answers that name a record.
    pub(crate) fn forget_record(&self, record: &Digest) {
        let mut table = self.write();
        table.modules.remove(record);
        table.memos.retain(
            |_, memo| !matches!(memo.lookup, Lookup::Hit(hit) if hit.signature.record == *record),
        );
    }

    /// Uses nothing of a record any more, for as long as trust does not change.
    pub(crate) fn reject_record(&self, record: &Digest) {
        self.forget_record(record);
        self.write().rejected.insert(*record);
    }

    /// Whether a record was rejected.
    pub(crate) fn is_rejected(&self, record: &Digest) -> bool {
        self.read().rejected.contains(record)
    }

    /// Forgets the answers that publishing may have changed.
    pub(crate) fn forget_passing(&self) {
        self.write().memos.retain(|_, memo| memo.until.is_none());
    }

    /// Answers remembered now.
    pub(crate) fn len(&self) -> usize {
        self.read().memos.len()
    }

    // Answers are inserted whole, so a panic elsewhere left them valid.
    fn read(&self) -> RwLockReadGuard<'_, Table> {
        self.table.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Table> {
        self.table.write().unwrap_or_else(PoisonError::into_inner)
    }
}
