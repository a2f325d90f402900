//! A table of targets, and a memory of earlier decisions.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Considered, Decision, DecisionReason, DelegationEngine};
use crate::cache::{
    CacheConfig, CacheError, CacheStats, DelegationCache, DelegationPlan, PlanTarget,
};
use crate::call_context::CallContext;
use crate::clock::{Clock, Timestamp};
use crate::metadata::DelegationMetadata;
use crate::target::ExecTarget;

/// Confidence of a decision whose giver said nothing.
const DEFAULT_CONFIDENCE: f64 = 0.8;

/// Decides by a table of symbols, then by the delegation cache (L1), else locally.
pub struct StaticDelegationEngine {
    table: HashMap<String, ExecTarget>,
    l1: Arc<DelegationCache>,
}

impl StaticDelegationEngine {
    /// An engine with an L1 cache of the usual size.
    pub fn new(table: HashMap<String, ExecTarget>, clock: Arc<dyn Clock>) -> Self {
        let l1 = DelegationCache::new(CacheConfig::l1(), clock);
        // The configuration is ours and has no threshold.
        Self::with_l1(table, Arc::new(l1.expect("the defaults are valid")))
    }

    /// An engine with a given L1 cache, which others may share.
    pub fn with_l1(table: HashMap<String, ExecTarget>, l1: Arc<DelegationCache>) -> Self {
        Self { table, l1 }
    }

    /// The L1 cache.
    pub fn l1(&self) -> &Arc<DelegationCache> {
        &self.l1
    }

    /// Remembers a decision. A stored module is never remembered; whether the decision was.
    ///
    /// # Errors
    /// When the cache refuses it.
    pub fn cache_decision(
        &self,
        agent: &str,
        task: &str,
        target: &ExecTarget,
        confidence: f64,
        reasoning: &str,
    ) -> Result<bool, CacheError> {
        let metadata = DelegationMetadata {
            confidence: Some(confidence),
            reasoning: Some(reasoning.to_owned()),
            ..DelegationMetadata::default()
        };
        self.cache_decision_with_metadata(agent, task, target, &metadata)
    }

    /// [`StaticDelegationEngine::cache_decision`] with all that is known about it.
    ///
    /// # Errors
    /// When the cache refuses it.
    pub fn cache_decision_with_metadata(
        &self,
        agent: &str,
        task: &str,
        target: &ExecTarget,
        metadata: &DelegationMetadata,
    ) -> Result<bool, CacheError> {
        let Some(target) = PlanTarget::of(target) else {
            return Ok(false);
        };
        self.l1.put_plan(agent, task, plan(target, metadata))?;
        Ok(true)
    }

    /// What the L1 cache did so far.
    pub fn cache_stats(&self) -> CacheStats {
        self.l1.stats()
    }

    /// The task under which a call's decision is remembered. The two hashes stand side by side:
    /// mixed into one, equal ones would cancel out.
    pub fn task(context: &CallContext) -> String {
        format!(
            "{:x}:{:x}",
            context.arg_type_fingerprint, context.runtime_context_hash
        )
    }

    fn decide_with_reason(&self, context: &CallContext) -> (ExecTarget, DecisionReason) {
        if let Some(target) = self.table.get(&*context.fn_symbol) {
            return (target.clone(), DecisionReason::Table);
        }
        let task = Self::task(context);
        let remembered = self.l1.get_plan(&context.fn_symbol, &task);
        if let Some(target) = remembered.and_then(|plan| plan.target.exec_target()) {
            return (target, DecisionReason::L1Hit);
        }
        let plan = match &context.metadata {
            Some(metadata) => plan(PlanTarget::LocalPure, metadata),
            None => default_plan(),
        };
        // A cache that does not remember costs time, never the call.
        let _ = self.l1.put_plan(&context.fn_symbol, &task, plan);
        (ExecTarget::LocalPure, DecisionReason::Default)
    }
}

fn plan(target: PlanTarget, metadata: &DelegationMetadata) -> DelegationPlan {
    let reasoning = metadata.reasoning.clone().unwrap_or_else(|| {
        let source = metadata.source.as_deref().unwrap_or("unknown-component");
        format!("Decision from {source}")
    });
    DelegationPlan {
        target,
        confidence: metadata.confidence.unwrap_or(DEFAULT_CONFIDENCE),
        reasoning,
        created_at: Timestamp::default(),
        metadata: metadata.context.clone(),
    }
}

fn default_plan() -> DelegationPlan {
    DelegationPlan {
        target: PlanTarget::LocalPure,
        confidence: DEFAULT_CONFIDENCE,
        reasoning: "Default fallback to local pure execution".to_owned(),
        created_at: Timestamp::default(),
        metadata: Default::default(),
    }
}

impl DelegationEngine for StaticDelegationEngine {
    fn decide(&self, context: &CallContext) -> ExecTarget {
        self.decide_with_reason(context).0
    }

    fn name(&self) -> &'static str {
        "static"
    }

    fn explain(&self, context: &CallContext) -> Decision {
        let (target, reason) = self.decide_with_reason(context);
        let found = || target.to_string();
        let considered = match reason {
            DecisionReason::Table => vec![Considered::new("table", found())],
            DecisionReason::L1Hit => vec![
                Considered::new("table", "absent"),
                Considered::new("l1", found()),
            ],
            _ => vec![
                Considered::new("table", "absent"),
                Considered::new("l1", "absent"),
            ],
        };
        Decision {
            engine: self.name(),
            considered,
            policy: None,
            reason,
            overridden: false,
            target,
        }
    }
}
