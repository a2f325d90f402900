//! Publishing, finding, judging: what a user of the store sees.
#![allow(
    clippy::disallowed_methods,
    reason = "tests look at and damage the files themselves"
)]

mod common;

use std::collections::BTreeMap;

use common::*;
use proptest::prelude::*;
use rtfs_store::*;

#[test]
fn a_published_module_is_found_by_everything_it_says() {
    let fixture = Fixture::new();
    let published = fixture.publish(&Publication {
        name: Some("demo"),
        ..publication(1)
    });
    fixture.publish(&publication(2));
    let store = fixture.reopen();
    let check = |query: Query| {
        let found = store.find(&query).unwrap();
        let modules: Vec<_> = found.iter().map(|record| record.trusted_module()).collect();
        assert_eq!(modules, [Some(&published.module)], "{query:?}");
        assert_eq!(found[0].digest(), published.record);
    };
    check(Query::Definition(definition(1)));
    check(Query::Interface(interface(1)));
    check(Query::ModuleInterface(interface(101)));
    check(Query::ExportName("f1".to_owned()));
    check(Query::Artifact(ArtifactKey::from_bytes([1; 32])));
    check(Query::Component(published.module.component.digest));
    assert_eq!(store.find(&Query::All).unwrap().len(), 2);
    assert!(
        store
            .find(&Query::Definition(definition(9)))
            .unwrap()
            .is_empty()
    );

    let named = store.resolve("demo").unwrap().unwrap();
    assert_eq!(named.trusted_module(), Some(&published.module));
    assert_eq!(store.names().unwrap(), ["demo"]);
}

#[test]
fn component_source_and_ir_come_back_byte_for_byte() {
    let fixture = Fixture::new();
    let text = "(defn add [x y] (+ x y)) ; sum\n".repeat(100);
    let published = fixture.publish(&Publication {
        source: Some(text.as_bytes()),
        ..publication(1)
    });
    let store = fixture.reopen();
    let module = published.module;
    let source = module.source.unwrap();
    assert_eq!(
        store.get_blob(&module.component.digest).unwrap(),
        b"component 1"
    );
    assert_eq!(
        store.get_blob(&module.ir.unwrap().digest).unwrap(),
        b"intermediate form"
    );
    assert_eq!(store.source(&source).unwrap(), text.as_bytes());
    assert!(
        source.blob.size_bytes < text.len() as u64 / 2,
        "it is compressed"
    );
    for blob in module.blobs() {
        assert_eq!(
            store.blob_size_bytes(&blob.digest).unwrap(),
            Some(blob.size_bytes)
        );
    }
}

#[test]
fn publishing_the_same_twice_gives_the_same_record_and_no_new_file() {
    let fixture = Fixture::new();
    let first = fixture.publish(&publication(1));
    let n_files = || walk(fixture.root.path());
    let before = n_files();
    assert_eq!(fixture.publish(&publication(1)), first);
    assert_eq!(n_files(), before);
}

/// All files of the root but those derived.
fn walk(root: &std::path::Path) -> usize {
    let mut n_files = 0;
    let mut pending = vec![root.to_owned()];
    while let Some(dir) = pending.pop() {
        for entry in dir.read_dir().unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with("derived") {
                continue;
            }
            if path.is_dir() {
                pending.push(path);
            } else {
                n_files += 1;
            }
        }
    }
    n_files
}

#[test]
fn a_name_follows_its_highest_trusted_pointer() {
    let fixture = Fixture::new();
    let named = |n| Publication {
        name: Some("demo"),
        ..publication(n)
    };
    fixture.publish(&named(1));
    let second = fixture.publish(&named(2));
    let resolve = |store: &Store| store.resolve("demo").unwrap().unwrap();
    let current = resolve(&fixture.store);
    assert_eq!(current.trusted_module(), Some(&second.module));
    assert_eq!(current.pointer.trusted_pointer().unwrap().sequence, 2);

    // A stranger's higher number does not count, but it shows.
    let keys = tempfile::tempdir().unwrap();
    let (strangers, stranger) = open(fixture.root.path(), keys.path());
    for n in 3..6 {
        strangers.publish_module(&named(n), &stranger).unwrap();
    }
    let store = fixture.reopen();
    let current = resolve(&store);
    assert_eq!(current.trusted_module(), Some(&second.module));
    assert!(!current.refused.is_empty(), "the stranger counted 1, 2, 3");
    let mut refused = current.refused.iter();
    assert!(refused.all(|record| matches!(record.verdict(), Verdict::UnknownSigner { .. })));

    let pointer = store.point_name("demo", &second.record, None, &fixture.signer);
    let current = resolve(&store);
    assert_eq!(current.pointer.digest(), pointer.unwrap());
    assert_eq!(current.pointer.trusted_pointer().unwrap().sequence, 3);
}

#[test]
fn each_flipped_byte_of_a_record_is_refused() {
    let fixture = Fixture::new();
    let published = fixture.publish(&publication(1));
    let path = fixture.record(&published.record);
    let good = std::fs::read(&path).unwrap();
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 8);
        // Under its old name, as on a failing disk or after a clumsy change …
        overwrite(&path, &bad);
        let record = fixture.store.record(&published.record).unwrap();
        assert!(matches!(record.verdict(), Verdict::Corrupt(_)), "byte {at}");
        assert_eq!(record.trusted_module(), None);
        // … and under the name its bytes now have, as a forger would put it there.
        let digest = Digest::of(&bad);
        let forged = fixture.record(&digest);
        std::fs::write(&forged, &bad).unwrap();
        let record = fixture.store.record(&digest).unwrap();
        assert!(
            !record.verdict().is_trusted(),
            "byte {at} {:?}",
            record.verdict()
        );
        std::fs::remove_file(forged).unwrap();
    }
    overwrite(&path, &good);
    assert!(
        fixture
            .store
            .record(&published.record)
            .unwrap()
            .verdict()
            .is_trusted()
    );
}

#[test]
fn an_altered_blob_is_never_returned() {
    let fixture = Fixture::new();
    let published = fixture.publish(&publication(1));
    let source = published.module.source.unwrap();
    for blob in published.module.blobs() {
        let path = fixture.blob(&blob.digest);
        let good = std::fs::read(&path).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x10;
            overwrite(&path, &bad);
            let refused = fixture.store.get_blob(&blob.digest).unwrap_err();
            let actual = Digest::of(&bad);
            assert!(matches!(refused, GetError::Corrupt { actual: found, .. } if found == actual));
        }
        overwrite(&path, &good[..good.len() - 1]);
        assert!(fixture.store.get_blob(&blob.digest).is_err(), "truncated");
        if blob == source.blob {
            assert!(matches!(
                fixture.store.source(&source),
                Err(SourceError::Get(_))
            ));
        }
    }
}

#[test]
fn a_blob_verified_earlier_is_hashed_again_once_it_changed() {
    let fixture = Fixture::new();
    let digest = fixture.store.put_blob(b"sound").unwrap();
    let path = fixture.blob(&digest);
    // Old enough for its stamp to be believed.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    assert_eq!(fixture.store.get_blob(&digest).unwrap(), b"sound");
    assert_eq!(fixture.store.get_blob(&digest).unwrap(), b"sound");
    let stamp = std::fs::metadata(&path).unwrap().modified().unwrap();
    overwrite(&path, b"wrong");
    // Same length, same modification time: the change time still tells.
    std::fs::File::open(&path)
        .unwrap()
        .set_modified(stamp)
        .unwrap();
    assert!(matches!(
        fixture.store.get_blob(&digest),
        Err(GetError::Corrupt { .. })
    ));
}

#[test]
fn storing_a_blob_again_mends_a_corrupt_one() {
    let fixture = Fixture::new();
    let digest = fixture.store.put_blob(b"sound").unwrap();
    overwrite(&fixture.blob(&digest), b"wrong");
    assert_eq!(fixture.store.put_blob(b"sound").unwrap(), digest);
    assert_eq!(fixture.store.get_blob(&digest).unwrap(), b"sound");
    let quarantine = fixture.root.path().join("quarantine");
    assert_eq!(quarantine.read_dir().unwrap().count(), 1, "kept for a look");

    overwrite(&fixture.blob(&digest), b"wrong");
    let from = fixture.store.put_blob_from(&mut &b"sound"[..]);
    assert_eq!(from.unwrap(), digest);
    assert_eq!(fixture.store.get_blob(&digest).unwrap(), b"sound");
}

#[test]
fn publishing_again_mends_a_corrupt_record() {
    let fixture = Fixture::new();
    let published = fixture.publish(&publication(1));
    for bad in [&b"torn"[..], &[b'x'; 9000]] {
        overwrite(&fixture.record(&published.record), bad);
        assert_eq!(fixture.publish(&publication(1)), published);
        let record = fixture.store.record(&published.record).unwrap();
        assert!(record.verdict().is_trusted());
    }
}

#[test]
fn a_deleted_record_is_missing() {
    let fixture = Fixture::new();
    let published = fixture.publish(&publication(1));
    std::fs::remove_file(fixture.record(&published.record)).unwrap();
    let missing = fixture.store.record(&published.record).unwrap_err();
    assert!(matches!(missing, RecordError::Missing { .. }));
    assert!(
        fixture
            .store
            .find(&Query::Definition(definition(1)))
            .unwrap()
            .is_empty()
    );
}

#[test]
fn other_directories_are_left_alone() {
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("letter.txt"), "dear").unwrap();
    let Err(refused) = Store::open(open_dir(root.path()), Anchors::default()) else {
        panic!("opened a directory with a letter in it");
    };
    assert!(matches!(refused, OpenError::NotAStore { found } if found == "letter.txt"));
    assert_eq!(root.path().read_dir().unwrap().count(), 1);
}

#[test]
fn a_store_of_a_later_format_is_left_alone() {
    let fixture = Fixture::new();
    overwrite(
        &fixture.root.path().join("rtfs-store.json"),
        b"{\"format\":2}",
    );
    let opened = Store::open(open_dir(fixture.root.path()), Anchors::default());
    assert!(matches!(
        opened.err(),
        Some(OpenError::NewerFormat {
            found: 2,
            supported: 1
        })
    ));
}

#[test]
fn records_that_break_a_rule_are_not_published() {
    let fixture = Fixture::new();
    let check = |change: &dyn Fn(&mut ModuleFacts)| {
        let mut publication = publication(1);
        change(&mut publication.facts);
        let refused = fixture.store.publish_module(&publication, &fixture.signer);
        assert!(
            matches!(refused, Err(PublishError::Invalid(_))),
            "{refused:?}"
        );
    };
    check(&|facts| facts.exports[0].name = String::new());
    check(&|facts| facts.exports[0].name = "a\u{1b}[31m".to_owned());
    check(&|facts| facts.backend.id = "x".repeat(257));
    check(&|facts| facts.exports.push(facts.exports[0].clone()));
    check(&|facts| facts.backend.id = "two\nlines".to_owned());
    check(&|facts| facts.description = Some("\u{7}".to_owned()));
    let refused = fixture
        .store
        .point_name("", &Digest::of(b""), None, &fixture.signer);
    assert!(matches!(refused, Err(PublishError::Invalid(_))));
    assert!(fixture.store.record_digests().unwrap().is_empty());
}

#[test]
fn a_store_is_shared_between_threads() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Store>();
    is_shared::<KeyRing>();
    is_shared::<Hold>();
    let fixture = Fixture::new();
    let published = std::thread::scope(|scope| {
        let publish = |n| fixture.publish(&publication(n));
        let threads = [0, 1, 2, 3].map(|n| scope.spawn(move || publish(n)));
        threads.map(|thread| thread.join().unwrap())
    });
    let found = fixture.store.find(&Query::All).unwrap();
    assert_eq!(found.len(), published.len());
    assert!(found.iter().all(|record| record.verdict().is_trusted()));
}

/// What may be done to a store and to its model.
#[derive(Debug, Clone)]
enum Step {
    Put(Vec<u8>),
    PutFrom(Vec<u8>),
    Publish(u8, Option<u8>),
    Get(usize),
    Reopen,
    Reindex,
    Collect,
}

fn step() -> impl Strategy<Value = Step> {
    let bytes = || proptest::collection::vec(0_u8..3, 0..4);
    prop_oneof![
        bytes().prop_map(Step::Put),
        bytes().prop_map(Step::PutFrom),
        (0_u8..4, proptest::option::of(0_u8..2)).prop_map(|(n, name)| Step::Publish(n, name)),
        any::<usize>().prop_map(Step::Get),
        Just(Step::Reopen),
        Just(Step::Reindex),
        Just(Step::Collect),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// A store is a map from digests to bytes, one from digests to records, and one from names.
    #[test]
    fn a_store_behaves_like_its_maps(steps in proptest::collection::vec(step(), 1..25)) {
        let mut fixture = Fixture::new();
        let mut blobs = BTreeMap::new();
        let mut modules = BTreeMap::new();
        let mut names = BTreeMap::new();
        for step in steps {
            match step {
                Step::Put(bytes) => {
                    blobs.insert(fixture.store.put_blob(&bytes).unwrap(), bytes);
                }
                Step::PutFrom(bytes) => {
                    blobs.insert(fixture.store.put_blob_from(&mut &bytes[..]).unwrap(), bytes);
                }
                Step::Publish(n, name) => {
                    let name = name.map(|name| format!("name{name}"));
                    let published = fixture.publish(&Publication {
                        name: name.as_deref(),
                        ..publication(n)
                    });
                    if let Some(name) = name {
                        names.insert(name, published.module.clone());
                    }
                    modules.insert(published.record, published.module);
                }
                Step::Get(at) => {
                    if let Some((digest, bytes)) = blobs.iter().nth(at % blobs.len().max(1)) {
                        prop_assert_eq!(&fixture.store.get_blob(digest).unwrap(), bytes);
                    }
                }
                Step::Reopen => fixture.store = fixture.reopen(),
                Step::Reindex => fixture.store.reindex().unwrap(),
                Step::Collect => {
                    fixture.store.collect(&CollectOptions {
                        grace: std::time::Duration::from_secs(3600),
                        cache_max_age: None,
                        keep_versions: None,
                        dry_run: false,
                    }).unwrap();
                }
            }
        }
        for (digest, bytes) in &blobs {
            prop_assert_eq!(&fixture.store.get_blob(digest).unwrap(), bytes);
        }
        let found = fixture.store.find(&Query::All).unwrap();
        let found: BTreeMap<_, _> = found
            .iter()
            .map(|record| (record.digest(), record.trusted_module().unwrap().clone()))
            .collect();
        prop_assert_eq!(found, modules);
        for (name, module) in &names {
            let resolved = fixture.store.resolve(name).unwrap().unwrap();
            prop_assert_eq!(resolved.trusted_module(), Some(module));
        }
        prop_assert_eq!(fixture.store.names().unwrap(), names.into_keys().collect::<Vec<_>>());
        let report = fixture.store.scrub(Damage::Report, &mut |_| ()).unwrap();
        prop_assert!(report.is_sound());
    }
}
