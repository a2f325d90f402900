//! Runs RTFS programs: finds or makes components, delegates calls, evaluates the rest.
//!
//! This crate joins the others for embedders. [`Units`] finds a whole program's component in the
//! store or has it made, once; [`evaluate`] runs a program on the evaluator and hands calls of its
//! top-level functions to stored code where a [`Delegation`] finds some. Both give the same values
//! and errors as the evaluator alone; what they do on the way, they tell an [`Observer`].
//!
//! The crate opens no path and reads no environment: directories, keys and hosts arrive from
//! outside.

mod backends;
mod bridge;
mod declared;
mod delegation;
mod ending;
mod evaluator;
mod guest_backend;
mod guest_executor;
mod hand_written;
mod nodes;
mod observe;
mod outside;
mod stored;
mod units;
mod wasm_backend;
mod wasm_executor;

pub use backends::{Backends, BackendsError, InstalledBackend};
pub use declared::MAX_NESTED_COMPONENTS;
pub use delegation::Delegation;
pub use ending::{Ending, Ran, Stopped, chain};
pub use evaluator::{Evaluation, evaluate};
pub use guest_backend::{GuestBackend, GuestBackendError, MAX_ARTIFACT_BYTES};
pub use guest_executor::{GuestExecutor, GuestExecutorError};
pub use hand_written::{ComponentLabel, PublishComponentError, publish_component};
pub use observe::{Event, Observer, Silent};
pub use stored::{StoredError, load_stored};
pub use units::{Declares, Label, Unit, UnitError, UnitStore, Units, call, unit_name};
pub use wasm_backend::WasmBackend;
pub use wasm_executor::WasmExecutor;
