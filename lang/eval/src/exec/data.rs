//! Variables, closures, collections and checks.

use rtfs_ir::{CatchSelector, Place};
use rtfs_value::types;
use rtfs_value::{Error, Map, Value, mem};

use crate::code::{Check, Code};
use crate::frame::Frame;
use crate::machine::{Flow, Machine};

impl Machine {
    /// The code of the innermost activation.
    pub(super) fn code(&self) -> Option<&Code> {
        match self.frames.last() {
            Some(Frame::Code(activation)) => Some(&activation.code),
            _ => None,
        }
    }

    pub(super) fn name(&self, index: u32) -> &str {
        self.code()
            .and_then(|code| code.names.get(index as usize))
            .map_or("", |name| name)
    }

    pub(super) fn selector(&self, index: u32) -> Option<&CatchSelector> {
        self.code()?.selectors.get(index as usize)
    }

    /// The error of a form that only raises.
    pub(super) fn new_error(&self, index: u32) -> Error {
        match self.code().and_then(|code| code.raises.get(index as usize)) {
            Some((kind, text)) => Error::new(*kind, text),
            None => Error::internal("unknown error"),
        }
    }

    pub(super) fn capture(&mut self, base: usize, index: u32) -> Result<Flow, Error> {
        let captures = self.stack[base - 1]
            .closure_parts()
            .map_or(&[][..], |(_, values)| values);
        match captures.get(index as usize) {
            Some(value) => self.push(value.clone()),
            None => Err(Error::internal("a closure lacks a captured value")),
        }
    }

    /// The content of the cell on top.
    pub(super) fn uncell(&mut self, name: u32) -> Result<Flow, Error> {
        match self.pop().cell_get() {
            Some(value) => self.push(value),
            None => Err(Error::undefined_symbol(self.name(name))),
        }
    }

    pub(super) fn new_cell(&mut self, slot: usize) -> Result<Flow, Error> {
        self.stack[slot] = self.environment.cells.make();
        mem::guard()?;
        Ok(Flow::Next)
    }

    pub(super) fn enclose(&mut self, slot: usize) -> Result<Flow, Error> {
        let value = self.stack[slot].take();
        let cell = self.environment.cells.make();
        cell.cell_set(value);
        self.stack[slot] = cell;
        Ok(Flow::Next)
    }

    pub(super) fn store_cell(&mut self, slot: usize) -> Result<Flow, Error> {
        let value = self.pop();
        if self.stack[slot].kind() != rtfs_value::Kind::Placeholder {
            self.stack[slot] = self.environment.cells.make();
        }
        self.stack[slot].cell_set(value);
        Ok(Flow::Next)
    }

    pub(super) fn define(&mut self, global: u32) -> Result<Flow, Error> {
        let value = self.stack.last().cloned().unwrap_or_default();
        self.environment.define_global(global, value);
        Ok(Flow::Next)
    }

    pub(super) fn closure(&mut self, index: u32, base: usize) -> Result<Flow, Error> {
        let template = self
            .code()
            .and_then(|code| code.templates.get(index as usize));
        let Some(template) = template else {
            return Err(Error::internal("unknown closure"));
        };
        let own = self.stack[base - 1]
            .closure_parts()
            .map_or(&[][..], |(_, values)| values);
        let captures = template.captures.iter().map(|place| match place {
            Place::Slot(slot) => self.stack[base + slot.0 as usize].clone(),
            Place::Capture(index) => own.get(*index as usize).cloned().unwrap_or_default(),
            Place::SelfFn => self.stack[base - 1].clone(),
        });
        let closure = Value::closure(template.code, captures.collect());
        self.stack.push(closure);
        mem::guard()?;
        Ok(Flow::Next)
    }

    pub(super) fn vector(&mut self, count: usize) -> Result<Flow, Error> {
        let first = self.stack.len() - count;
        let vector = Value::vector(self.stack.drain(first..));
        self.stack.push(vector);
        mem::guard()?;
        Ok(Flow::Next)
    }

    pub(super) fn map(&mut self, keys: u32) -> Result<Flow, Error> {
        let Some(keys) = self
            .code()
            .and_then(|code| code.key_rows.get(keys as usize))
        else {
            return Err(Error::internal("unknown keys"));
        };
        let keys = keys.clone();
        let first = self.stack.len() - keys.len();
        let mut map = Map::with_capacity(keys.len());
        for (key, value) in keys.into_iter().zip(self.stack.drain(first..)) {
            map.assoc(key, value)?;
        }
        self.stack.push(Value::map(map));
        mem::guard()?;
        Ok(Flow::Next)
    }

    // Checked annotations.

    pub(super) fn check_top(&mut self, check: u32) -> Result<Flow, Error> {
        let top = self.stack.last().cloned().unwrap_or_default();
        self.expect_type(&top, check, None)
    }

    pub(super) fn check_slot(&mut self, slot: usize, check: u32) -> Result<Flow, Error> {
        self.expect_type(&self.stack[slot], check, None)
    }

    pub(super) fn check_rest(&mut self, slot: usize, check: u32) -> Result<Flow, Error> {
        let items = self.stack[slot]
            .as_seq()
            .into_iter()
            .flat_map(|items| items.iter());
        for (index, item) in items.enumerate() {
            self.expect_type(item, check, Some(index))?;
        }
        Ok(Flow::Next)
    }

    fn expect_type(&self, value: &Value, check: u32, item: Option<usize>) -> Result<Flow, Error> {
        let check = self.checked(check)?;
        match types::check(value, &check.ty, self.limits.validation) {
            Ok(()) => Ok(Flow::Next),
            Err(detail) => {
                let context = match item {
                    Some(index) => format!("{} {index}", check.context),
                    None => check.context.clone(),
                };
                Err(detail.into_error(&context))
            }
        }
    }

    pub(super) fn checked(&self, index: u32) -> Result<&Check, Error> {
        let check = self.code().and_then(|code| code.checks.get(index as usize));
        check.ok_or_else(|| Error::internal("unknown check"))
    }
}
