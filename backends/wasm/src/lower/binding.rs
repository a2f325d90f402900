//! `let`, scopes of cells, and destructuring.

use rtfs_ir::{LetBinding, MapPatternEntry, Node, Pattern, Slot};
use rtfs_value::tag;
use wasm_encoder::Instruction;

use super::function::{Dest, FunctionBuilder};
use super::kinds::Kinds;
use super::liveness::{DEFAULT_UNUSED, LET_CELL, PATTERN_CELL};
use super::module::Val;
use super::shape::{Loc, Operand, Shape};

/// Whether a pattern was tested before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Checked {
    /// It certainly fits.
    Before,
    /// A value that does not fit raises.
    Now,
}

impl<'p> FunctionBuilder<'_, 'p> {
    /// `(let …)`.
    pub(super) fn let_form(
        &mut self,
        id: u32,
        bindings: &'p [LetBinding],
        body: &'p Node,
        dest: Dest,
    ) -> Shape {
        for (binding, index) in bindings.iter().zip(0u32..) {
            let mark = self.locals.mark();
            if self.let_binding(id, binding, index).is_none() {
                return Shape::Never;
            }
            self.locals.release(mark);
        }
        self.expr(body, dest)
    }

    fn let_binding(&mut self, id: u32, binding: &'p LetBinding, index: u32) -> Option<()> {
        if binding.annotation.is_none()
            && let Pattern::Var(slot) = &binding.pattern
        {
            let shape = match self.expr(&binding.init, Dest::Stack) {
                Shape::Never => return None,
                shape => shape,
            };
            self.bind_slot(id, slot.0, LET_CELL + index, shape);
            return Some(());
        }
        let mut value = self.operand(&binding.init)?;
        if let Some(ty) = &binding.annotation {
            self.set_node(id);
            self.check(&mut value, ty, &format!("let {}", binding.name));
        }
        if let Pattern::Var(slot) = &binding.pattern {
            let shape = self.result(value);
            self.bind_slot(id, slot.0, LET_CELL + index, shape);
        } else {
            self.set_node(id);
            self.destructure(Checked::Now, id, &binding.pattern, value)?;
        }
        Some(())
    }

    /// Gives a slot the value on the stack: fills its cell, or binds it if it is read.
    pub(super) fn bind_slot(&mut self, binder: u32, slot: u32, cell_at: u32, shape: Shape) {
        if self
            .activation
            .slots
            .get(slot as usize)
            .is_some_and(|info| info.cell)
        {
            let mark = self.locals.mark();
            let value = self.store(shape);
            let cell = self.variable(rtfs_ir::Place::Slot(Slot(slot)), (binder, cell_at));
            self.push_address(cell.loc);
            self.push_owned(value);
            self.call_runtime("rt:cell_set", &[Val::I32, Val::I32, Val::I64], &[]);
            self.discard(cell);
            self.locals.release(mark);
        } else if self.liveness.is_read(binder, slot) {
            self.bind(slot, shape);
        } else {
            self.drop_shape(shape);
        }
    }

    /// Fresh empty cells.
    pub(super) fn scope(&mut self, id: u32, cells: &[Slot], body: &'p Node, dest: Dest) -> Shape {
        for cell in cells {
            if !self.liveness.is_read(id, cell.0) {
                continue;
            }
            self.call_runtime("rt:cell_new", &[], &[Val::I32]);
            self.drop_slot(cell.0);
            let local = self.locals.of_slot(cell.0, Val::I32);
            self.set(local);
            self.bind_var(cell.0, Loc::Object(tag::CELL, local), Kinds::of(tag::CELL));
        }
        self.expr(body, dest)
    }

    /// Takes a value apart. `binder` is the node of the bindings, errors get the node in force.
    /// Consumes the value; `None` when a default expression does not complete.
    pub(super) fn destructure(
        &mut self,
        checked: Checked,
        binder: u32,
        pattern: &'p Pattern,
        value: Operand,
    ) -> Option<()> {
        match pattern {
            Pattern::Wildcard | Pattern::Literal(_) | Pattern::Type(_) => self.discard(value),
            Pattern::Var(slot) => {
                let shape = self.result(value);
                self.bind_slot(binder, slot.0, PATTERN_CELL + slot.0, shape);
            }
            Pattern::As(slot, inner) => {
                self.destructure(
                    checked,
                    binder,
                    inner,
                    Operand {
                        owned: false,
                        ..value
                    },
                )?;
                let shape = self.result(value);
                self.bind_slot(binder, slot.0, PATTERN_CELL + slot.0, shape);
            }
            Pattern::Sequence { items, rest, whole } => {
                if checked == Checked::Now {
                    self.expect_sequence(&value, items.len(), rest.is_some());
                }
                if rest.is_none() && whole.is_none() && self.take_items(binder, items, &value) {
                    return Some(());
                }
                for (item, index) in items.iter().zip(0u32..) {
                    self.sequence_item(checked, binder, item, index, &value)?;
                }
                if let Some(Some(slot)) = rest {
                    let count = u32::try_from(items.len()).unwrap_or(u32::MAX);
                    self.push_raw(value.loc);
                    self.i32(count);
                    self.call_runtime("rt:seq_rest", &[Val::I32, Val::I64, Val::I32], &[Val::I64]);
                    self.bind_slot(
                        binder,
                        slot.0,
                        PATTERN_CELL + slot.0,
                        Shape::Known(tag::VECTOR),
                    );
                }
                self.bind_whole(binder, *whole, value);
            }
            Pattern::Map {
                entries,
                rest,
                whole,
            } => {
                if checked == Checked::Now {
                    self.expect_map(&value);
                }
                for entry in entries {
                    self.map_entry(checked, binder, entry, &value)?;
                }
                if let Some(Some(slot)) = rest {
                    self.map_rest(entries, &value);
                    self.bind_slot(
                        binder,
                        slot.0,
                        PATTERN_CELL + slot.0,
                        Shape::Known(tag::MAP),
                    );
                }
                self.bind_whole(binder, *whole, value);
            }
        }
        Some(())
    }

    fn bind_whole(&mut self, binder: u32, whole: Option<Slot>, value: Operand) {
        match whole {
            Some(slot) => {
                let shape = self.result(value);
                self.bind_slot(binder, slot.0, PATTERN_CELL + slot.0, shape);
            }
            None => self.discard(value),
        }
    }

    fn expect_sequence(&mut self, value: &Operand, count: usize, open: bool) {
        let function = if open {
            "rt:expect_at_least"
        } else {
            "rt:expect_exact"
        };
        self.push_raw(value.loc);
        self.i32(u32::try_from(count).unwrap_or(u32::MAX));
        self.call_runtime(function, &[Val::I32, Val::I64, Val::I32], &[Val::I64]);
        self.raise_unless_zero();
        self.learn(value, Kinds::VECTOR.or(Kinds::LIST));
    }

    fn expect_map(&mut self, value: &Operand) {
        self.push_raw(value.loc);
        self.call_runtime("rt:expect_map", &[Val::I32, Val::I64], &[Val::I64]);
        self.raise_unless_zero();
        self.learn(value, Kinds::MAP);
    }

    /// Whether a pattern that was tested, or not yet, looks at its value at all.
    fn needs_value(&self, checked: Checked, binder: u32, pattern: &Pattern) -> bool {
        match pattern {
            Pattern::Wildcard | Pattern::Literal(_) | Pattern::Type(_) => false,
            Pattern::Var(slot) => {
                self.liveness.is_read(binder, slot.0)
                    || self
                        .activation
                        .slots
                        .get(slot.0 as usize)
                        .is_some_and(|info| info.cell)
            }
            Pattern::Sequence {
                items,
                rest: None | Some(None),
                whole: None,
            } if checked == Checked::Before => items
                .iter()
                .any(|item| self.needs_value(checked, binder, item)),
            _ => true,
        }
    }

    fn sequence_item(
        &mut self,
        checked: Checked,
        binder: u32,
        item: &'p Pattern,
        index: u32,
        value: &Operand,
    ) -> Option<()> {
        if !self.needs_value(checked, binder, item) {
            return Some(());
        }
        let mark = self.locals.mark();
        let part = self.borrowed_item(index, value);
        self.destructure(checked, binder, item, part)?;
        self.locals.release(mark);
        Some(())
    }

    /// The payload of a runtime function's result that is no error is on the stack: an operand.
    pub(super) fn runtime_value(&mut self, kinds: Kinds) -> Operand {
        let (tag, bits) = (
            self.locals.temporary(Val::I32),
            self.locals.temporary(Val::I64),
        );
        self.set(bits);
        self.runtime_global(super::asm::RuntimeGlobal::Tag);
        self.set(tag);
        let var = self.new_var(Loc::Fat(tag, bits), kinds);
        self.operand_of(var, true)
    }

    fn map_entry(
        &mut self,
        checked: Checked,
        binder: u32,
        entry: &'p MapPatternEntry,
        value: &Operand,
    ) -> Option<()> {
        let mark = self.locals.mark();
        let key = Loc::Const(self.literal(&entry.key));
        self.push_raw(value.loc);
        self.push_raw(key);
        let params = [Val::I32, Val::I64, Val::I32, Val::I64];
        self.call_runtime("rt:map_find", &params, &[Val::I64]);
        let part = match &entry.default {
            None => self.found_or_nil(),
            Some(default) => self.found_or_default(default)?,
        };
        self.destructure(checked, binder, &entry.pattern, part)?;
        self.locals.release(mark);
        Some(())
    }

    /// A found value, `nil` when there is none. The payload is on the stack, 0 when missing.
    fn found_or_nil(&mut self) -> Operand {
        let (tag, bits) = (
            self.locals.temporary(Val::I32),
            self.locals.temporary(Val::I64),
        );
        self.set(bits);
        self.i32(tag::NIL);
        self.runtime_global(super::asm::RuntimeGlobal::Tag);
        self.tee(tag);
        self.get(tag);
        self.i32(tag::UNSET);
        self.i(Instruction::I32Eq);
        self.i(Instruction::Select);
        self.set(tag);
        let var = self.new_var(Loc::Fat(tag, bits), Kinds::ANY);
        self.operand_of(var, true)
    }

    fn found_or_default(&mut self, default: &'p Node) -> Option<Operand> {
        let (tag, bits) = (
            self.locals.temporary(Val::I32),
            self.locals.temporary(Val::I64),
        );
        self.set(bits);
        self.runtime_global(super::asm::RuntimeGlobal::Tag);
        self.set(tag);
        let node = self.state.node;
        let end = self.label();
        let mut missing = self.target();
        let found = self.arm(|this| {
            this.get(tag);
            this.i32(tag::UNSET);
            this.i(Instruction::I32Eq);
            this.br_if(&mut missing, None);
            this.get(tag);
            this.get(bits);
            this.drop_on_edge((default.id.0, DEFAULT_UNUSED));
            Shape::Fat(Kinds::ANY)
        });
        let label = missing.label;
        let second = missing.into_state().map(|state| {
            self.state = state;
            (label, self.arm(|this| this.expr(default, Dest::Stack)))
        });
        let shape = self.alternatives(end, found, second);
        // The default's errors had their own nodes.
        if let Some(node) = node.filter(|_| self.state.node != node) {
            self.restore_node(node);
        }
        Some(self.store(shape))
    }

    /// The map without the keys that the pattern names.
    fn map_rest(&mut self, entries: &[MapPatternEntry], value: &Operand) {
        let mark = self.locals.mark();
        let keys: Vec<Operand> = entries
            .iter()
            .map(|entry| Operand::constant(self.literal(&entry.key)))
            .collect();
        let argv = self.borrowed_in_memory(&keys);
        self.push_raw(value.loc);
        self.get(argv);
        self.i32(u32::try_from(keys.len()).unwrap_or(u32::MAX));
        let params = [Val::I32, Val::I64, Val::I32, Val::I32];
        self.call_runtime("rt:map_without", &params, &[Val::I64]);
        self.free_memory(argv, keys.len());
        self.locals.release(mark);
    }
}
