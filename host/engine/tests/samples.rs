//! The sample modules as a host runs them: capabilities that are granted, files in a directory that is.

#[path = "guests/built.rs"]
mod built;
#[path = "guests/sample.rs"]
mod sample;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use rtfs_host::{Access, CallOptions, DirGrant, Grants, HostError, HostRequest, host_fn};
use rtfs_value::{Map, Value, cbor, readable};
use sample::Sample;
use std::sync::Arc;

fn text(text: &str) -> Value {
    Value::string(text)
}

fn record<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let mut map = Map::new();
    for (key, value) in fields {
        map.assoc(Value::keyword(key), value)
            .expect("a keyword is a key");
    }
    map.into_value()
}

fn answer(request: &HostRequest<'_>) -> Result<Value, HostError> {
    let args = cbor::decode_args(request.args).expect("an encoded array");
    let hints = cbor::decode(request.metadata).expect("an encoded value");
    match (request.id, args[0].as_str()) {
        ("shop.price", Some("tea")) => Ok(Value::int(250)),
        ("shop.price", _) => Err(HostError::network("no such item")),
        ("shop.reserve", Some("tea")) => {
            assert_eq!(readable(&hints), "{:runtime.timeout 500}");
            Ok(Value::vector([Value::keyword("reserved"), Value::int(7)]))
        }
        _ => Ok(Value::keyword("sold-out")),
    }
}

fn shop_host(grants: Grants) -> CallOptions {
    CallOptions {
        host: Some(host_fn(|request| {
            answer(&request).map(|value| cbor::encode(&value).expect("it is shallow"))
        })),
        grants,
        ..CallOptions::default()
    }
}

#[test]
fn the_shop_asks_for_what_is_granted_and_nothing_else() {
    let shop = Sample::new("shop");
    let line = |item: &str| record([("item", text(item)), ("quantity", Value::int(2))]);
    let order = |item: &str| [Value::vector([line(item)])];
    let priced = shop_host(Grants::none().with_capability("shop.price"));
    let quote = shop
        .call("quote", &order("tea"), &priced)
        .expect("it is sold");
    assert_eq!(
        readable(&quote),
        r#"{:currency "EUR" :lines [{:item "tea" :cents 500}] :total-cents 500}"#
    );
    let error = shop.raises("quote", &order("gold"), &priced);
    assert_eq!(
        (&*error.class, &*error.message),
        ("NetworkError", "Network error: no such item")
    );
    // One capability is not another.
    let reserve = [text("tea"), Value::int(500)];
    let error = shop.raises("reserve", &reserve, &priced);
    assert_eq!(error.class, "SecurityViolation");
    let error = shop.raises("quote", &order("tea"), &shop_host(Grants::none()));
    assert_eq!(error.class, "SecurityViolation");

    let reserving = shop_host(Grants::none().with_capability("shop.reserve"));
    let reserved = shop
        .call("reserve", &reserve, &reserving)
        .expect("it answers");
    assert_eq!(readable(&reserved), "[:reserved 7]");
    let gone = [text("gold"), Value::int(500)];
    let gone = shop.call("reserve", &gone, &reserving).expect("it answers");
    assert_eq!(readable(&gone), ":sold-out");
}

#[test]
fn notes_are_kept_in_the_directory_that_is_granted() {
    let notes = Sample::new("notes");
    let root = tempfile::tempdir().expect("a temporary directory");
    let dir = Dir::open_ambient_dir(root.path(), ambient_authority());
    let dir = Arc::new(dir.expect("it is there"));
    let granted = |access| CallOptions {
        grants: Grants::none().with_dir(DirGrant {
            dir: dir.clone(),
            guest_path: "/notes".to_owned(),
            access,
        }),
        ..CallOptions::default()
    };
    let at = |rest: &[&str]| -> Vec<Value> {
        let rest = rest.iter().map(|word| text(word));
        std::iter::once(text("/notes")).chain(rest).collect()
    };
    let writing = granted(Access::ReadWrite);
    let call = |name: &str, args: &[&str], options: &CallOptions| {
        let value = notes.call(name, &at(args), options);
        readable(&value.unwrap_or_else(|error| panic!("{name}: {error:?}")))
    };
    assert_eq!(call("save", &["plan", "buy tea"], &writing), "true");
    assert_eq!(call("save", &["plan", "drink tea"], &writing), "false");
    let kept = std::fs::read_to_string(root.path().join("plan.note"));
    assert_eq!(kept.expect("it is a file of the host's"), "drink tea");

    let reading = granted(Access::ReadOnly);
    assert_eq!(call("load", &["plan"], &reading), r#""drink tea""#);
    assert_eq!(call("load", &["other"], &reading), "nil");
    assert_eq!(call("notes", &[], &reading), r#"[{:name "plan" :bytes 9}]"#);
    let error = notes.raises("save", &at(&["plan", "nothing"]), &reading);
    assert_eq!(error.class, "IoError");
    let error = notes.raises("load", &at(&["plan"]), &CallOptions::default());
    assert_eq!(error.class, "IoError");
    let error = notes.raises("load", &at(&["../plan"]), &reading);
    assert_eq!(error.class, "InvalidArgument");
    assert_eq!(call("remove", &["plan"], &writing), "true");
    assert!(!root.path().join("plan.note").exists());
}
