//! One call of a function in bytecode.

use std::error::Error as StdError;
use std::time::Duration;

use rtfs_eval::Host;
use rtfs_store::Digest;
use rtfs_value::types::Level;
use rtfs_value::{Error, Value};

use super::bytecode::{Bytecode, BytecodeError};
use super::grants::CapabilityGrants;
use crate::l4::RtfsModuleMetadata;

/// What one call may use at most. Going past one ends the call with `BudgetExhausted`, which names
/// it; going past `depth` raises `StackOverflow`, which programs can catch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutionLimits {
    /// Units of the executor's own meter: wasm fuel, evaluator steps.
    pub fuel: u64,
    /// Wall-clock time from entry to result.
    pub deadline: Duration,
    /// Bytes of values, stacks and memories together.
    pub memory_bytes: u64,
    /// Pending non-tail calls of RTFS functions.
    pub depth: u32,
    /// How many of them are pending in the caller already.
    pub depth_used: u32,
    /// Answered host calls.
    pub host_calls: u64,
    /// Bytes of the result, where it is encoded.
    pub result_bytes: u64,
}

impl Default for ExecutionLimits {
    fn default() -> Self {
        Self {
            fuel: 10_000_000_000,
            deadline: Duration::from_secs(30),
            memory_bytes: 512 << 20,
            depth: rtfs_eval::DEFAULT_DEPTH,
            depth_used: 0,
            host_calls: 10_000,
            result_bytes: 64 << 20,
        }
    }
}

/// A function to be called in bytecode.
pub struct Call<'a> {
    /// The export's number: 0 is the program's top level, `n` the `n`-th of its exports.
    pub export: u32,
    /// The export's qualified name, as the record says.
    pub name: &'a str,
    /// The signed record's description of the module.
    pub module: &'a RtfsModuleMetadata,
    /// The arguments, in order. None contains a function.
    pub args: &'a [Value],
    /// How much of annotations is checked, where the executor compiles only now.
    pub validation: Level,
    /// What the call may use.
    pub limits: &'a ExecutionLimits,
    /// What it may ask its host.
    pub grants: &'a CapabilityGrants,
    /// Who answers. An executor asks it for nothing that is not granted.
    pub host: &'a mut dyn Host,
}

/// What a call used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Units of the executor's own meter.
    pub fuel: u64,
    /// The most memory in use at once, in bytes.
    pub peak_memory_bytes: u64,
    /// Answered host calls.
    pub host_calls: u64,
    /// Time from entry to result, by the executor's clock.
    pub elapsed: Duration,
}

/// A call that ran to its end: a value or an RTFS error, limits included.
#[derive(Debug, Clone, PartialEq)]
pub struct Execution {
    /// The function's value, or the error that left it.
    pub result: Result<Value, Error>,
    /// What it used.
    pub usage: Usage,
}

/// Why bytecode could not be run, or its answer not be used. The evaluator runs the body instead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExecuteError {
    /// The bytes cannot be had.
    #[error("cannot fetch the code")]
    Bytecode(#[from] BytecodeError),
    /// The bytes are not what the executor runs.
    #[error("blob {digest} is not for `{target_id}`: {detail}")]
    Malformed {
        /// The blob.
        digest: Digest,
        /// The executor.
        target_id: String,
        /// What is wrong.
        detail: String,
    },
    /// The source is whole, but it imports what is stored somewhere else.
    #[error("source {digest} imports `{module}`, which is not stored with it")]
    MissingModule {
        /// The compressed source.
        digest: Digest,
        /// What it imports.
        module: String,
    },
    /// The export is not there, although the record says so.
    #[error("blob {digest} has no export {export} `{name}`")]
    NoExport {
        /// The blob.
        digest: Digest,
        /// Its number.
        export: u32,
        /// Its name.
        name: String,
    },
    /// An argument contains a function, which cannot cross (reason `function-argument`).
    #[error("argument {index} contains a function")]
    FunctionArgument {
        /// Its position from 0.
        index: usize,
    },
    /// The result or the error's data contain a function, which means nothing outside (reason
    /// `function-result`). Host calls may have happened: the body is run with recorded answers.
    #[error("the result contains a function")]
    FunctionResult {
        /// What the call used.
        usage: Usage,
    },
    /// The executor itself failed.
    #[error("executor `{target_id}` failed")]
    Failed {
        /// The executor.
        target_id: String,
        /// Its own account.
        source: Box<dyn StdError + Send + Sync>,
    },
}

/// Runs bytecode of one target.
pub trait BytecodeExecutor: Send + Sync {
    /// The target: `wasm32-component`, `rtfs-ir`, `rtfs-source`, or what a component says that it
    /// runs.
    fn target_id(&self) -> &str;

    /// Calls a function.
    ///
    /// # Errors
    /// When the code cannot be run or its answer not be used. An RTFS error of the function is no
    /// error here: it is the answer.
    fn execute(&self, code: &Bytecode<'_>, call: Call<'_>) -> Result<Execution, ExecuteError>;
}
