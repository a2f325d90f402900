//! Runtime hints in force while a form runs.

use rtfs_ir::{Literal, Node};

use super::function::{Dest, FunctionBuilder};
use super::kinds::Kinds;
use super::module::Val;
use super::shape::{Operand, Shape};

impl<'p> FunctionBuilder<'_, 'p> {
    /// Puts hints in force, runs the body, takes them back whatever happens.
    pub(super) fn hint_scope(
        &mut self,
        hints: &'p [(String, Node)],
        body: &'p Node,
        dest: Dest,
    ) -> Shape {
        let mut words = Vec::with_capacity(2 * hints.len());
        for (key, value) in hints {
            let Some(value) = self.operand(value) else {
                return Shape::Never;
            };
            let key = self.literal(&Literal::Str(key.clone()));
            words.extend([Operand::constant(key), value]);
        }
        let base = self.owned_in_memory(&words);
        self.get(base);
        self.i32(u32::try_from(hints.len()).unwrap_or(u32::MAX));
        self.call_runtime("rt:hints_push", &[Val::I32, Val::I32], &[]);
        self.free_memory(base, words.len());
        let (tag, bits) = (
            self.locals.temporary(Val::I32),
            self.locals.temporary(Val::I64),
        );
        let mut done = self.target();
        self.block(done.label);
        self.open_region(self.kept_outside());
        let shape = self.expr(body, Dest::Stack);
        if shape != Shape::Never {
            self.convert(shape, Shape::Fat(Kinds::ANY));
            self.set(bits);
            self.set(tag);
            self.br(&mut done);
        }
        if self.close_region() {
            self.call_runtime("rt:hints_pop", &[], &[]);
            // The error keeps the node that is in force.
            self.raise_again();
        }
        self.end();
        let Some(state) = done.into_state() else {
            return self.never();
        };
        self.state = state;
        self.call_runtime("rt:hints_pop", &[], &[]);
        self.get(tag);
        self.get(bits);
        self.deliver(Shape::Fat(Kinds::ANY), dest)
    }
}
