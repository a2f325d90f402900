//! The core functions behind typed exports.
//!
//! Functions of numbers and booleans call the compiled function directly. All others lay their
//! parameters out in memory and let the runtime do the rest, with a descriptor of the function.

use rtfs_value::tag;
use wasm_encoder::{BlockType, Function, Ieee64, InstructionSink, MemArg, ValType};

use super::Signature;
use super::abi::{Flat, Layout, MAX_FLAT_PARAMS, flatten_all};
use super::descriptor;
use super::unit::{DATA_BASE, STACK_POINTER, UnitBuilder};
use super::wit::WitType;

/// Adds the function of a typed export. Gives the address of its result.
pub(super) fn add(unit: &mut UnitBuilder, label: &str, signature: &Signature<'_>) {
    let (params, flat) = (
        Layout::of_members(signature.params.iter()).0,
        flatten_all(&signature.params),
    );
    let is_flat = flat.len() <= MAX_FLAT_PARAMS;
    let core = if is_flat {
        flat.iter().map(|flat| flat.ty).collect()
    } else {
        vec![ValType::I32]
    };
    let body = match &signature.function.entry {
        Some(entry) if is_flat && is_direct(signature) => direct(unit, entry, signature),
        _ if is_flat => through_stack(unit, signature, &flat, params.size),
        _ => through_memory(unit, signature, params.size),
    };
    unit.function(label, (core, vec![ValType::I32]), body);
}

fn is_direct(signature: &Signature<'_>) -> bool {
    let is_scalar = |ty: &WitType| matches!(ty, WitType::S64 | WitType::F64 | WitType::Bool);
    signature.function.rest.is_none()
        && signature.params.iter().all(is_scalar)
        && (is_scalar(&signature.result) || signature.result == WitType::Unit)
}

/// The words of a value on the stack.
const VALUE: [ValType; 2] = [ValType::I32, ValType::I64];

/// Functions a direct entry calls.
struct Callees {
    depth: u32,
    /// If there is something to run first.
    ensure_top: Option<u32>,
    entry: u32,
    area: u32,
    error: u32,
}

impl Callees {
    fn import(unit: &mut UnitBuilder, entry: &str, signature: &Signature<'_>) -> Self {
        let i32s = |n| vec![ValType::I32; n];
        let mut words: Vec<ValType> = VALUE.repeat(signature.params.len());
        words.push(ValType::I32);
        Self {
            depth: unit.import("rt", "rt:depth", (vec![], i32s(1))),
            ensure_top: signature
                .function
                .after_definitions
                .then(|| unit.import("unit", "ensure_top", (i32s(1), VALUE.to_vec()))),
            entry: unit.import("unit", entry, (words, VALUE.to_vec())),
            area: unit.import("rt", "rt:result_area", (vec![], i32s(1))),
            error: unit.import(
                "rt",
                "rt:result_error",
                (vec![ValType::I64, ValType::I32], i32s(1)),
            ),
        }
    }
}

/// Locals of a direct entry, behind its parameters.
struct Locals {
    depth: u32,
    tag: u32,
    payload: u32,
    area: u32,
}

fn direct(unit: &mut UnitBuilder, entry: &str, signature: &Signature<'_>) -> Function {
    let callees = Callees::import(unit, entry, signature);
    let first = signature.params.len() as u32;
    let locals = Locals {
        depth: first,
        tag: first + 1,
        payload: first + 2,
        area: first + 3,
    };
    let (_, offset) = Layout::of_result(&signature.result);
    let mut body = Function::new_with_locals_types(direct_locals());
    let mut code = body.instructions();
    code.call(callees.depth).local_set(locals.depth);
    if let Some(ensure_top) = callees.ensure_top {
        code.local_get(locals.depth).call(ensure_top);
        give_error(&mut code, &callees, &locals, offset);
    }
    for (param, ty) in (0..).zip(&signature.params) {
        push_value(&mut code, param, ty);
    }
    // The call itself counts.
    code.local_get(locals.depth).i32_const(1).i32_sub();
    code.call(callees.entry);
    give_error(&mut code, &callees, &locals, offset);
    code.call(callees.area).local_tee(locals.area);
    code.i32_const(0).i32_store8(place(0, 0));
    store_result(&mut code, &locals, &signature.result, offset);
    code.local_get(locals.area).end();
    body
}

fn direct_locals() -> [ValType; 4] {
    [ValType::I32, ValType::I32, ValType::I64, ValType::I32]
}

/// Takes a value from the stack into the locals; returns if it is a raised error.
fn give_error(code: &mut InstructionSink<'_>, callees: &Callees, locals: &Locals, offset: u32) {
    code.local_set(locals.payload).local_tee(locals.tag);
    code.i32_const(tag::RAISED as i32).i32_eq();
    code.if_(BlockType::Empty);
    code.local_get(locals.payload).i32_const(offset as i32);
    code.call(callees.error).return_().end();
}

/// Pushes a parameter as a value.
fn push_value(code: &mut InstructionSink<'_>, param: u32, ty: &WitType) {
    match ty {
        WitType::F64 => {
            code.i32_const(tag::FLOAT as i32);
            code.local_get(param).i64_reinterpret_f64();
        }
        WitType::Bool => {
            code.i32_const(tag::BOOL as i32);
            code.local_get(param).i64_extend_i32_u();
        }
        _ => {
            code.i32_const(tag::INT as i32).local_get(param);
        }
    }
}

/// Stores the result. Its tag was checked by the annotation: anything else is a defect, and traps.
fn store_result(code: &mut InstructionSink<'_>, locals: &Locals, ty: &WitType, offset: u32) {
    let wanted = match ty {
        WitType::S64 => tag::INT,
        WitType::F64 => tag::FLOAT,
        WitType::Bool => tag::BOOL,
        _ => tag::NIL,
    };
    code.local_get(locals.tag).i32_const(wanted as i32).i32_ne();
    code.if_(BlockType::Empty);
    if *ty == WitType::F64 {
        // An integer fits `:float` too.
        code.local_get(locals.tag)
            .i32_const(tag::INT as i32)
            .i32_ne();
        code.if_(BlockType::Empty).unreachable().end();
        code.local_get(locals.payload).f64_convert_i64_s();
        code.i64_reinterpret_f64().local_set(locals.payload);
    } else {
        code.unreachable();
    }
    code.end();
    match ty {
        WitType::Bool => {
            code.local_get(locals.area).local_get(locals.payload);
            code.i64_store8(place(offset, 0));
        }
        WitType::F64 => {
            // Which NaN an operation gives depends on the processor; outside there is one.
            code.local_get(locals.area);
            code.local_get(locals.payload).f64_reinterpret_i64();
            code.f64_const(Ieee64::from(f64::NAN));
            code.local_get(locals.payload).f64_reinterpret_i64();
            code.local_get(locals.payload).f64_reinterpret_i64();
            code.f64_eq().select().f64_store(place(offset, 3));
        }
        WitType::Unit => {}
        _ => {
            code.local_get(locals.area).local_get(locals.payload);
            code.i64_store(place(offset, 3));
        }
    }
}

/// Parameters in a frame on the shadow stack.
fn through_stack(
    unit: &mut UnitBuilder,
    signature: &Signature<'_>,
    flat: &[Flat],
    size: u32,
) -> Function {
    let frame = flat.len() as u32;
    let size = size.next_multiple_of(16) as i32;
    let mut body = Function::new_with_locals_types([ValType::I32]);
    let mut code = body.instructions();
    code.global_get(STACK_POINTER).i32_const(size).i32_sub();
    code.local_tee(frame).global_set(STACK_POINTER);
    for (param, flat) in (0..).zip(flat) {
        code.local_get(frame).local_get(param);
        match (flat.ty, flat.size) {
            (ValType::I64, _) => code.i64_store(place(flat.offset, 3)),
            (ValType::F64, _) => code.f64_store(place(flat.offset, 3)),
            (_, 1) => code.i32_store8(place(flat.offset, 0)),
            (_, 2) => code.i32_store16(place(flat.offset, 1)),
            _ => code.i32_store(place(flat.offset, 2)),
        };
    }
    let call = push_call(unit, &mut code, signature);
    code.local_get(frame).call(call);
    code.local_get(frame).i32_const(size).i32_add();
    code.global_set(STACK_POINTER).end();
    body
}

/// More parameters than a core function takes: the caller passes a block with all of them.
fn through_memory(unit: &mut UnitBuilder, signature: &Signature<'_>, size: u32) -> Function {
    let free = unit.import("rt", "rt:free", (vec![ValType::I32; 2], vec![]));
    let mut body = Function::new([]);
    let mut code = body.instructions();
    let call = push_call(unit, &mut code, signature);
    code.local_get(0).call(call);
    code.local_get(0).i32_const(size as i32).call(free).end();
    body
}

/// Pushes what the runtime wants to know about the function, all but the address of its parameters.
/// Gives the function of the runtime to call.
fn push_call(
    unit: &mut UnitBuilder,
    code: &mut InstructionSink<'_>,
    signature: &Signature<'_>,
) -> u32 {
    code.i32_const(signature.number as i32);
    let name = if is_encoded(signature) {
        code.i32_const(signature.params.len() as i32);
        "rt:encoded_call"
    } else {
        let has_rest = signature.function.rest.is_some();
        let bytes = descriptor::function(&signature.params, has_rest, &signature.result);
        push_address(code, unit.data(&bytes));
        if is_plain(signature) {
            "rt:plain_call"
        } else {
            "rt:typed_call"
        }
    };
    let signature = (vec![ValType::I32; 3], vec![ValType::I32]);
    unit.import("rt", name, signature)
}

/// Whether parameters and result are encoded values.
fn is_encoded(signature: &Signature<'_>) -> bool {
    let mut types = signature.params.iter().chain([&signature.result]);
    signature.function.rest.is_none() && types.all(|ty| *ty == WitType::Bytes)
}

/// Whether a small part of the runtime is enough.
fn is_plain(signature: &Signature<'_>) -> bool {
    let mut types = signature.params.iter().chain([&signature.result]);
    signature.function.rest.is_none()
        && types.all(|ty| {
            use WitType::{Bool, Bytes, F64, S64, String, Unit};
            matches!(ty, S64 | F64 | Bool | String | Bytes | Unit)
        })
}

/// Pushes the address of static data.
fn push_address(code: &mut InstructionSink<'_>, offset: u32) {
    code.global_get(DATA_BASE)
        .i32_const(offset as i32)
        .i32_add();
}

fn place(offset: u32, align: u32) -> MemArg {
    MemArg {
        offset: u64::from(offset),
        align,
        memory_index: 0,
    }
}
