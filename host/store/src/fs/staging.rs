//! Files without a name, and how they get one.
//!
//! The best way is `O_TMPFILE` and `linkat` on the descriptor: a crash leaves nothing behind, and
//! linking can never overwrite. Older kernels want a capability for that and take a detour through
//! `/proc`; file systems without `O_TMPFILE` get a named file in `tmp/`, which is locked while it
//! is in use so that collection can tell litter from work.

use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};

use cap_std::fs::Dir;
use rustix::fs::{self as sys, AtFlags, CWD, FlockOperation, Mode, OFlags};

use super::{Access, StagedFile};

/// How a staged file gets its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    /// `linkat` on the descriptor itself.
    Descriptor,
    /// `linkat` on `/proc/self/fd/N`.
    Proc,
    /// It has one from the start, in `tmp/`.
    Named,
}

/// The first method that works below `tmp`.
pub(super) fn probe(tmp: &Dir) -> Method {
    let works = |method: Method| -> io::Result<()> {
        let name = random_name()?;
        let mut staged =
            Staged::create(tmp.try_clone()?, tmp.try_clone()?, method, Access::Private)?;
        staged.link(&name)?;
        Ok(sys::unlinkat(tmp, &name, AtFlags::empty())?)
    };
    [Method::Descriptor, Method::Proc]
        .into_iter()
        .find(|method| works(*method).is_ok())
        .unwrap_or(Method::Named)
}

/// A file being written.
pub(super) struct Staged {
    file: std::fs::File,
    method: Method,
    target: Dir,
    tmp: Dir,
    /// Its name in `tmp`, while it has one.
    litter: Option<String>,
}

impl Staged {
    pub(super) fn create(
        target: Dir,
        tmp: Dir,
        method: Method,
        access: Access,
    ) -> io::Result<Self> {
        let mode = Mode::from_raw_mode(match access {
            Access::Shared => 0o444,
            Access::Private => 0o600,
        });
        let flags = OFlags::RDWR | OFlags::CLOEXEC;
        let (file, litter) = match method {
            Method::Descriptor | Method::Proc => (
                sys::openat(&target, ".", flags | OFlags::TMPFILE, mode)?,
                None,
            ),
            Method::Named => {
                let name = random_name()?;
                let flags = flags | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
                (sys::openat(&tmp, &name, flags, mode)?, Some(name))
            }
        };
        let staged = Self {
            file: file.into(),
            method,
            target,
            tmp,
            litter,
        };
        if staged.litter.is_some() {
            sys::flock(&staged.file, FlockOperation::LockExclusive)?;
        }
        // The creation mask may have taken bits away.
        sys::fchmod(&staged.file, mode)?;
        Ok(staged)
    }

    /// Links the file into `dir`.
    fn link_into(&self, dir: &Dir, name: &str) -> io::Result<()> {
        match (self.method, &self.litter) {
            (Method::Named, Some(litter)) => {
                sys::linkat(&self.tmp, litter, dir, name, AtFlags::empty())
            }
            (Method::Proc, _) => {
                use std::os::fd::AsRawFd;
                let path = format!("/proc/self/fd/{}", self.file.as_raw_fd());
                sys::linkat(CWD, path, dir, name, AtFlags::SYMLINK_FOLLOW)
            }
            _ => sys::linkat(&self.file, "", dir, name, AtFlags::EMPTY_PATH),
        }
        .map_err(io::Error::from)
    }
}

impl AsFd for Staged {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl StagedFile for Staged {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(sys::fsync(&self.file)?)
    }

    fn link(&mut self, name: &str) -> io::Result<()> {
        self.link_into(&self.target, name)
    }

    fn replace(&mut self, name: &str) -> io::Result<()> {
        let litter = match self.litter.take() {
            Some(litter) => litter,
            None => {
                let litter = random_name()?;
                self.link_into(&self.tmp, &litter)?;
                litter
            }
        };
        // If the rename fails, dropping removes the name in `tmp`.
        let renamed = sys::renameat(&self.tmp, &litter, &self.target, name);
        if renamed.is_err() {
            self.litter = Some(litter);
        }
        Ok(renamed?)
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if let Some(litter) = &self.litter {
            // If this fails the file stays as litter, which collection removes.
            let _ = sys::unlinkat(&self.tmp, litter, AtFlags::empty());
        }
    }
}

/// A name nobody else has.
pub(crate) fn random_name() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(crate::digest::hex(&bytes))
}

#[cfg(test)]
mod tests {
    use super::super::{DirFs, StoreFs, read_limited, write_new};
    use super::*;
    use cap_std::ambient_authority;

    fn check(method: Method) {
        let root = tempfile::tempdir().unwrap();
        let dir = Dir::open_ambient_dir(root.path(), ambient_authority()).unwrap();
        let fs = DirFs::with_method(dir, method);
        fs.create_dir("d").unwrap();

        write_new(&fs, "d", "a", b"first", Access::Shared).unwrap();
        let taken = write_new(&fs, "d", "a", b"second", Access::Shared).unwrap_err();
        assert_eq!(taken.kind(), io::ErrorKind::AlreadyExists);
        let read = |path| read_limited(&mut *fs.open(path).unwrap(), 100).unwrap();
        assert_eq!(read("d/a"), b"first", "linking never overwrites");
        assert_eq!(fs.stamp("d/a").unwrap().mode, 0o444);

        let mut staged = fs.stage("d", Access::Private).unwrap();
        staged.write(b"third").unwrap();
        staged.replace("a").unwrap();
        assert_eq!(read("d/a"), b"third");
        assert_eq!(fs.stamp("d/a").unwrap().mode, 0o600);

        drop(fs.stage("d", Access::Shared).unwrap());
        assert!(fs.list("tmp").unwrap().is_empty(), "nothing is left behind");
        assert_eq!(fs.list("d").unwrap(), ["a"]);

        let lock = fs.claim("d/claimed", b"x").unwrap();
        assert!(fs.is_locked("d/claimed").unwrap());
        drop(lock);
        assert!(!fs.is_locked("d/claimed").unwrap());
    }

    #[test]
    fn links_by_descriptor() {
        check(Method::Descriptor);
    }

    #[test]
    fn links_through_proc() {
        check(Method::Proc);
    }

    #[test]
    fn links_a_named_file_where_unnamed_ones_do_not_exist() {
        check(Method::Named);
    }

    #[test]
    fn a_symbolic_link_is_not_followed_out_of_the_root() {
        let outside = tempfile::tempdir().unwrap();
        let root = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(outside.path(), root.path().join("d")).unwrap();
        std::os::unix::fs::symlink("/etc/hostname", root.path().join("f")).unwrap();
        let dir = Dir::open_ambient_dir(root.path(), ambient_authority()).unwrap();
        let fs = DirFs::new(dir);
        assert!(write_new(&fs, "d", "a", b"x", Access::Shared).is_err());
        assert!(fs.open("f").is_err());
        assert_eq!(outside.path().read_dir().unwrap().count(), 0);
    }
}
