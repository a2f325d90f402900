//! Errors of values of the wrong kind.

use rtfs_value::Error;

use crate::fat::{borrow, own, payload, raise, static_text};

/// `TypeError` of an operation that expected something else than the value.
#[unsafe(export_name = "rt:raise_type")]
pub(crate) unsafe extern "C" fn raise_type(
    operation: u32,
    expected: u32,
    tag: u32,
    bits: u64,
) -> u64 {
    // SAFETY: owned by contract.
    let (operation, expected, value) = unsafe {
        (
            static_text(operation),
            static_text(expected),
            own(tag, bits),
        )
    };
    raise(Error::type_error(
        operation.as_str().unwrap_or_default(),
        expected.as_str().unwrap_or_default(),
        value.type_name(),
    ))
}

/// The payload of `TypeValidationError` for a borrowed value whose kind alone does not fit:
/// `CONTEXT: Type mismatch: expected TYPE, got KIND`. For types whose values are told apart by
/// their kind, in place of `rt:check`, which knows all types.
#[unsafe(export_name = "rt:misfit")]
pub(crate) unsafe extern "C" fn misfit(tag: u32, bits: u64, ty: u32, context: u32) -> u64 {
    // SAFETY: borrowed by contract.
    let (value, ty, context) =
        unsafe { (borrow(tag, bits), static_text(ty), static_text(context)) };
    payload(Error::kind_mismatch(
        context.as_str().unwrap_or_default(),
        ty.as_str().unwrap_or_default(),
        value.type_name(),
    ))
}
