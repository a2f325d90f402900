//! Runs core modules, to see what a component hides: the heap.

use std::sync::LazyLock;

use rtfs_ir::{Description, Program};
use rtfs_value::types::Level;
use rtfs_value::{Value, cbor};
use wasmtime::{
    Config, Engine, Extern, Func, Instance, Module, OptLevel, RegallocAlgorithm, Store, WasmParams,
    WasmResults,
};

use crate::compile::link_program;
use crate::component::DYNAMIC;
use crate::{Options, lower};

/// Translates fast: how fast the code is does not matter here.
static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let mut config = Config::new();
    config
        .cranelift_opt_level(OptLevel::None)
        .cranelift_regalloc_algorithm(RegallocAlgorithm::SinglePass);
    Engine::new(&config).expect("the configuration is consistent")
});

/// An instance of the core module of a program. Host calls trap.
pub(crate) struct CoreRun {
    store: Store<()>,
    instance: Instance,
}

impl CoreRun {
    /// Compiles and instantiates.
    pub(crate) fn new(program: &Program, options: &Options) -> Self {
        let generated = lower::generate(program, options).expect("the program can be lowered");
        let description = Description::of(program, Level::Standard);
        let (core, _) =
            link_program(&description, &generated, &["rt:heap_in_use"]).expect("the program links");
        let module = Module::new(&ENGINE, &core.module).expect("the module is valid");
        let mut store = Store::new(&ENGINE, ());
        let mut imports = Vec::new();
        for import in module.imports() {
            let ty = import
                .ty()
                .func()
                .expect("only functions are imported")
                .clone();
            let trap = |_: wasmtime::Caller<'_, ()>, _: &[_], _: &mut [_]| {
                Err(wasmtime::format_err!(
                    "a host call in a test without a host"
                ))
            };
            imports.push(Extern::Func(Func::new(&mut store, ty, trap)));
        }
        let instance = Instance::new(&mut store, &module, &imports).expect("imports fit");
        Self { store, instance }
    }

    /// Calls an export through the dynamic interface. Errors are given as class and message.
    pub(crate) fn invoke(
        &mut self,
        export: u32,
        args: &[Value],
    ) -> Result<Value, (String, String)> {
        let args = cbor::encode_args(args).expect("the arguments can be encoded");
        let len = args.len() as u32;
        let block: u32 = self.call("cabi_realloc", (0_u32, 0_u32, 1_u32, len));
        self.memory()[block as usize..][..args.len()].copy_from_slice(&args);
        let area: u32 = self.call(&format!("{DYNAMIC}#invoke"), (export, block, len));
        let is_error = self.memory()[area as usize] != 0;
        let first = self.bytes(area + 4);
        let message = is_error.then(|| self.bytes(area + 20));
        let () = self.call(&format!("cabi_post_{DYNAMIC}#invoke"), area);
        let text = |bytes| String::from_utf8(bytes).expect("texts are UTF-8");
        match message {
            Some(message) => Err((text(first), text(message))),
            None => Ok(cbor::decode(&first).expect("results are canonical")),
        }
    }

    /// Bytes in use on the heap.
    pub(crate) fn in_use(&mut self) -> u32 {
        self.call("rt:heap_in_use", ())
    }

    /// Bytes the list at `at` holds.
    fn bytes(&mut self, at: u32) -> Vec<u8> {
        let memory = self.memory();
        let word = |at: usize| {
            let bytes = memory[at..at + 4].try_into().expect("four bytes");
            u32::from_le_bytes(bytes) as usize
        };
        let (start, len) = (word(at as usize), word(at as usize + 4));
        memory[start..start + len].to_vec()
    }

    fn memory(&mut self) -> &mut [u8] {
        let memory = self.instance.get_memory(&mut self.store, "memory");
        memory.expect("exported").data_mut(&mut self.store)
    }

    fn call<P: WasmParams, R: WasmResults>(&mut self, name: &str, params: P) -> R {
        self.instance
            .get_typed_func(&mut self.store, name)
            .expect("exported with this type")
            .call(&mut self.store, params)
            .expect("the call does not trap")
    }
}
