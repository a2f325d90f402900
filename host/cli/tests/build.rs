//! `rtfs build`, `check`, `test` and `explain`, through the real binary.

mod support;

use support::{Rtfs, example};

#[test]
fn building_twice_gives_the_same_bytes() {
    let rtfs = Rtfs::new();
    let outputs = ["a.wasm", "b.wasm"].map(|name| rtfs.path(name));
    for output in &outputs {
        let ended = rtfs.run(&[
            "build",
            &example("pricing.rtfs"),
            "-o",
            &output.display().to_string(),
        ]);
        assert_eq!(ended.status, 0, "{}", ended.stderr);
    }
    let [first, second] = outputs.map(|path| std::fs::read(path).expect("it was written"));
    assert!(first.starts_with(b"\0asm"));
    assert_eq!(first, second);
}

#[test]
fn text_ir_and_wit_can_be_emitted() {
    let rtfs = Rtfs::new();
    let program = rtfs.write("p.rtfs", "(defn even-n? [n:int] : :bool (= 0 (mod n 2)))");
    for (what, part) in [
        ("wat", "(func $even-n? "),
        ("wit", "even-n-p: func(%n: s64)"),
    ] {
        let ended = rtfs.run(&["build", &program, "-o", "-", "--emit", what]);
        assert!(ended.stdout.contains(part), "{what}: {}", ended.stdout);
    }
    let out = rtfs.path("p.ir");
    let path = out.display().to_string();
    assert_eq!(
        rtfs.run(&["build", &program, "-o", &path, "--emit", "ir"])
            .status,
        0
    );
    let ir = std::fs::read(out).expect("it was written");
    assert!(rtfs_ir::Program::decode(&ir).is_ok());
}

#[test]
fn check_reports_every_problem_and_runs_nothing() {
    let rtfs = Rtfs::new();
    let bad = rtfs.write("bad.rtfs", "(let [x] x)\n(if)\n");
    let ended = rtfs.run(&["check", &bad]);
    assert_eq!(ended.status, 1);
    assert!(ended.stderr.contains("bad.rtfs:1:"), "{}", ended.stderr);
    assert!(ended.stderr.contains("bad.rtfs:2:"), "{}", ended.stderr);
    let json = rtfs.run(&["check", &bad, "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(report["diagnostics"].as_array().map(Vec::len), Some(2));
    let good = rtfs.write("good.rtfs", "(error \"never run\")");
    assert_eq!(rtfs.run(&["check", &good]).status, 0);
}

#[test]
fn test_counts_and_fails_with_status_1() {
    let rtfs = Rtfs::new();
    let good = rtfs.write("good.rtfs", "(+ 1 2) ;=> 3\n((fn [x] x) 1) ;=> 1\n");
    let ended = rtfs.run(&["test", &good]);
    assert_eq!(
        (ended.status, ended.stdout.as_str()),
        (0, "4 passed, 0 failed\n")
    );
    let bad = rtfs.write("bad.rtfs", "(+ 1 2) ;=> 4\n(/ 1 0) ;=> !DivisionByZero\n");
    let ended = rtfs.run(&["test", &bad, "--engine", "evaluator"]);
    assert_eq!(ended.status, 1);
    assert!(
        ended.stdout.ends_with("1 passed, 1 failed\n"),
        "{}",
        ended.stdout
    );
    assert!(
        ended
            .stdout
            .contains("bad.rtfs:1 on evaluator: expected 4, got 3"),
        "{}",
        ended.stdout
    );
}

#[test]
fn codes_are_explained() {
    let rtfs = Rtfs::new();
    let ended = rtfs.run(&["explain", "E0010"]);
    assert_eq!(ended.status, 0);
    assert!(ended.stdout.starts_with("E0010: "), "{}", ended.stdout);
    assert_eq!(rtfs.run(&["explain", "E9999"]).status, 1);
}

#[test]
fn coverage_says_what_has_no_case() {
    let rtfs = Rtfs::new();
    let file = rtfs.write(
        "few.rtfs",
        "(if (nil? nil) (inc 1) 0) ;=> 2\n(/ 1 0) ;=> !DivisionByZero\n",
    );
    let ended = rtfs.run(&["test", &file, "--engine", "evaluator", "--coverage"]);
    assert_eq!(ended.status, 1);
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert!(lines[0].starts_with("forms: 1 of "), "{lines:?}");
    assert!(
        lines[1].contains(" dotimes ") && !lines[1].contains(" if "),
        "{lines:?}"
    );
    assert!(
        lines[2].starts_with("library functions: 3 of "),
        "{lines:?}"
    );
    assert!(lines[4].starts_with("kinds of errors: 1 of "), "{lines:?}");
    assert_eq!(lines[6], "2 passed, 0 failed");
    let corpus = support::repository()
        .join("tests/corpus")
        .display()
        .to_string();
    let ended = rtfs.run(&["test", &corpus, "--engine", "evaluator", "--coverage"]);
    assert_eq!(ended.status, 0, "{}", ended.stdout);
    assert!(!ended.stdout.contains("without a case"), "{}", ended.stdout);
}
