//! Costs that must not depend on size. Loose bounds: they tell linear from quadratic.

use rtfs_value::{Map, Seq, Value, mem};
use std::time::{Duration, Instant};

#[track_caller]
fn within(limit: Duration, work: impl FnOnce()) {
    let start = Instant::now();
    work();
    let took = start.elapsed();
    assert!(took < limit, "took {took:?}, allowed {limit:?}");
}

#[test]
fn appending_to_an_unshared_string_is_linear() {
    within(Duration::from_secs(5), || {
        let mut text = Value::string("");
        for _ in 0..200_000 {
            text.push_str("x");
        }
        assert_eq!(text.char_count(), Some(200_000));
    });
}

#[test]
fn updating_a_shared_vector_copies_a_path_only() {
    let original: Seq = (0..10_000).map(Value::int).collect();
    let mut first = original.clone();
    first.set(0, Value::NIL);
    let before = mem::used();
    for i in 0..100 {
        let mut copy = original.clone();
        copy.set(i, Value::NIL);
        copy.push(Value::NIL);
        copy.push_front(Value::NIL);
        let grown = mem::used() - before;
        assert!(
            grown < 12_000,
            "{grown} bytes for one update of 10,000 items"
        );
    }
    assert_eq!(original.get(5), Some(&Value::int(5)));
}

#[test]
fn updating_a_shared_map_copies_a_path_only() {
    let mut original = Map::new();
    for i in 0..10_000 {
        original.assoc(Value::int(i), Value::NIL).expect("a key");
    }
    let mut first = original.clone();
    first.assoc(Value::int(0), Value::int(1)).expect("a key");
    let before = mem::used();
    for i in 0..100 {
        let mut copy = original.clone();
        copy.assoc(Value::int(i), Value::int(1)).expect("a key");
        copy.assoc(Value::int(-1), Value::int(1)).expect("a key");
        copy.dissoc(&Value::int(i));
        let grown = mem::used() - before;
        assert!(
            grown < 20_000,
            "{grown} bytes for one update of 10,000 entries"
        );
    }
    assert_eq!(original.len(), 10_000);
}

#[test]
fn walking_a_shared_list_by_rest_is_linear() {
    let list: Seq = (0..200_000).map(Value::int).collect();
    within(Duration::from_secs(10), || {
        let mut rest = list.clone();
        let mut sum = 0;
        while let Some(first) = rest.first() {
            sum += first.as_int().unwrap_or_default();
            rest = rest.rest();
        }
        assert_eq!(sum, 19_999_900_000);
    });
}

#[test]
fn sharing_in_every_step_stays_cheap() {
    // Copying all entries in every step would take minutes.
    within(Duration::from_secs(20), || {
        let mut map = Map::new();
        let mut seq = Seq::new();
        for i in 0..20_000 {
            let old = (map.clone(), seq.clone());
            map.assoc(Value::int(i), Value::int(i)).expect("a key");
            seq.push(Value::int(i));
            assert_eq!((old.0.len(), old.1.len()), (i as usize, i as usize));
        }
    });
}
