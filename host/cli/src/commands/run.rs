//! `rtfs run`: reads a program, runs it on the chosen engine, prints its value.

use std::sync::Arc;

use rtfs_delegate::{
    CompileError, DelegationEngine, L4AwareDelegationEngine, ModuleRegistry, Policy,
    StaticDelegationEngine,
};
use rtfs_host::{AotCache, Engine, EngineConfig};
use rtfs_ir::Program;
use rtfs_runtime::{
    Declares, Delegation, Ending, Evaluation, MAX_NESTED_COMPONENTS, Observer as _, Ran, UnitError,
    UnitStore, WasmExecutor, chain, unit_name,
};
use serde::Serialize;

use crate::args::{EngineChoice, Format, Global, RunArgs};
use crate::capabilities::Capabilities;
use crate::chosen::Chosen;
use crate::events::{Event, Events};
use crate::exit::Exit;
use crate::failure::{Failure, FailureReport, StopReport};
use crate::output::Output;
use crate::problem::Problem;
use crate::source::{self, Unit};
use crate::store;

#[derive(Serialize)]
struct RunReport<'a> {
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<FailureReport<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<StopReport<'a>>,
    engine: &'a str,
    fuel: u64,
    peak_memory: u64,
}

pub(crate) fn run(args: &RunArgs, global: &Global, output: &Output) -> Result<Exit, Problem> {
    let unit = match (&args.expression, &args.file) {
        (Some(text), _) => source::load_text("<expression>", text.clone(), args.front),
        (None, Some(path)) => source::load(path, args.front)?,
        (None, None) => return Err(Problem::failed("give a file or -e SRC")),
    };
    output.diagnostics(&unit, args.output.format);
    let Some(program) = &unit.program else {
        return Ok(Exit::Failed);
    };
    let events = Events::new(args.explain, args.output.format);
    let chosen = Chosen::of(&args.compile, args.limits.limits(), global)?;
    let run = Run {
        program,
        chosen,
        source: unit.source.text(),
        args,
        global,
        events,
    };
    let ran = run.execute()?.locate(program);
    Ok(report(&ran, &unit, args.output.format, output))
}

/// One run of a program.
struct Run<'a> {
    program: &'a Program,
    chosen: Chosen,
    source: &'a str,
    args: &'a RunArgs,
    global: &'a Global,
    events: Events,
}

impl Run<'_> {
    fn execute(&self) -> Result<Ran, Problem> {
        let in_component = match self.local_reason() {
            None => self.in_component()?,
            Some(reason) => Err(reason.to_owned()),
        };
        let ran = match in_component {
            Ok(ran) => ran,
            Err(reason) => {
                let call = self.name();
                self.events
                    .event(rtfs_runtime::Event::Local { call, reason });
                self.on_evaluator()?
            }
        };
        self.events.emit(
            &Event::new("ran")
                .with("call", self.name())
                .with("engine", ran.engine)
                .with("fuel", ran.fuel)
                .with("peak-memory", ran.peak_memory)
                .with("time", format!("{:.1?}", ran.time)),
        );
        Ok(ran)
    }

    /// How events name the program.
    fn name(&self) -> String {
        let backend = &self.chosen.backend;
        unit_name(&backend.artifact_key(self.program, &self.args.compile.options()))
    }

    /// Why the evaluator runs the program, if it does.
    fn local_reason(&self) -> Option<&'static str> {
        match self.args.engine {
            EngineChoice::Component => None,
            EngineChoice::Evaluator => Some("asked"),
            EngineChoice::Auto if !self.program.has_functions() => Some("no-functions"),
            EngineChoice::Auto => None,
        }
    }

    fn calls_declared(&self) -> bool {
        self.args.l4 == Some(Policy::Interface) && self.program.only_declared().next().is_some()
    }

    /// Runs the program as a component. The inner error says why the evaluator runs it instead.
    fn in_component(&self) -> Result<Result<Ran, String>, Problem> {
        let store = match self.args.no_store {
            true => None,
            false => self.open_store()?,
        };
        let engine = engine(match self.calls_declared() {
            true => 1 + MAX_NESTED_COMPONENTS,
            false => 1,
        })?;
        let delegation = match &store {
            Some(store) if self.calls_declared() => {
                Some(self.delegation(Policy::Interface, store.clone(), engine.clone())?)
            }
            _ => None,
        };
        let units = self.chosen.units(engine, store);
        let unit = rtfs_runtime::Unit {
            program: self.program,
            source: Some(self.source),
            options: &self.args.compile.options(),
        };
        let module = match units.load(&unit, &self.events) {
            Ok(module) => module,
            Err(UnitError::Compile(CompileError::Unsupported { what, .. }))
                if self.args.engine == EngineChoice::Auto =>
            {
                return Ok(Err(format!("unsupported: {what}")));
            }
            Err(error) => return Err(chain(&error).into()),
        };
        let limits = self.args.limits.limits();
        let mut host = Capabilities::new(&self.args.grants);
        let grants = host.grants();
        let declares = delegation.as_ref().map(|delegation| Declares {
            program: self.program,
            delegation,
            validation: unit.options.validation,
            observer: &self.events,
        });
        rtfs_runtime::call(&module, 0, &[], (&limits, &grants), &mut host, declares)
            .map(Ok)
            .map_err(|error| Problem::failed(error.text()))
    }

    fn on_evaluator(&self) -> Result<Ran, Problem> {
        let policy = self.args.l4.unwrap_or(Policy::Off);
        let store = match policy {
            Policy::Off => None,
            _ => self.open_store()?,
        };
        let delegation = match store {
            None => None,
            Some(store) => {
                let engine = engine(match policy {
                    Policy::Interface => MAX_NESTED_COMPONENTS,
                    _ => 1,
                })?;
                Some(self.delegation(policy, store, engine)?)
            }
        };
        let options = self.args.compile.options();
        let evaluation = Evaluation {
            program: self.program,
            opt_level: self.args.compile.ir_level(),
            limits: &self.args.limits.limits(),
            validation: options.validation,
            delegation: delegation.as_ref(),
        };
        let mut host = Capabilities::new(&self.args.grants);
        Ok(rtfs_runtime::evaluate(&evaluation, &mut host, &self.events))
    }

    fn open_store(&self) -> Result<Option<UnitStore>, Problem> {
        store::open_units(self.global, &self.name(), self.events)
    }

    /// Lets the store answer calls.
    fn delegation(
        &self,
        policy: Policy,
        UnitStore { l4, native }: UnitStore,
        engine: Engine,
    ) -> Result<Delegation, Problem> {
        let audit = store::open_audit(self.global)?;
        let registry = executors(engine, Some(native)).with_l4_cache(l4.clone());
        let inner = StaticDelegationEngine::new(Default::default(), store::clock());
        let engine: Arc<dyn DelegationEngine> =
            Arc::new(L4AwareDelegationEngine::new(l4, inner).with_policy(policy));
        let delegation = Delegation::new(engine, Arc::new(registry)).with_policy(policy);
        Ok(delegation.with_audit(Arc::new(audit)))
    }
}

/// What runs artifacts here, by their targets.
pub(crate) fn executors(engine: Engine, native: Option<Arc<AotCache>>) -> ModuleRegistry {
    ModuleRegistry::new().with_executor(Arc::new(WasmExecutor::new(engine, native)))
}

/// An engine for so many calls at a time.
pub(crate) fn engine(concurrent_calls: u32) -> Result<Engine, String> {
    let config = EngineConfig {
        concurrent_calls,
        ..EngineConfig::default()
    };
    Engine::new(config).map_err(|error| chain(&error))
}

/// Writes how a program or a call ended.
pub(crate) fn report(ran: &Ran, unit: &Unit, format: Format, output: &Output) -> Exit {
    let failure = match &ran.ending {
        Ending::Raised(error) => Some(Failure::from_error(error)),
        _ => None,
    };
    let (exit, limit) = match &ran.ending {
        Ending::Value(_) => (Exit::Success, None),
        Ending::Raised(_) => (Exit::Failed, None),
        Ending::Limit {
            which,
            message,
            stopped,
        } => (Exit::Limit, Some((limit_text(which, message), stopped))),
        Ending::Defect(text) => {
            output.error(&format!("internal error: {text}"));
            return Exit::Defect;
        }
    };
    let value = match &ran.ending {
        Ending::Value(value) => Some(rtfs_value::readable(value)),
        _ => None,
    };
    if format == Format::Json {
        output.json(&RunReport {
            ok: exit == Exit::Success,
            value,
            error: failure
                .as_ref()
                .map(|failure| failure.report(&unit.source, &unit.spans)),
            limit: limit.as_ref().map(|(text, _)| text.as_str()),
            stopped: limit
                .as_ref()
                .and_then(|(_, stopped)| StopReport::of(stopped, &unit.source, &unit.spans)),
            engine: ran.engine,
            fuel: ran.fuel,
            peak_memory: ran.peak_memory,
        });
        return exit;
    }
    if let Some(value) = value {
        output.value(&value);
    }
    if let Some(failure) = failure {
        output.message(&failure.render(&unit.source, &unit.spans, output.color()));
    }
    if let Some((text, stopped)) = limit {
        let place = StopReport::of(stopped, &unit.source, &unit.spans);
        output.error(&with_place(text, place));
    }
    exit
}

/// A limit, and below it where it was hit.
pub(crate) fn with_place(limit: String, place: Option<StopReport<'_>>) -> String {
    match place {
        Some(place) => format!("{limit}\n{place}"),
        None => limit,
    }
}

/// The limit with the flag that raises it.
pub(crate) fn limit_text(which: &str, message: &str) -> String {
    let flag = match which {
        "fuel" => "--fuel",
        "memory" => "--memory",
        "deadline" => "--timeout",
        _ => return message.to_owned(),
    };
    format!("{message}; raise it with {flag}")
}
