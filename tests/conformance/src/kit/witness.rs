//! The host that language vectors run with: it grants little, answers by rule, and notes what it is
//! asked.

use std::sync::{Arc, Mutex, PoisonError};

use rtfs_eval::{HostCall, SecurityContext};
use rtfs_host::{CallOptions, CapabilityHost, Grants, HostError, HostFuture, HostRequest};
use rtfs_value::error::Error;
use rtfs_value::{Value, cbor};

use crate::host::TestHost;

/// What programs may call. `test.count` answers how many calls there were before; the others are
/// those of [`TestHost`].
const GRANTED: &[&str] = &[
    "test.count",
    "test.echo",
    "test.fail",
    "test.raise",
    "test.unknown",
];

/// The only context value.
const CONTEXT: &str = "test-region";

/// A host, and what it was asked so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Witness {
    asked: Arc<Mutex<Vec<String>>>,
}

impl Witness {
    /// What was asked, in order: a capability with its arguments and the hints in force, or the name
    /// of a context value.
    pub(super) fn asked(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.clone()
    }

    /// The same options, with this host and what it grants.
    pub(super) fn answering(&self, options: &CallOptions) -> CallOptions {
        let none = Grants::none();
        let granted = GRANTED
            .iter()
            .fold(none, |all, id| all.with_capability(*id));
        self.answering_under(granted, options)
    }

    /// The same options, with this host under other grants.
    pub(super) fn answering_under(&self, grants: Grants, options: &CallOptions) -> CallOptions {
        CallOptions {
            grants,
            host: Some(Arc::new(self.clone())),
            ..options.clone()
        }
    }

    fn note(&self, what: String) -> usize {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.push(what);
        asked.len() - 1
    }

    fn perform(&self, id: &str, args: &[Value], hints: &[String]) -> Result<Value, Error> {
        let shown: Vec<String> = args.iter().map(rtfs_value::readable).collect();
        let mut what = format!("({id}{})", joined(&shown));
        if !hints.is_empty() {
            what = format!("^{{{}}} {what}", hints.join(" "));
        }
        let before = self.note(what);
        match id {
            "test.count" => Ok(Value::int(i64::try_from(before).unwrap_or(i64::MAX))),
            id => TestHost.perform(id, args),
        }
    }

    fn look_up(&self, name: &str) -> Option<Value> {
        self.note(name.to_owned());
        (name == CONTEXT).then(|| Value::keyword("north"))
    }
}

fn joined(words: &[String]) -> String {
    words.iter().map(|word| format!(" {word}")).collect()
}

/// Their order is nobody's promise.
fn hints<'h>(entries: impl Iterator<Item = (String, &'h Value)>) -> Vec<String> {
    let mut all: Vec<String> = entries
        .map(|(key, value)| format!(":{key} {}", rtfs_value::readable(value)))
        .collect();
    all.sort();
    all
}

impl rtfs_eval::Host for &Witness {
    fn execute_capability(&mut self, call: &HostCall) -> Result<Value, Error> {
        let in_force = call.metadata.execution_hints.iter();
        let in_force = hints(in_force.map(|(key, value)| (key.clone(), value)));
        self.perform(&call.capability_id, &call.args, &in_force)
    }

    fn get_context_value(&mut self, key: &str) -> Option<Value> {
        self.look_up(key)
    }

    fn security_context(&self) -> Option<SecurityContext> {
        Some(SecurityContext::controlled(GRANTED.iter().copied()))
    }
}

impl Witness {
    fn answer(&self, request: HostRequest<'_>) -> Result<Vec<u8>, Error> {
        let malformed = |what: &str| {
            // Neither is anything the evaluator asks, so the capability's check finds it.
            self.note(format!("({} with undecodable {what})", request.id));
            Error::invalid_argument(what)
        };
        let args = cbor::decode_args(request.args).map_err(|_| malformed("arguments"))?;
        let told = cbor::decode(request.metadata).map_err(|_| malformed("metadata"))?;
        let in_force: Vec<String> = match told.as_map() {
            Some(map) => hints(map.iter().map(|(key, value)| {
                let name = rtfs_value::plain(key);
                (name.trim_start_matches(':').to_owned(), value)
            })),
            None if told == Value::NIL => Vec::new(),
            None => return Err(malformed("metadata")),
        };
        let answer = self.perform(request.id, &args, &in_force)?;
        cbor::encode(&answer)
    }
}

impl CapabilityHost for Witness {
    fn call<'a>(&'a self, request: HostRequest<'a>) -> HostFuture<'a, Result<Vec<u8>, HostError>> {
        let answer = self.answer(request).map_err(|error| {
            HostError::new(error.class_name(), error.kind_keyword(), error.text())
        });
        Box::pin(std::future::ready(answer))
    }

    fn context(&self, name: &str) -> Option<Vec<u8>> {
        self.look_up(name)
            .and_then(|value| cbor::encode(&value).ok())
    }

    fn declares(&self, name: &str) -> bool {
        self.note(format!("declared:{name}"));
        false
    }
}
