//! Stands between code and its host: what is not granted never gets there.

use std::collections::BTreeSet;

use rtfs_eval::{HintChange, Host, HostCall};
use rtfs_value::types::Type;
use rtfs_value::{Error, Value};

use super::grants::CapabilityGrants;

/// A host behind the caller's grants.
pub(crate) struct Gate<'a> {
    host: &'a mut dyn Host,
    grants: &'a CapabilityGrants,
    declared: &'a BTreeSet<String>,
}

impl<'a> Gate<'a> {
    pub(crate) fn new(
        host: &'a mut dyn Host,
        grants: &'a CapabilityGrants,
        declared: &'a BTreeSet<String>,
    ) -> Self {
        Self {
            host,
            grants,
            declared,
        }
    }

    fn check(&self, id: &str) -> Result<(), Error> {
        match self.grants.allows(id, self.declared) {
            true => Ok(()),
            false => {
                let level = self.grants.level().name();
                Err(Error::security_violation("call", id, level))
            }
        }
    }

    pub(crate) fn context(&mut self, name: &str) -> Option<Value> {
        self.host.get_context_value(name)
    }

    pub(crate) fn tell(&mut self, changes: Vec<HintChange>) {
        for change in changes {
            match change {
                HintChange::Set(key, value) => self.host.set_execution_hint(&key, &value),
                HintChange::Clear(key) => self.host.clear_execution_hint(&key),
            }
        }
    }
}

/// Schemas of what is not granted are not asked for, so that the refusal comes first.
impl Host for Gate<'_> {
    fn execute_capability(&mut self, call: &HostCall) -> Result<Value, Error> {
        self.check(&call.capability_id)?;
        self.host.execute_capability(call)
    }

    fn declares(&mut self, name: &str) -> bool {
        self.host.declares(name)
    }

    fn get_capability_input_schema(&self, id: &str) -> Option<Type> {
        self.check(id).ok()?;
        self.host.get_capability_input_schema(id)
    }

    fn get_capability_output_schema(&self, id: &str) -> Option<Type> {
        self.check(id).ok()?;
        self.host.get_capability_output_schema(id)
    }
}
