//! Whole programs: compiled once, found ever after.

mod support;

use std::sync::Arc;

use rtfs_delegate::{
    BackendOptions, BytecodeBackend, CapabilityGrants, CompileError, ExecutionLimits,
};
use rtfs_eval::PureHost;
use rtfs_host::{AotKey, Engine, EngineConfig};
use rtfs_ir::Program;
use rtfs_runtime::{Unit, Units, WasmBackend, call};
use support::{Events, World, engine, program, shown};

const SOURCE: &str = "(defn sum [n acc] (if (= n 0) acc (sum (- n 1) (+ acc n)))) (sum 100 0)";

/// Has the real backend's name and version, and fails when it is called.
struct Failing;

impl BytecodeBackend for Failing {
    fn target_id(&self) -> &str {
        WasmBackend.target_id()
    }

    fn version(&self) -> &str {
        WasmBackend.version()
    }

    fn compile_module(&self, _: &Program, _: &BackendOptions) -> Result<Vec<u8>, CompileError> {
        Err(CompileError::Unsupported {
            target_id: self.target_id().to_owned(),
            what: "being called".to_owned(),
        })
    }
}

/// Runs `SOURCE` and gives its end with what happened on the way.
#[track_caller]
fn run(units: &Units) -> (String, Vec<String>) {
    run_source(units, SOURCE)
}

#[track_caller]
fn run_source(units: &Units, source: &str) -> (String, Vec<String>) {
    let events = Events::default();
    let unit = Unit {
        program: &program(source),
        source: Some(source),
        options: &BackendOptions::default(),
    };
    let module = match units.load(&unit, &events) {
        Ok(module) => module,
        Err(error) => return (rtfs_runtime::chain(&error), events.lines()),
    };
    let (limits, grants) = (ExecutionLimits::default(), CapabilityGrants::none());
    let ran = call(&module, 0, &[], (&limits, &grants), &mut PureHost, None);
    (shown(&ran.expect("no arguments")), events.lines())
}

fn words(lines: &[String]) -> Vec<&str> {
    let first = |line: &String| line.split(' ').next().map(str::len);
    lines
        .iter()
        .filter_map(|line| line.get(..first(line)?))
        .collect()
}

#[test]
fn the_second_run_compiles_nothing() {
    let root = tempfile::tempdir().expect("a directory");
    let (value, lines) = run(&World::open(root.path()).units);
    assert_eq!(value, "5050");
    assert_eq!(words(&lines), ["miss", "compile", "publish"]);

    // As another process: a backend that must not be called, an engine that cannot compile.
    let config = EngineConfig {
        compile: false,
        ..EngineConfig::default()
    };
    let without_compiler = Engine::new(config).expect("the platform is supported");
    let world = World::open(root.path());
    let units = Units::new(without_compiler, Arc::new(Failing), world.unit_store());
    let (value, lines) = run(&units);
    assert_eq!(value, "5050");
    assert_eq!(words(&lines), ["hit"]);
}

/// The language knows no longest name.
#[test]
fn functions_and_modules_with_long_names_are_kept() {
    let name = "n".repeat(20_000);
    let function = format!("(defn {name} [] 1) ({name})");
    let module = format!("(module {name} (:exports [f]) (defn f [] 1))");
    let root = tempfile::tempdir().expect("a directory");
    for (source, value) in [(function, "1"), (module, "nil")] {
        let run = || run_source(&World::open(root.path()).units, &source);
        let (first, lines) = run();
        assert_eq!(
            (first.as_str(), words(&lines)),
            (value, vec!["miss", "compile", "publish"])
        );
        let (second, lines) = run();
        assert_eq!((second.as_str(), words(&lines)), (value, vec!["hit"]));
    }
}

#[test]
fn native_code_names_its_record_so_that_nothing_is_searched() {
    let root = tempfile::tempdir().expect("a directory");
    run(&World::open(root.path()).units);
    let index = root.path().join("store/derived/index.db");
    std::fs::remove_file(&index).expect("publishing made it");
    let (value, lines) = run(&World::open(root.path()).units);
    assert_eq!((value.as_str(), words(&lines)), ("5050", vec!["hit"]));
    assert!(!index.exists(), "the record was searched for");
}

#[test]
fn a_record_that_native_code_names_is_verified_like_any_other() {
    let root = tempfile::tempdir().expect("a directory");
    run(&World::open(root.path()).units);
    let blobs = root.path().join("store/blobs/sha256");
    for blob in std::fs::read_dir(blobs).expect("there are blobs") {
        let path = blob.expect("a blob").path();
        let mut bytes = std::fs::read(&path).expect("readable");
        bytes[0] ^= 1;
        std::fs::remove_file(&path).expect("ours");
        std::fs::write(&path, bytes).expect("space");
    }
    let world = World::open(root.path());
    let (value, lines) = run(&world.units);
    assert_eq!(value, "5050");
    assert_eq!(words(&lines), ["miss", "compile", "publish"]);
    assert!(!world.security.lock().expect("no panic").is_empty());
}

#[test]
fn native_code_of_another_component_is_not_run() {
    let root = tempfile::tempdir().expect("a directory");
    let world = World::open(root.path());
    run(&world.units);
    let (program, options) = (program(SOURCE), BackendOptions::default());
    let unit = Unit {
        program: &program,
        source: Some(SOURCE),
        options: &options,
    };
    let key = AotKey(*world.units.key(&unit).as_bytes());
    let native = world.unit_store().expect("it has a store").native;
    let kept = engine().load_cached(&native, &key).expect("readable");
    let record = kept.expect("it was kept").extra;
    let other = WasmBackend.compile_module(&support::program("(defn f [] 1) (f)"), &options);
    let other = engine().compile(&other.expect("it can be compiled"));
    let other = other.expect("it is a module");
    // Under the right key, with the right record, by this very host.
    let wrong = engine().keep(&native, &key, &other, &record);
    wrong.expect("it can be kept");
    let (value, lines) = run(&World::open(root.path()).units);
    assert_eq!((value.as_str(), words(&lines)), ("5050", vec!["hit"]));
}

#[test]
fn without_the_store_both_would_be_needed() {
    let units = Units::new(engine(), Arc::new(Failing), None);
    let (error, lines) = run(&units);
    assert!(error.contains("being called"), "{error}");
    assert!(lines.is_empty());
}

#[test]
fn another_level_is_another_unit() {
    let root = tempfile::tempdir().expect("a directory");
    let world = World::open(root.path());
    run(&world.units);
    let unit = Unit {
        program: &program(SOURCE),
        source: None,
        options: &BackendOptions {
            opt_level: 0,
            ..BackendOptions::default()
        },
    };
    let events = Events::default();
    world.units.load(&unit, &events).expect("it compiles");
    assert_eq!(words(&events.lines())[..2], ["miss", "compile"]);
}
