//! L1: where did this kind of call go last time?

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::config::CacheConfig;
use super::error::CacheError;
use super::generic::{Cache, Look};
use super::key::DelegationKey;
use super::layer::CacheLayer;
use super::stats::CacheStats;
use crate::clock::{Clock, Timestamp};
use crate::target::ExecTarget;

/// A target that may be remembered. Stored modules are not among them: whether they may be used is
/// the store's to say, each time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PlanTarget {
    /// In the evaluator.
    LocalPure,
    /// By a model on this machine.
    LocalModel(String),
    /// By a model elsewhere.
    RemoteModel(String),
    /// A text that names no target; such a plan decides nothing.
    Other(String),
}

impl PlanTarget {
    /// The target of a report's text: `local-pure`, `local-X`, `remote-X`. The prefix goes once.
    pub fn parse(text: &str) -> Self {
        if text == "local-pure" {
            return Self::LocalPure;
        }
        if let Some(model) = text.strip_prefix("local-") {
            return Self::LocalModel(model.to_owned());
        }
        match text.strip_prefix("remote-") {
            Some(model) => Self::RemoteModel(model.to_owned()),
            None => Self::Other(text.to_owned()),
        }
    }

    /// The target that may be remembered for a decision: `None` for a stored module.
    pub fn of(target: &ExecTarget) -> Option<Self> {
        match target {
            ExecTarget::LocalPure => Some(Self::LocalPure),
            ExecTarget::LocalModel(id) => Some(Self::LocalModel(id.clone())),
            ExecTarget::RemoteModel(id) => Some(Self::RemoteModel(id.clone())),
            ExecTarget::L4CacheHit { .. } => None,
        }
    }

    /// Where a call goes by this plan, if it says.
    pub fn exec_target(&self) -> Option<ExecTarget> {
        match self {
            Self::LocalPure => Some(ExecTarget::LocalPure),
            Self::LocalModel(id) => Some(ExecTarget::LocalModel(id.clone())),
            Self::RemoteModel(id) => Some(ExecTarget::RemoteModel(id.clone())),
            Self::Other(_) => None,
        }
    }
}

/// A remembered decision.
#[derive(Debug, Clone, PartialEq)]
pub struct DelegationPlan {
    /// Where the call went.
    pub target: PlanTarget,
    /// How sure the decider was, 0 to 1.
    pub confidence: f64,
    /// Why, for people.
    pub reasoning: String,
    /// When it was decided.
    pub created_at: Timestamp,
    /// Further facts, for people.
    pub metadata: BTreeMap<String, String>,
}

/// Plans by agent and task.
pub struct DelegationCache {
    plans: Cache<DelegationKey, Versioned>,
    confidence_threshold: Option<f64>,
    version: AtomicU64,
}

#[derive(Clone)]
struct Versioned {
    version: u64,
    plan: DelegationPlan,
}

impl DelegationCache {
    /// An empty cache.
    ///
    /// # Errors
    /// `ConfigError` when the configuration makes no sense.
    pub fn new(config: CacheConfig, clock: Arc<dyn Clock>) -> Result<Self, CacheError> {
        Ok(Self {
            confidence_threshold: config.confidence_threshold,
            plans: Cache::new(config, clock)?,
            version: AtomicU64::new(0),
        })
    }

    /// The plan for an agent and a task, unless it is too old, made under an earlier policy, or not
    /// sure enough.
    pub fn get_plan(&self, agent: &str, task: &str) -> Option<DelegationPlan> {
        let key = DelegationKey::new(agent, task);
        let found = self.plans.get_if(&key, |found| self.look(found));
        found.map(|(found, _)| found.plan)
    }

    /// Remembers a plan. Its age counts from now.
    ///
    /// # Errors
    /// `ConfigError` when the confidence is not between 0 and 1.
    pub fn put_plan(
        &self,
        agent: &str,
        task: &str,
        mut plan: DelegationPlan,
    ) -> Result<(), CacheError> {
        super::config::check_threshold("confidence", plan.confidence)?;
        plan.created_at = self.plans.now();
        let version = self.version.load(Ordering::Relaxed);
        let key = DelegationKey::new(agent, task);
        self.plans.put(key, Versioned { version, plan })
    }

    /// Forgets a plan; whether there was one.
    ///
    /// # Errors
    /// When the cache cannot be changed.
    pub fn invalidate_plan(&self, agent: &str, task: &str) -> Result<bool, CacheError> {
        self.plans.invalidate(&DelegationKey::new(agent, task))
    }

    /// Makes every plan of now stale: a policy, capability or hint table has changed.
    pub fn advance_policy_version(&self) {
        self.version.fetch_add(1, Ordering::Relaxed);
    }

    /// An agent's plans, sorted by task.
    pub fn get_agent_plans(&self, agent: &str) -> Vec<(String, DelegationPlan)> {
        let of_agent = self.usable(|key| key.agent == agent);
        of_agent
            .into_iter()
            .map(|(key, plan)| (key.task, plan))
            .collect()
    }

    /// Plans for a task, sorted by agent.
    pub fn get_task_plans(&self, task: &str) -> Vec<(String, DelegationPlan)> {
        let of_task = self.usable(|key| key.task == task);
        of_task
            .into_iter()
            .map(|(key, plan)| (key.agent, plan))
            .collect()
    }

    /// What the cache did so far.
    pub fn stats(&self) -> CacheStats {
        self.plans.stats()
    }

    /// Forgets everything.
    ///
    /// # Errors
    /// When the cache cannot be changed.
    pub fn clear(&self) -> Result<(), CacheError> {
        self.plans.clear()
    }

    /// How the cache behaves.
    pub fn config(&self) -> CacheConfig {
        self.plans.config()
    }

    fn look(&self, found: &Versioned) -> Look {
        let is_current = found.version == self.version.load(Ordering::Relaxed);
        let threshold = self.confidence_threshold.unwrap_or(0.0);
        match is_current && found.plan.confidence >= threshold {
            true => Look::Good,
            false => Look::Rejected,
        }
    }

    fn usable(
        &self,
        is_wanted: impl Fn(&DelegationKey) -> bool,
    ) -> Vec<(DelegationKey, DelegationPlan)> {
        let entries = self.plans.entries().into_iter();
        let wanted =
            entries.filter(|(key, found)| is_wanted(key) && self.look(found) == Look::Good);
        let mut plans: Vec<_> = wanted.map(|(key, found)| (key, found.plan)).collect();
        plans.sort_by(|a, b| a.0.cmp(&b.0));
        plans
    }
}
