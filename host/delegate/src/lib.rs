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
//!
//! ```
//! use std::collections::HashMap;
//! use std::sync::Arc;
//!
//! use rtfs_delegate::*;
//! use rtfs_store::{Anchors, KeyRing, Store};
//! use rtfs_value::{Value, types::Level};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let (store_dir, keys_dir) = (tempfile::tempdir()?, tempfile::tempdir()?);
//! # let open = |dir: &tempfile::TempDir| {
//! #     cap_std::fs::Dir::open_ambient_dir(dir.path(), cap_std::ambient_authority())
//! # };
//! # let program = |source: &str| {
//! #     let forms = rtfs_syntax::read(source).forms;
//! #     rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default()).program.expect("well formed")
//! # };
//! let keyring = KeyRing::open(open(&keys_dir)?)?;
//! let signer = keyring.default_or_create("this machine")?;
//! let anchors = Anchors { keyring: Some(keyring), ..Anchors::default() };
//! let store = Arc::new(Store::open(open(&store_dir)?, anchors)?);
//! let clock: Arc<dyn Clock> = Arc::new(ManualClock::default());
//! let l4 = L4CacheClient::new(store, clock.clone()).with_signer(Arc::new(signer));
//! let l4 = Arc::new(l4);
//! let registry = ModuleRegistry::new()
//!     .with_l4_cache(l4.clone())
//!     .with_bytecode_backend(Arc::new(IrBackend))
//!     .with_executor(Arc::new(IrExecutor::new(clock.clone())));
//!
//! // One program is published ...
//! let source = "(defn add [x y] (+ x y))";
//! let published = program(source);
//! let options = BackendOptions::default();
//! registry.store_module(&ModuleSource::cached(&published, Some(source), options))?;
//!
//! // ... and another one, with the same definition, is answered from the store.
//! let caller = program("(defn add [a b] (+ a b)) (add 1 2)");
//! let add = caller.exports()[0];
//! let definition = Delegability::of(&caller, Level::Standard).definition(add)?;
//! let args = [Value::int(1), Value::int(2)];
//! let context = CallContext::of_call("add", &args, &RuntimeContext::default());
//! let context = context.with_definition(definition);
//! let inner = StaticDelegationEngine::new(HashMap::new(), clock);
//! let engine = L4AwareDelegationEngine::new(l4.clone(), inner);
//! assert!(engine.decide(&context).is_l4_hit());
//!
//! let Lookup::Hit(hit) = l4.lookup(&context, Policy::Exact) else { panic!() };
//! let execution = registry.run_stored(&hit, StoredCall {
//!     args: &args,
//!     validation: Level::Standard,
//!     limits: &ExecutionLimits::default(),
//!     grants: &CapabilityGrants::none(),
//!     host: &mut rtfs_eval::PureHost,
//! })?;
//! assert_eq!(execution.result, Ok(Value::int(3)));
//! # Ok(())
//! # }
//! ```

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
    EchoModel, FixedModel, MODEL_CALL_PREFIX, ModelAnswer, ModelCaller, ModelError, ModelHost,
    ModelProvider, ModelRegistry, ModelSource, RemoteEcho,
};
pub use policy::{Policy, PolicyError};
pub use security::{SecurityEvent, SecurityIncident, SecurityLog, SecuritySink};
pub use target::{ExecTarget, RecordSignature, StoragePointer};
