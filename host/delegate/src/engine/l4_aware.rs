//! Asks the store for code before another engine is asked.

use std::sync::Arc;

use super::{Considered, Decision, DecisionReason, DelegationEngine};
use crate::call_context::CallContext;
use crate::l4::{L4CacheClient, Lookup};
use crate::policy::Policy;
use crate::target::ExecTarget;

/// A decorator around any engine: a verified stored module that satisfies the policy answers the
/// call; otherwise the engine inside decides.
pub struct L4AwareDelegationEngine<E> {
    l4: Arc<L4CacheClient>,
    inner: E,
    policy: Policy,
}

impl<E: DelegationEngine> L4AwareDelegationEngine<E> {
    /// Asks `l4` under [`Policy::Exact`] before `inner`.
    pub fn new(l4: Arc<L4CacheClient>, inner: E) -> Self {
        Self {
            l4,
            inner,
            policy: Policy::default(),
        }
    }

    /// Asks under another policy.
    #[must_use]
    pub fn with_policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// What a stored module must satisfy.
    pub fn policy(&self) -> Policy {
        self.policy
    }

    /// The engine inside.
    pub fn inner(&self) -> &E {
        &self.inner
    }
}

impl<E: DelegationEngine> DelegationEngine for L4AwareDelegationEngine<E> {
    fn decide(&self, context: &CallContext) -> ExecTarget {
        match self.l4.lookup(context, self.policy) {
            Lookup::Hit(hit) => hit.target(),
            Lookup::Miss(_) => self.inner.decide(context),
        }
    }

    fn name(&self) -> &'static str {
        "l4-aware"
    }

    fn explain(&self, context: &CallContext) -> Decision {
        match self.l4.lookup(context, self.policy) {
            Lookup::Hit(hit) => {
                let target = hit.target();
                Decision {
                    engine: self.name(),
                    considered: vec![Considered::new("l4", target.to_string())],
                    policy: Some(self.policy),
                    reason: DecisionReason::L4Hit,
                    overridden: false,
                    target,
                }
            }
            Lookup::Miss(reason) => {
                let mut decision = self.inner.explain(context);
                let found = format!("miss: {}", reason.name());
                decision.considered.insert(0, Considered::new("l4", found));
                decision.policy = Some(self.policy);
                decision
            }
        }
    }
}
