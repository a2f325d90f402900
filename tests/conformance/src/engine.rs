//! The engines a case runs on, behind one trait.

use rtfs_host::Limits;
use rtfs_ir::Program;
use rtfs_syntax::case_file::{Directives, ValidationLevel};
use rtfs_value::error::Error;
use rtfs_value::types::Level;
use std::fmt;

use crate::host;

/// What an engine answered. Values are in readable text, because that is what a case states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The program's value.
    Value(String),
    /// An error that left the program: class name and text.
    Raised {
        /// E.g. `TypeError`.
        class: String,
        /// The text that `getMessage` gives.
        text: String,
    },
    /// The engine could not run the program; never what a case expects.
    Broken(String),
}

/// What really answered, as what ran says: not which engine was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnsweredBy {
    /// Nothing ran: the text is no program, and its diagnostics are the answer.
    Lowering,
    /// The evaluator, in this process.
    Evaluator,
    /// An instance of a component that a backend made of the program: the backend's version.
    Component(String),
    /// An instance of an executor that was handed the program: the executor's component.
    Executor([u8; 32]),
    /// Nothing that the engine knows of.
    Unknown,
}

impl fmt::Display for AnsweredBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AnsweredBy::Lowering => f.write_str("its diagnostics"),
            AnsweredBy::Evaluator => f.write_str("the evaluator"),
            AnsweredBy::Component(version) => write!(f, "a component of `{version}`"),
            AnsweredBy::Executor(digest) => {
                let [first, second, ..] = digest;
                write!(f, "the executor sha256:{first:02x}{second:02x}…")
            }
            AnsweredBy::Unknown => f.write_str("nothing that it knows of"),
        }
    }
}

/// An answer, and what gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// What was answered.
    pub answer: Answer,
    /// What answered.
    pub by: AnsweredBy,
}

/// Runs programs.
pub trait Engine {
    /// The name in reports: `evaluator`, `component`.
    fn name(&self) -> &str;

    /// The name that a file's directives know it by: engines that run the same code elsewhere can do
    /// what that one can.
    fn stands_for(&self) -> &str {
        self.name()
    }

    /// Whether it can do what a file's directives ask for.
    fn can(&self, _directives: &Directives) -> bool {
        true
    }

    /// Runs a program from its top level and answers, under the limits and with the host of a
    /// file's directives. An implementation never hands the program to another engine, and says from
    /// what ran who answered, so that one that does shows.
    fn run(&self, program: &Program, directives: &Directives) -> Answered;

    /// What has to answer every program that is run on it.
    fn answerer(&self) -> AnsweredBy;
}

/// The reference evaluator.
#[derive(Clone, Copy, Debug, Default)]
pub struct EvaluatorEngine;

impl Engine for EvaluatorEngine {
    fn name(&self) -> &str {
        "evaluator"
    }

    fn answerer(&self) -> AnsweredBy {
        AnsweredBy::Evaluator
    }

    fn run(&self, program: &Program, directives: &Directives) -> Answered {
        let (answer, steps) = evaluated(program, directives);
        let by = match steps {
            // Not even a literal takes no step.
            0 => AnsweredBy::Unknown,
            _ => AnsweredBy::Evaluator,
        };
        Answered { answer, by }
    }
}

/// What the evaluator gives, and how many steps it took.
fn evaluated(program: &Program, directives: &Directives) -> (Answer, u64) {
    let defaults = Limits::default();
    let mut limits = rtfs_eval::Limits {
        steps: Some(defaults.fuel),
        memory: usize::try_from(defaults.memory_bytes).ok(),
        validation: level(directives),
        ..rtfs_eval::Limits::default()
    };
    if let Some(depth) = directives.max_depth {
        limits.depth = depth;
    }
    if directives.fuel.is_some() {
        limits.steps = directives.fuel;
    }
    let outcome = match host::named(directives) {
        Ok(Some(mut host)) => rtfs_eval::evaluate(program, &mut host, &limits),
        Ok(None) => rtfs_eval::evaluate(program, &mut rtfs_eval::PureHost, &limits),
        Err(text) => return (Answer::Broken(text), 0),
    };
    let answer = match outcome.result {
        Ok(value) => Answer::Value(rtfs_value::readable(&value)),
        Err(error) => raised(&error),
    };
    (answer, outcome.steps)
}

/// The validation level of a file's directives.
pub(crate) fn level(directives: &Directives) -> Level {
    match directives.validation {
        ValidationLevel::Basic => Level::Basic,
        ValidationLevel::Standard => Level::Standard,
        ValidationLevel::Strict => Level::Strict,
    }
}

pub(crate) fn raised(error: &Error) -> Answer {
    Answer::Raised {
        class: error.class_name().to_owned(),
        text: error.text().to_owned(),
    }
}
