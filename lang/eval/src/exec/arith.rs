//! Arithmetic instructions.

use rtfs_value::{Error, Value};

use crate::arith::{Arithmetic, Operand, Source};
use crate::code::Code;
use crate::machine::Machine;

impl Machine {
    /// The result of an arithmetic instruction; its stack operands are gone.
    #[inline(always)]
    pub(super) fn arith(
        &mut self,
        code: &Code,
        base: usize,
        function: Arithmetic,
        (left, right): (Operand, Operand),
    ) -> Result<Value, Error> {
        let top = self.stack.len();
        let (right_value, below) = self.operand(code, base, right.source(), top);
        let (left_value, bottom) = self.operand(code, base, left.source(), below);
        if let (Some(a), Some(b)) = (left_value.as_int(), right_value.as_int())
            && let Some(result) = function.of_integers(a, b)
        {
            self.stack.truncate(bottom);
            return Ok(result);
        }
        let (a, b) = (left_value.clone(), right_value.clone());
        self.stack.truncate(bottom);
        function.of_values(a, b)
    }

    /// An operand, and the height of the stack without it.
    #[inline(always)]
    fn operand<'a>(
        &'a self,
        code: &'a Code,
        base: usize,
        source: Source,
        top: usize,
    ) -> (&'a Value, usize) {
        match source {
            Source::Stack => (&self.stack[top - 1], top - 1),
            Source::Local(slot) => (&self.stack[base + slot as usize], top),
            Source::Const(index) => (&code.constants[index as usize], top),
        }
    }
}
