//! Calls through the slow path, and library functions that call back.
//!
//! A library function that wants a callback returns the tag `STEPS`: the payload is its suspended
//! rest, and the call it wants is in the record below. No frame of this module is pending during
//! the callback.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::UnsafeCell;

use rtfs_value::library::{self, Next};
use rtfs_value::{Error, Value, tag};

use crate::fat::{Args, give, give_result, own, raise};
use crate::intrinsic;

/// Arguments that need no buffer of their own.
const INLINE: usize = 4;

/// A wanted call. Generated code takes its parts out before anything else happens.
#[repr(C)]
struct Pending {
    callee: Value,
    argv: *mut Value,
    argc: usize,
    reserved: u64,
    inline: [Value; INLINE],
}

const _: () = assert!(
    core::mem::offset_of!(Pending, argv) == 16
        && core::mem::offset_of!(Pending, argc) == 20
        && core::mem::offset_of!(Pending, inline) == 32
);

/// The record, exported so that the linker knows its address.
#[repr(transparent)]
struct Record(UnsafeCell<Pending>);

// SAFETY: a core module without shared memory has a single thread.
unsafe impl Sync for Record {}

/// The call that the last result with tag `STEPS` wants.
#[unsafe(export_name = "pending")]
static PENDING: Record = Record(UnsafeCell::new(Pending {
    callee: Value::NIL,
    argv: core::ptr::null_mut(),
    argc: 0,
    reserved: 0,
    inline: [const { Value::NIL }; INLINE],
}));

/// Gives the next step of a library function.
pub(crate) fn give_next(next: Result<Next, Error>) -> u64 {
    match next {
        Ok(Next::Done(value)) => give(value),
        Ok(Next::Call { f, args, then }) => {
            let mut args = args;
            let record = PENDING.0.get();
            let argc = args.len();
            // SAFETY: one thread; generated code has taken the parts of the call before, so the
            // fields are plain words to be overwritten without dropping.
            unsafe {
                (&raw mut (*record).callee).write(f);
                (*record).argc = argc;
                (*record).argv = if argc <= INLINE {
                    let inline = (&raw mut (*record).inline).cast::<Value>();
                    for (i, arg) in args.as_mut_slice().iter_mut().enumerate() {
                        inline.add(i).write(arg.take());
                    }
                    inline
                } else {
                    Box::into_raw(args.into_vec().into_boxed_slice()).cast()
                };
            }
            let rest = if then.is_nil() {
                0
            } else {
                then.into_parts().1
            };
            intrinsic::set_tag(tag::STEPS);
            rest
        }
        Err(error) => raise(error),
    }
}

/// Frees the buffer of a wanted call whose values were moved out.
#[unsafe(export_name = "rt:args_free")]
pub(crate) unsafe extern "C" fn args_free(argv: *mut Value, argc: usize) {
    // SAFETY: by contract, a buffer that `give_next` boxed.
    drop(unsafe { Vec::from_raw_parts(argv, 0, argc) });
}

/// Continues a suspended library function with the result of its callback.
#[unsafe(export_name = "rt:resume")]
pub(crate) unsafe extern "C" fn resume(steps: u64, tag: u32, bits: u64) -> u64 {
    // SAFETY: owned by contract.
    let (steps, result) = unsafe { (own(tag::STEPS, steps), own(tag, bits)) };
    give_next(library::resume(steps, result))
}

/// Calls what is not a closure; raises `TypeError` for what is not callable. The arguments may be
/// in the record of pending calls.
#[unsafe(export_name = "rt:call_other")]
pub(crate) unsafe extern "C" fn call_other(
    tag: u32,
    bits: u64,
    argv: *mut Value,
    argc: usize,
) -> u64 {
    if tag == tag::BUILTIN {
        // SAFETY: passed on from the caller.
        return unsafe { intrinsic::call_builtin(bits as u32, argv, argc) };
    }
    // SAFETY: owned by contract.
    let (f, mut args) = unsafe { (own(tag, bits), Args::own(argv, argc)) };
    if tag == tag::KEYWORD {
        let found = library::keyword_call(&f, args.as_mut_slice());
        return give_result(found);
    }
    let next = library::call_combinator(&f, args.into_library());
    give_next(next)
}

/// `(:k m)`
#[unsafe(export_name = "rt:keyword_get")]
pub(crate) unsafe extern "C" fn keyword_get(
    tag: u32,
    bits: u64,
    map_tag: u32,
    map_bits: u64,
) -> u64 {
    // SAFETY: owned by contract.
    let (keyword, map) = unsafe { (own(tag, bits), own(map_tag, map_bits)) };
    give_result(library::keyword_call(&keyword, &mut [map]))
}
