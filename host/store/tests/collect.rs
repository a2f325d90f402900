//! Collection, leases and scrubbing.
#![allow(
    clippy::disallowed_methods,
    reason = "tests look at and damage the files themselves"
)]

mod common;

use std::time::Duration;

use common::*;
use rtfs_store::*;

const NOW: CollectOptions = CollectOptions {
    grace: Duration::ZERO,
    cache_max_age: Some(Duration::ZERO),
    keep_versions: None,
    dry_run: false,
};

fn cached(n: u8) -> Publication<'static> {
    let mut publication = publication(n);
    publication.facts.retention = Retention::Cache;
    publication
}

#[test]
fn what_nothing_names_goes_to_the_trash_and_then_for_good() {
    let fixture = Fixture::new();
    let kept = fixture.publish(&publication(1));
    let orphan = fixture.store.put_blob(b"orphan").unwrap();

    let report = fixture.store.collect(&NOW).unwrap();
    assert_eq!(
        (report.n_blobs, report.blobs_bytes, report.n_swept),
        (1, 6, 0)
    );
    assert!(!fixture.blob(&orphan).exists());
    assert!(
        fixture
            .root
            .path()
            .join("trash/1")
            .join(orphan.hex())
            .exists()
    );

    let report = fixture.store.collect(&NOW).unwrap();
    assert_eq!((report.n_blobs, report.n_swept), (0, 1));
    assert!(matches!(
        fixture.store.get_blob(&orphan),
        Err(GetError::Missing { .. })
    ));
    for blob in kept.module.blobs() {
        assert!(fixture.store.get_blob(&blob.digest).is_ok());
    }
}

#[test]
fn a_reader_fetches_a_blob_back_from_the_trash() {
    let fixture = Fixture::new();
    let orphan = fixture.store.put_blob(b"orphan").unwrap();
    fixture.store.collect(&NOW).unwrap();
    assert_eq!(fixture.store.get_blob(&orphan).unwrap(), b"orphan");
    // Swept from the first epoch, moved to the second, and fetched back again.
    fixture.store.collect(&NOW).unwrap();
    assert!(!fixture.blob(&orphan).exists());
    assert_eq!(fixture.store.put_blob(b"orphan").unwrap(), orphan);
    assert!(fixture.blob(&orphan).exists());
}

#[test]
fn nothing_younger_than_the_grace_time_is_touched() {
    let fixture = Fixture::new();
    let orphan = fixture.store.put_blob(b"orphan").unwrap();
    let record = fixture.publish(&cached(1)).record;
    let hour = Duration::from_secs(3600);
    let options = CollectOptions { grace: hour, ..NOW };
    assert_eq!(
        fixture.store.collect(&options).unwrap(),
        CollectReport::default()
    );
    let file = std::fs::File::open(fixture.blob(&orphan)).unwrap();
    file.set_modified(std::time::SystemTime::now() - 2 * hour)
        .unwrap();
    // Storing it again makes it young.
    fixture.store.put_blob(b"orphan").unwrap();
    assert_eq!(fixture.store.collect(&options).unwrap().n_blobs, 0);
    file.set_modified(std::time::SystemTime::now() - 2 * hour)
        .unwrap();
    assert_eq!(fixture.store.collect(&options).unwrap().n_blobs, 1);
    assert!(fixture.record(&record).exists());
}

#[test]
fn a_dry_run_counts_and_changes_nothing() {
    let fixture = Fixture::new();
    fixture.store.put_blob(b"orphan").unwrap();
    fixture.publish(&cached(1));
    let dry = CollectOptions {
        dry_run: true,
        ..NOW
    };
    let report = fixture.store.collect(&dry).unwrap();
    assert_eq!((report.n_records, report.n_blobs), (1, 4));
    assert_eq!(fixture.store.collect(&dry).unwrap(), report);
    assert_eq!(fixture.store.collect(&NOW).unwrap(), report);
}

#[test]
fn cache_records_go_unless_they_are_named_or_young() {
    let fixture = Fixture::new();
    let dropped = fixture.publish(&cached(1));
    let named = fixture.publish(&Publication {
        name: Some("demo"),
        ..cached(2)
    });
    let kept = fixture.publish(&publication(3));
    let without_age = CollectOptions {
        cache_max_age: None,
        keep_versions: None,
        ..NOW
    };
    assert_eq!(
        fixture.store.collect(&without_age).unwrap(),
        CollectReport::default()
    );

    assert_eq!(fixture.store.collect(&NOW).unwrap().n_records, 1);
    let missing = fixture.store.record(&dropped.record);
    assert!(matches!(missing, Err(RecordError::Missing { .. })));
    let found = fixture.store.find(&Query::All).unwrap();
    let found: Vec<_> = found.iter().map(|record| record.digest()).collect();
    let mut expected = [named.record, kept.record];
    expected.sort();
    assert_eq!(found, expected);
    let dump = fixture.store.index_dump().unwrap();
    fixture.store.reindex().unwrap();
    assert_eq!(fixture.store.index_dump().unwrap(), dump);
    assert!(!fixture.blob(&dropped.module.component.digest).exists());
    // Source and IR are shared with the modules that stay.
    assert!(
        fixture
            .store
            .scrub(Damage::Report, &mut |_| ())
            .unwrap()
            .is_sound()
    );
}

#[test]
fn a_held_blob_stays_until_its_holder_lets_go() {
    let fixture = Fixture::new();
    let orphan = fixture.store.put_blob(b"orphan").unwrap();
    let hold = fixture.reopen().hold(&[orphan]).unwrap();
    assert_eq!(fixture.store.collect(&NOW).unwrap().n_blobs, 0);
    drop(hold);
    assert_eq!(fixture.store.collect(&NOW).unwrap().n_blobs, 1);
    // Holding fetches it back.
    let hold = fixture.store.hold(&[orphan]).unwrap();
    assert_eq!(fixture.store.collect(&NOW).unwrap().n_blobs, 0);
    assert!(fixture.blob(&orphan).exists());
    drop(hold);
    let missing = fixture.store.hold(&[Digest::of(b"never stored")]);
    assert!(matches!(missing.err(), Some(HoldError::Missing { .. })));
}

#[test]
fn what_a_stranger_signed_is_kept() {
    let fixture = Fixture::new();
    let stranger = LocalSigner::from_seed(&[9; 32]);
    let published = fixture
        .store
        .publish_module(&publication(1), &stranger)
        .unwrap();
    assert_eq!(
        fixture.store.collect(&NOW).unwrap(),
        CollectReport::default()
    );
    assert!(fixture.blob(&published.module.component.digest).exists());
}

#[test]
fn what_a_pinned_release_needs_is_kept() {
    let fixture = Fixture::new();
    let layer = fixture.store.put_blob(b"layer").unwrap();
    let config = fixture.store.put_blob(b"{}").unwrap();
    let manifest = format!(
        "{{\"schemaVersion\":2,\"config\":{{\"digest\":\"{config}\"}},\
         \"layers\":[{{\"digest\":\"{layer}\",\"size\":5}}]}}"
    );
    let manifest = fixture.store.put_blob(manifest.as_bytes()).unwrap();
    let index = format!(
        "{{\"schemaVersion\":2,\"manifests\":[{{\"digest\":\"{manifest}\",\
         \"mediaType\":\"application/vnd.oci.image.manifest.v1+json\"}}]}}"
    );
    overwrite(&fixture.root.path().join("index.json"), index.as_bytes());
    assert_eq!(
        fixture.store.collect(&NOW).unwrap(),
        CollectReport::default()
    );
    overwrite(&fixture.root.path().join("index.json"), b"{ half");
    let refused = fixture.store.collect(&NOW).unwrap_err();
    assert!(matches!(refused, CollectError::Pins { path } if path == "index.json"));
}

#[test]
fn collection_stops_at_a_record_it_cannot_read() {
    let fixture = Fixture::new();
    let published = fixture.publish(&publication(1));
    let path = fixture.record(&published.record);
    let good = std::fs::read(&path).unwrap();
    overwrite(&path, b"torn");
    let refused = fixture.store.collect(&NOW).unwrap_err();
    assert!(
        matches!(refused, CollectError::Unreadable { record, .. } if record == published.record)
    );
    overwrite(&path, &good);
    fixture.store.collect(&NOW).unwrap();
    assert!(
        fixture
            .store
            .get_blob(&published.module.component.digest)
            .is_ok()
    );
}

#[test]
fn scrubbing_finds_each_kind_of_damage_and_moves_it_away() {
    let fixture = Fixture::new();
    let [a, b] = [1, 2].map(|n| fixture.publish(&publication(n)));
    let sound = fixture
        .store
        .scrub(Damage::Quarantine, &mut |_| ())
        .unwrap();
    assert!(sound.is_sound());
    assert_eq!((sound.n_blobs, sound.n_records), (4, 2));

    overwrite(&fixture.blob(&a.module.component.digest), b"component X");
    overwrite(&fixture.record(&b.record), b"{}");
    let mut read_bytes = 0;
    let damage = Damage::Quarantine;
    let report = fixture
        .store
        .scrub(damage, &mut |n_bytes| read_bytes += n_bytes)
        .unwrap();
    assert!(!report.is_sound());
    assert_eq!(report.corrupt_blobs, [a.module.component.digest]);
    assert_eq!(
        report.missing_blobs,
        [(a.record, a.module.component.digest)]
    );
    assert_eq!(report.refused_records.len(), 1);
    assert_eq!(report.refused_records[0].0, b.record);
    assert_eq!(read_bytes, report.blobs_bytes);
    let quarantine = fixture.root.path().join("quarantine");
    assert_eq!(quarantine.read_dir().unwrap().count(), 2);

    // The sound bytes can be stored again in place of the damaged ones.
    for n in [1, 2] {
        fixture.publish(&publication(n));
    }
    let report = fixture.store.scrub(Damage::Report, &mut |_| ()).unwrap();
    assert!(report.is_sound());
    assert_eq!(report.n_records, 2);
}

#[test]
fn versions_that_newer_ones_replaced_stay_unless_told_otherwise() {
    let fixture = Fixture::new();
    let named = |n: u8| {
        fixture.publish(&Publication {
            name: Some("demo"),
            ..publication(n)
        })
    };
    let unnamed = fixture.publish(&publication(0));
    let [first, second, third] = [1, 2, 3].map(named);
    let is_there = |published: &Published| fixture.store.record(&published.record).is_ok();
    let keep = |versions| CollectOptions {
        keep_versions: Some(versions),
        ..NOW
    };
    for options in [NOW, keep(3)] {
        assert_eq!(
            fixture.store.collect(&options).unwrap(),
            CollectReport::default()
        );
    }
    // Nothing young goes.
    let hour = CollectOptions {
        grace: Duration::from_secs(3600),
        ..keep(1)
    };
    assert_eq!(fixture.store.collect(&hour).unwrap().n_records, 0);
    let dry = CollectOptions {
        dry_run: true,
        ..keep(2)
    };
    let report = fixture.store.collect(&dry).unwrap();
    // A record and its pointer, and the component: source and IR are the same for all.
    assert_eq!((report.n_records, report.n_blobs), (2, 1));
    assert!(is_there(&first));
    assert_eq!(fixture.store.collect(&keep(2)).unwrap(), report);
    assert!(!is_there(&first));
    assert!(is_there(&second) && is_there(&third) && is_there(&unnamed));
    fixture.store.collect(&keep(1)).unwrap();
    assert!(!is_there(&second));
    let store = fixture.reopen();
    let resolved = store.resolve("demo").unwrap().expect("the name stays");
    assert_eq!(resolved.trusted_module(), Some(&third.module));
    assert!(resolved.refused.is_empty());
    assert!(
        store
            .find(&Query::Definition(definition(1)))
            .unwrap()
            .is_empty()
    );
    for blob in [&third, &unnamed].map(|it| it.module.component.digest) {
        assert!(store.check_blob(&blob).is_ok());
    }
    // The next version goes on counting.
    let fourth = named(1);
    let resolved = fixture.store.resolve("demo").unwrap().expect("it is there");
    assert_eq!(resolved.trusted_module(), Some(&fourth.module));
}

#[test]
fn a_version_with_another_name_or_a_strangers_stays() {
    let fixture = Fixture::new();
    let as_name = |n: u8, name| {
        fixture.publish(&Publication {
            name: Some(name),
            ..publication(n)
        })
    };
    let first = as_name(1, "demo");
    assert_eq!(as_name(1, "stable").record, first.record);
    as_name(2, "demo");
    let elsewhere = tempfile::tempdir().unwrap();
    let (store, stranger) = open(fixture.root.path(), elsewhere.path());
    let theirs = Publication {
        name: Some("demo"),
        ..publication(3)
    };
    let theirs = store.publish_module(&theirs, &stranger).unwrap();
    let keep_one = CollectOptions {
        keep_versions: Some(1),
        ..NOW
    };
    assert_eq!(fixture.store.collect(&keep_one).unwrap().n_records, 0);
    for record in [first.record, theirs.record] {
        assert!(fixture.store.record(&record).is_ok());
    }
}
