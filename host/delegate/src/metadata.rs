//! What a caller knows about a decision: for people and records, never for the decision itself.

use std::collections::BTreeMap;

/// Facts that accompany a call. They explain; policies decide.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DelegationMetadata {
    /// How sure the giver is, 0 to 1.
    pub confidence: Option<f64>,
    /// For people.
    pub reasoning: Option<String>,
    /// Free facts from planning.
    pub context: BTreeMap<String, String>,
    /// The component that says so.
    pub source: Option<String>,
}

impl DelegationMetadata {
    /// Nothing known.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says how sure the giver is. Numbers outside 0 to 1 are drawn to the nearer end, and what is
    /// no number leaves the field empty.
    #[must_use]
    pub fn with_confidence(mut self, confidence: f64) -> Self {
        self.confidence = (!confidence.is_nan()).then(|| confidence.clamp(0.0, 1.0));
        self
    }

    /// Says why, for people.
    #[must_use]
    pub fn with_reasoning(mut self, reasoning: impl Into<String>) -> Self {
        self.reasoning = Some(reasoning.into());
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn with_context(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.context.insert(key.into(), value.into());
        self
    }

    /// Says who says so.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<String>) -> Self {
        self.source = Some(source.into());
        self
    }
}
