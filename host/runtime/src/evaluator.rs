//! The evaluator with its calls delegated where stored code can answer them.

use std::time::{Duration, Instant};

use rtfs_delegate::ExecutionLimits;
use rtfs_eval::{Environment, Host, HostCall, Machine, MachineError, Status};
use rtfs_ir::{OptLevel, Program};
use rtfs_value::types::Level;
use rtfs_value::{Error, Value};

use crate::delegation::{Delegation, Session};
use crate::ending::{Ending, Ran};
use crate::observe::Observer;

/// Steps between two looks at the clock: a fraction of a millisecond.
const SLICE: u64 = 10_000;

/// A program to be evaluated.
pub struct Evaluation<'a> {
    /// What runs, as it was lowered: its hashes say what stored code means the same.
    pub program: &'a Program,
    /// How much it is optimised before it runs.
    pub opt_level: OptLevel,
    /// What it may use.
    pub limits: &'a ExecutionLimits,
    /// How much of annotations is checked.
    pub validation: Level,
    /// Where calls may be answered besides; nowhere without.
    pub delegation: Option<&'a Delegation>,
}

/// Evaluates a program to its end, or to a limit.
pub fn evaluate(run: &Evaluation<'_>, host: &mut dyn Host, observer: &dyn Observer) -> Ran {
    let started = Instant::now();
    let limits = rtfs_eval::Limits {
        steps: Some(run.limits.fuel),
        depth: run.limits.depth,
        memory: usize::try_from(run.limits.memory_bytes).ok(),
        host_calls: Some(run.limits.host_calls),
        validation: run.validation,
    };
    let mut environment = Environment::new();
    let optimised = rtfs_ir::optimise(run.program.clone(), run.opt_level);
    let unit = match environment.load(&optimised) {
        Ok(unit) => unit,
        Err(error) => return defect(error.to_string(), started.elapsed()),
    };
    let mut machine = Machine::in_environment(environment, &unit, &limits);
    let mut session = run
        .delegation
        .map(|delegation| Session::new(delegation, run, &unit, &mut machine, observer));
    host.prepare_execution();
    let result = drive(&mut machine, host, run, session.as_mut(), started);
    host.cleanup_execution();
    if let Some(session) = session {
        session.report();
    }
    let ending = match result {
        Ok(result) => Ending::of_evaluation(result, run.limits),
        Err(error) => Ending::Defect(error.to_string()),
    };
    Ran {
        ending,
        engine: "evaluator",
        fuel: machine.steps(),
        peak_memory: machine.peak_memory() as u64,
        time: started.elapsed(),
    }
}

fn defect(message: String, time: Duration) -> Ran {
    Ran {
        ending: Ending::Defect(message),
        engine: "evaluator",
        fuel: 0,
        peak_memory: 0,
        time,
    }
}

fn drive(
    machine: &mut Machine,
    host: &mut dyn Host,
    run: &Evaluation<'_>,
    mut session: Option<&mut Session<'_>>,
    started: Instant,
) -> Result<Result<Value, Error>, MachineError> {
    loop {
        let status = machine.run(SLICE)?;
        for change in machine.take_hint_changes() {
            match change {
                rtfs_eval::HintChange::Set(key, value) => host.set_execution_hint(&key, &value),
                rtfs_eval::HintChange::Clear(key) => host.clear_execution_hint(&key),
            }
        }
        let goes_on = !matches!(status, Status::Done(_) | Status::Raised(_));
        // Whatever it waits for: a loop over calls that are decided about never runs a whole slice.
        if goes_on && started.elapsed() > run.limits.deadline {
            return Ok(Err(Error::budget("deadline", "limit")));
        }
        match status {
            Status::Running => {}
            Status::Done(value) => return Ok(Ok(value)),
            Status::Raised(error) => return Ok(Err(error)),
            Status::RequiresHost(call) => match answer_host(host, &call, session.as_deref_mut()) {
                Ok(value) => machine.resume(value)?,
                Err(error) => machine.resume_error(error)?,
            },
            Status::RequiresContext(name) => {
                let recorded = session.as_deref_mut().and_then(Session::next_context);
                let value = recorded.unwrap_or_else(|| host.get_context_value(&name));
                machine.answer_context(value)?;
            }
            Status::RequiresDecision(call) => match session.as_deref_mut() {
                Some(session) => session.decide(machine, host, &call)?,
                None => machine.run_here()?,
            },
        }
    }
}

/// What a component was answered before its result was discarded is not asked again.
fn answer_host(
    host: &mut dyn Host,
    call: &HostCall,
    session: Option<&mut Session<'_>>,
) -> Result<Value, Error> {
    match session.and_then(|session| session.next_answer(call)) {
        Some(answer) => answer,
        None => rtfs_eval::perform(host, call),
    }
}
