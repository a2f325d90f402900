//! Values as two words.

use core::mem::ManuallyDrop;

use rtfs_value::{Error, Value, library, tag};

use crate::intrinsic;

/// Gives a value to generated code.
#[inline]
pub(crate) fn give(value: Value) -> u64 {
    let (tag, bits) = value.into_parts();
    intrinsic::set_tag(tag);
    bits
}

/// Gives a raised error to generated code.
#[inline]
pub(crate) fn raise(error: Error) -> u64 {
    intrinsic::set_tag(tag::RAISED);
    payload(error)
}

/// Gives a value or a raised error.
#[inline]
pub(crate) fn give_result(result: Result<Value, Error>) -> u64 {
    match result {
        Ok(value) => give(value),
        Err(error) => raise(error),
    }
}

/// The payload of an error, owning its reference.
#[inline]
pub(crate) fn payload(error: Error) -> u64 {
    error.into_value().into_parts().1
}

/// 0, or the payload of the error.
#[inline]
pub(crate) fn verdict(result: Result<(), Error>) -> u64 {
    match result {
        Ok(()) => 0,
        Err(error) => payload(error),
    }
}

/// Takes over a value from generated code.
///
/// # Safety
/// The words are a value that generated code owns and does not use again.
#[inline]
pub(crate) unsafe fn own(tag: u32, bits: u64) -> Value {
    // SAFETY: by contract.
    unsafe { Value::from_parts(tag, bits) }
}

/// A value that generated code keeps.
///
/// # Safety
/// The words are a value that generated code owns until the result is no longer used.
#[inline]
pub(crate) unsafe fn borrow(tag: u32, bits: u64) -> ManuallyDrop<Value> {
    // SAFETY: by contract; the value is never dropped here.
    ManuallyDrop::new(unsafe { Value::from_parts(tag, bits) })
}

/// Takes over the error of a payload.
///
/// # Safety
/// `bits` is the payload of an error that generated code owns and does not use again.
#[inline]
pub(crate) unsafe fn own_error(bits: u64) -> Error {
    // SAFETY: by contract.
    let value = unsafe { Value::from_parts(tag::ERROR, bits) };
    match Error::from_value(value) {
        Ok(error) => error,
        // The tag is that of an error.
        Err(_) => core::arch::wasm32::unreachable(),
    }
}

/// A static string object of generated code.
///
/// # Safety
/// `address` is that of a string object that lives as long as the instance.
#[inline]
pub(crate) unsafe fn static_text(address: u32) -> ManuallyDrop<Value> {
    // SAFETY: by contract.
    unsafe { borrow(tag::STRING, u64::from(address)) }
}

/// Arguments in linear memory. [`Args::drop`] drops what the callee did not take.
pub(crate) struct Args {
    argv: *mut Value,
    argc: usize,
}

impl Args {
    /// # Safety
    /// `argv` points to `argc` values that generated code owns and does not use again.
    #[inline]
    pub(crate) unsafe fn own(argv: *mut Value, argc: usize) -> Self {
        Self { argv, argc }
    }

    #[inline]
    pub(crate) fn as_mut_slice(&mut self) -> &mut [Value] {
        // SAFETY: by the contract of `own`.
        unsafe { core::slice::from_raw_parts_mut(self.argv, self.argc) }
    }

    /// The arguments as the library takes them.
    pub(crate) fn into_library(mut self) -> library::Args {
        match self.as_mut_slice() {
            [a] => library::Args::one(a.take()),
            [a, b] => library::Args::two(a.take(), b.take()),
            _ => library::Args::new(self.drain().collect()),
        }
    }

    /// Moves the values out one by one.
    pub(crate) fn drain(self) -> impl ExactSizeIterator<Item = Value> {
        let args = ManuallyDrop::new(self);
        // SAFETY: each value is read once, and not dropped by `args`. An iterator that is not run
        // to its end leaks the rest, which is safe.
        (0..args.argc).map(move |i| unsafe { args.argv.add(i).read() })
    }
}

impl Drop for Args {
    #[inline]
    fn drop(&mut self) {
        for i in 0..self.argc {
            // SAFETY: owned, and dropped once.
            unsafe { self.argv.add(i).drop_in_place() };
        }
    }
}
