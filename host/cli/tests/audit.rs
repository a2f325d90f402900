//! What was decided, as a record and in numbers.

mod support;

use support::Rtfs;

/// Runs a program twice, so that calls of its function are answered from the store.
fn decided() -> Rtfs {
    let rtfs = Rtfs::new();
    let source = "(defn half [n] (/ n 2)) [(half 8) (half 10)]";
    rtfs.value(&["run", "-e", source], "[4 5]");
    let args = [
        "run",
        "-e",
        source,
        "--engine",
        "evaluator",
        "--l4",
        "exact",
    ];
    rtfs.value(&args, "[4 5]");
    rtfs
}

#[test]
fn every_call_has_a_line_and_counts() {
    let rtfs = decided();
    let shown = rtfs.run(&["audit"]);
    assert_eq!(
        (shown.status, shown.stdout.lines().count()),
        (0, 2),
        "{}",
        shown.stderr
    );
    assert!(
        shown.stdout.starts_with("1 half chosen=l4-sha256:"),
        "{}",
        shown.stdout
    );
    let sound = rtfs.run(&["audit", "verify"]);
    assert_eq!(
        (sound.status, sound.stdout.as_str()),
        (0, "2 lines, sound\n")
    );
    let stats = rtfs.run(&["stats", "--format", "json"]);
    let stats: serde_json::Value = serde_json::from_str(&stats.stdout).expect("JSON");
    assert_eq!(stats["functions"]["half"]["decisions"], 2);
    assert_eq!(stats["functions"]["half"]["hits"], 2);
    assert!(rtfs.run(&["stats"]).stdout.contains("\nhalf 2 2 0 0 "));
}

#[test]
fn an_altered_line_is_told() {
    let rtfs = decided();
    let dir = rtfs.path("store").join("log");
    let file = std::fs::read_dir(&dir)
        .expect("there is a log")
        .flatten()
        .next();
    let file = file.expect("there is a file").path();
    let text = std::fs::read_to_string(&file).expect("it is text");
    std::fs::write(&file, text.replacen("half", "calf", 1)).expect("it is ours");
    let ended = rtfs.run(&["audit", "verify"]);
    assert_eq!(
        (ended.status, ended.stdout.as_str()),
        (3, "2 lines, broken\n")
    );
    assert!(ended.stderr.contains("line 2"), "{}", ended.stderr);
    assert!(ended.stderr.contains("help: "), "{}", ended.stderr);
}

#[test]
fn without_decisions_there_is_nothing_to_show() {
    let rtfs = Rtfs::new();
    for args in [&["audit"][..], &["stats"], &["audit", "verify"]] {
        assert_eq!(rtfs.run(args).status, 0, "{args:?}");
    }
}
