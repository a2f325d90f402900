//! `rtfs run`, through the real binary.

#[path = "support/stock.rs"]
mod stock;
mod support;

use stock::{Stock, flip};
use support::{Rtfs, ends, example};

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

/// The files of the store below a directory.
fn files_below(path: &std::path::Path) -> Vec<std::path::PathBuf> {
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
    files.sort();
    files
}

/// The lines of events that begin with this word.
fn events<'a>(ended: &'a support::Ended, word: &str) -> Vec<&'a str> {
    let lines = ended.stderr.lines();
    lines.filter(|line| line.starts_with(word)).collect()
}

/// Several hosts share one store, each with keys of its own.
#[test]
fn what_strangers_signed_is_said_once_and_never_used() {
    let rtfs = Rtfs::new();
    let program = ["run", "-e", "(defn f [] 5) (f)", "--explain"];
    let with_keys = |keys: &str| {
        let keys = rtfs.path(keys).display().to_string();
        let ended = rtfs.run(&[&program[..], &["--keys", &keys]].concat());
        assert_eq!(
            (ended.status, ended.stdout.as_str()),
            (0, "5\n"),
            "{}",
            ended.stderr
        );
        ended
    };
    assert!(events(&with_keys("first"), "refuse").is_empty());
    let second = with_keys("second");
    let refused = events(&second, "refuse");
    assert_eq!(refused.len(), 1, "{}", second.stderr);
    assert!(refused[0].contains("is not trusted"), "{}", refused[0]);
    assert_eq!(events(&second, "compile").len(), 1, "{}", second.stderr);
    let third = with_keys("third");
    let refused = events(&third, "refuse");
    assert_eq!(refused.len(), 1, "{}", third.stderr);
    assert!(refused[0].contains("1 more record"), "{}", refused[0]);
    // Each found its own ever after, and native code of others is neither refused nor replaced.
    for keys in ["first", "second", "third", "first"] {
        let again = with_keys(keys);
        assert_eq!(events(&again, "hit").len(), 1, "{}", again.stderr);
        for word in ["refuse", "compile", "warning"] {
            assert!(events(&again, word).is_empty(), "{}", again.stderr);
        }
    }
}

#[test]
fn a_store_that_cannot_be_used_costs_only_time() {
    let rtfs = Rtfs::new();
    rtfs.write("letter.txt", "not a store");
    let foreign = rtfs.path("").display().to_string();
    let file = rtfs.path("letter.txt").display().to_string();
    Stock::of(&rtfs).publish("adder");
    let broken = rtfs.path("store");
    let layout = broken.join("oci-layout");
    std::fs::remove_file(&layout).expect("ours");
    std::fs::write(&layout, "{").expect("ours");
    let broken = broken.display().to_string();
    let source = "(defn f [] 5) (f)";
    let keys = tempfile::tempdir().expect("a directory");
    let keys = keys.path().display().to_string();
    for store in [&foreign, &file, &broken] {
        for more in [&[][..], &["--engine", "evaluator", "--l4", "exact"]] {
            let at = ["--store", store, "--keys", &keys];
            let ended = rtfs.run(&[&["run", "-e", source][..], &at, more].concat());
            assert_eq!(
                (ended.status, ended.stdout.as_str()),
                (0, "5\n"),
                "{}",
                ended.stderr
            );
            assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
            assert_eq!(events(&ended, "refuse").len(), 1, "{}", ended.stderr);
            assert!(ended.stderr.contains("it runs without"), "{}", ended.stderr);
        }
        for args in [&["list"][..], &["verify"], &["call", "adder/add", "1", "2"]] {
            let ended = rtfs.run(&[args, &["--store", store, "--keys", &keys]].concat());
            assert_eq!(ended.status, 1, "{args:?}: {}", ended.stderr);
            assert!(ended.stderr.contains(store.as_str()), "{}", ended.stderr);
            assert!(ended.stdout.is_empty(), "{}", ended.stdout);
        }
    }
}

#[test]
fn what_a_revoked_key_signed_is_refused_in_one_line_until_another_key_answers() {
    let rtfs = Rtfs::new();
    let program = rtfs.write("p.rtfs", "(defn f [] 5) (f)");
    let run = || {
        let ended = rtfs.run(&["run", &program, "--explain"]);
        assert_eq!(
            (ended.status, ended.stdout.as_str()),
            (0, "5\n"),
            "{}",
            ended.stderr
        );
        ended
    };
    run();
    // Two records of one component: one altered byte is one incident.
    ends(&rtfs, &["publish", &program], 0);
    let component = files_below(&rtfs.path("store").join("blobs"))
        .into_iter()
        .find(|path| std::fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"\0asm")));
    flip(&component.expect("it was stored"));
    assert_eq!(events(&run(), "refuse").len(), 1);
    let keys = ends(&rtfs, &["key", "list", "--format", "json"], 0).stdout;
    let keys: serde_json::Value = serde_json::from_str(&keys).expect("JSON");
    let key = keys["keys"][0]["key"].as_str().expect("a key").to_owned();
    ends(&rtfs, &["key", "revoke", &key, "--reason", "lost"], 0);
    for _ in 0..2 {
        let refused = run();
        let lines = events(&refused, "refuse");
        assert_eq!(lines.len(), 1, "{}", refused.stderr);
        assert!(
            lines[0].contains("is revoked: lost; refused with 1 more record"),
            "{}",
            lines[0]
        );
    }
    ends(&rtfs, &["key", "new"], 0);
    assert_eq!(events(&run(), "refuse").len(), 1);
    let healed = run();
    assert_eq!(events(&healed, "hit").len(), 1, "{}", healed.stderr);
    assert!(events(&healed, "refuse").is_empty(), "{}", healed.stderr);
}

/// A byte of each stored object in turn: native code, component, source, IR, record.
#[test]
fn whatever_is_altered_is_refused_reported_and_replaced() {
    let place = |rtfs: &Rtfs, dir: &str| {
        let mut files = files_below(&rtfs.path("store").join(dir));
        files.retain(|file| !is_of_functions(file));
        files
    };
    let count = {
        let rtfs = Rtfs::new();
        rtfs.value(&["run", "-e", "(defn f [] 5) (f)"], "5");
        assert_eq!(place(&rtfs, "blobs").len(), 3);
        assert_eq!(place(&rtfs, "records").len(), 1);
        [("derived/aot", 1), ("blobs", 3), ("records", 1)]
    };
    for (dir, number) in count {
        for index in 0..number {
            let rtfs = Rtfs::new();
            let run = || rtfs.run(&["run", "-e", "(defn f [] 5) (f)", "--explain"]);
            run();
            flip(&place(&rtfs, dir)[index]);
            let ended = run();
            assert_eq!(
                (ended.status, ended.stdout.as_str()),
                (0, "5\n"),
                "{dir} {index}"
            );
            let lines = ended.stderr.lines();
            let refused = lines
                .filter(|line| line.starts_with("refuse call="))
                .count();
            assert_eq!(refused, 1, "{dir} {index}: {}", ended.stderr);
            let healed = run();
            assert!(
                healed.stderr.contains("hit call="),
                "{dir} {index}: {}",
                healed.stderr
            );
            assert!(
                !healed.stderr.contains("refuse"),
                "{dir} {index}: {}",
                healed.stderr
            );
        }
    }
}

/// Whether a file has translations of functions that components share.
fn is_of_functions(file: &std::path::Path) -> bool {
    file.ends_with("functions")
}

#[test]
fn altered_functions_are_refused_reported_and_replaced() {
    let rtfs = Rtfs::new();
    let run = |program| {
        let ended = rtfs.run(&["run", "-e", program, "--explain"]);
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        ended.stderr.matches("refuse call=").count()
    };
    assert_eq!(run("(defn f [x] (+ x 2)) (f 1)"), 0);
    let kept = files_below(&rtfs.path("store/derived/aot"));
    let kept = kept.iter().find(|file| is_of_functions(file));
    flip(kept.expect("components share functions"));
    assert_eq!(run("(defn f [x] (+ x 3)) (f 1)"), 1);
    assert_eq!(run("(defn f [x] (+ x 4)) (f 1)"), 0);
}

#[test]
fn a_function_of_one_file_answers_another_file_under_l4() {
    let rtfs = Rtfs::new();
    let shared = "(defn half [n] (/ n 2))";
    let first = rtfs.write(
        "first.rtfs",
        &format!("{shared} (defn a [] 1) [(half 8) (a)]"),
    );
    rtfs.value(&["run", &first], "[4 1]");
    // Laid out anew, with a parameter renamed that nothing can observe.
    let second = rtfs.write(
        "second.rtfs",
        "; halves\n(defn half [number]\n  (/ number 2))\n(def b 2)\n(+ b (half 10))",
    );
    let args = ["run", &second, "--engine", "evaluator", "--explain"];
    let plain = rtfs.run(&args);
    assert_eq!(plain.stdout, "7\n");
    assert!(!plain.stderr.contains("hit "), "{}", plain.stderr);
    let hit = rtfs.run(&[&args[..], &["--l4", "exact"]].concat());
    assert_eq!(hit.stdout, "7\n", "{}", hit.stderr);
    assert!(
        hit.stderr.contains("hit call=half policy=exact"),
        "{}",
        hit.stderr
    );
    assert!(
        hit.stderr.contains("ran call=half engine=component"),
        "{}",
        hit.stderr
    );

    let failing = "(defn half [other]\n  (/ other 2))\n(half\n  \"x\")";
    let failing = rtfs.write("failing.rtfs", failing);
    let args = ["run", &failing, "--engine", "evaluator"];
    let alone = rtfs.run(&args);
    let delegated = rtfs.run(&[&args[..], &["--l4", "exact"]].concat());
    assert_eq!(alone.status, 1);
    assert!(
        alone.stderr.contains("failing.rtfs:2:3"),
        "{}",
        alone.stderr
    );
    assert_eq!(delegated.stderr, alone.stderr);
}

#[test]
fn a_host_call_in_a_definition_happens_once() {
    let rtfs = Rtfs::new();
    let source = "(def x (call :ccos.io.println \"once\")) (defn f [] x) [(f) (f)]";
    for engine in [
        &["--engine", "evaluator"][..],
        &["--engine", "evaluator", "--l4", "exact"],
        &["--engine", "component"],
        &["--engine", "component"],
        &["--engine", "auto"],
    ] {
        let args = [
            &["run", "-e", source, "--grant", "cap:ccos.io.println"],
            engine,
        ]
        .concat();
        let ended = rtfs.run(&args);
        assert_eq!(ended.stdout, "[nil nil]\n", "{engine:?}: {}", ended.stderr);
        assert_eq!(
            ended.stderr.matches("once").count(),
            1,
            "{engine:?}: {}",
            ended.stderr
        );
    }
}

/// Runs under default limits on both engines and expects a status and a word of the message.
#[track_caller]
fn both_end(source: &str, status: i32, word: &str) {
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
    both_end("(defn spin [n] (spin n)) (spin 1)", 4, "limit");
}

#[test]
fn one_huge_range_hits_a_limit() {
    both_end("(count (range 1000000000))", 4, "");
}

#[test]
fn slow_growth_hits_the_memory_limit() {
    both_end(
        "(defn grow [xs] (grow (conj xs [xs 1 2 3]))) (grow [])",
        4,
        "memory",
    );
    both_end(
        "(defn double [s] (double (str s s))) (double \"ab\")",
        4,
        "memory",
    );
}

#[test]
fn endless_recursion_is_an_error_of_the_program() {
    both_end(
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
        &["run", "--l4", "semantic", "-e", "1"],
        &["run", "--l4", "exact", "--no-store", "-e", "1"],
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
fn errors_of_the_library_and_of_checks_show_their_forms_on_both_engines() {
    let rtfs = Rtfs::new();
    for (body, place) in [
        ("(nth [1 2]\n    x)", "p.rtfs:2:3"),
        ("(let [y (str x)]\n    (+ x\n       y))", "p.rtfs:3:5"),
        ("(match x\n    \"a\" 1)", "p.rtfs:2:3"),
        ("(map (fn [y]\n    (quot y 0)) [x])", "p.rtfs:3:5"),
        ("(let [y:string\n        (inc x)] y)", "p.rtfs:"),
        ("(try (nth [] x)\n    (catch TypeError e 1))", "p.rtfs:2:8"),
    ] {
        let program = rtfs.write("p.rtfs", &format!("(defn f [x]\n  {body})\n[(f 5)]\n"));
        let [evaluated, compiled] = ["evaluator", "component"]
            .map(|engine| rtfs.run(&["run", &program, "--engine", engine]));
        assert_eq!(evaluated.status, 1, "{body}: {}", evaluated.stderr);
        assert!(evaluated.stderr.contains(place), "{}", evaluated.stderr);
        assert_eq!(evaluated.stderr, compiled.stderr);
    }
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
