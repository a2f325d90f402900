//! What a call costs beside a bare call of the engine.
//!
//! All three enter the same function of the same component, each call in an instance of its own from a
//! pool, with fuel, under the settings of our engine. The bare call is what an embedder would write
//! with wasmtime alone; ours also take a slot, keep limits, deadline and grants, say how deep calls may
//! go, and report.

use std::time::Instant;

use rtfs_backend_wasm::Options;
use rtfs_host::{CallOptions, Engine, EngineConfig};
use rtfs_value::{Value, cbor};
use wasmtime::component::{Component, ComponentType, Lift, Linker};
use wasmtime::{Config, InstanceAllocationStrategy, PoolingAllocationConfig, Store};

use crate::Failure;
use crate::component::program;
use crate::section::{Case, Section};

const SOURCE: &str = "(defn total [a:int b:int c:int] :int (+ a (* b c)))";

/// How many calls are timed at once.
pub const CALLS: u32 = 2_000;

/// The record `error` of `rtfs:module/types`.
#[derive(ComponentType, Lift)]
#[component(record)]
#[allow(dead_code, reason = "only its type counts here")]
struct ErrorRecord {
    class: String,
    kind: String,
    message: String,
    data: Vec<u8>,
    node: u32,
    stack: Vec<String>,
}

type Params = (i64, i64, i64);
type Answer = (Result<i64, ErrorRecord>,);

/// Times a bare call, one of a typed export, and `invoke`, `calls` of each in every round.
///
/// # Errors
/// When a call fails or gives another value.
pub fn measure(rounds: usize, calls: u32) -> Result<Section, Failure> {
    let component = rtfs_backend_wasm::compile(&program(SOURCE)?, &Options::default())?.component;
    let bare = Bare::new(&component)?;
    let module = Engine::new(EngineConfig::default())?.compile(&component)?;
    let typed = module.typed::<Params, i64>("total")?;
    let args = cbor::encode_args(&[Value::int(2), Value::int(4), Value::int(10)])?;
    let options = CallOptions::default();

    let mut bare_call = || bare.call();
    let mut typed_call = || Ok(typed.call((2, 4, 10), &options)?.value == 42);
    let mut invoke = || Ok(module.invoke(1, &args, &options)?.value == [0x18, 0x2a]);
    let mut least = [f64::INFINITY; 3];
    // In turns, so that what else the machine does hits all of them.
    for _ in 0..rounds {
        let times = [
            microseconds(calls, &mut bare_call)?,
            microseconds(calls, &mut typed_call)?,
            microseconds(calls, &mut invoke)?,
        ];
        for (least, time) in least.iter_mut().zip(times) {
            *least = time.min(*least);
        }
    }
    let [bare, typed, invoke] = least;
    Ok(Section {
        title: "Calls",
        about: "One call in a fresh instance, beside a bare typed call of wasmtime that enters the \
                same function under the same settings, fuel on.",
        cases: vec![
            Case::ratio("typed export", "us", typed, bare).at_most(1.2),
            Case::ratio("`invoke` with three integers", "us", invoke, bare).at_most(4.0),
        ],
    })
}

/// Time of one call. Each must say that its answer was right.
fn microseconds(
    calls: u32,
    call: &mut dyn FnMut() -> Result<bool, Failure>,
) -> Result<f64, Failure> {
    let started = Instant::now();
    for _ in 0..calls {
        if !call()? {
            return Err("a call gave another value".into());
        }
    }
    Ok(started.elapsed().as_secs_f64() * 1e6 / f64::from(calls))
}

/// The engine without anything of ours.
struct Bare {
    engine: wasmtime::Engine,
    instance_pre: wasmtime::component::InstancePre<()>,
    function: wasmtime::component::ComponentExportIndex,
    runtime: tokio::runtime::Runtime,
}

impl Bare {
    fn new(component: &[u8]) -> Result<Self, Failure> {
        let mut pool = PoolingAllocationConfig::new();
        pool.total_stacks(16)
            .linear_memory_keep_resident(0)
            .table_keep_resident(0)
            .async_stack_keep_resident(8 << 10)
            .pagemap_scan(wasmtime::Enabled::Auto);
        let mut config = Config::new();
        config
            .concurrency_support(false)
            .consume_fuel(true)
            .max_wasm_stack(64 << 20)
            .async_stack_size(66 << 20)
            .async_stack_zeroing(true)
            .relaxed_simd_deterministic(true)
            .gc_support(false)
            .wasm_memory64(false)
            .memory_reservation(4 << 30)
            .memory_guard_size(32 << 20)
            .memory_may_move(false)
            .native_unwind_info(false)
            .allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        let engine = wasmtime::Engine::new(&config)?;
        let component = Component::new(&engine, component)?;
        let mut linker = Linker::<()>::new(&engine);
        // What compiled programs import is never called by this one.
        linker.define_unknown_imports_as_traps(&component)?;
        let instance_pre = linker.instantiate_pre(&component)?;
        let function = component.get_export_index(None, "total");
        Ok(Self {
            engine,
            instance_pre,
            function: function.ok_or("no `total`")?,
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?,
        })
    }

    fn call(&self) -> Result<bool, Failure> {
        let call = async {
            let mut store = Store::new(&self.engine, ());
            store.set_fuel(1_000_000_000)?;
            store.fuel_async_yield_interval(Some(5_000_000))?;
            let instance = self.instance_pre.instantiate_async(&mut store).await?;
            let function = instance.get_typed_func::<Params, Answer>(&mut store, self.function)?;
            function.call_async(&mut store, (2, 4, 10)).await
        };
        let (answer,) = self.runtime.block_on(call)?;
        Ok(matches!(answer, Ok(42)))
    }
}
