//! Files that are there once a call has returned, and a writer that stops for good when it cannot
//! know.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::fs::{Access, StagedFile, StoreFs, read_limited};

/// Why bytes could not be written durably.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PutError {
    /// A sync failed earlier. The kernel has forgotten which pages were dirty, so trying again
    /// would report success without having written.
    #[error("the store takes no more writes since a sync failed; check the disk, then reopen it")]
    Poisoned,
    /// A sync failed now.
    #[error("cannot make `{path}` durable")]
    Sync {
        /// Path below the root.
        path: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// Another operation failed; nothing was published.
    #[error("cannot write to `{path}`")]
    Io {
        /// Path below the root.
        path: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// The source of the bytes failed; nothing was published.
    #[error("cannot read the bytes to be stored")]
    Input(#[source] io::Error),
    /// The bytes exceed a limit of the store.
    #[error("larger than {limit_bytes} bytes")]
    TooLarge {
        /// The limit.
        limit_bytes: u64,
    },
}

impl PutError {
    pub(crate) fn io(path: &str) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Io {
            path: path.to_owned(),
            source,
        }
    }
}

/// Whether a name was new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Linked {
    New,
    Taken,
}

/// The writing side of a root. Shared by everything that publishes into it.
#[derive(Clone)]
pub(crate) struct Writer {
    fs: Arc<dyn StoreFs>,
    poisoned: Arc<AtomicBool>,
}

impl Writer {
    pub(crate) fn new(fs: Arc<dyn StoreFs>) -> Self {
        Self {
            fs,
            poisoned: Arc::default(),
        }
    }

    /// Starts a file in `dir`.
    pub(crate) fn stage(&self, dir: &str, access: Access) -> Result<Draft<'_>, PutError> {
        self.check()?;
        let file = self.fs.stage(dir, access).map_err(PutError::io(dir))?;
        Ok(Draft {
            writer: self,
            dir: dir.to_owned(),
            file,
            synced: false,
        })
    }

    /// Makes the names in `dir` durable.
    pub(crate) fn sync_dir(&self, dir: &str) -> Result<(), PutError> {
        self.check()?;
        self.fs
            .sync_dir(dir)
            .map_err(|source| self.poison(dir, source))
    }

    /// Writes a whole file durably under the name that its bytes demand. A file that is there and
    /// has other bytes is damaged, and replaced.
    pub(crate) fn publish(&self, dir: &str, name: &str, bytes: &[u8]) -> Result<(), PutError> {
        let mut draft = self.stage(dir, Access::Shared)?;
        draft.write(bytes)?;
        if draft.link(name)? == Linked::Taken && !self.holds(dir, name, bytes)? {
            draft.replace(name)?;
        }
        // Also when the name was taken: whoever made it may not have reached this line.
        self.sync_dir(dir)
    }

    /// Writes a whole file durably in place of the one that has the name.
    pub(crate) fn replace(&self, dir: &str, name: &str, bytes: &[u8]) -> Result<(), PutError> {
        let mut draft = self.stage(dir, Access::Shared)?;
        draft.write(bytes)?;
        draft.sync()?;
        draft.replace(name)?;
        self.sync_dir(dir)
    }

    fn holds(&self, dir: &str, name: &str, bytes: &[u8]) -> Result<bool, PutError> {
        let path = format!("{dir}/{name}");
        let read = |path: &str| -> io::Result<Vec<u8>> {
            read_limited(&mut *self.fs.open(path)?, bytes.len() as u64)
        };
        match read(&path) {
            Ok(found) => Ok(found == bytes),
            Err(error) => match error.kind() {
                io::ErrorKind::FileTooLarge | io::ErrorKind::NotFound => Ok(false),
                _ => Err(PutError::Io {
                    path,
                    source: error,
                }),
            },
        }
    }

    /// Creates a directory durably.
    pub(crate) fn create_dir(&self, parent: &str, dir: &str) -> Result<(), PutError> {
        self.check()?;
        self.fs.create_dir(dir).map_err(PutError::io(dir))?;
        self.sync_dir(parent)
    }

    pub(crate) fn check(&self) -> Result<(), PutError> {
        if self.poisoned.load(Ordering::Acquire) {
            return Err(PutError::Poisoned);
        }
        Ok(())
    }

    fn poison(&self, path: &str, source: io::Error) -> PutError {
        self.poisoned.store(true, Ordering::Release);
        PutError::Sync {
            path: path.to_owned(),
            source,
        }
    }
}

/// A file without a name yet.
pub(crate) struct Draft<'a> {
    writer: &'a Writer,
    dir: String,
    file: Box<dyn StagedFile>,
    synced: bool,
}

impl Draft<'_> {
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), PutError> {
        self.file.write(bytes).map_err(PutError::io(&self.dir))
    }

    /// Makes the content durable, then gives it a name. Never overwrites.
    pub(crate) fn link(&mut self, name: &str) -> Result<Linked, PutError> {
        self.sync()?;
        match self.file.link(name) {
            Ok(()) => Ok(Linked::New),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(Linked::Taken),
            Err(source) => Err(PutError::Io {
                path: format!("{}/{name}", self.dir),
                source,
            }),
        }
    }

    fn sync(&mut self) -> Result<(), PutError> {
        if !self.synced {
            let synced = self.file.sync();
            synced.map_err(|source| self.writer.poison(&self.dir, source))?;
            self.synced = true;
        }
        Ok(())
    }

    /// Gives a file that was synced its name, whatever had it.
    fn replace(&mut self, name: &str) -> Result<(), PutError> {
        let path = || format!("{}/{name}", self.dir);
        self.file.replace(name).map_err(|source| PutError::Io {
            path: path(),
            source,
        })
    }
}
