//! Runs compiled programs.

use std::sync::LazyLock;

use rtfs_ir::Program;
use rtfs_value::{Value, cbor, readable};
use wasmtime::component::{Component, ComponentNamedList, Instance, Lift, Linker, Lower};
use wasmtime::{Config, Engine, OptLevel, Store};

use crate::component::DYNAMIC;
use crate::testing::{HostError, RaisedError};
use crate::{Options, compile};

/// Native stack that a deep recursion may use, as the host configures it.
const WASM_STACK_BYTES: usize = 64 << 20;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let mut config = Config::new();
    config
        .cranelift_opt_level(OptLevel::None)
        .max_wasm_stack(WASM_STACK_BYTES)
        .async_stack_size(WASM_STACK_BYTES + (2 << 20));
    Engine::new(&config).expect("the configuration is consistent")
});

/// What a program answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Value(String),
    Raised(RaisedError),
    /// It cannot be compiled, or traps.
    Broken(String),
}

/// Runs on a thread whose stack is large enough for the deepest recursion.
pub(super) fn on_large_stack<R: Send>(run: impl FnOnce() -> R + Send) -> R {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(WASM_STACK_BYTES + (16 << 20));
        let handle = thread
            .spawn_scoped(scope, run)
            .expect("threads can be made");
        handle
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// An instance of a compiled program.
pub(super) struct Running {
    store: Store<()>,
    instance: Instance,
}

impl Running {
    /// Compiles and instantiates.
    pub(super) fn new(program: &Program, options: &Options) -> Result<Self, String> {
        let artifact = compile(program, options).map_err(|error| full(&error))?;
        let component =
            Component::new(&ENGINE, &artifact.component).map_err(|error| format!("{error:?}"))?;
        let mut linker = Linker::new(&ENGINE);
        provide_host(&mut linker).map_err(|error| format!("{error:?}"))?;
        let mut store = Store::new(&ENGINE, ());
        let instance = linker
            .instantiate(&mut store, &component)
            .map_err(|error| format!("{error:?}"))?;
        Ok(Self { store, instance })
    }

    fn dynamic<P, R>(&mut self, name: &str, params: P) -> Result<R, String>
    where
        P: ComponentNamedList + Lower,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        let interface = self
            .instance
            .get_export_index(&mut self.store, None, DYNAMIC);
        let interface = interface.expect("the interface is exported");
        let function = self
            .instance
            .get_export_index(&mut self.store, Some(&interface), name);
        let function = function.expect("the function is exported");
        self.instance
            .get_typed_func::<P, R>(&mut self.store, function)
            .expect("the function has this type")
            .call(&mut self.store, params)
            .map_err(|error| format!("{error:?}"))
    }

    /// Sets the depth limit.
    pub(super) fn limit_depth(&mut self, limit: u32) {
        self.dynamic::<_, ()>("limits", (0_u32, limit))
            .expect("setting limits does not trap");
    }

    /// Calls an export.
    pub(super) fn invoke(&mut self, export: u32, args: &[Value]) -> Answer {
        let args = cbor::encode_args(args).expect("the arguments can be encoded");
        match self.dynamic::<_, (Result<Vec<u8>, RaisedError>,)>("invoke", (export, args)) {
            Ok((Ok(bytes),)) => match cbor::decode(&bytes) {
                Ok(value) => Answer::Value(readable(&value)),
                Err(error) => Answer::Broken(format!("the result is not canonical: {error:?}")),
            },
            Ok((Err(error),)) => Answer::Raised(error),
            Err(trap) => Answer::Broken(trap),
        }
    }
}

/// A host that knows nothing, except what `hints` are in force.
fn provide_host(linker: &mut Linker<()>) -> wasmtime::Result<()> {
    let mut host = linker.instance("rtfs:host/capability@0.1.0")?;
    host.func_wrap("call", |_, (id, _, metadata): (String, Vec<u8>, Vec<u8>)| {
        if id == "hints" {
            return Ok((Ok(metadata),));
        }
        let answer: Result<Vec<u8>, HostError> = Err(HostError {
            class: "UnknownCapability".to_owned(),
            kind: "unknown-capability".to_owned(),
            message: format!(
                "Capability '{id}' not available in pure RTFS mode. Use CCOS host for full capability support."
            ),
            data: cbor::encode(&Value::NIL).unwrap_or_default(),
        });
        Ok((answer,))
    })?;
    host.func_wrap("context", |_, (_,): (String,)| Ok((None::<Vec<u8>>,)))
}

fn full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
