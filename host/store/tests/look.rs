//! Referring to modules, looking through the store, and checking what one consists of.
#![allow(
    clippy::disallowed_methods,
    reason = "tests look at and damage the files themselves"
)]

mod common;

use common::*;
use rtfs_store::*;

fn named(n: u8, name: &'static str) -> Publication<'static> {
    Publication {
        name: Some(name),
        ..publication(n)
    }
}

#[test]
fn a_module_goes_by_name_and_by_digests_in_full_or_shortened() {
    let fixture = Fixture::new();
    let published = fixture.publish(&named(1, "demo"));
    fixture.publish(&publication(2));
    let store = fixture.reopen();
    let component = published.module.component.digest;
    let pointer = published.pointer.unwrap();
    for reference in [
        "demo".to_owned(),
        published.record.to_string(),
        published.record.to_string()[..15].to_owned(),
        component.to_string(),
        component.to_string()[..20].to_owned(),
        pointer.to_string(),
    ] {
        let located = store.locate(&reference).unwrap();
        assert_eq!(
            located.trusted_module(),
            Some(&published.module),
            "{reference}"
        );
        assert_eq!(located.record.digest(), published.record);
        assert_eq!(located.deciding().digest(), published.record);
    }
    let unknown = format!("sha256:{}", "0".repeat(64));
    for reference in ["Demo", "", "demo ", unknown.as_str(), "sha256:00000000"] {
        let error = store.locate(reference).unwrap_err();
        assert!(matches!(error, LocateError::NotFound { .. }), "{reference}");
    }
    for reference in [
        "sha256:",
        "sha256:0123456",
        "sha256:0123456G",
        "sha256:ABCDEF012",
    ] {
        let error = store.locate(reference).unwrap_err();
        assert!(
            matches!(error, LocateError::Malformed { .. }),
            "{reference}"
        );
    }
}

#[test]
fn a_component_with_several_records_goes_by_a_trusted_one() {
    let fixture = Fixture::new();
    let keys = tempfile::tempdir().unwrap();
    let (strangers, stranger) = open(fixture.root.path(), keys.path());
    for n in 0..20 {
        // The same component each time, in other words: some record has a lower digest than ours.
        let mut theirs = publication(1);
        theirs.facts.description = Some(format!("theirs {n}"));
        strangers.publish_module(&theirs, &stranger).unwrap();
    }
    let ours = fixture.publish(&publication(1));
    let located = fixture
        .reopen()
        .locate(&ours.module.component.digest.to_string())
        .unwrap();
    assert_eq!(located.record.digest(), ours.record);
}

#[test]
fn a_name_whose_record_is_gone_says_which() {
    let fixture = Fixture::new();
    let published = fixture.publish(&named(1, "demo"));
    std::fs::remove_file(fixture.record(&published.record)).unwrap();
    let error = fixture.reopen().locate("demo").unwrap_err();
    assert!(matches!(error, LocateError::Dangling { record, .. } if record == published.record));
}

#[test]
fn an_untrusted_pointer_leads_to_nothing_that_may_be_used() {
    let fixture = Fixture::new();
    let ours = fixture.publish(&publication(1));
    let keys = tempfile::tempdir().unwrap();
    let (strangers, stranger) = open(fixture.root.path(), keys.path());
    strangers
        .point_name("demo", &ours.record, None, &stranger)
        .unwrap();
    let located = fixture.reopen().locate("demo").unwrap();
    assert_eq!(located.trusted_module(), None);
    assert!(located.record.verdict().is_trusted());
    assert!(!located.deciding().verdict().is_trusted());
}

#[test]
fn the_catalogue_has_every_module_with_its_names_and_the_damaged_ones() {
    let fixture = Fixture::new();
    let one = fixture.publish(&named(1, "one"));
    let two = fixture.publish(&publication(2));
    fixture
        .store
        .point_name("uno", &one.record, None, &fixture.signer)
        .unwrap();
    overwrite(&fixture.record(&two.record), b"{}");
    let entries = fixture.reopen().catalogue().unwrap();
    assert_eq!(entries.len(), 2);
    let find = |digest| {
        entries
            .iter()
            .find(|it| it.record.digest() == digest)
            .unwrap()
    };
    assert_eq!(find(one.record).names, ["one", "uno"]);
    assert_eq!(find(one.record).module_unverified(), Some(&one.module));
    assert_eq!(find(two.record).module_unverified(), None);
}

#[test]
fn a_search_fits_names_hashes_and_words() {
    let fixture = Fixture::new();
    let one = fixture.publish(&Publication {
        source: Some(b"(defn add [x y] (+ x y)) ; Sums"),
        ..named(1, "adder")
    });
    fixture.publish(&Publication {
        source: Some(b"(defn mul [x y] (* x y))"),
        ..publication(2)
    });
    let store = fixture.reopen();
    #[track_caller]
    fn check(store: &Store, search: Search, expected: usize) {
        assert_eq!(store.search(&search).unwrap().len(), expected, "{search:?}");
    }
    let name = |name: &str| Search {
        name: Some(name.to_owned()),
        ..Search::default()
    };
    let hash = |hash: String| Search {
        hash: Some(hash),
        ..Search::default()
    };
    let words = |words: &[&str]| Search {
        words: words.iter().map(|&word| word.to_owned()).collect(),
        ..Search::default()
    };
    check(&store, Search::default(), 2);
    check(&store, name("adder"), 1);
    check(&store, name("f2"), 1);
    check(&store, name("add"), 0);
    let module = &one.module;
    for digest in [
        one.record.to_string(),
        module.component.digest.to_string(),
        module.source.unwrap().plain.to_string(),
        module.facts.artifact_key.to_string(),
        definition(1).to_string(),
        interface(1).to_string(),
        definition(1).hex()[..10].to_owned(),
    ] {
        check(&store, hash(digest), 1);
    }
    // Both have the same intermediate form.
    check(&store, hash(module.ir.unwrap().digest.to_string()), 2);
    check(&store, hash(definition(9).to_string()), 0);
    check(&store, words(&["ADDER"]), 1);
    check(&store, words(&["sums", "clock"]), 1);
    check(&store, words(&["defn"]), 2);
    check(&store, words(&["defn", "mul", "sums"]), 0);
    let both = Search {
        name: Some("f1".to_owned()),
        ..words(&["mul"])
    };
    check(&store, both, 0);
}

#[test]
fn every_part_of_a_module_that_is_altered_or_gone_is_a_fault() {
    let fixture = Fixture::new();
    let published = fixture.publish(&publication(1));
    let module = &published.module;
    let check = || {
        let store = fixture.reopen();
        store.check_module(&store.record(&published.record).unwrap())
    };
    assert_eq!(check(), []);
    for (part, digest) in [
        (Part::Component, module.component.digest),
        (Part::Source, module.source.unwrap().blob.digest),
        (Part::Ir, module.ir.unwrap().digest),
    ] {
        let path = fixture.blob(&digest);
        let good = std::fs::read(&path).unwrap();
        let mut bad = good.clone();
        bad[good.len() / 2] ^= 1;
        overwrite(&path, &bad);
        let actual = Digest::of(&bad);
        let problem = Problem::Altered { actual };
        assert_eq!(
            check(),
            [Fault {
                part,
                digest,
                problem
            }]
        );
        assert!(check()[0].is_refusal());
        assert!(path.ends_with(check()[0].path()));
        std::fs::remove_file(&path).unwrap();
        let problem = Problem::Missing;
        assert_eq!(
            check(),
            [Fault {
                part,
                digest,
                problem
            }]
        );
        assert!(!check()[0].is_refusal());
        std::fs::write(&path, good).unwrap();
    }
    let path = fixture.record(&published.record);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[100] ^= 1;
    overwrite(&path, &bytes);
    let faults = check();
    assert!(
        matches!(
            &faults[..],
            [Fault {
                part: Part::Record,
                problem: Problem::Refused(_),
                ..
            }]
        ),
        "{faults:?}"
    );
    assert!(path.ends_with(faults[0].path()));
}
