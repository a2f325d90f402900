//! Compiled programs: core modules in an engine, with the heap in sight.
//!
//! A component's core module does all it does; without the wrapper, one instance can be called
//! again and asked for what is left on its heap.

use std::sync::LazyLock;

use rtfs_backend_wasm::{Options, compile_core};
use rtfs_ir::Program;
use rtfs_value::{Error, Value, cbor};
use wasmtime::{Caller, Config, Engine, Extern, Instance, Linker, Module, OptLevel, Store};
use wasmtime::{WasmParams, WasmResults};

use crate::answer::{Answer, Observed, Raised};
use crate::host::{Recorder, hints};
use crate::reference::DEPTH;

const DYNAMIC: &str = "rtfs:module/dynamic@0.1.0";
const CAPABILITY: &str = "rtfs:host/capability@0.1.0";
/// Native stack of compiled code.
const STACK: usize = 64 << 20;
/// Much more than anything needs that the evaluator does in its steps.
const FUEL: u64 = 3_000_000_000;
/// Runs of a case, to see whether the heap grows: the first may fill caches.
const ROUNDS: usize = 3;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let mut config = Config::new();
    config
        .max_wasm_stack(STACK)
        .async_stack_size(STACK + (2 << 20))
        .consume_fuel(true)
        .cranelift_nan_canonicalization(true)
        .native_unwind_info(false)
        // Most of the time goes into native compilation.
        .cranelift_opt_level(OptLevel::None);
    Engine::new(&config).expect("the configuration is consistent")
});

/// Runs on a thread whose stack is large enough for the deepest recursion.
pub fn on_large_stack<R: Send>(run: impl FnOnce() -> R + Send) -> R {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK + (16 << 20));
        let handle = thread
            .spawn_scoped(scope, run)
            .expect("threads can be made");
        handle
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// The core module of a program; `edit` may change the code that was generated.
///
/// # Errors
/// Why there is none.
pub(crate) fn generate(
    program: &Program,
    opt_level: u8,
    edit: &dyn Fn(Vec<u8>) -> Vec<u8>,
) -> Result<Vec<u8>, String> {
    let options = Options {
        opt_level,
        ..Options::default()
    };
    compile_core(program, &options, &["rt:heap_in_use"], edit).map_err(|error| full(&error))
}

/// A compiled program.
pub(crate) struct Compiled {
    module: Module,
}

impl Compiled {
    /// Makes native code of a core module.
    ///
    /// # Errors
    /// Why it is no valid module.
    pub(crate) fn new(core: &[u8]) -> Result<Self, String> {
        let module = Module::new(&ENGINE, core).map_err(|error| format!("{error:?}"))?;
        Ok(Compiled { module })
    }

    /// Runs the top level some times.
    pub(crate) fn observe(&self, case: usize) -> Observed {
        let mut asked = Vec::new();
        match self.run(case, &mut asked) {
            Ok((answer, leaked)) => Observed {
                answer,
                asked,
                leaked,
            },
            Err(trap) => Observed {
                answer: Answer::Broken(trap),
                asked,
                leaked: 0,
            },
        }
    }

    fn run(&self, case: usize, asked: &mut Vec<String>) -> Result<(Answer, i64), String> {
        let mut linker = Linker::new(&ENGINE);
        provide(&mut linker).map_err(|error| format!("{error:?}"))?;
        let mut store = Store::new(&ENGINE, Recorder::new(case));
        store.set_fuel(FUEL).map_err(|error| format!("{error:?}"))?;
        let instance = linker
            .instantiate(&mut store, &self.module)
            .map_err(|error| format!("{error:?}"))?;
        let mut running = Running { store, instance };
        let mut used = [0; ROUNDS];
        let mut answer = None;
        for used in &mut used {
            let result = running.invoke();
            if answer.is_none() {
                asked.append(&mut running.store.data_mut().asked);
                answer = Some(result?);
            } else {
                // The same program may reach another limit in an instance that was used.
                result?;
            }
            *used = i64::from(running.call::<_, u32>("rt:heap_in_use", ())?);
        }
        let answer = answer.ok_or("no round")?;
        Ok((answer, used[ROUNDS - 1] - used[ROUNDS - 2]))
    }
}

struct Running {
    store: Store<Recorder>,
    instance: Instance,
}

impl Running {
    fn invoke(&mut self) -> Result<Answer, String> {
        let args = cbor::encode_args(&[]).map_err(|error| error.text().to_owned())?;
        let len = args.len() as u32;
        let block: u32 = self.call("cabi_realloc", (0_u32, 0_u32, 1_u32, len))?;
        self.memory()[block as usize..][..args.len()].copy_from_slice(&args);
        self.call::<_, ()>(&format!("{DYNAMIC}#limits"), (0_u32, DEPTH))?;
        let area: u32 = self.call(&format!("{DYNAMIC}#invoke"), (0_u32, block, len))?;
        let answer = self.answer(area);
        let () = self.call(&format!("cabi_post_{DYNAMIC}#invoke"), area)?;
        answer
    }

    /// Reads `result<list<u8>, error>`.
    fn answer(&mut self, area: u32) -> Result<Answer, String> {
        let is_error = self.memory()[area as usize] != 0;
        if !is_error {
            let bytes = self.bytes(area + 4);
            let value = cbor::decode(&bytes)
                .map_err(|error| format!("the result is not canonical: {error:?}"))?;
            return Ok(Answer::Value(rtfs_value::readable(&value), bytes));
        }
        let data = self.bytes(area + 28);
        let data = cbor::decode(&data).map_err(|error| format!("malformed data: {error:?}"))?;
        let (start, len) = (self.word(area + 40), self.word(area + 44));
        let stack = (0..len).map(|i| self.text(start + 8 * i)).collect();
        Ok(Answer::Raised(Raised {
            class: self.text(area + 4),
            kind: self.text(area + 12),
            message: self.text(area + 20),
            data: rtfs_value::readable(&data),
            node: self.word(area + 36),
            stack,
        }))
    }

    fn memory(&mut self) -> &mut [u8] {
        let memory = self.instance.get_memory(&mut self.store, "memory");
        memory.expect("exported").data_mut(&mut self.store)
    }

    fn word(&mut self, at: u32) -> u32 {
        let bytes = self.memory()[at as usize..][..4].try_into();
        u32::from_le_bytes(bytes.expect("four bytes"))
    }

    fn bytes(&mut self, at: u32) -> Vec<u8> {
        let (start, len) = (self.word(at) as usize, self.word(at + 4) as usize);
        self.memory()[start..][..len].to_vec()
    }

    fn text(&mut self, at: u32) -> String {
        String::from_utf8_lossy(&self.bytes(at)).into_owned()
    }

    fn call<P: WasmParams, R: WasmResults>(&mut self, name: &str, params: P) -> Result<R, String> {
        self.instance
            .get_typed_func(&mut self.store, name)
            .map_err(|error| format!("{error:?}"))?
            .call(&mut self.store, params)
            .map_err(|error| format!("{error:?}"))
    }
}

/// The host interface, lifted by hand.
fn provide(linker: &mut Linker<Recorder>) -> wasmtime::Result<()> {
    linker.func_wrap(
        CAPABILITY,
        "call",
        |mut caller: Caller<'_, Recorder>,
         id: u32,
         id_len: u32,
         args: u32,
         args_len: u32,
         metadata: u32,
         metadata_len: u32,
         answer: u32| {
            let id = read(&mut caller, id, id_len)?;
            let id = String::from_utf8(id)?;
            let args = read(&mut caller, args, args_len)?;
            let metadata = read(&mut caller, metadata, metadata_len)?;
            let args = cbor::decode_args(&args)
                .map_err(|error| wasmtime::format_err!("malformed arguments: {error:?}"))?;
            let hints = hints(&metadata);
            match caller.data_mut().perform(&id, &args, &hints) {
                Ok(value) => {
                    let bytes = encoded(&value)?;
                    write(&mut caller, answer, &[0])?;
                    give(&mut caller, answer + 4, &bytes)
                }
                Err(error) => give_error(&mut caller, answer, &error),
            }
        },
    )?;
    linker.func_wrap(
        CAPABILITY,
        "context",
        |mut caller: Caller<'_, Recorder>, name: u32, len: u32, answer: u32| {
            let name = String::from_utf8(read(&mut caller, name, len)?)?;
            match caller.data().context(&name) {
                Some(value) => {
                    let bytes = encoded(&value)?;
                    write(&mut caller, answer, &[1])?;
                    give(&mut caller, answer + 4, &bytes)
                }
                None => write(&mut caller, answer, &[0]),
            }
        },
    )?;
    Ok(())
}

fn give_error(
    caller: &mut Caller<'_, Recorder>,
    answer: u32,
    error: &Error,
) -> wasmtime::Result<()> {
    let data = encoded(&error.data())?;
    write(caller, answer, &[1])?;
    give(caller, answer + 4, error.class_name().as_bytes())?;
    give(caller, answer + 12, error.kind_keyword().as_bytes())?;
    give(caller, answer + 20, error.text().as_bytes())?;
    give(caller, answer + 28, &data)
}

fn encoded(value: &Value) -> wasmtime::Result<Vec<u8>> {
    cbor::encode(value).map_err(|error| wasmtime::format_err!("{}", error.text()))
}

fn memory<'a>(caller: &'a mut Caller<'_, Recorder>) -> wasmtime::Result<&'a mut [u8]> {
    let Some(Extern::Memory(memory)) = caller.get_export("memory") else {
        wasmtime::bail!("no memory is exported");
    };
    Ok(memory.data_mut(caller))
}

fn read(caller: &mut Caller<'_, Recorder>, at: u32, len: u32) -> wasmtime::Result<Vec<u8>> {
    let bytes = memory(caller)?.get(at as usize..at as usize + len as usize);
    let bytes = bytes.ok_or_else(|| wasmtime::format_err!("outside of the memory"))?;
    Ok(bytes.to_vec())
}

fn write(caller: &mut Caller<'_, Recorder>, at: u32, bytes: &[u8]) -> wasmtime::Result<()> {
    let place = memory(caller)?.get_mut(at as usize..at as usize + bytes.len());
    let place = place.ok_or_else(|| wasmtime::format_err!("outside of the memory"))?;
    place.copy_from_slice(bytes);
    Ok(())
}

/// Gives the guest bytes of its own, and their place and length at `at`.
fn give(caller: &mut Caller<'_, Recorder>, at: u32, bytes: &[u8]) -> wasmtime::Result<()> {
    let len = u32::try_from(bytes.len())?;
    let mut start = 1;
    if len > 0 {
        let Some(Extern::Func(realloc)) = caller.get_export("cabi_realloc") else {
            wasmtime::bail!("no allocator is exported");
        };
        let realloc = realloc.typed::<(u32, u32, u32, u32), u32>(&caller)?;
        start = realloc.call(&mut *caller, (0, 0, 1, len))?;
        write(caller, start, bytes)?;
    }
    write(caller, at, &start.to_le_bytes())?;
    write(caller, at + 4, &len.to_le_bytes())
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
