//! The evaluator against native Rust, and how long a million callbacks take.
//!
//! Both sides of the first row compute fib(24) without annotations, in turns within one process;
//! native additions are checked, as the evaluator's are. What counts is the ratio. Clocks of shared
//! machines lie; each slice of a run counts with its fastest round.
//!
//! ```sh
//! cargo bench -p rtfs-eval --bench speed
//! ```
#![allow(clippy::print_stdout, reason = "a benchmark prints its table")]
#![allow(
    clippy::disallowed_methods,
    reason = "a benchmark measures with the system's clock"
)]

use rtfs_eval::{Environment, Limits, Machine, PureHost, Status};
use rtfs_value::Value;
use std::hint::black_box;
use std::time::{Duration, Instant};

const ROUNDS: usize = 41;
const N: i64 = 24;
/// Steps between two looks at the clock.
const SLICE: u64 = 20_000;
/// What the evaluator may take at most, in native times.
const FIB_TARGET: f64 = 100.0;
const CALLBACK_TARGET: Duration = Duration::from_secs(2);

const FIB: &str = "(defn fib [n] (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))";
const CALLBACKS: &str = "
    (defn sum-of [xs] (reduce (fn [sum x] (+ sum x)) 0 xs))
    (defn count-to [n] (let [step (fn [i] (if (< i n) (count-to-from (+ i 1) n) i))] (step 0)))
    (defn count-to-from [i n] (if (< i n) (count-to-from (+ i 1) n) i))
    (defn odd-squares [xs] (count (filter (fn [x] (= 1 (mod x 2))) (map (fn [x] (* x x)) xs))))";

fn native_fib(n: i64) -> i64 {
    if n < 2 {
        return n;
    }
    let (a, b) = (native_fib(n - 1), native_fib(n - 2));
    a.checked_add(b).expect("it is small")
}

/// Programs that were loaded, and their functions.
struct Session(Environment);

impl Session {
    fn new(source: &str) -> Self {
        let forms = rtfs_syntax::read(source).forms;
        let program = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default()).program;
        let mut environment = Environment::new();
        let outcome = rtfs_eval::evaluate_in(
            &mut environment,
            &program.expect("the source is well formed"),
            &mut PureHost,
            &Limits::default(),
        );
        outcome.result.expect("definitions do not raise");
        Session(environment)
    }

    /// One call of a function: how long each slice took, and the integer it gave.
    fn call(&mut self, name: &str, args: Vec<Value>) -> (Vec<Duration>, u64, i64) {
        let function = self.0.get(name).expect("it is defined").clone();
        let environment = std::mem::take(&mut self.0);
        let mut machine = Machine::call(environment, function, args, &Limits::default());
        let mut slices = Vec::new();
        let value = loop {
            let start = Instant::now();
            let status = machine.run(SLICE).expect("it awaits nothing");
            slices.push(start.elapsed());
            match status {
                Status::Running => {}
                Status::Done(value) => break value,
                other => panic!("{other:?}"),
            }
        };
        let steps = machine.steps();
        self.0 = machine.into_environment();
        (slices, steps, value.as_int().expect("an integer"))
    }
}

/// Runs are the same every time, slice by slice, so each slice counts with its fastest round:
/// what the system did with the processor in between does not.
fn fastest(rounds: &[Vec<Duration>]) -> Duration {
    let slices = 0..rounds.first().map_or(0, Vec::len);
    let each = slices.filter_map(|slice| rounds.iter().map(|round| round[slice]).min());
    each.sum()
}

fn fib() {
    let mut session = Session::new(FIB);
    let (mut native, mut evaluated) = (Vec::new(), Vec::new());
    let mut steps = 0;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let expected = black_box(native_fib)(black_box(N));
        native.push(vec![start.elapsed()]);
        let (slices, taken, value) = session.call("fib", vec![Value::int(N)]);
        assert_eq!(value, expected);
        evaluated.push(slices);
        steps = taken;
    }
    let (native, evaluated) = (fastest(&native), fastest(&evaluated));
    let ratio = evaluated.as_secs_f64() / native.as_secs_f64();
    println!(
        "fib({N}): native {native:?}, evaluator {evaluated:?} ({steps} steps), \
         {ratio:.1} times (target {FIB_TARGET})"
    );
    assert!(ratio < FIB_TARGET, "fib is too slow");
}

fn callbacks() {
    let mut session = Session::new(CALLBACKS);
    let items = Value::vector((0..1_000_000).map(Value::int));
    for (name, argument) in [
        ("sum-of", items.clone()),
        ("odd-squares", items),
        ("count-to", Value::int(1_000_000)),
    ] {
        let rounds = (0..5).map(|_| session.call(name, vec![argument.clone()]));
        let rounds: Vec<_> = rounds.collect();
        let steps = rounds[0].1;
        let slices: Vec<_> = rounds.into_iter().map(|(slices, ..)| slices).collect();
        let took = fastest(&slices);
        println!("{name} of 1,000,000: {took:?} ({steps} steps)");
        assert!(took < CALLBACK_TARGET, "{name} is too slow");
    }
}

fn main() {
    fib();
    callbacks();
}
