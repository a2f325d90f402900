//! The backend that a command was told to use.

use std::sync::Arc;

use rtfs_conformance::ComponentEngine;
use rtfs_delegate::{BytecodeBackend, ExecutionLimits};
use rtfs_host::{CompileWorker, Engine};
use rtfs_runtime::{UnitStore, Units, WasmBackend};

use crate::args::{CompileArgs, Global};
use crate::commands::backend;
use crate::opened;
use crate::problem::Problem;
use crate::worker;

/// A backend, and who translates what it makes.
pub(crate) struct Chosen {
    pub(crate) backend: Arc<dyn BytecodeBackend>,
    /// Only for backends that were added.
    worker: Option<CompileWorker>,
}

impl Chosen {
    /// The one that `args` name. `limits` are for each of an added backend's compilations.
    pub(crate) fn of(
        args: &CompileArgs,
        limits: ExecutionLimits,
        global: &Global,
    ) -> Result<Self, Problem> {
        let added = args
            .backend
            .as_deref()
            .filter(|name| *name != backend::NATIVE);
        let Some(name) = added else {
            return Ok(Self {
                backend: Arc::new(WasmBackend),
                worker: None,
            });
        };
        let added = backend::load(name, &opened::open(global)?, limits)?;
        Ok(Self {
            backend: Arc::new(added),
            worker: Some(worker::worker()?),
        })
    }

    /// Whole programs, compiled by it.
    pub(crate) fn units(&self, engine: Engine, store: Option<UnitStore>) -> Units {
        let units = Units::new(engine, self.backend.clone(), store);
        match &self.worker {
            Some(worker) => units.with_worker(worker.clone()),
            None => units,
        }
    }

    /// Runs cases on what it makes: `component`, or the name of a backend that was added.
    pub(crate) fn cases(self, engine: Engine, args: &CompileArgs) -> ComponentEngine {
        let added = args.backend.as_deref().filter(|_| self.worker.is_some());
        let names = (added.unwrap_or("component"), "component");
        let cases = ComponentEngine::of_backend(engine, self.backend, names);
        let cases = cases.at_level(args.opt_level);
        match self.worker {
            Some(worker) => cases.with_worker(worker),
            None => cases,
        }
    }
}
