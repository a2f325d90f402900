//! Corpora and drivers: one corpus, every engine.
//!
//! A *case file* holds programs and what each of them must give; see [`rtfs_syntax::case_file`]
//! for the notation. [`run_file`] runs every case of a file on the engines it is given and says
//! which answered what. Nothing falls back: an engine that cannot run a case fails it.

mod engine;
mod host;
mod judge;
pub mod kit;
mod sandboxed;
mod suite;

pub use engine::{Answer, Engine, EvaluatorEngine};
pub use judge::{Mismatch, judge};
pub use sandboxed::{ComponentEngine, ExecutorEngine};
pub use suite::{CaseReport, FileError, FileReport, find_case_files, run_file};
