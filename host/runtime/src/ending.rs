//! How runs end, whichever engine ran them.

use std::time::Duration;

use rtfs_delegate::ExecutionLimits;
use rtfs_host::{CallError, Finished};
use rtfs_value::error::ErrorKind;
use rtfs_value::{Error, Value, cbor};

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// With a value.
    Value(Value),
    /// With an error that nothing caught.
    Raised(Error),
    /// A limit was hit.
    Limit {
        /// Which one: `fuel`, `memory`, `deadline`, `host-calls`, `result-size`.
        which: String,
        /// In one line, with limit and use where they are known.
        message: String,
    },
    /// A defect of ours.
    Defect(String),
}

/// What a run used, whatever its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Ran {
    /// How it ended.
    pub ending: Ending,
    /// What ran it: `evaluator`, `component`.
    pub engine: &'static str,
    /// Units of the engine's own meter: wasm fuel, evaluator steps.
    pub fuel: u64,
    /// Most memory in use at once, in bytes.
    pub peak_memory: u64,
    /// Time in the engine.
    pub time: Duration,
}

impl Ending {
    /// The end of an evaluation.
    pub fn of_evaluation(result: Result<Value, Error>, limits: &ExecutionLimits) -> Self {
        let error = match result {
            Ok(value) => return Self::Value(value),
            Err(error) => error,
        };
        match error.kind() {
            ErrorKind::BudgetExhausted => budget(&error, limits),
            ErrorKind::InternalError => Self::Defect(error.text().to_owned()),
            _ => Self::Raised(error),
        }
    }

    /// The end of a component's call.
    pub(crate) fn of_call(result: Result<Vec<u8>, CallError>, limits: &ExecutionLimits) -> Self {
        match result {
            Ok(bytes) => match cbor::decode(&bytes) {
                Ok(value) => Self::Value(value),
                Err(error) => Self::Defect(format!("the component's answer is malformed: {error}")),
            },
            Err(CallError::Raised(error)) => match crate::wasm_executor::raised(&error) {
                Ok(error) => Self::of_evaluation(Err(error), limits),
                Err(error) => Self::Defect(chain(&error)),
            },
            Err(error @ CallError::Limit { which, .. }) => Self::Limit {
                which: which.name().to_owned(),
                message: error.to_string(),
            },
            Err(error) => Self::Defect(chain(&error)),
        }
    }
}

impl Ran {
    pub(crate) fn of_component(finished: Finished, limits: &ExecutionLimits) -> Self {
        Self {
            ending: Ending::of_call(finished.result, limits),
            engine: "component",
            fuel: finished.report.fuel,
            peak_memory: finished.report.peak_memory,
            time: finished.report.elapsed,
        }
    }
}

/// Libraries and evaluator name what ran out in the text, and the rule in the data.
fn budget(error: &Error, limits: &ExecutionLimits) -> Ending {
    let text = error.text();
    let dimension = text.strip_prefix("Budget exhausted: ").unwrap_or(text);
    let (which, detail) = match dimension {
        "steps" => ("fuel", format!(": {} evaluator steps", limits.fuel)),
        "fuel" => ("fuel", format!(": {}", limits.fuel)),
        "memory" => ("memory", format!(": {} bytes", limits.memory_bytes)),
        "deadline" => ("deadline", format!(": {} ms", limits.deadline.as_millis())),
        "host-calls" => ("host-calls", format!(": {}", limits.host_calls)),
        other => match error.data().as_str() {
            Some(rule) => (other, format!(": {rule}")),
            None => (other, String::new()),
        },
    };
    Ending::Limit {
        which: which.to_owned(),
        message: format!("{which} limit reached{detail}"),
    }
}

/// An error and its causes in one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
