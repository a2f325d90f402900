//! What a call gave and what it asked of its host: the part of a run that others can see.

use rtfs_eval::{Environment, Machine};
use rtfs_host::{CallError, CallOptions, Executor, Finished, Limits, Module, RtfsError};
use rtfs_ir::{GlobalId, Program};
use rtfs_value::error::Error;
use rtfs_value::types::Level;
use rtfs_value::{Value, cbor};

use super::module::text;
use super::witness::Witness;
use crate::engine::Answer;
use crate::judge::notation;

/// Something whose exports can be called.
#[derive(Clone, Copy)]
pub(super) enum Callee<'a> {
    /// A component that was made of a program, or by hand.
    Module(&'a Module),
    /// An executor with an artifact.
    Artifact(&'a Executor, &'a [u8]),
}

impl Callee<'_> {
    pub(super) fn invoke(self, export: u32, args: &[u8], options: &CallOptions) -> Finished {
        match self {
            Callee::Module(module) => module.invoke_full(export, args, options),
            Callee::Artifact(executor, artifact) => {
                executor.invoke(artifact, export, args, options)
            }
        }
    }
}

/// How a call ended, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// One encoded value.
    Value(Vec<u8>),
    /// An error that left the program; where it was raised is the engine's affair.
    Raised {
        class: String,
        kind: String,
        text: String,
        data: Vec<u8>,
    },
    /// Neither, which nothing expects.
    Broken(String),
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Observed {
    pub(super) ending: Ending,
    /// What the host was asked, in order.
    pub(super) asked: Vec<String>,
}

impl Observed {
    /// What the evaluator gives for a program's top level.
    pub(super) fn of_evaluator(program: &Program, level: Level) -> Self {
        let witness = Witness::default();
        let outcome = rtfs_eval::evaluate(program, &mut &witness, &limits(level));
        Self::of_result(outcome.result, &witness)
    }

    /// What the evaluator gives for an export of a program, after its definitions.
    pub(super) fn of_export_here(
        program: &Program,
        export: GlobalId,
        args: &[Value],
        level: Level,
    ) -> Self {
        let witness = Witness::default();
        let result = Self::call_here(program, export, args, &limits(level), &witness);
        Self::of_result(result, &witness)
    }

    fn call_here(
        program: &Program,
        export: GlobalId,
        args: &[Value],
        limits: &rtfs_eval::Limits,
        witness: &Witness,
    ) -> Result<Value, Error> {
        let mut environment = Environment::new();
        let unit = environment.load(program);
        let unit = unit.map_err(|error| Error::internal(&error.to_string()))?;
        let mut machine = Machine::in_environment(environment, &unit.definitions(), limits);
        rtfs_eval::drive(&mut machine, &mut &*witness)?;
        let environment = machine.into_environment();
        let mut machine = match program.function(export) {
            Some(_) => Machine::call_export(environment, &unit, export, args.to_vec(), limits),
            None if args.is_empty() => Machine::read_export(environment, &unit, export, limits),
            None => {
                let name = program.globals.get(export.0 as usize);
                let name = name.map_or("", |info| info.name.as_str());
                return Err(Error::arity(name, 0, Some(0), args.len()));
            }
        };
        rtfs_eval::drive(&mut machine, &mut &*witness)
    }

    fn of_result(result: Result<Value, Error>, witness: &Witness) -> Self {
        let ending = match result.and_then(|value| cbor::encode(&value)) {
            Ok(bytes) => Ending::Value(bytes),
            Err(error) => Ending::of_error(&error),
        };
        let asked = witness.asked();
        Self { ending, asked }
    }

    /// What an export gives, and how much fuel that took.
    pub(super) fn of_export(
        callee: Callee<'_>,
        (export, args): (u32, &[u8]),
        options: &CallOptions,
    ) -> (Self, u64) {
        let witness = Witness::default();
        let options = witness.answering(options);
        let finished = callee.invoke(export, args, &options);
        let fuel = finished.report.fuel;
        let ending = Ending::of_call(finished);
        let asked = witness.asked();
        (Self { ending, asked }, fuel)
    }
}

/// The limits of a component's call, for the evaluator.
fn limits(validation: Level) -> rtfs_eval::Limits {
    let defaults = Limits::default();
    rtfs_eval::Limits {
        steps: Some(defaults.fuel),
        memory: usize::try_from(defaults.memory_bytes).ok(),
        validation,
        ..rtfs_eval::Limits::default()
    }
}

/// One encoded array without items.
pub(super) const NO_ARGUMENTS: [u8; 1] = [0x80];

impl Ending {
    fn of_error(error: &Error) -> Self {
        Ending::Raised {
            class: error.class_name().to_owned(),
            kind: error.kind_keyword().to_owned(),
            text: error.text().to_owned(),
            data: cbor::encode(error.data_ref()).unwrap_or_default(),
        }
    }

    pub(super) fn of_call(finished: Finished) -> Self {
        match finished.result {
            Ok(bytes) => Ending::Value(bytes),
            Err(CallError::Raised(error)) => Ending::of_answer(Err(error)),
            Err(error) => Ending::Broken(text(error)),
        }
    }

    pub(super) fn of_answer(answer: Result<Vec<u8>, Box<RtfsError>>) -> Self {
        match answer {
            Ok(bytes) => Ending::Value(bytes),
            Err(error) => Ending::Raised {
                class: error.class,
                kind: error.kind,
                text: error.message,
                data: error.data,
            },
        }
    }

    /// The class of an error.
    pub(super) fn class(&self) -> Option<&str> {
        match self {
            Ending::Raised { class, .. } => Some(class),
            Ending::Value(_) | Ending::Broken(_) => None,
        }
    }

    /// `self` is what was wanted.
    pub(super) fn expect(&self, got: &Ending) -> Result<(), String> {
        if self == got {
            return Ok(());
        }
        let (mut wanted, mut found) = (self.shown(), got.shown());
        if wanted == found {
            // What people read is the same, so it is the rest that differs.
            (wanted, found) = (self.in_full(), got.in_full());
        }
        Err(format!("wanted {wanted}, got {found}"))
    }

    pub(super) fn shown(&self) -> String {
        let answer = match self {
            Ending::Value(bytes) => match cbor::decode(bytes) {
                Ok(value) => Answer::Value(shortened(rtfs_value::readable(&value))),
                Err(error) => Answer::Broken(format!("{error}: {}", hex(bytes))),
            },
            Ending::Raised { class, text, .. } => Answer::Raised {
                class: class.clone(),
                text: text.clone(),
            },
            Ending::Broken(why) => Answer::Broken(why.clone()),
        };
        notation(&answer)
    }

    fn in_full(&self) -> String {
        match self {
            Ending::Value(bytes) => hex(bytes),
            Ending::Raised { kind, data, .. } => {
                format!("{} of kind `{kind}` with data {}", self.shown(), hex(data))
            }
            Ending::Broken(_) => self.shown(),
        }
    }
}

/// Longest text that a report quotes, in characters.
const QUOTED: usize = 400;

fn shortened(text: String) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let shown = bytes.iter().take(QUOTED / 2);
    let digits: String = shown.map(|byte| format!("{byte:02x}")).collect();
    match bytes.len() > QUOTED / 2 {
        true => format!("{digits}…, {} bytes", bytes.len()),
        false => digits,
    }
}
