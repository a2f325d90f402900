//! Typed exports, called from a runtime that is not ours: Node.js through jco.

mod support;

use serde_json::{Value, json};
use std::process::Command;
use support::{compile, repository, skip};

/// Calls exports by label in one Node process; one result a call.
fn call(source: &str, calls: Value) -> Option<Vec<Value>> {
    let folder = repository().join("tests/foreign");
    if !folder
        .join("node_modules/@bytecodealliance/jco-transpile")
        .exists()
    {
        skip("jco is not installed; run `npm install` in tests/foreign");
        return None;
    }
    let dir = tempfile::tempdir().expect("a temporary directory");
    let component = dir.path().join("component.wasm");
    std::fs::write(&component, compile(source).component).expect("it is writable");
    let output = Command::new("node")
        .arg(folder.join("call.mjs"))
        .arg(&component)
        .arg(calls.to_string())
        .output();
    let Ok(output) = output else {
        skip("node is not installed");
        return None;
    };
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "node failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(
        stdout
            .lines()
            .map(|line| serde_json::from_str(line).expect("one JSON line a call"))
            .collect(),
    )
}

#[track_caller]
fn check(source: &str, calls: Value, expected: Value) {
    if let Some(results) = call(source, calls) {
        assert_eq!(Value::Array(results), expected, "{source}");
    }
}

#[test]
fn a_predicate_with_a_question_mark() {
    check(
        "(defn even-n? [n:int] : :bool (= 0 (mod n 2)))",
        json!([["even-n-p", ["4n"]], ["even-n-p", ["7n"]]]),
        json!([{"ok": true}, {"ok": false}]),
    );
}

#[test]
fn an_export_of_a_dotted_module_with_an_exclamation_mark() {
    check(
        "(module acme.pricing (:exports [total!])
           (defn total! [prices:[:vector :int]] : :int (reduce + 0 prices)))",
        json!([[label("acme.pricing/total!"), [["1n", "2n", "39n"]]]]),
        json!([{"ok": "42n"}]),
    );
}

#[test]
fn names_that_differ_only_by_a_hyphen() {
    check(
        "(defn map-of [n:int] : :int (+ n 1)) (defn mapof [n:int] : :int (+ n 2))",
        json!([
            [label_among("map-of", &["map-of", "mapof"]), ["1n"]],
            [label_among("mapof", &["map-of", "mapof"]), ["1n"]]
        ]),
        json!([{"ok": "2n"}, {"ok": "3n"}]),
    );
}

#[test]
fn errors_arrive_as_the_error_record() {
    check(
        "(defn half [n:int] : :float (float (/ n 0)))",
        json!([["half", ["4n"]]]),
        json!([{"error": {
            "class": "DivisionByZero",
            "kind": "division-by-zero",
            "message": "Division by zero",
        }}]),
    );
}

#[test]
fn strings_floats_options_and_records() {
    check(
        "(defn shout [s:string] : :string (string-upper s))
         (defn scale [x:float] : :float (* 2 x))
         (defn or-zero [n:int?] : :int (or n 0))
         (defn area [r:[:map [:w :int] [:h :int]]] : :int (* (:w r) (:h r)))",
        json!([["shout", ["stra\u{df}e"]], ["scale", [1.25]], ["or-zero", [null]],
               ["or-zero", ["5n"]], ["area", [{"w": "3n", "h": "4n"}]]]),
        json!([{"ok": "STRA\u{df}E"}, {"ok": 2.5}, {"ok": "0n"}, {"ok": "5n"}, {"ok": "12n"}]),
    );
}

fn label(name: &str) -> String {
    label_among(name, &[name])
}

/// The component's label of an RTFS name that is exported together with others.
fn label_among(name: &str, all: &[&str]) -> String {
    let labels = rtfs_backend_wasm::export_labels(all.iter().copied());
    let idx = all
        .iter()
        .position(|other| *other == name)
        .expect("one of all");
    labels[idx].clone()
}
