//! The real file system, telling the parent process when a publication has written its first bytes.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use cap_std::fs::Dir;
use rtfs_store::*;

/// Nothing is to be told.
const SILENT: u64 = u64::MAX;

pub(crate) struct Telling {
    fs: DirFs,
    next: Arc<AtomicU64>,
}

impl Telling {
    pub(crate) fn new(root: Dir) -> Self {
        Self {
            fs: DirFs::new(root),
            next: Arc::new(AtomicU64::new(SILENT)),
        }
    }

    /// Says `write N` after the next write.
    pub(crate) fn tell_next_write(&self, n: u64) {
        self.next.store(n, Ordering::SeqCst);
    }
}

struct TellingFile {
    file: Box<dyn StagedFile>,
    next: Arc<AtomicU64>,
}

impl StagedFile for TellingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write(bytes)?;
        let n = self.next.swap(SILENT, Ordering::SeqCst);
        if n != SILENT {
            super::say(&format!("write {n}"));
        }
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync()
    }

    fn link(&mut self, name: &str) -> io::Result<()> {
        self.file.link(name)
    }

    fn replace(&mut self, name: &str) -> io::Result<()> {
        self.file.replace(name)
    }
}

impl StoreFs for Telling {
    fn stage(&self, dir: &str, access: Access) -> io::Result<Box<dyn StagedFile>> {
        Ok(Box::new(TellingFile {
            file: self.fs.stage(dir, access)?,
            next: self.next.clone(),
        }))
    }

    fn create_dir(&self, path: &str) -> io::Result<()> {
        self.fs.create_dir(path)
    }

    fn sync_dir(&self, dir: &str) -> io::Result<()> {
        self.fs.sync_dir(dir)
    }

    fn open(&self, path: &str) -> io::Result<Box<dyn StoredFile>> {
        self.fs.open(path)
    }

    fn stamp(&self, path: &str) -> io::Result<Stamp> {
        self.fs.stamp(path)
    }

    fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        self.fs.list(dir)
    }

    fn link(&self, from: &str, to: &str) -> io::Result<()> {
        self.fs.link(from, to)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.fs.rename(from, to)
    }

    fn remove_file(&self, path: &str) -> io::Result<()> {
        self.fs.remove_file(path)
    }

    fn remove_dir(&self, path: &str) -> io::Result<()> {
        self.fs.remove_dir(path)
    }

    fn touch(&self, path: &str) -> io::Result<()> {
        self.fs.touch(path)
    }

    fn lock(&self, path: &str, mode: LockMode, wait: Wait) -> io::Result<Option<Box<dyn Lock>>> {
        self.fs.lock(path, mode, wait)
    }

    fn claim(&self, path: &str, content: &[u8]) -> io::Result<Box<dyn Lock>> {
        self.fs.claim(path, content)
    }

    fn is_locked(&self, path: &str) -> io::Result<bool> {
        self.fs.is_locked(path)
    }

    fn now(&self) -> SystemTime {
        self.fs.now()
    }

    fn database_dir(&self, dir: &str) -> io::Result<Option<OwnedFd>> {
        self.fs.database_dir(dir)
    }
}
