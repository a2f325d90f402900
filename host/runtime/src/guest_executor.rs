//! An executor that is a component, behind the trait that all executors share.
//!
//! It runs artifacts of its own target in an instance per call, under the call's limits; what an
//! artifact asks of its host, it asks for it.

use std::fmt;

use rtfs_delegate::{Bytecode, BytecodeExecutor, Call, ExecuteError, Execution, ExecutionLimits};
use rtfs_host::{CallError, CallOptions, CompileWorker, Engine, Executor, LoadError};

use crate::bridge;
use crate::wasm_executor::{self, conclude, encoded_args};

/// The class of errors that say: these bytes are no artifact of this executor's target.
const INVALID_ARTIFACT: &str = "InvalidArtifact";

/// Why a component is no executor that can be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GuestExecutorError {
    /// The engine does not take it.
    #[error("the executor cannot be loaded")]
    Load(#[from] LoadError),
    /// It does not say what it runs.
    #[error("the executor does not answer what its target is")]
    TargetId(#[from] CallError),
}

/// An executor component, ready to run artifacts of its target.
pub struct GuestExecutor {
    executor: Executor,
    target_id: String,
}

impl fmt::Debug for GuestExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuestExecutor")
            .field("target_id", &self.target_id)
            .finish_non_exhaustive()
    }
}

impl GuestExecutor {
    /// Loads a component, translated in a worker, and asks it what it runs.
    ///
    /// # Errors
    /// When it is no executor, or does not say.
    pub fn load(
        engine: &Engine,
        worker: &CompileWorker,
        component: &[u8],
    ) -> Result<Self, GuestExecutorError> {
        Self::of(engine.compile_executor_apart(worker, component)?)
    }

    /// [`GuestExecutor::load`], for an executor that the engine has loaded.
    ///
    /// # Errors
    /// When it does not say what it runs.
    pub fn of(executor: Executor) -> Result<Self, GuestExecutorError> {
        let options = CallOptions {
            limits: wasm_executor::limits(&ExecutionLimits::default()),
            ..CallOptions::default()
        };
        let target_id = executor.target_id(&options)?;
        Ok(Self {
            executor,
            target_id,
        })
    }
}

impl BytecodeExecutor for GuestExecutor {
    fn target_id(&self) -> &str {
        &self.target_id
    }

    fn execute(&self, code: &Bytecode<'_>, call: Call<'_>) -> Result<Execution, ExecuteError> {
        let args = match encoded_args(call.args)? {
            Ok(args) => args,
            Err(ended) => return Ok(ended),
        };
        let artifact = code.bytes()?;
        let facts = &call.module.record().facts;
        let grants = wasm_executor::grants(call.grants);
        let options = CallOptions {
            limits: wasm_executor::limits(call.limits),
            grants: grants.declared(facts.capabilities.iter().cloned()),
            ..CallOptions::default()
        };
        let run =
            |options: &CallOptions| self.executor.invoke(&artifact, call.export, &args, options);
        let finished = match self.executor.inspection().imports_capability() {
            true => bridge::answering(&options, call.host, run),
            false => run(&options),
        };
        if let Err(CallError::Raised(error)) = &finished.result
            && error.class == INVALID_ARTIFACT
        {
            return Err(ExecuteError::Malformed {
                digest: code.digest(),
                target_id: self.target_id.clone(),
                detail: error.message.clone(),
            });
        }
        conclude(&self.target_id, finished)
    }
}
