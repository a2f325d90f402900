//! What stands next to each other: results that may be errors, and traps.

use wasmparser::{FuncType, Operator, ValType};

use super::Generated;

/// Checks one function.
pub(super) fn check(generated: &Generated<'_>, body: &[Operator<'_>]) -> Result<(), String> {
    // Branch tables lead to the ends of blocks; what stands there is never reached by numbers
    // that exist.
    let has_table = body
        .iter()
        .any(|operator| matches!(operator, Operator::BrTable { .. }));
    for (at, operator) in body.iter().enumerate() {
        let wrong = |text: &str| Err(format!("instruction {at}, {operator:?}: {text}"));
        match operator {
            Operator::Unreachable if !is_excused(body, at, has_table) => {
                return wrong("a trap without a reason");
            }
            Operator::Call { function_index } => {
                let ty = generated.type_of(*function_index);
                if gives_value(ty) && !is_kept(&body[at + 1..]) {
                    return wrong("the result may be an error, and nobody can look");
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether a function gives tag and payload.
pub(super) fn gives_value(ty: &FuncType) -> bool {
    ty.results() == [ValType::I32, ValType::I64]
}

/// Behind an unconditional jump, or behind the block that a branch table leaves by its default.
fn is_excused(body: &[Operator<'_>], at: usize, has_table: bool) -> bool {
    match at.checked_sub(1).map(|before| &body[before]) {
        Some(
            Operator::Return
            | Operator::ReturnCall { .. }
            | Operator::ReturnCallIndirect { .. }
            | Operator::Br { .. }
            | Operator::BrTable { .. }
            | Operator::Unreachable,
        ) => true,
        Some(Operator::End) => has_table || ends_dead(&body[..at]),
        _ => false,
    }
}

/// Whether the block that ends last is left by jumps only.
fn ends_dead(before: &[Operator<'_>]) -> bool {
    let mut rest = before;
    while let [head @ .., Operator::End] = rest {
        rest = head;
    }
    matches!(
        rest.last(),
        Some(
            Operator::Return
                | Operator::ReturnCall { .. }
                | Operator::ReturnCallIndirect { .. }
                | Operator::Br { .. }
                // Which needs a reason of its own.
                | Operator::Unreachable
        )
    )
}

/// Whether tag and payload of a call are returned, kept or looked at, or given to the runtime, which gets
/// the tag in a global.
fn is_kept(after: &[Operator<'_>]) -> bool {
    matches!(
        after,
        [Operator::Return | Operator::End, ..]
            | [
                Operator::LocalSet { .. } | Operator::Drop,
                Operator::LocalSet { .. } | Operator::LocalTee { .. } | Operator::GlobalSet { .. },
                ..,
            ]
            // Only the tag is wanted, and at once.
            | [
                Operator::LocalSet { .. } | Operator::Drop,
                Operator::I32Const { .. },
                Operator::I32Eq | Operator::I32Ne,
                ..,
            ]
    )
}
