//! Reading and writing top-level names that are not static.

use rtfs_ir::GlobalId;
use rtfs_value::tag;
use wasm_encoder::Instruction;

use super::asm::Op;
use super::function::{Dest, FunctionBuilder};
use super::kinds::Kinds;
use super::module::Val;
use super::shape::{Const, Loc, Operand, Shape};

impl FunctionBuilder<'_, '_> {
    /// The value of a global: what was defined, else the library function of that name, else what
    /// the host knows.
    pub(super) fn read_global(&mut self, id: Option<u32>, global: GlobalId) -> Shape {
        let Some(info) = self.cx.program.globals.get(global.0 as usize) else {
            return self.never();
        };
        let fallback = info
            .fallback
            .map(|id| Const::Scalar(tag::BUILTIN, id.0.into()));
        if info.definitions == 0
            && let Some(fallback) = fallback
        {
            return Shape::Const(fallback);
        }
        let (tag_global, bits_global) = self.cx.global_storage(global);
        let (tag, bits) = (
            self.locals.temporary(Val::I32),
            self.locals.temporary(Val::I64),
        );
        let loc = Loc::Fat(tag, bits);
        let defined = self.label();
        let known = self.label();
        self.block(known);
        self.block(defined);
        self.global_get(bits_global);
        self.set(bits);
        self.global_get(tag_global);
        self.tee(tag);
        self.i32(tag::UNSET);
        self.i(Instruction::I32Ne);
        self.op(Op::BrIf(defined));
        match fallback {
            Some(fallback) => {
                self.push_raw(Loc::Const(fallback));
                self.pop_into(loc);
            }
            None => {
                match id {
                    Some(id) => self.set_node(id),
                    None => self.clear_node(),
                }
                self.text_address(&info.name);
                self.call_runtime("rt:free_symbol", &[Val::I32], &[Val::I64]);
                self.check_runtime_result();
                self.get(self.fixed.result_tag);
                self.get(self.fixed.result_bits);
                self.pop_into(loc);
                // Only one of the ways here set the node.
                self.state.node = None;
            }
        }
        self.op(Op::Br(known));
        self.end();
        self.duplicate(loc, Kinds::ANY);
        self.end();
        self.push_raw(loc);
        Shape::Fat(Kinds::ANY)
    }

    /// Defines a global; the value is the result as well.
    pub(super) fn write_global(&mut self, global: GlobalId, value: Operand, dest: Dest) -> Shape {
        let shape = match dest {
            Dest::Drop => Shape::Const(Const::NIL),
            _ => self.result(Operand {
                owned: false,
                ..value
            }),
        };
        let (tag_global, bits_global) = self.cx.global_storage(global);
        let (tag, bits) = (
            self.locals.temporary(Val::I32),
            self.locals.temporary(Val::I64),
        );
        self.global_get(tag_global);
        self.set(tag);
        self.global_get(bits_global);
        self.set(bits);
        self.push_owned(value);
        self.global_set(bits_global);
        self.global_set(tag_global);
        // The definition that this one replaces.
        self.give_up(Loc::Fat(tag, bits), Kinds::ANY);
        self.deliver(shape, dest)
    }
}
