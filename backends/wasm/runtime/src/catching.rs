//! Selecting errors that a `try` catches.

use core::mem::ManuallyDrop;

use rtfs_value::error::Family;

use crate::errors::err_frame;
use crate::fat::{own_error, static_text};

/// Notes the function (0: a nameless one) that catches an error. Gives the error's payload.
#[unsafe(export_name = "rt:err_caught")]
pub(crate) unsafe extern "C" fn err_caught(error: u64, name: u32) -> u64 {
    if name == 0 {
        return error;
    }
    // SAFETY: by contract.
    unsafe { err_frame(error, name) }
}

/// Whether a `catch` with this selector takes the borrowed error: 0 = any, 1 = the family `arg`,
/// 2 = the kind `arg`, 3 = the kind keyword `arg` (a static string).
#[unsafe(export_name = "rt:err_matches")]
pub(crate) unsafe extern "C" fn err_matches(error: u64, selector: u32, arg: u32) -> u32 {
    // SAFETY: borrowed by contract.
    let error = ManuallyDrop::new(unsafe { own_error(error) });
    let takes = error.is_catchable()
        && match selector {
            0 => true,
            1 => error.is_in(family(arg)),
            2 => error.kind() as u32 == arg,
            _ => {
                // SAFETY: by contract.
                let keyword = unsafe { static_text(arg) };
                keyword.as_str() == Some(error.kind_keyword())
            }
        };
    u32::from(takes)
}

fn family(number: u32) -> Family {
    match number {
        0 => Family::Runtime,
        1 => Family::Validation,
        2 => Family::Host,
        3 => Family::Arithmetic,
        _ => Family::IllegalArgument,
    }
}
