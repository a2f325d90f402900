//! `rtfs run`, through the real binary.

mod support;

use support::{Rtfs, example};

const EXAMPLES: [(&str, &str); 3] = [
    (
        "pricing.rtfs",
        r#"{:order {:lines ["apple: 4.80" "bread: 6.40" "cheese: 12.50"] :gross "23.70" :discount "1.18" :net "22.52"} :refused "no price for durian"}"#,
    ),
    ("numeric.rtfs", "[6765 21 111 1.414213562373095]"),
    ("text.rtfs", r#""the   ****\nwas   ***\nsea   **""#),
];

#[test]
fn the_examples_give_their_values_on_both_engines() {
    let rtfs = Rtfs::new();
    for (name, value) in EXAMPLES {
        for engine in ["evaluator", "component", "auto"] {
            rtfs.value(&["run", &example(name), "--engine", engine], value);
        }
    }
}

#[test]
fn auto_runs_programs_with_functions_in_a_component_and_says_so() {
    let rtfs = Rtfs::new();
    for (name, _) in EXAMPLES {
        let ended = rtfs.run(&["run", &example(name), "--explain"]);
        let ran: Vec<_> = ended
            .stderr
            .lines()
            .filter(|l| l.starts_with("ran "))
            .collect();
        assert_eq!(ran.len(), 1, "{}", ended.stderr);
        assert!(ran[0].contains(" engine=component "), "{}", ran[0]);
        assert!(!ended.stderr.lines().any(|line| line.starts_with("local ")));
    }
}

#[test]
fn auto_evaluates_programs_without_functions() {
    let rtfs = Rtfs::new();
    let ended = rtfs.run(&["run", "-e", "(+ 1 2)", "--explain"]);
    assert_eq!(ended.stdout, "3\n");
    assert!(
        ended.stderr.contains("engine=evaluator"),
        "{}",
        ended.stderr
    );
    assert!(!rtfs.path("store").exists(), "nothing was compiled");
}

#[test]
fn the_second_run_finds_what_the_first_compiled() {
    let rtfs = Rtfs::new();
    let program = rtfs.write("p.rtfs", "(defn add [x y] (+ x y)) (add 1 2)");
    let first = rtfs.run(&["run", &program, "--explain"]);
    assert!(first.stderr.contains("compile unit="), "{}", first.stderr);
    let second = rtfs.run(&["run", &program, "--explain"]);
    assert!(second.stderr.contains("hit call="), "{}", second.stderr);
    assert!(
        !second.stderr.contains("compile unit="),
        "{}",
        second.stderr
    );
    assert_eq!(
        (first.stdout.as_str(), second.stdout.as_str()),
        ("3\n", "3\n")
    );
}

#[test]
fn no_store_writes_nothing() {
    let rtfs = Rtfs::new();
    rtfs.value(&["run", "-e", "((fn [x] x) 1)", "--no-store"], "1");
    assert!(!rtfs.path("store").exists());
    assert!(!rtfs.path("keys").exists());
}

#[test]
fn altered_native_code_is_refused_reported_and_replaced() {
    let rtfs = Rtfs::new();
    let program = rtfs.write("p.rtfs", "(defn f [] 5) (f)");
    rtfs.value(&["run", &program], "5");
    let entry = only_file_below(&rtfs.path("store"));
    let mut bytes = std::fs::read(&entry).expect("the entry is readable");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&entry, &bytes).expect("the entry is ours");
    let ended = rtfs.run(&["run", &program]);
    assert_eq!((ended.status, ended.stdout.as_str()), (0, "5\n"));
    assert!(ended.stderr.contains("refuse call="), "{}", ended.stderr);
    let healed = rtfs.run(&["run", &program, "--explain"]);
    assert!(healed.stderr.contains("hit call="), "{}", healed.stderr);
}

fn only_file_below(path: &std::path::Path) -> std::path::PathBuf {
    let mut files = Vec::new();
    let mut dirs = vec![path.to_owned()];
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(dir)
            .expect("the store is readable")
            .flatten()
        {
            match entry.path() {
                path if path.is_dir() => dirs.push(path),
                path => files.push(path),
            }
        }
    }
    assert_eq!(files.len(), 1, "{files:?}");
    files.remove(0)
}

/// Runs under default limits on both engines and expects a status and a word of the message.
#[track_caller]
fn ends(source: &str, status: i32, word: &str) {
    let rtfs = Rtfs::new();
    for engine in ["evaluator", "component"] {
        let ended = rtfs.run(&["run", "-e", source, "--engine", engine]);
        assert_eq!(ended.status, status, "{engine}: {}", ended.stderr);
        assert!(ended.stderr.contains(word), "{engine}: {}", ended.stderr);
        assert_eq!(ended.stdout, "", "{engine}");
    }
}

#[test]
fn an_endless_loop_hits_a_limit() {
    ends("(defn spin [n] (spin n)) (spin 1)", 4, "limit");
}

#[test]
fn one_huge_range_hits_a_limit() {
    ends("(count (range 1000000000))", 4, "");
}

#[test]
fn slow_growth_hits_the_memory_limit() {
    ends(
        "(defn grow [xs] (grow (conj xs [xs 1 2 3]))) (grow [])",
        4,
        "memory",
    );
    ends(
        "(defn double [s] (double (str s s))) (double \"ab\")",
        4,
        "memory",
    );
}

#[test]
fn endless_recursion_is_an_error_of_the_program() {
    ends(
        "(defn deeper [n] (+ 1 (deeper n))) (deeper 1)",
        1,
        "StackOverflow",
    );
}

#[test]
fn limits_can_be_set() {
    let rtfs = Rtfs::new();
    let spin = "(defn spin [n] (spin n)) (spin 1)";
    for engine in ["evaluator", "component"] {
        let by_fuel = rtfs.run(&["run", "-e", spin, "--engine", engine, "--fuel", "10000"]);
        assert_eq!(by_fuel.status, 4, "{}", by_fuel.stderr);
        let by_time = rtfs.run(&[
            "run",
            "-e",
            spin,
            "--engine",
            engine,
            "--fuel",
            "1000000000000000",
            "--timeout",
            "200ms",
        ]);
        assert_eq!(by_time.status, 4, "{}", by_time.stderr);
        assert!(by_time.stderr.contains("deadline"), "{}", by_time.stderr);
        let by_depth = rtfs.run(&[
            "run",
            "-e",
            "(defn f [n] (+ 1 (f n))) (f 1)",
            "--engine",
            engine,
            "--max-depth",
            "50",
        ]);
        assert_eq!(by_depth.status, 1);
        assert!(
            by_depth.stderr.contains("depth (50) exceeded"),
            "{}",
            by_depth.stderr
        );
    }
}

#[test]
fn wrong_usage_is_status_2() {
    let rtfs = Rtfs::new();
    for args in [
        &["run"][..],
        &["run", "--max-depth", "20001", "-e", "1"],
        &["run", "--memory", "lots", "-e", "1"],
        &["run", "--grant", "everything", "-e", "1"],
        &["nonsense"],
    ] {
        assert_eq!(rtfs.run(args).status, 2, "{args:?}");
    }
}

#[test]
fn a_missing_file_and_a_parse_error_are_status_1() {
    let rtfs = Rtfs::new();
    assert_eq!(rtfs.run(&["run", "no-such-file.rtfs"]).status, 1);
    let ended = rtfs.run(&["run", "-e", "(+ 1"]);
    assert_eq!(ended.status, 1);
    assert!(
        ended.stderr.contains("<expression>:1:1"),
        "{}",
        ended.stderr
    );
}

#[test]
fn uncaught_errors_point_into_the_source_on_both_engines() {
    let rtfs = Rtfs::new();
    let source = "(defn half [n]\n  (/ n 0))\n(+ 1 (half 4))\n";
    let program = rtfs.write("p.rtfs", source);
    let [evaluated, compiled] =
        ["evaluator", "component"].map(|engine| rtfs.run(&["run", &program, "--engine", engine]));
    assert_eq!(evaluated.status, 1);
    assert!(
        evaluated.stderr.contains("p.rtfs:2:3"),
        "{}",
        evaluated.stderr
    );
    assert!(evaluated.stderr.contains("in half"), "{}", evaluated.stderr);
    assert_eq!(evaluated.stderr, compiled.stderr);
}

#[test]
fn json_reports_are_one_document() {
    let rtfs = Rtfs::new();
    let ended = rtfs.run(&["run", "-e", "((fn [x] [x \"s\"]) 1)", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&ended.stdout).expect("JSON");
    assert_eq!(report["ok"], true);
    assert_eq!(report["value"], "[1 \"s\"]");
    assert_eq!(report["engine"], "component");
    let failed = rtfs.run(&["run", "-e", "(/ 1 0)", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&failed.stdout).expect("JSON");
    assert_eq!(failed.status, 1);
    assert_eq!(report["error"]["class"], "DivisionByZero");
    assert_eq!(report["error"]["position"]["line"], 1);
}

#[test]
fn host_calls_need_a_grant() {
    let rtfs = Rtfs::new();
    for engine in ["evaluator", "component"] {
        let run = |source: &str, grants: &[&str]| {
            let mut args = vec!["run", "-e", source, "--engine", engine];
            for grant in grants {
                args.extend(["--grant", grant]);
            }
            rtfs.run(&args)
        };
        let pure = run("(call :ccos.echo [1 :a])", &[]);
        assert_eq!(pure.status, 1);
        assert!(
            pure.stderr.contains("not available in pure RTFS mode"),
            "{}",
            pure.stderr
        );
        let granted = run("((fn [x] (call :ccos.echo x)) [1 :a])", &["cap:ccos.echo"]);
        assert_eq!(granted.stdout, "[1 :a]\n", "{}", granted.stderr);
        let other = run("(call :ccos.other 1)", &["cap:ccos.echo"]);
        assert_eq!(other.status, 1);
        assert!(
            other.stderr.contains("SecurityViolation"),
            "{}",
            other.stderr
        );
        let mapped = run(
            "(map (fn [x] (call :ccos.echo x)) [1 2 3])",
            &["cap:ccos.echo"],
        );
        assert_eq!(mapped.stdout, "[1 2 3]\n", "{}", mapped.stderr);
    }
}

#[test]
fn standard_input_is_a_program_too() {
    let rtfs = Rtfs::new();
    let ended = rtfs.run_with_input(&["run", "-"], b"(* 6 7)");
    assert_eq!(ended.stdout, "42\n", "{}", ended.stderr);
    let broken = rtfs.run_with_input(&["run", "-"], b"\"\xff\"");
    assert_eq!(broken.status, 1);
    assert!(broken.stderr.contains("UTF-8"), "{}", broken.stderr);
}
