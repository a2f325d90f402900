//! `rtfs publish` and `rtfs call`, through the real binary.

#[path = "support/stock.rs"]
mod stock;
mod support;

use serde_json::Value;
use stock::{Stock, flip};
use support::{Rtfs, ends, example};

const MATHS: &str = "(defn add [x y] (+ x y))\n(defn half [n]\n  (/ n 0))\n(defn same [x] x)\n";

/// A store with `maths` in it.
fn with_maths() -> (Rtfs, String) {
    let rtfs = Rtfs::new();
    let file = rtfs.write("maths.rtfs", MATHS);
    let args = ["publish", &file, "--describe", "Sums and halves"];
    let record = ends(&rtfs, &args, 0).stdout.trim().to_owned();
    (rtfs, record)
}

#[test]
fn what_was_published_is_called_by_name_and_by_digest() {
    let (rtfs, record) = with_maths();
    assert!(record.starts_with("sha256:"), "{record}");
    rtfs.value(&["call", "maths/add", "1", "2"], "3");
    rtfs.value(&["call", &format!("{record}/add"), "1", "-2.5"], "-1.5");
    rtfs.value(&["call", &format!("{}/add", &record[..20]), "2", "3"], "5");
    let data = r#"{:a [1 "two" nil] :b '()}"#;
    rtfs.value(&["call", "maths/same", data], r#"{:a [1 "two" nil] :b ()}"#);
    let listed = ends(&rtfs, &["list"], 0).stdout;
    assert!(listed.contains("Sums and halves"), "{listed}");
    assert_eq!(ends(&rtfs, &["show", "maths", "--source"], 0).stdout, MATHS);
    ends(&rtfs, &["verify"], 0);
    ends(&rtfs, &["find", "halves"], 0);
}

#[test]
fn a_name_follows_what_is_published_under_it_and_modules_name_themselves() {
    let (rtfs, first) = with_maths();
    let newer = rtfs.write("newer.rtfs", "(defn add [x y] (* 10 (+ x y)))");
    let args = ["publish", &newer, "--name", "maths", "--format", "json"];
    let report: Value = serde_json::from_str(&ends(&rtfs, &args, 0).stdout).expect("JSON");
    assert_eq!(report["name"], "maths");
    assert_eq!(report["exports"], serde_json::json!(["add"]));
    rtfs.value(&["call", "maths/add", "1", "2"], "30");
    rtfs.value(&["call", &format!("{first}/add"), "1", "2"], "3");
    let module = rtfs.write(
        "file.rtfs",
        "(module geo.shapes (:exports [area]) (defn area [w h] (* w h)))",
    );
    ends(&rtfs, &["publish", &module], 0);
    rtfs.value(&["call", "geo.shapes/area", "3", "4"], "12");
    rtfs.value(&["call", "geo.shapes/geo.shapes/area", "3", "4"], "12");
}

#[test]
fn errors_point_into_the_source_that_was_published() {
    let (rtfs, _) = with_maths();
    let ended = ends(&rtfs, &["call", "maths/half", "4"], 1);
    assert!(ended.stderr.contains("maths/half:3:3"), "{}", ended.stderr);
    assert!(ended.stderr.contains("DivisionByZero"), "{}", ended.stderr);
    let args = ["call", "maths/half", "4", "--format", "json"];
    let report: Value = serde_json::from_str(&ends(&rtfs, &args, 1).stdout).expect("JSON");
    assert_eq!(report["error"]["class"], "DivisionByZero");
    let spin = rtfs.write("spin.rtfs", "(defn spin [n] (spin n))");
    ends(&rtfs, &["publish", &spin], 0);
    ends(&rtfs, &["call", "spin/spin", "1", "--fuel", "100000"], 4);
}

#[test]
fn names_of_backends_are_not_for_programs() {
    let (rtfs, _) = with_maths();
    let file = rtfs.path("maths.rtfs").display().to_string();
    let ended = ends(&rtfs, &["publish", &file, "--name", "backend/other"], 1);
    assert!(
        ended.stderr.contains("rtfs backend add"),
        "{}",
        ended.stderr
    );
}

#[test]
fn what_is_too_large_for_a_component_is_not_read() {
    let rtfs = Rtfs::new();
    let file = rtfs.write("large.wasm", "\0asm");
    let large = std::fs::OpenOptions::new().write(true).open(&file);
    // Without contents, so that the disk is spared.
    large
        .and_then(|file| file.set_len(65 << 20))
        .expect("it is ours");
    for command in [
        &["conform", &file][..],
        &["publish", &file],
        &["backend", "add", &file],
    ] {
        let ended = ends(&rtfs, command, 1);
        let part = "has more than 67108864 bytes";
        assert!(ended.stderr.contains(part), "{command:?}: {}", ended.stderr);
    }
}

#[test]
fn wrong_calls_say_what_would_be_right() {
    let (rtfs, _) = with_maths();
    for (args, part) in [
        (
            &["call", "maths/subtract", "1"][..],
            "it exports: add half same",
        ),
        (&["call", "nobody/add", "1"], "there is no module `nobody`"),
        (&["call", "maths"], "as in `pricing/total`"),
        (&["call", "maths/add", "(+ 1 2)", "3"], "argument 1"),
        (&["call", "maths/add", "1", "two"], "quotes of its own"),
        (&["call", "maths/add", "1"], "Arity"),
    ] {
        let ended = ends(&rtfs, args, 1);
        assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
    }
    ends(&rtfs, &["call"], 2);
    let bad = rtfs.write("bad.rtfs", "(defn");
    ends(&rtfs, &["publish", &bad], 1);
    assert_eq!(
        rtfs.run_with_input(&["publish", "-"], b"(defn f [] 1)")
            .status,
        1
    );
}

#[test]
fn nothing_altered_runs_even_where_native_code_is_kept() {
    let (rtfs, _) = with_maths();
    rtfs.value(&["call", "maths/add", "1", "2"], "3");
    let located = Stock::of(&rtfs)
        .store
        .locate("maths")
        .expect("it was published");
    let module = located.trusted_module().expect("by us").clone();
    let stock = Stock::of(&rtfs);
    let source = module.source.expect("with source").blob.digest;
    let ir = module.ir.expect("with IR").digest;
    let mut files = [module.component.digest, source, ir]
        .map(|it| stock.blob(&it))
        .to_vec();
    files.push(stock.record(&located.record.digest()));
    for file in files {
        flip(&file);
        let ended = ends(&rtfs, &["call", "maths/add", "1", "2"], 3);
        assert_eq!(ended.stdout, "");
        assert!(ended.stderr.contains("altered"), "{}", ended.stderr);
        assert!(ended.stderr.contains("help: "), "{}", ended.stderr);
        flip(&file);
        rtfs.value(&["call", "maths/add", "1", "2"], "3");
    }
    let component = stock.blob(&module.component.digest);
    flip(&component);
    ends(&rtfs, &["scrub"], 1);
    ends(&rtfs, &["call", "maths/add", "1", "2"], 1);
    ends(
        &rtfs,
        &["publish", &rtfs.path("maths.rtfs").display().to_string()],
        0,
    );
    rtfs.value(&["call", "maths/add", "1", "2"], "3");
    let again = Stock::of(&rtfs)
        .store
        .locate("maths")
        .expect("it was published");
    std::fs::remove_file(stock.record(&again.record.digest())).expect("ours");
    ends(&rtfs, &["call", "maths/add", "1", "2"], 1);
}

#[test]
fn strangers_and_the_revoked_do_not_run() {
    let (rtfs, record) = with_maths();
    let elsewhere = rtfs.path("elsewhere").display().to_string();
    ends(
        &rtfs,
        &["call", "maths/add", "1", "2", "--keys", &elsewhere],
        3,
    );
    ends(&rtfs, &["key", "revoke", &record, "--reason", "wrong"], 0);
    let ended = ends(&rtfs, &["call", "maths/add", "1", "2"], 3);
    assert!(
        ended.stderr.contains("is revoked: wrong"),
        "{}",
        ended.stderr
    );
    let keys = ends(&rtfs, &["key", "list", "--format", "json"], 0);
    let keys: Value = serde_json::from_str(&keys.stdout).expect("JSON");
    let own = keys["keys"][0]["key"].as_str().expect("a key").to_owned();
    ends(&rtfs, &["key", "revoke", &own], 0);
    let file = rtfs.path("maths.rtfs").display().to_string();
    let ended = ends(&rtfs, &["publish", &file], 3);
    assert!(ended.stderr.contains("rtfs key new"), "{}", ended.stderr);
    // Programs run all the same: what is not believed is compiled again.
    rtfs.value(
        &["run", &example("numeric.rtfs")],
        "[6765 21 111 1.414213562373095]",
    );
}

#[test]
fn several_processes_publish_and_call_at_once() {
    let rtfs = Rtfs::new();
    std::thread::scope(|scope| {
        for n in 0..4 {
            let rtfs = &rtfs;
            scope.spawn(move || {
                let name = format!("m{n}");
                let text = format!("(defn f [x] (+ x {n}))");
                let file = rtfs.write(&format!("{name}.rtfs"), &text);
                ends(rtfs, &["publish", &file], 0);
                rtfs.value(&["call", &format!("{name}/f"), "10"], &(10 + n).to_string());
            });
        }
    });
    assert_eq!(ends(&rtfs, &["list"], 0).stdout.lines().count(), 4);
    let keys = ends(&rtfs, &["key", "list"], 0).stdout;
    assert_eq!(
        keys.lines().filter(|line| line.contains("default")).count(),
        1,
        "{keys}"
    );
    ends(&rtfs, &["verify"], 0);
}

#[test]
fn host_calls_need_a_grant() {
    let rtfs = Rtfs::new();
    let file = rtfs.write("echo.rtfs", "(defn echo [x] (call :ccos.echo x))");
    ends(&rtfs, &["publish", &file], 0);
    ends(&rtfs, &["call", "echo/echo", "1"], 1);
    rtfs.value(
        &["call", "echo/echo", "[1 :a]", "--grant", "cap:ccos.echo"],
        "[1 :a]",
    );
}

#[test]
fn verified_modules_answer_for_declared_functions_on_both_engines() {
    let rtfs = Rtfs::new();
    let library = rtfs.write(
        "lib.rtfs",
        "(defn add [x:int y:int] : int (+ x y))\n(add 1 2) ;=> 4\n",
    );
    let refused = rtfs.run(&["publish", &library, "--test"]);
    assert_eq!(refused.status, 1, "{}", refused.stderr);
    assert!(
        refused.stderr.contains("lib.rtfs:1 fails on"),
        "{}",
        refused.stderr
    );
    let library = rtfs.write(
        "lib.rtfs",
        "(defn add [x:int y:int] : int (+ x y))\n(add 1 2) ;=> 3\n",
    );
    let program = "(declare add [a:int b:int] : int) (defn twice [n] (add n n)) (twice (add 1 2))";
    for engine in ["auto", "component", "evaluator"] {
        let run = |more: &[&str]| {
            let args = [
                &["run", "-e", program, "--engine", engine, "--explain"][..],
                more,
            ];
            rtfs.run(&args.concat())
        };
        // Published by hand: nobody has tried it.
        rtfs.run(&["publish", &library]);
        let undefined = run(&["--l4", "interface"]);
        assert_eq!(undefined.status, 1, "{}", undefined.stderr);
        assert!(
            undefined.stderr.contains("Undefined symbol: add"),
            "{}",
            undefined.stderr
        );
    }
    assert_eq!(rtfs.run(&["publish", &library, "--test"]).status, 0);
    for engine in ["auto", "component", "evaluator"] {
        let run = |more: &[&str]| {
            let args = [
                &["run", "-e", program, "--engine", engine, "--explain"][..],
                more,
            ];
            rtfs.run(&args.concat())
        };
        let hit = run(&["--l4", "interface"]);
        assert_eq!((hit.status, hit.stdout.trim()), (0, "6"), "{}", hit.stderr);
        assert!(
            hit.stderr.contains("hit call=add policy=interface"),
            "{}",
            hit.stderr
        );
        let ran = if engine == "evaluator" {
            "engine=evaluator"
        } else {
            "engine=component"
        };
        assert!(
            hit.stderr
                .lines()
                .last()
                .is_some_and(|line| line.contains(ran)),
            "{}",
            hit.stderr
        );
        // Without the policy the name is as undefined as any other, on every engine.
        let undefined = run(&[]);
        assert_eq!(undefined.status, 1, "{}", undefined.stderr);
        assert!(
            undefined.stderr.contains("Undefined symbol: add"),
            "{}",
            undefined.stderr
        );
    }
}
