//! Runs a program on the reference evaluator.

use std::time::Instant;

use rtfs_eval::{Host, HostCall, Machine, MachineError, Status};
use rtfs_ir::Program;
use rtfs_value::Value;
use rtfs_value::error::{Error, ErrorKind};

use crate::args::LimitArgs;
use crate::capabilities::Capabilities;
use crate::commands::run::{Ending, Ran};
use crate::failure::Failure;

/// Steps between two looks at the clock: a fraction of a millisecond.
const SLICE: u64 = 10_000;

struct CommandLineHost(Capabilities);

impl Host for CommandLineHost {
    fn execute_capability(&mut self, call: &HostCall) -> Result<Value, Error> {
        self.0.perform(&call.capability_id, &call.args)
    }
}

/// Runs to the end, or to a limit.
pub(crate) fn run(program: &Program, limits: &LimitArgs, capabilities: Capabilities) -> Ran {
    let memory = usize::try_from(limits.memory).unwrap_or(usize::MAX);
    let machine_limits = rtfs_eval::Limits {
        steps: Some(limits.fuel),
        depth: limits.max_depth,
        memory: Some(memory),
        ..rtfs_eval::Limits::default()
    };
    let mut host = CommandLineHost(capabilities);
    let mut machine = Machine::new(program, &machine_limits);
    let started = Instant::now();
    let ending = loop {
        match machine.run(SLICE) {
            Ok(Status::Running) if started.elapsed() > limits.timeout => {
                break Ending::Limit(format!(
                    "deadline limit reached: {} ms; raise it with --timeout",
                    limits.timeout.as_millis()
                ));
            }
            Ok(Status::Running) => {}
            Ok(Status::Done(value)) => break Ending::Value(value),
            Ok(Status::Raised(error)) => break raised(&error),
            Ok(waiting) => {
                if let Err(error) = answer(&mut machine, &mut host, waiting) {
                    break Ending::Defect(error.to_string());
                }
            }
            Err(error) => break Ending::Defect(error.to_string()),
        }
    };
    Ran {
        ending,
        engine: "evaluator",
        fuel: machine.steps(),
        peak_memory: machine.peak_memory() as u64,
    }
}

fn raised(error: &Error) -> Ending {
    match error.kind() {
        ErrorKind::BudgetExhausted => {
            Ending::Limit(format!("{} (the evaluator counts steps)", error.text()))
        }
        ErrorKind::InternalError => Ending::Defect(error.text().to_owned()),
        _ => Ending::Raised(Failure::from_evaluator(error)),
    }
}

fn answer(
    machine: &mut Machine,
    host: &mut CommandLineHost,
    waiting: Status,
) -> Result<(), MachineError> {
    match waiting {
        Status::RequiresHost(call) => match host.execute_capability(&call) {
            Ok(value) => machine.resume(value),
            Err(error) => machine.resume_error(error),
        },
        // The command line has no context to offer.
        Status::RequiresContext(_) => machine.answer_context(None),
        Status::RequiresDecision(_) => machine.run_here(),
        Status::Running | Status::Done(_) | Status::Raised(_) => Ok(()),
    }
}
