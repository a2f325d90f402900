//! The corpus on guests: our own compiler as a component, and the evaluator as one.
//!
//! Every case runs on the executor, and our compiler compiles every case in the sandbox. To translate
//! what is made to native code takes a third of a second where it has the evaluator in it, and up to a tenth
//! where our compiler made it; of these a part of the cases is run, and all of them with
//! `RTFS_WHOLE_CORPUS=1`.

#[path = "../../../host/engine/tests/guests/built.rs"]
mod built;
#[path = "support/sample.rs"]
mod sample;

use std::cell::Cell;
use std::sync::{Arc, OnceLock};

use rtfs_conformance::{AnsweredBy, ComponentEngine, ExecutorEngine};
use rtfs_delegate::{BackendOptions, BytecodeBackend, CompileError, ExecutionLimits};
use rtfs_ir::Program;
use rtfs_runtime::{GuestBackend, WasmBackend};
use rtfs_syntax::case_file::Directives;
use sample::{check, check_after};
use sha2::{Digest, Sha256};

fn engine() -> rtfs_host::Engine {
    static ENGINE: OnceLock<rtfs_host::Engine> = OnceLock::new();
    let make = || {
        rtfs_host::Engine::new(rtfs_host::EngineConfig {
            translation: rtfs_host::Translation::Fast,
            ..rtfs_host::EngineConfig::default()
        })
        .expect("this platform is supported")
    };
    ENGINE.get_or_init(make).clone()
}

/// A backend, and who has to answer where it compiles: a component that it made.
fn backend(package: &str) -> (GuestBackend, AnsweredBy) {
    let component = built::component(package);
    let compiler = engine()
        .compile_compiler(&component)
        .expect("it is a compiler");
    let backend = GuestBackend::of(compiler, ExecutionLimits::default());
    let backend = backend.expect("it says what it is");
    let name = package.trim_start_matches("rtfs-backend-");
    assert_eq!(backend.name(), name);
    let digest: [u8; 32] = Sha256::digest(&component).into();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let by = format!("{name} {} sha256:{hex}", backend.own_version());
    (backend, AnsweredBy::Component(by))
}

#[test]
fn the_corpus_passes_on_the_evaluator_as_an_executor() {
    let component = built::component("rtfs-interpreter-executor");
    let executor = engine()
        .compile_executor(&component)
        .expect("it is an executor");
    let engine = ExecutorEngine::new(executor, ("interpreter-executor", "component"));
    let by = AnsweredBy::Executor(Sha256::digest(&component).into());
    assert!(check(&engine, &by, 1) >= 3000);
}

#[test]
fn some_cases_pass_on_components_with_the_evaluator_in_them() {
    let (backend, by) = backend("rtfs-backend-interpreter");
    let names = ("interpreter", "evaluator");
    let engine = ComponentEngine::of_backend(engine(), Arc::new(backend), names);
    assert!(check(&engine, &by, 100) >= 25);
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

/// Equal bytes answer alike, so that a part of the cases is enough to run.
#[test]
fn our_compiler_as_a_guest_gives_the_bytes_of_the_native_one() {
    let (guest, by) = backend("rtfs-backend-wasm-guest");
    let names = ("wasm-guest", "component");
    let engine = ComponentEngine::of_backend(engine(), Arc::new(Twins { guest }), names);
    let compiled = Cell::new(0);
    let compile = |program: &Program, directives: &Directives| {
        compiled.set(compiled.get() + 1);
        engine.artifact(program, directives).map(|_| ())
    };
    assert!(check_after(&compile, &engine, &by, 32) >= 25);
    assert!(compiled.get() >= 3000, "{}", compiled.get());
}
