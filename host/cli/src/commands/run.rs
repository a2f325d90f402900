//! `rtfs run`: reads a program, runs it on the chosen engine, prints its value.

use std::sync::Arc;

use rtfs_delegate::{
    CompileError, DelegationEngine, L4AwareDelegationEngine, ModuleRegistry, Policy,
    StaticDelegationEngine,
};
use rtfs_host::{Engine, EngineConfig};
use rtfs_ir::Program;
use rtfs_runtime::{
    Delegation, Ending, Evaluation, Observer as _, Ran, UnitError, UnitStore, Units, WasmBackend,
    WasmExecutor, chain, unit_name,
};
use serde::Serialize;

use crate::args::{EngineChoice, Format, Global, RunArgs};
use crate::capabilities::Capabilities;
use crate::events::{Event, Events};
use crate::exit::Exit;
use crate::failure::{Failure, FailureReport};
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
    output.diagnostics(&unit, args.format);
    let Some(program) = &unit.program else {
        return Ok(Exit::Failed);
    };
    let events = Events::new(args.explain, args.format);
    let run = Run {
        program,
        source: unit.source.text(),
        args,
        global,
        events,
    };
    let ran = run.execute()?;
    Ok(report(&ran, &unit, args.format, output))
}

/// One run of a program.
struct Run<'a> {
    program: &'a Program,
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
        use rtfs_delegate::BytecodeBackend as _;
        unit_name(&WasmBackend.artifact_key(self.program, &self.args.compile.options()))
    }

    /// Why the evaluator runs the program, if it does.
    fn local_reason(&self) -> Option<&'static str> {
        match self.args.engine {
            EngineChoice::Component => None,
            EngineChoice::Evaluator => Some("asked"),
            EngineChoice::Auto if !self.program.has_functions() => Some("no-functions"),
            // Calls of functions that others published are answered one by one.
            EngineChoice::Auto if self.calls_declared() => Some("declared-functions"),
            EngineChoice::Auto => None,
        }
    }

    fn calls_declared(&self) -> bool {
        let mut globals = self.program.globals.iter();
        self.args.l4 == Some(Policy::Interface)
            && globals.any(|global| global.definitions == 0 && global.declared.is_some())
    }

    /// Runs the program as a component. The inner error says why the evaluator runs it instead.
    fn in_component(&self) -> Result<Result<Ran, String>, Problem> {
        let store = match self.args.no_store {
            true => None,
            false => Some(store::open_units(self.global, self.events)?),
        };
        let units = Units::new(engine()?, Arc::new(WasmBackend), store);
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
        rtfs_runtime::call(&module, 0, &[], (&limits, &grants), &mut host)
            .map(Ok)
            .map_err(|error| Problem::failed(error.text()))
    }

    fn on_evaluator(&self) -> Result<Ran, Problem> {
        let policy = self.args.l4.unwrap_or(Policy::Off);
        let delegation = match policy {
            Policy::Off => None,
            policy => Some(self.delegation(policy)?),
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

    /// Lets the store answer calls.
    fn delegation(&self, policy: Policy) -> Result<Delegation, Problem> {
        let UnitStore { l4, native } = store::open_units(self.global, self.events)?;
        let audit = store::open_audit(self.global)?;
        let executor = WasmExecutor::new(engine()?, Some(native));
        let registry = ModuleRegistry::new()
            .with_l4_cache(l4.clone())
            .with_executor(Arc::new(executor));
        let inner = StaticDelegationEngine::new(Default::default(), store::clock());
        let engine: Arc<dyn DelegationEngine> =
            Arc::new(L4AwareDelegationEngine::new(l4, inner).with_policy(policy));
        let delegation = Delegation::new(engine, Arc::new(registry)).with_policy(policy);
        Ok(delegation.with_audit(Arc::new(audit)))
    }
}

/// An engine for one call at a time.
pub(crate) fn engine() -> Result<Engine, String> {
    let config = EngineConfig {
        concurrent_calls: 1,
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
        Ending::Limit { which, message } => (Exit::Limit, Some(limit_text(which, message))),
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
            limit: limit.as_deref(),
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
    if let Some(limit) = limit {
        output.error(&limit);
    }
    exit
}

/// The limit with the flag that raises it.
fn limit_text(which: &str, message: &str) -> String {
    let flag = match which {
        "fuel" => "--fuel",
        "memory" => "--memory",
        "deadline" => "--timeout",
        _ => return message.to_owned(),
    };
    format!("{message}; raise it with {flag}")
}
