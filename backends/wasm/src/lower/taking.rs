//! Taking apart a vector or list that ends there: whoever has it alone moves the items out.

use rtfs_ir::Pattern;
use rtfs_value::layout;
use wasm_encoder::{BlockType, Instruction};

use super::asm::Op;
use super::function::FunctionBuilder;
use super::kinds::Kinds;
use super::module::Val;
use super::shape::{Loc, Local, Operand};

/// Longest pattern that gets code for both cases.
const LONGEST: usize = 8;

/// The item at an index, and the variable that it becomes if anybody reads that.
struct Taken {
    index: u32,
    slot: Option<u32>,
}

impl<'p> FunctionBuilder<'_, 'p> {
    /// Binds the items of a vector or list that has as many as there are patterns, and consumes it.
    /// False, and nothing happens, when it is not owned or the patterns look into items.
    pub(super) fn take_items(
        &mut self,
        binder: u32,
        patterns: &'p [Pattern],
        value: &Operand,
    ) -> bool {
        let Some(items) = self.items_to_take(binder, patterns, value) else {
            return false;
        };
        for slot in items.iter().filter_map(|item| item.slot) {
            // Its earlier value ends here; the locals are the same.
            self.drop_slot(slot);
        }
        let takes = self.may_take(value.loc);
        self.get(takes);
        self.op(Op::If(BlockType::Empty));
        self.move_items(&items, value);
        self.i(Instruction::Else);
        self.copy_items(&items, value);
        self.end();
        self.consumed(value);
        for slot in items.into_iter().filter_map(|item| item.slot) {
            let (tag, bits) = self.locals_of(slot);
            self.bind_var(slot, Loc::Fat(tag, bits), Kinds::ANY);
        }
        true
    }

    fn items_to_take(
        &self,
        binder: u32,
        patterns: &[Pattern],
        value: &Operand,
    ) -> Option<Vec<Taken>> {
        let owns = value.owned && value.var.is_some_and(|var| self.state.owns(var));
        if self.cx.options.opt_level == 0 || !owns || patterns.len() > LONGEST {
            return None;
        }
        let mut items: Vec<Taken> = Vec::with_capacity(patterns.len());
        for (pattern, index) in patterns.iter().zip(0..) {
            let slot = match pattern {
                Pattern::Wildcard | Pattern::Literal(_) | Pattern::Type(_) => None,
                Pattern::Var(slot) => {
                    let slot = slot.0;
                    let is_cell = self.activation.slots.get(slot as usize)?.cell;
                    let is_value = self.slots.get(slot as usize).copied().flatten() == value.var;
                    if is_cell || is_value || items.iter().any(|item| item.slot == Some(slot)) {
                        return None;
                    }
                    self.liveness.is_read(binder, slot).then_some(slot)
                }
                _ => return None,
            };
            items.push(Taken { index, slot });
        }
        items
            .iter()
            .any(|item| item.slot.is_some())
            .then_some(items)
    }

    fn locals_of(&mut self, slot: u32) -> (Local, Local) {
        let tag = self.locals.of_slot(slot, Val::I32);
        (tag, self.locals.of_slot(slot, Val::I64))
    }

    /// Nobody else has the value: its items change hands, those that nobody wants are dropped, and
    /// the rest of it is freed.
    fn move_items(&mut self, items: &[Taken], value: &Operand) {
        let mark = self.locals.mark();
        let row = self.locals.temporary(Val::I32);
        self.push_address(value.loc);
        self.i(Instruction::I32Load(Self::mem(layout::SEQ_ITEMS, 2)));
        self.set(row);
        for item in items {
            let part = self.borrowed_value(row, item.index);
            match item.slot {
                Some(slot) => self.set_slot(slot, part.loc),
                None => self.give_up(part.loc, part.kinds),
            }
        }
        self.push_address(value.loc);
        self.call_runtime("rt:free_row", &[Val::I32], &[]);
        self.locals.release(mark);
    }

    /// Others have the value too: the items that are wanted are counted.
    fn copy_items(&mut self, items: &[Taken], value: &Operand) {
        for item in items {
            if let Some(slot) = item.slot {
                let mark = self.locals.mark();
                let part = self.borrowed_item(item.index, value);
                self.duplicate(part.loc, part.kinds);
                self.set_slot(slot, part.loc);
                self.locals.release(mark);
            }
        }
        self.give_up(value.loc, value.kinds);
    }

    fn set_slot(&mut self, slot: u32, loc: Loc) {
        let (tag, bits) = self.locals_of(slot);
        self.push_raw(loc);
        self.set(bits);
        self.set(tag);
    }
}
