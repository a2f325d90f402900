//! Runs stored programs on the reference evaluator: needs no engine, no compilation, and gives the
//! reference answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rtfs_eval::{Environment, Limits, Machine, Status, Unit, perform};
use rtfs_ir::{DefinitionHashes, LowerOptions, ModuleLoader, NodeKind, Program, each_node};
use rtfs_store::Digest;
use rtfs_value::types::Level;
use rtfs_value::{Error, Value};

use super::backend::{BackendOptions, BytecodeBackend, CompileError};
use super::bytecode::Bytecode;
use super::call::{BytecodeExecutor, Call, ExecuteError, Execution, ExecutionLimits, Usage};
use super::gate::Gate;
use super::stand_ins::StandIns;
use super::{RTFS_IR, RTFS_SOURCE};
use crate::clock::{Clock, Timestamp};
use crate::delegability::NotDelegable;

/// Programs kept decoded; all are forgotten when there would be more.
const MAX_PROGRAMS: usize = 64;
/// Evaluator steps between two looks at the clock: about a millisecond.
const SLICE: u64 = 1 << 16;

/// "Compiles" programs to their canonical encoding, which [`IrExecutor`] runs: for hosts without a
/// WebAssembly engine.
#[derive(Debug, Clone, Copy, Default)]
pub struct IrBackend;

impl BytecodeBackend for IrBackend {
    fn target_id(&self) -> &str {
        RTFS_IR
    }

    fn version(&self) -> &str {
        env!("CARGO_PKG_VERSION")
    }

    fn compile_module(
        &self,
        program: &Program,
        _: &BackendOptions,
    ) -> Result<Vec<u8>, CompileError> {
        Ok(program.encode())
    }
}

/// Runs programs stored in their canonical encoding.
pub struct IrExecutor {
    runner: Runner,
}

impl IrExecutor {
    /// An executor whose deadlines follow `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            runner: Runner::new(clock),
        }
    }
}

impl BytecodeExecutor for IrExecutor {
    fn target_id(&self) -> &str {
        RTFS_IR
    }

    fn execute(&self, code: &Bytecode<'_>, call: Call<'_>) -> Result<Execution, ExecuteError> {
        let decode = |bytes: &[u8]| {
            Program::decode(bytes).map_err(|error| malformed(RTFS_IR, code, error.to_string()))
        };
        let program = self.runner.program(code, decode)?;
        self.runner.run(RTFS_IR, &program, code, call)
    }
}

/// Runs programs stored as source text. Modules that a text imports are not stored with it: they come
/// from a loader, or the text is not run.
pub struct SourceExecutor {
    runner: Runner,
    modules: Option<Arc<dyn ModuleLoader + Send + Sync>>,
}

impl SourceExecutor {
    /// An executor whose deadlines follow `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            runner: Runner::new(clock),
            modules: None,
        }
    }

    /// Finds imported modules with `loader`. Whether they are what the publisher had is seen by the
    /// definition hashes in the record.
    #[must_use]
    pub fn with_modules(mut self, loader: Arc<dyn ModuleLoader + Send + Sync>) -> Self {
        self.modules = Some(loader);
        self
    }

    /// The program of a source text.
    fn read(&self, bytes: &[u8], code: &Bytecode<'_>) -> Result<Program, ExecuteError> {
        let malformed = |detail| malformed(RTFS_SOURCE, code, detail);
        let text = std::str::from_utf8(bytes).map_err(|error| malformed(error.to_string()))?;
        let read = rtfs_syntax::read(text);
        if let Some(found) = read.diagnostics.iter().find(|found| found.is_error()) {
            return Err(malformed(found.message.clone()));
        }
        let options = LowerOptions {
            loader: self.modules.as_deref().map(|loader| loader as _),
            ..rtfs_eval::lower_options()
        };
        let lowered = rtfs_ir::lower(&read.forms, &options);
        let Some(program) = lowered.program else {
            let mut errors = lowered.diagnostics.into_iter();
            let first = errors.find(|found| found.is_error());
            return Err(malformed(
                first.map_or_else(String::new, |found| found.message),
            ));
        };
        match missing_module(&program) {
            Some(module) => Err(ExecuteError::MissingModule {
                digest: code.digest(),
                module,
            }),
            None => Ok(program),
        }
    }
}

/// A module that the program imports and that is not a part of it.
fn missing_module(program: &Program) -> Option<String> {
    let mut missing = None;
    for form in &program.forms {
        each_node(&form.node, &mut |node| {
            if let NodeKind::Import(import) = &node.kind {
                missing.get_or_insert_with(|| import.module.clone());
            }
        });
    }
    missing
}

fn malformed(target_id: &str, code: &Bytecode<'_>, detail: String) -> ExecuteError {
    ExecuteError::Malformed {
        digest: code.digest(),
        target_id: target_id.to_owned(),
        detail,
    }
}

impl BytecodeExecutor for SourceExecutor {
    fn target_id(&self) -> &str {
        RTFS_SOURCE
    }

    fn execute(&self, code: &Bytecode<'_>, call: Call<'_>) -> Result<Execution, ExecuteError> {
        let program = self.runner.program(code, |bytes| self.read(bytes, code))?;
        self.runner.run(RTFS_SOURCE, &program, code, call)
    }
}

/// What both executors share: decoded programs, and how one runs.
struct Runner {
    clock: Arc<dyn Clock>,
    programs: Mutex<HashMap<Digest, Arc<Decoded>>>,
}

/// A program with what its definitions mean at each validation level.
struct Decoded {
    program: Program,
    hashes: [DefinitionHashes; 3],
}

impl Decoded {
    fn new(program: Program) -> Self {
        let levels = [Level::Basic, Level::Standard, Level::Strict];
        Self {
            hashes: levels.map(|level| program.hashes(level)),
            program,
        }
    }

    /// Whether an export is the definition that the signed record says it is. With components that
    /// is the publisher's word; here it can be seen.
    fn has(&self, export: u32, definition: rtfs_store::DefinitionHash) -> bool {
        let position = usize::try_from(export).unwrap_or(usize::MAX);
        let exports = self.program.exports();
        let global = position.checked_sub(1).and_then(|index| exports.get(index));
        let means = |hashes: &DefinitionHashes| {
            let found = global.and_then(|global| hashes.get(*global));
            found.is_some_and(|hash| hash.as_bytes() == definition.as_bytes())
        };
        self.hashes.iter().any(means)
    }
}

impl Runner {
    fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            programs: Mutex::default(),
        }
    }

    fn program(
        &self,
        code: &Bytecode<'_>,
        decode: impl FnOnce(&[u8]) -> Result<Program, ExecuteError>,
    ) -> Result<Arc<Decoded>, ExecuteError> {
        let digest = code.digest();
        if let Some(program) = self.programs().get(&digest) {
            return Ok(program.clone());
        }
        let program = decode(&code.bytes()?)?;
        let program = Arc::new(Decoded::new(program));
        let mut programs = self.programs();
        if programs.len() >= MAX_PROGRAMS {
            programs.clear();
        }
        programs.insert(digest, program.clone());
        Ok(program)
    }

    fn programs(&self) -> MutexGuard<'_, HashMap<Digest, Arc<Decoded>>> {
        // Programs are inserted whole, so a panic elsewhere left the map valid.
        self.programs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(
        &self,
        target_id: &'static str,
        decoded: &Decoded,
        code: &Bytecode<'_>,
        call: Call<'_>,
    ) -> Result<Execution, ExecuteError> {
        let export = call.module.export(call.export);
        if let Some(definition) = export.and_then(|export| export.definition)
            && !decoded.has(call.export, definition)
        {
            let detail = format!(
                "`{}` has another definition than the record says",
                call.name
            );
            return Err(malformed(target_id, code, detail));
        }
        let program = &decoded.program;
        if let Some(index) = call
            .args
            .iter()
            .position(rtfs_value::cbor::contains_function)
        {
            return Err(ExecuteError::FunctionArgument { index });
        }
        let started = self.clock.now();
        let mut run = Run {
            clock: &*self.clock,
            ends: started.after(call.limits.deadline),
            limits: call.limits,
            usage: Usage::default(),
            stand_ins: StandIns::default(),
        };
        let mut host = Gate::new(
            call.host,
            call.grants,
            &call.module.record().facts.capabilities,
        );
        let limits = run.evaluator_limits(call.validation);
        let result = if call.export == 0 {
            run.evaluate(program, Unit::clone, &limits, &mut host).0
        } else {
            match defined(program, &mut run, &limits, &mut host, call.name) {
                Ok((environment, Some(function))) => {
                    let limits = run.evaluator_limits(call.validation);
                    let args = call.args.to_vec();
                    let mut machine = Machine::call(environment, function, args, &limits);
                    run.stand_ins.watch(&mut machine);
                    run.drive(machine, &mut host).0
                }
                Ok((_, None)) => {
                    return Err(ExecuteError::NoExport {
                        digest: code.digest(),
                        export: call.export,
                        name: call.name.to_owned(),
                    });
                }
                Err(error) => Err(error),
            }
        };
        let mut usage = run.usage;
        usage.elapsed = self.clock.now().since(started);
        match NotDelegable::check_result(&result) {
            Ok(()) => Ok(Execution { result, usage }),
            Err(_) => Err(ExecuteError::FunctionResult { usage }),
        }
    }
}

/// Evaluates a program's definitions and looks the function up.
fn defined(
    program: &Program,
    run: &mut Run<'_>,
    limits: &Limits,
    host: &mut Gate<'_>,
    name: &str,
) -> Result<(Environment, Option<Value>), Error> {
    let (result, environment) = run.evaluate(program, Unit::definitions, limits, host);
    result?;
    let function = match &program.module {
        Some(module) => name
            .strip_prefix(module.name.as_str())
            .and_then(|rest| rest.strip_prefix('/'))
            .and_then(|name| environment.module_export(&module.name, name)),
        None => environment.get(name),
    };
    let function = function.filter(|value| value.is_function()).cloned();
    Ok((environment, function))
}

/// One call under way: what it may still use.
struct Run<'a> {
    clock: &'a dyn Clock,
    ends: Timestamp,
    limits: &'a ExecutionLimits,
    usage: Usage,
    stand_ins: StandIns,
}

impl Run<'_> {
    /// What is left for the next machine.
    fn evaluator_limits(&self, validation: Level) -> Limits {
        let memory = usize::try_from(self.limits.memory_bytes).unwrap_or(usize::MAX);
        Limits {
            steps: Some(self.limits.fuel.saturating_sub(self.usage.fuel)),
            depth: self.limits.depth,
            memory: Some(memory),
            host_calls: Some(self.limits.host_calls.saturating_sub(self.usage.host_calls)),
            validation,
        }
    }

    /// Evaluates those forms of a program that `part` chooses.
    fn evaluate(
        &mut self,
        program: &Program,
        part: impl FnOnce(&Unit) -> Unit,
        limits: &Limits,
        host: &mut Gate<'_>,
    ) -> (Result<Value, Error>, Environment) {
        let mut environment = Environment::new();
        let unit = match environment.load(program) {
            Ok(unit) => unit,
            Err(error) => {
                return (Err(Error::invalid_program(&error.to_string())), environment);
            }
        };
        let mut machine = Machine::in_environment(environment, &part(&unit), limits);
        self.stand_ins.place(program, &unit, &mut machine, host);
        self.drive(machine, host)
    }

    /// Runs a machine to its end or the deadline, and accounts for it.
    fn drive(
        &mut self,
        mut machine: Machine,
        host: &mut Gate<'_>,
    ) -> (Result<Value, Error>, Environment) {
        machine.set_depth_used(self.limits.depth_used);
        let result = self.advance(&mut machine, host);
        self.usage.fuel += machine.steps();
        self.usage.host_calls += machine.host_calls();
        let peak = machine.peak_memory() as u64;
        self.usage.peak_memory_bytes = self.usage.peak_memory_bytes.max(peak);
        (result, machine.into_environment())
    }

    fn advance(&self, machine: &mut Machine, host: &mut Gate<'_>) -> Result<Value, Error> {
        let defect = |error: rtfs_eval::MachineError| Error::internal(&error.to_string());
        loop {
            let status = machine.run(SLICE).map_err(defect)?;
            host.tell(machine.take_hint_changes());
            match status {
                Status::Done(value) => return Ok(value),
                Status::Raised(error) => return Err(error),
                Status::Running => {}
                Status::RequiresHost(call) => match perform(host, &call) {
                    Ok(value) => machine.resume(value).map_err(defect)?,
                    Err(error) => machine.resume_error(error).map_err(defect)?,
                },
                Status::RequiresContext(name) => {
                    let value = host.context(&name);
                    machine.answer_context(value).map_err(defect)?;
                }
                Status::RequiresDecision(call) => {
                    self.stand_ins
                        .answer(&call, self.limits.depth, machine, host)
                        .map_err(defect)?;
                }
            }
            if self.clock.now() >= self.ends {
                return Err(Error::budget("deadline", "limit"));
            }
        }
    }
}
