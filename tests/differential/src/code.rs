//! Defects in generated code: one byte for another, where a pattern of instructions stands.

use wasmparser::{Operator, Parser, Payload};

const I64_LT_U: u8 = 0x54;
const I64_LE_S: u8 = 0x57;
const I64_GE_S: u8 = 0x59;

/// Places that look alike and are spoilt one time in so many.
const SPARED: usize = 5;

/// Every instruction with its offset, by function.
fn functions(module: &[u8]) -> Vec<Vec<(usize, Operator<'_>)>> {
    let mut functions = Vec::new();
    for payload in Parser::new(0).parse_all(module).flatten() {
        let Payload::CodeSectionEntry(body) = payload else {
            continue;
        };
        let Ok(mut reader) = body.get_operators_reader() else {
            continue;
        };
        let mut operators = Vec::new();
        while let Ok((operator, offset)) = reader.read_with_offset() {
            operators.push((offset, operator));
        }
        functions.push(operators);
    }
    functions
}

/// Writes bytes wherever `at` finds something in the instructions that begin there: how far behind
/// the first of them, and what.
fn patched(
    module: Vec<u8>,
    at: impl Fn(&[(usize, Operator<'_>)]) -> Option<(usize, u8)>,
) -> Vec<u8> {
    let mut places = Vec::new();
    for operators in functions(&module) {
        places.extend((0..operators.len()).filter_map(|start| at(&operators[start..])));
    }
    let mut module = module;
    for (offset, byte) in places {
        module[offset] = byte;
    }
    module
}

/// As [`patched`], but only some of the places.
fn spoilt(
    module: Vec<u8>,
    at: impl Fn(&[(usize, Operator<'_>)]) -> Option<(usize, u8)>,
) -> Vec<u8> {
    let found = std::cell::Cell::new(0);
    patched(module, |operators| {
        let place = at(operators)?;
        found.set(found.get() + 1);
        (found.get() % SPARED == 1).then_some(place)
    })
}

/// Overflow of additions and subtractions is the sign of a conjunction.
pub(crate) fn lost_overflow(module: Vec<u8>) -> Vec<u8> {
    patched(module, |operators| match operators {
        [
            (_, Operator::I64And),
            (_, Operator::I64Const { value: 0 }),
            (offset, Operator::I64LtS),
            ..,
        ] => Some((*offset, I64_LT_U)),
        _ => None,
    })
}

/// A reference is counted by adding 1 to a word in memory.
pub(crate) fn missing_retain(module: Vec<u8>) -> Vec<u8> {
    spoilt(module, |operators| match operators {
        [
            (_, Operator::I32Load { .. }),
            (offset, Operator::I32Const { value: 1 }),
            (_, Operator::I32Add),
            (_, Operator::I32Store { .. }),
            ..,
        ] => Some((offset + 1, 0)),
        _ => None,
    })
}

/// A reference is given up by subtracting 1.
pub(crate) fn missing_drop(module: Vec<u8>) -> Vec<u8> {
    spoilt(module, |operators| match operators {
        [
            (_, Operator::I32Load { .. }),
            (offset, Operator::I32Const { value: 1 }),
            (_, Operator::I32Sub),
            ..,
        ] => Some((offset + 1, 0)),
        _ => None,
    })
}

/// Less than becomes at most, greater than at least.
pub(crate) fn wrong_comparison(module: Vec<u8>) -> Vec<u8> {
    patched(module, |operators| match operators {
        [
            (_, Operator::LocalGet { .. } | Operator::I64Const { .. }),
            (offset, Operator::I64LtS),
            ..,
        ] => Some((*offset, I64_LE_S)),
        [
            (_, Operator::LocalGet { .. } | Operator::I64Const { .. }),
            (offset, Operator::I64GtS),
            ..,
        ] => Some((*offset, I64_GE_S)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::program;
    use crate::core::generate;

    const SOURCE: &str = "(defn f [a b] (if (< a b) (+ a b) [a b a]))
        (defn h [x] (match x {:k v} v [a b] (+ a b) _ 0))
        (defn g [x] (let [y (str x 1)] [y y (f x y)]))
        [(f 1 2) (f 2 1) (g 1) (g \"s\") (h [1 2]) (h {:k 3})]";

    /// A defect that changes nothing would show nothing.
    #[test]
    fn every_defect_changes_code() {
        let program = program(SOURCE).expect("it is well formed");
        type Defect = fn(Vec<u8>) -> Vec<u8>;
        let defects: [(&str, Defect); 4] = [
            ("lost-overflow", lost_overflow),
            ("missing-retain", missing_retain),
            ("missing-drop", missing_drop),
            ("wrong-comparison", wrong_comparison),
        ];
        for (name, defect) in defects {
            let changed = std::cell::Cell::new(0);
            let edit = |code: Vec<u8>| {
                let bad = defect(code.clone());
                let different = bad.iter().zip(&code).filter(|(a, b)| a != b).count();
                changed.set(changed.get() + different);
                bad
            };
            for level in [0, 2] {
                generate(&program, level, &edit).expect("it is still valid");
            }
            assert!(changed.get() > 0, "{name}");
        }
    }
}
