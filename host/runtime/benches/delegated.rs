//! A whole delegated call, from the evaluator's pause to its going on, against a bare call of the
//! same export of the same component in the same pool: what deciding, encoding, accounting and
//! resuming cost.
//!
//! Both sides run in turns within one process. What counts is the ratio.
//!
//! ```sh
//! cargo bench -p rtfs-runtime --bench delegated
//! ```

#![allow(clippy::print_stdout, reason = "a benchmark prints its table")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use rtfs_delegate::{BackendOptions, Policy};
use rtfs_eval::PureHost;
use rtfs_host::CallOptions;
use rtfs_runtime::Unit;
use rtfs_value::{Value, cbor};
use support::{Events, World, program, run, shown};

const CALLS: u32 = 2_000;
const ROUNDS: usize = 21;
const LIBRARY: &str = "(defn half [n] (if (even? n) (quot n 2) (quot (- n 1) 2)))";

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn main() {
    let root = tempfile::tempdir().expect("a directory");
    let world = World::open(root.path());
    world.publish(LIBRARY, false);
    let delegation = world.delegation(Policy::Exact);
    let calling = format!("{LIBRARY} (reduce + 0 (map half (range {CALLS})))");
    let unit = Unit {
        program: &program(LIBRARY),
        source: None,
        options: &BackendOptions::default(),
    };
    let module = world.units.load(&unit, &Events::default());
    let module = module.expect("it was published");
    let options = CallOptions::default();

    let (mut bare, mut delegated) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let started = Instant::now();
        for n in 0..CALLS {
            let args = cbor::encode_args(&[Value::int(i64::from(n))]).expect("an integer");
            let outcome = module.invoke(1, &args, &options).expect("it answers");
            cbor::decode(&outcome.value).expect("a value");
        }
        bare.push(started.elapsed() / CALLS);

        let started = Instant::now();
        let (ran, events) = run(&calling, Some(&delegation), &mut PureHost);
        delegated.push(started.elapsed() / CALLS);
        assert_eq!(shown(&ran), "999000");
        assert!(events.lines()[0].starts_with("hit half"));
    }
    let (bare, delegated) = (median(bare), median(delegated));
    let ratio = delegated.as_secs_f64() / bare.as_secs_f64();
    println!("| one call of a small function, median of {ROUNDS} | time | ratio |");
    println!("|---|---|---|");
    println!("| bare: encode, instantiate from the pool, call, decode | {bare:.2?} | 1.00 |");
    println!("| delegated from the evaluator | {delegated:.2?} | {ratio:.2} |");
}
