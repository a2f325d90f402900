//! The run-time part of compiled RTFS programs, as one core module.
//!
//! The linker in `rtfs-backend-wasm` takes from it what a program reaches. Exported names are the
//! interface to generated code:
//!
//! * `lib:NAME`: library function NAME; `op:NAME`: a hot one with its arguments in registers,
//! * `rt:NAME`: memory, literals, errors, checks, calls into the host,
//! * the exports of `rtfs:module/dynamic`, with the canonical ABI lowered by hand.
//!
//! Generated code passes a value as two words, tag (`i32`) and payload (`i64`). A function here
//! that gives a value returns its payload and leaves its tag in a global ([`fat`]); the tag
//! `RAISED` says that the payload is a raised error. Arguments are owned by the function that gets
//! them unless its documentation says *borrowed*.
//!
//! With the feature `lean` it is the runtime of programs that never look inside a collection: those
//! whose functions of the runtime all exist here. Their arguments stay encoded, and none of the
//! code behind collections is linked ([`codec`]).
//!
//! Imports of module `intrinsic` are replaced by the linker; so is `rtfs:host/capability` unless a
//! program reaches it. Formatting machinery and panic messages are not linked: a panic is a trap.

#![no_std]
// Exported functions trust generated code to keep the convention above: that is the contract of
// every one of them, and repeating it fifty times would say nothing.
#![allow(clippy::missing_safety_doc)]
// What the lean runtime leaves unused is the other's.
#![cfg_attr(feature = "lean", allow(dead_code))]

#[cfg(not(feature = "lean"))]
extern crate alloc;

#[cfg(not(feature = "lean"))]
mod calls;
#[cfg(not(feature = "lean"))]
mod catching;
#[cfg(not(feature = "lean"))]
mod cells;
#[cfg(not(feature = "lean"))]
mod checks;
mod codec;
#[cfg(not(feature = "lean"))]
mod collections;
mod descriptor;
mod dynamic;
mod errors;
mod exporting;
mod fat;
mod heap;
#[cfg(not(feature = "lean"))]
mod hints;
#[cfg(not(feature = "lean"))]
mod host;
mod intrinsic;
#[cfg(not(feature = "lean"))]
mod library;
mod literals;
#[cfg(not(feature = "lean"))]
mod loops;
mod misfit;
#[cfg(feature = "lean")]
mod numeric;
#[cfg(not(feature = "lean"))]
mod operators;
#[cfg_attr(feature = "lean", path = "outcome_lean.rs")]
mod outcome;
mod plain;
#[cfg(not(feature = "lean"))]
mod typed;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
