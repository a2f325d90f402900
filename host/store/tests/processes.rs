//! Several processes on one store, and processes that die while they publish.
//!
//! The children are this test program, started again with one test selected and a directory in the
//! environment. `RTFS_CRASH_ROUNDS` asks for another number of kills than 200, `RTFS_STRESS_SECONDS` for
//! a longer stress than the short default; 60 is the full one.
#![allow(clippy::print_stdout, reason = "says what was skipped or hit")]
#![allow(
    clippy::disallowed_methods,
    reason = "children are told by the environment what to do"
)]

mod common;
mod telling;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::*;
use rtfs_store::*;
use telling::{Telling, say};

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
    let fs = Arc::new(Telling::new(open_dir(Path::new(&root))));
    let (store, signer) = open_on(fs.clone(), Path::new(&keys));
    let first = number(FIRST);
    for n in first..first + number(COUNT) {
        let component = component(n);
        let publication = Publication {
            component: &component,
            facts: numbered(n),
            name: Some("shared"),
            ..publication(1)
        };
        say(&format!("begin {n}"));
        fs.tell_next_write(n);
        let published = store.publish_module(&publication, &signer).unwrap();
        say(&format!("ack {n} {}", published.record));
    }
}

/// What a child says while it publishes.
enum Said {
    /// It begins a publication.
    Begin,
    /// It has written the first bytes of it.
    Write,
    /// It has published.
    Ack(u64, Digest),
    /// It has ended, and has missed so many collected blobs.
    Done(u64),
}

impl Said {
    fn by(child: &mut Child) -> impl Iterator<Item = Said> + use<> {
        let out = child.stdout.take().unwrap();
        let lines = BufReader::new(out).lines().map_while(Result::ok);
        lines.filter_map(|line| match *line.split(' ').collect::<Vec<_>>() {
            ["begin", _] => Some(Said::Begin),
            ["write", _] => Some(Said::Write),
            ["ack", n, record] => Some(Said::Ack(n.parse().unwrap(), record.parse().unwrap())),
            ["done", missed] => Some(Said::Done(missed.parse().unwrap())),
            _ => None,
        })
    }
}

/// What a child that was let finish has acknowledged.
fn heard(child: &mut Child) -> Vec<(u64, Digest)> {
    let says = Said::by(child);
    says.filter_map(|said| match said {
        Said::Ack(n, record) => Some((n, record)),
        _ => None,
    })
    .collect()
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

/// Kills in the test below, spread over the time of a publication.
fn rounds() -> u32 {
    let asked = std::env::var("RTFS_CRASH_ROUNDS").ok();
    asked.and_then(|rounds| rounds.parse().ok()).unwrap_or(200)
}

#[test]
fn killing_a_publisher_loses_nothing_it_acknowledged() {
    let rounds = rounds();
    let fixture = Fixture::new();
    let (root, keys) = (fixture.root.path(), fixture.keys.path());
    // How long one publication takes here, so that the kills are spread over it.
    let mut child = publisher(root, keys, 0, 20);
    let mut times = Vec::new();
    let mut begun = Instant::now();
    let mut acknowledged = Vec::new();
    for said in Said::by(&mut child) {
        match said {
            Said::Begin => begun = Instant::now(),
            Said::Write | Said::Done(..) => {}
            Said::Ack(n, record) => {
                times.push(begun.elapsed());
                acknowledged.push((n, record));
            }
        }
    }
    assert!(child.wait().unwrap().success());
    assert_eq!(acknowledged.len(), 20);
    times.sort();
    let one = times[times.len() / 2];

    let mut n_inside = 0;
    for round in 0..rounds {
        let mut child = publisher(root, keys, 1000 * (u64::from(round) + 1), 1000);
        let mut says = Said::by(&mut child);
        // The first publication is slower than the others.
        let mut n_begun = 0;
        for said in says.by_ref() {
            if let Said::Ack(n, record) = said {
                acknowledged.push((n, record));
            }
            n_begun += u32::from(matches!(said, Said::Begin));
            if n_begun == 2 {
                break;
            }
        }
        std::thread::sleep(one * (round % 50) / 50);
        child.kill().unwrap();
        let mut is_inside = false;
        for said in says {
            is_inside = matches!(said, Said::Write);
            if let Said::Ack(n, record) = said {
                acknowledged.push((n, record));
            }
        }
        child.wait().unwrap();
        n_inside += u32::from(is_inside);
    }
    println!("{n_inside} of {rounds} kills came between first write and acknowledgement");
    println!("one publication takes {one:.1?}");
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
        keep_versions: None,
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
        let more = heard(child);
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

const CHILDREN: u64 = 8;
const INDEX: &str = "RTFS_TEST_INDEX";
const SECONDS: &str = "RTFS_STRESS_SECONDS";

/// How long eight processes publish and read beside collection. A minute is the full test.
fn stress_seconds() -> u64 {
    let asked = std::env::var(SECONDS).ok();
    asked.and_then(|seconds| seconds.parse().ok()).unwrap_or(6)
}

/// Not a test by itself: without its environment it does nothing.
#[test]
fn child_publishes_and_reads() {
    let (Some(root), Some(index)) = (std::env::var_os(ROOT), std::env::var_os(INDEX)) else {
        return;
    };
    let keys = std::env::var_os(KEYS).unwrap();
    let index: u64 = index.to_str().unwrap().parse().unwrap();
    let (store, signer) = open(Path::new(&root), Path::new(&keys));
    let end = Instant::now() + Duration::from_secs(stress_seconds());
    let (mut kept, mut cached) = (Vec::new(), Vec::new());
    let mut n_missing = 0;
    let mut n = 0;
    while Instant::now() < end {
        // Half of the numbers are shared by all, so that they race for the same names.
        let number = if n % 2 == 0 {
            n
        } else {
            (index + 1) * 1_000_000 + n
        };
        let component = component(number);
        let mut facts = numbered(number);
        let is_cache = n % 3 == 2;
        if is_cache {
            facts.retention = Retention::Cache;
        }
        let publication = Publication {
            component: &component,
            facts,
            name: (n % 5 == 0).then_some("shared"),
            ..publication(1)
        };
        let published = store.publish_module(&publication, &signer).unwrap();
        let digest = published.module.component.digest;
        if is_cache {
            cached.push((number, digest));
        } else {
            kept.push((number, published.record));
            say(&format!("ack {number} {}", published.record));
        }
        let chosen = |n_items: usize| usize::try_from(n * 7919).unwrap() % n_items;
        // Something kept earlier is found, trusted and whole.
        let (number, record) = kept[chosen(kept.len())];
        let module = store.record(&record).unwrap();
        let module = module.trusted_module().expect("acknowledged, so trusted");
        let bytes = store.get_blob(&module.component.digest).unwrap();
        assert!(bytes == self::component(number));
        // Something cached may have been collected: then it is missing, and never wrong.
        if let Some((number, digest)) = cached.get(chosen(cached.len().max(1))) {
            match store.get_blob(digest) {
                Ok(bytes) => assert!(bytes == self::component(*number)),
                Err(GetError::Missing { .. }) => n_missing += 1,
                Err(error) => panic!("{error:?}"),
            }
        }
        n += 1;
    }
    say(&format!("done {n} {n_missing}"));
}

#[test]
fn eight_processes_publish_and_read_beside_collection() {
    let fixture = Fixture::new();
    let (root, keys) = (fixture.root.path(), fixture.keys.path());
    let start = |index: u64| {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_publishes_and_reads", "--nocapture"])
            .env(ROOT, root)
            .env(KEYS, keys)
            .env(INDEX, index.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let mut children: Vec<Child> = (0..CHILDREN).map(start).collect();
    // Pipes are read all the time, or a child would wait for room in its own.
    let readers: Vec<_> = children
        .iter_mut()
        .map(|child| {
            let says = Said::by(child);
            std::thread::spawn(move || {
                let (mut acknowledged, mut n_missed) = (Vec::new(), 0);
                for said in says {
                    match said {
                        Said::Ack(n, record) => acknowledged.push((n, record)),
                        Said::Done(missed) => n_missed = missed,
                        Said::Begin | Said::Write => {}
                    }
                }
                (acknowledged, n_missed)
            })
        })
        .collect();
    let options = CollectOptions {
        grace: Duration::ZERO,
        cache_max_age: Some(Duration::ZERO),
        keep_versions: None,
        dry_run: false,
    };
    let (mut n_collections, mut n_collected) = (0, 0);
    while readers.iter().any(|reader| !reader.is_finished()) {
        n_collected += fixture.store.collect(&options).unwrap().n_blobs;
        n_collections += 1;
    }
    let (mut acknowledged, mut n_missed) = (Vec::new(), 0);
    for reader in readers {
        let (more, missed) = reader.join().unwrap();
        acknowledged.extend(more);
        n_missed += missed;
    }
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    println!(
        "{} acknowledged, {n_collections} collections moved {n_collected} blobs, {n_missed} reads \
         missed one",
        acknowledged.len()
    );
    assert!(n_collections > 1 && acknowledged.len() > 16);
    check(root, keys, &acknowledged);
}
