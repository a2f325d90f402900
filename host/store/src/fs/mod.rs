//! The seam between the store and its file system.
//!
//! Everything the store does to its directory goes through [`StoreFs`], in steps as small as the
//! ones that a crash can separate: stage, write, sync, link, sync the directory. [`DirFs`] is the
//! real one. A test double can record the steps and present every state that a power cut may
//! leave.
//!
//! Paths are relative to the store's root, use `/`, and never contain `..`; the root is the empty
//! path.

mod dir;
mod staging;

use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::time::SystemTime;

pub use dir::DirFs;
pub(crate) use staging::random_name;

/// File operations below one root.
///
/// Errors are the operating system's; `NotFound`, `AlreadyExists` are relied upon.
pub trait StoreFs: Send + Sync {
    /// Creates a directory whose parent exists; an existing one is fine.
    ///
    /// # Errors
    /// Whatever the file system reports.
    fn create_dir(&self, path: &str) -> io::Result<()>;

    /// Starts a file that has no name yet. It vanishes unless it is linked.
    ///
    /// # Errors
    /// Whatever the file system reports.
    fn stage(&self, dir: &str, access: Access) -> io::Result<Box<dyn StagedFile>>;

    /// Makes the names in a directory durable.
    ///
    /// # Errors
    /// Whatever the file system reports. An error is final: what is on the medium is unknown.
    fn sync_dir(&self, dir: &str) -> io::Result<()>;

    /// Opens a regular file for reading. Symbolic links are not followed.
    ///
    /// # Errors
    /// `NotFound` where there is none.
    fn open(&self, path: &str) -> io::Result<Box<dyn StoredFile>>;

    /// Status of a file or directory, links not followed.
    ///
    /// # Errors
    /// `NotFound` where there is none.
    fn stamp(&self, path: &str) -> io::Result<Stamp>;

    /// Names in a directory, sorted; a directory that does not exist has none.
    ///
    /// # Errors
    /// Whatever the file system reports.
    fn list(&self, dir: &str) -> io::Result<Vec<String>>;

    /// Gives a file a second name; never overwrites.
    ///
    /// # Errors
    /// `AlreadyExists` where the name is taken, `NotFound` where there is no source.
    fn link(&self, from: &str, to: &str) -> io::Result<()>;

    /// Renames, replacing what has the name.
    ///
    /// # Errors
    /// Whatever the file system reports.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file's name.
    ///
    /// # Errors
    /// `NotFound` where there is none.
    fn remove_file(&self, path: &str) -> io::Result<()>;

    /// Removes an empty directory.
    ///
    /// # Errors
    /// Whatever the file system reports.
    fn remove_dir(&self, path: &str) -> io::Result<()>;

    /// Sets a file's modification time to now.
    ///
    /// # Errors
    /// `NotFound` where there is none.
    fn touch(&self, path: &str) -> io::Result<()>;

    /// Takes a lock on the file at `path`, creating it where missing. `None`: somebody else holds
    /// it and `wait` is [`Wait::No`]. The lock ends when the value is dropped or the process dies.
    ///
    /// # Errors
    /// Whatever the file system reports.
    fn lock(&self, path: &str, mode: LockMode, wait: Wait) -> io::Result<Option<Box<dyn Lock>>>;

    /// Creates a file with `content` that is locked from the moment it has a name.
    ///
    /// # Errors
    /// `AlreadyExists` where the name is taken.
    fn claim(&self, path: &str, content: &[u8]) -> io::Result<Box<dyn Lock>>;

    /// Whether a living process holds a lock on the file.
    ///
    /// # Errors
    /// `NotFound` where there is none.
    fn is_locked(&self, path: &str) -> io::Result<bool>;

    /// The clock that stamps files.
    fn now(&self) -> SystemTime;

    /// A directory that a database may open by path, or `None` to keep it in memory.
    ///
    /// # Errors
    /// Whatever the file system reports.
    fn database_dir(&self, dir: &str) -> io::Result<Option<OwnedFd>>;
}

/// A file being written, without a name.
pub trait StagedFile {
    /// Appends bytes.
    ///
    /// # Errors
    /// Whatever the file system reports.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Makes the content durable.
    ///
    /// # Errors
    /// Whatever the file system reports. An error is final.
    fn sync(&mut self) -> io::Result<()>;

    /// Gives the file its name in the directory it was staged for; never overwrites.
    ///
    /// # Errors
    /// `AlreadyExists` where the name is taken: the caller may try again.
    fn link(&mut self, name: &str) -> io::Result<()>;

    /// Gives the file its name, replacing what has it.
    ///
    /// # Errors
    /// Whatever the file system reports.
    fn replace(&mut self, name: &str) -> io::Result<()>;
}

/// A file being read.
pub trait StoredFile: Read {
    /// Status of the open file.
    ///
    /// # Errors
    /// Whatever the file system reports.
    fn stamp(&self) -> io::Result<Stamp>;
}

/// A lock; dropping it releases it.
pub trait Lock: Send + Sync {}

/// Who may read a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody, and nobody writes: mode 0444.
    Shared,
    /// The owner alone: mode 0600.
    Private,
}

/// How a lock excludes others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockMode {
    /// Beside other shared locks.
    Shared,
    /// Alone.
    Exclusive,
}

/// What to do when a lock is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Block until it is free.
    Yes,
    /// Return at once.
    No,
}

/// Status of a file: equal stamps, once settled, mean unchanged content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Device number.
    pub device: u64,
    /// File number on the device.
    pub inode: u64,
    /// Length in bytes.
    pub size_bytes: u64,
    /// Last change of content.
    pub modified: SystemTime,
    /// Last change of content or status.
    pub changed: SystemTime,
    /// Permission bits.
    pub mode: u32,
    /// Whether it is a directory.
    pub is_dir: bool,
}

impl Stamp {
    /// Whether any later change must give another stamp. A change within one tick of the clock
    /// would not show, so a stamp that is still fresh proves nothing.
    pub(crate) fn is_settled(&self, now: SystemTime) -> bool {
        now.duration_since(self.changed.max(self.modified))
            .is_ok_and(|age| age >= crate::limits::SETTLED)
    }
}

/// The whole of an open file, if it has at most `limit_bytes`.
pub(crate) fn read_limited(file: &mut dyn StoredFile, limit_bytes: u64) -> io::Result<Vec<u8>> {
    let size_bytes = file.stamp()?.size_bytes;
    if size_bytes > limit_bytes {
        return Err(too_large(limit_bytes));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size_bytes).unwrap_or(0));
    // One byte more than allowed, so that a file growing meanwhile is noticed.
    file.take(limit_bytes + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit_bytes {
        return Err(too_large(limit_bytes));
    }
    Ok(bytes)
}

fn too_large(limit_bytes: u64) -> io::Error {
    io::Error::new(
        io::ErrorKind::FileTooLarge,
        format!("larger than {limit_bytes} bytes"),
    )
}

/// Writes a whole small file durably under a new name.
pub(crate) fn write_new(
    fs: &dyn StoreFs,
    dir: &str,
    name: &str,
    bytes: &[u8],
    access: Access,
) -> io::Result<()> {
    let mut file = fs.stage(dir, access)?;
    file.write(bytes)?;
    file.sync()?;
    file.link(name)?;
    fs.sync_dir(dir)
}
