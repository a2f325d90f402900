//! Durable publication against the bare sequence of system calls that durability needs.
//!
//! Both write the same objects into the same kind of directories of the same file system, in turns
//! within one process: three blobs, one fsync of their directory, a record, one fsync of its
//! directory. What counts is the ratio.
//!
//! ```sh
//! cargo bench -p rtfs-store --bench publish
//! ```
#![allow(clippy::print_stdout, reason = "a benchmark prints its table")]
#![allow(
    clippy::disallowed_methods,
    reason = "the bare side does without the store's own file layer"
)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

use common::*;
use rtfs_store::*;
use rustix::fs::{self as sys, AtFlags, Mode, OFlags};

fn directory(path: &Path) -> OwnedFd {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY;
    sys::open(path, flags, Mode::empty()).expect("the directory exists")
}

/// Unnamed file, write, fsync, link: what a crash-safe object needs.
fn put(dir: &OwnedFd, name: &str, bytes: &[u8]) {
    let flags = OFlags::TMPFILE | OFlags::RDWR;
    let file = sys::openat(dir, ".", flags, Mode::from_raw_mode(0o444)).expect("a file");
    let mut rest = bytes;
    while !rest.is_empty() {
        let n_bytes = rustix::io::write(&file, rest).expect("space");
        rest = &rest[n_bytes..];
    }
    sys::fsync(&file).expect("a working disk");
    let path = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&file));
    sys::linkat(sys::CWD, path.as_str(), dir, name, AtFlags::SYMLINK_FOLLOW).expect("a new name");
}

/// The objects of one module; every module has its own.
struct Objects {
    component: Vec<u8>,
    source: Vec<u8>,
    ir: Vec<u8>,
    facts: ModuleFacts,
}

impl Objects {
    fn new(n: u64) -> Self {
        let fill = |seed: u64, n_bytes: usize| {
            let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
            let next = || {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state as u8
            };
            std::iter::repeat_with(next).take(n_bytes).collect()
        };
        let mut facts = facts(1);
        facts.retention = Retention::Cache;
        facts.annotations.insert("number".to_owned(), n.to_string());
        Self {
            component: fill(3 * n + 1, 10 << 10),
            source: fill(3 * n + 2, 1 << 10),
            ir: fill(3 * n + 3, 2 << 10),
            facts,
        }
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn main() {
    // `cargo test` builds and starts benchmarks to see that they work; then little is enough.
    let is_bench = std::env::args().any(|arg| arg == "--bench");
    let rounds: u64 = if is_bench { 300 } else { 3 };
    let fixture = Fixture::new();
    let bare = tempfile::tempdir().expect("a directory of our own");
    std::fs::create_dir(bare.path().join("blobs")).expect("an empty directory");
    std::fs::create_dir(bare.path().join("records")).expect("an empty directory");
    let blobs = directory(&bare.path().join("blobs"));
    let records = directory(&bare.path().join("records"));
    let record = vec![b'r'; 2 << 10];
    let (mut by_store, mut by_hand) = (Vec::new(), Vec::new());
    for n in 0..rounds {
        let objects = Objects::new(n);
        let started = Instant::now();
        for (kind, bytes) in [
            ("c", &objects.component),
            ("s", &objects.source),
            ("i", &objects.ir),
        ] {
            put(&blobs, &format!("{kind}{n}"), bytes);
        }
        sys::fsync(&blobs).expect("a working disk");
        put(&records, &format!("r{n}"), &record);
        sys::fsync(&records).expect("a working disk");
        by_hand.push(started.elapsed());

        let publication = Publication {
            component: &objects.component,
            source: Some(&objects.source),
            ir: Some(&objects.ir),
            facts: objects.facts,
            name: None,
        };
        let started = Instant::now();
        fixture.publish(&publication);
        by_store.push(started.elapsed());
    }
    let (by_hand, by_store) = (median(by_hand), median(by_store));
    let ratio = by_store.as_secs_f64() / by_hand.as_secs_f64();
    println!("| durable publication, median of {rounds} | time | ratio |");
    println!("|---|---|---|");
    println!("| bare write, fsync, link | {by_hand:.2?} | 1.00 |");
    println!("| rtfs-store | {by_store:.2?} | {ratio:.2} |");
}
