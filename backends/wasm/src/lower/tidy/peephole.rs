//! Neighbouring instructions that say something together.

use wasm_encoder::Instruction as I;

use super::super::asm::Op;

/// Replaces neighbours by what is shorter.
pub(super) fn tidy(ops: Vec<Op>) -> Vec<Op> {
    let mut out: Vec<Op> = Vec::with_capacity(ops.len());
    for op in ops {
        push(&mut out, op);
    }
    out
}

/// Appends an operation, or what it and those before it come to.
pub(super) fn push(out: &mut Vec<Op>, op: Op) {
    match op {
        Op::I(instruction) => push_instruction(out, instruction),
        Op::BrIf(_) | Op::If(_) => {
            simplify_condition(out);
            out.push(op);
        }
        op => out.push(op),
    }
}

/// Only whether the last value is 0 matters.
fn simplify_condition(out: &mut Vec<Op>) {
    while let [.., Op::I(I::I32Eqz), Op::I(I::I32Eqz)]
    | [.., Op::I(I::I32Const(0)), Op::I(I::I32Ne)] = &out[..]
    {
        out.truncate(out.len() - 2);
    }
}

fn push_instruction(out: &mut Vec<Op>, instruction: I<'static>) {
    let Some(Op::I(last)) = out.last() else {
        return out.push(Op::I(instruction));
    };
    let replacement = match (last, &instruction) {
        (comparison, I::I32Eqz) => inverse(comparison),
        (I::I32Const(0), I::I32Eq) => Some(I::I32Eqz),
        (I::I64Const(0), I::I64Eq) => Some(I::I64Eqz),
        (I::LocalSet(to), I::LocalGet(from)) if from == to => Some(I::LocalTee(*to)),
        (I::LocalTee(to), I::Drop) => Some(I::LocalSet(*to)),
        (I::LocalTee(first), I::LocalSet(second)) if first == second => Some(I::LocalSet(*first)),
        (I::LocalGet(from), I::LocalSet(to)) if from == to => {
            out.pop();
            return;
        }
        (I::LocalGet(_) | I::I32Const(_) | I::I64Const(_) | I::F64Const(_), I::Drop)
        | (I::I64ExtendI32U, I::I32WrapI64) => {
            out.pop();
            return;
        }
        (I::I32Const(0), I::I32Add | I::I32Sub | I::I32Or | I::I32Xor) => {
            out.pop();
            return;
        }
        _ => None,
    };
    match replacement {
        Some(replacement) => {
            out.pop();
            out.push(Op::I(replacement));
        }
        None => out.push(Op::I(instruction)),
    }
}

/// The comparison that holds exactly when this one does not. Floats have none: NaN.
fn inverse(comparison: &I<'_>) -> Option<I<'static>> {
    Some(match comparison {
        I::I32Eq => I::I32Ne,
        I::I32Ne => I::I32Eq,
        I::I32LtS => I::I32GeS,
        I::I32LtU => I::I32GeU,
        I::I32GtS => I::I32LeS,
        I::I32GtU => I::I32LeU,
        I::I32LeS => I::I32GtS,
        I::I32LeU => I::I32GtU,
        I::I32GeS => I::I32LtS,
        I::I32GeU => I::I32LtU,
        I::I64Eq => I::I64Ne,
        I::I64Ne => I::I64Eq,
        I::I64LtS => I::I64GeS,
        I::I64LtU => I::I64GeU,
        I::I64GtS => I::I64LeS,
        I::I64GtU => I::I64LeU,
        I::I64LeS => I::I64GtS,
        I::I64LeU => I::I64GtU,
        I::I64GeS => I::I64LtS,
        I::I64GeU => I::I64LtU,
        I::F64Eq => I::F64Ne,
        I::F64Ne => I::F64Eq,
        _ => return None,
    })
}
