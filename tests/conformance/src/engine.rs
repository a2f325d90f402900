//! The engines a case runs on, behind one trait.

use rtfs_host::{CallError, CallOptions, Grants, Limits};
use rtfs_ir::Program;
use rtfs_syntax::case_file::{Directives, ValidationLevel};
use rtfs_value::error::Error;
use rtfs_value::types::Level;

use crate::host::{self, TestHost};

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
    fn name(&self) -> &'static str;

    /// Runs a program from its top level and answers, under the limits and with the host of a
    /// file's directives. An implementation never hands the program to another engine.
    fn run(&self, program: &Program, directives: &Directives) -> Answer;
}

/// The reference evaluator.
#[derive(Clone, Copy, Debug, Default)]
pub struct EvaluatorEngine;

impl Engine for EvaluatorEngine {
    fn name(&self) -> &'static str {
        "evaluator"
    }

    fn run(&self, program: &Program, directives: &Directives) -> Answer {
        let defaults = Limits::default();
        let mut limits = rtfs_eval::Limits {
            steps: Some(defaults.fuel),
            memory: usize::try_from(defaults.memory_bytes).ok(),
            validation: match directives.validation {
                ValidationLevel::Basic => Level::Basic,
                ValidationLevel::Standard => Level::Standard,
                ValidationLevel::Strict => Level::Strict,
            },
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

fn raised(error: &Error) -> Answer {
    Answer::Raised {
        class: error.class_name().to_owned(),
        text: error.text().to_owned(),
    }
}

/// Compiles each program to a component and runs it in the sandbox. Nothing is cached.
#[derive(Debug)]
pub struct ComponentEngine {
    engine: rtfs_host::Engine,
    options: rtfs_backend_wasm::Options,
}

impl ComponentEngine {
    /// An engine that compiles with `options`.
    pub fn new(engine: rtfs_host::Engine, options: rtfs_backend_wasm::Options) -> Self {
        Self { engine, options }
    }

    fn call(&self, program: &Program, options: &CallOptions) -> Result<Vec<u8>, Answer> {
        let artifact =
            rtfs_backend_wasm::compile(program, &self.options).map_err(|e| broken(&e))?;
        let module = self
            .engine
            .compile(&artifact.component)
            .map_err(|e| broken(&e))?;
        let no_args = rtfs_value::cbor::encode_args(&[]).map_err(|error| raised(&error))?;
        match module.invoke(0, &no_args, options) {
            Ok(outcome) => Ok(outcome.value),
            Err(CallError::Raised(error)) => Err(Answer::Raised {
                class: error.class,
                text: error.message,
            }),
            // The evaluator names its limits by the error kind; so do cases.
            Err(error @ CallError::Limit { .. }) => Err(Answer::Raised {
                class: "BudgetExhausted".to_owned(),
                text: error.to_string(),
            }),
            Err(error) => Err(broken(&error)),
        }
    }
}

fn broken(error: &dyn std::error::Error) -> Answer {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    Answer::Broken(text)
}

impl Engine for ComponentEngine {
    fn name(&self) -> &'static str {
        "component"
    }

    fn run(&self, program: &Program, directives: &Directives) -> Answer {
        let mut limits = Limits::default();
        if let Some(depth) = directives.max_depth {
            limits.depth = depth;
        }
        if let Some(fuel) = directives.fuel {
            limits.fuel = fuel;
        }
        let mut options = CallOptions {
            limits,
            ..CallOptions::default()
        };
        match host::named(directives) {
            Ok(Some(host)) => {
                options.grants = Grants::all_capabilities();
                options.host = Some(TestHost::answering(host));
            }
            Ok(None) => {}
            Err(text) => return Answer::Broken(text),
        }
        match self.call(program, &options) {
            Ok(bytes) => match rtfs_value::cbor::decode(&bytes) {
                Ok(value) => Answer::Value(rtfs_value::readable(&value)),
                Err(error) => broken(&error),
            },
            Err(answer) => answer,
        }
    }
}
