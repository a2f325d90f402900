//! Values as engines use them.

use rtfs_value::{Error, Map, Seq, Value, cbor, equal, readable};

fn sample() -> Value {
    let mut map = Map::new();
    map.assoc(Value::keyword("a"), Value::int(1)).unwrap();
    map.assoc(
        Value::string("b"),
        Value::vector([Value::int(2), Value::NIL]),
    )
    .unwrap();
    Value::list([
        map.into_value(),
        Value::float(3.0),
        Value::uuid("0f"),
        Value::symbol("x"),
    ])
}

#[test]
fn values_print_and_cross() {
    let value = sample();
    assert_eq!(
        readable(&value),
        "({:a 1 \"b\" [2 nil]} 3.0 #uuid(\"0f\") x)"
    );
    let bytes = cbor::encode(&value).unwrap();
    assert!(equal(&cbor::decode(&bytes).unwrap(), &value));
    let error = Error::type_error("+", "number", "string").into_value();
    let bytes = cbor::encode(&error).unwrap();
    assert_eq!(cbor::decode(&bytes).unwrap(), error);
    assert_eq!(
        readable(&error),
        "#<error: Type error in +: expected number, got string>"
    );
}

#[test]
fn memory_returns_to_its_start() {
    let start = rtfs_value::mem::used();
    let mut seq = Seq::new();
    for i in 0..100 {
        seq.push(Value::int(i));
    }
    let shared = seq.clone();
    seq.set(3, sample());
    assert_eq!(shared.get(3), Some(&Value::int(3)));
    drop((seq, shared));
    assert_eq!(rtfs_value::mem::used(), start);
}
