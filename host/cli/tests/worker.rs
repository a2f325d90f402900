//! Native compilation in a process of its own: what it may use, and what it answers.

use std::time::Duration;

use rtfs_host::{CompileWorker, Engine, EngineConfig, LoadError, WorkerError};

/// A component with something to translate.
fn component() -> Vec<u8> {
    let source = "(defn f [xs] (reduce (fn [m x] (assoc m x (str x))) {} (sort xs)))";
    let forms = rtfs_syntax::read(source).forms;
    let lowered = rtfs_ir::lower(&forms, &rtfs_eval::lower_options());
    let program = lowered.program.expect("the source is well formed");
    let options = rtfs_backend_wasm::Options::default();
    let made = rtfs_backend_wasm::compile(&program, &options);
    made.expect("it can be compiled").component
}

fn worker() -> CompileWorker {
    CompileWorker::new(env!("CARGO_BIN_EXE_rtfs")).arg("compile-worker")
}

fn translated(worker: &CompileWorker) -> Result<(), LoadError> {
    let engine = Engine::new(EngineConfig::default()).expect("this platform is supported");
    let module = engine.compile_apart(worker, &component())?;
    assert!(module.describe(&Default::default()).is_ok());
    Ok(())
}

#[track_caller]
fn failure(worker: &CompileWorker) -> WorkerError {
    match translated(worker) {
        Err(LoadError::Worker(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_component_is_translated_within_the_limits() {
    translated(&worker()).expect("it needs less than that");
}

#[test]
fn a_worker_without_memory_dies_alone() {
    let mut small = worker();
    small.memory_bytes = 16 << 20;
    let error = failure(&small);
    let died =
        matches!(&error, WorkerError::Died { memory_bytes, .. } if *memory_bytes == 16 << 20);
    assert!(died, "{error:?}");
}

#[test]
fn a_worker_that_takes_too_long_is_killed() {
    let deadline = Duration::from_millis(1);
    let mut short = worker();
    short.deadline = deadline;
    let error = failure(&short);
    let late = matches!(error, WorkerError::Deadline { deadline: told } if told == deadline);
    assert!(late, "{error:?}");
    // Also one that never says a word.
    let mut silent = CompileWorker::new("sleep").arg("60");
    silent.deadline = Duration::from_millis(200);
    let error = failure(&silent);
    assert!(matches!(error, WorkerError::Deadline { .. }), "{error:?}");
}

#[test]
fn too_much_native_code_is_not_taken() {
    let mut small = worker();
    small.native_bytes = 1000;
    let error = failure(&small);
    let refused = matches!(error, WorkerError::TooLarge { limit: 1000 });
    assert!(refused, "{error:?}");
}

#[test]
fn programs_that_are_no_workers_are_not_believed() {
    for (program, arg) in [("cat", "-"), ("echo", "DONE"), ("echo", "a longer answer")] {
        let error = failure(&CompileWorker::new(program).arg(arg));
        let foreign = matches!(error, WorkerError::Answer { .. });
        assert!(foreign, "{program} {arg}: {error:?}");
    }
    let error = failure(&CompileWorker::new("true"));
    assert!(matches!(error, WorkerError::Died { .. }), "{error:?}");
    let error = failure(&CompileWorker::new("/nowhere/at-all"));
    assert!(matches!(error, WorkerError::Process { .. }), "{error:?}");
}
