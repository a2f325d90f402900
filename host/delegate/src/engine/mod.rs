//! Decision engines.

mod l4_aware;
mod static_engine;

use std::fmt;
use std::sync::Arc;

use crate::call_context::CallContext;
use crate::policy::Policy;
use crate::target::ExecTarget;

pub use l4_aware::L4AwareDelegationEngine;
pub use static_engine::StaticDelegationEngine;

/// Decides where calls run.
///
/// As seen by the caller, a decision is pure: the same engine state and context give the same
/// answer, and nothing visible happens; an engine may remember what it found out. It cannot fail:
/// an unknown situation is [`ExecTarget::LocalPure`].
pub trait DelegationEngine: Send + Sync {
    /// Where the call runs.
    fn decide(&self, context: &CallContext) -> ExecTarget;

    /// The engine's name in records.
    fn name(&self) -> &'static str {
        "custom"
    }

    /// Decides as [`DelegationEngine::decide`] does, and says how. Costs a little more.
    fn explain(&self, context: &CallContext) -> Decision {
        Decision {
            target: self.decide(context),
            engine: self.name(),
            considered: Vec::new(),
            policy: None,
            reason: DecisionReason::Engine,
            overridden: false,
        }
    }
}

impl<E: DelegationEngine + ?Sized> DelegationEngine for Arc<E> {
    fn decide(&self, context: &CallContext) -> ExecTarget {
        (**self).decide(context)
    }

    fn name(&self) -> &'static str {
        (**self).name()
    }

    fn explain(&self, context: &CallContext) -> Decision {
        (**self).explain(context)
    }
}

impl<E: DelegationEngine + ?Sized> DelegationEngine for Box<E> {
    fn decide(&self, context: &CallContext) -> ExecTarget {
        (**self).decide(context)
    }

    fn name(&self) -> &'static str {
        (**self).name()
    }

    fn explain(&self, context: &CallContext) -> Decision {
        (**self).explain(context)
    }
}

/// A decision with its reasons, for records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Where the call runs.
    pub target: ExecTarget,
    /// The engine that said so.
    pub engine: &'static str,
    /// What was looked at, in order.
    pub considered: Vec<Considered>,
    /// The policy a stored module had to satisfy, if one was looked for.
    pub policy: Option<Policy>,
    /// Why this target.
    pub reason: DecisionReason,
    /// Whether an author's hint decided instead of an engine.
    pub overridden: bool,
}

/// One thing an engine looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Considered {
    /// Where: `author-hint`, `l4`, `table`, `l1`.
    pub source: &'static str,
    /// What was found there, for reports.
    pub found: String,
}

impl Considered {
    /// Something that was looked at.
    pub fn new(source: &'static str, found: impl Into<String>) -> Self {
        Self {
            source,
            found: found.into(),
        }
    }
}

/// Why a call runs where it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DecisionReason {
    /// The function's author said so.
    AuthorHint,
    /// A stored module was found and verified.
    L4Hit,
    /// The static table names the function.
    Table,
    /// An earlier decision was remembered.
    L1Hit,
    /// Nothing else was known.
    Default,
    /// There is no engine.
    NoEngine,
    /// An engine that does not explain itself.
    Engine,
}

impl DecisionReason {
    /// The reason's name in records.
    pub fn name(self) -> &'static str {
        match self {
            Self::AuthorHint => "author-hint",
            Self::L4Hit => "l4-hit",
            Self::Table => "table",
            Self::L1Hit => "l1-hit",
            Self::Default => "default",
            Self::NoEngine => "no-engine",
            Self::Engine => "engine",
        }
    }
}

impl fmt::Display for DecisionReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
