//! Executors that are components, under the grants and limits of those who call.

mod support;

use std::sync::Arc;

use rtfs_delegate::{
    Bytecode, BytecodeExecutor, Call, CapabilityGrants, ExecuteError, Execution, ExecutionLimits,
    RtfsModuleMetadata,
};
use rtfs_eval::Host;
use rtfs_runtime::{GuestExecutor, Label, Unit};
use rtfs_store::Digest;
use rtfs_value::error::ErrorKind;
use rtfs_value::types::Level;
use rtfs_value::{Value, readable};
use sha2::{Digest as _, Sha256};
use support::{Asked, Events, World, guest_executor, program};

/// A program that was published, and its artifact for the executor.
struct Published {
    module: Arc<RtfsModuleMetadata>,
    artifact: Vec<u8>,
    _root: tempfile::TempDir,
}

fn published(source: &str) -> Published {
    let root = tempfile::tempdir().expect("a directory");
    let world = World::open(root.path());
    let program = program(source);
    let unit = Unit {
        program: &program,
        source: Some(source),
        options: &Default::default(),
    };
    let module = world
        .units
        .publish(&unit, &Label::default(), &Events::default());
    Published {
        module: module.expect("it can be published"),
        artifact: program.encode(),
        _root: root,
    }
}

/// Calls the first export of an artifact as what a record names.
fn execute(
    (executor, of): (&GuestExecutor, &Published),
    artifact: &[u8],
    args: &[Value],
    (limits, grants): (&ExecutionLimits, &CapabilityGrants),
    host: &mut dyn Host,
) -> Result<Execution, ExecuteError> {
    let load = || Ok(artifact.to_vec());
    let digest = Digest::from_bytes(Sha256::digest(artifact).into());
    let call = Call {
        export: 1,
        name: "f",
        module: &of.module,
        args,
        validation: Level::Standard,
        limits,
        grants,
        host,
    };
    executor.execute(&Bytecode::new(digest, &load), call)
}

/// The kind of the error that an execution ended with.
#[track_caller]
fn raised(execution: Result<Execution, ExecuteError>) -> ErrorKind {
    let execution = execution.expect("it can be executed");
    execution.result.expect_err("it raises").kind()
}

#[test]
fn what_an_executor_asks_is_granted_and_declared() {
    let executor = guest_executor();
    let asking = published("(defn f [x] (+ x (call :count)))");
    let quiet = published("(defn f [x] x)");
    let limits = ExecutionLimits::default();
    let (all, none) = (CapabilityGrants::all(), CapabilityGrants::none());
    let args = [Value::int(1)];
    let run = |of: &Published, grants: &CapabilityGrants| {
        let mut host = Asked::default();
        let asked = (&limits, grants);
        let ended = execute((&executor, of), &asking.artifact, &args, asked, &mut host);
        (ended, host.calls.len())
    };
    let (ended, asked) = run(&asking, &all);
    let value = ended.expect("it can be executed").result;
    assert_eq!((readable(&value.expect("a value")), asked), ("2".into(), 1));
    // The caller grants nothing; another capability; the record says that it asks for nothing.
    let other = none.clone().with_capability("other");
    let this = none.clone().with_capability("count");
    assert_eq!(run(&asking, &this).1, 1);
    for (of, grants) in [(&asking, &none), (&asking, &other), (&quiet, &this)] {
        let (ended, asked) = run(of, grants);
        assert_eq!((raised(ended), asked), (ErrorKind::SecurityViolation, 0));
    }
}

#[test]
fn an_executor_runs_under_the_limits_of_the_call() {
    let executor = guest_executor();
    let grants = CapabilityGrants::all();
    let run = |source: &str, limits: &ExecutionLimits| {
        let of = published(source);
        let mut host = Asked::default();
        let args = [Value::int(1)];
        execute(
            (&executor, &of),
            &of.artifact,
            &args,
            (limits, &grants),
            &mut host,
        )
    };
    let defaults = ExecutionLimits::default;
    let spin = "(defn f [n] (if (= n 100000) n (f (+ n 1))))";
    assert!(run(spin, &defaults()).expect("it runs").result.is_ok());
    let little = ExecutionLimits {
        fuel: 10_000_000,
        ..defaults()
    };
    assert_eq!(raised(run(spin, &little)), ErrorKind::BudgetExhausted);
    let small = ExecutionLimits {
        memory_bytes: 1 << 20,
        ..defaults()
    };
    assert_eq!(raised(run(spin, &small)), ErrorKind::BudgetExhausted);
    let sink = "(defn f [n] (if (= n 200) n (+ 0 (f (+ n 1)))))";
    assert!(run(sink, &defaults()).expect("it runs").result.is_ok());
    for (depth, depth_used) in [(100, 0), (20_000, 19_900)] {
        let shallow = ExecutionLimits {
            depth,
            depth_used,
            ..defaults()
        };
        assert_eq!(raised(run(sink, &shallow)), ErrorKind::StackOverflow);
    }
    let nag = "(defn f [n] (if (= n 20) n (do (call :count) (f (+ n 1)))))";
    assert!(run(nag, &defaults()).expect("it runs").result.is_ok());
    let quiet = ExecutionLimits {
        host_calls: 10,
        ..defaults()
    };
    assert_eq!(raised(run(nag, &quiet)), ErrorKind::BudgetExhausted);
}

#[test]
fn bytes_that_an_executor_does_not_take_are_malformed() {
    let executor = guest_executor();
    let of = published("(defn f [x] x)");
    let limits = ExecutionLimits::default();
    let grants = CapabilityGrants::none();
    let mut host = Asked::default();
    let artifact = b"no program";
    let args = [Value::int(1)];
    let ended = execute(
        (&executor, &of),
        artifact,
        &args,
        (&limits, &grants),
        &mut host,
    );
    let Err(ExecuteError::Malformed {
        digest, target_id, ..
    }) = ended
    else {
        panic!("{ended:?}");
    };
    assert_eq!(digest, Digest::from_bytes(Sha256::digest(artifact).into()));
    assert_eq!(target_id, "rtfs-ir");
}
