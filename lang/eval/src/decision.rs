//! Asking the embedder where a top-level function runs.
//!
//! A machine can be told to stop before calls of chosen functions. The embedder then runs the body
//! here ([`Machine::run_here`]) or answers the call itself, with [`Machine::resume`] or
//! [`Machine::resume_error`]. What it answers must be what the body would have given: the machine
//! only keeps the books (depth, arity, `:stack`) as if the body had run.

use std::collections::BTreeMap;
use std::rc::Rc;

use rtfs_ir::GlobalId;
use rtfs_value::{Error, Value};

use crate::code::{Code, NO_NODE, Op};
use crate::frame::Frame;
use crate::load::Unit;
use crate::machine::{Flow, Machine, MachineError, Pause};

/// A call that the embedder decides about.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionCall {
    /// The called function.
    pub function: GlobalId,
    /// The arguments; their number fits the function.
    pub args: Vec<Value>,
    /// Pending calls, this one included.
    pub depth: u32,
}

/// The functions of an environment that a machine stops before.
#[derive(Clone, Debug, Default)]
pub struct Watches {
    /// By code index.
    by_code: BTreeMap<u32, GlobalId>,
}

impl Watches {
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.by_code.is_empty()
    }
}

/// A call that waits for the embedder's decision.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waiting {
    pub(crate) code: u32,
    pub(crate) argc: usize,
    /// The call is the last act of the running activation.
    pub(crate) tail: bool,
}

impl Machine {
    /// Stops before calls of these functions of a unit that was loaded into this environment.
    /// Names that the unit does not define as a function literal are left alone.
    pub fn ask_before(&mut self, unit: &Unit, functions: impl IntoIterator<Item = GlobalId>) {
        let codes = functions
            .into_iter()
            .filter_map(|function| Some((unit.function(function)?, function)));
        self.watches.by_code.extend(codes);
    }

    /// Stops no longer before calls of a function.
    pub fn ask_no_more(&mut self, function: GlobalId) {
        self.watches
            .by_code
            .retain(|_, watched| *watched != function);
    }

    /// What this machine stops before, for another machine in the same environment.
    pub fn watches(&self) -> &Watches {
        &self.watches
    }

    /// Stops before the functions that an earlier machine in this environment stopped before.
    pub fn ask_as_before(&mut self, watches: &Watches) {
        self.watches.by_code.extend(&watches.by_code);
    }

    /// Gives a declared function that nobody defined a body which the embedder stands for: calls
    /// of it ask. One that is to run here raises `UndefinedSymbol`.
    pub fn stand_in(&mut self, unit: &Unit, function: GlobalId, params: u32, variadic: bool) {
        let Some(index) = unit.globals.get(function.0 as usize).copied() else {
            return;
        };
        let Some(name) = self.environment.global_name(index) else {
            return;
        };
        let undefined = Error::undefined_symbol(&name);
        let ops = vec![Op::Raise(0), Op::Return];
        let body = Code {
            name: Some(name.clone()),
            params,
            variadic,
            slots: params + u32::from(variadic),
            nodes: vec![NO_NODE; ops.len()],
            ops,
            raises: vec![(undefined.kind(), undefined.text().to_owned())],
            ..Code::default()
        };
        let code = self.environment.functions.len() as u32;
        self.environment.functions.push(Rc::new(body));
        self.environment
            .define_global(index, Value::static_fn(code));
        self.watches.by_code.insert(code, function);
    }

    /// Decides that the call which waits runs its body here.
    ///
    /// # Errors
    /// When no decision is awaited.
    pub fn run_here(&mut self) -> Result<(), MachineError> {
        let waiting = self.take_decision()?;
        if let Err(error) = self.enter_here(waiting) {
            self.raise_next(error);
        }
        Ok(())
    }

    /// Whether a call must wait for a decision; then the machine pauses.
    pub(crate) fn asks_before(&mut self, waiting: Waiting) -> Option<Flow> {
        let function = *self.watches.by_code.get(&waiting.code)?;
        let depth = self.depth_inside(waiting.tail);
        if depth > self.limits.depth || !self.arity_fits(&waiting) {
            return None;
        }
        let args = self.stack[self.stack.len() - waiting.argc..].to_vec();
        let call = FunctionCall {
            function,
            args,
            depth,
        };
        Some(self.pause(Pause::Decision(call, waiting)))
    }

    /// The stack is as if the call had returned, but for its value.
    pub(crate) fn drop_call(&mut self, waiting: Waiting) {
        let callee = self.stack.len() - waiting.argc - 1;
        self.stack.truncate(callee);
    }

    /// The call fails: an activation that it would have replaced is gone.
    pub(crate) fn drop_failed_call(&mut self, waiting: Waiting) {
        self.drop_call(waiting);
        if waiting.tail
            && let Some(Frame::Code(running)) = self.frames.last()
        {
            self.stack.truncate(running.base - 1);
            self.pop_frame();
        }
    }

    fn depth_inside(&self, tail: bool) -> u32 {
        match self.frames.last() {
            Some(Frame::Code(_)) if !tail => self.depth + 1,
            _ => self.depth,
        }
    }

    fn arity_fits(&self, waiting: &Waiting) -> bool {
        self.environment.function(waiting.code).is_some_and(|code| {
            let params = code.params as usize;
            waiting.argc == params || (code.variadic && waiting.argc > params)
        })
    }
}

impl Unit {
    /// The code index of a top-level function literal.
    fn function(&self, id: GlobalId) -> Option<u32> {
        let found = self.functions.iter().find(|(global, _)| *global == id);
        found.map(|(_, code)| *code)
    }
}
