// A component of the guests' workspace on an engine, called by the names of its exports.

use super::built::component;
use rtfs_host::{CallError, CallOptions, Engine, EngineConfig, Finished, Module, RtfsError};
use rtfs_value::{Value, cbor};
use std::sync::OnceLock;

pub(crate) fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::new(EngineConfig::default()).expect("an engine"))
}

/// A sample component and the names of its exports.
pub(crate) struct Sample {
    pub(crate) module: Module,
    names: Vec<String>,
}

impl Sample {
    pub(crate) fn new(name: &str) -> Self {
        let module = engine().compile(&component(name)).expect("compiles");
        let described = module.describe(&CallOptions::default()).expect("describes");
        let description = cbor::decode(&described.value).expect("an encoded value");
        let names = description
            .as_map()
            .and_then(|map| map.get_keyword("exports"))
            .and_then(Value::as_seq)
            .expect("a list of exports")
            .iter()
            .map(|export| {
                let name = export.as_map().and_then(|map| map.get_keyword("name"));
                name.and_then(Value::as_str).expect("a name").to_owned()
            })
            .collect();
        Self { module, names }
    }

    pub(crate) fn finish(&self, name: &str, args: &[Value], options: &CallOptions) -> Finished {
        let index = self.names.iter().position(|export| export == name);
        let export = u32::try_from(index.expect("such an export") + 1).expect("few exports");
        let args = cbor::encode_args(args).expect("encodes");
        self.module.invoke_full(export, &args, options)
    }

    pub(crate) fn call(
        &self,
        name: &str,
        args: &[Value],
        options: &CallOptions,
    ) -> Result<Value, CallError> {
        let value = self.finish(name, args, options).result?;
        Ok(cbor::decode(&value).expect("an encoded value"))
    }

    /// The value of a call with default options.
    #[allow(dead_code, reason = "not every includer uses every form")]
    #[track_caller]
    pub(crate) fn value(&self, name: &str, args: &[Value]) -> Value {
        self.call(name, args, &CallOptions::default())
            .unwrap_or_else(|error| panic!("{name}: {error:?}"))
    }

    /// The error a call with default options raises.
    #[allow(dead_code, reason = "not every includer uses every form")]
    #[track_caller]
    pub(crate) fn raised(&self, name: &str, args: &[Value]) -> RtfsError {
        self.raises(name, args, &CallOptions::default())
    }

    /// The error a call raises.
    #[track_caller]
    pub(crate) fn raises(&self, name: &str, args: &[Value], options: &CallOptions) -> RtfsError {
        match self.call(name, args, options) {
            Err(CallError::Raised(error)) => *error,
            other => panic!("{name}: {other:?}"),
        }
    }
}
