//! The real file system, telling the parent process when a publication has written its first
//! bytes, and with a coarser clock where that is asked for.
#![allow(dead_code, reason = "each test program uses its own part")]

use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use cap_std::fs::Dir;
use rtfs_store::*;

/// Tells the parent process.
pub(crate) fn say(line: &str) {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}").unwrap();
    out.flush().unwrap();
}

/// Nothing is to be told.
const SILENT: u64 = u64::MAX;

pub(crate) struct Telling {
    fs: DirFs,
    /// Time stamps are multiples of this.
    tick: Duration,
    next: Arc<AtomicU64>,
}

impl Telling {
    pub(crate) fn new(root: Dir) -> Self {
        Self {
            fs: DirFs::new(root),
            tick: Duration::from_nanos(1),
            next: Arc::new(AtomicU64::new(SILENT)),
        }
    }

    /// Gives all stamps of one tick the same time.
    pub(crate) fn with_tick(mut self, tick: Duration) -> Self {
        self.tick = tick;
        self
    }

    fn coarsened(&self, time: SystemTime) -> SystemTime {
        let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let rest = since.as_nanos() % self.tick.as_nanos();
        time - Duration::from_nanos(u64::try_from(rest).unwrap())
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
            say(&format!("write {n}"));
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
        let stamp = self.fs.stamp(path)?;
        Ok(Stamp {
            modified: self.coarsened(stamp.modified),
            changed: self.coarsened(stamp.changed),
            ..stamp
        })
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
