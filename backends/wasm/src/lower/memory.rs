//! Values in memory: arguments of library functions, items of literals, environments.

use rtfs_ir::Place;
use rtfs_value::layout::{TUPLE_VALUES, VALUE_BITS, VALUE_SIZE, VALUE_TAG};
use rtfs_value::tag;
use wasm_encoder::Instruction;

use super::asm::RuntimeGlobal;
use super::function::FunctionBuilder;
use super::module::Val;
use super::shape::{Loc, Local, Operand, Shape};

impl FunctionBuilder<'_, '_> {
    /// Writes operands to the runtime's stack and hands them over. Gives the local with their
    /// address; [`Self::free_memory`] must follow before anything else uses that stack.
    pub(super) fn owned_in_memory(&mut self, operands: &[Operand]) -> Local {
        let base = self.allocate_memory(operands.len());
        for (operand, index) in operands.iter().zip(0u32..) {
            self.own(*operand);
            self.store_value(base, VALUE_SIZE * index, operand.loc);
        }
        base
    }

    /// As [`Self::owned_in_memory`], without handing them over.
    pub(super) fn borrowed_in_memory(&mut self, operands: &[Operand]) -> Local {
        let base = self.allocate_memory(operands.len());
        for (operand, index) in operands.iter().zip(0u32..) {
            self.store_value(base, VALUE_SIZE * index, operand.loc);
        }
        base
    }

    fn allocate_memory(&mut self, n: usize) -> Local {
        let base = self.locals.temporary(Val::I32);
        self.runtime_global(RuntimeGlobal::Sp);
        if n == 0 {
            self.set(base);
            return base;
        }
        self.i32(size(n));
        self.i(Instruction::I32Sub);
        self.tee(base);
        self.set_runtime_global(RuntimeGlobal::Sp);
        base
    }

    /// Gives memory back that was taken for `n` values.
    pub(super) fn free_memory(&mut self, base: Local, n: usize) {
        if n > 0 {
            self.get(base);
            self.i32(size(n));
            self.i(Instruction::I32Add);
            self.set_runtime_global(RuntimeGlobal::Sp);
        }
    }

    /// Writes a value to `base + offset`.
    pub(super) fn store_value(&mut self, base: Local, offset: u32, loc: Loc) {
        self.get(base);
        self.push_tag(loc);
        self.i(Instruction::I32Store(Self::mem(offset + VALUE_TAG, 2)));
        self.get(base);
        self.push_bits(loc);
        self.i(Instruction::I64Store(Self::mem(offset + VALUE_BITS, 3)));
    }

    /// Calls a runtime function on operands in memory: `(argv, argc) -> payload`. The payload is
    /// left on the stack.
    pub(super) fn call_with_memory(&mut self, function: &str, operands: &[Operand], argc: usize) {
        let mark = self.locals.mark();
        let base = self.owned_in_memory(operands);
        self.get(base);
        self.i32(u32::try_from(argc).unwrap_or(u32::MAX));
        self.call_runtime(function, &[Val::I32, Val::I32], &[Val::I64]);
        self.free_memory(base, operands.len());
        self.locals.release(mark);
    }

    /// A closure: an environment with what it captures.
    pub(super) fn new_environment(&mut self, node: u32, code: u32, captures: &[Place]) -> Shape {
        let env = self.locals.temporary(Val::I32);
        self.i32(u32::try_from(captures.len()).unwrap_or(u32::MAX));
        self.call_runtime("rt:env_new", &[Val::I32], &[Val::I32]);
        self.set(env);
        for (place, index) in captures.iter().zip(0u32..) {
            let mark = self.locals.mark();
            let value = self.variable(*place, (node, index));
            self.own(value);
            self.store_value(env, TUPLE_VALUES + VALUE_SIZE * index, value.loc);
            self.locals.release(mark);
        }
        self.get(env);
        self.i(Instruction::I64ExtendI32U);
        self.cx.used_as_value(code);
        Shape::Known(tag::with_code(tag::CLOSURE, code))
    }
}

fn size(n: usize) -> u32 {
    u32::try_from(n)
        .unwrap_or(u32::MAX)
        .saturating_mul(VALUE_SIZE)
}
