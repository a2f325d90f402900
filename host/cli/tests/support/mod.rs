//! Runs the real binary with a store and keys of its own.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub(crate) struct Rtfs {
    dir: tempfile::TempDir,
}

pub(crate) struct Ended {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Rtfs {
    pub(crate) fn new() -> Self {
        Self {
            dir: tempfile::tempdir().expect("a temporary directory"),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).expect("the temporary directory is writable");
        }
        std::fs::write(&path, text).expect("the temporary directory is writable");
        path.display().to_string()
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ended {
        self.run_with_input(args, b"")
    }

    pub(crate) fn run_with_input(&self, args: &[&str], input: &[u8]) -> Ended {
        let mut child = Command::new(env!("CARGO_BIN_EXE_rtfs"))
            .args(args)
            .current_dir(self.dir.path())
            .env("RTFS_STORE", self.path("store"))
            .env("RTFS_KEYS", self.path("keys"))
            .env_remove("HOME")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary was built");
        let mut stdin = child.stdin.take().expect("stdin is piped");
        // A program that does not read its input may close it first.
        let _ = stdin.write_all(input);
        drop(stdin);
        let output = child.wait_with_output().expect("the child is ours");
        Ended {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs and expects this value on standard output.
    #[track_caller]
    pub(crate) fn value(&self, args: &[&str], value: &str) {
        let ended = self.run(args);
        assert_eq!(
            (ended.status, ended.stdout.trim_end()),
            (0, value),
            "rtfs {args:?} wrote to stderr: {}",
            ended.stderr
        );
    }
}

/// Runs and expects this exit status.
#[track_caller]
pub(crate) fn ends(rtfs: &Rtfs, args: &[&str], status: i32) -> Ended {
    let ended = rtfs.run(args);
    assert_eq!(
        ended.status, status,
        "rtfs {args:?}: {}{}",
        ended.stdout, ended.stderr
    );
    ended
}

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) fn example(name: &str) -> String {
    repository()
        .join("examples")
        .join(name)
        .display()
        .to_string()
}
