//! Raising and annotating errors.

use rtfs_value::error::ErrorKind;
#[cfg(feature = "lean")]
use rtfs_value::layout;
use rtfs_value::{Error, Value};

use crate::dynamic;
use crate::fat::{own_error, payload, raise, static_text};

/// # Safety
/// As of [`static_text`].
unsafe fn with_name(name: u32, make: fn(&str) -> Error) -> u64 {
    // SAFETY: by contract.
    let name = unsafe { static_text(name) };
    raise(make(name.as_str().unwrap_or_default()))
}

/// `ArityMismatch` of a function (0: a nameless one) with `arity` fixed parameters; bit 31 says
/// that it takes more.
#[unsafe(export_name = "rt:raise_arity")]
pub(crate) unsafe extern "C" fn raise_arity(name: u32, arity: u32, got: u32) -> u64 {
    const VARIADIC: u32 = 1 << 31;
    // SAFETY: by contract.
    let text = (name != 0).then(|| unsafe { static_text(name) });
    let name = text.as_deref().and_then(Value::as_str).unwrap_or("fn");
    let min = (arity & !VARIADIC) as usize;
    let max = (arity & VARIADIC == 0).then_some(min);
    raise(Error::arity(name, min, max, got as usize))
}

/// `ArityMismatch` of a library function that takes `min` to `max` arguments (-1: any number).
#[unsafe(export_name = "rt:raise_builtin_arity")]
pub(crate) unsafe extern "C" fn raise_builtin_arity(
    name: u32,
    min: u32,
    max: i32,
    got: u32,
) -> u64 {
    // SAFETY: by contract.
    let name = unsafe { static_text(name) };
    let max = usize::try_from(max).ok();
    raise(Error::arity(
        name.as_str().unwrap_or_default(),
        min as usize,
        max,
        got as usize,
    ))
}

/// An error of the kind with this number and the full text.
#[unsafe(export_name = "rt:raise")]
pub(crate) unsafe extern "C" fn raise_kind(kind: u32, text: u32) -> u64 {
    let kind = ErrorKind::ALL.get(kind as usize);
    // SAFETY: by contract.
    let text = unsafe { static_text(text) };
    let kind = kind.copied().unwrap_or(ErrorKind::Generic);
    raise(Error::new(kind, text.as_str().unwrap_or_default()))
}

/// `UndefinedSymbol`
#[unsafe(export_name = "rt:raise_undefined")]
pub(crate) unsafe extern "C" fn raise_undefined(name: u32) -> u64 {
    // SAFETY: by contract.
    unsafe { with_name(name, Error::undefined_symbol) }
}

/// `SymbolNotFound`
#[unsafe(export_name = "rt:raise_symbol_not_found")]
pub(crate) unsafe extern "C" fn raise_symbol_not_found(name: u32) -> u64 {
    // SAFETY: by contract.
    unsafe { with_name(name, Error::symbol_not_found) }
}

/// `ModuleNotFound`
#[unsafe(export_name = "rt:raise_module_not_found")]
pub(crate) unsafe extern "C" fn raise_module_not_found(name: u32) -> u64 {
    // SAFETY: by contract.
    unsafe { with_name(name, Error::module_not_found) }
}

/// `NotImplemented`
#[unsafe(export_name = "rt:raise_not_implemented")]
pub(crate) unsafe extern "C" fn raise_not_implemented(name: u32) -> u64 {
    // SAFETY: by contract.
    unsafe { with_name(name, Error::not_implemented) }
}

/// `StackOverflow`, with the limit in force.
#[unsafe(export_name = "rt:raise_stack_overflow")]
pub(crate) extern "C" fn raise_stack_overflow() -> u64 {
    raise(Error::stack_overflow(dynamic::depth_limit()))
}

/// `MatchError`
#[unsafe(export_name = "rt:raise_match_error")]
pub(crate) extern "C" fn raise_match_error() -> u64 {
    raise(Error::no_matching_clause())
}

/// Notes the node that raised an error, unless one is known: its id and 1, or 0 for none. Gives the
/// error's payload.
#[unsafe(export_name = "rt:err_node")]
pub(crate) unsafe extern "C" fn err_node(error: u64, node: u32) -> u64 {
    // SAFETY: by contract.
    let mut error = unsafe { own_error(error) };
    if let Some(node) = node.checked_sub(1) {
        error.set_node_if_unset(node);
    }
    payload(error)
}

/// Notes that an error leaves a named function. Gives the error's payload.
#[cfg(not(feature = "lean"))]
#[unsafe(export_name = "rt:err_frame")]
pub(crate) unsafe extern "C" fn err_frame(error: u64, name: u32) -> u64 {
    // SAFETY: by contract.
    let (mut error, name) = unsafe { (own_error(error), static_text(name)) };
    error.push_frame_value(Value::clone(&name));
    payload(error)
}

/// Notes that the error leaves a named function. Gives the error's payload.
#[cfg(feature = "lean")]
#[unsafe(export_name = "rt:err_frame")]
pub(crate) unsafe extern "C" fn err_frame(error: u64, name: u32) -> u64 {
    // SAFETY: the address is that of a text object which lives as long as the instance.
    let name = unsafe {
        let object: *const u8 = core::ptr::with_exposed_provenance(name as usize);
        let len = object.add(layout::TEXT_LEN as usize).cast::<u32>().read();
        core::slice::from_raw_parts(object.add(layout::TEXT_BYTES as usize), len as usize)
    };
    crate::outcome::note_frame(name);
    error
}
