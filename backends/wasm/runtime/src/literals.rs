//! Making and dropping values.

use rtfs_value::{Value, tag};

use crate::fat::{Args, borrow, give, own};

/// Frees an object whose count generated code has brought to 0.
#[unsafe(export_name = "rt:release")]
pub(crate) unsafe extern "C" fn release(tag: u32, bits: u64) {
    // SAFETY: the value is dead: its count is 0.
    unsafe { rtfs_value::layout::release(tag, bits) };
}

/// Frees a flat vector or list whose items were all moved out.
#[unsafe(export_name = "rt:free_row")]
pub(crate) unsafe extern "C" fn free_row(address: u32) {
    // SAFETY: nobody else has it, by contract.
    unsafe { rtfs_value::layout::free_row(u64::from(address)) };
}

/// Drops a value.
#[unsafe(export_name = "rt:drop")]
pub(crate) unsafe extern "C" fn drop_value(tag: u32, bits: u64) {
    // SAFETY: owned by contract.
    drop(unsafe { own(tag, bits) });
}

/// Counts one more reference to a borrowed value.
#[unsafe(export_name = "rt:dup")]
pub(crate) unsafe extern "C" fn dup(tag: u32, bits: u64) {
    // SAFETY: borrowed by contract; the clone is owned by the caller from now on.
    // The clone is counted, and never dropped.
    let _counted = unsafe { borrow(tag, bits) }.clone();
}

/// Drops values in memory.
#[unsafe(export_name = "rt:drop_args")]
pub(crate) unsafe extern "C" fn drop_args(argv: *mut Value, argc: usize) {
    // SAFETY: owned by contract.
    drop(unsafe { Args::own(argv, argc) });
}

/// An environment for `n` captured values, which the caller writes at once.
#[unsafe(export_name = "rt:env_new")]
pub(crate) extern "C" fn env_new(n: u32) -> u32 {
    rtfs_value::layout::new_environment(n) as u32
}

/// A vector of the values in memory.
#[unsafe(export_name = "rt:vector_from")]
pub(crate) unsafe extern "C" fn vector_from(argv: *mut Value, argc: usize) -> u64 {
    // SAFETY: owned by contract.
    give(Value::flat_vector(unsafe { Args::own(argv, argc) }.drain()))
}

/// A value of a kind that has a text, from its UTF-8 bytes.
#[unsafe(export_name = "rt:text_new")]
pub(crate) unsafe extern "C" fn text_new(tag: u32, bytes: *const u8, len: usize) -> u64 {
    // SAFETY: the compiler writes texts from strings.
    let text = unsafe { core::str::from_utf8_unchecked(core::slice::from_raw_parts(bytes, len)) };
    give(match tag {
        tag::KEYWORD => Value::keyword(text),
        tag::SYMBOL => Value::symbol(text),
        tag::TIMESTAMP => Value::timestamp(text),
        tag::UUID => Value::uuid(text),
        tag::RESOURCE => Value::resource(text),
        _ => Value::string(text),
    })
}
