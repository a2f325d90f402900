//! Programs in RTFS and other languages, timed side by side.
//!
//! Every program lies in a folder of `programs`, once in each language, as somebody who knows the
//! language would write it. All take one number and must give the same value. A round runs each of
//! them once, in turns, in processes that stay; the least of several rounds counts. So what is
//! compared was measured under the same conditions, warm, without the start of a process.
//!
//! Ratios are what the report is about: absolute times of shared machines prove nothing.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark prints its table"
)]

pub mod calls;
pub mod command;
pub mod compiling;
pub mod component;
pub mod contender;
pub mod evaluator;
pub mod peer;
pub mod program;
pub mod race;
pub mod report;
pub mod section;
pub mod stages;
pub mod target;

/// What went wrong, in words: benchmarks have nobody to tell but their reader.
pub type Failure = Box<dyn std::error::Error>;
