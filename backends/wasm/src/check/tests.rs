//! Modules that are wrong in one way each.

use wasm_encoder::{
    BlockType, CodeSection, EntityType, Function, FunctionSection, GlobalType, ImportSection,
    Instruction as I, MemArg, MemoryType, Module, TypeSection, ValType,
};

use super::check;
use crate::compile::RUNTIME;

const CALLEE: u32 = 2;
const MEM: MemArg = MemArg {
    offset: 0,
    align: 2,
    memory_index: 0,
};

/// A module with one function `(i32, i64) -> (i32, i64)` after a helper of the same type. Function 0
/// is `rt:drop`, 1 `rt:equal`, 2 the helper; global 0 is the top of the runtime's stack. Locals 2 and
/// 3 are more such pairs, 4 an address.
fn module(drop: &str, body: &[I<'_>]) -> Vec<u8> {
    use ValType::{I32, I64};
    let mut types = TypeSection::new();
    types.ty().function([I32, I64], []);
    types.ty().function([I32, I64, I32, I64], [I32]);
    types.ty().function([I32, I64], [I32, I64]);
    let mut imports = ImportSection::new();
    let memory = MemoryType {
        minimum: 1,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    };
    imports.import("rt", "memory", EntityType::Memory(memory));
    let global = GlobalType {
        val_type: I32,
        mutable: true,
        shared: false,
    };
    imports.import("rt", "sp", EntityType::Global(global));
    imports.import("rt", drop, EntityType::Function(0));
    imports.import("rt", "rt:equal", EntityType::Function(1));
    let mut functions = FunctionSection::new();
    functions.function(2).function(2);
    let mut code = CodeSection::new();
    let mut helper = Function::new([]);
    for instruction in [I::LocalGet(0), I::LocalGet(1), I::Return, I::End] {
        helper.instruction(&instruction);
    }
    code.function(&helper);
    let mut function = Function::new([(1, I32), (1, I64), (1, I32)]);
    for instruction in body {
        function.instruction(instruction);
    }
    function.instruction(&I::End);
    code.function(&function);
    let mut module = Module::new();
    module
        .section(&types)
        .section(&imports)
        .section(&functions)
        .section(&code);
    module.finish()
}

/// What is said of a function with this body.
fn said(body: &[I<'_>]) -> Result<(), String> {
    check(&module("rt:drop", body), RUNTIME)
}

#[track_caller]
fn refused(body: &[I<'_>], why: &str) {
    let text = said(body).expect_err("the body is wrong");
    assert!(text.contains(why), "{text}");
}

/// Gives back its argument.
const GIVE: [I<'static>; 3] = [I::LocalGet(0), I::LocalGet(1), I::Return];
const DROP: [I<'static>; 3] = [I::LocalGet(0), I::LocalGet(1), I::Call(0)];
const TAKE: [I<'static>; 5] = [
    I::GlobalGet(0),
    I::I32Const(32),
    I::I32Sub,
    I::LocalTee(4),
    I::GlobalSet(0),
];
const GIVE_BACK: [I<'static>; 4] = [I::LocalGet(4), I::I32Const(32), I::I32Add, I::GlobalSet(0)];
const NOTHING: [I<'static>; 3] = [I::I32Const(0), I::I64Const(0), I::Return];
const CALL: [I<'static>; 3] = [I::LocalGet(0), I::LocalGet(1), I::Call(CALLEE)];

fn all<'i>(parts: &[&[I<'i>]]) -> Vec<I<'i>> {
    parts.concat()
}

#[test]
fn correct_functions_pass() {
    assert_eq!(said(&GIVE), Ok(()));
    assert_eq!(said(&all(&[&TAKE, &GIVE_BACK, &GIVE])), Ok(()));
    assert_eq!(said(&all(&[&DROP, &NOTHING])), Ok(()));
    assert_eq!(said(&all(&[&CALL, &[I::Return]])), Ok(()));
    // Counted once more before it is dropped.
    let count = [
        I::LocalGet(1),
        I::I32WrapI64,
        I::LocalGet(1),
        I::I32WrapI64,
        I::I32Load(MEM),
        I::I32Const(1),
        I::I32Add,
        I::I32Store(MEM),
    ];
    assert_eq!(said(&all(&[&count, &DROP, &GIVE])), Ok(()));
    // The local gets another value between the drops.
    let again = [I::I64Const(0), I::LocalSet(1)];
    assert_eq!(said(&all(&[&DROP, &again, &DROP, &NOTHING])), Ok(()));
    let looked = [
        I::LocalSet(3),
        I::LocalTee(2),
        I::I32Const(255),
        I::I32Eq,
        I::Drop,
        I::LocalGet(2),
        I::LocalGet(3),
        I::Return,
    ];
    assert_eq!(said(&all(&[&CALL, &looked])), Ok(()));
}

#[test]
fn functions_that_the_runtime_does_not_have_are_refused() {
    let text = check(&module("rt:drop_it", &GIVE), RUNTIME).expect_err("there is none");
    assert!(text.contains("no function `rt:drop_it`"), "{text}");
    // It has this one, with another type.
    let text = check(&module("rt:vector_from", &GIVE), RUNTIME).expect_err("another type");
    assert!(text.contains("`rt:vector_from` is"), "{text}");
}

#[test]
fn invalid_modules_are_refused() {
    refused(&[I::I32Const(1)], "type mismatch");
    refused(&all(&[&[I::V128Const(0), I::Drop], &GIVE]), "SIMD");
}

#[test]
fn what_stays_on_the_stack_is_noticed() {
    refused(
        &all(&[&TAKE, &GIVE]),
        "32 bytes of the stack are still taken",
    );
    // Given back on one path only.
    let one = all(&[
        &TAKE,
        &[I::LocalGet(0), I::If(BlockType::Empty)],
        &GIVE_BACK,
        &[I::End],
        &GIVE,
    ]);
    refused(&one, "paths meet");
    refused(
        &all(&[&[I::I32Const(9), I::GlobalSet(0)], &GIVE]),
        "unknown way",
    );
    // Tail calls leave the function.
    refused(
        &all(&[
            &TAKE,
            &[I::LocalGet(0), I::LocalGet(1), I::ReturnCall(CALLEE)],
        ]),
        "still taken",
    );
}

#[test]
fn values_that_are_gone_are_noticed() {
    refused(&all(&[&DROP, &DROP, &NOTHING]), "local 1 was dropped");
    refused(&all(&[&DROP, &GIVE]), "local 1 was dropped");
    let some = all(&[
        &[I::LocalGet(0), I::If(BlockType::Empty)],
        &DROP,
        &[I::End],
        &GIVE,
    ]);
    refused(&some, "local 1 was dropped");
    // The second time round.
    let round = all(&[
        &[I::Loop(BlockType::Empty)],
        &DROP,
        &[I::LocalGet(0), I::BrIf(0), I::End],
        &NOTHING,
    ]);
    refused(&round, "local 1 was dropped");
    // Through an error's way out.
    let pad = all(&[
        &[I::Block(BlockType::Empty)],
        &DROP,
        &[I::Br(0), I::End],
        &DROP,
        &NOTHING,
    ]);
    refused(&pad, "local 1 was dropped");
}

#[test]
fn errors_that_nobody_looks_for_are_noticed() {
    refused(
        &all(&[&CALL, &[I::Drop, I::Drop], &NOTHING]),
        "nobody can look",
    );
    let blind = [
        I::LocalSet(3),
        I::LocalSet(2),
        I::I32Const(7),
        I::LocalGet(3),
        I::Return,
    ];
    refused(&all(&[&CALL, &blind]), "nobody looked");
}

#[test]
fn traps_need_a_reason() {
    refused(&[I::Unreachable], "a trap without a reason");
    let address = [I::LocalGet(4), I::I32Load(MEM), I::Drop, I::Unreachable];
    refused(&address, "a trap without a reason");
    assert_eq!(said(&all(&[&GIVE, &[I::Unreachable]])), Ok(()));
}

/// What the comparison of engines found in generated code: an outer handler's value was dropped
/// twice. The module that is generated now passes.
#[test]
fn generated_code_passes() {
    let source = "(let [a (vector 1)] [a (try (try (nth a 5) (catch TypeError e 1)) (finally 1))])";
    let program = crate::testing::program(source);
    for opt_level in [0, 2] {
        let options = crate::Options {
            opt_level,
            ..crate::Options::default()
        };
        let generated = crate::lower::generate(&program, &options).expect("it is supported");
        assert_eq!(check(&generated.module, RUNTIME), Ok(()));
    }
}
