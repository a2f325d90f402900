//! Running macros while a program is lowered.

use std::cell::RefCell;

use rtfs_ir::{LowerOptions, MacroEvaluator, Program};
use rtfs_value::{Error, Value};

use crate::environment::Environment;
use crate::evaluate::drive;
use crate::host::{Host, HostCall};
use crate::limits::Limits;
use crate::machine::Machine;

/// What one macro call may have in memory at once.
const MEMORY_BYTES: usize = 256 << 20;

/// Runs macros on the evaluator. A macro sees the library and nothing else; a host call raises
/// `SecurityViolation`.
#[derive(Clone, Copy, Debug, Default)]
pub struct MacroRunner;

/// The options of [`rtfs_ir::lower`] for programs with macros.
///
/// ```
/// let forms = rtfs_syntax::read("(defmacro twice [f x] `(~f (~f ~x))) (twice inc 5)").forms;
/// let program = rtfs_ir::lower(&forms, &rtfs_eval::lower_options()).program;
/// assert!(program.is_some());
/// ```
pub fn lower_options() -> LowerOptions<'static> {
    LowerOptions {
        macros: Some(&MacroRunner),
        ..LowerOptions::default()
    }
}

/// A macro that ran before: its function, in the environment that knows its code.
struct Prepared {
    program: Program,
    environment: Environment,
    function: Value,
    /// What it took to get there.
    steps: u64,
}

/// Macros that are kept ready. Those that call each other are few.
const MAX_PREPARED: usize = 8;

thread_local! {
    /// The macros that ran last on this thread, the last one at the end. A macro leaves nothing in
    /// its environment that its next call could see, so that only time is saved.
    static PREPARED: RefCell<Vec<Prepared>> = const { RefCell::new(Vec::new()) };
}

impl MacroEvaluator for MacroRunner {
    fn apply(&self, function: &Program, args: Vec<Value>, steps: &mut u64) -> Result<Value, Error> {
        let ready = PREPARED.with_borrow_mut(|prepared| {
            let same = |known: &Prepared| known.program == *function && known.steps <= *steps;
            let found = prepared.iter().rposition(same);
            found.map(|index| prepared.remove(index))
        });
        let mut macro_ = match ready {
            Some(ready) => {
                *steps -= ready.steps;
                ready
            }
            None => prepare(function, steps)?,
        };
        let limits = limits(*steps);
        let mut machine = Machine::call(macro_.environment, macro_.function.clone(), args, &limits);
        let result = drive(&mut machine, &mut NoHost);
        *steps = steps.saturating_sub(machine.steps());
        macro_.environment = machine.into_environment();
        macro_.environment.cells.clear();
        PREPARED.with_borrow_mut(|prepared| {
            if prepared.len() == MAX_PREPARED {
                prepared.remove(0);
            }
            prepared.push(macro_);
        });
        result
    }
}

fn limits(steps: u64) -> Limits {
    Limits {
        steps: Some(steps),
        memory: Some(MEMORY_BYTES),
        ..Limits::default()
    }
}

/// Loads a macro and evaluates it to its function.
fn prepare(program: &Program, steps: &mut u64) -> Result<Prepared, Error> {
    let mut machine = Machine::new(program, &limits(*steps));
    let function = drive(&mut machine, &mut NoHost);
    let taken = machine.steps();
    *steps = steps.saturating_sub(taken);
    Ok(Prepared {
        program: program.clone(),
        environment: machine.into_environment(),
        function: function?,
        steps: taken,
    })
}

/// The host of macros, which refuses everything.
struct NoHost;

impl Host for NoHost {
    fn execute_capability(&mut self, call: &HostCall) -> Result<Value, Error> {
        let id = &call.capability_id;
        Err(Error::security_violation("call", id, "macro expansion"))
    }
}
