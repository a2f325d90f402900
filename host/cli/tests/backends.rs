//! Backends that arrive as components: one that is honest, and one for each way to lie.

mod guest_backend;
mod support;

use std::time::Duration;

use rtfs_conformance::kit;
use rtfs_delegate::{BackendOptions, BytecodeBackend as _, CompileError, ExecutionLimits};
use rtfs_host::{CallError, CompilationError, Engine, EngineConfig, LimitKind};
use rtfs_runtime::GuestBackend;
use rtfs_store::{LocalSigner, Signer as _};

use guest_backend::{Guest, add, component_of, describe, program, write};
use support::Rtfs;

/// A backend that must not be added, and a part of what is said about it.
#[track_caller]
fn check_refused(guest: &Guest, reason: &str) {
    check_refused_for(guest, &[reason]);
}

#[track_caller]
fn check_refused_for(guest: &Guest, reasons: &[&str]) {
    let rtfs = Rtfs::new();
    let added = add(&rtfs, &guest.component());
    let said = added.stdout + &added.stderr;
    assert_eq!(added.status, 1, "{said}");
    for reason in reasons {
        assert!(said.contains(reason), "{said}");
    }
    let list = rtfs.run(&["backend", "list"]).stdout;
    assert_eq!(list.lines().count(), 1, "only the built-in one: {list}");
}

#[test]
fn an_honest_backend_is_added_used_and_removed() {
    let rtfs = Rtfs::new();
    let added = add(&rtfs, &Guest::honest().component());
    assert_eq!(added.status, 0, "{}", added.stderr);
    assert!(added.stderr.contains("added as table"), "{}", added.stderr);

    let known = rtfs.write("known.rtfs", kit::GROUPS[0].1);
    let run = |path: &str| {
        let engine = ["--explain", "--engine", "component", "--backend", "table"];
        rtfs.run(&[&["run"], &engine[..], &[path]].concat())
    };
    let ran = run(&known);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    for word in ["compile ", "publish ", "engine=component"] {
        assert!(ran.stderr.contains(word), "{}", ran.stderr);
    }
    let again = run(&known).stderr;
    assert!(
        again.contains("hit ") && !again.contains("compile "),
        "{again}"
    );

    let other = rtfs.write("other.rtfs", "(defn f [x] x) (f 1)");
    let refused = run(&other);
    assert_eq!(refused.status, 1);
    assert!(
        refused.stderr.contains("not in the table"),
        "{}",
        refused.stderr
    );

    assert_eq!(rtfs.run(&["backend", "remove", "table"]).status, 0);
    assert_eq!(run(&known).status, 1);
}

#[test]
fn a_backend_of_another_interface_version_is_told_which_is_served() {
    let rtfs = Rtfs::new();
    for version in ["0.2.0", "0.2.0-draft.1"] {
        let interface = "rtfs:backend/compiler";
        let text =
            format!(r#"(component (instance $i) (export "{interface}@{version}" (instance $i)))"#);
        let component = wat::parse_str(text).expect("a component");
        let told = format!("built for {interface}@{version}, this host serves {interface}@0.1.0");
        let added = add(&rtfs, &component);
        assert_eq!(added.status, 1, "{}", added.stderr);
        assert!(added.stderr.contains(&told), "{}", added.stderr);
        let path = rtfs.path("backend.wasm").display().to_string();
        let ended = rtfs.run(&["conform", &path]);
        assert_eq!(ended.status, 1, "{}", ended.stdout);
        let failed = format!("FAILED       component/interfaces: {told}\n");
        assert!(ended.stdout.contains(&failed), "{}", ended.stdout);
    }
}

#[test]
fn a_target_id_of_another_form_is_refused() {
    let guest = Guest {
        target_id: "WASM!",
        ..Guest::honest()
    };
    check_refused(&guest, "its target id is not");
}

#[test]
fn a_target_that_nothing_runs_is_refused() {
    let guest = Guest {
        target_id: "acme-bytecode",
        ..Guest::honest()
    };
    check_refused(&guest, "nothing here runs `acme-bytecode`");
}

#[test]
fn the_name_of_the_backend_that_is_built_in_is_taken() {
    let guest = Guest {
        description: describe(&[("name", "wasm"), ("version", "1.0")]),
        ..Guest::honest()
    };
    check_refused(&guest, "`wasm` is the backend that is built in");
}

#[test]
fn a_backend_without_a_name_is_refused() {
    let guest = Guest {
        description: describe(&[("version", "1.0")]),
        ..Guest::honest()
    };
    check_refused(&guest, "has no `:name`");
}

/// Its target id without the last letter, and its description with another letter for a name.
const OTHER_TARGET: &str =
    "(then (return (call $pair (i32.const 16) (i32.const 64) (i32.const 15))))";
const OTHER_DESCRIPTION: &str = "(then (i32.store8 (i32.const 269) (i32.const 65)))";

#[test]
fn a_backend_that_says_something_else_later_is_refused() {
    let constant = "FAILED       backend/constant-after-compile: two ";
    // The first two questions and the compilation have the numbers 0, 1 and 2.
    for number in [1, 3] {
        let later = |other: &str| -> &'static str {
            let when = format!("(i32.ge_s (global.get $asked) (i32.const {number}))");
            format!("(if {when} {other})").leak()
        };
        let target = Guest {
            asked_target: later(OTHER_TARGET),
            ..Guest::honest()
        };
        check_refused(&target, &format!("{constant}target ids differ"));
    }
    // The description was not asked for before number 1.
    let description = Guest {
        asked_description: format!(
            "(if (i32.ge_s (global.get $asked) (i32.const 2)) {OTHER_DESCRIPTION})"
        )
        .leak(),
        ..Guest::honest()
    };
    check_refused(&description, &format!("{constant}descriptions differ"));
}

/// Instances that are asked the same differ by nothing but random numbers.
#[test]
fn a_backend_whose_name_follows_from_random_numbers_is_refused() {
    // One random letter in the name, and one in the target id.
    let letter = |at: usize| -> &'static str {
        format!(
            "(call $seed (i32.const 3200))
             (i32.store8 (i32.const {at})
               (i32.add (i32.const 97) (i32.and (i32.load8_u (i32.const 3200)) (i32.const 15))))"
        )
        .leak()
    };
    let lies = |asked_target, asked_description| Guest {
        imports: "import wasi:random/insecure-seed@0.2.6;",
        core_imports: r#"(import "wasi:random/insecure-seed@0.2.6" "insecure-seed"
            (func $seed (param i32)))"#,
        asked_target,
        asked_description,
        ..Guest::honest()
    };
    let failed = "FAILED       backend/constant: two ";
    let description = lies("", letter(269));
    check_refused(&description, &format!("{failed}descriptions differ"));
    // Added it is not either way: nothing runs such a target.
    let rtfs = Rtfs::new();
    let path = write(&rtfs, "backend.wasm", &lies(letter(64), "").component());
    let ended = rtfs.run(&["conform", &path]);
    assert_eq!(ended.status, 1, "{}", ended.stdout);
    let failed = format!("{failed}target ids differ");
    assert!(ended.stdout.contains(&failed), "{}", ended.stdout);
}

#[test]
fn a_backend_that_never_says_who_it_is_is_refused() {
    const ENDLESS: &str = "(loop $again (br $again))";
    // Less than a compilation has.
    const LIMIT: &str = "fuel limit reached: 1000000000 of 1000000000 ";
    let target = Guest {
        asked_target: ENDLESS,
        ..Guest::honest()
    };
    let description = Guest {
        asked_description: ENDLESS,
        ..Guest::honest()
    };
    for (guest, question) in [
        (target, "what its target is"),
        (description, "what it is called"),
    ] {
        check_refused_for(&guest, &[&format!("does not answer {question}: "), LIMIT]);
        let rtfs = Rtfs::new();
        let path = write(&rtfs, "backend.wasm", &guest.component());
        let ended = rtfs.run(&["conform", &path]);
        assert_eq!(ended.status, 1, "{}", ended.stdout);
        let failed = "FAILED       backend/identity: ";
        let line = ended.stdout.lines().find(|line| line.starts_with(failed));
        let line = line.unwrap_or_else(|| panic!("no `{failed}` in: {}", ended.stdout));
        assert!(line.contains(LIMIT) && line.contains(question), "{line}");
    }
}

#[test]
fn output_that_follows_from_random_numbers_is_refused() {
    // An empty custom section whose name is one random letter is a valid end of any component.
    let mut artifact = Guest::honest().artifact;
    artifact.extend([0x00, 0x02, 0x01, b'a']);
    let guest = Guest {
        artifact,
        imports: "import wasi:random/insecure-seed@0.2.6;",
        core_imports: r#"(import "wasi:random/insecure-seed@0.2.6" "insecure-seed"
            (func $seed (param i32)))"#,
        body: r#"(call $seed (i32.const 3200))
            (i32.store8
              (i32.add (local.get $answer) (i32.sub (local.get $size) (i32.const 1)))
              (i32.add (i32.const 65) (i32.and (i32.load8_u (i32.const 3200)) (i32.const 31))))"#,
        ..Guest::honest()
    };
    check_refused(&guest, "two artifacts of one program differ");
}

#[test]
fn output_that_imports_too_much_is_refused() {
    let component = r#"(component (import "acme:db/query@1.0.0" (instance)))"#;
    let guest = Guest {
        artifact: wat::parse_str(component).expect("a component"),
        ..Guest::honest()
    };
    check_refused(&guest, "imports `acme:db/query@1.0.0`");
}

#[test]
fn output_without_end_is_refused() {
    let guest = Guest {
        // 1 GiB of zeros.
        body: r#"(drop (memory.grow (i32.const 16384)))
            (local.set $size (i32.const 0x40000000))"#,
        ..Guest::honest()
    };
    check_refused(&guest, "failed: memory limit reached: ");
}

#[test]
fn output_beyond_what_is_taken_is_refused() {
    let guest = Guest {
        // 100 MiB, for which there is memory.
        body: r#"(drop (memory.grow (i32.const 2000)))
            (local.set $size (i32.const 104857600))"#,
        ..Guest::honest()
    };
    check_refused(&guest, "made more than 67108864 bytes");
}

#[test]
fn a_compiler_that_never_ends_is_refused() {
    let guest = Guest {
        body: "(loop $again (br $again))",
        ..Guest::honest()
    };
    // Fuel, or the deadline where the machine is busy.
    check_refused(&guest, " limit reached: ");
}

#[test]
fn output_that_is_no_component_is_refused() {
    let guest = Guest {
        artifact: b"\0asm no component".to_vec(),
        ..Guest::honest()
    };
    check_refused(&guest, "not a valid WebAssembly component");
}

#[test]
fn another_programs_component_is_refused() {
    let guest = Guest {
        artifact: component_of(&program("(defn steal [x] x)")),
        ..Guest::honest()
    };
    check_refused(&guest, "descriptor/integers: the program has");
}

#[test]
fn a_backend_that_takes_no_program_for_one_is_refused() {
    let guest = Guest {
        of_garbage: (1024, 11),
        ..Guest::honest()
    };
    for id in ["ir/empty", "ir/garbage", "ir/version", "ir/truncated"] {
        check_refused(&guest, &format!("FAILED       {id}: "));
    }
}

/// Compiles the program whose answers do not follow from what a compiler is told, however it is told.
fn heedless(body: &'static str) -> Guest {
    let others = kit::other_programs();
    let mut scalars = others.filter(|(name, _)| *name == "settings-scalars");
    let (_, source) = scalars.next().expect("the kit has it");
    let program = program(source);
    Guest {
        artifact: component_of(&program),
        known: program.encode().len(),
        body,
        ..Guest::honest()
    }
}

#[test]
fn a_backend_that_does_not_heed_what_it_is_told_is_refused() {
    // The hashes in the description follow from the level.
    let reasons = [
        "FAILED       settings-scalars/validation-basic: ",
        "FAILED       settings-scalars/validation-strict: ",
        "FAILED       settings-scalars/least: ",
        "FAILED       settings-scalars/most-checks: ",
    ];
    check_refused_for(&heedless(""), &reasons);
}

#[test]
fn a_backend_that_heeds_what_means_nothing_is_refused() {
    // One byte less of the artifact for each of the options' bytes, of which there are `$told`.
    let guest = heedless("(local.set $size (i32.sub (local.get $size) (local.get $told)))");
    let reasons = [
        "FAILED       settings-scalars/opt-level-0: ",
        "FAILED       settings-scalars/opt-level-1: ",
        "FAILED       settings-scalars/opt-level-2: ",
        "FAILED       settings-scalars/unknown-key: artifacts with and without",
        "FAILED       settings-scalars/absent-keys: artifacts without options",
    ];
    check_refused_for(&guest, &reasons);
}

#[test]
fn a_backend_that_compiles_nothing_is_refused() {
    let guest = Guest {
        known: 0,
        ..Guest::honest()
    };
    check_refused(&guest, "the backend compiles none of the groups");
}

/// One that conforms, and lies where nobody tried it.
#[test]
fn an_artifact_of_another_program_is_neither_run_nor_kept() {
    let source = "(defn f [x] x) (f 1)";
    let guest = Guest {
        claimed: vec![program(source).encode().len()].leak(),
        ..Guest::honest()
    };
    let rtfs = Rtfs::new();
    let added = add(&rtfs, &guest.component());
    assert_eq!(added.status, 0, "{}", added.stderr);
    let file = rtfs.write("f.rtfs", source);
    for command in [
        &["run", "--engine", "component", "--backend", "table", &file][..],
        &["publish", "--backend", "table", &file],
    ] {
        let ended = rtfs.run(command);
        assert_eq!(ended.status, 1, "{}", ended.stderr);
        assert!(ended.stderr.contains("the program has"), "{}", ended.stderr);
    }
    let list = rtfs.run(&["list", "--all"]);
    assert!(!list.stdout.contains(" f"), "{}", list.stdout);
    let cases = rtfs.write("cases.rtfs", "(defn f [x] x) (f 1) ;=> 1\n(+ 1 2) ;=> 3");
    let test = |args: &[&str]| rtfs.run(&[&["test", &cases], args].concat());
    assert_eq!(test(&[]).status, 0);
    let ended = test(&["--backend", "table"]);
    assert_eq!(ended.status, 1, "{}", ended.stderr);
    for part in [
        ":1 on table: expected 1, got no answer: ",
        "the program has",
        ":2 on table: expected 3, got no answer: ",
        "not in the table",
        "2 passed, 2 failed",
    ] {
        assert!(ended.stdout.contains(part), "{}", ended.stdout);
    }
    let publish = ["publish", "--test", "--backend", "table", &cases];
    let ended = rtfs.run(&publish);
    assert_eq!(ended.status, 1, "{}", ended.stderr);
    assert!(ended.stderr.contains("on table: "), "{}", ended.stderr);
}

fn ended_by(limits: ExecutionLimits) -> LimitKind {
    let guest = Guest {
        body: "(loop $again (br $again))",
        ..Guest::honest()
    };
    let engine = Engine::new(EngineConfig::default()).expect("this platform is supported");
    let compiler = engine.compile_compiler(&guest.component());
    let backend = GuestBackend::of(compiler.expect("it is a compiler"), limits);
    let program = program(kit::GROUPS[0].1);
    let compiled = backend
        .expect("it says who it is")
        .compile_module(&program, &BackendOptions::default());
    let Err(CompileError::Failed { source, .. }) = compiled else {
        panic!("{compiled:?}");
    };
    match source.downcast_ref() {
        Some(CompilationError::Call(CallError::Limit { which, .. })) => *which,
        _ => panic!("{source:?}"),
    }
}

#[test]
fn a_compiler_ends_where_its_fuel_or_its_time_does() {
    let little_fuel = ExecutionLimits {
        fuel: 1_000_000,
        ..ExecutionLimits::default()
    };
    assert_eq!(ended_by(little_fuel), LimitKind::Fuel);
    let little_time = ExecutionLimits {
        fuel: u64::MAX / 2,
        deadline: Duration::from_millis(100),
        ..ExecutionLimits::default()
    };
    assert_eq!(ended_by(little_time), LimitKind::Deadline);
}

#[test]
fn wrong_answers_are_refused() {
    // The same names, parameters and hashes cannot be had by another program, so the artifact is
    // the right one with one constant changed.
    let mut artifact = Guest::honest().artifact;
    // 64-bit 42 as a constant of the function `literal`: `i64.const 42`, then `end` or `return`.
    let at = artifact
        .windows(2)
        .rposition(|pair| pair == [0x42, 42])
        .expect("the constant is in the code");
    artifact[at + 1] = 43;
    let guest = Guest {
        artifact,
        ..Guest::honest()
    };
    check_refused(&guest, "wanted 42, got 43");
}

#[test]
fn unsigned_backends_are_refused_and_signed_ones_taken() {
    let rtfs = Rtfs::new();
    let component = Guest::honest().component();
    let path = write(&rtfs, "backend.wasm", &component);
    assert_eq!(rtfs.run(&["backend", "add", &path]).status, 3);
    write(&rtfs, "backend.wasm.sig", &[0; 64]);
    let forged = rtfs.run(&["backend", "add", &path]);
    assert_eq!(forged.status, 3);
    assert!(
        forged.stderr.contains("by anybody who is trusted"),
        "{}",
        forged.stderr
    );

    let vendor = LocalSigner::from_seed(&[7; 32]);
    let signature = vendor.sign(&component).expect("it has its key");
    write(&rtfs, "backend.wasm.sig", &signature);
    assert_eq!(
        rtfs.run(&["backend", "add", &path]).status,
        3,
        "nobody knows the vendor"
    );
    let key = rtfs.write("vendor.pub", &vendor.public_key().to_pem());
    let trusted = rtfs.run(&["key", "trust", &key, "--label", "vendor"]);
    assert_eq!(trusted.status, 0, "{}", trusted.stderr);
    let added = rtfs.run(&["backend", "add", &path]);
    assert_eq!(added.status, 0, "{}", added.stderr);
}

#[test]
fn a_summary_can_be_required_and_must_be_signed_and_about_the_component() {
    let vendor = Rtfs::new();
    let component = Guest::honest().component();
    let path = write(&vendor, "backend.wasm", &component);
    let summary = vendor.path("summary.json").display().to_string();
    let conform = vendor.run(&["conform", "--sign", &summary, &path]);
    assert_eq!(conform.status, 0, "{}", conform.stderr);
    let add = |rtfs: &Rtfs, path: &str| {
        let args = ["backend", "add", "--unsigned", "--summary", &summary, path];
        rtfs.run(&args)
    };
    // Whoever made it trusts themselves; others know nothing of them.
    let added = add(&vendor, &path);
    assert_eq!(added.status, 0, "{}", added.stderr);
    let stranger = Rtfs::new();
    let refused = add(&stranger, &path);
    assert_eq!(refused.status, 3);
    assert!(
        refused.stderr.contains("by anybody who is trusted"),
        "{}",
        refused.stderr
    );

    let other = Guest {
        description: describe(&[("name", "other"), ("version", "1.0")]),
        ..Guest::honest()
    };
    let other = write(&vendor, "other.wasm", &other.component());
    let refused = add(&vendor, &other);
    assert_eq!(refused.status, 3);
    assert!(
        refused.stderr.contains("does not say that"),
        "{}",
        refused.stderr
    );

    let text = std::fs::read_to_string(&summary).expect("it was written");
    let altered = text.replacen("language/integers/sum", "language/integers/fun", 1);
    std::fs::write(&summary, altered).expect("it can be written");
    assert_eq!(add(&vendor, &path).status, 3);
}

#[test]
fn a_store_can_require_summaries_of_backends_and_modules() {
    let rtfs = Rtfs::new();
    let shown = |args: &[&str]| {
        let ended = rtfs.run(&[&["policy"], args].concat());
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        ended.stdout
    };
    let json = ["--format", "json"];
    assert_eq!(shown(&json), "{\"require-summary\":false}\n");
    assert_eq!(shown(&["--require-summary", "on"]), "require-summary\ton\n");
    assert_eq!(shown(&json), "{\"require-summary\":true}\n");

    let backend = write(&rtfs, "backend.wasm", &Guest::honest().component());
    let module = component_of(&program("(defn twice [n] (* 2 n))"));
    let module = write(&rtfs, "module.wasm", &module);
    let commands = [
        vec!["backend", "add", "--unsigned", &backend],
        vec!["publish", &module, "--name", "doubling"],
    ];
    for (command, component) in commands.iter().zip([&backend, &module]) {
        let refused = rtfs.run(command);
        assert_eq!(refused.status, 3, "{}", refused.stderr);
        let reason = "takes only components that come with a signed summary";
        assert!(refused.stderr.contains(reason), "{}", refused.stderr);
        let summary = format!("{component}.json");
        let conform = rtfs.run(&["conform", "--sign", &summary, component]);
        assert_eq!(conform.status, 0, "{}", conform.stdout);
        let taken = rtfs.run(&[&command[..], &["--summary", &summary]].concat());
        assert_eq!(taken.status, 0, "{}", taken.stderr);
    }
    // One about something else is none.
    let other = format!("{backend}.json");
    let refused = rtfs.run(&[&commands[1][..], &["--summary", &other]].concat());
    assert_eq!(refused.status, 3, "{}", refused.stderr);

    shown(&["--require-summary", "off"]);
    let taken = rtfs.run(&commands[1]);
    assert_eq!(taken.status, 0, "{}", taken.stderr);
}

#[test]
fn only_modules_that_conform_are_published() {
    let rtfs = Rtfs::new();
    let refused = |component: &[u8], reason: &str, args: &[&str]| {
        let file = write(&rtfs, "component.wasm", component);
        let publish = ["publish", &file, "--name", "mine"];
        let ended = rtfs.run(&[&publish[..], args].concat());
        assert_eq!(ended.status, 1, "{}", ended.stderr);
        assert!(ended.stderr.contains(reason), "{}", ended.stderr);
        assert!(!rtfs.run(&["list"]).stdout.contains("mine"));
    };
    let unfit = "it is no module that conforms";
    refused(&Guest::honest().component(), unfit, &[]);
    refused(&Guest::honest().component(), "`rtfs backend add`", &[]);
    // It does not say which backend made it.
    let mut module = component_of(&program("(defn twice [n] (* 2 n))"));
    let at = module.windows(8).position(|it| it == b"gbackend");
    let at = at.expect("the name of a key");
    refused(&module, "no cases that `--test` could run", &["--test"]);
    module[at + 1] = b'B';
    refused(&module, unfit, &[]);
}

#[test]
fn a_program_comes_with_no_summary() {
    let rtfs = Rtfs::new();
    let file = rtfs.write("twice.rtfs", "(defn twice [n] (* 2 n))");
    let refused = rtfs.run(&["publish", "--summary", &file, &file]);
    assert_eq!(refused.status, 1);
    let reason = "a summary is about a component";
    assert!(refused.stderr.contains(reason), "{}", refused.stderr);
}

#[test]
fn a_summary_of_what_fails_vouches_for_nothing() {
    let rtfs = Rtfs::new();
    let liar = Guest {
        artifact: component_of(&program("(defn steal [x] x)")),
        ..Guest::honest()
    };
    let path = write(&rtfs, "backend.wasm", &liar.component());
    let summary = rtfs.path("summary.json").display().to_string();
    assert_eq!(rtfs.run(&["conform", "--sign", &summary, &path]).status, 1);
    let added = rtfs.run(&["backend", "add", "--unsigned", "--summary", &summary, &path]);
    assert_eq!(added.status, 3, "{}", added.stderr);
    assert!(
        added.stderr.contains("does not say that"),
        "{}",
        added.stderr
    );
}

#[test]
fn the_report_is_the_same_every_time() {
    let rtfs = Rtfs::new();
    let path = write(&rtfs, "backend.wasm", &Guest::honest().component());
    let report = || {
        let conform = rtfs.run(&["conform", "--format", "json", &path]);
        assert_eq!(conform.status, 0, "{}", conform.stdout);
        conform.stdout
    };
    let first = report();
    assert_eq!(first, report());
    assert!(first.contains(r#""role":"compiler""#), "{first}");
    assert!(first.contains(r#"{"id":"language/integers/recursive","outcome":"passed"}"#));
}
