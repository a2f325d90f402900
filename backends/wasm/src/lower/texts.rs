//! Comparing values with constant texts: strings and keywords.

use rtfs_value::{layout, tag};
use wasm_encoder::Instruction;

use super::asm::Op;
use super::data::DataOffset;
use super::function::FunctionBuilder;
use super::kinds::Kinds;
use super::module::Val;
use super::shape::{Const, Loc, Operand};

/// A constant that is equal exactly to the values of its tag with the same text.
pub(super) fn comparable_text(operand: &Operand) -> Option<(u32, DataOffset)> {
    match operand.loc {
        Loc::Const(Const::Text(tag, text)) if matches!(tag, tag::STRING | tag::KEYWORD) => {
            Some((tag, text))
        }
        _ => None,
    }
}

impl FunctionBuilder<'_, '_> {
    /// Pushes whether a value is a text of the static data: the same object, or as long, with the
    /// same bytes. Longer texts that begin alike are left to the runtime.
    pub(super) fn push_same_text(&mut self, value: &Operand, tag: u32, text: DataOffset) {
        let mark = self.locals.mark();
        let answer = self.locals.temporary(Val::I32);
        let done = self.label();
        self.block(done);
        self.i32(0);
        self.set(answer);
        if !value.kinds.is_within(Kinds::of(tag)) {
            self.push_tag(value.loc);
            self.i32(tag);
            self.i(Instruction::I32Ne);
            self.op(Op::BrIf(done));
        }
        self.push_address(value.loc);
        self.data_address(text);
        self.i(Instruction::I32Eq);
        self.tee(answer);
        self.op(Op::BrIf(done));
        let bytes = self.cx.module.data.text_at(text).to_vec();
        self.push_address(value.loc);
        self.i(Instruction::I32Load(Self::mem(layout::TEXT_LEN, 2)));
        self.i32(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        self.i(Instruction::I32Ne);
        self.op(Op::BrIf(done));
        if bytes.len() <= 16 {
            self.push_same_bytes(value.loc, &bytes);
        } else {
            self.push_raw(value.loc);
            self.push_raw(Loc::Const(Const::Text(tag, text)));
            let params = [Val::I32, Val::I64, Val::I32, Val::I64];
            self.call_runtime("rt:equal", &params, &[Val::I32]);
        }
        self.set(answer);
        self.end();
        self.get(answer);
        self.locals.release(mark);
    }

    /// Pushes whether a text of the same length, at most 16, has these bytes. The last load
    /// overlaps the one before it rather than reaching behind the text.
    fn push_same_bytes(&mut self, text: Loc, bytes: &[u8]) {
        let width = match bytes.len() {
            0 => return self.i32(1),
            1 => 1,
            2..=3 => 2,
            4..=7 => 4,
            _ => 8,
        };
        let last = bytes.len() - width;
        let starts = if last == 0 { vec![0] } else { vec![0, last] };
        for (nth, start) in starts.into_iter().enumerate() {
            let chunk = &bytes[start..start + width];
            let word = chunk
                .iter()
                .rev()
                .fold(0, |word, byte| word << 8 | u64::from(*byte));
            let at = layout::TEXT_BYTES + u32::try_from(start).unwrap_or(u32::MAX);
            self.push_address(text);
            let place = Self::mem(at, 0);
            self.i(match width {
                1 => Instruction::I64Load8U(place),
                2 => Instruction::I64Load16U(place),
                4 => Instruction::I64Load32U(place),
                _ => Instruction::I64Load(place),
            });
            self.i64(word.cast_signed());
            self.i(Instruction::I64Eq);
            if nth > 0 {
                self.i(Instruction::I32And);
            }
        }
    }
}
