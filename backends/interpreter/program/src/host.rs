//! What a program asks of its host goes through the SDK.

use rtfs_eval::{Host, HostCall};
use rtfs_value::{Error, Map, Value};

/// The component's host.
pub(crate) struct ComponentHost;

impl Host for ComponentHost {
    fn execute_capability(&mut self, call: &HostCall) -> Result<Value, Error> {
        let id = &call.capability_id;
        let hints = &call.metadata.execution_hints;
        let answer = if hints.is_empty() {
            rtfs_guest::call_capability(id, &call.args)
        } else {
            let mut map = Map::with_capacity(hints.len());
            for (key, value) in hints {
                map.assoc(Value::keyword(key), value.clone())?;
            }
            rtfs_guest::call_capability_with(id, &call.args, map)
        };
        answer.map_err(Error::from)
    }

    fn get_context_value(&mut self, key: &str) -> Option<Value> {
        // A host that answers with something else than a value knows none.
        rtfs_guest::context(key).ok().flatten()
    }
}
