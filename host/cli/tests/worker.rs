//! Native compilation in a process of its own: what it may use, and what it answers.

mod support;

use std::time::Duration;

use rtfs_host::{CompileWorker, Engine, EngineConfig, LoadError, Translation, WorkerError};
use support::Rtfs;

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
    translated_as(Translation::Optimised, worker)
}

fn translated_as(translation: Translation, worker: &CompileWorker) -> Result<(), LoadError> {
    let engine = Engine::new(EngineConfig {
        translation,
        ..EngineConfig::default()
    });
    let engine = engine.expect("this platform is supported");
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
    for translation in [Translation::Optimised, Translation::Fast] {
        translated_as(translation, &worker()).expect("it needs less than that");
    }
}

/// There is no such program: whoever starts it fails otherwise.
#[test]
fn what_is_not_taken_reaches_no_worker() {
    let worker = CompileWorker::new("/nowhere/at-all");
    let refused = |config: EngineConfig, component: &[u8]| {
        let engine = Engine::new(config).expect("this platform is supported");
        let refused = engine.compile_apart(&worker, component);
        refused.expect_err("it cannot be translated")
    };
    let small = EngineConfig {
        component_bytes: 100,
        ..EngineConfig::default()
    };
    let error = refused(small, &component());
    assert!(
        matches!(error, LoadError::TooLarge { limit: 100, .. }),
        "{error:?}"
    );
    let runs_only = EngineConfig {
        compile: false,
        ..EngineConfig::default()
    };
    let error = refused(runs_only, &component());
    assert!(matches!(error, LoadError::CompilerDisabled), "{error:?}");
    let error = refused(EngineConfig::default(), b"\0asm\x0d\0\x01\0");
    assert!(
        matches!(error, LoadError::MissingExport { .. }),
        "{error:?}"
    );
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

/// What a worker is sent: request, and whether it answers.
#[test]
fn requests_that_are_none_are_not_answered() {
    let rtfs = Rtfs::new();
    let serve = |request: &[u8]| {
        let ended = rtfs.run_with_input(&["compile-worker"], request);
        assert_eq!(ended.stdout, "", "it answers");
        assert_ne!(ended.status, 0);
        ended.stderr
    };
    let fingerprint = *Engine::new(EngineConfig::default())
        .expect("this platform is supported")
        .fingerprint()
        .as_bytes();
    let request = |magic: &[u8; 8], fingerprint: [u8; 32], role: u8| {
        let limits = [1_u64 << 30, 60].map(u64::to_le_bytes).concat();
        serve(&[&magic[..], &fingerprint, &[role], &limits].concat())
    };
    for (stderr, reason) in [
        (serve(b""), "fill whole buffer"),
        (request(b"RTFSCW0\n", fingerprint, 0), "no request"),
        (request(b"RTFSCW1\n", [0; 32], 0), "another version"),
        (request(b"RTFSCW1\n", fingerprint, 3), "unknown role"),
    ] {
        assert!(stderr.contains(reason), "{stderr}");
    }
}

#[test]
fn programs_that_are_no_workers_are_not_believed() {
    for (program, arg) in [("cat", "-"), ("echo", "DONE"), ("echo", "a longer answer")] {
        let error = failure(&CompileWorker::new(program).arg(arg));
        let foreign = matches!(error, WorkerError::Answer { .. });
        assert!(foreign, "{program} {arg}: {error:?}");
    }
    // The last two would be a refusal and native code of a worker.
    for answer in [
        "RTFSCW1\\n\\002",
        "RTFSCW0\\n\\001refused",
        "RTFSCW0\\n\\000\\001\\000\\000\\000\\000\\000\\000\\000x",
    ] {
        let error = failure(&CompileWorker::new("printf").arg(answer));
        let foreign = matches!(error, WorkerError::Answer { .. });
        assert!(foreign, "{answer}: {error:?}");
    }
    // Native code that is cut off.
    for answer in [
        "RTFSCW1\\n\\000",
        "RTFSCW1\\n\\000\\011",
        "RTFSCW1\\n\\000\\011\\000\\000\\000\\000\\000\\000\\000x",
    ] {
        let error = failure(&CompileWorker::new("printf").arg(answer));
        assert!(matches!(error, WorkerError::Died { .. }), "{error:?}");
    }
    let error = failure(&CompileWorker::new("true"));
    assert!(matches!(error, WorkerError::Died { .. }), "{error:?}");
    let error = failure(&CompileWorker::new("/nowhere/at-all"));
    assert!(matches!(error, WorkerError::Process { .. }), "{error:?}");
}
