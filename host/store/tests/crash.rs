//! Every state a power cut may leave.
//!
//! A file system in memory notes what was synced and what was not. The workload is stopped before
//! each of its operations in turn, and for each stop the states that a file system without a
//! journal could present are built: names that were not synced present or absent, content that was not
//! synced whole, torn, zero or empty. Each state is opened, and what had been acknowledged must be
//! there. Then each sync is left out in turn, and the same checks must notice.

mod common;
mod model;

use std::sync::Arc;

use common::{facts, publication};
use model::{Disk, ModelFs};
use rtfs_store::*;

/// What a workload acknowledged before it was stopped.
#[derive(Default)]
struct Acknowledged {
    blobs: Vec<(Digest, Vec<u8>)>,
    published: Vec<Published>,
    /// The last one; a later one may have taken its place without having been acknowledged.
    pinned: Option<Pin>,
}

fn signer() -> LocalSigner {
    LocalSigner::from_seed(&[1; 32])
}

fn open(fs: &Arc<ModelFs>) -> Result<Store, OpenError> {
    let anchors = Anchors {
        keys: vec![signer().public_key().clone()],
        keyring: None,
    };
    Store::open_on(fs.clone(), anchors)
}

/// An empty store, all of it durable.
fn empty() -> Disk {
    let fs = ModelFs::new(Disk::default());
    open(&fs).unwrap();
    fs.everything_durable()
}

/// Publishes twice, the second time sharing blobs with the first and the name.
fn publish(store: &Store, acknowledged: &mut Acknowledged) -> Option<()> {
    let blob = b"a blob of its own".to_vec();
    acknowledged.blobs.push((store.put_blob(&blob).ok()?, blob));
    for n in 1..3 {
        let publication = Publication {
            name: Some("demo"),
            ..publication(n)
        };
        let published = store.publish_module(&publication, &signer()).ok()?;
        acknowledged.published.push(published);
    }
    Some(())
}

/// Drops a cache record and collects its blobs, then stores one of them again.
fn collect(store: &Store, acknowledged: &mut Acknowledged) -> Option<()> {
    let options = CollectOptions {
        grace: std::time::Duration::ZERO,
        cache_max_age: Some(std::time::Duration::ZERO),
        keep_versions: None,
        dry_run: false,
    };
    let mut cached = Publication {
        facts: facts(7),
        component: b"cached",
        ..publication(1)
    };
    cached.facts.retention = Retention::Cache;
    let kept = store.publish_module(&publication(1), &signer()).ok()?;
    acknowledged.published.push(kept);
    store.publish_module(&cached, &signer()).ok()?;
    store.collect(&options).ok()?;
    let blob = b"cached".to_vec();
    let digest = store.put_blob(&blob).ok()?;
    acknowledged.blobs.push((digest, blob));
    Some(())
}

/// Publishes, pins, and moves the pin.
fn pin(store: &Store, acknowledged: &mut Acknowledged) -> Option<()> {
    for n in 1..3 {
        let published = store.publish_module(&publication(n), &signer()).ok()?;
        let record = published.record;
        acknowledged.published.push(published);
        let pin = store.pin("v1", &record, &Surface::default()).ok()?;
        acknowledged.pinned = Some(pin.clone());
        acknowledged
            .blobs
            .push((pin.manifest, store.get_blob(&pin.manifest).ok()?));
    }
    Some(())
}

/// What is wrong with a state, if anything is.
fn damage(disk: Disk, acknowledged: &Acknowledged) -> Option<String> {
    let fs = ModelFs::new(disk);
    let store = match open(&fs) {
        Ok(store) => store,
        Err(error) => return Some(format!("cannot be opened: {error:?}")),
    };
    let report = store.scrub(Damage::Report, &mut |_| ()).unwrap();
    if !report.is_sound() || !report.refused_records.is_empty() {
        return Some(format!("{report:?}"));
    }
    for (digest, bytes) in &acknowledged.blobs {
        if store.get_blob(digest).ok().as_ref() != Some(bytes) {
            return Some(format!("lost {digest}"));
        }
    }
    for published in &acknowledged.published {
        let found = store.find(&Query::Artifact(published.module.facts.artifact_key));
        let is_found = found
            .unwrap()
            .iter()
            .any(|record| record.digest() == published.record && record.trusted_module().is_some());
        if !is_found {
            return Some(format!("lost record {}", published.record));
        }
    }
    let pins = match store.pins() {
        Ok(pins) => pins,
        Err(error) => return Some(format!("pins cannot be read: {error:?}")),
    };
    if let Some(pinned) = &acknowledged.pinned
        && pins.iter().all(|pin| pin.reference != pinned.reference)
    {
        return Some(format!("lost pin {}", pinned.reference));
    }
    if let Some(pin) = pins
        .iter()
        .find(|pin| store.get_blob(&pin.manifest).is_err())
    {
        return Some(format!("pin {} without its manifest", pin.reference));
    }
    let pointers = acknowledged.published.iter().filter_map(|it| it.pointer);
    for pointer in pointers {
        let is_there = store
            .record(&pointer)
            .is_ok_and(|it| it.trusted_pointer().is_some());
        let named = store.resolve("demo").unwrap();
        if !is_there || named.is_none_or(|it| it.trusted_module().is_none()) {
            return Some(format!("lost pointer {pointer}"));
        }
    }
    None
}

type Workload = fn(&Store, &mut Acknowledged) -> Option<()>;

/// Runs a workload that stops before operation `stop`, and leaves out sync `without`.
fn run(
    start: &Disk,
    workload: Workload,
    stop: Option<usize>,
    without: Option<usize>,
) -> (Arc<ModelFs>, Acknowledged) {
    let fs = ModelFs::new(start.clone());
    let mut acknowledged = Acknowledged::default();
    let store = open(&fs).unwrap();
    fs.arm(stop, without);
    let finished = workload(&store, &mut acknowledged);
    assert_eq!(
        finished.is_none(),
        stop.is_some(),
        "an operation that failed is reported"
    );
    (fs, acknowledged)
}

fn no_crash_loses_what_was_acknowledged(workload: Workload) {
    let start = empty();
    let n_operations = run(&start, workload, None, None).0.n_operations();
    let mut n_states = 0;
    for stop in 0..n_operations {
        let (fs, acknowledged) = run(&start, workload, Some(stop), None);
        for (state, disk) in fs.crash_states() {
            n_states += 1;
            if let Some(damage) = damage(disk, &acknowledged) {
                panic!("stopped before operation {stop}, {state}: {damage}");
            }
        }
    }
    assert!(
        n_operations > 30 && n_states > n_operations,
        "{n_operations} operations, {n_states} states"
    );
}

#[test]
fn no_crash_during_publication_loses_what_was_acknowledged() {
    no_crash_loses_what_was_acknowledged(publish);
}

#[test]
fn no_crash_during_collection_loses_what_was_acknowledged() {
    no_crash_loses_what_was_acknowledged(collect);
}

#[test]
fn no_crash_during_pinning_loses_what_was_acknowledged() {
    no_crash_loses_what_was_acknowledged(pin);
}

#[test]
fn each_sync_of_a_publication_is_needed() {
    let start = empty();
    let n_syncs = run(&start, publish, None, None).0.n_syncs();
    for without in 0..n_syncs {
        let n_operations = run(&start, publish, None, Some(without)).0.n_operations();
        let is_noticed = std::iter::once(None)
            .chain((0..n_operations).map(Some))
            .any(|stop| {
                let (fs, acknowledged) = run(&start, publish, stop, Some(without));
                let mut states = fs.crash_states().into_iter();
                states.any(|(_, disk)| damage(disk, &acknowledged).is_some())
            });
        assert!(is_noticed, "sync {without} of {n_syncs} can be left out");
    }
}

#[test]
fn a_failed_sync_ends_all_writing() {
    let start = empty();
    let n_syncs = run(&start, publish, None, None).0.n_syncs();
    for failing in 0..n_syncs {
        let fs = ModelFs::new(start.clone());
        let store = open(&fs).unwrap();
        fs.fail_sync(failing);
        assert!(publish(&store, &mut Acknowledged::default()).is_none());
        let again = store.put_blob(b"something else");
        assert!(matches!(again, Err(PutError::Poisoned)), "sync {failing}");
        assert!(
            open(&fs).unwrap().put_blob(b"something else").is_ok(),
            "after reopening"
        );
    }
}

#[test]
fn a_half_made_store_is_made_whole() {
    let fs = ModelFs::new(Disk::default());
    open(&fs).unwrap();
    let n_operations = fs.n_operations();
    // Most of them make the 256 shards.
    for stop in (0..n_operations).filter(|stop| stop % 37 == 0 || n_operations - stop < 20) {
        let fs = ModelFs::new(Disk::default());
        fs.arm(Some(stop), None);
        assert!(open(&fs).is_err());
        for (state, disk) in fs.crash_states() {
            let damage = damage(disk, &Acknowledged::default());
            assert_eq!(damage, None, "stopped before operation {stop}, {state}");
        }
    }
}
