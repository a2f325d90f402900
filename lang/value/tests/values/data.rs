//! Generators of values.

use proptest::prelude::*;
use rtfs_value::{Error, Map, Value};

/// So many cases.
pub(crate) fn cases(n: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(n)
    }
}

/// Cheap numbers for walks that also run under the interpreter that looks for undefined
/// behaviour (miri), where generators take too long.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % sides
    }
}

/// Scalars, with the odd ones among numbers.
pub(crate) fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::NIL),
        any::<bool>().prop_map(Value::bool),
        prop_oneof![any::<i64>(), -3..4i64, Just(i64::MIN), Just(i64::MAX)].prop_map(Value::int),
        prop_oneof![
            any::<f64>(),
            Just(-0.0),
            Just(2.0),
            Just(9.223372036854776e18)
        ]
        .prop_map(Value::float),
        key(),
        "[a-f]{0,3}".prop_map(|text| Value::symbol(&["s", &text].concat())),
        Just(Value::timestamp("2026-03-01T08:00:00Z")),
        "[a-cA-C]{2}".prop_map(|text| {
            Value::uuid(&["0f0e0d0c-0b0a-0908-0706-0504030201", &text].concat())
        }),
        Just(Value::resource("resource://a/b")),
    ]
}

/// Map keys.
pub(crate) fn key() -> impl Strategy<Value = Value> {
    prop_oneof![
        "[a-c]{0,2}".prop_map(|text| Value::keyword(&["k", &text].concat())),
        "\\PC{0,3}|[a\"\n\\\\\t]{0,3}".prop_map(|text| Value::string(&text)),
        (-2..3i64).prop_map(Value::int),
    ]
}

/// Values of any shape without functions.
pub(crate) fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::vector),
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::list),
            prop::collection::vec((key(), inner.clone()), 0..12).prop_map(map),
            ("[a-c]{0,3}", inner).prop_map(|(text, data)| {
                Error::application(&text, data, Some("custom")).into_value()
            }),
        ]
    })
}

/// A map of these entries, in this order.
pub(crate) fn map(entries: Vec<(Value, Value)>) -> Value {
    let mut map = Map::new();
    for (key, value) in entries {
        map.assoc(key, value).expect("generated keys are keys");
    }
    map.into_value()
}
