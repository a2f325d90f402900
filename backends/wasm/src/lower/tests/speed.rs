//! Timings, printed on request: `BENCH=1 cargo test -p rtfs-backend-wasm --lib speed -- --nocapture`.

#![allow(clippy::print_stdout, reason = "asked for")]

use std::time::Instant;

use wasmtime::{Config, Engine, Instance, Module, Store};

use super::program;
use super::runner::{Answer, Running, on_large_stack};
use crate::Options;

/// `fib` of 64-bit integers without any check.
fn hand_written_module() -> Vec<u8> {
    use wasm_encoder::{
        BlockType, CodeSection, ExportKind, ExportSection, Function, FunctionSection, Module,
        TypeSection, ValType,
    };
    let mut types = TypeSection::new();
    types.ty().function([ValType::I64], [ValType::I64]);
    let mut functions = FunctionSection::new();
    functions.function(0);
    let mut exports = ExportSection::new();
    exports.export("fib", ExportKind::Func, 0);
    let mut fib = Function::new([]);
    fib.instructions()
        .local_get(0)
        .i64_const(2)
        .i64_lt_s()
        .if_(BlockType::Result(ValType::I64))
        .local_get(0)
        .else_()
        .local_get(0)
        .i64_const(1)
        .i64_sub()
        .call(0)
        .local_get(0)
        .i64_const(2)
        .i64_sub()
        .call(0)
        .i64_add()
        .end()
        .end();
    let mut code = CodeSection::new();
    code.function(&fib);
    let mut module = Module::new();
    module
        .section(&types)
        .section(&functions)
        .section(&exports)
        .section(&code);
    module.finish()
}

fn hand_written(n: i64) -> f64 {
    let engine = Engine::new(&Config::new()).expect("the default engine exists");
    let module = Module::new(&engine, hand_written_module()).expect("the module is valid");
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[]).expect("nothing is imported");
    let fib = instance
        .get_typed_func::<i64, i64>(&mut store, "fib")
        .expect("exported");
    best(|| {
        fib.call(&mut store, n).expect("it does not trap");
    })
}

fn best(mut run: impl FnMut()) -> f64 {
    let times = (0..7).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed().as_secs_f64() * 1000.0
    });
    times.fold(f64::INFINITY, f64::min)
}

const PROGRAMS: [(&str, &str); 12] = [
    (
        "fib 30",
        "(defn fib [n] (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))) (fib 30)",
    ),
    (
        "fib 30, :int",
        "(defn fib [n:int] :int (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))) (fib 30)",
    ),
    (
        "loop 10 M",
        "(defn go [i acc] (if (= i 0) acc (go (- i 1) (+ acc i)))) (go 10000000 0)",
    ),
    (
        "local loop 10 M",
        "(let [go (fn [i acc] (if (= i 0) acc (go (- i 1) (+ acc i))))] (go 10000000 0))",
    ),
    (
        "closure 1 M",
        "(defn go [f i acc] (if (= i 0) acc (go f (- i 1) (f acc)))) (let [k 3] (go (fn [x] (+ x k)) 1000000 0))",
    ),
    (
        "reduce 1 M",
        "(reduce (fn [a x] (+ a x)) 0 (range 1000000))",
    ),
    ("range 1 M", "(count (range 1000000))"),
    ("reduce + 1 M", "(reduce + 0 (range 1000000))"),
    (
        "apply 1 M",
        "(defn go [f i acc] (if (= i 0) acc (go f (- i 1) (apply f [acc])))) (go inc 1000000 0)",
    ),
    (
        "map+filter 1 M",
        "(count (filter (fn [x] (> x 10)) (map (fn [x] (* x 2)) (range 1000000))))",
    ),
    (
        "nth sum 1 M",
        "(defn sum [v i n acc] (if (< i n) (sum v (inc i) n (+ acc (nth v i))) acc)) (sum (vec (range 1000000)) 0 1000000 0)",
    ),
    (
        "assoc 300 k",
        "(defn go [m i] (if (= i 0) (count m) (go (assoc m (mod i 1009) i) (- i 1)))) (go {} 300000)",
    ),
];

#[test]
fn timings() {
    if std::env::var("BENCH").is_err() {
        return;
    }
    on_large_stack(|| {
        println!("hand-written fib 30: {:.2} ms", hand_written(30));
        for (name, source) in PROGRAMS {
            let mut running =
                Running::new(&program(source), &Options::default()).expect("it can be compiled");
            let mut answer = Answer::Broken(String::new());
            let time = best(|| answer = running.invoke(0, &[]));
            println!("{name}: {time:.2} ms {answer:?}");
        }
    });
}
