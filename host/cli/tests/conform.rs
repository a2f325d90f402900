//! `rtfs conform` on components of every role: nothing fails, and the tests have the ids that are
//! listed.

#[path = "../../engine/tests/guests/built.rs"]
mod built;
mod support;
#[path = "../../engine/tests/guests/world.rs"]
mod world;

use serde_json::Value;
use support::Rtfs;

/// Whoever keeps reports can compare them: an id that is gone, or comes and goes, is missed here.
#[track_caller]
fn check(package: &str, role: &str, listed: &str) {
    let rtfs = Rtfs::new();
    let component = rtfs.path("component.wasm");
    std::fs::write(&component, built::component(package)).expect("the directory is writable");
    let component = component.display().to_string();
    let ended = rtfs.run(&["conform", "--format", "json", &component]);
    let report: Value = serde_json::from_str(&ended.stdout).expect("it is JSON");
    assert_eq!(report["role"], role);
    let checks = report["checks"].as_array().expect("a list");
    let text = |check: &Value, key: &str| check[key].as_str().unwrap_or_default().to_owned();
    let others = checks.iter().filter(|it| text(it, "outcome") != "passed");
    let others: Vec<&Value> = others.collect();
    assert!(others.is_empty(), "{others:#?}");
    let ids: Vec<String> = checks.iter().map(|check| text(check, "id")).collect();
    assert_eq!(ids, listed.lines().collect::<Vec<_>>());
    assert_eq!(ended.status, 0);
}

#[test]
fn our_compiler_as_a_component_conforms() {
    let listed = include_str!("../../../tests/conformance/ids/compiler.txt");
    check("rtfs-backend-wasm-guest", "compiler", listed);
}

#[test]
fn a_backend_with_the_evaluator_in_its_artifacts_conforms() {
    let listed = include_str!("../../../tests/conformance/ids/compiler.txt");
    check("rtfs-backend-interpreter", "compiler", listed);
}

#[test]
fn modules_that_were_written_by_hand_conform() {
    let listed = include_str!("../../../tests/conformance/ids/module.txt");
    for package in ["shop", "text-tools", "notes", "probe"] {
        check(package, "module", listed);
    }
}

#[test]
fn an_executor_conforms() {
    let listed = include_str!("../../../tests/conformance/ids/executor.txt");
    check("rtfs-interpreter-executor", "executor", listed);
}

/// Bytes that fail before anything of them runs: the one id that failed, and a part of the reason.
#[track_caller]
fn check_unfit(component: &[u8], id: &str, reason: &str) {
    let rtfs = Rtfs::new();
    let path = rtfs.path("component.wasm");
    std::fs::write(&path, component).expect("the directory is writable");
    let ended = rtfs.run(&["conform", &path.display().to_string()]);
    assert_eq!(ended.status, 1, "{}", ended.stdout);
    let failed = format!("FAILED       {id}: ");
    let line = ended.stdout.lines().find(|line| line.starts_with(&failed));
    let line = line.unwrap_or_else(|| panic!("no `{failed}` in: {}", ended.stdout));
    assert!(line.contains(reason), "{line}");
    assert!(ended.stdout.ends_with(" 1 failed, 0 unsupported\n"));
}

#[test]
fn what_is_no_component_of_a_role_fails() {
    check_unfit(b"no component", "component/valid", "");
    check_unfit(b"\0asm\x01\0\0\0", "component/valid", "core module");
    let empty = wat::parse_str("(component)").expect("a component");
    check_unfit(&empty, "component/role", "none of the interfaces");
    let both = wat::parse_str(
        r#"(component (instance $i)
            (export "rtfs:module/dynamic@0.1.0" (instance $i))
            (export "rtfs:backend/compiler@0.1.0" (instance $i)))"#,
    );
    let both = both.expect("a component");
    check_unfit(&both, "component/role", "more than one role");
}

#[test]
fn interfaces_that_are_not_served_fail() {
    for (import, export, reason) in [
        (
            "acme:db/query@1.0.0",
            "rtfs:module/dynamic@0.1.0",
            "imports `acme:db/query@1.0.0`",
        ),
        (
            "rtfs:host/capability@0.7.0",
            "rtfs:module/dynamic@0.1.0",
            "this host serves",
        ),
        (
            "wasi:cli/environment@0.3.0",
            "rtfs:module/dynamic@0.1.0",
            "0.3.0",
        ),
        // A backend may not ask.
        (
            "rtfs:host/capability@0.1.0",
            "rtfs:backend/compiler@0.1.0",
            "rtfs:host/capability@0.1.0",
        ),
    ] {
        let component = wat::parse_str(format!(
            r#"(component (import "{import}" (instance)) (instance $i)
                (export "{export}" (instance $i)))"#
        ));
        let component = component.expect("a component");
        check_unfit(&component, "component/interfaces", reason);
    }
    let newer = r#"(component (instance $i) (export "rtfs:module/dynamic@0.9.0" (instance $i)))"#;
    let newer = wat::parse_str(newer).expect("a component");
    check_unfit(&newer, "component/interfaces", "built for");
}

/// An executor whose answer to every artifact is an error of a class of its own, or nil.
fn executor(target_id: &str, answer: &str) -> Vec<u8> {
    let core = format!(
        r#"(module
  (memory (export "memory") 2)
  (global $top (mut i32) (i32.const 65536))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (global.get $top)
    (global.set $top (i32.add (global.get $top)
      (i32.and (i32.add (local.get 3) (i32.const 15)) (i32.const -16)))))
  (data (i32.const 64) "InvalidArtifactinvalid-artifactno\f6")
  (data (i32.const 128) "{target_id}")
  (func $pair (param $at i32) (param $ptr i32) (param $len i32)
    (i32.store (local.get $at) (local.get $ptr))
    (i32.store offset=4 (local.get $at) (local.get $len)))
  (func (export "rtfs:backend/executor@0.1.0#target-id") (result i32)
    (call $pair (i32.const 400) (i32.const 128) (i32.const {length}))
    (i32.const 400))
  (func (export "rtfs:backend/executor@0.1.0#limits") (param i32 i32))
  (func (export "rtfs:backend/executor@0.1.0#invoke")
    (param $artifact i32) (param $size i32) (param $export i32) (param $ptr i32) (param $len i32)
    (result i32)
    (i32.store (i32.const 512) (i32.const 1))
    (call $pair (i32.const 516) (i32.const 64) (i32.const 15))
    (call $pair (i32.const 524) (i32.const 79) (i32.const 16))
    (call $pair (i32.const 532) (i32.const 95) (i32.const 2))
    (call $pair (i32.const 540) (i32.const 97) (i32.const 1))
    (i32.store (i32.const 548) (i32.const -1))
    (call $pair (i32.const 552) (i32.const 0) (i32.const 0))
    {answer}
    (i32.const 512)))"#,
        length = target_id.len(),
    );
    world::component("export rtfs:backend/executor@0.1.0;", &core)
}

#[test]
fn executors_that_take_anything_fail() {
    let honest = executor("acme-bytecode", "");
    let rtfs = Rtfs::new();
    let path = rtfs.path("executor.wasm");
    std::fs::write(&path, honest).expect("the directory is writable");
    let ended = rtfs.run(&["conform", &path.display().to_string()]);
    assert_eq!(ended.status, 0, "{}", ended.stdout);
    assert!(
        ended.stdout.contains("unsupported  artifacts: "),
        "{}",
        ended.stdout
    );

    let value = "(i32.store (i32.const 512) (i32.const 0))
        (call $pair (i32.const 516) (i32.const 97) (i32.const 1))";
    for (length, id) in [
        ("ne", "executor/invalid-artifact"),
        ("eq", "executor/empty-artifact"),
    ] {
        let answer = format!("(if (i32.{length} (local.get $size) (i32.const 0)) (then {value}))");
        let component = executor("acme-bytecode", &answer);
        let path = rtfs.path("liar.wasm");
        std::fs::write(&path, component).expect("the directory is writable");
        let ended = rtfs.run(&["conform", &path.display().to_string()]);
        assert_eq!(ended.status, 1, "{}", ended.stdout);
        let failed = format!("FAILED       {id}: wanted !InvalidArtifact, got a value");
        assert!(ended.stdout.contains(&failed), "{}", ended.stdout);
    }
    check_unfit(
        &executor("No Target", ""),
        "executor/target-id",
        "its target id is not",
    );
}

#[test]
fn help_says_what_can_be_tried() {
    let help = Rtfs::new().run(&["conform", "--help"]).stdout;
    for word in ["module", "backend", "executor", "rtfs:backend/executor"] {
        assert!(help.contains(word), "{help}");
    }
}

/// What is none of the components that a command takes is told where it belongs.
#[test]
fn components_of_other_roles_are_told_what_they_are() {
    let rtfs = Rtfs::new();
    let write = |name: &str, component: &[u8]| {
        std::fs::write(rtfs.path(name), component).expect("the directory is writable");
        rtfs.path(name).display().to_string()
    };
    let asks = wat::parse_str(
        r#"(component (import "rtfs:host/capability@0.1.0" (instance)) (instance $i)
            (export "rtfs:backend/executor@0.1.0" (instance $i)))"#,
    );
    let module = wat::parse_str(
        r#"(component (instance $i) (export "rtfs:module/dynamic@0.1.0" (instance $i)))"#,
    );
    let is_executor = "it is an executor, which runs artifacts and compiles nothing";
    for (component, told, next) in [
        (executor("acme-bytecode", ""), is_executor, "`rtfs conform`"),
        (asks.expect("a component"), is_executor, "`rtfs conform`"),
        (
            module.expect("a component"),
            "it is a module, which programs call",
            "`rtfs publish`",
        ),
    ] {
        let path = write("component.wasm", &component);
        let ended = rtfs.run(&["backend", "add", "--unsigned", &path]);
        assert_eq!(ended.status, 1, "{}", ended.stderr);
        let told = format!("the backend is refused: {told}\n");
        for part in [&told, "help: ", next] {
            assert!(ended.stderr.contains(part), "{}", ended.stderr);
        }
    }
}
