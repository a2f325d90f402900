//! What host calls may do from the command line.
//!
//! Without a grant the host is pure: every call is answered with `UnknownCapability`. With grants,
//! calls outside them are a `SecurityViolation`. Both engines ask this one place.

use rtfs_delegate::CapabilityGrants;
use rtfs_eval::{Host, HostCall};
use rtfs_value::Value;
use rtfs_value::error::Error;

use crate::grants::Grant;

/// The capabilities of one run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Capabilities {
    granted: Vec<String>,
}

impl Capabilities {
    pub(crate) fn new(grants: &[Grant]) -> Self {
        let granted = grants
            .iter()
            .map(|Grant::Capability(id)| id.clone())
            .collect();
        Self { granted }
    }

    /// The same for components, which are stopped at their own border too. The pure host refuses
    /// everything in its own words.
    pub(crate) fn grants(&self) -> CapabilityGrants {
        if self.granted.is_empty() {
            return CapabilityGrants::all();
        }
        let none = CapabilityGrants::none().with_dynamic();
        let ids = self.granted.iter();
        ids.fold(none, |grants, id| grants.with_capability(id.clone()))
    }

    /// Performs a call, or says why not.
    fn perform(&self, id: &str, args: &[Value]) -> Result<Value, Error> {
        if self.granted.is_empty() {
            return Err(Error::unknown_capability(id));
        }
        if !self.granted.iter().any(|granted| granted == id) {
            return Err(Error::security_violation("call", id, "Controlled"));
        }
        match id {
            "ccos.echo" => Ok(match args {
                [one] => one.clone(),
                many => Value::list(many.iter().cloned()),
            }),
            "ccos.io.println" => {
                let line: String = args.iter().map(rtfs_value::plain).collect();
                crate::output::complain(&line);
                Ok(Value::NIL)
            }
            _ => Err(Error::unknown_capability(id)),
        }
    }
}

impl Host for Capabilities {
    fn execute_capability(&mut self, call: &HostCall) -> Result<Value, Error> {
        self.perform(&call.capability_id, &call.args)
    }
}
