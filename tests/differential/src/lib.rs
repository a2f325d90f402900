//! Random programs on the evaluator and as compiled code at every level of optimisation: the same
//! values, errors and host calls, and nothing left on the heap.
//!
//! ```sh
//! cargo run -p rtfs-differential -- --seconds 60
//! cargo run -p rtfs-differential -- --seconds 7200 --seed 7 --findings 100
//! cargo run -p rtfs-differential -- --replay FILE
//! ```
//!
//! A run is determined by its seed.

mod answer;
mod batch;
mod code;
mod core;
mod coverage;
mod driver;
mod host;
mod mutants;
mod reference;
mod shrink;
mod writer;

pub use answer::{Answer, Observed, Raised};
pub use core::on_large_stack;
pub use coverage::Coverage;
pub use driver::{Finding, LEVELS, Plan, Plant, Report, coverage_of, difference, run, smaller};
pub use mutants::{MUTANTS, Mutant};
