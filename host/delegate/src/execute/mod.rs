//! Compiling programs to bytecode and running stored bytecode: the traits, and the executors that
//! need no WebAssembly.

mod backend;
mod bytecode;
mod call;
mod gate;
mod grants;
mod ir;
mod registry;
mod stand_ins;

pub use backend::{BackendOptions, BytecodeBackend, CompileError};
pub use bytecode::{Bytecode, BytecodeError};
pub use call::{BytecodeExecutor, Call, ExecuteError, Execution, ExecutionLimits, Usage};
pub use grants::{CapabilityGrants, DECLARED_PREFIX};
pub use ir::{IrBackend, IrExecutor, SourceExecutor};
pub use registry::{
    ModuleRegistry, ModuleSource, RunStoredError, StoreModuleError, Stored, StoredCall,
};

/// Target id of WebAssembly components.
pub const WASM32_COMPONENT: &str = "wasm32-component";
/// Target id of programs in their canonical encoding.
pub const RTFS_IR: &str = "rtfs-ir";
/// Target id of source text.
pub const RTFS_SOURCE: &str = "rtfs-source";
