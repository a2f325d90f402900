//! Shared collections of growing size: what one operation costs while somebody else still sees the
//! collection, and that sorting takes n log n.
//!
//! A hundred items against a million: ten thousand times as many. Operations that copied their
//! collection would cost as much more; these cost a few levels of a tree, and misses of the cache.
//!
//! ```sh
//! cargo bench -p rtfs-eval --bench collections
//! ```
#![allow(clippy::print_stdout, reason = "a benchmark prints its table")]
#![allow(
    clippy::disallowed_methods,
    reason = "a benchmark measures with the system's clock"
)]

use rtfs_value::library::{self, Imp, Next};
use rtfs_value::{Error, Map, Value};
use std::hint::black_box;
use std::time::{Duration, Instant};

const SIZES: [i64; 3] = [100, 10_000, 1_000_000];
/// Operations that are timed together; each works on another key.
const BATCH: i64 = 200;
const ROUNDS: usize = 51;
/// How many times as long an operation may take with a million items as with a hundred.
const MAX_GROWTH: f64 = 60.0;
/// How many times as long sorting may take per item and level.
const MAX_SORT_GROWTH: f64 = 8.0;

/// A library function that computes at once.
fn function(name: &str) -> fn(&mut [Value]) -> Result<Value, Error> {
    match library::get(library::lookup(name).expect("it is in the library")).imp {
        Imp::Plain(function) => function,
        Imp::Steps(_) | Imp::HostCall => panic!("{name} may call back"),
    }
}

/// `sort` without a comparison of its own does not call back.
fn sorted(items: Value) -> Value {
    let Imp::Steps(sort) = library::get(library::lookup("sort").expect("it sorts")).imp else {
        panic!("`sort` cannot call back");
    };
    match sort(&mut [items]) {
        Ok(Next::Done(sorted)) => sorted,
        other => panic!("{other:?}"),
    }
}

fn map(n: i64) -> Value {
    let mut map = Map::new();
    for key in 0..n {
        map.assoc(Value::int(key), Value::int(key)).expect("a key");
    }
    Value::map(map)
}

/// Keys far apart, so that no part of the collection is met twice.
fn key(index: i64, n: i64) -> Value {
    Value::int((index * 7_919) % n)
}

/// Nanoseconds per operation on a shared collection, of the fastest round.
fn cost(name: &str, shared: &Value, arguments: impl Fn(i64) -> Vec<Value>) -> f64 {
    let mut fastest = Duration::MAX;
    let function = function(name);
    for _ in 0..ROUNDS {
        let rows: Vec<Vec<Value>> = (0..BATCH).map(&arguments).collect();
        let mut results = Vec::with_capacity(rows.len());
        let start = Instant::now();
        for mut row in rows {
            row[0] = shared.clone();
            results.push(function(&mut row).expect("the arguments fit"));
        }
        fastest = fastest.min(start.elapsed());
        black_box(results);
    }
    fastest.as_nanos() as f64 / BATCH as f64
}

/// An operation: its name, whether it works on a map, and its arguments after the collection.
type Operation = (&'static str, bool, fn(i64, i64) -> Vec<Value>);

const OPERATIONS: [Operation; 7] = [
    ("get", true, |i, n| vec![key(i, n)]),
    ("assoc", true, |i, n| vec![key(i, n), Value::NIL]),
    ("dissoc", true, |i, n| vec![key(i, n)]),
    ("nth", false, |i, n| vec![key(i, n)]),
    ("get", false, |i, n| vec![key(i, n)]),
    ("assoc", false, |i, n| vec![key(i, n), Value::NIL]),
    ("conj", false, |_, _| vec![Value::NIL]),
];

fn operations() {
    let maps = SIZES.map(map);
    let vectors = SIZES.map(|n| Value::vector((0..n).map(Value::int)));
    for (name, on_map, arguments) in OPERATIONS {
        let collections = if on_map { &maps } else { &vectors };
        let costs = [0, 1, 2].map(|size: usize| {
            cost(name, &collections[size], |index| {
                let mut row = vec![Value::NIL];
                row.extend(arguments(index, SIZES[size]));
                row
            })
        });
        let growth = costs[2] / costs[0];
        let kind = if on_map { "map" } else { "vector" };
        println!(
            "{name:<7} {kind:<7} {:>7.0} ns of 100, {:>7.0} of 10,000, {:>7.0} of 1,000,000: \
             {growth:.1} times",
            costs[0], costs[1], costs[2]
        );
        assert!(
            growth < MAX_GROWTH,
            "{name} grows with the size of its {kind}"
        );
    }
}

fn sorting() {
    let costs = SIZES.map(|n| {
        let items = Value::vector((0..n).map(|index| Value::int((index * 7_919_993) % n)));
        let mut fastest = Duration::MAX;
        for _ in 0..5 {
            let start = Instant::now();
            black_box(sorted(items.clone()));
            fastest = fastest.min(start.elapsed());
        }
        fastest.as_nanos() as f64 / (n as f64 * (n as f64).log2())
    });
    let growth = costs[2] / costs[0];
    println!(
        "sort: {:.1} ns per item and level of 100, {:.1} of 10,000, {:.1} of 1,000,000",
        costs[0], costs[1], costs[2]
    );
    assert!(growth < MAX_SORT_GROWTH, "sorting is worse than n log n");
}

fn main() {
    operations();
    sorting();
}
