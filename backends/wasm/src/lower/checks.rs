//! Run-time checks of annotations.

use rtfs_value::layout;
use rtfs_value::types::{self, Level, Type};
use wasm_encoder::Instruction;

use super::asm::Op;
use super::function::FunctionBuilder;
use super::kinds::Kinds;
use super::module::Val;
use super::shape::{Loc, Operand};

/// The type that messages about a wrong kind name.
fn base_of(ty: &Type) -> &Type {
    match ty {
        Type::Refinement { base, .. } => base_of(base),
        ty => ty,
    }
}

/// Whether messages about a wrong kind show the value, or nothing ever fits.
fn has_own_words(ty: &Type) -> bool {
    matches!(
        base_of(ty),
        Type::Enum(_) | Type::Literal(_) | Type::TypeRef(_)
    )
}

impl FunctionBuilder<'_, '_> {
    /// Checks an operand against a type and raises `TypeValidationError` if it does not fit.
    pub(super) fn check(&mut self, operand: &mut Operand, ty: &Type, context: &str) {
        let level = self.cx.options.validation;
        let kinds = Kinds::of_type(ty);
        let decided = Kinds::decide_type(ty, level);
        if level == Level::Strict || has_own_words(ty) {
            if !(decided && kinds == Kinds::ANY) {
                self.call_check(operand, ty, context);
            }
            return self.narrow(operand, kinds);
        }
        if !operand.kinds.is_within(kinds) {
            self.raise_misfit_unless(operand, kinds, ty, context);
        }
        self.narrow(operand, kinds);
        if !decided {
            self.call_check(operand, ty, context);
        }
    }

    fn narrow(&mut self, operand: &mut Operand, kinds: Kinds) {
        self.learn(operand, kinds);
        operand.kinds = operand.kinds.and(kinds);
    }

    /// Raises the error of a wrong kind.
    fn raise_misfit_unless(&mut self, operand: &Operand, kinds: Kinds, ty: &Type, context: &str) {
        let fits = self.label();
        self.block(fits);
        if self.push_is_of(operand, kinds) {
            self.op(Op::BrIf(fits));
        }
        self.push_raw(operand.loc);
        self.text_address(&base_of(ty).printed());
        self.text_address(context);
        let params = [Val::I32, Val::I64, Val::I32, Val::I32];
        self.call_runtime("rt:misfit", &params, &[Val::I64]);
        self.set(self.fixed.result_bits);
        let landing = self.landing();
        self.op(Op::Br(landing));
        self.end();
    }

    fn call_check(&mut self, operand: &Operand, ty: &Type, context: &str) {
        self.push_raw(operand.loc);
        self.type_descriptor(ty, self.cx.options.validation);
        self.text_address(context);
        let params = [Val::I32, Val::I64, Val::I32, Val::I32, Val::I32];
        self.call_runtime("rt:check", &params, &[Val::I64]);
        self.raise_unless_zero();
    }

    /// Pushes address and length of a type's encoding, marked with the level of the check.
    pub(super) fn type_descriptor(&mut self, ty: &Type, level: Level) {
        if ty.has_pattern() {
            // Nobody calls it here: that it is imported links it, and checks find it.
            let params = [Val::I32; 4];
            self.cx.runtime("rt:regex_found", &params, &[Val::I32]);
        }
        let descriptor = types::encode(ty);
        let mark = match level {
            Level::Basic => layout::BASIC_CHECK,
            Level::Standard | Level::Strict => 0,
        };
        let length = u32::try_from(descriptor.len()).unwrap_or(u32::MAX);
        let offset = self.cx.module.data.blob(descriptor);
        self.data_address(offset);
        self.i32(length | mark);
    }

    /// Checks each item of a rest list.
    pub(super) fn check_rest(&mut self, list: &Operand, ty: &Type) {
        if matches!(ty, Type::Any | Type::TypeVar(_)) {
            return;
        }
        self.push_raw(list.loc);
        self.type_descriptor(ty, self.cx.options.validation);
        let params = [Val::I32, Val::I64, Val::I32, Val::I32];
        self.call_runtime("rt:check_rest", &params, &[Val::I64]);
        self.raise_unless_zero();
    }

    /// Pushes whether the operand is of these kinds. False, and nothing pushed, when it certainly
    /// is not.
    pub(super) fn push_is_of(&mut self, operand: &Operand, kinds: Kinds) -> bool {
        if operand.kinds.is_within(kinds) {
            self.i32(1);
            return true;
        }
        if !operand.kinds.meets(kinds) {
            return false;
        }
        let possible = kinds.and(operand.kinds);
        let Loc::Fat(tag, _) = operand.loc else {
            // A known tag is within the kinds or does not meet them.
            self.i32(1);
            return true;
        };
        self.get(tag);
        if operand.kinds.meets(Kinds::FUNCTION_WITH_CODE) && !is_plain(possible, operand.kinds) {
            self.i32(0xff);
            self.i(Instruction::I32And);
        }
        self.push_tag_is_of(possible, operand.kinds);
        true
    }

    /// Compares the low tag on the stack, which is of the kinds `among`.
    fn push_tag_is_of(&mut self, kinds: Kinds, among: Kinds) {
        if let Some(tag) = kinds.only_low_tag() {
            self.i32(tag);
            self.i(Instruction::I32Eq);
        } else if let Some(tag) = among.without(kinds).only_low_tag() {
            self.i32(tag);
            self.i(Instruction::I32Ne);
        } else if let Some((first, last)) = kinds.range(among) {
            if first > 0 {
                self.i32(first);
                self.i(Instruction::I32Sub);
            }
            self.i32(last - first);
            self.i(Instruction::I32LeU);
        } else {
            // The tag's bit in the set.
            let mark = self.locals.mark();
            let low = self.locals.temporary(Val::I32);
            self.set(low);
            self.i32(kinds.bits());
            self.get(low);
            self.i(Instruction::I32ShrU);
            self.i32(1);
            self.i(Instruction::I32And);
            self.locals.release(mark);
        }
    }
}

/// Whether a comparison for these kinds among others holds for no tag with a function's code in its high
/// bits, whatever the code.
fn is_plain(kinds: Kinds, among: Kinds) -> bool {
    !kinds.meets(Kinds::FUNCTION_WITH_CODE)
        && (kinds.only_low_tag().is_some()
            || (among.without(kinds).only_low_tag().is_none() && kinds.range(among).is_some()))
}
