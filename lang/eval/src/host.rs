//! The host boundary: what a program asks for, and who answers.

use std::collections::BTreeMap;

use rtfs_value::types::Type;
use rtfs_value::{Error, Value};

use crate::security::SecurityContext;

/// A wish the machine cannot fulfil itself. It waits for [`crate::Machine::resume`] or
/// [`crate::Machine::resume_error`].
#[derive(Clone, Debug, PartialEq)]
pub struct HostCall {
    /// Name of the capability, without a colon.
    pub capability_id: String,
    /// Arguments in order. None of them contains a function.
    pub args: Vec<Value>,
    /// What the host may want to know besides.
    pub metadata: CallMetadata,
}

/// Facts about a host call that do not change its meaning.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallMetadata {
    /// 0 for the first host call of the run, then counting up. Together with an identity of the
    /// run it is an idempotency key: a replayed run asks with the same numbers.
    pub index: u64,
    /// Runtime hints in force, by key.
    pub execution_hints: BTreeMap<String, Value>,
}

/// Who answers host calls in a synchronous embedding.
pub trait Host {
    /// Performs a capability.
    ///
    /// # Errors
    /// What the `call` form raises.
    fn execute_capability(&mut self, call: &HostCall) -> Result<Value, Error>;

    /// The type of a capability's arguments: a tuple with one item per argument, or the type of
    /// its only argument. They are checked before the capability is performed.
    fn get_capability_input_schema(&self, _capability_id: &str) -> Option<Type> {
        None
    }

    /// The type of a capability's result, checked before the program sees it.
    fn get_capability_output_schema(&self, _capability_id: &str) -> Option<Type> {
        None
    }

    /// The value of a name nobody defined, or of a resource reference. It is asked once per name
    /// and run.
    fn get_context_value(&mut self, _key: &str) -> Option<Value> {
        None
    }

    /// Whether somebody answers calls of a function that the program only declares. A component
    /// asks this when it reads the name; its calls come as the capability `declared:NAME`, with the
    /// number of calls that may still be pending before the arguments.
    fn declares(&mut self, _name: &str) -> bool {
        false
    }

    /// What the program may ask for at all. Anything else raises `SecurityViolation` before it
    /// leaves the machine.
    fn security_context(&self) -> Option<SecurityContext> {
        None
    }

    /// A run is about to start.
    fn prepare_execution(&mut self) {}

    /// The run has ended.
    fn cleanup_execution(&mut self) {}

    /// A runtime hint is in force from now on.
    fn set_execution_hint(&mut self, _key: &str, _value: &Value) {}

    /// A runtime hint is no longer in force.
    fn clear_execution_hint(&mut self, _key: &str) {}
}

/// The host that can do nothing: every capability is unknown.
#[derive(Clone, Copy, Debug, Default)]
pub struct PureHost;

impl Host for PureHost {
    fn execute_capability(&mut self, call: &HostCall) -> Result<Value, Error> {
        Err(Error::unknown_capability(&call.capability_id))
    }
}

impl<H: Host + ?Sized> Host for &mut H {
    fn execute_capability(&mut self, call: &HostCall) -> Result<Value, Error> {
        (**self).execute_capability(call)
    }

    fn get_capability_input_schema(&self, capability_id: &str) -> Option<Type> {
        (**self).get_capability_input_schema(capability_id)
    }

    fn get_capability_output_schema(&self, capability_id: &str) -> Option<Type> {
        (**self).get_capability_output_schema(capability_id)
    }

    fn get_context_value(&mut self, key: &str) -> Option<Value> {
        (**self).get_context_value(key)
    }

    fn declares(&mut self, name: &str) -> bool {
        (**self).declares(name)
    }

    fn security_context(&self) -> Option<SecurityContext> {
        (**self).security_context()
    }

    fn prepare_execution(&mut self) {
        (**self).prepare_execution();
    }

    fn cleanup_execution(&mut self) {
        (**self).cleanup_execution();
    }

    fn set_execution_hint(&mut self, key: &str, value: &Value) {
        (**self).set_execution_hint(key, value);
    }

    fn clear_execution_hint(&mut self, key: &str) {
        (**self).clear_execution_hint(key);
    }
}
