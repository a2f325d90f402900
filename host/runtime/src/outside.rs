//! The evaluator's host, lent to stored code.

use std::collections::BTreeMap;

use rtfs_eval::{CallMetadata, Host, HostCall, Machine};
use rtfs_value::types::Type;
use rtfs_value::{Error, Value};

/// The host as a component sees it: its questions look as if the evaluator had asked them.
pub(crate) struct Outside<H> {
    pub(crate) host: H,
    first_index: u64,
    hints: BTreeMap<String, Value>,
    known: BTreeMap<String, Option<Value>>,
    /// What the context said meanwhile, for the machine.
    pub(crate) learned: Vec<(String, Option<Value>)>,
    /// How many host calls there were.
    pub(crate) calls: u64,
}

impl<H: Host> Outside<H> {
    pub(crate) fn new(machine: &Machine, host: H) -> Self {
        Self {
            host,
            first_index: machine.host_calls(),
            hints: machine.hints_in_force(),
            known: machine.known_context().clone(),
            learned: Vec::new(),
            calls: 0,
        }
    }

    /// As a caller sees it that has made so many host calls, under these hints.
    pub(crate) fn after(first_index: u64, hints: BTreeMap<String, Value>, host: H) -> Self {
        Self {
            host,
            first_index,
            hints,
            known: BTreeMap::new(),
            learned: Vec::new(),
            calls: 0,
        }
    }
}

impl<H: Host> Host for Outside<H> {
    fn execute_capability(&mut self, call: &HostCall) -> Result<Value, Error> {
        self.calls += 1;
        let mut hints = self.hints.clone();
        hints.extend(call.metadata.execution_hints.clone());
        self.host.execute_capability(&HostCall {
            capability_id: call.capability_id.clone(),
            args: call.args.clone(),
            metadata: CallMetadata {
                index: self.first_index + call.metadata.index,
                execution_hints: hints,
            },
        })
    }

    fn get_capability_input_schema(&self, capability_id: &str) -> Option<Type> {
        self.host.get_capability_input_schema(capability_id)
    }

    fn get_capability_output_schema(&self, capability_id: &str) -> Option<Type> {
        self.host.get_capability_output_schema(capability_id)
    }

    fn get_context_value(&mut self, key: &str) -> Option<Value> {
        let learned = self.learned.iter().find(|(name, _)| name == key);
        if let Some(known) = self.known.get(key).or(learned.map(|(_, value)| value)) {
            return known.clone();
        }
        let value = self.host.get_context_value(key);
        self.learned.push((key.to_owned(), value.clone()));
        value
    }
}
