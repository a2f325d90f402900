//! A host whose calls of models go through the caches.

use rtfs_eval::{Host, HostCall};
use rtfs_value::types::Type;
use rtfs_value::{Error, Value};

use super::caller::ModelCaller;
use super::registry::MODEL_CALL_PREFIX;

/// Answers `model-call:ID` itself and passes everything else on to another host.
pub struct ModelHost<'a, H> {
    models: &'a ModelCaller,
    host: H,
}

impl<'a, H: Host> ModelHost<'a, H> {
    /// Puts models before a host.
    pub fn new(models: &'a ModelCaller, host: H) -> Self {
        Self { models, host }
    }

    /// The host behind the models.
    pub fn into_inner(self) -> H {
        self.host
    }
}

/// Calls of models have no schemas: the caller's annotations check the answer.
fn is_model(id: &str) -> bool {
    id.starts_with(MODEL_CALL_PREFIX)
}

impl<H: Host> Host for ModelHost<'_, H> {
    fn execute_capability(&mut self, call: &HostCall) -> Result<Value, Error> {
        match self.models.answer(&call.capability_id, &call.args) {
            Some(answer) => answer,
            None => self.host.execute_capability(call),
        }
    }

    fn get_capability_input_schema(&self, id: &str) -> Option<Type> {
        match is_model(id) {
            true => None,
            false => self.host.get_capability_input_schema(id),
        }
    }

    fn get_capability_output_schema(&self, id: &str) -> Option<Type> {
        match is_model(id) {
            true => None,
            false => self.host.get_capability_output_schema(id),
        }
    }

    fn get_context_value(&mut self, key: &str) -> Option<Value> {
        self.host.get_context_value(key)
    }

    fn prepare_execution(&mut self) {
        self.host.prepare_execution();
    }

    fn cleanup_execution(&mut self) {
        self.host.cleanup_execution();
    }

    fn set_execution_hint(&mut self, key: &str, value: &Value) {
        self.host.set_execution_hint(key, value);
    }

    fn clear_execution_hint(&mut self, key: &str) {
        self.host.clear_execution_hint(key);
    }
}
