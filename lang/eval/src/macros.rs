//! Running macros while a program is lowered.

use rtfs_ir::{LowerOptions, MacroEvaluator, Program};
use rtfs_value::{Error, Value};

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

impl MacroEvaluator for MacroRunner {
    fn apply(&self, function: &Program, args: Vec<Value>, steps: &mut u64) -> Result<Value, Error> {
        let mut limits = Limits {
            steps: Some(*steps),
            memory: Some(MEMORY_BYTES),
            ..Limits::default()
        };
        let mut machine = Machine::new(function, &limits);
        let function = drive(&mut machine, &mut NoHost);
        *steps = steps.saturating_sub(machine.steps());
        limits.steps = Some(*steps);
        let mut machine = Machine::call(machine.into_environment(), function?, args, &limits);
        let result = drive(&mut machine, &mut NoHost);
        *steps = steps.saturating_sub(machine.steps());
        result
    }
}

/// The host of macros, which refuses everything.
struct NoHost;

impl Host for NoHost {
    fn execute_capability(&mut self, call: &HostCall) -> Result<Value, Error> {
        let id = &call.capability_id;
        Err(Error::security_violation("call", id, "macro expansion"))
    }
}
