//! Encodings of values.

use crate::data::value;
use proptest::prelude::*;
use rtfs_value::{Error, Value, cbor, mem, readable};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|i| u8::from_str_radix(&text[i * 2..i * 2 + 2], 16).expect("hex"))
        .collect()
}

#[test]
fn encodings_are_fixed() {
    let check = |value: Value, expect: &str| {
        assert_eq!(hex(&cbor::encode(&value).expect("encodes")), expect);
        let back = cbor::decode(&unhex(expect)).expect("decodes");
        assert_eq!(readable(&back), readable(&value));
    };
    check(Value::NIL, "f6");
    check(Value::bool(true), "f5");
    check(Value::bool(false), "f4");
    check(Value::int(0), "00");
    check(Value::int(23), "17");
    check(Value::int(24), "1818");
    check(Value::int(-1), "20");
    check(Value::int(-257), "390100");
    check(Value::int(65536), "1a00010000");
    check(Value::int(i64::MAX), "1b7fffffffffffffff");
    check(Value::int(i64::MIN), "3b7fffffffffffffff");
    check(Value::float(0.0), "f90000");
    check(Value::float(-0.0), "f98000");
    check(Value::float(1.5), "f93e00");
    check(Value::float(5.960464477539063e-8), "f90001");
    check(Value::float(6.103515625e-5), "f90400");
    check(Value::float(6.097555160522461e-5), "f903ff");
    check(Value::float(65504.0), "f97bff");
    check(Value::float(100000.0), "fa47c35000");
    check(Value::float(2.9802322387695312e-8), "fa33000000");
    check(Value::float(1.1), "fb3ff199999999999a");
    check(Value::float(f64::INFINITY), "f97c00");
    check(Value::float(f64::NAN), "f97e00");
    check(Value::string("é"), "62c3a9");
    check(Value::keyword("a"), "d96a406161");
    check(Value::symbol("a"), "d96a416161");
    check(Value::vector([Value::int(1), Value::vector([])]), "820180");
    check(Value::list([]), "d96a4280");
    check(
        crate::data::map(vec![(Value::int(1), Value::NIL)]),
        "d96a438201f6",
    );
    let text = "2026-03-01T08:00:00Z";
    check(
        Value::timestamp(text),
        &["d96a4474", &hex(text.as_bytes())].concat(),
    );
    let text = "0F0e0d0c-0b0a-0908-0706-050403020100";
    check(
        Value::uuid(text),
        &["d96a457824", &hex(text.as_bytes())].concat(),
    );
    check(Value::resource("r"), "d96a466172");
    check(Value::static_fn(4), "d96a48f6");
    let mut error = Error::application("m", Value::list([Value::int(1)]), Some("k"));
    error.set_node_if_unset(3);
    error.push_frame("f");
    check(
        error.into_value(),
        "d96a4786704170706c69636174696f6e4572726f72616b616dd96a428101038161 66"
            .replace(' ', "")
            .as_str(),
    );
}

#[test]
fn other_encodings_are_refused() {
    let check = |bytes: &str, reason: &str| {
        let error = cbor::decode(&unhex(bytes)).expect_err(bytes);
        assert_eq!(error.reason, reason, "{bytes}");
    };
    check("", "unexpected end");
    check("0000", "more bytes than one item");
    check("1817", "longer head than needed");
    check("190018", "longer head than needed");
    check(
        "7801 61".replace(' ', "").as_str(),
        "longer head than needed",
    );
    check("1b8000000000000000", "integer beyond 64 bits");
    check("9fff", "indefinite or reserved length");
    check("a0", "unexpected kind of item");
    check("40", "unexpected kind of item");
    check("62c3", "unexpected end");
    check("61ff", "text is not UTF-8");
    check("fa3fc00000", "longer float than needed");
    check("fb7ff8000000000000", "longer float than needed");
    check("f97e01", "longer float than needed");
    check("f7", "unknown simple value");
    check("9b0000000100000000", "unexpected end");
    check("d96a4001", "expected a text");
    check(
        "d96a4381 01".replace(' ', "").as_str(),
        "map with a key but no value",
    );
    check("d96a438401f601f6", "key occurs twice");
    check("d96a4382f6f6", "not a map key");
    check("d96a4800", "expected null");
    check("c000", "unknown tag");
    check("d96a478661786161616df6f680", "unknown class of error");
}

/// What the reader would not take, no program could write and no printed value would read back.
#[test]
fn texts_that_cannot_be_read_are_refused() {
    let values = [
        Value::keyword(""),
        Value::keyword("two words"),
        Value::keyword("1a"),
        Value::timestamp("now"),
        Value::timestamp("2026-02-30T00:00:00Z"),
        Value::uuid("0f0e"),
        Value::resource(""),
    ];
    for value in values {
        let shown = rtfs_value::readable(&value);
        for value in [value.clone(), Value::vector([Value::NIL, value])] {
            let bytes = cbor::encode(&value).expect("encodes");
            let error = cbor::decode(&bytes).expect_err(&shown);
            assert_eq!(
                error.reason, "not a text of a value of this kind",
                "{shown}"
            );
        }
    }
    for value in [
        Value::keyword("org.tools:v1.2/clean"),
        Value::symbol("&"),
        Value::symbol(""),
        Value::timestamp("2024-02-29T23:59:59.999Z"),
        Value::uuid("0F0e0d0c-0b0a-0908-0706-050403020100"),
        Value::resource("any text"),
    ] {
        let bytes = cbor::encode(&value).expect("encodes");
        assert!(
            cbor::decode(&bytes).is_ok(),
            "{}",
            rtfs_value::readable(&value)
        );
    }
}

#[test]
fn nesting_is_limited() {
    let nested = |depth: usize| (0..depth).fold(Value::NIL, |value, _| Value::vector([value]));
    let bytes = cbor::encode(&nested(10_000)).expect("at the limit");
    assert!(cbor::decode(&bytes).is_ok());
    let error = cbor::encode(&nested(10_001)).expect_err("beyond the limit");
    assert_eq!(error.text(), "Budget exhausted: encoded nesting");
    assert_eq!(
        error.data().as_str(),
        Some("at most 10000 levels in a value that enters or leaves a program")
    );
    let mut bytes = vec![0x81; 2_000_000];
    bytes.push(0xf6);
    assert_eq!(
        cbor::decode(&bytes).expect_err("beyond the limit").reason,
        "nested too deeply"
    );
}

#[test]
fn arguments_are_one_array() {
    let args = [Value::int(1), Value::keyword("k")];
    let bytes = cbor::encode_args(&args).expect("encodes");
    assert_eq!(hex(&bytes), "8201d96a40616b");
    assert_eq!(cbor::decode_args(&bytes).expect("decodes"), args);
    assert!(cbor::decode_args(&[0x01]).is_err());
}

proptest! {
    #![proptest_config(crate::data::cases(256))]

    #[test]
    fn values_survive_a_round_trip(value in value()) {
        let start = mem::used();
        let bytes = cbor::encode(&value).expect("encodes");
        let back = cbor::decode(&bytes).expect("decodes");
        prop_assert_eq!(readable(&back), readable(&value));
        prop_assert_eq!(cbor::encode(&back).expect("encodes"), bytes);
        drop(back);
        prop_assert_eq!(mem::used(), start);
    }

    #[test]
    fn what_decodes_is_canonical(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        if let Ok(value) = cbor::decode(&bytes) {
            prop_assert_eq!(cbor::encode(&value).expect("encodes"), bytes);
        }
    }

    #[test]
    fn damaged_encodings_never_decode_to_another_spelling(
        value in value(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let mut bytes = cbor::encode(&value).expect("encodes");
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(value) = cbor::decode(&bytes) {
            prop_assert_eq!(cbor::encode(&value).expect("encodes"), bytes);
        }
    }
}
