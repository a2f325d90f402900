//! Bytes under their digests.

use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use crate::digest::{Digest, Hasher};
use crate::durable::{Linked, PutError, Writer};
use crate::fs::{Access, Stamp, StoreFs, StoredFile, random_name, read_limited};
use crate::layout::{BLOBS, QUARANTINE, TRASH, blob_path};
use crate::limits::MAX_BLOB_BYTES;

/// Verified blobs remembered; all are forgotten when there would be more.
const MAX_VERIFIED: usize = 100_000;

/// Why a blob could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GetError {
    /// There is no such blob.
    #[error("blob {digest} is not in the store")]
    Missing {
        /// What was asked for.
        digest: Digest,
    },
    /// Its bytes are others than its name says.
    #[error("blob {digest} is corrupt: its bytes hash to {actual}")]
    Corrupt {
        /// What was asked for.
        digest: Digest,
        /// What is there.
        actual: Digest,
    },
    /// The file system refused.
    #[error("cannot read blob {digest}")]
    Io {
        /// What was asked for.
        digest: Digest,
        /// What the operating system said.
        source: io::Error,
    },
}

/// What is stored under a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlobState {
    Sound,
    Missing,
    Corrupt(Digest),
}

/// Whether a blob that is already there must look new to collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshen {
    /// Nothing names it yet: its age is its only protection.
    Yes,
    /// A record that names it follows under the same lease.
    No,
}

/// The `blobs/sha256` directory.
pub(crate) struct Blobs {
    fs: Arc<dyn StoreFs>,
    writer: Writer,
    /// Blobs this process has hashed, with the stamp they had then.
    verified: Mutex<HashMap<Digest, Stamp>>,
}

impl Blobs {
    pub(crate) fn new(fs: Arc<dyn StoreFs>, writer: Writer) -> Self {
        Self {
            fs,
            writer,
            verified: Mutex::default(),
        }
    }

    /// Publishes bytes under their digest; durable only after [`Blobs::sync`].
    pub(crate) fn put(&self, bytes: &[u8], freshen: Freshen) -> Result<Digest, PutError> {
        if bytes.len() as u64 > MAX_BLOB_BYTES {
            return Err(PutError::TooLarge {
                limit_bytes: MAX_BLOB_BYTES,
            });
        }
        let digest = Digest::of(bytes);
        if self.reuse(&digest, freshen)? {
            return Ok(digest);
        }
        let mut draft = self.writer.stage(BLOBS, Access::Shared)?;
        draft.write(bytes)?;
        self.name(&mut draft, &digest, freshen)?;
        Ok(digest)
    }

    /// Publishes what `reader` gives, hashing while writing; durable only after [`Blobs::sync`].
    pub(crate) fn put_from(
        &self,
        reader: &mut dyn Read,
        freshen: Freshen,
    ) -> Result<Digest, PutError> {
        let mut draft = self.writer.stage(BLOBS, Access::Shared)?;
        let mut hasher = Hasher::default();
        let mut size_bytes = 0;
        copy(reader, PutError::Input, &mut |chunk| {
            size_bytes += chunk.len() as u64;
            if size_bytes > MAX_BLOB_BYTES {
                return Err(PutError::TooLarge {
                    limit_bytes: MAX_BLOB_BYTES,
                });
            }
            hasher.update(chunk);
            draft.write(chunk)
        })?;
        let digest = hasher.finish();
        self.name(&mut draft, &digest, freshen)?;
        Ok(digest)
    }

    /// Makes every blob put so far durable.
    pub(crate) fn sync(&self) -> Result<(), PutError> {
        self.writer.sync_dir(BLOBS)
    }

    fn name(
        &self,
        draft: &mut crate::durable::Draft<'_>,
        digest: &Digest,
        freshen: Freshen,
    ) -> Result<(), PutError> {
        // A corrupt blob under the name moves away and the sound one takes its place. A third
        // round would mean that somebody corrupts blobs as fast as they are written.
        for _ in 0..2 {
            if draft.link(&digest.hex())? == Linked::New || self.reuse(digest, freshen)? {
                return Ok(());
            }
        }
        let source = io::Error::from(io::ErrorKind::AlreadyExists);
        Err(PutError::io(&blob_path(digest))(source))
    }

    /// Whether the blob is already there and sound. A corrupt one is moved away.
    fn reuse(&self, digest: &Digest, freshen: Freshen) -> Result<bool, PutError> {
        let path = blob_path(digest);
        match self.state(digest).map_err(PutError::io(&path))? {
            BlobState::Missing => Ok(false),
            BlobState::Corrupt(_) => {
                self.quarantine(digest)?;
                Ok(false)
            }
            BlobState::Sound if freshen == Freshen::Yes => match self.fs.touch(&path) {
                Ok(()) => Ok(true),
                // Collected between the two calls.
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
                Err(source) => Err(PutError::Io { path, source }),
            },
            BlobState::Sound => Ok(true),
        }
    }

    /// Reads a blob whole. Bytes that do not hash to `digest` are never returned.
    pub(crate) fn get(&self, digest: &Digest) -> Result<Vec<u8>, GetError> {
        let io = |source| GetError::Io {
            digest: *digest,
            source,
        };
        let Some(mut file) = self.open(digest).map_err(io)? else {
            return Err(GetError::Missing { digest: *digest });
        };
        let before = file.stamp().map_err(io)?;
        let bytes = read_limited(&mut *file, MAX_BLOB_BYTES).map_err(io)?;
        let unchanged = file.stamp().map_err(io)? == before;
        if unchanged && self.is_verified(digest, &before) {
            return Ok(bytes);
        }
        let actual = Digest::of(&bytes);
        if actual != *digest {
            return Err(GetError::Corrupt {
                digest: *digest,
                actual,
            });
        }
        if unchanged {
            self.remember(digest, &before);
        }
        Ok(bytes)
    }

    /// Length of a blob, without reading it.
    pub(crate) fn size_bytes(&self, digest: &Digest) -> io::Result<Option<u64>> {
        match self.open(digest)? {
            Some(file) => Ok(Some(file.stamp()?.size_bytes)),
            None => Ok(None),
        }
    }

    /// Hashes a blob unless this process has done so and it has not changed since.
    pub(crate) fn state(&self, digest: &Digest) -> io::Result<BlobState> {
        let Some(mut file) = self.open(digest)? else {
            return Ok(BlobState::Missing);
        };
        if self.is_verified(digest, &file.stamp()?) {
            return Ok(BlobState::Sound);
        }
        self.hash(digest, &mut *file)
    }

    /// Hashes a blob whatever this process remembers: media decay without a change of stamp.
    pub(crate) fn scrub(&self, digest: &Digest) -> io::Result<BlobState> {
        match self.open(digest)? {
            Some(mut file) => self.hash(digest, &mut *file),
            None => Ok(BlobState::Missing),
        }
    }

    fn hash(&self, digest: &Digest, file: &mut dyn StoredFile) -> io::Result<BlobState> {
        let before = file.stamp()?;
        let mut hasher = Hasher::default();
        copy(file, |error| error, &mut |chunk| {
            hasher.update(chunk);
            Ok(())
        })?;
        let actual = hasher.finish();
        if actual != *digest {
            return Ok(BlobState::Corrupt(actual));
        }
        if file.stamp()? == before {
            self.remember(digest, &before);
        }
        Ok(BlobState::Sound)
    }

    /// Moves a blob to `quarantine/`, where a person can look at it.
    pub(crate) fn quarantine(&self, digest: &Digest) -> Result<(), PutError> {
        self.forget(digest);
        let from = blob_path(digest);
        let suffix = random_name().map_err(PutError::io(&from))?;
        let to = format!("{QUARANTINE}/{}.{}", digest.hex(), &suffix[..8]);
        match self.fs.rename(&from, &to) {
            // Another process was faster.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            renamed => renamed.map_err(PutError::io(&from))?,
        }
        self.writer.sync_dir(QUARANTINE)?;
        self.writer.sync_dir(BLOBS)
    }

    /// Opens a blob, fetching it back from the trash if collection was too quick.
    fn open(&self, digest: &Digest) -> io::Result<Option<Box<dyn StoredFile>>> {
        let path = blob_path(digest);
        match found(self.fs.open(&path))? {
            Some(file) => Ok(Some(file)),
            None if self.rescue(digest, &path)? => found(self.fs.open(&path)),
            None => Ok(None),
        }
    }

    fn rescue(&self, digest: &Digest, path: &str) -> io::Result<bool> {
        for epoch in self.fs.list(TRASH)? {
            match self
                .fs
                .link(&format!("{TRASH}/{epoch}/{}", digest.hex()), path)
            {
                Ok(()) => return Ok(true),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(true),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    fn is_verified(&self, digest: &Digest, stamp: &Stamp) -> bool {
        self.verified().get(digest) == Some(stamp)
    }

    fn remember(&self, digest: &Digest, stamp: &Stamp) {
        if !stamp.is_settled(self.fs.now()) {
            return;
        }
        let mut verified = self.verified();
        if verified.len() >= MAX_VERIFIED {
            verified.clear();
        }
        verified.insert(*digest, *stamp);
    }

    fn forget(&self, digest: &Digest) {
        self.verified().remove(digest);
    }

    fn verified(&self) -> std::sync::MutexGuard<'_, HashMap<Digest, Stamp>> {
        // A cache of facts stays true when a thread panicked while holding it.
        self.verified.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `None` for a file that is not there.
pub(crate) fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Gives everything that `reader` holds to `sink`, piece by piece.
fn copy<E>(
    reader: &mut (impl Read + ?Sized),
    fail: impl FnOnce(io::Error) -> E,
    sink: &mut dyn FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut chunk = vec![0; 128 << 10];
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(n_bytes) => sink(&chunk[..n_bytes])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(fail(error)),
        }
    }
}
