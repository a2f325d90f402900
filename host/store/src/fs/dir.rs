//! [`StoreFs`] on a `cap_std` directory.
//!
//! Parents are opened through cap-std, which keeps every path below the root; the last name is
//! then used relative to that descriptor and never followed if it is a symbolic link.

use std::io::{self, Read};
use std::ops::Deref;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use cap_std::fs::Dir;
use rustix::fs::{self as sys, AtFlags, FlockOperation, Mode, OFlags};
use rustix::io::Errno;

use super::staging::{self, Method, Staged};
use super::{Access, Lock, LockMode, StagedFile, Stamp, StoreFs, StoredFile, Wait};

/// Where the staging of files that cannot stay unnamed happens.
const TMP: &str = "tmp";

/// A directory on a local file system.
pub struct DirFs {
    root: Dir,
    /// Found out at the first write, because a store that is only read need not be writable.
    method: OnceLock<Method>,
}

impl DirFs {
    /// Works below `root` and nowhere else.
    pub fn new(root: Dir) -> Self {
        Self {
            root,
            method: OnceLock::new(),
        }
    }

    /// With a given way of staging, whatever the file system could do.
    #[cfg(test)]
    pub(super) fn with_method(root: Dir, method: Method) -> Self {
        Self {
            root,
            method: OnceLock::from(method),
        }
    }

    fn dir(&self, path: &str) -> io::Result<Handle<'_>> {
        Ok(match path {
            "" => Handle::Root(&self.root),
            path => Handle::Below(self.root.open_dir(path)?),
        })
    }

    /// The parent directory, opened, and the last name.
    fn parent<'a>(&self, path: &'a str) -> io::Result<(Handle<'_>, &'a str)> {
        let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
        if matches!(name, "" | "." | "..") {
            return Err(io::Error::from(io::ErrorKind::InvalidInput));
        }
        Ok((self.dir(dir)?, name))
    }

    /// Opens a directory for more than lookups: cap-std's own descriptors are `O_PATH`.
    fn readable(dir: &Dir) -> io::Result<OwnedFd> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(sys::openat(dir, ".", flags, Mode::empty())?)
    }

    fn staged(&self, dir: &str, access: Access) -> io::Result<Staged> {
        self.create_dir(TMP)?;
        let tmp = self.dir(TMP)?;
        let method = *self.method.get_or_init(|| staging::probe(&tmp));
        Staged::create(
            self.dir(dir)?.try_clone()?,
            tmp.try_clone()?,
            method,
            access,
        )
    }

    fn open_at(dir: &Dir, name: &str) -> io::Result<OwnedFd> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        Ok(sys::openat(dir, name, flags, Mode::empty())?)
    }
}

impl StoreFs for DirFs {
    fn create_dir(&self, path: &str) -> io::Result<()> {
        let (dir, name) = self.parent(path)?;
        match sys::mkdirat(&*dir, name, Mode::from_raw_mode(0o755)) {
            Ok(()) | Err(Errno::EXIST) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn stage(&self, dir: &str, access: Access) -> io::Result<Box<dyn StagedFile>> {
        Ok(Box::new(self.staged(dir, access)?))
    }

    fn sync_dir(&self, dir: &str) -> io::Result<()> {
        Ok(sys::fsync(Self::readable(&*self.dir(dir)?)?)?)
    }

    fn open(&self, path: &str) -> io::Result<Box<dyn StoredFile>> {
        let (dir, name) = self.parent(path)?;
        let file = OpenFile(std::fs::File::from(Self::open_at(&dir, name)?));
        if file.stamp()?.is_dir {
            return Err(io::Error::from(io::ErrorKind::IsADirectory));
        }
        Ok(Box::new(file))
    }

    fn stamp(&self, path: &str) -> io::Result<Stamp> {
        if path.is_empty() {
            return Ok(stamp(&sys::fstat(&self.root)?));
        }
        let (dir, name) = self.parent(path)?;
        Ok(stamp(&sys::statat(&*dir, name, AtFlags::SYMLINK_NOFOLLOW)?))
    }

    fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        let dir = match self.dir(dir) {
            Ok(dir) => dir,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut names = Vec::new();
        for entry in dir.entries()? {
            // A name that is not text is none of ours.
            names.extend(entry?.file_name().into_string().ok());
        }
        names.sort_unstable();
        Ok(names)
    }

    fn link(&self, from: &str, to: &str) -> io::Result<()> {
        let (from_dir, from) = self.parent(from)?;
        let (to_dir, to) = self.parent(to)?;
        Ok(sys::linkat(
            &*from_dir,
            from,
            &*to_dir,
            to,
            AtFlags::empty(),
        )?)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let (from_dir, from) = self.parent(from)?;
        let (to_dir, to) = self.parent(to)?;
        Ok(sys::renameat(&*from_dir, from, &*to_dir, to)?)
    }

    fn remove_file(&self, path: &str) -> io::Result<()> {
        let (dir, name) = self.parent(path)?;
        Ok(sys::unlinkat(&*dir, name, AtFlags::empty())?)
    }

    fn remove_dir(&self, path: &str) -> io::Result<()> {
        let (dir, name) = self.parent(path)?;
        Ok(sys::unlinkat(&*dir, name, AtFlags::REMOVEDIR)?)
    }

    fn touch(&self, path: &str) -> io::Result<()> {
        let (dir, name) = self.parent(path)?;
        let now = sys::Timespec {
            tv_sec: 0,
            tv_nsec: sys::UTIME_NOW,
        };
        let keep = sys::Timespec {
            tv_sec: 0,
            tv_nsec: sys::UTIME_OMIT,
        };
        let times = sys::Timestamps {
            last_access: keep,
            last_modification: now,
        };
        Ok(sys::utimensat(
            &*dir,
            name,
            &times,
            AtFlags::SYMLINK_NOFOLLOW,
        )?)
    }

    fn lock(&self, path: &str, mode: LockMode, wait: Wait) -> io::Result<Option<Box<dyn Lock>>> {
        let (dir, name) = self.parent(path)?;
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = sys::openat(&*dir, name, flags, Mode::from_raw_mode(0o644))?;
        let operation = match (mode, wait) {
            (LockMode::Shared, Wait::Yes) => FlockOperation::LockShared,
            (LockMode::Shared, Wait::No) => FlockOperation::NonBlockingLockShared,
            (LockMode::Exclusive, Wait::Yes) => FlockOperation::LockExclusive,
            (LockMode::Exclusive, Wait::No) => FlockOperation::NonBlockingLockExclusive,
        };
        Ok(match try_lock(&file, operation)? {
            true => Some(Box::new(Held(file))),
            false => None,
        })
    }

    fn claim(&self, path: &str, content: &[u8]) -> io::Result<Box<dyn Lock>> {
        let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut staged = self.staged(dir, Access::Shared)?;
        staged.write(content)?;
        let file = staged.as_fd().try_clone_to_owned()?;
        if !try_lock(&file, FlockOperation::NonBlockingLockExclusive)? {
            return Err(io::Error::from(io::ErrorKind::WouldBlock));
        }
        staged.link(name)?;
        Ok(Box::new(Held(file)))
    }

    fn is_locked(&self, path: &str) -> io::Result<bool> {
        let (dir, name) = self.parent(path)?;
        let file = Held(Self::open_at(&dir, name)?);
        // Shared, so that two who ask at once do not take each other for the holder.
        Ok(!try_lock(&file.0, FlockOperation::NonBlockingLockShared)?)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the clock"
    )]
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn database_dir(&self, dir: &str) -> io::Result<Option<OwnedFd>> {
        let dir = Self::readable(&*self.dir(dir)?)?;
        Ok((!is_network(&dir)?).then_some(dir))
    }
}

/// The root, or a directory below it opened for one operation.
enum Handle<'a> {
    Root(&'a Dir),
    Below(Dir),
}

impl Deref for Handle<'_> {
    type Target = Dir;

    fn deref(&self) -> &Dir {
        match self {
            Handle::Root(dir) => dir,
            Handle::Below(dir) => dir,
        }
    }
}

/// Whether the lock was free. Waits again when a signal interrupts.
fn try_lock(file: &OwnedFd, operation: FlockOperation) -> io::Result<bool> {
    loop {
        match sys::flock(file, operation) {
            Ok(()) => return Ok(true),
            Err(Errno::WOULDBLOCK) => return Ok(false),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// File systems whose shared memory is not shared: SQLite's write-ahead log cannot work there.
/// The numbers are those of statfs(2).
fn is_network(dir: &OwnedFd) -> io::Result<bool> {
    const NETWORK: [u64; 7] = [
        0x6969,      // NFS
        0x517b,      // SMB
        0xfe53_4d42, // SMB2
        0xff53_4d42, // CIFS
        0x0102_1997, // 9p
        0x5346_414f, // AFS
        0x00c3_6400, // Ceph
    ];
    // A bit pattern, 32 bits wide on some platforms.
    let kind = sys::fstatfs(dir)?.f_type as u64 & 0xffff_ffff;
    Ok(NETWORK.contains(&kind))
}

fn stamp(stat: &sys::Stat) -> Stamp {
    let kind = sys::FileType::from_raw_mode(stat.st_mode);
    Stamp {
        device: stat.st_dev,
        inode: stat.st_ino,
        size_bytes: u64::try_from(stat.st_size).unwrap_or(0),
        modified: time(stat.st_mtime, stat.st_mtime_nsec),
        changed: time(stat.st_ctime, stat.st_ctime_nsec),
        mode: stat.st_mode & 0o7777,
        is_dir: kind == sys::FileType::Directory,
    }
}

/// Times before 1970 count as 1970: they only ever mean "old".
fn time(seconds: i64, nanoseconds: u64) -> SystemTime {
    let seconds = u64::try_from(seconds).unwrap_or(0);
    let nanoseconds = u32::try_from(nanoseconds).unwrap_or(0).min(999_999_999);
    SystemTime::UNIX_EPOCH
        .checked_add(Duration::new(seconds, nanoseconds))
        .unwrap_or(SystemTime::UNIX_EPOCH)
}

/// A descriptor that carries a lock.
struct Held(OwnedFd);

impl Drop for Held {
    fn drop(&mut self) {
        // Closing alone is not enough: a child that another thread is just starting has a copy of
        // the descriptor until it executes its program. If this fails, closing does it then.
        let _ = sys::flock(&self.0, FlockOperation::Unlock);
    }
}

impl Lock for Held {}

struct OpenFile(std::fs::File);

impl Read for OpenFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl StoredFile for OpenFile {
    fn stamp(&self) -> io::Result<Stamp> {
        Ok(stamp(&sys::fstat(&self.0)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_ends_when_dropped_even_if_a_starting_child_has_a_copy() {
        let root = tempfile::tempdir().unwrap();
        let open = || {
            let flags = OFlags::RDWR | OFlags::CREATE;
            sys::open(root.path().join("lock"), flags, Mode::RWXU).unwrap()
        };
        let held = Held(open());
        let is_free = || try_lock(&open(), FlockOperation::NonBlockingLockExclusive).unwrap();
        assert!(try_lock(&held.0, FlockOperation::NonBlockingLockExclusive).unwrap());
        let copy = held.0.try_clone().unwrap();
        assert!(!is_free());
        drop(held);
        assert!(is_free());
        drop(copy);
    }
}
