//! How runs end, whichever engine ran them.

use std::collections::HashMap;
use std::time::Duration;

use rtfs_delegate::ExecutionLimits;
use rtfs_host::{CallError, Finished};
use rtfs_ir::{NodeKind, Program, each_node};
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
        /// Where, as far as that is known.
        stopped: Stopped,
    },
    /// A defect of ours.
    Defect(String),
}

/// Where a run was stopped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stopped {
    /// The node that ran; for components the innermost function that has a name of its own.
    pub node: Option<u32>,
    /// The functions that ran, innermost first.
    pub stack: Vec<String>,
}

impl Stopped {
    fn by(error: &Error) -> Self {
        Self {
            node: error.node(),
            stack: error.stack(),
        }
    }

    /// From the names of a component's functions, which are those of the program's with parts
    /// behind dots. Where these are several, or of the runtime, nothing is said.
    fn among(frames: &[String], program: &Program) -> Self {
        let mut nodes: HashMap<&str, Option<u32>> = HashMap::new();
        for form in &program.forms {
            each_node(&form.node, &mut |node| {
                if let NodeKind::Lambda(lambda) = &node.kind
                    && let Some(name) = &lambda.name
                {
                    let known = nodes.entry(name).or_insert(Some(node.id.0));
                    known.take_if(|known| *known != node.id.0);
                }
            });
        }
        let named = |mut frame: &str| loop {
            if let Some((name, node)) = nodes.get_key_value(frame) {
                break Some(((*name).to_owned(), *node));
            }
            frame = frame.rsplit_once('.')?.0;
        };
        let functions: Vec<_> = frames.iter().filter_map(|frame| named(frame)).collect();
        Self {
            node: functions.first().and_then(|(_, node)| *node),
            stack: functions.into_iter().map(|(name, _)| name).collect(),
        }
    }
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
            Ok(value) if is_larger(&value, limits.result_bytes) => return result_size(limits),
            Ok(value) => return Self::Value(value),
            Err(error) => error,
        };
        if is_larger(&error.data(), limits.result_bytes) {
            return result_size(limits);
        }
        match error.kind() {
            ErrorKind::BudgetExhausted => budget(&error, limits),
            ErrorKind::InternalError => Self::Defect(error.text().to_owned()),
            _ => Self::Raised(error),
        }
    }

    /// The end of a component's call.
    pub(crate) fn of_call(
        result: Result<Vec<u8>, CallError>,
        stopped_in: Vec<String>,
        limits: &ExecutionLimits,
    ) -> Self {
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
                stopped: Stopped {
                    node: None,
                    stack: stopped_in,
                },
            },
            Err(error) => Self::Defect(chain(&error)),
        }
    }
}

impl Ran {
    pub(crate) fn of_component(finished: Finished, limits: &ExecutionLimits) -> Self {
        Self {
            ending: Ending::of_call(finished.result, finished.report.stopped_in, limits),
            engine: "component",
            fuel: finished.report.fuel,
            peak_memory: finished.report.peak_memory,
            time: finished.report.elapsed,
        }
    }

    /// Says of a component that was stopped where in this program that was.
    #[must_use]
    pub fn locate(mut self, program: &Program) -> Self {
        if let Ending::Limit { stopped, .. } = &mut self.ending
            && self.engine == "component"
        {
            *stopped = Stopped::among(&stopped.stack, program);
        }
        self
    }
}

/// Whether a value written out takes more than so many bytes. Shared parts are written as often as
/// they are met, so a small value can be too large. Every part counts at least one byte, so the
/// work is bounded as well.
fn is_larger(value: &Value, limit_bytes: u64) -> bool {
    let mut used = 0_u64;
    let mut pending = vec![value.clone()];
    while let Some(value) = pending.pop() {
        let mut count = |part: &Value| {
            used = used.saturating_add(1 + part.as_text().map_or(0, |text| text.len() as u64));
            if part.as_seq().is_some() || part.as_map().is_some() {
                pending.push(part.clone());
            }
            used <= limit_bytes
        };
        let fits = if let Some(seq) = value.as_seq() {
            seq.iter().all(&mut count)
        } else if let Some(map) = value.as_map() {
            map.iter().all(|(key, item)| count(key) && count(item))
        } else {
            used += value.as_text().map_or(0, |text| text.len() as u64);
            used <= limit_bytes
        };
        if !fits {
            return true;
        }
    }
    false
}

fn result_size(limits: &ExecutionLimits) -> Ending {
    Ending::Limit {
        which: "result-size".to_owned(),
        message: format!("result-size limit reached: {} bytes", limits.result_bytes),
        stopped: Stopped::default(),
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
        stopped: Stopped::by(error),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_parts_count_as_often_as_they_are_written() {
        let mut value = Value::int(1);
        for _ in 0..60 {
            value = Value::vector([value.clone(), value]);
        }
        assert!(is_larger(&value, 1 << 20));
        assert!(!is_larger(
            &Value::vector([Value::int(1), Value::int(2)]),
            3
        ));
        assert!(is_larger(&Value::string("four"), 3));
        assert!(!is_larger(&Value::string("four"), 4));
    }

    #[test]
    fn deep_values_need_no_stack() {
        let mut value = Value::NIL;
        for _ in 0..1_000_000 {
            value = Value::vector([value]);
        }
        assert!(!is_larger(&value, 1 << 21));
        assert!(is_larger(&value, 1 << 19));
    }
}
