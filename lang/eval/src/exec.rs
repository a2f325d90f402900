//! One step: the instruction the innermost activation is at.

mod arith;
mod calls;
mod data;
mod loops;
mod names;
mod patterns;
mod suspend;

use std::rc::Rc;

use rtfs_value::{Error, Value};

use crate::code::{Code, Op};
use crate::frame::{Activation, Frame};
use crate::machine::{Flow, Machine};

/// The innermost activation while it runs.
struct Registers {
    code: Rc<Code>,
    pc: usize,
    base: usize,
}

impl Registers {
    fn of(activation: &Activation) -> Self {
        Registers {
            code: Rc::clone(&activation.code),
            pc: activation.pc as usize,
            base: activation.base,
        }
    }
}

impl Machine {
    /// Executes instructions until something is to be told or the step count reaches `end`, or
    /// lets what is not code go on.
    pub(crate) fn advance(&mut self, end: u64) -> Result<Flow, Error> {
        match self.registers() {
            Some(registers) => self.run_code(registers, end),
            None => {
                self.steps += 1;
                self.advance_outside_code()
            }
        }
    }

    /// The hottest instructions. The innermost activation knows its position whenever something
    /// else than this function looks at it.
    fn run_code(&mut self, mut at: Registers, end: u64) -> Result<Flow, Error> {
        while self.steps < end {
            self.steps += 1;
            let Some(op) = at.code.ops.get(at.pc).copied() else {
                return Err(Error::internal("code ends without returning"));
            };
            at.pc += 1;
            let done = match op {
                Op::Const(index) => self.put(at.code.constants[index as usize].clone()),
                Op::Nil => self.put(Value::NIL),
                Op::Local(slot) => self.put(self.stack[at.base + slot as usize].clone()),
                Op::Take(slot) => {
                    let value = self.stack[at.base + slot as usize].take();
                    self.put(value)
                }
                Op::Store(slot) => {
                    self.stack[at.base + slot as usize] = self.pop();
                    Ok(())
                }
                Op::Jump(target) => {
                    at.pc = target as usize;
                    Ok(())
                }
                Op::JumpIfFalse(target) => {
                    if !self.pop().truthy() {
                        at.pc = target as usize;
                    }
                    Ok(())
                }
                Op::Arith {
                    function,
                    left,
                    right,
                } => self
                    .arith(&at.code, at.base, function, (left, right))
                    .and_then(|value| self.put(value)),
                Op::Branch {
                    function,
                    left,
                    right,
                    otherwise,
                } => self
                    .arith(&at.code, at.base, function, (left, right))
                    .map(|value| {
                        if !value.truthy() {
                            at.pc = otherwise as usize;
                        }
                    }),
                Op::Unary(function) => self.unary(function),
                Op::Binary(function) => self.binary(function),
                Op::Plain { function, argc } => self.plain(function, argc as usize),
                Op::Global(index) if self.push_global(index) => Ok(()),
                Op::Call(argc) if self.call_directly(&mut at, argc as usize) => Ok(()),
                Op::Return if self.return_directly(&mut at) => Ok(()),
                other => {
                    self.set_position(at.pc);
                    if let Flow::Pause = self.advance_rare(other, at.base)? {
                        return Ok(Flow::Pause);
                    }
                    match self.registers() {
                        Some(registers) => at = registers,
                        None => return Ok(Flow::Next),
                    }
                    Ok(())
                }
            };
            if let Err(error) = done {
                self.set_position(at.pc);
                return Err(error);
            }
        }
        self.set_position(at.pc);
        Ok(Flow::Next)
    }

    /// What the innermost activation runs, unless a library function or nothing is innermost.
    fn registers(&self) -> Option<Registers> {
        match self.frames.last() {
            Some(Frame::Code(activation)) => Some(Registers::of(activation)),
            _ => None,
        }
    }

    fn put(&mut self, value: Value) -> Result<(), Error> {
        self.stack.push(value);
        Ok(())
    }

    fn set_position(&mut self, pc: usize) {
        if let Some(Frame::Code(activation)) = self.frames.last_mut() {
            activation.pc = pc as u32;
        }
    }

    /// A library function that called back has its result, or a top-level form has its value.
    fn advance_outside_code(&mut self) -> Result<Flow, Error> {
        match self.frames.last() {
            Some(_) => self.resume_library(),
            None => self.next_form(),
        }
    }

    /// The instructions that leave the activation or are not worth a place in the hottest part.
    fn advance_rare(&mut self, op: Op, base: usize) -> Result<Flow, Error> {
        match op {
            Op::Global(index) => self.undefined_global(index),
            Op::Call(argc) => self.call_value(argc as usize),
            Op::TailCall(argc) => self.tail_call(argc as usize),
            Op::Return => {
                self.leave();
                Ok(Flow::Next)
            }
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
            Op::ExpectExact { .. }
            | Op::ExpectAtLeast { .. }
            | Op::ExpectMap(_)
            | Op::Item { .. }
            | Op::ItemsFrom { .. }
            | Op::Field { .. }
            | Op::FieldOr { .. }
            | Op::Without { .. } => self.advance_pattern(op, base),
            Op::TestExact { .. }
            | Op::TestAtLeast { .. }
            | Op::TestMap { .. }
            | Op::TestEqual { .. }
            | Op::TestType { .. } => self.advance_test(op, base),
            Op::Const(_)
            | Op::Nil
            | Op::Local(_)
            | Op::Take(_)
            | Op::Store(_)
            | Op::Jump(_)
            | Op::JumpIfFalse(_)
            | Op::Arith { .. }
            | Op::Branch { .. }
            | Op::Unary(_)
            | Op::Binary(_)
            | Op::Plain { .. } => Err(Error::internal("a hot instruction came too far")),
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
