//! The engines a case runs on, behind one trait.

use rtfs_host::Limits;
use rtfs_ir::Program;
use rtfs_syntax::case_file::{Directives, ValidationLevel};
use rtfs_value::error::Error;
use rtfs_value::types::Level;

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
    /// file's directives. An implementation never hands the program to another engine.
    fn run(&self, program: &Program, directives: &Directives) -> Answer;
}

/// The reference evaluator.
#[derive(Clone, Copy, Debug, Default)]
pub struct EvaluatorEngine;

impl Engine for EvaluatorEngine {
    fn name(&self) -> &str {
        "evaluator"
    }

    fn run(&self, program: &Program, directives: &Directives) -> Answer {
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
        let result = match host::named(directives) {
            Ok(Some(mut host)) => rtfs_eval::evaluate(program, &mut host, &limits).result,
            Ok(None) => rtfs_eval::evaluate(program, &mut rtfs_eval::PureHost, &limits).result,
            Err(text) => return Answer::Broken(text),
        };
        match result {
            Ok(value) => Answer::Value(rtfs_value::readable(&value)),
            Err(error) => raised(&error),
        }
    }
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
