//! The host that cases may ask for with the directive `host: test`.

use rtfs_host::{CapabilityHost, HostError, HostRequest, host_fn};
use rtfs_syntax::case_file::Directives;
use rtfs_value::error::{Error, ErrorKind};
use rtfs_value::{Value, cbor};
use std::sync::Arc;

/// Answers a few capabilities the same way on every engine.
///
/// | Capability | Answer |
/// |---|---|
/// | `test.echo` | its one argument; a list of them when there are several |
/// | `test.fail` | raises `NetworkError` with its argument's plain text |
/// | `test.raise` | raises the kind of errors that its first argument names, with its second as text |
/// | others | `UnknownCapability` |
#[derive(Clone, Copy, Debug)]
pub(crate) struct TestHost;

/// The host of a file's directives; `None` is the pure host.
pub(crate) fn named(directives: &Directives) -> Result<Option<TestHost>, String> {
    match directives.host.as_deref() {
        None => Ok(None),
        Some("test") => Ok(Some(TestHost)),
        Some(other) => Err(format!("there is no test host `{other}`; use `test`")),
    }
}

impl TestHost {
    pub(crate) fn perform(self, id: &str, args: &[Value]) -> Result<Value, Error> {
        match (id, args) {
            ("test.echo", [one]) => Ok(one.clone()),
            ("test.echo", many) => Ok(Value::list(many.iter().cloned())),
            ("test.fail", args) => {
                let text: String = args.iter().map(rtfs_value::plain).collect();
                Err(Error::new(
                    ErrorKind::NetworkError,
                    &format!("Network error: {text}"),
                ))
            }
            ("test.raise", [class, text]) => {
                let class = class.as_str().unwrap_or_default();
                let kind = ErrorKind::from_class(class).unwrap_or(ErrorKind::Host);
                Err(Error::new(kind, text.as_str().unwrap_or_default()))
            }
            _ => Err(Error::unknown_capability(id)),
        }
    }

    /// The same host for components.
    pub(crate) fn answering(self) -> Arc<dyn CapabilityHost> {
        host_fn(move |request: HostRequest<'_>| {
            let args = cbor::decode_args(request.args)
                .map_err(|_| HostError::new("HostError", "host-error", "malformed arguments"))?;
            let answer = self.perform(request.id, &args);
            answer
                .and_then(|value| cbor::encode(&value))
                .map_err(|error| {
                    HostError::new(error.class_name(), error.kind_keyword(), error.text())
                })
        })
    }
}

impl rtfs_eval::Host for TestHost {
    fn execute_capability(&mut self, call: &rtfs_eval::HostCall) -> Result<Value, Error> {
        self.perform(&call.capability_id, &call.args)
    }
}
