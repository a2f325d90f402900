//! Both decoders agree, and what goes in comes out.

use super::*;
use crate::{Map, cbor};
use alloc::vec;
use alloc::vec::Vec;
use proptest::prelude::*;

fn decode(bytes: &[u8]) -> Option<Value> {
    let mut values = Pile::new();
    decode_into(bytes, false, &mut values).then(|| values.pop())?
}

fn encode(value: &Value) -> Option<Vec<u8>> {
    let mut bytes = Pile::new();
    encode_into(value, &mut bytes).then(|| bytes.to_vec())
}

/// Both decoders agree about the bytes, and what goes in comes out.
fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    let (full, opaque) = (cbor::decode(bytes), decode(bytes));
    prop_assert_eq!(full.is_ok(), opaque.is_some(), "{:02x?}: {:?}", bytes, full);
    if let (Ok(full), Some(opaque)) = (full, opaque) {
        prop_assert_eq!(full.kind(), opaque.kind());
        let encoded = encode(&opaque);
        prop_assert!(encoded == cbor::encode(&full).ok());
        // Beside others, in a vector.
        let copies = || [opaque.clone(), Value::int(1), opaque.clone()].into_iter();
        let full = Value::vector([full.clone(), Value::int(1), full]);
        let flat = Value::flat_vector(copies());
        let list = encode(&flat.clone().into_list());
        let encoded = encode(&flat);
        prop_assert!(encoded == cbor::encode(&full).ok());
        prop_assert!(list == cbor::encode(&full.into_list()).ok());
    }
    Ok(())
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::NIL),
        any::<bool>().prop_map(Value::bool),
        any::<i64>().prop_map(Value::int),
        (0..30_i64).prop_map(Value::int),
        any::<f64>().prop_map(Value::float),
        "[a-cé€😀]{0,3}".prop_map(|text| Value::string(&text)),
        "[a-c1 ]{1,2}".prop_map(|text| Value::keyword(&text)),
        "[a-c]{1,2}".prop_map(|text| Value::symbol(&text)),
        Just(Value::uuid("u")),
        Just(Value::uuid("0f0e0d0c-0b0a-0908-0706-050403020100")),
        Just(Value::timestamp("t")),
        Just(Value::timestamp("2026-03-01T08:00:00Z")),
        Just(Value::resource("")),
        Just(Value::resource("resource://r")),
        Just(Value::opaque_fn()),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 40, 6, |inner| {
        let items = || prop::collection::vec(inner.clone(), 0..6);
        let key = prop_oneof![
            (0..9_i64).prop_map(Value::int),
            "[a-c]{1,2}".prop_map(|text| Value::string(&text)),
            "[a-c]{1,2}".prop_map(|text| Value::keyword(&text)),
        ];
        prop_oneof![
            items().prop_map(Value::vector),
            items().prop_map(Value::list),
            prop::collection::vec((key, inner.clone()), 0..12).prop_map(|entries| {
                let mut map = Map::new();
                for (key, value) in entries {
                    map.assoc(key, value).expect("a key");
                }
                map.into_value()
            }),
            (inner.clone(), 0..3_usize).prop_map(|(data, frames)| {
                let kind = ErrorKind::ApplicationError;
                let mut error = Error::with_data(kind, "m", data, Some("k"));
                error.set_node_if_unset(7);
                (0..frames).for_each(|_| error.push_frame("f"));
                error.into_value()
            }),
        ]
    })
}

proptest! {
    #[test]
    fn encodings_are_kept(value in value()) {
        check(&cbor::encode(&value).expect("encodes"))?;
    }

    #[test]
    fn damage_is_found(
        value in value(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<bool>(),
    ) {
        let mut bytes = cbor::encode(&value).expect("encodes");
        let at = at.index(bytes.len());
        if cut {
            bytes.truncate(at);
        } else {
            bytes[at] = byte;
        }
        check(&bytes)?;
    }

    #[test]
    fn repeated_keys_are_found(keys in prop::collection::vec(0..40_i64, 0..24)) {
        // Written by hand: no map has a key twice.
        let mut bytes = Vec::new();
        head(&mut bytes, major::TAG, tags::MAP);
        head(&mut bytes, major::ARRAY, 2 * keys.len() as u64);
        for key in keys {
            int(&mut bytes, key);
            bytes.push(NULL);
        }
        check(&bytes)?;
    }

    #[test]
    fn texts_are_what_the_core_library_says(bytes in prop::collection::vec(any::<u8>(), 0..6)) {
        prop_assert_eq!(is_utf8(&bytes), core::str::from_utf8(&bytes).is_ok());
    }
}

#[test]
fn every_character_is_a_text() {
    for c in char::MIN..=char::MAX {
        assert!(is_utf8(c.encode_utf8(&mut [0; 4]).as_bytes()));
    }
    for bytes in [
        &b"\xc0\x80"[..],
        b"\xe0\x80\x80",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xf5\x80\x80\x80",
        b"\x80",
    ] {
        assert!(!is_utf8(bytes) && core::str::from_utf8(bytes).is_err());
    }
}

#[test]
fn nesting_has_the_same_limit() {
    for depth in [MAX_DEPTH - 1, MAX_DEPTH, MAX_DEPTH + 1] {
        for inner in [&[NULL][..], &[0x80]] {
            let mut bytes = [0x81].repeat(depth);
            bytes.extend_from_slice(inner);
            check(&bytes).expect("both agree");
        }
    }
}

#[test]
fn nothing_is_leaked() {
    let before = mem::used();
    let value = Value::vector([Value::list([Value::string("a")]), Value::string("b")]);
    let bytes = cbor::encode(&value).expect("encodes");
    let opaque = decode(&bytes).expect("decodes");
    drop(Value::flat_vector([opaque.clone(), opaque].into_iter()));
    drop(value);
    assert_eq!(mem::used(), before);
}
