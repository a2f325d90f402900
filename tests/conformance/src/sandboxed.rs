//! The engines that run programs in the sandbox: components that a backend made, and executors.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rtfs_delegate::{BackendOptions, BytecodeBackend, CompileError};
use rtfs_host::{CallError, CallOptions, CompileWorker, Executor, Finished, Grants, Limits};
use rtfs_ir::Program;
use rtfs_runtime::{Silent, Unit, Units, WasmBackend, chain};
use rtfs_syntax::case_file::Directives;
use rtfs_value::cbor;
use sha2::{Digest, Sha256};

use crate::engine::{Answer, Answered, AnsweredBy, Engine, level, raised};
use crate::host::{self, TestHost};

/// Compiles each program to a component and runs it in the sandbox. Nothing is cached.
pub struct ComponentEngine {
    units: Units,
    backend: Arc<Noting>,
    opt_level: u8,
    name: String,
    stands_for: &'static str,
}

impl fmt::Debug for ComponentEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ComponentEngine")
            .field("name", &self.name)
            .field("backend", &self.backend.version())
            .finish_non_exhaustive()
    }
}

impl ComponentEngine {
    /// `component`: the backend that is built in, as hard as `options` say. What annotations check is
    /// what a file's directives say.
    pub fn new(engine: rtfs_host::Engine, options: rtfs_backend_wasm::Options) -> Self {
        let backend = Arc::new(WasmBackend);
        Self::of_backend(engine, backend, ("component", "component")).at_level(options.opt_level)
    }

    /// Another backend, under a name of its own. It can do what the engine can that it stands for.
    pub fn of_backend(
        engine: rtfs_host::Engine,
        backend: Arc<dyn BytecodeBackend>,
        (name, stands_for): (&str, &'static str),
    ) -> Self {
        let made = Mutex::new(None);
        let backend = Arc::new(Noting { backend, made });
        Self {
            units: Units::new(engine, backend.clone(), None),
            backend,
            opt_level: BackendOptions::default().opt_level,
            name: name.to_owned(),
            stands_for,
        }
    }

    /// For a backend that is not part of this host: what it makes becomes native code in a worker, and
    /// must describe the program that it was made of.
    #[must_use]
    pub fn with_worker(self, worker: CompileWorker) -> Self {
        Self {
            units: self.units.with_worker(worker),
            ..self
        }
    }

    /// How hard the backend optimises, 0 to 2.
    #[must_use]
    pub fn at_level(self, opt_level: u8) -> Self {
        Self { opt_level, ..self }
    }

    /// What the backend makes of a program, for this engine to run.
    ///
    /// # Errors
    ///
    /// [`Answer::Broken`] when it makes nothing of it.
    pub fn artifact(&self, program: &Program, directives: &Directives) -> Result<Vec<u8>, Answer> {
        let settings = self.settings(directives);
        let artifact = self.backend.compile_module(program, &settings);
        artifact.map_err(|error| Answer::Broken(chain(&error)))
    }

    fn settings(&self, directives: &Directives) -> BackendOptions {
        BackendOptions {
            opt_level: self.opt_level,
            validation: level(directives),
        }
    }

    fn call(&self, program: &Program, directives: &Directives) -> Result<Finished, Answer> {
        self.backend.forget();
        let unit = Unit {
            program,
            source: None,
            options: &self.settings(directives),
        };
        let module = self.units.load(&unit, &Silent);
        let module = module.map_err(|error| Answer::Broken(chain(&error)))?;
        Ok(module.invoke_full(0, &no_arguments()?, &options(directives)?))
    }
}

impl Engine for ComponentEngine {
    fn name(&self) -> &str {
        &self.name
    }

    fn stands_for(&self) -> &str {
        self.stands_for
    }

    fn answerer(&self) -> AnsweredBy {
        AnsweredBy::Component(self.backend.version().to_owned())
    }

    fn run(&self, program: &Program, directives: &Directives) -> Answered {
        let called = self.call(program, directives);
        answered(called, |ran| match self.backend.made() == Some(ran) {
            true => self.answerer(),
            false => AnsweredBy::Unknown,
        })
    }
}

/// A backend, and which component it made last.
struct Noting {
    backend: Arc<dyn BytecodeBackend>,
    made: Mutex<Option<[u8; 32]>>,
}

impl Noting {
    fn made(&self) -> Option<[u8; 32]> {
        *self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, made: Option<[u8; 32]>) {
        *self.made.lock().unwrap_or_else(PoisonError::into_inner) = made;
    }

    fn forget(&self) {
        self.note(None);
    }
}

impl BytecodeBackend for Noting {
    fn target_id(&self) -> &str {
        self.backend.target_id()
    }

    fn version(&self) -> &str {
        self.backend.version()
    }

    fn compile_module(
        &self,
        program: &Program,
        options: &BackendOptions,
    ) -> Result<Vec<u8>, CompileError> {
        let component = self.backend.compile_module(program, options)?;
        self.note(Some(Sha256::digest(&component).into()));
        Ok(component)
    }
}

/// Hands each program, in its encoding, to an executor that is a component.
#[derive(Debug)]
pub struct ExecutorEngine {
    executor: Executor,
    name: &'static str,
    stands_for: &'static str,
}

impl ExecutorEngine {
    /// An executor of the target `rtfs-ir`, under a name of its own. It can do what the engine can
    /// that it stands for.
    pub fn new(executor: Executor, (name, stands_for): (&'static str, &'static str)) -> Self {
        Self {
            executor,
            name,
            stands_for,
        }
    }
}

impl Engine for ExecutorEngine {
    fn name(&self) -> &str {
        self.name
    }

    fn stands_for(&self) -> &str {
        self.stands_for
    }

    /// How thoroughly annotations are checked is said when a program is compiled; the encoding of a
    /// program does not say it, so executors check them at the standard level.
    fn can(&self, directives: &Directives) -> bool {
        level(directives) != rtfs_value::types::Level::Basic
    }

    fn answerer(&self) -> AnsweredBy {
        AnsweredBy::Executor(*self.executor.digest())
    }

    fn run(&self, program: &Program, directives: &Directives) -> Answered {
        let called = options(directives).and_then(|options| {
            let args = no_arguments()?;
            let artifact = program.encode();
            Ok(self.executor.invoke(&artifact, 0, &args, &options))
        });
        answered(called, AnsweredBy::Executor)
    }
}

/// What a call gave, and what the component is whose instance answered.
fn answered(called: Result<Finished, Answer>, by: impl FnOnce([u8; 32]) -> AnsweredBy) -> Answered {
    match called {
        Ok(finished) => {
            let ran = finished.report.component;
            Answered {
                by: ran.map_or(AnsweredBy::Unknown, by),
                answer: answer(finished),
            }
        }
        Err(answer) => Answered {
            answer,
            by: AnsweredBy::Unknown,
        },
    }
}

fn no_arguments() -> Result<Vec<u8>, Answer> {
    cbor::encode_args(&[]).map_err(|error| raised(&error))
}

/// Limits and host of a file's directives.
fn options(directives: &Directives) -> Result<CallOptions, Answer> {
    let mut limits = Limits::default();
    if let Some(depth) = directives.max_depth {
        limits.depth = depth;
    }
    if let Some(fuel) = directives.fuel {
        limits.fuel = fuel;
    }
    let mut options = CallOptions {
        limits,
        ..CallOptions::default()
    };
    let named: Option<TestHost> = host::named(directives).map_err(Answer::Broken)?;
    if let Some(host) = named {
        options.grants = Grants::all_capabilities();
        options.host = Some(host.answering());
    }
    Ok(options)
}

fn answer(finished: Finished) -> Answer {
    match finished.result {
        Ok(bytes) => match cbor::decode(&bytes) {
            Ok(value) => Answer::Value(rtfs_value::readable(&value)),
            Err(error) => Answer::Broken(error.to_string()),
        },
        Err(CallError::Raised(error)) => Answer::Raised {
            class: error.class,
            text: error.message,
        },
        // The evaluator names its limits by the error kind; so do cases.
        Err(error @ CallError::Limit { .. }) => Answer::Raised {
            class: "BudgetExhausted".to_owned(),
            text: error.to_string(),
        },
        Err(error) => Answer::Broken(chain(&error)),
    }
}
