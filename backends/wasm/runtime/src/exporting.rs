//! Exporting library functions: what both runtimes do alike.

use rtfs_value::{Error, Value};

use crate::fat::{Args, give_result};

/// Exports hot library functions with their arguments in registers:
/// `op:NAME (tag, payload, …)`.
macro_rules! operators {
    ($( $function:ident $name:literal ($($tag:ident $bits:ident),+); )*) => { $(
        const _: () = {
            #[unsafe(export_name = concat!("op:", $name))]
            unsafe extern "C" fn call($($tag: u32, $bits: u64),+) -> u64 {
                // SAFETY: owned by contract.
                $crate::fat::give_result(unsafe { rtfs_value::library::direct::$function($($crate::fat::own($tag, $bits)),+) })
            }
        };
    )* };
}

pub(crate) use operators;

/// Exports library functions with their arguments in memory: `lib:NAME (argv, argc)`.
macro_rules! functions {
    ($( $id:ident $name:literal; )*) => { $(
        const _: () = {
            #[unsafe(export_name = concat!("lib:", $name))]
            unsafe extern "C" fn call(argv: *mut rtfs_value::Value, argc: usize) -> u64 {
                // SAFETY: owned by contract.
                unsafe {
                    $crate::exporting::call_with(rtfs_value::library::entry::$id, argv, argc)
                }
            }
        };
    )* };
}

pub(crate) use functions;

/// # Safety
/// `argv` points to `argc` owned values.
#[inline(always)]
pub(crate) unsafe fn call_with(
    function: fn(&mut [Value]) -> Result<Value, Error>,
    argv: *mut Value,
    argc: usize,
) -> u64 {
    // SAFETY: by contract.
    let mut args = unsafe { Args::own(argv, argc) };
    give_result(function(args.as_mut_slice()))
}
