//! From IR to a core module that imports the runtime from `rt`.
//!
//! Values are pairs of a tag and a payload in two wasm locals; errors are results with the tag
//! `RAISED`. Every function of the program becomes a wasm function that owns its arguments, and
//! calls in tail position are tail calls. What is not needed any more is dropped as early as
//! [`liveness`] allows, also on the ways that errors take ([`errors`]).
//!
//! [`generate`] starts with the top level ([`toplevel`]); what it refers to is lowered when it is
//! first asked for ([`context`]).

mod arith;
mod asm;
mod binding;
mod builtin_kinds;
mod builtins;
mod callees;
mod calls;
mod checks;
mod collections;
mod compare;
mod context;
mod control;
mod data;
mod entries;
mod errors;
mod expr;
mod function;
mod functions;
mod global_access;
mod globals;
mod helpers;
mod higher_order;
mod hints;
mod infer;
mod items;
mod kinds;
mod list_loops;
mod liveness;
mod locals;
mod loops;
mod match_form;
mod memory;
mod module;
mod numbers;
mod self_call;
mod sequences;
mod shape;
mod slot_set;
mod stand_in;
mod state;
mod taking;
#[cfg(test)]
mod tests;
mod texts;
mod tidy;
mod toplevel;
mod try_form;
mod values;

use rtfs_ir::Program;

use crate::Options;
use crate::error::CompileError;
use crate::generated::Generated;

/// Lowers a program.
///
/// # Errors
/// [`CompileError::Unsupported`] for functions with too many variables for an engine.
pub(crate) fn generate(program: &Program, options: &Options) -> Result<Generated, CompileError> {
    generate_for(program, options, false)
}

/// As [`generate`]; for people, locals have their names.
///
/// # Errors
/// As [`generate`].
pub(crate) fn generate_for(
    program: &Program,
    options: &Options,
    people: bool,
) -> Result<Generated, CompileError> {
    let standing = stand_in::Standing::of(program);
    let mut cx = context::Context::new(&standing, options);
    cx.module.names_locals = people;
    let exports = toplevel::define(&mut cx);
    loop {
        if let Some((version, function)) = cx.next_version() {
            entries::define_version(&mut cx, version, function);
        } else if let Some(code) = cx.next_value() {
            entries::define_value_entries(&mut cx, code);
        } else if let Some((helper, function)) = cx.next_helper() {
            helpers::define(&mut cx, helper, function);
        } else {
            break;
        }
    }
    toplevel::define_call_builtin(&mut cx);
    toplevel::define_end_of_call(&mut cx);
    if let Some(error) = cx.take_error() {
        return Err(error);
    }
    let module = cx.module.finish();
    #[cfg(debug_assertions)]
    validate(&module)?;
    Ok(Generated { module, exports })
}

/// Checks what was generated. The linker validates its result too; this names the culprit.
#[cfg(debug_assertions)]
fn validate(module: &[u8]) -> Result<(), CompileError> {
    crate::check::check(module, crate::compile::RUNTIME).map_err(CompileError::Invalid)
}

/// Stack left when a new segment is added; more than one level of any walk here needs.
const RED_ZONE_BYTES: usize = 256 * 1024;
/// Size of an added segment.
const SEGMENT_BYTES: usize = 4 * 1024 * 1024;

/// Runs one level of a walk over the program, whose depth its author decides.
fn nested<R>(level: impl FnOnce() -> R) -> R {
    stacker::maybe_grow(RED_ZONE_BYTES, SEGMENT_BYTES, level)
}
