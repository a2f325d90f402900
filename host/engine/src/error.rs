//! What can go wrong, one type per operation.

use crate::inspect::{InterfaceName, ServedVersions};
use crate::limits::LimitKind;
use crate::transcript::ReplayError;
use std::fmt;
use std::io;
use std::time::Duration;

/// A cause that comes from the WebAssembly engine, kept for reports.
///
/// Opaque on purpose: the engine's own error type is not part of this crate's interface.
#[derive(Debug)]
pub struct EngineCause(wasmtime::Error);

impl EngineCause {
    pub(crate) fn new(error: wasmtime::Error) -> Self {
        Self(error)
    }
}

impl fmt::Display for EngineCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The alternate form writes the whole chain on one line.
        write!(f, "{:#}", self.0)
    }
}

impl std::error::Error for EngineCause {}

/// Why an engine could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// This operating system or processor is not supported.
    #[error("rtfs-host does not support {os} on {arch}: use Linux or macOS on x86-64 or aarch64")]
    UnsupportedPlatform {
        /// Operating system this was built for.
        os: &'static str,
        /// Processor this was built for.
        arch: &'static str,
    },
    /// The pool of instances does not fit into this process's address space.
    #[error(
        "cannot reserve address space for {concurrent_calls} concurrent calls: \
         lower `concurrent_calls` or use `Allocation::OnDemand`"
    )]
    PoolTooLarge {
        /// Configured number of concurrent calls.
        concurrent_calls: u32,
        /// What the engine reported.
        source: EngineCause,
    },
    /// A field of the configuration has a value that cannot work.
    #[error("`{field}` must be at least 1")]
    ZeroSetting {
        /// Name of the field of [`crate::EngineConfig`].
        field: &'static str,
    },
    /// The WebAssembly engine refused the profile.
    #[error("the WebAssembly engine could not be set up")]
    Setup(#[source] EngineCause),
}

/// Why a component could not be turned into a [`crate::Module`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// More bytes than the engine accepts.
    #[error("the component has {bytes} bytes, the limit is {limit}")]
    TooLarge {
        /// Size of the component.
        bytes: u64,
        /// [`crate::EngineConfig::component_bytes`].
        limit: u64,
    },
    /// Not a WebAssembly component, or one that does not validate.
    #[error("not a valid WebAssembly component: {reason} (at byte {offset})")]
    Invalid {
        /// The validator's message.
        reason: String,
        /// Where it noticed.
        offset: u64,
    },
    /// The component wants something this host does not offer at all.
    #[error("the component imports `{import}`, which this host does not serve")]
    UnknownImport {
        /// The import's name as written in the component.
        import: String,
    },
    /// The component was built for another version of an interface.
    #[error("built for {built_for}, this host serves {serves}")]
    Version {
        /// Interface and version the component names.
        built_for: Box<InterfaceName>,
        /// The versions this host has.
        serves: ServedVersions,
    },
    /// The component was built for two versions at once.
    #[error("exports {export} and imports {import}: a component is built for one version")]
    MixedVersions {
        /// The export that makes it what it is.
        export: Box<InterfaceName>,
        /// An import of another version.
        import: Box<InterfaceName>,
    },
    /// The component lacks the export of the role it is wanted in.
    #[error("not an {noun}: it does not export `{interface}`")]
    MissingExport {
        /// What it would have to be.
        noun: &'static str,
        /// The missing interface.
        interface: Box<InterfaceName>,
    },
    /// The component can never run in this engine's pool, however idle it is.
    #[error("the component never fits into this engine's pool")]
    NeverFits(#[source] EngineCause),
    /// The engine was made with `compile: false` and there is no cached code.
    #[error("this engine does not compile, and there is no usable cached code for the component")]
    CompilerDisabled,
    /// The process that translates gave no native code.
    #[error("the component could not be compiled")]
    Worker(#[from] crate::worker::WorkerError),
    /// Translation to native code failed.
    #[error("the component could not be compiled")]
    Compile(#[source] EngineCause),
    /// An import or export has another type than the interface says.
    #[error("the component does not fit the interfaces it names")]
    Link(#[source] EngineCause),
    /// The code cache could not be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
}

/// Why the code cache could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CacheError {
    /// Input or output failed.
    #[error("cannot {action} `{path}` in the code cache")]
    Io {
        /// What was tried: `read`, `write`, `create`, `rename`.
        action: &'static str,
        /// Path below the directory that was given.
        path: String,
        /// The operating system's answer.
        source: io::Error,
    },
    /// Others can read the key, or its length is wrong.
    #[error("the code-cache key `{path}` is unusable: {reason}; remove it to get a new one")]
    Key {
        /// Path below the key directory.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The operating system gave no random bytes.
    #[error("no random bytes for the code cache: {0}")]
    Random(String),
}

/// An error that left an RTFS program.
///
/// ```
/// use rtfs_host::RtfsError;
///
/// let error = RtfsError {
///     class: "DivisionByZero".into(),
///     kind: "division-by-zero".into(),
///     message: "Division by zero".into(),
///     data: vec![0xf6],
///     node: Some(4),
///     stack: vec!["half".into()],
///     notes: vec![],
/// };
/// assert_eq!(error.to_string(), "Division by zero");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RtfsError {
    /// Class name, e.g. `TypeError`.
    pub class: String,
    /// Kind keyword without the colon, e.g. `type-error`.
    pub kind: String,
    /// The text that `getMessage` gives.
    pub message: String,
    /// The error's data: one encoded value, the encoding of nil when there is none.
    pub data: Vec<u8>,
    /// Node of the innermost form that raised it, when known.
    pub node: Option<u32>,
    /// Functions the error left, innermost first.
    pub stack: Vec<String>,
    /// What may help people; only guests of `rtfs:module@0.2.0-draft.1` give any.
    pub notes: Vec<String>,
}

impl fmt::Display for RtfsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for RtfsError {}

/// Why a call gave no value. The engine is ready for the next call after any of them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The program raised an error that nothing caught.
    #[error(transparent)]
    Raised(#[from] Box<RtfsError>),
    /// The call wanted more than [`crate::Limits`] allows.
    #[error("{which} limit reached: {used} of {limit} {}", which.unit())]
    Limit {
        /// Which limit.
        which: LimitKind,
        /// Its value.
        limit: u64,
        /// What the call used or asked for, at least; in the limit's unit.
        used: u64,
    },
    /// The guest did something a correct guest does not do, and was stopped.
    #[error("the guest trapped: {reason}")]
    Trap {
        /// What it did.
        reason: String,
        /// Names of the wasm functions that were active, innermost first.
        frames: Vec<String>,
    },
    /// The guest ended itself instead of answering (WASI `exit`).
    #[error("the guest called exit({code}) instead of answering")]
    Exited {
        /// Exit status; 1 stands for any failure.
        code: i32,
    },
    /// A backend component answered something that its interface does not allow.
    #[error("the backend broke its contract: {reason}")]
    Protocol {
        /// What it did.
        reason: &'static str,
    },
    /// All slots of the pool stayed taken for as long as the configuration lets a call wait.
    #[error("busy: {concurrent_calls} calls are running, waited {} ms", waited.as_millis())]
    Busy {
        /// Slots of the pool.
        concurrent_calls: u32,
        /// How long the call waited.
        waited: Duration,
    },
    /// The recorded answers do not fit this call.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// A grant cannot be honoured on this system.
    #[error("cannot honour the grant of {grant}: {reason}")]
    Grant {
        /// The grant.
        grant: String,
        /// Why not.
        reason: String,
    },
    /// No runtime for the blocking form could be made.
    #[error("cannot start a runtime for the call")]
    Runtime(#[source] io::Error),
    /// A defect of this host or of the code generator, never of the program.
    #[error("internal error: {0}")]
    Internal(InternalError),
}

/// A defect of ours, not of the program that ran.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InternalError {
    /// Generated code used up the native stack before its own depth limit.
    #[error("the guest used up {stack_bytes} bytes of native stack below its depth limit")]
    NativeStack {
        /// Size of the native stack for guests.
        stack_bytes: u64,
    },
}

impl CallError {
    /// Whether the call hit one of [`crate::Limits`].
    ///
    /// ```
    /// use rtfs_host::{CallError, LimitKind};
    ///
    /// let error = CallError::Limit { which: LimitKind::Fuel, limit: 100, used: 100 };
    /// assert!(error.is_limit());
    /// assert_eq!(error.to_string(), "fuel limit reached: 100 of 100 units");
    /// ```
    pub fn is_limit(&self) -> bool {
        matches!(self, CallError::Limit { .. })
    }
}
