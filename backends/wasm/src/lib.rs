//! Lowers RTFS IR to WebAssembly components.
//!
//! [`compile`] goes from a program to a component in four steps, each with its own module:
//!
//! 1. `lower`: IR to a core module that imports the runtime,
//! 2. `typed`: a second core module with the typed exports and the description,
//! 3. `link`: both, and what they reach of the runtime, become one core module,
//! 4. `component`: the core module becomes a component.
//!
//! The runtimes are the committed files `runtime.wasm` and `runtime-lean.wasm`, built from the crate
//! in `runtime/` by `runtime/build.sh`. Output depends on nothing but program, options and [`backend_version`].

#[cfg(debug_assertions)]
mod check;
mod compile;
mod component;
mod error;
mod generated;
mod link;
mod lower;
mod names;
mod rewrite;
#[cfg(test)]
mod testing;
mod typed;

#[doc(hidden)]
pub use compile::compile_core;
pub use compile::{
    Artifact, BACKEND_ID, ExportInfo, Options, backend_version, compile, compile_unlinked,
};
pub use component::ComponentError;
pub use error::CompileError;
pub use link::LinkError;
pub use names::export_labels;
