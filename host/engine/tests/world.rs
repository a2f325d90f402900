//! What a guest written with the SDK finds: its functions work, every other door is closed, and
//! nothing differs from one run to the next.

#[path = "guests/built.rs"]
mod built;
#[path = "guests/sample.rs"]
mod sample;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use rtfs_host::{
    Access, CallError, CallOptions, DirGrant, Grants, HostError, HostEvent, LimitKind, Limits,
    ReplayError, host_fn,
};
use rtfs_value::{Value, cbor};
use sample::Sample;
use std::io::Write;
use std::net::TcpListener;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

fn probe() -> &'static Sample {
    static PROBE: OnceLock<Sample> = OnceLock::new();
    PROBE.get_or_init(|| Sample::new("probe"))
}

fn text_tools() -> &'static Sample {
    static TOOLS: OnceLock<Sample> = OnceLock::new();
    TOOLS.get_or_init(|| Sample::new("text-tools"))
}

fn text(text: &str) -> Value {
    Value::string(text)
}

fn with_grants(grants: Grants) -> CallOptions {
    CallOptions {
        grants,
        ..CallOptions::default()
    }
}

// What the SDK gives.

#[test]
fn functions_of_an_sdk_module_compute() {
    let tools = text_tools();
    assert_eq!(tools.value("word-count", &[text("a b  c")]), Value::int(3));
    assert_eq!(tools.value("reverse", &[text("größe")]), text("eßörg"));
    assert_eq!(tools.value("slug", &[text("…")]), Value::NIL);
    assert_eq!(
        tools.value("wrap", &[text("the quick brown fox"), Value::int(9)]),
        Value::vector([text("the quick"), text("brown fox")]),
    );
    let counts = tools.value("frequencies", &[text("b a B")]);
    assert_eq!(rtfs_value::readable(&counts), r#"{"a" 1 "b" 2}"#);
}

#[test]
fn every_kind_of_value_crosses_unchanged() {
    let mut map = rtfs_value::Map::new();
    for (index, key) in ["z", "a", "m"].into_iter().enumerate() {
        map.assoc(Value::keyword(key), Value::int(index as i64))
            .expect("a valid key");
    }
    let values = [
        Value::NIL,
        Value::bool(true),
        Value::int(i64::MIN),
        Value::float(-0.0),
        Value::float(f64::INFINITY),
        text("größer"),
        Value::keyword("a/b"),
        Value::symbol("x"),
        Value::timestamp("2024-01-01T00:00:00Z"),
        Value::uuid("00000000-0000-0000-0000-000000000000"),
        Value::resource("file:1"),
        Value::vector([Value::list([Value::int(1)]), Value::vector([])]),
        map.into_value(),
    ];
    for value in values {
        let printed = rtfs_value::readable(&value);
        let back = text_tools().value("identity", &[value]);
        assert_eq!(rtfs_value::readable(&back), printed);
    }
}

#[test]
fn values_nested_as_deeply_as_the_encoding_allows_cross() {
    let mut value = Value::int(1);
    for _ in 0..cbor::MAX_DEPTH - 1 {
        value = Value::vector([value]);
    }
    let back = text_tools().value("identity", &[value.clone()]);
    assert_eq!(back, value);
}

#[test]
fn wrong_calls_raise_what_rtfs_itself_raises() {
    let tools = text_tools();
    let error = tools.raised("word-count", &[]);
    assert_eq!(error.class, "ArityMismatch");
    assert_eq!(
        error.message,
        "Arity mismatch in word-count: expected 1, got 0"
    );
    assert_eq!(error.stack, ["word-count"]);
    let error = tools.raised("word-count", &[Value::int(1)]);
    assert_eq!(error.class, "TypeValidationError");
    let error = tools.raised("wrap", &[text("a"), Value::int(0)]);
    assert_eq!(
        error.message,
        "Invalid argument: the width must be positive"
    );
    assert_eq!(error.data, [0xf6]);
    assert_eq!(error.node, None);
}

#[test]
fn unknown_exports_and_bad_encodings_are_invalid_arguments() {
    let module = &text_tools().module;
    for (export, args) in [
        (999, &[0x80_u8][..]),
        (1, &[0x00]),
        (1, &[]),
        (1, &[0x81, 0x18, 0x00]),
    ] {
        let result = module.invoke(export, args, &CallOptions::default());
        match result {
            Err(CallError::Raised(error)) => assert_eq!(error.class, "InvalidArgument"),
            other => panic!("{export}: {other:?}"),
        }
    }
}

// Host calls.

#[test]
fn a_pure_host_says_so() {
    let error = text_tools().raised("price", &[text("tea")]);
    assert_eq!(error.class, "UnknownCapability");
    assert_eq!(error.kind, "unknown-capability");
    assert_eq!(
        error.message,
        "Capability 'shop.price' not available in pure RTFS mode. \
         Use CCOS host for full capability support."
    );
}

fn shop() -> CallOptions {
    CallOptions {
        host: Some(host_fn(|request| {
            let args = cbor::decode_args(request.args).expect("an encoded array");
            match args[0].as_str() {
                Some("tea") => Ok(cbor::encode(&Value::int(7)).expect("encodes")),
                _ => Err(HostError::network("no such item")),
            }
        })),
        ..CallOptions::default()
    }
}

#[test]
fn what_was_not_granted_is_refused_before_the_host_hears_of_it() {
    let options = CallOptions {
        host: Some(host_fn(|request| panic!("{} was not granted", request.id))),
        grants: Grants::none().with_capability("shop.buy"),
        ..CallOptions::default()
    };
    match text_tools().call("price", &[text("tea")], &options) {
        Err(CallError::Raised(error)) => {
            assert_eq!(error.class, "SecurityViolation");
            assert_eq!(error.kind, "security-violation");
            assert_eq!(
                error.message,
                "Security violation: call operation on capability 'shop.price' \
                 not allowed in context: Controlled"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn granted_capabilities_answer_with_values_and_errors() {
    let options = CallOptions {
        grants: Grants::none().with_capability("shop.price"),
        ..shop()
    };
    let tools = text_tools();
    let price = tools.call("price", &[text("tea")], &options);
    assert_eq!(price.expect("a value"), Value::int(7));
    match tools.call("price", &[text("gold")], &options) {
        Err(CallError::Raised(error)) => {
            assert_eq!(error.kind, "network-error");
            assert_eq!(error.message, "Network error: no such item");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_recorded_call_replays_without_its_host() {
    let tools = text_tools();
    let recording = CallOptions {
        grants: Grants::none().with_capability("shop.price"),
        record: true,
        ..shop()
    };
    let first = tools.finish("price", &[text("gold")], &recording);
    let transcript = Arc::new(first.transcript.expect("was recorded"));
    assert!(matches!(&transcript.events[..], [HostEvent::Call { id, .. }] if id == "shop.price"));

    let replaying = CallOptions {
        replay: Some(transcript),
        ..CallOptions::default()
    };
    let again = tools.finish("price", &[text("gold")], &replaying);
    match (first.result, again.result) {
        (Err(CallError::Raised(first)), Err(CallError::Raised(again))) => assert_eq!(first, again),
        other => panic!("{other:?}"),
    }
    assert_eq!(first.report.fuel, again.report.fuel);

    match tools.call("price", &[text("tea")], &replaying) {
        Err(CallError::Replay(ReplayError::Diverged { index: 0, .. })) => {}
        other => panic!("{other:?}"),
    }
    match tools.call("greeting", &[], &replaying) {
        Err(CallError::Replay(ReplayError::Diverged { index: 0, .. })) => {}
        other => panic!("{other:?}"),
    }
}

// The closed world.

#[test]
fn files_are_out_of_reach() {
    let probe = probe();
    for path in ["/etc/passwd", "etc/passwd", "../../../etc/passwd", "/", "."] {
        let error = probe.raised("read-file", &[text(path)]);
        assert_eq!(error.class, "IoError", "{path}");
        let error = probe.raised("list-dir", &[text(path)]);
        assert_eq!(error.class, "IoError", "{path}");
        let error = probe.raised("write-file", &[text(path), text("x")]);
        assert_eq!(error.class, "IoError", "{path}");
    }
}

#[test]
fn there_is_no_environment_no_arguments_no_input() {
    let probe = probe();
    for name in ["PATH", "HOME", "USER"] {
        assert_eq!(probe.value("env", &[text(name)]), Value::NIL, "{name}");
    }
    assert_eq!(probe.value("env-count", &[]), Value::int(0));
    assert_eq!(probe.value("args", &[]), Value::vector([]));
    assert_eq!(probe.value("stdin", &[]), text(""));
}

#[test]
fn sockets_are_refused_even_to_a_listening_peer() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    let probe = probe();
    let error = probe.raised("tcp", &[text(&address)]);
    assert_eq!(error.message, "PermissionDenied");
    let error = probe.raised("tcp", &[text("localhost:80")]);
    assert_eq!(error.class, "IoError");
    assert_eq!(probe.value("exhaust-handles", &[]), Value::int(0));
}

#[test]
fn clocks_stand_still_and_randomness_follows_the_input() {
    let probe = probe();
    assert_eq!(probe.value("wall-clock", &[]), Value::int(946_684_800));
    assert_eq!(probe.value("elapsed", &[]), Value::int(0));
    let random = probe.value("random", &[]);
    assert_eq!(random, probe.value("random", &[]));
    assert_ne!(random, Value::int(0));
}

#[test]
fn output_is_captured_and_capped() {
    let probe = probe();
    let args = [text("line"), Value::int(3)];
    let finished = probe.finish("print", &args, &CallOptions::default());
    assert!(finished.result.is_ok());
    assert_eq!(finished.report.stdout, b"line\nline\nline\n");
    assert_eq!(finished.report.stderr, b"line\n");
    assert!(!finished.report.output_truncated);

    let options = CallOptions {
        limits: Limits {
            output_bytes: 1000,
            ..Limits::default()
        },
        ..CallOptions::default()
    };
    let finished = probe.finish("print", &[text("line"), Value::int(100_000)], &options);
    assert!(finished.result.is_ok(), "a chatty guest still answers");
    assert_eq!(finished.report.stdout.len(), 1000);
    assert!(finished.report.output_truncated);
}

#[test]
fn exits_and_panics_are_ends_of_the_call_only() {
    let probe = probe();
    for (code, expect) in [(0, 0), (1, 1), (77, 1)] {
        match probe.call("exit", &[Value::int(code)], &CallOptions::default()) {
            Err(CallError::Exited { code }) => assert_eq!(code, expect),
            other => panic!("{other:?}"),
        }
    }
    let finished = probe.finish("panic", &[text("oh dear")], &CallOptions::default());
    assert!(matches!(finished.result, Err(CallError::Trap { .. })));
    let stderr = String::from_utf8_lossy(&finished.report.stderr);
    assert!(stderr.contains("oh dear"), "{stderr}");
    assert_eq!(probe.value("env-count", &[]), Value::int(0));
}

#[test]
fn a_sleeping_guest_is_woken_by_the_deadline() {
    let options = CallOptions {
        limits: Limits {
            deadline: Duration::from_millis(50),
            ..Limits::default()
        },
        ..CallOptions::default()
    };
    let started = Instant::now();
    let args = [Value::int(60_000)];
    match probe().call("sleep", &args, &options) {
        Err(CallError::Limit {
            which: LimitKind::Deadline,
            limit: 50,
            ..
        }) => {}
        other => panic!("{other:?}"),
    }
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_guest_that_takes_all_memory_gets_the_memory_limit() {
    let options = CallOptions {
        limits: Limits {
            memory_bytes: 32 << 20,
            ..Limits::default()
        },
        ..CallOptions::default()
    };
    match probe().call("exhaust-memory", &[], &options) {
        Err(CallError::Limit {
            which: LimitKind::Memory,
            limit,
            used,
        }) => {
            assert_eq!(limit, 32 << 20);
            assert!(used > limit);
        }
        other => panic!("{other:?}"),
    }
}

// Each door opens by its grant, and only that far.

#[test]
fn a_granted_variable_is_visible() {
    let options = with_grants(Grants::none().with_env("LANG", "C"));
    let probe = probe();
    let value = probe.call("env", &[text("LANG")], &options);
    assert_eq!(value.expect("a value"), text("C"));
    let count = probe.call("env-count", &[], &options);
    assert_eq!(count.expect("a value"), Value::int(1));
}

#[cfg(target_os = "linux")]
#[test]
fn a_granted_directory_is_visible_and_a_way_to_nothing_else() {
    let temp = tempfile::tempdir().expect("a directory");
    let outside = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(temp.path().join("note"), "hello").expect("writes");
    std::os::unix::fs::symlink(outside.path(), temp.path().join("link")).expect("links");
    let dir = Dir::open_ambient_dir(temp.path(), ambient_authority()).expect("opens");
    let dir = Arc::new(dir);
    let grant = |access| {
        with_grants(Grants::none().with_dir(DirGrant {
            dir: dir.clone(),
            guest_path: "/data".to_owned(),
            access,
        }))
    };
    let probe = probe();
    let read = grant(Access::ReadOnly);
    let note = probe.call("read-file", &[text("/data/note")], &read);
    assert_eq!(note.expect("a value"), text("hello"));
    for path in ["/data/link", "/data/../etc/passwd", "/etc/passwd"] {
        let result = probe.call("read-file", &[text(path)], &read);
        assert!(
            matches!(result, Err(CallError::Raised(_))),
            "{path}: {result:?}"
        );
    }
    let written = probe.call("write-file", &[text("/data/new"), text("x")], &read);
    assert!(matches!(written, Err(CallError::Raised(_))), "{written:?}");
    let written = probe.call(
        "write-file",
        &[text("/data/new"), text("x")],
        &grant(Access::ReadWrite),
    );
    assert_eq!(written.expect("a value"), Value::bool(true));
    assert_eq!(
        std::fs::read(temp.path().join("new")).expect("is there"),
        b"x"
    );
}

#[test]
fn a_granted_address_can_be_reached_and_no_other() {
    let granted = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let other = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = granted.local_addr().expect("an address");
    let options = with_grants(Grants::none().with_net(address));
    let peer = std::thread::spawn(move || {
        let (mut stream, _) = granted.accept().expect("a guest");
        stream.write_all(b"hello guest").expect("writes");
    });
    let probe = probe();
    let answer = probe.call("tcp", &[text(&address.to_string())], &options);
    assert_eq!(answer.expect("a value"), text("hello guest"));
    peer.join().expect("no panic");
    let address = other.local_addr().expect("an address").to_string();
    let result = probe.call("tcp", &[text(&address)], &options);
    assert!(matches!(result, Err(CallError::Raised(_))), "{result:?}");
}
