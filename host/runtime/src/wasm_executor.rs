//! Runs stored components for calls.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rtfs_delegate::{
    Bytecode, BytecodeExecutor, Call, CapabilityGrants, ExecuteError, Execution, ExecutionLimits,
    Usage, WASM32_COMPONENT,
};
use rtfs_host::{
    AotCache, AotKey, CallError, CallOptions, Engine, Finished, Grants, Limits, Module, RtfsError,
};
use rtfs_store::Digest;
use rtfs_value::error::ErrorKind;
use rtfs_value::{Error, Value, cbor};

use crate::units;

/// Modules kept ready to be called; all are dropped when there would be more.
const MAX_RESIDENT: usize = 256;

/// Runs components on one engine. Modules stay loaded between calls.
pub struct WasmExecutor {
    engine: Engine,
    native: Option<Arc<AotCache>>,
    modules: Mutex<HashMap<Digest, Module>>,
}

impl fmt::Debug for WasmExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WasmExecutor")
            .field("engine", &self.engine)
            .finish_non_exhaustive()
    }
}

impl WasmExecutor {
    /// Runs on `engine`. With a cache, native code is compiled once for all processes.
    pub fn new(engine: Engine, native: Option<Arc<AotCache>>) -> Self {
        Self {
            engine,
            native,
            modules: Mutex::default(),
        }
    }

    /// The module of a component, compiled at most once in this process.
    fn module(&self, code: &Bytecode<'_>, key: AotKey) -> Result<Module, ExecuteError> {
        let digest = code.digest();
        if let Some(module) = self.resident().get(&digest) {
            return Ok(module.clone());
        }
        let module = self.load(code, key)?;
        let mut resident = self.resident();
        if resident.len() >= MAX_RESIDENT {
            resident.clear();
        }
        resident.insert(digest, module.clone());
        Ok(module)
    }

    fn load(&self, code: &Bytecode<'_>, key: AotKey) -> Result<Module, ExecuteError> {
        let Some(cache) = &self.native else {
            let bytes = code.bytes()?;
            return self.engine.compile(&bytes).map_err(not_loaded);
        };
        // A cache that cannot be read is one that does not answer.
        if let Ok(Ok(loaded)) = self.engine.load_cached(cache, &key)
            && loaded.module.digest() == code.digest().as_bytes()
        {
            return Ok(loaded.module);
        }
        let bytes = code.bytes()?;
        let loaded = self.engine.compile_cached(cache, &key, &bytes, &[]);
        loaded.map(|loaded| loaded.module).map_err(not_loaded)
    }

    fn resident(&self) -> std::sync::MutexGuard<'_, HashMap<Digest, Module>> {
        // Entries are inserted whole.
        self.modules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BytecodeExecutor for WasmExecutor {
    fn target_id(&self) -> &str {
        WASM32_COMPONENT
    }

    fn execute(&self, code: &Bytecode<'_>, call: Call<'_>) -> Result<Execution, ExecuteError> {
        let args = match encoded_args(call.args)? {
            Ok(args) => args,
            Err(ended) => return Ok(ended),
        };
        let facts = &call.module.record().facts;
        let module = self.module(code, AotKey(*facts.artifact_key.as_bytes()))?;
        let options = CallOptions {
            limits: limits(call.limits),
            grants: grants(call.grants).declared(facts.capabilities.iter().cloned()),
            ..CallOptions::default()
        };
        let finished = units::invoke(&module, call.export, &args, &options, call.host);
        conclude(WASM32_COMPONENT, finished)
    }
}

/// Arguments as they cross. Those that are too deep or too large to be encoded end the call with the
/// program's own error.
///
/// # Errors
/// When there is a function among them.
pub(crate) fn encoded_args(args: &[Value]) -> Result<Result<Vec<u8>, Execution>, ExecuteError> {
    if let Some(index) = args.iter().position(cbor::contains_function) {
        return Err(ExecuteError::FunctionArgument { index });
    }
    let encoded = cbor::encode_args(args);
    Ok(encoded.map_err(|error| ended(Err(error), Usage::default())))
}

/// The answer of a component that runs what is for a target.
pub(crate) fn conclude(target_id: &str, finished: Finished) -> Result<Execution, ExecuteError> {
    let report = finished.report;
    let usage = Usage {
        fuel: report.fuel,
        peak_memory_bytes: report.peak_memory,
        host_calls: report.host_calls,
        elapsed: report.elapsed,
    };
    let result = match finished.result {
        Ok(bytes) => Ok(cbor::decode(&bytes).map_err(|error| failed(target_id, error))?),
        Err(CallError::Raised(error)) => {
            Err(raised(&error).map_err(|error| failed(target_id, error))?)
        }
        Err(CallError::Limit { which, .. }) => Err(Error::budget(which.name(), "limit")),
        Err(error) => return Err(failed(target_id, error)),
    };
    let leaks = match &result {
        Ok(value) => cbor::contains_function(value),
        Err(error) => cbor::contains_function(&error.data()),
    };
    if leaks {
        return Err(ExecuteError::FunctionResult { usage });
    }
    Ok(ended(result, usage))
}

fn ended(result: Result<Value, Error>, usage: Usage) -> Execution {
    Execution { result, usage }
}

/// The error as the evaluator has it. Kinds are open: an unknown class is a host's.
pub(crate) fn raised(error: &RtfsError) -> Result<Error, cbor::DecodeError> {
    let data = cbor::decode(&error.data)?;
    let kind = ErrorKind::from_class(&error.class).unwrap_or(ErrorKind::Host);
    let mut made = Error::with_data(kind, &error.message, data, Some(&error.kind));
    if let Some(node) = error.node {
        made.set_node_if_unset(node);
    }
    error.stack.iter().for_each(|name| made.push_frame(name));
    Ok(made)
}

fn not_loaded(error: impl std::error::Error + Send + Sync + 'static) -> ExecuteError {
    failed(WASM32_COMPONENT, error)
}

fn failed(target_id: &str, error: impl std::error::Error + Send + Sync + 'static) -> ExecuteError {
    ExecuteError::Failed {
        target_id: target_id.to_owned(),
        source: Box::new(error),
    }
}

/// The same limits in the engine's words.
pub(crate) fn limits(limits: &ExecutionLimits) -> Limits {
    Limits {
        fuel: limits.fuel,
        deadline: limits.deadline,
        memory_bytes: limits.memory_bytes,
        depth: limits.depth,
        depth_used: limits.depth_used,
        host_calls: limits.host_calls,
        result_bytes: limits.result_bytes,
        ..Limits::default()
    }
}

/// The same grants in the engine's words.
pub(crate) fn grants(grants: &CapabilityGrants) -> Grants {
    let mut made = match grants.ids() {
        None => Grants::all_capabilities(),
        Some(ids) => ids
            .iter()
            .fold(Grants::none(), |made, id| made.with_capability(id)),
    };
    if grants.is_dynamic() {
        made = made.with_dynamic();
    }
    made
}
