//! `rtfs conform` on components of every role: nothing fails, and the tests have the ids that are
//! listed.

#[path = "../../engine/tests/guests/built.rs"]
mod built;
mod support;

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
fn a_module_that_was_written_by_hand_conforms() {
    let listed = include_str!("../../../tests/conformance/ids/module.txt");
    check("shop", "module", listed);
}

#[test]
fn an_executor_conforms() {
    let listed = include_str!("../../../tests/conformance/ids/executor.txt");
    check("rtfs-interpreter-executor", "executor", listed);
}
