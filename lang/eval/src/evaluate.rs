//! Running a program to its end with a synchronous host.

use rtfs_ir::Program;
use rtfs_value::{Error, Value};

use crate::boundary;
use crate::environment::Environment;
use crate::hints::HintChange;
use crate::host::{Host, HostCall};
use crate::limits::Limits;
use crate::machine::{Machine, MachineError, Status};

/// Instructions between two looks at the machine.
const SLICE: u64 = 1 << 20;

/// How a run ended and what it took.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The program's value, or the error that left it.
    pub result: Result<Value, Error>,
    /// Instructions executed.
    pub steps: u64,
    /// The most memory in use at once, in bytes.
    pub peak_memory: usize,
    /// Host calls made.
    pub host_calls: u64,
}

/// Runs a program in an environment of its own.
///
/// ```
/// use rtfs_eval::{Limits, PureHost, evaluate};
///
/// let forms = rtfs_syntax::read("(map inc [1 2])").forms;
/// let program = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default()).program;
/// let program = program.expect("the source is well formed");
/// let outcome = evaluate(&program, &mut PureHost, &Limits::default());
/// assert_eq!(rtfs_value::readable(&outcome.result.expect("nothing raises")), "[2 3]");
/// ```
pub fn evaluate(program: &Program, host: &mut dyn Host, limits: &Limits) -> Outcome {
    let mut machine = Machine::new(program, limits);
    let result = drive(&mut machine, host);
    Outcome {
        result,
        steps: machine.steps(),
        peak_memory: machine.peak_memory(),
        host_calls: machine.host_calls(),
    }
}

/// Runs a program in an environment that other programs have defined things in and that later
/// ones will see.
pub fn evaluate_in(
    environment: &mut Environment,
    program: &Program,
    host: &mut dyn Host,
    limits: &Limits,
) -> Outcome {
    let unit = match environment.load(program) {
        Ok(unit) => unit,
        Err(error) => {
            let result = Err(Error::invalid_program(&error.to_string()));
            return Outcome {
                result,
                steps: 0,
                peak_memory: 0,
                host_calls: 0,
            };
        }
    };
    let owned = std::mem::take(environment);
    let mut machine = Machine::in_environment(owned, &unit, limits);
    let result = drive(&mut machine, host);
    let (steps, peak_memory) = (machine.steps(), machine.peak_memory());
    let host_calls = machine.host_calls();
    *environment = machine.into_environment();
    Outcome {
        result,
        steps,
        peak_memory,
        host_calls,
    }
}

/// Runs a machine to its end, letting `host` answer.
///
/// # Errors
/// What leaves the program. `InternalError` when the machine was already waiting or at its end.
pub fn drive(machine: &mut Machine, host: &mut dyn Host) -> Result<Value, Error> {
    if let Some(security) = host.security_context() {
        machine.set_security(security);
    }
    host.prepare_execution();
    let result = drive_prepared(machine, host);
    host.cleanup_execution();
    result.unwrap_or_else(|error| Err(Error::internal(&error.to_string())))
}

fn drive_prepared(
    machine: &mut Machine,
    host: &mut dyn Host,
) -> Result<Result<Value, Error>, MachineError> {
    loop {
        let status = machine.run(SLICE)?;
        for change in machine.take_hint_changes() {
            match change {
                HintChange::Set(key, value) => host.set_execution_hint(&key, &value),
                HintChange::Clear(key) => host.clear_execution_hint(&key),
            }
        }
        match status {
            Status::Running => {}
            Status::Done(value) => return Ok(Ok(value)),
            Status::Raised(error) => return Ok(Err(error)),
            Status::RequiresHost(call) => match perform(host, &call) {
                Ok(value) => machine.resume(value)?,
                Err(error) => machine.resume_error(error)?,
            },
            Status::RequiresContext(name) => {
                let value = host.get_context_value(&name);
                machine.answer_context(value)?;
            }
            // Only a machine that was told to ask does.
            Status::RequiresDecision(_) => machine.run_here()?,
        }
    }
}

/// One host call with the checks of its schemas: how an embedder that drives a machine itself
/// answers [`Status::RequiresHost`].
///
/// # Errors
/// What the `call` form raises.
pub fn perform(host: &mut dyn Host, call: &HostCall) -> Result<Value, Error> {
    let id = &call.capability_id;
    if let Some(schema) = host.get_capability_input_schema(id) {
        boundary::check_args(id, &call.args, &schema)?;
    }
    let value = host.execute_capability(call)?;
    if let Some(schema) = host.get_capability_output_schema(id) {
        boundary::check_result(id, &value, &schema)?;
    }
    Ok(value)
}
