//! Laws of equality, hash, order and printing.

use crate::data::value;
use core::cmp::Ordering;
use proptest::prelude::*;
use rtfs_value::{Kind, Value, compare, equal, hash, readable, write_float};

fn has_nan(value: &Value) -> bool {
    let parts = |v: &Value| {
        v.as_seq().is_some_and(|s| s.iter().any(has_nan))
            || v.as_map().is_some_and(|m| m.values().any(has_nan))
            || v.error_data().is_some_and(has_nan)
    };
    value.as_float().is_some_and(f64::is_nan) || parts(value)
}

/// A copy that shares nothing, with lists for vectors.
fn rebuilt(value: &Value) -> Value {
    if let Some(seq) = value.as_seq() {
        return Value::list(seq.iter().map(rebuilt));
    }
    if let Some(map) = value.as_map() {
        let mut entries: Vec<_> = map.iter().map(|(k, v)| (rebuilt(k), rebuilt(v))).collect();
        entries.reverse();
        return crate::data::map(entries);
    }
    match value.kind() {
        Kind::String => Value::string(value.as_str().unwrap_or_default()),
        Kind::Keyword => Value::keyword(value.as_keyword().unwrap_or_default()),
        Kind::Uuid => Value::uuid(&value.as_uuid().unwrap_or_default().to_uppercase()),
        _ => value.clone(),
    }
}

proptest! {
    #![proptest_config(crate::data::cases(256))]

    #[test]
    fn equality_ignores_sharing_order_of_entries_and_kind_of_sequence(a in value()) {
        let b = rebuilt(&a);
        prop_assert_eq!(equal(&a, &b), !has_nan(&a));
        prop_assert_eq!(equal(&a, &a), !has_nan(&a), "NaN does not equal itself");
        if !has_nan(&a) {
            prop_assert_eq!(hash(&a), hash(&b));
            prop_assert_eq!(compare(&a, &b), Ordering::Equal);
        }
    }

    #[test]
    fn equal_values_hash_and_order_alike(a in value(), b in value()) {
        prop_assert_eq!(equal(&a, &b), equal(&b, &a));
        if equal(&a, &b) {
            prop_assert_eq!(hash(&a), hash(&b));
            prop_assert_eq!(compare(&a, &b), Ordering::Equal);
        }
        prop_assert_eq!(compare(&a, &b), compare(&b, &a).reverse());
    }

    #[test]
    fn the_order_is_transitive(mut v in prop::collection::vec(value(), 3)) {
        v.sort_by(compare);
        prop_assert_ne!(compare(&v[0], &v[1]), Ordering::Greater);
        prop_assert_ne!(compare(&v[1], &v[2]), Ordering::Greater);
        prop_assert_ne!(compare(&v[0], &v[2]), Ordering::Greater);
    }

    #[test]
    fn floats_read_back(x in any::<f64>()) {
        let mut text = String::new();
        write_float(x, &mut text);
        if x.is_finite() {
            prop_assert_eq!(text.parse::<f64>().expect("a float").to_bits(), x.to_bits());
            prop_assert!(text.contains('.'));
            let scientific = x != 0.0 && !(1e-7..1e21).contains(&x.abs());
            prop_assert_eq!(text.contains('e'), scientific);
        } else {
            prop_assert!(text.starts_with("##"));
        }
    }
}

#[test]
fn the_order_ranks_kinds() {
    let ranked = [
        Value::NIL,
        Value::bool(false),
        Value::bool(true),
        Value::float(f64::NEG_INFINITY),
        Value::int(i64::MIN),
        Value::float(-0.5),
        Value::int(0),
        Value::float(0.0),
        Value::int(9_007_199_254_740_993),
        Value::float(9_007_199_254_740_994.0),
        Value::int(i64::MAX),
        Value::float(9.223372036854776e18),
        Value::float(f64::INFINITY),
        Value::float(f64::NAN),
        Value::string(""),
        Value::string("Z"),
        Value::string("a"),
        Value::keyword("a"),
        Value::symbol("a"),
        Value::vector([]),
        Value::list([Value::int(1)]),
        Value::vector([Value::int(1), Value::NIL]),
        crate::data::map(vec![]),
        crate::data::map(vec![
            (Value::keyword("b"), Value::NIL),
            (Value::int(1), Value::int(5)),
        ]),
        crate::data::map(vec![
            (Value::int(1), Value::int(5)),
            (Value::keyword("c"), Value::NIL),
        ]),
        Value::opaque_fn(),
        Value::resource("resource://a"),
        Value::timestamp("2026-03-01T08:00:00Z"),
        Value::uuid("aa"),
    ];
    for (i, a) in ranked.iter().enumerate() {
        for (j, b) in ranked.iter().enumerate() {
            assert_eq!(compare(a, b), i.cmp(&j), "{a:?} and {b:?}");
        }
    }
    assert_eq!(
        compare(&Value::float(0.0), &Value::float(-0.0)),
        Ordering::Equal
    );
}

#[test]
fn readable_texts() {
    let check = |value: Value, expect: &str| assert_eq!(readable(&value), expect);
    check(Value::NIL, "nil");
    check(Value::int(i64::MIN), "-9223372036854775808");
    check(
        Value::string("a\"b\\\n\t\r\u{1}é"),
        "\"a\\\"b\\\\\\n\\t\\r\u{1}é\"",
    );
    check(Value::list([]), "()");
    check(
        Value::vector([Value::vector([]), Value::list([Value::int(1)]), Value::NIL]),
        "[[] (1) nil]",
    );
    check(
        crate::data::map(vec![
            (Value::keyword("a"), Value::vector([])),
            (Value::string("b"), crate::data::map(vec![])),
            (Value::int(3), Value::symbol("x")),
        ]),
        "{:a [] \"b\" {} 3 x}",
    );
    check(Value::uuid("0F"), "#uuid(\"0F\")");
    check(
        Value::resource("resource://x"),
        "#resource-handle(\"resource://x\")",
    );
    check(
        Value::timestamp("2026-03-01T08:00:00Z"),
        "#timestamp(\"2026-03-01T08:00:00Z\")",
    );
    check(Value::opaque_fn(), "#<function>");
    check(Value::static_fn(3), "#<function>");
    check(Value::cell(), "#<function-placeholder>");
    assert_eq!(
        rtfs_value::plain(&Value::vector([Value::string("a"), Value::uuid("b")])),
        "[\"a\" #uuid(\"b\")]"
    );
    assert_eq!(rtfs_value::plain(&Value::uuid("b")), "b");
}

#[test]
fn functions_are_equal_by_identity() {
    let closure = Value::closure(7, vec![Value::int(1)]);
    assert!(equal(&closure, &closure.clone()));
    assert!(!equal(&closure, &Value::closure(7, vec![Value::int(1)])));
    assert!(equal(&Value::static_fn(7), &Value::closure(7, vec![])));
    assert!(!equal(&Value::static_fn(7), &Value::static_fn(8)));
    assert_eq!(
        closure
            .closure_parts()
            .map(|(code, captures)| (code, captures.len())),
        Some((7, 1))
    );
}
