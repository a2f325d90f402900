//! Joins backend, cache and executors: what a runtime holds to publish and to run stored modules.

use std::collections::BTreeMap;
use std::sync::Arc;

use rtfs_eval::Host;
use rtfs_ir::Program;
use rtfs_store::{BackendRef, Digest, Retention, SourceRef, Validation};
use rtfs_value::Value;
use rtfs_value::types::Level;

use super::backend::{BackendOptions, BytecodeBackend, CompileError};
use super::bytecode::Bytecode;
use super::call::{BytecodeExecutor, Call, ExecuteError, Execution, ExecutionLimits};
use super::grants::CapabilityGrants;
use super::{RTFS_IR, RTFS_SOURCE};
use crate::embedding::Embedding;
use crate::l4::{L4CacheClient, L4Error, L4Hit, MissReason, ModulePublication, RtfsModuleMetadata};

/// Holds the parts that compile, keep and run modules. Each is optional: without a cache or a
/// backend nothing is published, without an executor nothing stored runs, and programs are
/// evaluated as ever.
#[derive(Default)]
pub struct ModuleRegistry {
    l4: Option<Arc<L4CacheClient>>,
    backend: Option<Arc<dyn BytecodeBackend>>,
    executors: BTreeMap<String, Arc<dyn BytecodeExecutor>>,
}

/// A program to be published.
#[derive(Debug, Clone)]
pub struct ModuleSource<'a> {
    /// The program.
    pub program: &'a Program,
    /// Its text.
    pub source: Option<&'a str>,
    /// How it is compiled.
    pub options: BackendOptions,
    /// Whether its cases passed.
    pub validation: Validation,
    /// How long it stays.
    pub retention: Retention,
    /// What it does, in the author's words.
    pub description: Option<String>,
    /// What it is about, as a vector.
    pub embedding: Option<Embedding>,
    /// A name that from now on stands for it.
    pub name: Option<&'a str>,
}

impl<'a> ModuleSource<'a> {
    /// A program that nobody has tried, kept as long as space allows.
    pub fn cached(program: &'a Program, source: Option<&'a str>, options: BackendOptions) -> Self {
        Self {
            program,
            source,
            options,
            validation: Validation::Pending,
            retention: Retention::Cache,
            description: None,
            embedding: None,
            name: None,
        }
    }
}

/// What became of a program that was to be in the store.
#[derive(Debug, Clone, PartialEq)]
pub enum Stored {
    /// It was there.
    Found(Arc<RtfsModuleMetadata>),
    /// It was compiled and published.
    Published(Arc<RtfsModuleMetadata>),
    /// There is no cache or no backend.
    Skipped,
}

/// Why a program is not in the store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreModuleError {
    /// It was not compiled.
    #[error("cannot compile the program")]
    Compile(#[from] CompileError),
    /// It was not published.
    #[error("cannot publish the program")]
    L4(#[from] L4Error),
}

/// Why a stored function did not answer a call. The evaluator runs the body instead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunStoredError {
    /// There is no cache to take it from.
    #[error("there is no store")]
    NoCache,
    /// The module's record cannot be used any more.
    #[error("cannot use the record of the module")]
    Module(#[from] L4Error),
    /// The record names no such export.
    #[error("the record names no export {export}")]
    NoExport {
        /// The number.
        export: u32,
    },
    /// Nothing registered runs any form of the module.
    #[error("no executor for any of {available:?}")]
    NoExecutor {
        /// Target ids of the forms the module has.
        available: Vec<String>,
    },
    /// Its code is missing, altered or unreadable.
    #[error("the code is not usable: {}", .reason.name())]
    Miss {
        /// In what way.
        reason: MissReason,
    },
    /// The executor could not run it, or its answer cannot be used.
    #[error("the executor did not answer")]
    Execute(#[source] ExecuteError),
}

/// The caller's side of a call of a stored function.
pub struct StoredCall<'a> {
    /// The arguments, in order.
    pub args: &'a [Value],
    /// How much of annotations is checked, where the executor compiles only now.
    pub validation: Level,
    /// What the call may use.
    pub limits: &'a ExecutionLimits,
    /// What it may ask its host.
    pub grants: &'a CapabilityGrants,
    /// Who answers.
    pub host: &'a mut dyn Host,
}

impl ModuleRegistry {
    /// A registry with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Finds and keeps modules in a store.
    #[must_use]
    pub fn with_l4_cache(mut self, l4: Arc<L4CacheClient>) -> Self {
        self.l4 = Some(l4);
        self
    }

    /// Compiles with a backend.
    #[must_use]
    pub fn with_bytecode_backend(mut self, backend: Arc<dyn BytecodeBackend>) -> Self {
        self.backend = Some(backend);
        self
    }

    /// Runs bytecode of the executor's target with it. A later executor replaces an earlier one of
    /// the same target.
    #[must_use]
    pub fn with_executor(mut self, executor: Arc<dyn BytecodeExecutor>) -> Self {
        let target_id = executor.target_id().to_owned();
        self.executors.insert(target_id, executor);
        self
    }

    /// The cache, if there is one.
    pub fn l4_cache(&self) -> Option<&Arc<L4CacheClient>> {
        self.l4.as_ref()
    }

    /// The backend, if there is one.
    pub fn bytecode_backend(&self) -> Option<&Arc<dyn BytecodeBackend>> {
        self.backend.as_ref()
    }

    /// The executor of a target.
    pub fn executor(&self, target_id: &str) -> Option<&Arc<dyn BytecodeExecutor>> {
        self.executors.get(target_id)
    }

    /// The target of the executor that runs what a record names, if there is one.
    pub fn target_of(&self, record: &Digest) -> Option<String> {
        let module = self.l4.as_ref()?.module(record).ok()?;
        let (executor, _) = self.choose(&module).ok()?;
        Some(executor.target_id().to_owned())
    }

    /// Makes sure that a program is in the store: found by its key, or compiled and published.
    ///
    /// # Errors
    /// When it is neither there nor can be compiled and published.
    pub fn store_module(&self, module: &ModuleSource<'_>) -> Result<Stored, StoreModuleError> {
        let (Some(l4), Some(backend)) = (&self.l4, &self.backend) else {
            return Ok(Stored::Skipped);
        };
        let key = backend.artifact_key(module.program, &module.options);
        // A name, a description or passed cases are said anew; only cache records are reused.
        if module.retention == Retention::Cache
            && let Ok(found) = l4.find_unit(key)
        {
            return Ok(Stored::Found(found));
        }
        let bytecode = backend.compile_module(module.program, &module.options)?;
        let published = l4.publish_module(&ModulePublication {
            program: module.program,
            source: module.source,
            bytecode: &bytecode,
            backend: BackendRef {
                id: backend.target_id().to_owned(),
                version: backend.version().to_owned(),
            },
            artifact_key: key,
            level: module.options.validation,
            validation: module.validation,
            retention: module.retention,
            description: module.description.clone(),
            embedding: module.embedding.clone(),
            name: module.name,
            claimed_at: None,
        })?;
        Ok(Stored::Published(published))
    }

    /// Calls a stored function that a decision named: with the executor of the target it was
    /// compiled for, else on its intermediate form, else on its source.
    ///
    /// # Errors
    /// When no form of it can be fetched and run, or its answer cannot be used.
    pub fn run_stored(
        &self,
        hit: &L4Hit,
        call: StoredCall<'_>,
    ) -> Result<Execution, RunStoredError> {
        let l4 = self.l4.as_ref().ok_or(RunStoredError::NoCache)?;
        let module = l4.module(&hit.signature.record)?;
        let number = hit.pointer.export;
        let Some(export) = module.export(number) else {
            return Err(RunStoredError::NoExport { export: number });
        };
        let (executor, form) = self.choose(&module)?;
        let store = l4.store();
        let load = || match form {
            Form::Main => Ok(store.get_blob(&module.storage_pointer())?),
            Form::Ir(digest) => Ok(store.get_blob(&digest)?),
            Form::Source(source) => Ok(store.source(&source)?),
        };
        let digest = match form {
            Form::Main => module.storage_pointer(),
            Form::Ir(digest) => digest,
            Form::Source(source) => source.plain,
        };
        let ran = executor.execute(
            &Bytecode::new(digest, &load),
            Call {
                export: number,
                name: &export.name,
                module: &module,
                args: call.args,
                validation: call.validation,
                limits: call.limits,
                grants: call.grants,
                host: call.host,
            },
        );
        ran.map_err(|error| match error {
            ExecuteError::Bytecode(error) => RunStoredError::Miss {
                reason: l4.reject(&export.name, hit, &error),
            },
            error => {
                // Signed bytes that are not what they are signed as: an accident of the publisher,
                // or worse.
                if let ExecuteError::Malformed { digest, .. }
                | ExecuteError::NoExport { digest, .. } = &error
                {
                    l4.reject_content(&export.name, hit, *digest, error.to_string());
                }
                RunStoredError::Execute(error)
            }
        })
    }

    fn choose(
        &self,
        module: &RtfsModuleMetadata,
    ) -> Result<(&dyn BytecodeExecutor, Form), RunStoredError> {
        let record = module.record();
        let main = Some((module.target_id(), Form::Main));
        let ir = record.ir.map(|blob| (RTFS_IR, Form::Ir(blob.digest)));
        let source = record
            .source
            .map(|source| (RTFS_SOURCE, Form::Source(source)));
        let mut available = Vec::new();
        for (target, form) in [main, ir, source].into_iter().flatten() {
            if let Some(executor) = self.executors.get(target) {
                return Ok((&**executor, form));
            }
            available.push(target.to_owned());
        }
        Err(RunStoredError::NoExecutor { available })
    }
}

/// A form in which a module is stored.
#[derive(Debug, Clone, Copy)]
enum Form {
    Main,
    Ir(Digest),
    Source(SourceRef),
}
