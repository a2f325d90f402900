//! The host of both engines: it answers from its arguments alone and keeps what it was asked.

use std::collections::BTreeMap;

use rtfs_eval::{Host, HostCall};
use rtfs_value::error::ErrorKind;
use rtfs_value::{Error, Value, cbor};

/// The context name by which a program of several cases learns which of them to run.
pub(crate) const CASE: &str = "case";

/// A host that keeps what it was asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorder {
    /// Which case the program is to run.
    pub(crate) case: i64,
    /// Host calls in order.
    pub(crate) asked: Vec<String>,
}

impl Recorder {
    /// The host for one case.
    pub(crate) fn new(case: usize) -> Self {
        Recorder {
            case: i64::try_from(case).unwrap_or_default(),
            asked: Vec::new(),
        }
    }

    pub(crate) fn perform(
        &mut self,
        id: &str,
        args: &[Value],
        hints: &BTreeMap<String, String>,
    ) -> Result<Value, Error> {
        let shown: Vec<String> = args.iter().map(rtfs_value::readable).collect();
        let mut asked = format!("{id}({})", shown.join(" "));
        if !hints.is_empty() {
            asked += &format!(" under {hints:?}");
        }
        self.asked.push(asked);
        match (id, args) {
            ("test.echo", [one]) => Ok(one.clone()),
            ("test.many", many) => Ok(Value::list(many.iter().cloned())),
            ("test.raise", [class, text]) => {
                let class = class.as_str().unwrap_or_default();
                let kind = ErrorKind::from_class(class).unwrap_or(ErrorKind::Host);
                Err(Error::new(kind, text.as_str().unwrap_or_default()))
            }
            ("test.fail", _) => Err(Error::new(ErrorKind::NetworkError, "Network error: down")),
            (id, [first, ..]) if id.starts_with("model-call:") => Ok(first.clone()),
            _ => Err(Error::unknown_capability(id)),
        }
    }

    pub(crate) fn context(&self, name: &str) -> Option<Value> {
        match name {
            CASE => Some(Value::int(self.case)),
            "known" => Some(Value::vector([Value::int(42), Value::string("known")])),
            _ => None,
        }
    }
}

impl Host for Recorder {
    fn execute_capability(&mut self, call: &HostCall) -> Result<Value, Error> {
        let hints = call.metadata.execution_hints.iter();
        let hints = hints.map(|(key, value)| (key.clone(), crossed(value)));
        let hints = hints.collect();
        self.perform(&call.capability_id, &call.args, &hints)
    }

    fn get_context_value(&mut self, key: &str) -> Option<Value> {
        self.context(key)
    }
}

/// The readable text of a value on the other side of a boundary.
pub(crate) fn crossed(value: &Value) -> String {
    let other = cbor::encode(value).ok();
    let other = other.and_then(|bytes| cbor::decode(&bytes).ok());
    match other {
        Some(other) => rtfs_value::readable(&other),
        None => "what cannot cross".to_owned(),
    }
}

/// Encoded hints, by key.
pub(crate) fn hints(metadata: &[u8]) -> BTreeMap<String, String> {
    let decoded = cbor::decode(metadata).ok();
    let Some(map) = decoded.as_ref().and_then(Value::as_map) else {
        return BTreeMap::new();
    };
    let entries = map.iter().map(|(key, value)| {
        let name = key.as_keyword().or(key.as_str()).unwrap_or_default();
        (name.to_owned(), rtfs_value::readable(value))
    });
    entries.collect()
}
