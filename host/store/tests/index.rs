//! The index: derived from the records, and only proposing.
#![allow(
    clippy::disallowed_methods,
    reason = "tests look at and damage the files themselves"
)]

mod common;

use common::*;
use rtfs_store::*;

#[test]
fn a_rebuilt_index_has_the_same_rows() {
    let fixture = Fixture::new();
    for n in 0..20 {
        let name = format!("name{}", n % 3);
        fixture.publish(&Publication {
            name: (n % 2 == 0).then_some(&name),
            ..publication(n)
        });
    }
    let dump = fixture.store.index_dump().unwrap();
    assert_eq!(dump.lines().count(), 20 + 20 + 2 * 10);
    fixture.store.reindex().unwrap();
    assert_eq!(fixture.store.index_dump().unwrap(), dump);

    std::fs::remove_dir_all(fixture.root.path().join("derived")).unwrap();
    assert_eq!(
        fixture.store.index_dump().unwrap(),
        dump,
        "in the open store"
    );
    assert_eq!(
        fixture.reopen().index_dump().unwrap(),
        dump,
        "in another process"
    );
}

#[test]
fn a_damaged_index_is_made_again() {
    let fixture = Fixture::new();
    fixture.publish(&publication(1));
    let dump = fixture.store.index_dump().unwrap();
    let file = fixture.root.path().join("derived/index.db");
    let good = std::fs::read(&file).unwrap();
    for bad in [
        b"not a database, but long enough to look like the header of one ......".repeat(100),
        [&good[..4096], &vec![0x5a; good.len().saturating_sub(4096)]].concat(),
    ] {
        for suffix in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(
                fixture
                    .root
                    .path()
                    .join(format!("derived/index.db{suffix}")),
            );
        }
        std::fs::remove_file(&file).unwrap();
        std::fs::write(&file, bad).unwrap();
        let store = fixture.reopen();
        assert_eq!(
            store.find(&Query::Definition(definition(1))).unwrap().len(),
            1
        );
        assert_eq!(store.index_dump().unwrap(), dump);
    }
}

#[test]
fn a_record_that_never_reached_the_index_is_found_after_opening() {
    let fixture = Fixture::new();
    let published = fixture.publish(&publication(1));
    fixture.publish(&publication(2));
    let dump = fixture.store.index_dump().unwrap();
    let path = fixture.record(&published.record);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    fixture.store.refresh_index().unwrap();
    assert!(fixture.store.index_dump().unwrap().len() < dump.len());
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(fixture.reopen().index_dump().unwrap(), dump);
}

#[test]
fn the_index_only_proposes() {
    let fixture = Fixture::new();
    fixture.publish(&publication(1));
    fixture.store.index_dump().unwrap();
    // Somebody who can write to the store makes the index lie.
    let file = fixture.root.path().join("derived/index.db");
    let connection = rusqlite::Connection::open(file).unwrap();
    let sql = "UPDATE exports SET definition = ?1";
    connection.execute(sql, [[7_u8; 32]]).unwrap();
    let found = fixture
        .store
        .find(&Query::Definition(definition(7)))
        .unwrap();
    assert!(found.is_empty(), "the record does not say so");
}

/// Openers of a store without an index make it together; none of them may be told to come back.
#[test]
fn an_index_is_made_by_many_at_once() {
    let fixture = Fixture::new();
    fixture.publish(&publication(1));
    for round in 0..40 {
        std::fs::remove_dir_all(fixture.root.path().join("derived")).unwrap();
        let stores: Vec<Store> = (0..8).map(|_| fixture.reopen()).collect();
        let start = std::sync::Barrier::new(stores.len());
        std::thread::scope(|scope| {
            for store in &stores {
                scope.spawn(|| {
                    start.wait();
                    let found = store.find(&Query::Definition(definition(1)));
                    let n_found = found.map(|records| records.len());
                    assert_eq!(n_found.map_err(|error| error.to_string()), Ok(1), "{round}");
                });
            }
        });
    }
}
