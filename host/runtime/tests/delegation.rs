//! Calls answered from the store: the same values, errors and host calls as without it.

mod support;

use std::time::Duration;

use rtfs_delegate::{
    BackendOptions, Bytecode, BytecodeBackend as _, Call, CapabilityGrants, ExecutionLimits, Policy,
};
use rtfs_eval::PureHost;
use rtfs_host::AotKey;
use rtfs_runtime::{Ending, Unit, WasmBackend};
use rtfs_store::Query;
use rtfs_value::readable;
use rtfs_value::types::Level;
use support::{Asked, Runs, World, engine, program, run, run_within, shown};

const ADD: &str = "(do (defn add [x y] (+ x y)) (add 1 2))";

fn root() -> tempfile::TempDir {
    tempfile::tempdir().expect("a directory")
}

/// Runs in a process of its own: the parent test published into the directory it names.
#[test]
fn in_another_process() {
    let Some(root) = std::env::var_os("RTFS_TEST_ROOT") else {
        return;
    };
    let world = World::open(root.as_ref());
    let (ran, events) = world.run(ADD, Policy::Exact, &mut PureHost);
    assert_eq!(shown(&ran), "3");
    assert_eq!(events.lines(), ["hit add exact", "ran add component 1"]);
}

#[test]
fn a_published_function_answers_an_evaluator_in_another_process() {
    let root = root();
    World::open(root.path()).publish(ADD, false);
    let status = std::process::Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "in_another_process", "--nocapture"])
        .env("RTFS_TEST_ROOT", root.path())
        .status()
        .expect("it starts");
    assert!(status.success());
    // And without any cache.
    assert_eq!(shown(&run(ADD, None, &mut PureHost).0), "3");
}

/// An executor takes native code for what its record names, not for what lies under its key.
#[test]
fn native_code_of_another_component_answers_no_call() {
    let root = root();
    let world = World::open(root.path());
    world.publish(ADD, false);
    let key = |source: &str| {
        let (program, options) = (program(source), BackendOptions::default());
        let unit = Unit {
            program: &program,
            source: Some(source),
            options: &options,
        };
        AotKey(*world.units.key(&unit).as_bytes())
    };
    let other = "(do (defn add [x y] (- x y)) (add 1 2))";
    let other = WasmBackend.compile_module(&program(other), &BackendOptions::default());
    let other = engine().compile(&other.expect("it can be compiled"));
    let native = world.unit_store().expect("it has a store").native;
    let kept = engine().keep(&native, &key(ADD), &other.expect("it is a module"), b"");
    kept.expect("it can be kept");
    let (ran, events) = World::open(root.path()).run(ADD, Policy::Exact, &mut PureHost);
    assert_eq!(shown(&ran), "3");
    assert_eq!(events.lines(), ["hit add exact", "ran add component 1"]);
}

#[test]
fn another_body_under_the_same_name_is_a_miss() {
    let root = root();
    let world = World::open(root.path());
    world.publish(ADD, false);
    let other = "(defn add [x y] nil) (add 1 2)";
    let (ran, events) = world.run(other, Policy::Exact, &mut PureHost);
    assert_eq!(shown(&ran), "nil");
    assert_eq!(events.lines(), ["local add miss"]);
    assert_eq!(shown(&run(other, None, &mut PureHost).0), "nil");
}

#[test]
fn the_stored_source_can_be_evaluated() {
    let root = root();
    World::open(root.path()).publish(ADD, false);
    let world = World::open(root.path());
    let store = world.l4.store();
    let found = store.find(&Query::All).expect("the store answers");
    let module = found[0].trusted_module().expect("it is trusted");
    let source = store.source(&module.source.expect("it has one"));
    let source = String::from_utf8(source.expect("it is sound")).expect("it is text");
    assert_eq!(source, ADD);
    assert_eq!(shown(&run(&source, None, &mut PureHost).0), "3");
}

#[test]
fn the_stored_ir_runs_on_its_own_executor() {
    let root = root();
    World::open(root.path()).publish(ADD, false);
    let world = World::with_executor(root.path(), Runs::Ir);
    let (ran, events) = world.run(ADD, Policy::Exact, &mut PureHost);
    assert_eq!(shown(&ran), "3");
    assert_eq!(events.lines(), ["hit add exact", "ran add ir 1"]);
    let found = world.l4.store().find(&Query::All).expect("it answers");
    let module = found[0].trusted_module().expect("it is trusted");
    let decoded = world.l4.get_ir(&module.ir.expect("it has one").digest);
    let decoded = decoded.expect("it is sound").expect("it is there");
    assert_eq!(decoded.encode(), program(ADD).encode());
}

#[test]
fn an_executor_that_is_a_component_runs_what_is_for_its_target() {
    let root = root();
    let world = World::open(root.path());
    world.publish(ADD, false);
    let fails = "(defn half [n] (/ n 0)) (half 4)";
    world.publish(fails, false);
    let asks = "(defn ask [x] (+ x (call :count))) (ask 7)";
    world.publish(asks, false);
    let world = World::with_executor(root.path(), Runs::Guest);
    assert!(world.registry.executor("rtfs-ir").is_some());
    let (ran, events) = world.run(ADD, Policy::Exact, &mut PureHost);
    assert_eq!(shown(&ran), "3");
    assert_eq!(events.lines(), ["hit add exact", "ran add ir 1"]);
    let (ran, events) = world.run(fails, Policy::Exact, &mut PureHost);
    assert_eq!(shown(&ran), shown(&run(fails, None, &mut PureHost).0));
    assert_eq!(events.lines(), ["hit half exact", "ran half ir 1"]);
    let mut host = Asked::default();
    let (ran, events) = world.run(asks, Policy::Exact, &mut host);
    assert_eq!(
        shown(&ran),
        shown(&run(asks, None, &mut Asked::default()).0)
    );
    assert_eq!(events.lines(), ["hit ask exact", "ran ask ir 1"]);
}

#[test]
fn a_declared_function_is_answered_under_interface_only() {
    let root = root();
    let world = World::open(root.path());
    let declared = "(declare add [x y]) (add 1 2)";
    world.publish("(defn add [x y] (+ x y))", false);
    let (ran, events) = world.run(declared, Policy::Interface, &mut PureHost);
    assert!(shown(&ran).contains("Undefined symbol: add"), "{ran:?}");
    assert_eq!(events.lines(), ["miss add unverified"]);

    let world = World::open(root.path());
    world.publish("(defn add [x y] (+ x y)) 1", true);
    let (ran, events) = world.run(declared, Policy::Interface, &mut PureHost);
    assert_eq!(shown(&ran), "3");
    assert_eq!(events.lines(), ["hit add interface", "ran add component 1"]);
    let (ran, _) = world.run(declared, Policy::Exact, &mut PureHost);
    assert!(shown(&ran).contains("Undefined symbol: add"), "{ran:?}");
}

/// Runs a program without and with the store, where its twin is published, and compares all that
/// can be seen. Gives the events of the second run.
#[track_caller]
fn same(published: &str, source: &str) -> Vec<String> {
    let root = root();
    let world = World::open(root.path());
    world.publish(published, false);
    let mut host = Asked::default();
    let alone = shown(&run(source, None, &mut host).0);
    let mut delegated_host = Asked::default();
    let (ran, events) = world.run(source, Policy::Exact, &mut delegated_host);
    assert_eq!(shown(&ran), alone);
    assert_eq!(delegated_host.calls, host.calls);
    events.lines()
}

#[test]
fn errors_point_into_the_callers_lines() {
    let published = "(def unrelated 1) (defn half [n] (/ n 0))";
    let source = "; a comment\n(defn half [count]\n  (/ count 0))\n(+ 1 (half 4))";
    // An un-annotated parameter's name shows nowhere, so both are one definition.
    assert_eq!(same(published, source)[0], "hit half exact");
    let (ran, _) = {
        let root = root();
        let world = World::open(root.path());
        world.publish(published, false);
        world.run(source, Policy::Exact, &mut PureHost)
    };
    let rtfs_runtime::Ending::Raised(error) = &ran.ending else {
        panic!("{ran:?}");
    };
    let forms = rtfs_syntax::read(source).forms;
    let lowered = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default());
    let node = rtfs_ir::NodeId(error.node().expect("errors have nodes"));
    let span = lowered.spans.get(node).expect("the node is the caller's");
    assert_eq!(
        &source[span.start as usize..span.end as usize],
        "(/ count 0)"
    );
}

#[test]
fn host_calls_keep_their_order_numbers_and_hints() {
    let lib = "(defn ask [x] [x (call :count x) user (call :count user)])";
    let source = format!("{lib} (call :count 0) [(ask 5) user (call :count 9)]");
    assert_eq!(same(lib, &source)[0], "hit ask exact");
    let failing = "(defn f [] (try (call :fail) (catch HostError e [(:message e) (:data e)])))";
    assert_eq!(same(failing, &format!("{failing} (f)"))[0], "hit f exact");
    let raising = "(defn g [x] (call :fail x))";
    assert_eq!(same(raising, &format!("{raising} (g 1)"))[0], "hit g exact");
}

#[test]
fn functions_do_not_cross() {
    let lib = "(defn apply-to [f x] (f x)) (defn adder [n] (call :count n) (fn [x] (+ x n)))";
    let lines = same(
        lib,
        &format!("{lib} [(apply-to inc 1) ((adder 2) 3) (call :count 0)]"),
    );
    assert!(
        lines.contains(&"local apply-to function-argument".to_owned()),
        "{lines:?}"
    );
    assert!(
        lines.contains(&"local adder function-result".to_owned()),
        "{lines:?}"
    );
}

#[test]
fn what_cannot_be_delegated_says_why() {
    let twice = "(defn f [] 1) (defn f [] 2)";
    assert_eq!(same(twice, &format!("{twice} (f)")), ["local f redefined"]);
    let stateful = "(def t (call :count)) (defn f [] t)";
    assert_eq!(
        same(stateful, &format!("{stateful} [(f) (f)]")),
        ["local f stateful-init"]
    );
}

#[test]
fn depth_is_counted_across_the_border() {
    let lib = "(defn down [n] (if (= n 0) 0 (+ 1 (down (- n 1)))))";
    let root = root();
    let world = World::open(root.path());
    world.publish(lib, false);
    // 20,000 pending calls are allowed: one of `up`, the others of `down`.
    for n in [19_998, 19_999] {
        let source = format!("{lib} (defn up [n] (+ 0 (down n))) (up {n})");
        let alone = shown(&run(&source, None, &mut PureHost).0);
        let (ran, events) = world.run(&source, Policy::Exact, &mut PureHost);
        assert_eq!(
            shown(&ran).split(" node=").next(),
            alone.split(" node=").next()
        );
        assert!(events.lines().contains(&"hit down exact".to_owned()));
    }
}

#[test]
fn calls_in_loops_and_callbacks_are_delegated_each() {
    let lib = "(defn square [x] (* x x))";
    let source = format!("{lib} (reduce + 0 (map square (range 100)))");
    let lines = same(lib, &source);
    assert_eq!(lines, ["hit square exact", "ran square component 100"]);
}

#[test]
fn every_decision_is_recorded() {
    let root = root();
    let world = World::open(root.path());
    world.publish(
        "(defn half [n] (/ n 2)) (defn adder [n] (fn [x] (+ x n)))",
        false,
    );
    let dir = cap_std::fs::Dir::open_ambient_dir(root.path(), cap_std::ambient_authority());
    let dir = dir.expect("the directory is there");
    let clock = || rtfs_delegate::Timestamp::from_millis(7);
    let log = rtfs_delegate::AuditLog::open(&dir, std::sync::Arc::new(clock)).expect("a log");
    let delegation = world
        .delegation(Policy::Exact)
        .with_audit(std::sync::Arc::new(log));
    let source = "(defn half [n] (/ n 2)) (defn adder [n] (fn [x] (+ x n))) (defn own [] 1)
                  [(half 4) (own) ((adder 1) 2) (try (half nil) (catch e 0))]";
    let (ran, _) = run(source, Some(&delegation), &mut PureHost);
    assert_eq!(shown(&ran), "[2 1 3 0]");
    let mut lines = Vec::new();
    let each = |line: rtfs_delegate::AuditLine| {
        let entry = line.entry;
        lines.push(format!(
            "{} {} {:?}",
            entry.call, entry.reason, entry.outcome
        ));
    };
    rtfs_delegate::read_audit(&dir, each).expect("the log is readable");
    assert_eq!(
        lines,
        [
            "half l4-hit Value",
            "own default Open",
            "adder l4-hit Fallback { reason: \"function-result\" }",
            "half l4-hit Raised { class: \"TypeError\" }",
        ]
    );
    assert!(
        rtfs_delegate::verify_audit(&dir, None)
            .expect("readable")
            .is_sound()
    );
}

#[test]
fn a_missing_executor_leaves_the_evaluator() {
    let root = root();
    let world = World::open(root.path());
    world.publish(ADD, false);
    let registry = rtfs_delegate::ModuleRegistry::new().with_l4_cache(world.l4.clone());
    let engine = rtfs_delegate::L4AwareDelegationEngine::new(world.l4.clone(), support::LocalPure);
    let delegation =
        rtfs_runtime::Delegation::new(std::sync::Arc::new(engine), std::sync::Arc::new(registry));
    let (ran, events) = run(ADD, Some(&delegation), &mut PureHost);
    assert_eq!(shown(&ran), "3");
    assert!(
        events.lines()[0].starts_with("local add no executor"),
        "{:?}",
        events.lines()
    );
}

/// A component that hits a limit is given up for the evaluator, which has no time of its own.
#[test]
fn a_loop_without_end_ends_at_the_deadline_wherever_it_runs() {
    let root = root();
    let world = World::open(root.path());
    let spin = "(defn spin [n] (if (= n -1) 0 (spin (+ n 1))))";
    world.publish(&format!("{spin} (spin -1)"), false);
    let limits = ExecutionLimits {
        fuel: u64::MAX,
        deadline: Duration::from_millis(300),
        ..ExecutionLimits::default()
    };
    // Found in the store; asked about at every turn, and found nowhere; asked about never.
    let other = "(defn other [n] (if (= n -1) 0 (other (- n 1))))";
    let exact = world.delegation(Policy::Exact);
    for (source, delegation, local) in [
        (
            format!("{spin} (spin 0)"),
            Some(&exact),
            "local spin Budget exhausted: deadline",
        ),
        (
            format!("{other} (other -2)"),
            Some(&exact),
            "local other miss",
        ),
        (format!("{spin} (spin 0)"), None, ""),
    ] {
        let (ran, events) = run_within(&limits, &source, delegation, &mut PureHost);
        let Ending::Limit { which, .. } = &ran.ending else {
            panic!("{ran:?}");
        };
        assert_eq!(which, "deadline", "{source}");
        let lines = events.lines();
        assert_eq!(lines.first().map_or("", String::as_str), local);
    }
}

/// The names that the traits of executors use are public where an executor is written.
#[test]
fn executors_can_be_written_outside() {
    struct Constant;
    impl rtfs_delegate::BytecodeExecutor for Constant {
        fn target_id(&self) -> &'static str {
            rtfs_delegate::WASM32_COMPONENT
        }
        fn execute(
            &self,
            code: &Bytecode<'_>,
            call: Call<'_>,
        ) -> Result<rtfs_delegate::Execution, rtfs_delegate::ExecuteError> {
            assert!(!code.bytes()?.is_empty());
            assert_eq!(readable(&call.args[0]), "1");
            assert_eq!(call.validation, Level::Standard);
            assert_eq!(call.limits.depth, ExecutionLimits::default().depth);
            assert_eq!(call.grants, &CapabilityGrants::all());
            Ok(rtfs_delegate::Execution {
                result: Ok(rtfs_value::Value::int(30)),
                usage: rtfs_delegate::Usage::default(),
            })
        }
    }
    let root = root();
    let world = World::open(root.path());
    world.publish(ADD, false);
    let registry = rtfs_delegate::ModuleRegistry::new()
        .with_l4_cache(world.l4.clone())
        .with_executor(std::sync::Arc::new(Constant));
    let engine = rtfs_delegate::L4AwareDelegationEngine::new(world.l4.clone(), support::LocalPure);
    let delegation =
        rtfs_runtime::Delegation::new(std::sync::Arc::new(engine), std::sync::Arc::new(registry));
    assert_eq!(shown(&run(ADD, Some(&delegation), &mut PureHost).0), "30");
}
