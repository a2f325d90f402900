//! A component whose imports are satisfied, before anybody asks what it exports.

use crate::call::{self, Ended, Task};
use crate::engine::EngineInner;
use crate::error::CallError;
use crate::inspect::Inspection;
use crate::module::CallOptions;
use crate::state::CallState;
use std::sync::Arc;
use wasmtime::component::InstancePre;

/// What every component has, whatever its role.
pub(crate) struct Linked {
    pub(crate) engine: Arc<EngineInner>,
    pub(crate) instance_pre: InstancePre<CallState>,
    pub(crate) inspection: Inspection,
    /// SHA-256 of the component.
    pub(crate) digest: [u8; 32],
}

impl Linked {
    pub(crate) fn imports_wasi(&self) -> bool {
        self.inspection.imports_wasi()
    }

    /// Runs one call on the current thread.
    pub(crate) fn run<T>(&self, task: T, options: &CallOptions) -> Ended<T::Answer>
    where
        T: Task + Send,
        T::Answer: Send,
    {
        let call = call::run(self, task, options);
        match self.engine.runtimes.block_on(call) {
            Ok(ended) => ended,
            Err(error) => Ended::early(CallError::Runtime(error)),
        }
    }
}
