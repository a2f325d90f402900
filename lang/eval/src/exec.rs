//! One step: the instruction the innermost activation is at.

mod calls;
mod data;
mod loops;
mod names;
mod patterns;
mod suspend;

use rtfs_value::{Error, Value};

use crate::code::Op;
use crate::frame::Frame;
use crate::machine::{Flow, Machine};

impl Machine {
    /// Executes the next instruction, or continues what waits for a value.
    pub(crate) fn advance(&mut self) -> Result<Flow, Error> {
        let Some(Frame::Code(activation)) = self.frames.last_mut() else {
            return self.advance_outside_code();
        };
        let Some(op) = activation.code.ops.get(activation.pc as usize).copied() else {
            return Err(Error::internal("code ends without returning"));
        };
        activation.pc += 1;
        let base = activation.base;
        match op {
            Op::Const(index) => {
                let value = activation.code.constants[index as usize].clone();
                self.stack.push(value);
            }
            Op::Nil => self.stack.push(Value::NIL),
            Op::Local(slot) => {
                let value = self.stack[base + slot as usize].clone();
                self.stack.push(value);
            }
            Op::Take(slot) => {
                let value = self.stack[base + slot as usize].take();
                self.stack.push(value);
            }
            Op::Store(slot) => {
                let value = self.stack.pop().unwrap_or_default();
                self.stack[base + slot as usize] = value;
            }
            Op::Plain { function, argc } => return self.plain(function, argc as usize),
            Op::Global(index) => match self.environment.global_value(index) {
                Some(value) => self.stack.push(value.clone()),
                None => return self.undefined_global(index),
            },
            Op::Call(argc) => return self.call_value(argc as usize),
            Op::TailCall(argc) => return self.tail_call(argc as usize),
            Op::Return => self.leave(),
            Op::Jump(target) => activation.pc = target,
            Op::JumpIfFalse(target) => {
                if !self.stack.pop().unwrap_or_default().truthy() {
                    activation.pc = target;
                }
            }
            _ => return self.advance_rare(op, base),
        }
        Ok(Flow::Next)
    }

    /// A library function that called back has its result, or a top-level form has its value.
    fn advance_outside_code(&mut self) -> Result<Flow, Error> {
        match self.frames.last() {
            Some(_) => self.resume_library(),
            None => self.next_form(),
        }
    }

    /// The instructions that are not worth a place in the hottest part.
    fn advance_rare(&mut self, op: Op, base: usize) -> Result<Flow, Error> {
        match op {
            Op::Capture(index) => self.capture(base, index),
            Op::SelfFn => self.push(self.stack[base - 1].clone()),
            Op::Uncell(name) => self.uncell(name),
            Op::Free(name) => self.free(name),
            Op::Qualified(module, symbol) => self.qualified(module, symbol),
            Op::ResourceRef(name) => self.resource_ref(name),
            Op::Pop => {
                self.stack.pop();
                Ok(Flow::Next)
            }
            Op::Dup => self.push(self.stack.last().cloned().unwrap_or_default()),
            Op::StoreCell(slot) => self.store_cell(base + slot as usize),
            Op::NewCell(slot) => self.new_cell(base + slot as usize),
            Op::Enclose(slot) => self.enclose(base + slot as usize),
            Op::Define(global) => self.define(global),
            Op::Check(check) => self.check_top(check),
            Op::CheckSlot { slot, check } => self.check_slot(base + slot as usize, check),
            Op::CheckRest { slot, check } => self.check_rest(base + slot as usize, check),
            Op::Closure(template) => self.closure(template, base),
            Op::Vector(count) => self.vector(count as usize),
            Op::Map(keys) => self.map(keys),
            Op::Builtin { id, argc } => self.builtin(id, argc as usize),
            Op::SelfCall(argc) => self.self_call(argc as usize),
            Op::ModelCall(id) => self.model_call(id, base),
            Op::NoMatch => Err(Error::no_matching_clause()),
            Op::Import(import) => self.import(import),
            Op::Raise(raise) => Err(self.new_error(raise)),
            Op::PushHints(row) => self.push_hints(row),
            Op::PopHints => self.pop_hints(),
            Op::PushHandler(_)
            | Op::PopHandler
            | Op::Caught
            | Op::Rethrow
            | Op::EndFinally
            | Op::Catches { .. }
            | Op::AndJump(_)
            | Op::OrJump(_) => self.advance_control(op),
            Op::ForItems(_)
            | Op::ForNext { .. }
            | Op::Append(_)
            | Op::Count(_)
            | Op::CountNext { .. } => self.advance_loop(op, base),
            _ => self.advance_pattern(op, base),
        }
    }

    fn advance_control(&mut self, op: Op) -> Result<Flow, Error> {
        match op {
            Op::PushHandler(target) => self.push_handler(target),
            Op::PopHandler => {
                self.handlers.pop();
            }
            Op::Catches {
                selector,
                otherwise,
            } => {
                if !self
                    .selector(selector)
                    .is_some_and(|selector| self.catches(selector))
                {
                    self.jump(otherwise);
                }
            }
            Op::Caught => self.caught(),
            Op::Rethrow => return self.rethrow(),
            Op::EndFinally => return self.end_finally(),
            Op::AndJump(target) => self.short_circuit(false, target),
            Op::OrJump(target) => self.short_circuit(true, target),
            _ => return Err(Error::internal("unknown instruction")),
        }
        Ok(Flow::Next)
    }

    /// `and` and `or`: the top is the result when it has this truth.
    fn short_circuit(&mut self, truth: bool, target: u32) {
        if self.stack.last().is_some_and(|top| top.truthy() == truth) {
            self.jump(target);
        } else {
            self.stack.pop();
        }
    }

    pub(crate) fn push(&mut self, value: Value) -> Result<Flow, Error> {
        self.stack.push(value);
        Ok(Flow::Next)
    }

    pub(crate) fn pop(&mut self) -> Value {
        self.stack.pop().unwrap_or_default()
    }

    pub(crate) fn jump(&mut self, target: u32) {
        if let Some(Frame::Code(activation)) = self.frames.last_mut() {
            activation.pc = target;
        }
    }
}
