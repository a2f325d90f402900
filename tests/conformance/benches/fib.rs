//! Un-annotated RTFS code against the same algorithm written by hand in WebAssembly.
//!
//! Both sides are components of the same world, run by the same engine under the same profile
//! (fuel on) through the same entry (`invoke`), in turns within one process. What counts is the
//! ratio; absolute times of shared machines prove nothing.
//!
//! ```sh
//! cargo bench -p rtfs-conformance --bench fib
//! ```

#![allow(clippy::print_stdout, reason = "a benchmark prints its table")]

use rtfs_backend_wasm::Options;
use rtfs_host::{CallOptions, Engine, EngineConfig, Module};
use rtfs_value::{Value, cbor};
use std::path::Path;
use std::time::{Duration, Instant};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

const ROUNDS: usize = 41;
const N: i64 = 30;

const RTFS: &str = "(defn fib [n] (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))";

/// `invoke` reads one integer below 24 from the argument array, or one byte after 0x18.
const HAND_WRITTEN: &str = r#"(module
  (memory (export "memory") 1)
  (func $fib (param $n i64) (result i64)
    (if (result i64) (i64.lt_s (local.get $n) (i64.const 2))
      (then (local.get $n))
      (else (i64.add
        (call $fib (i64.sub (local.get $n) (i64.const 1)))
        (call $fib (i64.sub (local.get $n) (i64.const 2)))))))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "rtfs:module/dynamic@0.1.0#limits") (param i32 i32))
  (func (export "rtfs:module/dynamic@0.1.0#describe") (result i32)
    (i32.store (i32.const 256) (i32.const 512))
    (i32.store (i32.const 260) (i32.const 0))
    (i32.const 256))
  (func (export "rtfs:module/dynamic@0.1.0#invoke") (param i32 i32 i32) (result i32)
    (local $n i32)
    (local.set $n (i32.load8_u offset=1 (local.get 1)))
    (if (i32.eq (local.get $n) (i32.const 0x18))
      (then (local.set $n (i32.load8_u offset=2 (local.get 1)))))
    (i64.store (i32.const 512) (call $fib (i64.extend_i32_u (local.get $n))))
    (i32.store8 (i32.const 256) (i32.const 0))
    (i32.store (i32.const 260) (i32.const 512))
    (i32.store (i32.const 264) (i32.const 8))
    (i32.const 256)))"#;

fn hand_written() -> Vec<u8> {
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
    let mut resolve = Resolve::default();
    resolve.push_dir(wit.join("host")).expect("wit/host parses");
    let (package, _) = resolve
        .push_dir(wit.join("module"))
        .expect("wit/module parses");
    let world = resolve
        .select_world(&[package], Some("pure-module"))
        .expect("the world exists");
    let mut core = wat::parse_str(HAND_WRITTEN).expect("the text above is valid");
    embed_component_metadata(&mut core, &resolve, world, StringEncoding::UTF8)
        .expect("the world fits");
    ComponentEncoder::default()
        .module(&core)
        .and_then(|mut encoder| encoder.encode())
        .expect("the module has the world's exports")
}

fn compiled() -> Vec<u8> {
    let read = rtfs_syntax::read(RTFS);
    let lowered = rtfs_ir::lower(&read.forms, &rtfs_eval::lower_options());
    let program = lowered.program.expect("the program is correct");
    rtfs_backend_wasm::compile(&program, &Options::default())
        .expect("the program is supported")
        .component
}

fn time(module: &Module, args: &[u8]) -> (Duration, u64) {
    let started = Instant::now();
    let outcome = module
        .invoke(1, args, &CallOptions::default())
        .expect("the call is correct");
    (started.elapsed(), outcome.report.fuel)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn main() {
    // `cargo test` builds and starts benchmarks to see that they work; then one round is enough.
    let rounds = if std::env::args().any(|arg| arg == "--bench") {
        ROUNDS
    } else {
        1
    };
    let engine = Engine::new(EngineConfig::default()).expect("this platform is supported");
    let rtfs = engine.compile(&compiled()).expect("our component is valid");
    let by_hand = engine
        .compile(&hand_written())
        .expect("the component is valid");
    let args = cbor::encode_args(&[Value::int(N)]).expect("an integer encodes");
    let mut times = (Vec::new(), Vec::new());
    let mut fuel = (0, 0);
    for _ in 0..rounds {
        let (elapsed, used) = time(&by_hand, &args);
        times.0.push(elapsed);
        fuel.0 = used;
        let (elapsed, used) = time(&rtfs, &args);
        times.1.push(elapsed);
        fuel.1 = used;
    }
    let (by_hand, rtfs) = (median(times.0), median(times.1));
    let ratio = rtfs.as_secs_f64() / by_hand.as_secs_f64();
    println!("| fib({N}), fuel on, median of {rounds} | time | fuel | ratio |");
    println!("|---|---|---|---|");
    println!(
        "| hand-written i64 wasm | {by_hand:.2?} | {} | 1.00 |",
        fuel.0
    );
    println!(
        "| un-annotated RTFS | {rtfs:.2?} | {} | {ratio:.2} |",
        fuel.1
    );
}
