//! The evaluator's answer.

use rtfs_eval::{Limits, evaluate};
use rtfs_ir::Program;
use rtfs_value::{Error, Value, cbor};

use crate::answer::{Answer, Observed, Raised};
use crate::host::{Recorder, crossed};

/// Steps of one run. Components have no such limit: what needs more is not compared.
const STEPS: u64 = 60_000;
/// Bytes of one run.
const MEMORY: usize = 32 << 20;
/// Pending calls, on all engines.
pub(crate) const DEPTH: u32 = 400;
/// Bytes of a value's text: what shares much of itself can be longer than anybody reads.
const TEXT: usize = 1 << 20;

/// What the evaluator does; `None` when it hits a limit that is its own.
pub(crate) fn observe(program: &Program, case: usize) -> Option<Observed> {
    let limits = Limits {
        steps: Some(STEPS),
        memory: Some(MEMORY),
        depth: DEPTH,
        ..Limits::default()
    };
    let mut host = Recorder::new(case);
    let outcome = evaluate(program, &mut host, &limits);
    let answer = match outcome.result {
        Ok(value) => value_answer(&value)?,
        Err(error) if is_own_limit(&error) => return None,
        Err(error) => Answer::Raised(Raised {
            class: error.class_name().to_owned(),
            kind: error.kind_keyword().to_owned(),
            message: error.text().to_owned(),
            data: crossed(&error.data()),
            node: error.node().unwrap_or(u32::MAX),
            stack: error.stack(),
        }),
    };
    Some(Observed {
        answer,
        asked: host.asked,
        leaked: 0,
    })
}

fn value_answer(value: &Value) -> Option<Answer> {
    let bytes = cbor::encode(value)
        .ok()
        .filter(|bytes| bytes.len() < TEXT)?;
    let value = cbor::decode(&bytes).ok()?;
    Some(Answer::Value(rtfs_value::readable(&value), bytes))
}

/// Steps and memory are counted in units of the evaluator.
fn is_own_limit(error: &Error) -> bool {
    error.class_name() == "BudgetExhausted"
        && ["steps", "memory"]
            .iter()
            .any(|own| error.text().contains(own))
}
