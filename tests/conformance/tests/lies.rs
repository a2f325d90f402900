//! One module for each way to fail a test of the conformance kit: whoever deletes the test is missed
//! here. Lying backends are tried in `host/cli/tests/backends.rs`.

#[path = "../../../host/engine/tests/guests/world.rs"]
mod world;

use std::sync::OnceLock;

use rtfs_conformance::kit::{self, Outcome, Report};
use rtfs_host::{Engine, EngineConfig, Module, Translation};

fn engine() -> Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    let make = || {
        Engine::new(EngineConfig {
            translation: Translation::Fast,
            ..EngineConfig::default()
        })
        .expect("this platform is supported")
    };
    ENGINE.get_or_init(make).clone()
}

fn failed(report: &Report) -> Vec<&str> {
    let checks = report.checks.iter();
    checks
        .filter(|check| matches!(check.outcome, Outcome::Failed(_)))
        .map(|check| check.id.as_str())
        .collect()
}

fn compiled(source: &str) -> Module {
    let forms = rtfs_syntax::read(source).forms;
    let lowered = rtfs_ir::lower(&forms, &rtfs_eval::lower_options());
    let program = lowered.program.expect("the source is well formed");
    let options = rtfs_backend_wasm::Options::default();
    let made = rtfs_backend_wasm::compile(&program, &options).expect("it can be compiled");
    engine().compile(&made.component).expect("it is a module")
}

/// The module is made of another program than it is said to be made of.
#[track_caller]
fn check_program(said: &str, made_of: &str, fails: &[&str]) {
    let honest = kit::check_program(&compiled(said), "lies", said).expect("a program");
    assert!(honest.conforms(), "{honest}");
    let report = kit::check_program(&compiled(made_of), "lies", said).expect("a program");
    assert_eq!(failed(&report), fails, "{report}");
}

#[test]
fn other_answers_and_other_errors_fail() {
    let fails = ["language/lies/f"];
    for (said, made_of) in [
        ("(defn f [] 1)", "(defn f [] 2)"),
        ("(defn f [] 1)", "(defn f [] 1.0)"),
        ("(defn f [] {:a 1 :b 2})", "(defn f [] {:b 2 :a 1})"),
        ("(defn f [] '(1))", "(defn f [] [1])"),
        ("(defn f [] 1)", r#"(defn f [] (error "no"))"#),
        (r#"(defn f [] (error "no"))"#, "(defn f [] 1)"),
        (
            r#"(defn f [] (error "no"))"#,
            r#"(defn f [] (error "yes"))"#,
        ),
        (
            r#"(defn f [] (error "no" {:a 1}))"#,
            r#"(defn f [] (error "no" {:a 2}))"#,
        ),
        (
            r#"(defn f [] (throw {:kind :a :message "no"}))"#,
            r#"(defn f [] (throw {:kind :b :message "no"}))"#,
        ),
    ] {
        check_program(said, made_of, &fails);
    }
}

#[test]
fn whoever_asks_the_host_for_something_else_fails() {
    let fails = ["capabilities/lies"];
    let two = "(defn f [] (do (call :test.echo 1) (call :test.echo 2) 0))";
    for (said, made_of) in [
        ("(defn f [] 0)", "(defn f [] (do (call :test.echo 1) 0))"),
        ("(defn f [] (do (call :test.echo 1) 0))", "(defn f [] 0)"),
        (
            two,
            "(defn f [] (do (call :test.echo 2) (call :test.echo 1) 0))",
        ),
        (
            two,
            "(defn f [] (do (call :test.echo 1) (call :test.echo 3) 0))",
        ),
        (
            two,
            "(defn f [] (do (call :test.echo 1) ^{:runtime.timeout 1} (call :test.echo 2) 0))",
        ),
        ("(defn f [] test-region)", "(defn f [] :north)"),
    ] {
        check_program(said, made_of, &fails);
    }
}

#[test]
fn whoever_hides_that_the_host_refuses_fails() {
    let said = "(defn asked [] (call :test.echo 5))";
    for (class, fails) in [
        ("SecurityViolation", "capabilities/not-granted"),
        ("UnknownCapability", "capabilities/no-host"),
    ] {
        let made_of = format!("(defn asked [] (try (call :test.echo 5) (catch {class} e 5)))");
        check_program(said, &made_of, &[fails]);
    }
}

#[test]
fn other_bytes_than_were_sent_fail() {
    let said = "(defn same [x] x) (defn f [] 1)";
    for (changed, fails) in [
        ("(if (= x nil) 0 x)", "encoding/returned-nil"),
        ("(if (= x '(1 [])) [1 []] x)", "encoding/returned-list"),
        ("(if (= x :k) \"k\" x)", "encoding/returned-keyword"),
    ] {
        let made_of = format!("(defn same [x] {changed}) (defn f [] 1)");
        check_program(said, &made_of, &[fails]);
    }
}

/// One part of each group's program is replaced, and what fails.
const LIARS: &[(&str, &str, &str, &str)] = &[
    ("integers", "(+ 1 2 3)", "(+ 1 2)", "language/integers/sum"),
    ("floats", "[] 1.5)", "[] 2.5)", "language/floats/literal"),
    ("strings", "(string-upper", "(str", "language/strings/upper"),
    (
        "collections",
        "{:z",
        "{:y",
        "language/collections/map-order",
    ),
    (
        "functions",
        "(> x 1)",
        "(> x 2)",
        "language/functions/filtered",
    ),
    ("errors", "(/ 1 0)", "(/ 1 1)", "language/errors/divided"),
    ("patterns", "(+ a b)", "(- a b)", "language/patterns/pair"),
    (
        "values",
        "[true false]",
        "[true true]",
        "language/values/truth",
    ),
    (
        "host-calls",
        "(call :test.echo 41)",
        "41",
        "capabilities/host-calls",
    ),
    (
        "scalars",
        "a:int b:int",
        "a b",
        "language/scalars/text-for-integer",
    ),
    (
        "parameters",
        "& others:int",
        "& others",
        "language/parameters/wrong-other",
    ),
    (
        "exports",
        "answer ratio",
        "ratio answer",
        "language/exports/answer",
    ),
    (
        "top-level",
        "(call :test.echo :again)",
        ":again",
        "capabilities/top-level",
    ),
    ("state", "[] stamp)", "[] (call :test.count))", "state/once"),
    ("state-again", "(error \"not yet\")", ":now", "state/again"),
    ("declared", "(look-up 41)", "(look-up 42)", "declared/asked"),
    ("limits", "(spin n)", "0", "limits/endless-loop"),
];

/// A group that is gone has no program to lie about.
#[test]
fn every_group_catches_a_liar() {
    let groups = kit::GROUPS.iter().map(|group| (group.0, group.1));
    let programs = groups.chain(kit::other_programs());
    let programs: Vec<(&str, &str)> = programs.collect();
    for (name, honest, lie, fails) in LIARS {
        let program = programs.iter().find(|program| program.0 == *name);
        let (_, source) = program.unwrap_or_else(|| panic!("`{name}` is gone"));
        let lying = source.replacen(honest, lie, 1);
        assert_ne!(lying, *source, "{name}");
        let report = kit::check_group(&compiled(&lying), name).expect("there is such a group");
        assert!(failed(&report).contains(fails), "{name}: {report}");
    }
    let lied_about = |name: &str| LIARS.iter().any(|liar| liar.0 == name);
    for (name, _) in programs {
        // What compilers are told is lied about in `host/cli/tests/backends.rs`.
        assert!(lied_about(name) || name.starts_with("settings"), "{name}");
    }
}

#[test]
fn definitions_that_are_evaluated_only_once_for_the_top_level_fail() {
    let source = "(def stamp (call :test.count)) (defn stamped [] stamp)
                  (defn stamped-twice [] [stamp stamp])";
    let honest = kit::check_group(&compiled(source), "state").expect("there is such a group");
    assert!(honest.conforms(), "{honest}");
    // Here only the functions ask.
    let source = "(defn stamped [] 0) (defn stamped-twice [] [0 0])";
    let report = kit::check_group(&compiled(source), "state").expect("there is such a group");
    assert_eq!(
        failed(&report),
        ["state/once", "state/top-level"],
        "{report}"
    );
}

/// The first call of an instance gives nil, and all others true.
#[test]
fn what_an_instance_keeps_between_calls_must_not_show() {
    let guest = Guest {
        invoke: "(i32.store (i32.const 512) (i32.const 0))
            (i32.store8 (i32.const 600) (i32.const 0xf6))
            (if (i32.load (i32.const 700))
              (then (i32.store8 (i32.const 600) (i32.const 0xf5))))
            (i32.store (i32.const 700) (i32.const 1))
            (call $pair (i32.const 516) (i32.const 600) (i32.const 1))
            (return (i32.const 512))",
        ..HONEST
    };
    let source = "(defn f [] nil)";
    let report = kit::check_program(&guest.module(), "lies", source).expect("a program");
    let fails: Vec<&str> = failed(&report);
    assert!(fails.contains(&"instance/lies"), "{report}");
    assert!(!fails.contains(&"language/lies/f"), "{report}");
}

#[test]
fn functions_that_end_where_they_must_not_fail() {
    let said = "(defn f [] 1) (defn nag [n] (do (call :test.echo n) (nag (+ n 1))))
                (defn hoard [items] (hoard (conj items items)))";
    let names = ["(nag (+ n 1))", "(hoard (conj items items))"];
    for (name, fails) in names.iter().zip(["limits/host-calls", "limits/memory"]) {
        check_program(said, &said.replace(name, "0"), &[fails]);
    }
    let honest = kit::check_limits(&compiled(kit::LIMITS_PROGRAM));
    assert!(honest.conforms(), "{honest}");
    for (name, fails) in [
        ("(spin n)", &["limits/endless-loop"][..]),
        ("(pong n)", &["limits/endless-tail-calls"]),
        (
            "(+ 1 (sink n))",
            &["limits/depth-20000", "limits/depth-100"],
        ),
    ] {
        let report = kit::check_limits(&compiled(&kit::LIMITS_PROGRAM.replace(name, "0")));
        assert_eq!(failed(&report), fails, "{report}");
    }
    // Somebody who counts calls on their own.
    let own = "(if (> n 1000) (error \"deep\") (+ 1 (sink (+ n 1))))";
    let report = kit::check_limits(&compiled(
        &kit::LIMITS_PROGRAM.replace("(+ 1 (sink n))", own),
    ));
    assert_eq!(failed(&report), ["limits/depth-20000"], "{report}");
}

/// A module in core WebAssembly text that has no exports and refuses every call.
struct Guest {
    imports: &'static str,
    core_imports: &'static str,
    description: &'static [u8],
    /// Runs before the answer of `describe`.
    describe: &'static str,
    /// Runs before every call is refused.
    invoke: &'static str,
}

/// `{:backend "x" :exports []}`
const NO_EXPORTS: &[u8] =
    b"\xd9\x6a\x43\x84\xd9\x6a\x40\x67backend\x61x\xd9\x6a\x40\x67exports\x80";

const HONEST: Guest = Guest {
    imports: "",
    core_imports: "",
    description: NO_EXPORTS,
    describe: "",
    invoke: "",
};

impl Guest {
    fn module(&self) -> Module {
        let world = format!("{} export rtfs:module/dynamic@0.1.0;", self.imports);
        let component = world::component(&world, &self.core());
        engine().compile(&component).expect("it is a module")
    }

    fn core(&self) -> String {
        let Guest {
            core_imports,
            describe,
            invoke,
            ..
        } = self;
        let bytes = self.description.iter();
        let description: String = bytes.map(|byte| format!("\\{byte:02x}")).collect();
        format!(
            r#"(module {core_imports}
  (memory (export "memory") 2)
  (global $top (mut i32) (i32.const 65536))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (global.get $top)
    (global.set $top (i32.add (global.get $top)
      (i32.and (i32.add (local.get 3) (i32.const 15)) (i32.const -16)))))
  (data (i32.const 64) "InvalidArgumentinvalid-argumentno\f6")
  (data (i32.const 1024) "{description}")
  (func $pair (param $at i32) (param $ptr i32) (param $len i32)
    (i32.store (local.get $at) (local.get $ptr))
    (i32.store offset=4 (local.get $at) (local.get $len)))
  (func (export "rtfs:module/dynamic@0.1.0#limits") (param i32 i32))
  (func (export "rtfs:module/dynamic@0.1.0#describe") (result i32)
    {describe}
    (call $pair (i32.const 400) (i32.const 1024) (i32.const {length}))
    (i32.const 400))
  (func (export "rtfs:module/dynamic@0.1.0#invoke")
    (param $export i32) (param $ptr i32) (param $len i32) (result i32)
    {invoke}
    (i32.store (i32.const 512) (i32.const 1))
    (call $pair (i32.const 516) (i32.const 64) (i32.const 15))
    (call $pair (i32.const 524) (i32.const 79) (i32.const 16))
    (call $pair (i32.const 532) (i32.const 95) (i32.const 2))
    (call $pair (i32.const 540) (i32.const 97) (i32.const 1))
    (i32.store (i32.const 548) (i32.const -1))
    (call $pair (i32.const 552) (i32.const 0) (i32.const 0))
    (i32.const 512)))"#,
            length = self.description.len(),
        )
    }
}

#[track_caller]
fn check_module(guest: &Guest, fails: &[&str]) {
    let report = kit::check_module(&guest.module());
    assert_eq!(failed(&report), fails, "{report}");
}

#[test]
fn a_module_that_refuses_every_call_is_honest() {
    check_module(&HONEST, &[]);
}

#[test]
fn descriptions_that_are_none_fail() {
    let descriptions: [&[u8]; 6] = [
        b"\x80",
        b"\xff",
        // No backend, no exports, an export without a name, two of one name.
        b"\xd9\x6a\x43\x82\xd9\x6a\x40\x67exports\x80",
        b"\xd9\x6a\x43\x82\xd9\x6a\x40\x67backend\x61x",
        b"\xd9\x6a\x43\x84\xd9\x6a\x40\x67backend\x61x\xd9\x6a\x40\x67exports\x81\xd9\x6a\x43\x80",
        b"\xd9\x6a\x43\x84\xd9\x6a\x40\x67backend\x61x\xd9\x6a\x40\x67exports\x82\
          \xd9\x6a\x43\x84\xd9\x6a\x40\x64name\x61f\xd9\x6a\x40\x64kind\xd9\x6a\x40\x65value\
          \xd9\x6a\x43\x84\xd9\x6a\x40\x64name\x61f\xd9\x6a\x40\x64kind\xd9\x6a\x40\x65value",
    ];
    for description in descriptions {
        let guest = Guest {
            description,
            ..HONEST
        };
        check_module(&guest, &["descriptor/well-formed"]);
    }
}

/// The encoding of a value.
fn encoded(text: &str) -> &'static [u8] {
    let forms = rtfs_syntax::read(&format!("(quote {text})")).forms;
    let lowered = rtfs_ir::lower(&forms, &rtfs_eval::lower_options());
    let program = lowered.program.expect("the text is a value");
    let mut host = rtfs_eval::PureHost;
    let outcome = rtfs_eval::evaluate(&program, &mut host, &rtfs_eval::Limits::default());
    let value = outcome.result.expect("it is quoted");
    rtfs_value::cbor::encode(&value).expect("it is data").leak()
}

/// A description of one export.
fn describing(export: &str) -> Guest {
    let text = format!("{{:backend \"x\" :module nil :exports [{export}]}}");
    Guest {
        description: encoded(&text),
        ..HONEST
    }
}

#[test]
fn exports_that_are_not_described_as_exports_fail() {
    for export in [
        "5",
        r#"{:kind :function :params [] :result ":int"}"#,
        r#"{:name "" :kind :function :params [] :result ":int"}"#,
        r#"{:name :f :kind :function :params [] :result ":int"}"#,
        r#"{:name "f" :params [] :result ":int"}"#,
        r#"{:name "f" :kind :macro :params [] :result ":int"}"#,
        r#"{:name "f" :kind "function" :params [] :result ":int"}"#,
        r#"{:name "f" :kind :function :result ":int"}"#,
        r#"{:name "f" :kind :function :params 1 :result ":int"}"#,
        r#"{:name "f" :kind :function :params ["a"] :result ":int"}"#,
        r#"{:name "f" :kind :function :params [["a"]] :result ":int"}"#,
        r#"{:name "f" :kind :function :params [["a" :int]] :result ":int"}"#,
        r#"{:name "f" :kind :function :params []}"#,
        r#"{:name "f" :kind :function :params [] :result :int}"#,
        r#"{:name "f" :kind :function :params [] :rest 1 :result ":int"}"#,
        r#"{:name "f" :kind :function :params [] :rest ["a"] :result ":int"}"#,
    ] {
        let report = kit::check_module(&describing(export).module());
        assert_eq!(
            failed(&report),
            ["descriptor/well-formed"],
            "{export}: {report}"
        );
    }
}

/// Export 1 takes one argument of one byte; any other number is no number of its arguments.
const TAKES_ONE: &str = "(if (i32.eq (local.get $export) (i32.const 1))
      (then (if (i32.and (i32.eq (local.get $len) (i32.const 2))
                         (i32.eq (i32.load8_u (local.get $ptr)) (i32.const 0x81)))
        (then
          (i32.store (i32.const 512) (i32.const 0))
          (i32.store8 (i32.const 600) (i32.const 0xf6))
          (call $pair (i32.const 516) (i32.const 600) (i32.const 1))
          (return (i32.const 512))))
      (if (i32.eqz (i32.eq (i32.load8_u (local.get $ptr)) (i32.const 0x81)))
        (then
          (i32.store (i32.const 512) (i32.const 1))
          (call $pair (i32.const 516) (i32.const 720) (i32.const 13))
          (call $pair (i32.const 524) (i32.const 733) (i32.const 14))
          (call $pair (i32.const 532) (i32.const 95) (i32.const 2))
          (call $pair (i32.const 540) (i32.const 97) (i32.const 1))
          (i32.store (i32.const 548) (i32.const -1))
          (call $pair (i32.const 552) (i32.const 0) (i32.const 0))
          (return (i32.const 512))))))";

#[test]
fn accounts_that_are_false_fail() {
    let function = |params: &str, rest: &str| {
        format!(r#"{{:name "f" :kind :function :params [{params}] :rest {rest} :result ":any"}}"#)
    };
    let a = r#"["a" ":any"]"#;
    let arity = "exports/arity";
    // There is no export at all.
    for export in [
        function("", "nil"),
        function(a, "nil"),
        function(a, a),
        r#"{:name "v" :kind :value}"#.to_owned(),
    ] {
        let report = kit::check_module(&describing(&export).module());
        assert_eq!(failed(&report), [arity], "{export}: {report}");
    }
    // There is one with one parameter.
    for (params, rest, is_true) in [
        (a.to_owned(), "nil", true),
        (String::new(), "nil", false),
        (format!("{a} {a}"), "nil", false),
        (format!("{a} {a}"), a, false),
    ] {
        let guest = Guest {
            core_imports: r#"(data (i32.const 720) "ArityMismatcharity-mismatch")"#,
            invoke: TAKES_ONE,
            ..describing(&function(&params, rest))
        };
        let report = kit::check_module(&guest.module());
        assert_eq!(!failed(&report).contains(&arity), is_true, "{report}");
    }
}

#[test]
fn a_description_that_follows_from_random_numbers_fails() {
    let guest = Guest {
        imports: "import wasi:random/insecure-seed@0.2.6;",
        core_imports: r#"(import "wasi:random/insecure-seed@0.2.6" "insecure-seed"
            (func $seed (param i32)))"#,
        // The letter of the backend's name.
        describe: "(call $seed (i32.const 600))
            (i32.store8 (i32.const 1040)
              (i32.add (i32.const 65) (i32.and (i32.load8_u (i32.const 600)) (i32.const 31))))",
        ..HONEST
    };
    check_module(&guest, &["descriptor/constant"]);
}

/// An answer that is nil.
const ANSWER: &str = "(then
      (i32.store (i32.const 512) (i32.const 0))
      (i32.store8 (i32.const 600) (i32.const 0xf6))
      (call $pair (i32.const 516) (i32.const 600) (i32.const 1))
      (return (i32.const 512))))";

#[test]
fn exports_that_are_not_there_must_not_answer() {
    for export in ["1", "-1"] {
        let invoke = format!("(if (i32.eq (local.get $export) (i32.const {export})) {ANSWER}");
        let guest = Guest {
            invoke: invoke.leak(),
            ..HONEST
        };
        check_module(&guest, &["exports/unknown"]);
    }
}

#[test]
fn arguments_that_are_none_must_not_be_taken() {
    let report = kit::check_module(&HONEST.module());
    let ids = report.checks.iter().map(|check| check.id.as_str());
    let encoding: Vec<&str> = ids.filter(|id| id.starts_with("encoding/")).collect();
    assert!(encoding.len() > 20);
    // A trap is no refusal.
    for invoke in [
        format!("(if (i32.eqz (local.get $export)) {ANSWER}"),
        "(if (i32.eqz (local.get $export)) (then (unreachable)))".to_owned(),
    ] {
        let guest = Guest {
            invoke: invoke.leak(),
            ..HONEST
        };
        check_module(&guest, &encoding);
    }
}

#[test]
fn a_module_that_asks_its_host_while_it_describes_itself_fails() {
    let import = "import rtfs:host/capability@0.1.0;";
    let core_imports = r#"(import "rtfs:host/capability@0.1.0" "context"
        (func $context (param i32 i32 i32)))"#;
    let ask = "(call $context (i32.const 64) (i32.const 7) (i32.const 600))";
    for (describe, invoke) in [(ask, ""), ("", ask)] {
        let guest = Guest {
            imports: import,
            core_imports,
            describe,
            invoke,
            ..HONEST
        };
        check_module(&guest, &["capabilities/describe"]);
    }
}

#[test]
fn answers_that_follow_from_random_numbers_fail() {
    let guest = Guest {
        imports: "import wasi:random/insecure-seed@0.2.6;",
        core_imports: r#"(import "wasi:random/insecure-seed@0.2.6" "insecure-seed"
            (func $seed (param i32)))"#,
        invoke: "(call $seed (i32.const 600))
            (i32.store8 (i32.const 95)
              (i32.add (i32.const 65) (i32.and (i32.load8_u (i32.const 600)) (i32.const 31))))",
        ..HONEST
    };
    let source = "(defn f [] 1)";
    let report = kit::check_program(&guest.module(), "lies", source).expect("a program");
    let fails = [
        "language/lies/f",
        "language/lies/top-level",
        "determinism/calls-lies",
        "instance/lies",
    ];
    assert_eq!(failed(&report), fails, "{report}");
}

/// An executor of `rtfs-ir` in core WebAssembly text that takes as artifacts what `takes` says, refuses
/// every call of them, and says of all others that they are none.
struct Runner {
    /// Runs before the target is answered; `$called` says whether `invoke` ran before.
    target: &'static str,
    /// Whether `$size` bytes at `$artifact` are an artifact.
    takes: &'static str,
    /// Runs before a call of an artifact is refused.
    invoke: &'static str,
}

/// A program of the kit is longer than anything that is none.
const HONEST_RUNNER: Runner = Runner {
    target: "",
    takes: "(i32.and (i32.gt_u (local.get $size) (i32.const 32))
                     (i32.lt_u (local.get $size) (i32.const 20000)))",
    invoke: "",
};

impl Runner {
    fn report(&self) -> Report {
        let world = "import wasi:random/insecure-seed@0.2.6; export rtfs:backend/executor@0.1.0;";
        let component = world::component(world, &self.core());
        let executor = engine().compile_executor(&component);
        kit::check_executor(&executor.expect("it is an executor"))
    }

    fn core(&self) -> String {
        let Runner {
            target,
            takes,
            invoke,
        } = self;
        format!(
            r#"(module
  (import "wasi:random/insecure-seed@0.2.6" "insecure-seed" (func $seed (param i32)))
  (memory (export "memory") 2)
  (global $top (mut i32) (i32.const 65536))
  (global $called (mut i32) (i32.const 0))
  (func (export "cabi_realloc") (param i32 i32 i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (global.get $top))
    (global.set $top (i32.add (local.get $at)
      (i32.and (i32.add (local.get $size) (i32.const 15)) (i32.const -16))))
    (drop (memory.grow (i32.div_u (local.get $size) (i32.const 65536))))
    (local.get $at))
  (data (i32.const 64) "InvalidArtifactinvalid-artifactno\f6")
  (data (i32.const 128) "InvalidArgumentinvalid-argument")
  (data (i32.const 192) "rtfs-ir")
  (func $pair (param $at i32) (param $ptr i32) (param $len i32)
    (i32.store (local.get $at) (local.get $ptr))
    (i32.store offset=4 (local.get $at) (local.get $len)))
  (func $refuse (param $class i32) (result i32)
    (i32.store (i32.const 512) (i32.const 1))
    (call $pair (i32.const 516) (local.get $class) (i32.const 15))
    (call $pair (i32.const 524) (i32.add (local.get $class) (i32.const 15)) (i32.const 16))
    (call $pair (i32.const 532) (i32.const 95) (i32.const 2))
    (call $pair (i32.const 540) (i32.const 97) (i32.const 1))
    (i32.store (i32.const 548) (i32.const -1))
    (call $pair (i32.const 552) (i32.const 0) (i32.const 0))
    (i32.const 512))
  (func (export "rtfs:backend/executor@0.1.0#target-id") (result i32)
    {target}
    (call $pair (i32.const 400) (i32.const 192) (i32.const 7))
    (i32.const 400))
  (func (export "rtfs:backend/executor@0.1.0#limits") (param i32 i32))
  (func (export "rtfs:backend/executor@0.1.0#invoke")
    (param $artifact i32) (param $size i32) (param $export i32) (param $ptr i32) (param $len i32)
    (result i32)
    (global.set $called (i32.const 1))
    (if (i32.eqz {takes})
      (then (return (call $refuse (i32.const 64)))))
    {invoke}
    (call $refuse (i32.const 128))))"#
        )
    }

    /// Runs none of the kit's programs, so that is not what is looked at.
    #[track_caller]
    fn check(&self, fails: &[&str]) {
        let report = self.report();
        let is_hostile = |id: &&str| {
            let about_calls = id.starts_with("encoding/") && !id.starts_with("encoding/returned-");
            about_calls || id.starts_with("executor/") || *id == "exports/unknown"
        };
        let failed: Vec<&str> = failed(&report).into_iter().filter(is_hostile).collect();
        assert_eq!(failed, fails, "{report}");
    }
}

#[test]
fn an_executor_that_refuses_every_call_is_honest_about_what_is_none() {
    HONEST_RUNNER.check(&[]);
    assert!(!HONEST_RUNNER.report().conforms());
}

#[test]
fn executors_must_not_take_arguments_that_are_none() {
    let report = HONEST_RUNNER.report();
    let ids = report.checks.iter().map(|check| check.id.as_str());
    let about_calls = |id: &&str| {
        *id == "exports/unknown"
            || id.starts_with("encoding/") && !id.starts_with("encoding/returned-")
    };
    let about_calls: Vec<&str> = ids.filter(about_calls).collect();
    assert!(about_calls.len() > 20);
    for invoke in [ANSWER_TO_ALL, "(unreachable)"] {
        let runner = Runner {
            invoke,
            ..HONEST_RUNNER
        };
        runner.check(&about_calls);
    }
}

/// An answer that is nil.
const ANSWER_TO_ALL: &str = "(i32.store (i32.const 512) (i32.const 0))
    (i32.store8 (i32.const 600) (i32.const 0xf6))
    (call $pair (i32.const 516) (i32.const 600) (i32.const 1))
    (return (i32.const 512))";

#[test]
fn executors_must_not_take_artifacts_that_are_none() {
    let report = HONEST_RUNNER.report();
    let ids = report.checks.iter().map(|check| check.id.as_str());
    let artifacts: Vec<&str> = ids
        .filter(|id| id.contains("-artifact") || id.contains("/artifact-"))
        .collect();
    assert!(artifacts.len() > 12);
    // What begins like a program; whatever is not empty; everything.
    let begins = "(i32.eq (i32.load8_u (local.get $artifact)) (i32.const 0x84))";
    for (takes, fails) in [
        (begins, &artifacts[2..]),
        (
            "(i32.ne (local.get $size) (i32.const 0))",
            &[&artifacts[..1], &artifacts[2..]].concat(),
        ),
        ("(i32.const 1)", &artifacts[..]),
    ] {
        let runner = Runner {
            takes,
            ..HONEST_RUNNER
        };
        runner.check(fails);
    }
}

#[test]
fn executors_that_name_another_target_later_fail() {
    // Another last letter, later and by chance. Instances that are asked the same differ by nothing but
    // random numbers.
    for other in [
        "(if (global.get $called) (then (i32.store8 (i32.const 198) (i32.const 120))))",
        "(call $seed (i32.const 600))
         (i32.store8 (i32.const 198)
           (i32.add (i32.const 97) (i32.and (i32.load8_u (i32.const 600)) (i32.const 15))))",
    ] {
        let runner = Runner {
            target: other,
            ..HONEST_RUNNER
        };
        let report = runner.report();
        assert!(failed(&report).contains(&"executor/constant"), "{report}");
    }
}
