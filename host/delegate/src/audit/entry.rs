//! What a line says.

use std::time::Duration;

use rtfs_store::Digest;
use rtfs_value::{Error, Value};
use serde::{Deserialize, Serialize};

use crate::call_context::CallContext;
use crate::clock::Timestamp;
use crate::engine::Decision;

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Outcome {
    /// With a value.
    Value,
    /// With an RTFS error.
    Raised {
        /// Its class.
        class: String,
    },
    /// The chosen target did not answer and the evaluator ran the body.
    Fallback {
        /// Why: a reason of `NotDelegable`, of a miss, or an executor's message.
        reason: String,
    },
    /// Not known when the line was written.
    Open,
}

impl Outcome {
    /// The outcome of a result.
    pub fn of(result: &Result<Value, Error>) -> Self {
        match result {
            Ok(_) => Self::Value,
            Err(error) => Self::Raised {
                class: error.class_name().to_owned(),
            },
        }
    }
}

/// One decision and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct AuditEntry {
    /// The function.
    pub call: String,
    /// Fingerprint of the arguments' kinds, in hexadecimal.
    pub args: String,
    /// Fingerprint of the surroundings, in hexadecimal.
    pub surroundings: String,
    /// What was looked at, in order: where and what was found.
    pub considered: Vec<(String, String)>,
    /// The engine that decided.
    pub engine: String,
    /// Where the call ran.
    pub chosen: String,
    /// The signed record that vouched for stored code.
    pub record: Option<Digest>,
    /// The policy stored code had to satisfy.
    pub policy: Option<String>,
    /// Why this target.
    pub reason: String,
    /// Whether an author's hint decided.
    pub overridden: bool,
    /// How the call ended.
    pub outcome: Outcome,
    /// Units of the executor's meter.
    pub fuel: u64,
    /// How long it took, in microseconds, by the caller's clock.
    pub elapsed_us: u64,
}

impl AuditEntry {
    /// The entry of a decision whose outcome is not known yet.
    pub fn new(context: &CallContext, decision: &Decision) -> Self {
        let record = match &decision.target {
            crate::target::ExecTarget::L4CacheHit { signature, .. } => Some(signature.record),
            _ => None,
        };
        let considered = decision.considered.iter();
        Self {
            call: context.fn_symbol.to_string(),
            args: format!("{:016x}", context.arg_type_fingerprint),
            surroundings: format!("{:016x}", context.runtime_context_hash),
            considered: considered
                .map(|one| (one.source.to_owned(), one.found.clone()))
                .collect(),
            engine: decision.engine.to_owned(),
            chosen: decision.target.to_string(),
            record,
            policy: decision.policy.map(|policy| policy.name().to_owned()),
            reason: decision.reason.name().to_owned(),
            overridden: decision.overridden,
            outcome: Outcome::Open,
            fuel: 0,
            elapsed_us: 0,
        }
    }

    /// Adds what came of it.
    #[must_use]
    pub fn with_outcome(mut self, outcome: Outcome, fuel: u64, elapsed: Duration) -> Self {
        self.outcome = outcome;
        self.fuel = fuel;
        self.elapsed_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        self
    }
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct AuditLine {
    /// Counts the lines of the log from 1, torn ones included.
    pub line: u64,
    /// SHA-256 of the line before, without its line end; that of nothing for the first.
    pub previous: Digest,
    /// When it was written, in milliseconds since 1970, by the writer's clock.
    pub time: u64,
    /// Whether the line before is the remains of one that its writer did not finish.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub after_torn: bool,
    /// What is recorded.
    pub entry: AuditEntry,
}

impl AuditLine {
    /// When it was written.
    pub fn time(&self) -> Timestamp {
        Timestamp::from_millis(self.time)
    }
}
