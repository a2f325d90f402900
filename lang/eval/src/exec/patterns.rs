//! Taking values apart.

use rtfs_value::{Error, Value, destructure, equal, types};

use crate::code::Op;
use crate::machine::{Flow, Machine};

impl Machine {
    pub(super) fn advance_pattern(&mut self, op: Op, base: usize) -> Result<Flow, Error> {
        let at = |slot: u32| base + slot as usize;
        match op {
            Op::ExpectExact { slot, count } => {
                destructure::expect_exact(&self.stack[at(slot)], count as usize)?;
            }
            Op::ExpectAtLeast { slot, count } => {
                destructure::expect_at_least(&self.stack[at(slot)], count as usize)?;
            }
            Op::ExpectMap(slot) => {
                destructure::expect_map(&self.stack[at(slot)])?;
            }
            Op::Item { slot, index } => {
                let item = destructure::seq_item(&self.stack[at(slot)], index as usize);
                self.stack.push(item);
            }
            Op::ItemsFrom { slot, start } => {
                let items = destructure::seq_rest(&self.stack[at(slot)], start as usize);
                self.stack.push(items);
            }
            Op::Field { slot, key } => {
                let value = self.field(at(slot), key)?;
                self.stack.push(value.unwrap_or_default());
            }
            Op::FieldOr {
                slot,
                key,
                otherwise,
            } => match self.field(at(slot), key)? {
                Some(value) => self.stack.push(value),
                None => self.jump(otherwise),
            },
            Op::Without { slot, keys } => {
                let Some(keys) = self
                    .code()
                    .and_then(|code| code.key_rows.get(keys as usize))
                else {
                    return Err(Error::internal("unknown keys"));
                };
                let rest = destructure::map_without(&self.stack[at(slot)], keys);
                self.stack.push(rest);
            }
            _ => return Err(Error::internal("unknown instruction")),
        }
        Ok(Flow::Next)
    }

    fn field(&self, slot: usize, key: u32) -> Result<Option<Value>, Error> {
        Ok(destructure::map_get(&self.stack[slot], self.constant(key)?))
    }

    fn constant(&self, index: u32) -> Result<&Value, Error> {
        let constant = self
            .code()
            .and_then(|code| code.constants.get(index as usize));
        constant.ok_or_else(|| Error::internal("unknown constant"))
    }

    /// The tests of `match`: continue elsewhere when the pattern does not fit.
    pub(super) fn advance_test(&mut self, op: Op, base: usize) -> Result<Flow, Error> {
        let value = |slot: u32| &self.stack[base + slot as usize];
        let (fits, otherwise) = match op {
            Op::TestExact {
                slot,
                count,
                otherwise,
            } => {
                let items = value(slot).as_seq();
                (
                    items.is_some_and(|items| items.len() == count as usize),
                    otherwise,
                )
            }
            Op::TestAtLeast {
                slot,
                count,
                otherwise,
            } => {
                let items = value(slot).as_seq();
                (
                    items.is_some_and(|items| items.len() >= count as usize),
                    otherwise,
                )
            }
            Op::TestMap { slot, otherwise } => (value(slot).as_map().is_some(), otherwise),
            Op::TestEqual {
                slot,
                constant,
                otherwise,
            } => (equal(value(slot), self.constant(constant)?), otherwise),
            Op::TestType {
                slot,
                check,
                otherwise,
            } => {
                let check = self.checked(check)?;
                let level = self.limits.validation;
                (
                    types::check(value(slot), &check.ty, level).is_ok(),
                    otherwise,
                )
            }
            _ => return Err(Error::internal("unknown instruction")),
        };
        if !fits {
            self.jump(otherwise);
        }
        Ok(Flow::Next)
    }
}
