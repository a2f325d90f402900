//! The library functions of programs that never look inside a collection.

use rtfs_value::library::{direct, entry};
use rtfs_value::{Error, Value};

use crate::fat::{Args, give_result, own};

macro_rules! operators {
    ($( $function:ident $name:literal ($($tag:ident $bits:ident),+); )*) => { $(
        const _: () = {
            #[unsafe(export_name = concat!("op:", $name))]
            unsafe extern "C" fn call($($tag: u32, $bits: u64),+) -> u64 {
                // SAFETY: owned by contract.
                give_result(unsafe { direct::$function($(own($tag, $bits)),+) })
            }
        };
    )* };
}

operators! {
    add "add" (a x, b y);
    sub "sub" (a x, b y);
    mul "mul" (a x, b y);
    div "div" (a x, b y);
    mod_ "mod" (a x, b y);
    rem "rem" (a x, b y);
    quot "quot" (a x, b y);
    negate "negate" (a x);
    inc "inc" (a x);
    dec "dec" (a x);
    abs "abs" (a x);
    lt "lt" (a x, b y);
    le "le" (a x, b y);
    gt "gt" (a x, b y);
    ge "ge" (a x, b y);
    not "not" (a x);
    is_nil "is_nil" (a x);
}

macro_rules! functions {
    ($( $id:ident $name:literal; )*) => { $(
        const _: () = {
            #[unsafe(export_name = concat!("lib:", $name))]
            unsafe extern "C" fn call(argv: *mut Value, argc: usize) -> u64 {
                // SAFETY: owned by contract.
                unsafe { call_with(entry::$id, argv, argc) }
            }
        };
    )* };
}

/// # Safety
/// `argv` points to `argc` owned values.
#[inline(always)]
unsafe fn call_with(
    function: fn(&mut [Value]) -> Result<Value, Error>,
    argv: *mut Value,
    argc: usize,
) -> u64 {
    // SAFETY: by contract.
    let mut args = unsafe { Args::own(argv, argc) };
    give_result(function(args.as_mut_slice()))
}

functions! {
    sum "+";
    product "*";
    difference "-";
    quotients "/";
    mod_ "mod";
    rem "rem";
    quot "quot";
    inc "inc";
    dec "dec";
    max "max";
    min "min";
    abs "abs";
    sqrt "sqrt";
    pow "pow";
    factorial "factorial";
    is_even "even?";
    is_odd "odd?";
    is_zero "zero?";
    is_pos "pos?";
    is_neg "neg?";
    lt "<";
    le "<=";
    gt ">";
    ge ">=";
    not "not";
    is_nil "nil?";
    is_bool "bool?";
    is_int "int?";
    is_float "float?";
    is_number "number?";
}
