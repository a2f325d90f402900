//! The corpus on guests: our own compiler as a component, and the evaluator as one.
//!
//! Every case runs on the executor. Making and translating a component takes a second where it has
//! the evaluator in it, and ten milliseconds where our compiler made it in the sandbox; of these a
//! part of the cases is run, and all of them with `RTFS_WHOLE_CORPUS=1`.

#[path = "../../../host/engine/tests/guests/built.rs"]
mod built;

use std::path::Path;
use std::sync::{Arc, OnceLock};

use rtfs_conformance::{
    Answer, ComponentEngine, Engine, ExecutorEngine, find_case_files, run_file,
};
use rtfs_delegate::{BackendOptions, BytecodeBackend, CompileError, ExecutionLimits};
use rtfs_ir::Program;
use rtfs_runtime::{GuestBackend, WasmBackend};
use rtfs_syntax::case_file::Directives;

fn engine() -> rtfs_host::Engine {
    static ENGINE: OnceLock<rtfs_host::Engine> = OnceLock::new();
    let make = || {
        rtfs_host::Engine::new(rtfs_host::EngineConfig::default())
            .expect("this platform is supported")
    };
    ENGINE.get_or_init(make).clone()
}

fn backend(package: &str) -> GuestBackend {
    let component = built::component(package);
    let compiler = engine()
        .compile_compiler(&component)
        .expect("it is a compiler");
    GuestBackend::of(compiler, ExecutionLimits::default()).expect("it says what it is")
}

/// Hands every `n`-th case to an engine, and lets the others pass.
struct Sample<'a> {
    engine: &'a dyn Engine,
    every: usize,
    seen: std::cell::Cell<usize>,
    answered: std::cell::Cell<usize>,
}

impl Sample<'_> {
    fn takes(&self) -> bool {
        let seen = self.seen.get();
        self.seen.set(seen + 1);
        seen.is_multiple_of(self.every)
    }
}

/// The text of answers that are none, because the case is not in the sample.
const LEFT_OUT: &str = "not in the sample";

impl Engine for Sample<'_> {
    fn name(&self) -> &'static str {
        self.engine.name()
    }

    fn stands_for(&self) -> &'static str {
        self.engine.stands_for()
    }

    fn run(&self, program: &Program, directives: &Directives) -> Answer {
        if !self.takes() {
            return Answer::Broken(LEFT_OUT.to_owned());
        }
        self.answered.set(self.answered.get() + 1);
        self.engine.run(program, directives)
    }
}

/// Runs every `n`-th case of the corpus that gets as far as an engine, and gives how many that were.
fn check(engine: &dyn Engine, every: usize) -> usize {
    let every = match std::env::var_os("RTFS_WHOLE_CORPUS") {
        Some(_) => 1,
        None => every,
    };
    let sample = Sample {
        engine,
        every,
        seen: std::cell::Cell::new(0),
        answered: std::cell::Cell::new(0),
    };
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus");
    let mut failures = Vec::new();
    for file in find_case_files(&corpus).expect("the corpus is in the repository") {
        let report = run_file(&file, &[&sample]).expect("corpus files are case files");
        for case in report.cases {
            assert_eq!(case.engine, engine.name());
            let mismatch = case.mismatch.map(|mismatch| mismatch.to_string());
            if let Some(mismatch) = mismatch.filter(|text| !text.contains(LEFT_OUT)) {
                failures.push(format!("{}:{}: {mismatch}", file.display(), case.line));
            }
        }
    }
    let answered = sample.answered.get();
    assert!(
        failures.is_empty(),
        "{} of {answered} cases failed on {}:\n{}",
        failures.len(),
        engine.name(),
        failures.join("\n")
    );
    answered
}

#[test]
fn the_corpus_passes_on_the_evaluator_as_an_executor() {
    let component = built::component("rtfs-interpreter-executor");
    let executor = engine()
        .compile_executor(&component)
        .expect("it is an executor");
    let engine = ExecutorEngine::new(executor, ("interpreter-executor", "component"));
    assert!(check(&engine, 1) >= 800);
}

/// Its artifacts take a second each to translate.
#[test]
fn the_corpus_passes_on_components_with_the_evaluator_in_them() {
    let backend = Arc::new(backend("rtfs-backend-interpreter"));
    let names = ("interpreter", "evaluator");
    let engine = ComponentEngine::of_backend(engine(), backend, names);
    assert!(check(&engine, 150) >= 6);
}

/// Our compiler as a guest, which fails where the native one gives other bytes.
struct Twins {
    guest: GuestBackend,
}

impl BytecodeBackend for Twins {
    fn target_id(&self) -> &str {
        self.guest.target_id()
    }

    fn version(&self) -> &str {
        self.guest.version()
    }

    fn compile_module(
        &self,
        program: &Program,
        options: &BackendOptions,
    ) -> Result<Vec<u8>, CompileError> {
        let made = self.guest.compile_module(program, options)?;
        match WasmBackend.compile_module(program, options)? == made {
            true => Ok(made),
            false => Err(CompileError::Failed {
                target_id: self.target_id().to_owned(),
                source: "the artifacts differ".into(),
            }),
        }
    }
}

#[test]
fn our_compiler_as_a_guest_gives_the_bytes_of_the_native_one_and_they_pass() {
    let guest = backend("rtfs-backend-wasm-guest");
    let names = ("wasm-guest", "component");
    let engine = ComponentEngine::of_backend(engine(), Arc::new(Twins { guest }), names);
    assert!(check(&engine, 8) >= 100);
}
