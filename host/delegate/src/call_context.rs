//! What a decision engine is told about a call.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rtfs_ir::{DefinitionHash, InterfaceHash};
use rtfs_value::Value;

use crate::embedding::Embedding;
use crate::fingerprint::{RuntimeContext, arg_type_fingerprint};
use crate::metadata::DelegationMetadata;

/// A call that is about to happen.
///
/// Two contexts are equal when symbol and fingerprints are: embedding, metadata and the function's
/// hashes stay out, so that exact caches stay consistent.
#[derive(Debug, Clone)]
pub struct CallContext {
    /// The function's qualified name.
    pub fn_symbol: Arc<str>,
    /// Kinds of the arguments: [`arg_type_fingerprint`].
    pub arg_type_fingerprint: u64,
    /// Surroundings of the run: [`RuntimeContext::hash`].
    pub runtime_context_hash: u64,
    /// What the call is about, for similarity searches.
    pub semantic_hash: Option<Embedding>,
    /// What the caller knows besides. It explains and never decides.
    pub metadata: Option<DelegationMetadata>,
    /// What the function means; looked up by the policy `exact`.
    pub definition_hash: Option<DefinitionHash>,
    /// What the function looks like from outside; looked up by the policy `interface` where there
    /// is no definition hash. To be given for functions without a body: one that has a body, but
    /// may not be delegated, must not be answered by whatever looks the same.
    pub interface_hash: Option<InterfaceHash>,
}

impl CallContext {
    /// A call about which only the exact facts are known.
    pub fn new(
        fn_symbol: impl Into<Arc<str>>,
        arg_type_fingerprint: u64,
        runtime_context_hash: u64,
    ) -> Self {
        Self {
            fn_symbol: fn_symbol.into(),
            arg_type_fingerprint,
            runtime_context_hash,
            semantic_hash: None,
            metadata: None,
            definition_hash: None,
            interface_hash: None,
        }
    }

    /// The context of a call with these arguments in these surroundings.
    pub fn of_call(
        fn_symbol: impl Into<Arc<str>>,
        args: &[Value],
        surroundings: &RuntimeContext,
    ) -> Self {
        Self::new(fn_symbol, arg_type_fingerprint(args), surroundings.hash())
    }

    /// Adds what the function means.
    #[must_use]
    pub fn with_definition(mut self, hash: DefinitionHash) -> Self {
        self.definition_hash = Some(hash);
        self
    }

    /// Adds what the function looks like from outside.
    #[must_use]
    pub fn with_interface(mut self, hash: InterfaceHash) -> Self {
        self.interface_hash = Some(hash);
        self
    }

    /// Adds what the call is about.
    #[must_use]
    pub fn with_embedding(mut self, embedding: Embedding) -> Self {
        self.semantic_hash = Some(embedding);
        self
    }

    /// Adds what the caller knows besides.
    #[must_use]
    pub fn with_metadata(mut self, metadata: DelegationMetadata) -> Self {
        self.metadata = Some(metadata);
        self
    }

    fn key(&self) -> (&str, u64, u64) {
        (
            &self.fn_symbol,
            self.arg_type_fingerprint,
            self.runtime_context_hash,
        )
    }
}

impl PartialEq for CallContext {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for CallContext {}

impl Hash for CallContext {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}
