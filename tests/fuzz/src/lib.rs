//! Fuzz targets of the language, one per stage, as plain functions that run on stable Rust.
//!
//! A [`Target`] makes inputs and checks laws of its stage for each: that it never panics is the
//! least of them. [`run`] feeds it programs of a grammar ([`grammar`]), the corpus, and mutations
//! of both; inputs whose outcome looked new are mutated further. A run is determined by its seed.
//!
//! ```sh
//! cargo run --release -p rtfs-fuzz -- --seconds 10             # every target
//! cargo run --release -p rtfs-fuzz -- reader --seconds 3600 --seed 7
//! cargo run --release -p rtfs-fuzz -- reader --replay FILE     # one input
//! ```

mod driver;
pub mod grammar;
pub mod mutate;
mod noise;
mod pipeline;
pub mod seeds;
mod targets;

pub use driver::{Budget, Failure, Report, run};
pub use noise::Noise;
pub use targets::{TARGETS, Target};
