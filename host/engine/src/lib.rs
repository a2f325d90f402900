//! Runs RTFS components in a sandbox: fuel, memory, depth, deadline, grants.
//!
//! The only crate of the project that knows the WebAssembly engine. An [`Engine`] turns a
//! component into a [`Module`]; every call of a module gets an instance of its own, which is
//! thrown away afterwards, so nothing of one call reaches the next. What a call may use is in
//! its [`Limits`], what it may reach in its [`Grants`]; whatever happens inside, the answer is a
//! value or a typed [`CallError`], and the engine is ready for the next call.
//!
//! ```standalone_crate
//! use rtfs_host::{CallError, CallOptions, Engine, EngineConfig, LimitKind, Limits};
//!
//! # let component = rtfs_host_example::endless_loop();
//! let engine = Engine::new(EngineConfig::default())?;
//! let module = engine.compile(&component)?;
//!
//! // `component` loops for ever; `[0x80]` is an empty array of arguments.
//! let options = CallOptions {
//!     limits: Limits { fuel: 1_000_000, ..Limits::default() },
//!     ..CallOptions::default()
//! };
//! let error = module.invoke(1, &[0x80], &options).unwrap_err();
//! assert!(matches!(error, CallError::Limit { which: LimitKind::Fuel, .. }));
//! # mod rtfs_host_example {
//! #     include!("../tests/guests/mod.rs");
//! #     pub fn endless_loop() -> Vec<u8> { module(ENDLESS_LOOP) }
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Values cross as bytes in the encoding of `lang/value/value.cddl`; this crate never looks
//! inside them.

mod aot;
mod blocking;
mod call;
mod capability;
mod config;
mod engine;
mod error;
mod functions;
mod grants;
mod inspect;
mod interfaces;
mod limits;
mod linked;
mod mac_key;
mod meter;
mod module;
mod output;
mod plugin;
mod profile;
mod records;
mod report;
mod series;
mod state;
mod transcript;
mod typed;
mod wasi;
mod worker;

pub use aot::{AotCache, AotKey};
pub use capability::{CapabilityHost, HostError, HostFuture, HostRequest, blocking_host, host_fn};
pub use config::{Allocation, EngineConfig, Translation};
pub use engine::{Engine, Loaded, Miss, Origin};
pub use error::{
    CacheError, CallError, EngineCause, EngineError, InternalError, LoadError, RtfsError,
};
pub use functions::Translated;
pub use grants::{Access, DECLARED_PREFIX, DirGrant, Grants};
pub use inspect::{Inspection, InterfaceName, Role, ServedVersions};
pub use limits::{LimitKind, Limits};
pub use module::{CallOptions, Module};
pub use plugin::{Compilation, CompilationError, Compiler, Executor, Identity};
pub use profile::Fingerprint;
pub use records::Diagnostic;
pub use report::{Finished, MAX_STOPPED_FRAMES, Outcome, Report};
pub use series::Answers;
pub use transcript::{HostEvent, ReplayError, Transcript};
pub use typed::{TypedExport, TypedExportError, TypedOutcome, TypedParams, TypedResult};
pub use worker::{CompileWorker, WorkerError, serve as serve_compile_worker};
