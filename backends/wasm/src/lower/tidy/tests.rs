//! Small functions before and after.

use wasm_encoder::{BlockType, Instruction as I};

use super::super::asm::{Label, Op};
use super::super::module::{Body, Val};
use super::super::shape::Local;
use super::tidy;

const EMPTY: BlockType = BlockType::Empty;

fn get(local: u32) -> Op {
    Op::I(I::LocalGet(local))
}

fn set(local: u32) -> Op {
    Op::I(I::LocalSet(local))
}

fn int(value: i32) -> Op {
    Op::I(I::I32Const(value))
}

fn block(label: u32) -> Op {
    Op::Block(Label(label), EMPTY)
}

fn br(label: u32) -> Op {
    Op::Br(Label(label))
}

fn br_if(label: u32) -> Op {
    Op::BrIf(Label(label))
}

/// A function of one `i32` with `n` more, all of which may be one.
fn tidied(n: u32, ops: Vec<Op>) -> (String, usize) {
    let body = Body {
        locals: vec![Val::I32; n as usize],
        temporaries: (1..=n).map(Local).collect(),
        names: Vec::new(),
        ops,
    };
    let body = tidy(&[Val::I32], body);
    let text = body.ops.iter().map(|op| match op {
        Op::I(instruction) => format!("{instruction:?}"),
        op => format!("{op:?}"),
    });
    let text = text.collect::<Vec<_>>().join(" ");
    (
        text.replace("(Empty)", "").replace(", Empty", ""),
        body.locals.len(),
    )
}

#[track_caller]
fn check(n: u32, ops: Vec<Op>, expected: &str, n_locals: usize) {
    assert_eq!(tidied(n, ops), (expected.to_owned(), n_locals));
}

#[test]
fn a_jump_over_code_is_an_if() {
    let ops = vec![
        block(0),
        get(0),
        br_if(0),
        int(1),
        Op::I(I::Return),
        Op::End,
        int(2),
    ];
    check(
        0,
        ops,
        "LocalGet(0) I32Eqz If I32Const(1) Return End I32Const(2)",
        0,
    );
}

#[test]
fn jumps_to_jumps_go_there_at_once() {
    // Two blocks, of which the inner one is only left to leave the outer one.
    let ops = vec![
        block(0),
        block(1),
        block(2),
        get(0),
        br_if(2),
        get(0),
        Op::I(I::I32Eqz),
        br_if(2),
        int(1),
        Op::I(I::Return),
        Op::End,
        br(0),
        Op::End,
        int(3),
        Op::I(I::Return),
        Op::End,
        int(4),
    ];
    let expected = "Block(Label(0)) LocalGet(0) BrIf(Label(0)) LocalGet(0) I32Eqz BrIf(Label(0)) \
                    I32Const(1) Return End I32Const(4)";
    check(0, ops, expected, 0);
}

#[test]
fn what_follows_a_loop_that_never_ends_is_unreachable() {
    let ops = vec![
        Op::Loop(Label(0), EMPTY),
        get(0),
        br_if(0),
        br(0),
        Op::End,
        Op::I(I::Unreachable),
        int(1),
        Op::I(I::Drop),
    ];
    let expected = "Loop(Label(0)) LocalGet(0) BrIf(Label(0)) Br(Label(0)) End Unreachable";
    check(0, ops, expected, 0);
}

#[test]
fn copies_of_a_block_keep_their_own_labels() {
    let round = || {
        vec![
            block(7),
            get(0),
            br_if(7),
            int(1),
            set(0),
            get(0),
            br_if(7),
            int(2),
            set(0),
            Op::End,
        ]
    };
    let ops = [round(), round(), vec![get(0)]].concat();
    let (text, _) = tidied(0, ops);
    assert!(
        text.contains("Block(Label(0))") && text.contains("Block(Label(1))"),
        "{text}"
    );
}

#[test]
fn moves_between_locals_go_away() {
    // 1 := 0 + 1, 2 := 1, result 2 * 2
    let ops = vec![
        get(0),
        int(1),
        Op::I(I::I32Add),
        set(1),
        get(1),
        set(2),
        get(2),
        get(2),
        Op::I(I::I32Mul),
    ];
    let expected = "LocalGet(0) I32Const(1) I32Add LocalTee(1) LocalGet(1) I32Mul";
    check(2, ops, expected, 1);
}

#[test]
fn locals_that_are_needed_together_stay_apart() {
    // 1 := 0, then 0 changes, and both are read.
    let ops = vec![
        get(0),
        set(1),
        int(9),
        set(0),
        get(0),
        get(1),
        Op::I(I::I32Sub),
        get(0),
        Op::I(I::I32Add),
    ];
    let expected =
        "LocalGet(0) LocalSet(1) I32Const(9) LocalTee(0) LocalGet(1) I32Sub LocalGet(0) I32Add";
    check(1, ops, expected, 1);
}

#[test]
fn exchanged_locals_stay_apart() {
    let ops = vec![
        int(5),
        set(1),
        Op::Loop(Label(0), EMPTY),
        get(0),
        get(1),
        set(0),
        set(1),
        get(0),
        br_if(0),
        Op::End,
        get(0),
        get(1),
        Op::I(I::I32Sub),
    ];
    let expected = "I32Const(5) LocalSet(1) Loop(Label(0)) LocalGet(0) LocalGet(1) LocalSet(0) LocalSet(1) \
                    LocalGet(0) BrIf(Label(0)) End LocalGet(0) LocalGet(1) I32Sub";
    check(1, ops, expected, 1);
}

#[test]
fn a_local_that_starts_as_zero_is_no_parameter() {
    // 1 is 0 unless the parameter is not.
    let ops = vec![
        get(0),
        Op::If(EMPTY),
        int(3),
        set(1),
        Op::End,
        get(1),
        set(2),
        get(2),
    ];
    let expected = "LocalGet(0) If I32Const(3) LocalSet(1) End LocalGet(1)";
    check(2, ops, expected, 1);
}

#[test]
fn a_store_that_nothing_reads_goes_with_its_value() {
    let ops = vec![int(1), set(1), get(0), Op::I(I::LocalTee(2))];
    check(2, ops, "LocalGet(0)", 0);
}

#[test]
fn comparisons_of_floats_are_not_turned_around() {
    let ops = vec![
        Op::I(I::F64Const(1.0.into())),
        Op::I(I::F64Const(2.0.into())),
        Op::I(I::F64Lt),
        Op::I(I::I32Eqz),
    ];
    let (text, _) = tidied(0, ops);
    assert!(text.ends_with("F64Lt I32Eqz"), "{text}");
}
