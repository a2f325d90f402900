//! Runs components in an engine, for tests.

#![allow(
    clippy::result_large_err,
    reason = "the error is the record of the interface"
)]

use rtfs_value::{Value, cbor};
use wasmtime::component::{
    Component, ComponentNamedList, ComponentType, Instance, Lift, Linker, Lower,
};
use wasmtime::{Engine, Store};

use crate::component::DYNAMIC;

/// `error` of `rtfs:module/types`.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
pub(crate) struct RaisedError {
    pub(crate) class: String,
    pub(crate) kind: String,
    pub(crate) message: String,
    pub(crate) data: Vec<u8>,
    pub(crate) node: u32,
    pub(crate) stack: Vec<String>,
}

/// What the capability interface answers.
#[derive(Clone, Debug, ComponentType, Lower)]
#[component(record)]
pub(crate) struct HostError {
    pub(crate) class: String,
    pub(crate) kind: String,
    pub(crate) message: String,
    pub(crate) data: Vec<u8>,
}

/// An instance of a component.
pub(crate) struct Running {
    store: Store<()>,
    instance: Instance,
}

impl Running {
    /// Instantiates with the host of [`provide`].
    pub(crate) fn new(component: &[u8]) -> Self {
        let engine = Engine::default();
        let component = Component::new(&engine, component).expect("the component is valid");
        let mut linker = Linker::new(&engine);
        provide(&mut linker);
        let mut store = Store::new(&engine, ());
        let instance = linker
            .instantiate(&mut store, &component)
            .expect("all imports are linked");
        Self { store, instance }
    }

    /// Calls a world-level function.
    pub(crate) fn call<P, T>(&mut self, name: &str, params: P) -> Result<T, RaisedError>
    where
        P: ComponentNamedList + Lower,
        T: Lift + Send + Sync + 'static,
    {
        let function = self
            .instance
            .get_typed_func::<P, (Result<T, RaisedError>,)>(&mut self.store, name)
            .expect("the export has this type");
        let (result,) = function
            .call(&mut self.store, params)
            .expect("the call does not trap");
        result
    }

    /// Calls a function of the dynamic interface.
    fn dynamic<P, R>(&mut self, name: &str, params: P) -> R
    where
        P: ComponentNamedList + Lower,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        let interface = self
            .instance
            .get_export_index(&mut self.store, None, DYNAMIC)
            .expect("the interface is exported");
        let function = self
            .instance
            .get_export_index(&mut self.store, Some(&interface), name)
            .expect("the function is exported");
        self.instance
            .get_typed_func::<P, R>(&mut self.store, function)
            .expect("the function has this type")
            .call(&mut self.store, params)
            .expect("the call does not trap")
    }

    pub(crate) fn invoke_bytes(
        &mut self,
        export: u32,
        args: &[u8],
    ) -> Result<Vec<u8>, RaisedError> {
        let (result,) = self.dynamic("invoke", (export, args));
        result
    }

    pub(crate) fn invoke(&mut self, export: u32, args: &[Value]) -> Result<Value, RaisedError> {
        let args = cbor::encode_args(args).expect("the arguments can be encoded");
        let bytes = self.invoke_bytes(export, &args)?;
        Ok(cbor::decode(&bytes).expect("results are canonical"))
    }

    pub(crate) fn limits(&mut self, used: u32, limit: u32) {
        self.dynamic("limits", (used, limit))
    }

    pub(crate) fn describe(&mut self) -> Value {
        let (bytes,): (Vec<u8>,) = self.dynamic("describe", ());
        cbor::decode(&bytes).expect("descriptions are canonical")
    }
}

/// A host that knows the capability `echo` (it gives its arguments) and the context name `answer`.
pub(super) fn provide(linker: &mut Linker<()>) {
    let mut host = linker
        .instance("rtfs:host/capability@0.1.0")
        .expect("a fresh linker has no such instance");
    host.func_wrap("call", |_, (id, args, _): (String, Vec<u8>, Vec<u8>)| {
        let answer = match id.as_str() {
            "echo" => Ok(args),
            _ => Err(HostError {
                class: "UnknownCapability".to_owned(),
                kind: "unknown-capability".to_owned(),
                message: format!("no {id}"),
                data: cbor::encode(&Value::NIL).expect("nil can be encoded"),
            }),
        };
        Ok((answer,))
    })
    .expect("the signature is of component types");
    host.func_wrap("context", |_, (name,): (String,)| {
        let value = (name == "answer").then(|| Value::int(42));
        let value = value.map(|value| cbor::encode(&value).expect("an integer can be encoded"));
        Ok((value,))
    })
    .expect("the signature is of component types");
}
