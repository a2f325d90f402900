//! Several processes on one store, and processes that die while they publish.
//!
//! The children are this test program, started again with one test selected and a directory in the
//! environment. `RTFS_CRASH_ROUNDS` asks for more rounds than the short default.
#![allow(clippy::print_stdout, reason = "says what was skipped or hit")]
#![allow(
    clippy::disallowed_methods,
    reason = "children are told by the environment what to do"
)]

mod common;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::*;
use rtfs_store::*;

const ROOT: &str = "RTFS_TEST_STORE";
const KEYS: &str = "RTFS_TEST_KEYS";
const FIRST: &str = "RTFS_TEST_FIRST";
const COUNT: &str = "RTFS_TEST_COUNT";

/// Starts the child below: it publishes modules number `first..first + count`.
fn publisher(root: &Path, keys: &Path, first: u64, count: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_publishes", "--nocapture"])
        .env(ROOT, root)
        .env(KEYS, keys)
        .env(FIRST, first.to_string())
        .env(COUNT, count.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Large enough that writing takes a while.
fn component(n: u64) -> Vec<u8> {
    n.to_le_bytes().repeat(8 << 10)
}

fn numbered(n: u64) -> ModuleFacts {
    let mut facts = facts(1);
    facts.annotations.insert("number".to_owned(), n.to_string());
    facts
}

/// Not a test by itself: without its environment it does nothing.
#[test]
fn child_publishes() {
    let (Some(root), Some(keys)) = (std::env::var_os(ROOT), std::env::var_os(KEYS)) else {
        return;
    };
    let number = |name| std::env::var(name).unwrap().parse::<u64>().unwrap();
    let (store, signer) = open(Path::new(&root), Path::new(&keys));
    let say = |line: String| {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{line}").unwrap();
        out.flush().unwrap();
    };
    let first = number(FIRST);
    for n in first..first + number(COUNT) {
        let component = component(n);
        let publication = Publication {
            component: &component,
            facts: numbered(n),
            name: Some("shared"),
            ..publication(1)
        };
        say(format!("begin {n}"));
        let published = store.publish_module(&publication, &signer).unwrap();
        say(format!("ack {n} {}", published.record));
    }
}

/// What a child said: acknowledged records, and whether it was in the middle of one at the end.
fn heard(child: &mut Child) -> (Vec<(u64, Digest)>, bool) {
    let mut acknowledged = Vec::new();
    let mut is_inside = false;
    let out = child.stdout.take().unwrap();
    for line in BufReader::new(out).lines().map_while(Result::ok) {
        match *line.split(' ').collect::<Vec<_>>() {
            ["begin", _] => is_inside = true,
            ["ack", n, record] => {
                is_inside = false;
                acknowledged.push((n.parse().unwrap(), record.parse().unwrap()));
            }
            _ => {}
        }
    }
    (acknowledged, is_inside)
}

/// Everything acknowledged is there, whole and trusted; nothing is damaged; the index agrees.
fn check(root: &Path, keys: &Path, acknowledged: &[(u64, Digest)]) {
    let (store, _) = open(root, keys);
    let report = store.scrub(Damage::Report, &mut |_| ()).unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert!(report.refused_records.is_empty());
    for (n, digest) in acknowledged {
        let record = store.record(digest).unwrap();
        let module = record.trusted_module().expect("acknowledged, so trusted");
        let bytes = store.get_blob(&module.component.digest).unwrap();
        assert_eq!(bytes, component(*n));
        let found = store
            .find(&Query::Component(module.component.digest))
            .unwrap();
        assert!(found.iter().any(|record| record.digest() == *digest));
    }
    let dump = store.index_dump().unwrap();
    store.reindex().unwrap();
    assert_eq!(store.index_dump().unwrap(), dump);
}

#[test]
fn killing_a_publisher_loses_nothing_it_acknowledged() {
    let rounds: u64 = std::env::var("RTFS_CRASH_ROUNDS")
        .ok()
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(10);
    let fixture = Fixture::new();
    let (root, keys) = (fixture.root.path(), fixture.keys.path());
    // How long one publication takes here, so that the kills are spread over it.
    let start = Instant::now();
    let mut child = publisher(root, keys, 0, 20);
    let (mut acknowledged, _) = heard(&mut child);
    assert!(child.wait().unwrap().success());
    assert_eq!(acknowledged.len(), 20);
    let whole = start.elapsed();

    let mut n_inside = 0;
    for round in 0..rounds {
        let mut child = publisher(root, keys, 1000 * (round + 1), 1000);
        let fraction = u32::try_from(round % 16).unwrap();
        std::thread::sleep(whole / 4 + whole / 20 * fraction);
        child.kill().unwrap();
        child.wait().unwrap();
        let (more, is_inside) = heard(&mut child);
        acknowledged.extend(more);
        n_inside += u64::from(is_inside);
    }
    println!("{n_inside} of {rounds} kills came between first write and acknowledgement");
    assert!(
        n_inside * 4 >= rounds,
        "only {n_inside} of {rounds} kills hit a publication"
    );
    check(root, keys, &acknowledged);
}

#[test]
fn processes_publish_at_once_beside_collection() {
    let fixture = Fixture::new();
    let (root, keys) = (fixture.root.path(), fixture.keys.path());
    // Half of what each publishes, the other publishes too.
    let mut children = [publisher(root, keys, 0, 30), publisher(root, keys, 15, 30)];
    let options = CollectOptions {
        grace: Duration::ZERO,
        cache_max_age: Some(Duration::ZERO),
        dry_run: false,
    };
    let (mut n_collections, mut n_collected) = (0, 0);
    while children
        .iter_mut()
        .any(|child| child.try_wait().unwrap().is_none())
    {
        // With no grace at all, only the leases protect what is being published.
        n_collected += fixture.store.collect(&options).unwrap().n_blobs;
        n_collections += 1;
    }
    let mut acknowledged = Vec::new();
    for child in &mut children {
        assert!(child.wait().unwrap().success());
        let (more, is_inside) = heard(child);
        assert!(!is_inside);
        assert_eq!(more.len(), 30);
        acknowledged.extend(more);
    }
    assert!(n_collections > 1);
    println!("{n_collections} collections moved {n_collected} blobs");
    check(root, keys, &acknowledged);
    let named = fixture.store.resolve("shared").unwrap().unwrap();
    let pointer = named.pointer.trusted_pointer().unwrap();
    assert_eq!(pointer.sequence, 60, "no number was given twice");
    assert!(named.trusted_module().is_some());
}
