//! Typed exports whose parameters and result are numbers, booleans, strings and encoded values.
//!
//! They need a small part of what [`typed`](crate::typed) does, and read the same descriptors.

use rtfs_value::{Error, Value};

use crate::codec;
use crate::descriptor::{BOOL, BYTES, Cursor, F64, S64, STRING};
use crate::dynamic;
use crate::heap;
use crate::outcome::Writer;

/// Reads `T` at `at`.
///
/// # Safety
/// `at` holds one.
pub(crate) unsafe fn load<T: Copy>(at: *const u8) -> T {
    // SAFETY: by contract.
    unsafe { at.cast::<T>().read() }
}

/// The value at `at`, freeing what it refers to; `nil`, and a note, when it is refused.
///
/// # Safety
/// `at` holds a value of the described type, owned by us and read once.
pub(crate) unsafe fn lift(ty: u8, at: *const u8, accepted: &mut bool) -> Value {
    // SAFETY: by contract; the memory behind pointer and length was allocated for us.
    unsafe {
        match ty {
            S64 => Value::int(load(at)),
            F64 => Value::float(load(at)),
            BOOL => Value::bool(load::<u8>(at) != 0),
            STRING => {
                let (start, len): (*mut u8, usize) = (load(at), load(at.add(4)));
                let bytes = core::slice::from_raw_parts(start, len);
                let value = Value::string(core::str::from_utf8_unchecked(bytes));
                heap::free(start, len);
                value
            }
            BYTES => {
                let value = codec::take_one(load(at), load(at.add(4)));
                *accepted &= value.is_some();
                value.unwrap_or(Value::NIL)
            }
            _ => Value::NIL,
        }
    }
}

/// A result value that does not have the described type. Checked annotations exclude it, except
/// at validation level `basic`, which looks at the outermost kind only.
pub(crate) fn misfit() -> Error {
    Error::type_validation("fn return", "the result does not fit the typed export")
}

/// Writes `value` as the described type at `at`.
///
/// # Safety
/// `at` has room for the type.
pub(crate) unsafe fn lower(
    writer: &mut Writer,
    ty: u8,
    value: &Value,
    at: *mut u8,
) -> Result<(), Error> {
    // SAFETY: by contract.
    unsafe {
        match ty {
            S64 => at.cast::<i64>().write(value.as_int().ok_or_else(misfit)?),
            F64 => {
                let float = value
                    .as_float()
                    .or_else(|| value.as_int().map(|i| i as f64));
                // Generated code may hold any NaN; outside there is one.
                let float = Value::float(float.ok_or_else(misfit)?);
                at.cast::<u64>().write(float.bits());
            }
            STRING => writer.text(at, value).ok_or_else(misfit)?,
            BOOL => at.write(u8::from(value.as_bool().ok_or_else(misfit)?)),
            BYTES => writer.encode(at, value)?,
            // Nothing.
            _ => {}
        }
    }
    Ok(())
}

/// Calls an export with parameters laid out in memory. Gives the address of the result.
#[unsafe(export_name = "rt:plain_call")]
pub(crate) unsafe extern "C" fn plain_call(
    export: u32,
    function: *const u8,
    params: *const u8,
) -> *const u8 {
    let mut ty = Cursor { at: function };
    let n = ty.number();
    // No function with rest parameters comes here.
    ty.byte();
    let mut args = codec::Args::new();
    let mut accepted = true;
    for _ in 0..n {
        // SAFETY: by contract.
        unsafe {
            let param = params.add(ty.number());
            args.push(lift(ty.byte(), param, &mut accepted));
        }
    }
    let refusal = (!accepted).then_some(dynamic::NOT_A_VALUE);
    let outcome = dynamic::call(export, &mut args, refusal);
    let (_, offset, result) = (ty.number(), ty.number(), ty.byte());
    let mut writer = Writer::start();
    let area = writer.area();
    let lowered = outcome.and_then(|value| {
        // SAFETY: the area has room for every plain type.
        unsafe {
            area.write(0);
            lower(&mut writer, result, &value, area.add(offset))
        }
    });
    match lowered {
        Ok(()) => area,
        Err(error) => writer.error(error, offset),
    }
}

/// The area for a small result; the caller writes discriminant and payload.
#[unsafe(export_name = "rt:result_area")]
pub(crate) extern "C" fn result_area() -> *mut u8 {
    Writer::start().area()
}

/// The result for an owned error, whose record is at `offset`.
#[unsafe(export_name = "rt:result_error")]
pub(crate) unsafe extern "C" fn result_error(error: u64, offset: usize) -> *const u8 {
    // SAFETY: owned by contract.
    Writer::start().error(unsafe { crate::fat::own_error(error) }, offset)
}
