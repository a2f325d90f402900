//! The machine: runs a loaded program in slices.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::vec;

use rtfs_ir::Program;
use rtfs_value::{Error, Value};

use crate::code::{Code, NO_NODE, Op};
use crate::decision::{FunctionCall, Waiting, Watches};
use crate::environment::{Environment, Module};
use crate::frame::{Frame, Handler};
use crate::hints::{HintChange, Hints};
use crate::host::HostCall;
use crate::limits::Limits;
use crate::load::{LoadedModule, Unit};
use crate::meter::Meter;
use crate::security::SecurityContext;

/// What a machine says after a slice.
#[derive(Clone, Debug, PartialEq)]
pub enum Status {
    /// There is more to do.
    Running,
    /// The program ended with this value.
    Done(Value),
    /// The program ended with this error.
    Raised(Error),
    /// Waits for [`Machine::resume`] or [`Machine::resume_error`].
    RequiresHost(HostCall),
    /// Waits for [`Machine::answer_context`]: what the host context knows under this name. A
    /// machine asks once per name.
    RequiresContext(String),
    /// Waits for [`Machine::run_here`], [`Machine::resume`] or [`Machine::resume_error`]: a watched
    /// function is about to be called (see [`Machine::ask_before`]).
    RequiresDecision(FunctionCall),
}

/// A mistake of the embedder. The machine is as it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MachineError {
    /// There is no question to answer (any more).
    #[error("the machine awaits nothing")]
    NothingAwaited,
    /// A question must be answered before the machine can go on.
    #[error("the machine awaits an answer of its host")]
    AnswerAwaited,
    /// The program has ended.
    #[error("the program has ended")]
    Finished,
}

/// What a machine is waiting for.
#[derive(Debug)]
enum State {
    Ready,
    /// The next slice starts by raising this.
    Raising(Error),
    AwaitingHost,
    AwaitingContext(String),
    AwaitingDecision(Waiting),
    Finished,
}

/// What an instruction leads to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Flow {
    /// The next instruction.
    Next,
    /// The end of the slice; [`Machine::pause`] knows why.
    Pause,
}

/// Why a slice ends early.
#[derive(Debug)]
pub(crate) enum Pause {
    /// The host should hear of changed hints.
    Hints,
    /// A host call.
    Host(HostCall),
    /// A question to the host context.
    Context(Rc<str>),
    /// A call that the embedder decides about.
    Decision(FunctionCall, Waiting),
    /// The end of the program.
    Finished(Value),
}

/// Runs one program in an environment.
///
/// Nothing that the program does makes the machine recurse: calls, nested expressions and
/// callbacks of library functions live on its own stacks, and it can stop after any instruction.
#[derive(Debug)]
pub struct Machine {
    pub(crate) environment: Environment,
    /// Top-level forms still to run.
    forms: vec::IntoIter<Rc<Code>>,
    module: Option<LoadedModule>,
    pub(crate) stack: Vec<Value>,
    pub(crate) frames: Vec<Frame>,
    pub(crate) handlers: Vec<Handler>,
    pub(crate) hints: Hints,
    /// Pending non-tail calls and callbacks.
    pub(crate) depth: u32,
    pub(crate) steps: u64,
    pub(crate) host_calls: u64,
    /// What the host context said, by name.
    pub(crate) context: BTreeMap<String, Option<Value>>,
    pub(crate) limits: Limits,
    pub(crate) security: SecurityContext,
    pub(crate) meter: Meter,
    pub(crate) watches: Watches,
    pause: Option<Pause>,
    state: State,
}

impl Machine {
    /// A machine that will run a program in an environment of its own. A program that cannot be
    /// loaded raises `InvalidProgram` at once.
    pub fn new(program: &Program, limits: &Limits) -> Self {
        let mut environment = Environment::new();
        match environment.load(program) {
            Ok(unit) => Machine::in_environment(environment, &unit, limits),
            Err(error) => {
                let mut machine = Machine::with_forms(environment, Vec::new(), None, limits);
                machine.state = State::Raising(Error::invalid_program(&error.to_string()));
                machine
            }
        }
    }

    /// A machine that will run a loaded program's top-level forms in order. The unit must have
    /// been loaded into this environment.
    pub fn in_environment(environment: Environment, unit: &Unit, limits: &Limits) -> Self {
        let forms: Vec<Rc<Code>> = unit.forms.iter().map(|form| form.code.clone()).collect();
        Machine::with_forms(environment, forms, unit.module.clone(), limits)
    }

    /// A machine that will apply a value of this environment to arguments.
    pub fn call(
        environment: Environment,
        function: Value,
        args: Vec<Value>,
        limits: &Limits,
    ) -> Self {
        let argc = args.len() as u32;
        let mut constants = vec![function];
        constants.extend(args);
        let mut ops: Vec<Op> = (0..=argc).map(Op::Const).collect();
        ops.extend([Op::Call(argc), Op::Return]);
        Machine::with_ops(environment, ops, constants, limits)
    }

    /// A machine that will run instructions of nobody's.
    pub(crate) fn with_ops(
        environment: Environment,
        ops: Vec<Op>,
        constants: Vec<Value>,
        limits: &Limits,
    ) -> Self {
        let nodes = vec![NO_NODE; ops.len()];
        let code = Code {
            ops,
            nodes,
            constants,
            ..Code::default()
        };
        Machine::with_forms(environment, vec![Rc::new(code)], None, limits)
    }

    fn with_forms(
        environment: Environment,
        forms: Vec<Rc<Code>>,
        module: Option<LoadedModule>,
        limits: &Limits,
    ) -> Self {
        Machine {
            environment,
            forms: forms.into_iter(),
            module,
            stack: Vec::new(),
            frames: Vec::new(),
            handlers: Vec::new(),
            hints: Hints::default(),
            depth: 0,
            steps: 0,
            host_calls: 0,
            context: BTreeMap::new(),
            meter: Meter::new(limits.memory),
            watches: Watches::default(),
            limits: limits.clone(),
            security: SecurityContext::full(),
            pause: None,
            state: State::Ready,
        }
    }

    /// Counts calls that are already pending in the caller against the depth limit. To be told
    /// before the first slice.
    pub fn set_depth_used(&mut self, depth: u32) {
        self.depth = depth;
    }

    /// Gives the host context's value of a name before the program asks for it.
    pub fn set_context(&mut self, name: &str, value: Value) {
        self.context.insert(name.to_owned(), Some(value));
    }

    /// What the host context is known to say, by name; `None` where it knows nothing.
    pub fn known_context(&self) -> &BTreeMap<String, Option<Value>> {
        &self.context
    }

    /// Adds what the host context said to somebody else who ran for this machine.
    pub fn learn_context(&mut self, name: String, value: Option<Value>) {
        self.context.entry(name).or_insert(value);
    }

    /// Bounds what the program may ask its host for; without this, the host alone decides.
    pub fn set_security(&mut self, security: SecurityContext) {
        self.security = security;
    }

    /// Executes one instruction.
    ///
    /// # Errors
    /// When the machine awaits an answer or the program has ended.
    pub fn step(&mut self) -> Result<Status, MachineError> {
        self.run(1)
    }

    /// Executes at most `steps` instructions (library functions that call back may add a few),
    /// less when there is something to tell.
    ///
    /// # Errors
    /// When the machine awaits an answer or the program has ended.
    pub fn run(&mut self, steps: u64) -> Result<Status, MachineError> {
        match self.state {
            State::Ready | State::Raising(_) => {}
            State::AwaitingHost | State::AwaitingContext(_) | State::AwaitingDecision(_) => {
                return Err(MachineError::AnswerAwaited);
            }
            State::Finished => return Err(MachineError::Finished),
        }
        self.hints.take_changes();
        self.meter.enter();
        let status = self.run_slice(steps);
        self.meter.leave();
        Ok(status)
    }

    /// Answers a host call, or a call that waits for a decision, with a value.
    ///
    /// # Errors
    /// When neither is awaited.
    pub fn resume(&mut self, value: Value) -> Result<(), MachineError> {
        match self.state {
            State::AwaitingHost => self.state = State::Ready,
            _ => {
                let waiting = self.take_decision()?;
                self.drop_call(waiting);
            }
        }
        self.stack.push(value);
        Ok(())
    }

    /// Answers a host call, or a call that waits for a decision, with an error. It is raised at
    /// the `call` form, or as if the called function had raised it: then its `:stack` holds the
    /// functions it left inside.
    ///
    /// # Errors
    /// When neither is awaited.
    pub fn resume_error(&mut self, error: Error) -> Result<(), MachineError> {
        match self.state {
            State::AwaitingHost => {}
            _ => {
                let waiting = self.take_decision()?;
                self.drop_failed_call(waiting);
            }
        }
        self.state = State::Raising(error);
        Ok(())
    }

    /// Answers [`Status::RequiresContext`]; `None` when the host does not know the name.
    ///
    /// # Errors
    /// When no context value is awaited.
    pub fn answer_context(&mut self, value: Option<Value>) -> Result<(), MachineError> {
        match std::mem::replace(&mut self.state, State::Ready) {
            State::AwaitingContext(name) => {
                self.context.insert(name, value);
                Ok(())
            }
            other => {
                self.state = other;
                Err(MachineError::NothingAwaited)
            }
        }
    }

    /// The changes of runtime hints during the last slice, in order.
    pub fn take_hint_changes(&mut self) -> Vec<HintChange> {
        self.hints.take_changes()
    }

    /// Instructions executed so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Host calls made so far.
    pub fn host_calls(&self) -> u64 {
        self.host_calls
    }

    /// Counts host calls that whoever answered a decided call made for it.
    pub fn count_host_calls(&mut self, calls: u64) {
        self.host_calls = self.host_calls.saturating_add(calls);
    }

    /// The runtime hints in force, by key.
    pub fn hints_in_force(&self) -> BTreeMap<String, Value> {
        self.hints.in_force()
    }

    /// The most memory that was in use at once, in bytes.
    pub fn peak_memory(&self) -> usize {
        self.meter.peak()
    }

    /// The environment, for the next program. A program that has not ended is given up.
    pub fn into_environment(self) -> Environment {
        self.environment
    }

    /// The call that waits for a decision; the machine is ready afterwards.
    pub(crate) fn take_decision(&mut self) -> Result<Waiting, MachineError> {
        match self.state {
            State::AwaitingDecision(waiting) => {
                self.state = State::Ready;
                Ok(waiting)
            }
            _ => Err(MachineError::NothingAwaited),
        }
    }

    /// The next slice starts by raising an error.
    pub(crate) fn raise_next(&mut self, error: Error) {
        self.state = State::Raising(error);
    }

    fn run_slice(&mut self, steps: u64) -> Status {
        if let State::Raising(error) = std::mem::replace(&mut self.state, State::Ready)
            && let Some(uncaught) = self.unwind(error)
        {
            return self.finish(Err(uncaught));
        }
        let budget = self.limits.steps.unwrap_or(u64::MAX);
        let end = self.steps.saturating_add(steps).min(budget);
        while self.steps < end {
            match self.advance(end) {
                Ok(Flow::Next) => {}
                Ok(Flow::Pause) => return self.paused(),
                Err(error) => {
                    if let Some(uncaught) = self.unwind(error) {
                        return self.finish(Err(uncaught));
                    }
                }
            }
        }
        if self.steps < budget {
            return Status::Running;
        }
        let exhausted = self.unwind(Error::budget("steps", "limit"));
        self.finish(exhausted.map_or(Ok(Value::NIL), Err))
    }

    /// Ends the slice after this instruction.
    pub(crate) fn pause(&mut self, why: Pause) -> Flow {
        self.pause = Some(why);
        Flow::Pause
    }

    fn paused(&mut self) -> Status {
        match self.pause.take() {
            Some(Pause::Hints) | None => Status::Running,
            Some(Pause::Host(call)) => {
                self.state = State::AwaitingHost;
                Status::RequiresHost(call)
            }
            Some(Pause::Context(name)) => {
                self.state = State::AwaitingContext(name.to_string());
                Status::RequiresContext(name.to_string())
            }
            Some(Pause::Decision(call, waiting)) => {
                self.state = State::AwaitingDecision(waiting);
                Status::RequiresDecision(call)
            }
            Some(Pause::Finished(value)) => match self.register_module() {
                Ok(None) => self.finish(Ok(value)),
                Ok(Some(())) => self.finish(Ok(Value::NIL)),
                Err(error) => self.finish(Err(error)),
            },
        }
    }

    fn finish(&mut self, result: Result<Value, Error>) -> Status {
        self.state = State::Finished;
        self.stack = Vec::new();
        self.frames = Vec::new();
        self.handlers = Vec::new();
        self.hints.truncate(0);
        match result {
            Ok(value) => Status::Done(value),
            Err(error) => Status::Raised(error),
        }
    }

    /// Runs the next top-level form; after the last one, its value is the program's.
    pub(crate) fn next_form(&mut self) -> Result<Flow, Error> {
        let value = self.stack.pop().unwrap_or_default();
        match self.forms.next() {
            Some(code) => {
                self.start_form(code)?;
                Ok(Flow::Next)
            }
            None => Ok(self.pause(Pause::Finished(value))),
        }
    }

    /// Makes the module that the program is importable. `None` when it is not a module.
    fn register_module(&mut self) -> Result<Option<()>, Error> {
        let Some(loaded) = self.module.take() else {
            return Ok(None);
        };
        let mut module = Module::default();
        for (name, index) in loaded.exports {
            if self.environment.global_value(index).is_none() {
                let text = format!(
                    "Symbol '{name}' is exported but not defined in module '{}'",
                    loaded.name
                );
                return Err(Error::module(&text));
            }
            module.exports.insert(name, index);
        }
        self.environment.modules.insert(loaded.name, module);
        Ok(Some(()))
    }
}
