//! Locks that order publishers, collection and long-time users. They die with their process, so
//! none is ever stale.
//!
//! A publisher holds `leases/publish` shared from its first blob to its record. Collection takes it
//! exclusively for the moment in which it moves things away. So that a steady stream of publishers
//! cannot keep collection waiting for ever, everybody passes `leases/gate` first, and collection
//! closes it while it waits. Hence a publisher must not take a second lease while it holds one.

use std::io;
use std::sync::Arc;

use crate::blobs::found;
use crate::digest::Digest;
use crate::fs::{Lock, LockMode, StoreFs, Wait, random_name, read_limited};
use crate::layout::USE_LEASES;
use crate::limits::MAX_RECORD_BYTES;

const GATE: &str = "leases/gate";
const PUBLISH: &str = "leases/publish";
const COLLECT: &str = "leases/gc";
const NAMES: &str = "leases/names";
const PINS: &str = "leases/pins";

/// Held while publishing: nothing that is named meanwhile is collected.
pub(crate) struct PublishLease(#[expect(dead_code, reason = "held, not read")] Box<dyn Lock>);

impl PublishLease {
    pub(crate) fn take(fs: &dyn StoreFs) -> io::Result<Self> {
        let gate = lock(fs, GATE, LockMode::Shared)?;
        let lease = lock(fs, PUBLISH, LockMode::Shared)?;
        drop(gate);
        Ok(Self(lease))
    }
}

/// Held by the one collection that runs.
pub(crate) struct CollectLease(#[expect(dead_code, reason = "held, not read")] Box<dyn Lock>);

impl CollectLease {
    /// `None` while another collection runs.
    pub(crate) fn try_take(fs: &dyn StoreFs) -> io::Result<Option<Self>> {
        Ok(fs.lock(COLLECT, LockMode::Exclusive, Wait::No)?.map(Self))
    }

    /// Waits until no publisher is at work and keeps new ones out.
    pub(crate) fn stop_publishers(&self, fs: &dyn StoreFs) -> io::Result<Vec<Box<dyn Lock>>> {
        let gate = lock(fs, GATE, LockMode::Exclusive)?;
        let publish = lock(fs, PUBLISH, LockMode::Exclusive)?;
        Ok(vec![publish, gate])
    }
}

/// Held between reading a name's highest number and publishing the next.
pub(crate) fn names(fs: &dyn StoreFs) -> io::Result<Box<dyn Lock>> {
    lock(fs, NAMES, LockMode::Exclusive)
}

/// Held between reading `index.json` and replacing it.
pub(crate) fn pins(fs: &dyn StoreFs) -> io::Result<Box<dyn Lock>> {
    lock(fs, PINS, LockMode::Exclusive)
}

fn lock(fs: &dyn StoreFs, path: &str, mode: LockMode) -> io::Result<Box<dyn Lock>> {
    fs.lock(path, mode, Wait::Yes)?
        .ok_or_else(|| io::Error::from(io::ErrorKind::WouldBlock))
}

/// Keeps blobs from being collected for as long as it lives.
pub struct Hold {
    fs: Arc<dyn StoreFs>,
    path: String,
    _lock: Box<dyn Lock>,
}

impl Hold {
    /// Takes the lease; the caller has a publish lease and has seen the blobs.
    pub(crate) fn take(fs: Arc<dyn StoreFs>, digests: &[Digest]) -> io::Result<Self> {
        let path = format!("{USE_LEASES}/{}", random_name()?);
        let content: String = digests.iter().map(|digest| digest.hex() + "\n").collect();
        let lock = fs.claim(&path, content.as_bytes())?;
        Ok(Self {
            fs,
            path,
            _lock: lock,
        })
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        // What stays is unlocked, and collection removes it.
        let _ = self.fs.remove_file(&self.path);
    }
}

/// Digests that living processes hold. Leases of dead ones are removed.
pub(crate) fn held(fs: &dyn StoreFs) -> io::Result<Vec<Digest>> {
    let mut digests = Vec::new();
    for name in fs.list(USE_LEASES)? {
        let path = format!("{USE_LEASES}/{name}");
        match found(fs.is_locked(&path))? {
            Some(true) => {
                if let Some(mut file) = found(fs.open(&path))? {
                    let bytes = read_limited(&mut *file, MAX_RECORD_BYTES)?;
                    let text = String::from_utf8_lossy(&bytes);
                    digests.extend(text.lines().filter_map(Digest::from_hex));
                }
            }
            Some(false) => {
                found(fs.remove_file(&path))?;
            }
            None => {}
        }
    }
    Ok(digests)
}
