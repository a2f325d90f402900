//! Deeply nested and heavily shared data.

use core::cmp::Ordering;
use rtfs_value::{Value, cbor, compare, equal, hash, mem, readable};

/// Far beyond what a recursive function could take.
const DEPTH: usize = if cfg!(miri) { 300 } else { 1_000_000 };

fn nested(depth: usize) -> Value {
    let mut value = Value::int(1);
    for level in 0..depth {
        value = match level % 3 {
            0 => Value::list([value]),
            1 => crate::data::map(vec![(Value::keyword("k"), value)]),
            _ => Value::vector([Value::NIL, value]),
        };
    }
    value
}

#[test]
fn a_million_levels_drop_compare_hash_and_print() {
    let start = mem::used();
    {
        let (a, b) = (nested(DEPTH), nested(DEPTH));
        assert!(equal(&a, &b));
        assert_eq!(compare(&a, &b), Ordering::Equal);
        assert_eq!(hash(&a), hash(&b));
        assert!(readable(&a).starts_with("([nil {:k ("));
        assert_eq!(cbor::encode(&a).is_err(), DEPTH > cbor::MAX_DEPTH);
        assert!(!cbor::contains_function(&a));
    }
    assert_eq!(mem::used(), start);
}

#[test]
fn errors_and_closures_nest_too() {
    let start = mem::used();
    {
        let mut value = Value::NIL;
        for _ in 0..DEPTH {
            value = rtfs_value::Error::application("x", value, None).into_value();
            value = Value::closure(1, vec![value]);
        }
        assert_eq!(readable(&value), "#<function>");
    }
    assert_eq!(mem::used(), start);
}

/// `n` levels, each holding the one below twice: 2^n leaves in n objects.
fn doubled(n: usize, leaf: Value) -> Value {
    (0..n).fold(leaf, |value, _| Value::vector([value.clone(), value]))
}

#[test]
fn shared_parts_are_visited_once() {
    let (a, b) = (doubled(200, Value::int(1)), doubled(200, Value::int(1)));
    assert_eq!(hash(&a), hash(&b));
    assert!(equal(&a, &a));
    assert!(equal(&a, &b));
    assert!(!equal(&a, &doubled(200, Value::int(2))));
    assert_eq!(compare(&a, &a), Ordering::Equal);
    assert_eq!(compare(&a, &b), Ordering::Equal);
    assert_eq!(compare(&a, &doubled(200, Value::int(2))), Ordering::Less);
    assert!(!cbor::contains_function(&a));
    assert!(cbor::contains_function(&doubled(200, Value::static_fn(1))));
    let nan = doubled(200, Value::float(f64::NAN));
    assert!(!equal(&nan, &nan));
}

#[test]
fn equal_data_without_hashes_are_compared_in_linear_time() {
    let (a, b) = (doubled(60, Value::int(1)), doubled(60, Value::int(1)));
    assert!(equal(&a, &b));
    assert_eq!(compare(&doubled(60, Value::int(3)), &a), Ordering::Greater);
}

#[test]
fn texts_of_shared_data_stay_within_the_memory_limit() {
    let value = doubled(60, Value::int(1));
    mem::set_limit(Some(1 << 20));
    let mut text = String::new();
    let printed = rtfs_value::try_write_readable(&value, &mut text);
    let encoded = cbor::encode(&value);
    mem::set_limit(None);
    assert!(printed.is_err() && text.len() < 2 << 20);
    assert!(encoded.is_err());
}
