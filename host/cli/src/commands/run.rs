//! `rtfs run`: reads a program, runs it on the chosen engine, prints its value.

use std::time::Instant;

use rtfs_ir::{ArtifactKey, Program};
use rtfs_syntax::SourceText;
use rtfs_value::Value;
use serde::Serialize;

use crate::args::{EngineChoice, Format, Global, RunArgs};
use crate::capabilities::Capabilities;
use crate::component::{self, ComponentRun};
use crate::evaluator;
use crate::events::{Event, Events};
use crate::exit::Exit;
use crate::failure::{Failure, FailureReport};
use crate::output::Output;
use crate::source::{self, Unit};

/// How a run ended.
pub(crate) enum Ending {
    Value(Value),
    Raised(Failure),
    /// A limit was hit: the message names it.
    Limit(String),
    /// A defect of ours.
    Defect(String),
}

/// What a run used, whatever its end.
pub(crate) struct Ran {
    pub(crate) ending: Ending,
    pub(crate) engine: &'static str,
    pub(crate) fuel: u64,
    pub(crate) peak_memory: u64,
}

#[derive(Serialize)]
struct RunReport<'a> {
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<FailureReport<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<&'a str>,
    engine: &'a str,
    fuel: u64,
    peak_memory: u64,
}

pub(crate) fn run(args: &RunArgs, global: &Global, output: &Output) -> Result<Exit, String> {
    let unit = match (&args.expression, &args.file) {
        (Some(text), _) => {
            source::front_end(SourceText::new("<expression>".to_owned(), text.clone()))
        }
        (None, Some(path)) => source::load(path)?,
        (None, None) => return Err("give a file or -e SRC".to_owned()),
    };
    output.diagnostics(&unit, args.format);
    let Some(program) = &unit.program else {
        return Ok(Exit::Failed);
    };
    let events = Events::new(args.explain, args.format);
    let ran = execute(program, args, global, &events)?;
    Ok(report(&ran, &unit, args, output))
}

fn execute(
    program: &Program,
    args: &RunArgs,
    global: &Global,
    events: &Events,
) -> Result<Ran, String> {
    // The key names what was written; the level is one of the options in it.
    let key = component::artifact_key(program, &args.compile);
    let program = &rtfs_ir::optimise(program.clone(), args.compile.ir_level());
    let capabilities = Capabilities::new(&args.grants);
    let started = Instant::now();
    let ran = if wants_component(program, args.engine) {
        component::run(&ComponentRun {
            program,
            key,
            args,
            global,
            capabilities,
            events,
        })?
    } else {
        let reason = match args.engine {
            EngineChoice::Auto => "no-functions",
            EngineChoice::Evaluator | EngineChoice::Component => "asked",
        };
        events.emit(
            &Event::new("local")
                .with("call", unit_name(&key))
                .with("reason", reason),
        );
        evaluator::run(program, &args.limits, capabilities)
    };
    events.emit(
        &Event::new("ran")
            .with("call", unit_name(&key))
            .with("engine", ran.engine)
            .with("fuel", ran.fuel)
            .with("peak-memory", ran.peak_memory)
            .with("time", format!("{:.1?}", started.elapsed())),
    );
    Ok(ran)
}

/// How events name the whole program.
pub(crate) fn unit_name(key: &ArtifactKey) -> String {
    let text = key.to_string();
    let hex = text.strip_prefix("sha256:").unwrap_or(&text);
    format!("unit:{}", hex.get(..12).unwrap_or(hex))
}

fn wants_component(program: &Program, choice: EngineChoice) -> bool {
    match choice {
        EngineChoice::Component => true,
        EngineChoice::Evaluator => false,
        EngineChoice::Auto => program.has_functions(),
    }
}

fn report(ran: &Ran, unit: &Unit, args: &RunArgs, output: &Output) -> Exit {
    let exit = match &ran.ending {
        Ending::Value(_) => Exit::Success,
        Ending::Raised(_) => Exit::Failed,
        Ending::Limit(_) => Exit::Limit,
        Ending::Defect(_) => Exit::Defect,
    };
    if args.format == Format::Json && exit != Exit::Defect {
        let (value, error, limit) = match &ran.ending {
            Ending::Value(value) => (Some(rtfs_value::readable(value)), None, None),
            Ending::Raised(failure) => {
                (None, Some(failure.report(&unit.source, &unit.spans)), None)
            }
            Ending::Limit(text) | Ending::Defect(text) => (None, None, Some(text.as_str())),
        };
        output.json(&RunReport {
            ok: exit == Exit::Success,
            value,
            error,
            limit,
            engine: ran.engine,
            fuel: ran.fuel,
            peak_memory: ran.peak_memory,
        });
        return exit;
    }
    match &ran.ending {
        Ending::Value(value) => output.value(&rtfs_value::readable(value)),
        Ending::Raised(failure) => {
            output.message(&failure.render(&unit.source, &unit.spans, output.color()));
        }
        Ending::Limit(text) => output.error(text),
        Ending::Defect(text) => output.error(&format!("internal error: {text}")),
    }
    exit
}
