//! Decides where RTFS calls run, and reuses earlier answers.
//!
//! A call of a top-level function is described by a [`CallContext`]. A [`DelegationEngine`] answers
//! with an [`ExecTarget`]: in the evaluator, by a model, or in a stored module. Engines are layered:
//! [`L4AwareDelegationEngine`] asks the store for code of the same definition before it asks the
//! engine inside. An author's hint bypasses them all ([`decide_call`]).
//!
//! Deciding never fails and never changes what a program means: under [`Policy::Exact`] a stored
//! module has the same definition hash as the function it stands in for. Whatever cannot be
//! verified is a miss and a [`SecurityEvent`]; whatever cannot be read is a miss and counted.
//!
//! The crate links no WebAssembly engine. Executors are traits ([`BytecodeExecutor`]); the ones for
//! the intermediate form and for source text are here, others come from the embedder.
//! It reads no clock and opens no path: a [`Clock`] and directories arrive from outside.

mod audit;
mod cache;
mod call_context;
mod clock;
mod delegability;
mod embedding;
mod engine;
mod execute;
mod fingerprint;
mod hint;
mod l4;
mod metadata;
mod model;
mod policy;
mod security;
mod target;

pub use audit::{
    AuditBreak, AuditEntry, AuditError, AuditFault, AuditHead, AuditLine, AuditLog, AuditReport,
    Outcome, read_audit, verify_audit,
};
pub use cache::{
    Cache, CacheConfig, CacheError, CacheLayer, CacheManager, CacheStats, CachedInference,
    ContentKey, DelegationCache, DelegationKey, DelegationPlan, EvictionPolicy, InferenceCache,
    InferenceKey, InferenceRequest, InferenceResult, LayerStats, Message, PlanTarget, Sampling,
    SemanticCache, SemanticConfig, SemanticHit, SemanticKey, SemanticScope, StopReason,
};
pub use call_context::CallContext;
pub use clock::{Clock, ManualClock, Timestamp};
pub use delegability::{Delegability, NotDelegable};
pub use embedding::{Embedder, Embedding, EmbeddingError, cosine};
pub use engine::{
    Considered, Decision, DecisionReason, DelegationEngine, L4AwareDelegationEngine,
    StaticDelegationEngine,
};
pub use execute::{
    BackendOptions, Bytecode, BytecodeBackend, BytecodeError, BytecodeExecutor, Call,
    CapabilityGrants, CompileError, DECLARED_PREFIX, ExecuteError, Execution, ExecutionLimits,
    IrBackend, IrExecutor, ModuleRegistry, ModuleSource, RTFS_IR, RTFS_SOURCE, RunStoredError,
    SourceExecutor, StoreModuleError, Stored, StoredCall, Usage, WASM32_COMPONENT,
};
pub use fingerprint::{RuntimeContext, SecurityLevel, arg_type_fingerprint};
pub use hint::decide_call;
pub use l4::{
    BlobKind, L4CacheClient, L4Config, L4Error, L4Hit, L4Stats, Lookup, MissReason,
    ModulePublication, RtfsModuleMetadata,
};
pub use metadata::DelegationMetadata;
pub use model::{
    EchoModel, FixedModel, MODEL_CALL_PREFIX, ModelAnswer, ModelCaller, ModelError, ModelProvider,
    ModelRegistry, ModelSource, RemoteEcho,
};
pub use policy::{Policy, PolicyError};
pub use security::{SecurityEvent, SecurityIncident, SecurityLog, SecuritySink};
pub use target::{ExecTarget, RecordSignature, StoragePointer};
