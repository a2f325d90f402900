//! The trust set in force: read from store and keys directory, and again when either changes.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use crate::blobs::found;
use crate::digest::Digest;
use crate::fs::{Stamp, StoreFs, read_limited};
use crate::key::PublicKey;
use crate::keyring::{KeyError, KeyRing};
use crate::layout::{TRUST, record_digest};
use crate::limits::MAX_SMALL_FILE_BYTES;
use crate::trust::TrustSet;

/// Why it is not known whom to trust.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// The statements cannot be read.
    #[error("cannot read the trust statements")]
    Io(#[from] io::Error),
    /// The anchors cannot be read.
    #[error("cannot read the trust anchors")]
    Keys(#[from] KeyError),
}

/// Identifies what an open store believes: equal marks of the same open store mean equal trust.
/// Another store, or the same one opened again, has marks of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrustMark(pub(crate) u64);

/// A trust set and the number of changes before it.
#[derive(Clone)]
pub(crate) struct Belief {
    pub(crate) set: Arc<TrustSet>,
    pub(crate) generation: u64,
}

/// Keeps the trust set current.
pub(crate) struct Believer {
    fs: Arc<dyn StoreFs>,
    anchors: Vec<PublicKey>,
    pub(crate) keyring: Option<KeyRing>,
    state: Mutex<Option<State>>,
}

struct State {
    stamps: Vec<Stamp>,
    /// The stamps were old enough when the files were read: equal stamps mean equal files.
    is_settled: bool,
    belief: Belief,
}

impl Believer {
    pub(crate) fn new(
        fs: Arc<dyn StoreFs>,
        anchors: Vec<PublicKey>,
        keyring: Option<KeyRing>,
    ) -> Self {
        Self {
            fs,
            anchors,
            keyring,
            state: Mutex::new(None),
        }
    }

    /// The trust set as of now: a statement made by another process counts at once.
    pub(crate) fn current(&self) -> Result<Belief, TrustError> {
        let stamps = self.stamps()?;
        let now = self.fs.now();
        // State is replaced whole, so a panic elsewhere left it valid.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(state) = &*state
            && state.stamps == stamps
            && state.is_settled
        {
            return Ok(state.belief.clone());
        }
        let set = self.read()?;
        let belief = match state.take() {
            Some(old) if *old.belief.set == set => old.belief,
            Some(old) => Belief {
                set: Arc::new(set),
                generation: old.belief.generation + 1,
            },
            None => Belief {
                set: Arc::new(set),
                generation: 0,
            },
        };
        *state = Some(State {
            is_settled: stamps.iter().all(|stamp| stamp.is_settled(now)),
            stamps,
            belief: belief.clone(),
        });
        Ok(belief)
    }

    fn stamps(&self) -> io::Result<Vec<Stamp>> {
        let mut stamps = vec![self.fs.stamp(TRUST)?];
        if let Some(keyring) = &self.keyring {
            stamps.push(keyring.fs.stamp("")?);
            stamps.push(keyring.fs.stamp(TRUST)?);
        }
        Ok(stamps)
    }

    fn read(&self) -> Result<TrustSet, TrustError> {
        let mut anchors = self.anchors.clone();
        let mut files = BTreeMap::new();
        read_files(&*self.fs, &mut files)?;
        if let Some(keyring) = &self.keyring {
            anchors.extend(keyring.list()?.into_iter().map(|info| info.key));
            // These copies win: they are the ones that a writer to the store cannot damage.
            read_files(&*keyring.fs, &mut files)?;
        }
        let files: Vec<_> = files.into_iter().collect();
        Ok(TrustSet::new(&anchors, &files))
    }
}

fn read_files(fs: &dyn StoreFs, files: &mut BTreeMap<Digest, Vec<u8>>) -> io::Result<()> {
    for name in fs.list(TRUST)? {
        let Some(digest) = record_digest(&name) else {
            continue;
        };
        let Some(mut file) = found(fs.open(&format!("{TRUST}/{name}")))? else {
            continue;
        };
        match read_limited(&mut *file, MAX_SMALL_FILE_BYTES) {
            Ok(bytes) => {
                let known = files.entry(digest).or_default();
                if Digest::of(known) != digest {
                    *known = bytes;
                }
            }
            // Listed among the ignored, as any file whose bytes do not fit its name.
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                files.entry(digest).or_default();
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
