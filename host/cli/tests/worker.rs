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

/// What a worker sees of its parent's environment, and what the operating system says it may use.
#[cfg(target_os = "linux")]
mod process {
    use super::*;
    use std::io::Write as _;
    use std::process::{Child, Command, Stdio};
    use std::time::Instant;

    #[test]
    fn a_worker_has_no_environment() {
        let rtfs = Rtfs::new();
        let seen = rtfs.path("environment");
        // A shell sets some variables itself, so the kernel is asked.
        let copy = format!("cat /proc/$$/environ > {}", seen.display());
        let shell = CompileWorker::new("/bin/sh").arg("-c").arg(copy);
        assert!(std::env::vars_os().next().is_some());
        failure(&shell);
        let seen = std::fs::read(&seen).expect("the shell wrote it");
        assert_eq!(String::from_utf8_lossy(&seen), "");
    }

    /// Waits for the rest of its request, under its ceilings.
    fn waiting(limits: [u64; 2]) -> Child {
        let engine = Engine::new(EngineConfig::default()).expect("this platform is supported");
        let limits = limits.map(u64::to_le_bytes).concat();
        let fingerprint = engine.fingerprint();
        let request = [&b"RTFSCW1\n"[..], fingerprint.as_bytes(), &[0], &limits].concat();
        let mut child = Command::new(env!("CARGO_BIN_EXE_rtfs"))
            .arg("compile-worker")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("the program is there");
        let input = child.stdin.as_mut().expect("it was asked for");
        input.write_all(&request).expect("the worker reads");
        child
    }

    #[test]
    fn a_worker_puts_ceilings_on_itself_before_it_reads_a_component() {
        let mut child = waiting([1 << 30, 60]);
        let limits = format!("/proc/{}/limits", child.id());
        let started = Instant::now();
        let limits = loop {
            let limits = std::fs::read_to_string(&limits).expect("it runs");
            let is_set = |line: &str| line.starts_with("Max core file size") && is(line, "0");
            let late = started.elapsed() > Duration::from_secs(20);
            if limits.lines().any(is_set) || late {
                break limits;
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        child.kill().expect("it can be killed");
        child.wait().expect("it ended");
        for (what, limit) in [
            ("Max core file size", "0"),
            ("Max address space", "1073741824"),
            ("Max cpu time", "60"),
        ] {
            let mut lines = limits.lines();
            let line = lines.find(|line| line.starts_with(what));
            let line = line.unwrap_or_else(|| panic!("{limits}"));
            assert!(is(line, limit), "{line}");
        }
    }

    /// Whether soft and hard limit are this.
    fn is(line: &str, limit: &str) -> bool {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.windows(2).any(|pair| pair == [limit, limit])
    }
}
