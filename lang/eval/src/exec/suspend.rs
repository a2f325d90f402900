//! Leaving the machine: host calls, context questions, hints.

use std::rc::Rc;

use rtfs_value::{Error, Value};

use crate::boundary;
use crate::frame::Frame;
use crate::host::{CallMetadata, HostCall};
use crate::machine::{Flow, Machine, Pause};

impl Machine {
    /// `call`: the capability and its arguments are the values from `first` on; the stack is cut
    /// at `bottom`, where the answer will be pushed.
    pub(super) fn host_call(&mut self, bottom: usize, first: usize) -> Result<Flow, Error> {
        let capability_id = match self.stack.get(first) {
            Some(capability) => boundary::capability_id(capability)?,
            None => return Err(Error::internal("a host call without capability")),
        };
        let args = self.stack.split_off(first + 1);
        self.stack.truncate(bottom);
        self.ask_host(capability_id, args)
    }

    /// The body of a function that a model answers.
    pub(super) fn model_call(&mut self, id: u32, base: usize) -> Result<Flow, Error> {
        let capability_id = format!("model-call:{}", self.name(id));
        let (params, variadic) = match self.code() {
            Some(code) => (code.params as usize, code.variadic),
            None => (0, false),
        };
        let mut args = self.stack[base..base + params].to_vec();
        if variadic && let Some(rest) = self.stack[base + params].as_seq() {
            args.extend(rest.iter().cloned());
        }
        self.ask_host(capability_id, args)
    }

    fn ask_host(&mut self, capability_id: String, args: Vec<Value>) -> Result<Flow, Error> {
        self.security.check(&capability_id)?;
        boundary::expect_data(&args)?;
        if self
            .limits
            .host_calls
            .is_some_and(|limit| self.host_calls >= limit)
        {
            return Err(Error::budget("host-calls", "limit"));
        }
        let index = self.host_calls;
        self.host_calls += 1;
        let metadata = CallMetadata {
            index,
            execution_hints: self.hints.in_force(),
        };
        Ok(self.pause(Pause::Host(HostCall {
            capability_id,
            args,
            metadata,
        })))
    }

    /// Asks for a name once per run. The instruction runs again when the answer is there.
    pub(super) fn ask_context(&mut self, name: Rc<str>) -> Result<Flow, Error> {
        if let Some(Frame::Code(activation)) = self.frames.last_mut() {
            activation.pc -= 1;
        }
        self.steps -= 1;
        Ok(self.pause(Pause::Context(name)))
    }

    pub(super) fn push_hints(&mut self, row: u32) -> Result<Flow, Error> {
        let Some(keys) = self
            .code()
            .and_then(|code| code.hint_rows.get(row as usize))
        else {
            return Err(Error::internal("unknown hints"));
        };
        let keys = keys.clone();
        let first = self.stack.len() - keys.len();
        let row = keys.into_iter().zip(self.stack.drain(first..)).collect();
        self.hints.push(row);
        Ok(self.pause(Pause::Hints))
    }

    pub(super) fn pop_hints(&mut self) -> Result<Flow, Error> {
        self.hints.pop();
        Ok(self.pause(Pause::Hints))
    }
}
