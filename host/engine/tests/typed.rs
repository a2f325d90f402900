//! Typed exports, called with values of Rust.

use rtfs_host::{
    Allocation, CallError, CallOptions, Engine, EngineConfig, Grants, HostError, LimitKind, Limits,
    Module, Translation, TypedExportError, host_fn,
};
use std::error::Error as _;

const SOURCE: &str = r#"
(defn mixed [a:int b:float c:bool] :string (str a " " b " " c))
(defn quotient [a:int b:int] :int (quot a b))
(defn doubled [xs:[:vector :int]] :[:vector :int] (map (fn [x] (* 2 x)) xs))
(defn greeting [name:string?] :string? (if name (str "hello " name) nil))
(defn nothing [n:int] :nil nil)
(defn total! [x y] (+ x y))
(defn endless [n:int] :int (endless n))
(defn deep [n:int] :int (if (= n 0) 0 (+ 1 (deep (- n 1)))))
(defn asks [n:int] :int (call :shop.price n))
(defn long-text [n:int] :string (if (= n 0) "x" (let [half (long-text (- n 1))] (str half half))))
"#;

fn module() -> Module {
    let engine = Engine::new(EngineConfig {
        concurrent_calls: 2,
        allocation: Allocation::Pooled,
        translation: Translation::Fast,
        ..EngineConfig::default()
    });
    let forms = rtfs_syntax::read(SOURCE).forms;
    let program = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default()).program;
    let options = rtfs_backend_wasm::Options::default();
    let made = rtfs_backend_wasm::compile(&program.expect("well formed"), &options);
    let component = made.expect("it can be compiled").component;
    let engine = engine.expect("this platform is supported");
    engine.compile(&component).expect("it is a module")
}

fn options() -> CallOptions {
    CallOptions::default()
}

fn limited(limits: Limits) -> CallOptions {
    CallOptions {
        limits,
        ..CallOptions::default()
    }
}

#[test]
fn values_of_rust_go_in_and_come_out() {
    let module = module();
    let mixed = module.typed::<(i64, f64, bool), String>("mixed");
    let outcome = mixed.expect("it is there").call((1, 2.5, true), &options());
    let outcome = outcome.expect("it gives a value");
    assert_eq!(outcome.value, "1 2.5 true");
    assert!(outcome.report.fuel > 0);

    let doubled = module.typed::<(&[i64],), Vec<i64>>("doubled");
    let doubled = doubled.expect("it is there");
    let outcome = doubled.clone().call((&[1, -2],), &options());
    assert_eq!(outcome.expect("it gives a value").value, [2, -4]);

    let greeting = module.typed::<(Option<&str>,), Option<String>>("greeting");
    let greeting = greeting.expect("it is there");
    let greet = |name| greeting.call((name,), &options()).map(|it| it.value);
    let greeted = greet(Some("you")).expect("it gives a value");
    assert_eq!(greeted.as_deref(), Some("hello you"));
    assert_eq!(greet(None).expect("it gives a value"), None);

    let nothing = module.typed::<(i64,), ()>("nothing");
    let outcome = nothing.expect("it is there").call((1,), &options());
    outcome.expect("it gives nil");

    // Without annotations both are encoded values.
    let total = module.typed::<(&[u8], &[u8]), Vec<u8>>("total-x");
    let outcome = total.expect("it is there").call((&[2], &[3]), &options());
    assert_eq!(outcome.expect("it gives a value").value, [5]);
}

#[test]
fn other_names_and_types_are_refused_before_any_call() {
    let module = module();
    let unknown = module.typed::<(i64,), i64>("no-such").map(|_| ());
    let unknown = unknown.expect_err("nothing is called so");
    assert!(matches!(unknown, TypedExportError::Unknown { .. }));
    assert_eq!(
        unknown.to_string(),
        "the component exports no function `no-such`"
    );
    // An interface is no function.
    let interface = module.typed::<(), ()>("rtfs:module/dynamic@0.1.0");
    assert!(matches!(interface, Err(TypedExportError::Unknown { .. })));
    let few = module.typed::<(i64,), i64>("quotient").map(|_| ());
    let other = module.typed::<(i64, i64), String>("quotient").map(|_| ());
    for wrong in [few, other] {
        let wrong = wrong.expect_err("the type is another");
        assert!(wrong.source().is_some(), "{wrong}");
        assert_eq!(wrong.to_string(), "the export `quotient` has another type");
    }
}

#[test]
fn errors_and_limits_are_those_of_every_call() {
    let module = module();
    let quotient = module.typed::<(i64, i64), i64>("quotient");
    match quotient.expect("it is there").call((1, 0), &options()) {
        Err(CallError::Raised(error)) => assert_eq!(error.class, "DivisionByZero"),
        other => panic!("{other:?}"),
    }
    let number = |name| module.typed::<(i64,), i64>(name).expect("it is there");
    let short = limited(Limits {
        fuel: 100_000,
        ..Limits::default()
    });
    let ended = number("endless").call((1,), &short);
    let Err(CallError::Limit { which, .. }) = ended else {
        panic!("{ended:?}");
    };
    assert_eq!(which, LimitKind::Fuel);

    let shallow = limited(Limits {
        depth: 100,
        ..Limits::default()
    });
    match number("deep").call((200,), &shallow) {
        Err(CallError::Raised(error)) => assert_eq!(error.class, "StackOverflow"),
        other => panic!("{other:?}"),
    }
    let outcome = number("deep").call((200,), &options());
    assert_eq!(outcome.expect("it is not too deep").value, 200);

    let small = limited(Limits {
        result_bytes: 1024,
        ..Limits::default()
    });
    let text = module.typed::<(i64,), String>("long-text");
    let ended = text.expect("it is there").call((21,), &small);
    let Err(CallError::Limit { which, .. }) = ended else {
        panic!("{ended:?}");
    };
    assert_eq!(which, LimitKind::ResultSize);
}

#[test]
fn capabilities_need_grants() {
    let module = module();
    let asks = module.typed::<(i64,), i64>("asks").expect("it is there");
    let host = host_fn(|_| Ok::<_, HostError>(vec![0x18, 0x2a]));
    let with = |grants| CallOptions {
        grants,
        host: Some(host.clone()),
        ..CallOptions::default()
    };
    match asks.call((1,), &with(Grants::none())) {
        Err(CallError::Raised(error)) => assert_eq!(error.class, "SecurityViolation"),
        other => panic!("{other:?}"),
    }
    let granted = with(Grants::none().with_capability("shop.price"));
    let outcome = asks.call((1,), &granted).expect("it is granted");
    assert_eq!((outcome.value, outcome.report.host_calls), (42, 1));
}
