//! How values cross the boundary.

use rtfs_value::Value;

use crate::heap;

/// Arguments that were decoded.
#[cfg(not(feature = "lean"))]
pub(crate) type Args = alloc::vec::Vec<Value>;

/// Arguments that were decoded.
#[cfg(feature = "lean")]
pub(crate) type Args = rtfs_value::Pile<Value>;

/// Decodes an argument, or an array of them, and adds it to others. False when it is refused.
#[cfg(not(feature = "lean"))]
fn decode_into(bytes: &[u8], array: bool, args: &mut Args) -> bool {
    if array {
        let values = rtfs_value::cbor::decode_args(bytes);
        let accepted = values.is_ok();
        args.extend(values.into_iter().flatten());
        return accepted;
    }
    let value = rtfs_value::cbor::decode(bytes);
    let accepted = value.is_ok();
    args.extend(value);
    accepted
}

#[cfg(feature = "lean")]
use rtfs_value::cbor::opaque::decode_into;

/// Decodes an argument, or an array of them, in a block of the heap, which is freed, and adds it to
/// others. False when it is refused.
///
/// # Safety
/// The block has `len` bytes and is not used again.
#[inline(never)]
pub(crate) unsafe fn take(start: *mut u8, len: usize, array: bool, args: &mut Args) -> bool {
    // SAFETY: by contract.
    unsafe {
        let accepted = decode_into(core::slice::from_raw_parts(start, len), array, args);
        heap::free(start, len);
        accepted
    }
}

/// Decodes an argument in a block of the heap, which is freed. Nothing when it is refused.
///
/// # Safety
/// As of [`take`].
pub(crate) unsafe fn take_one(start: *mut u8, len: usize) -> Option<Value> {
    let mut value = Args::new();
    // SAFETY: by contract.
    let accepted = unsafe { take(start, len, false, &mut value) };
    value.pop().filter(|_| accepted)
}

/// An encoding in a block of the heap, which the holder frees.
#[cfg(not(feature = "lean"))]
pub(crate) struct Encoded {
    pub(crate) start: *mut u8,
    pub(crate) len: usize,
    /// Size of the block.
    pub(crate) size: usize,
}

/// Encodes a value.
#[cfg(not(feature = "lean"))]
pub(crate) fn encode(value: &Value) -> Result<Encoded, rtfs_value::Error> {
    let bytes = core::mem::ManuallyDrop::new(rtfs_value::cbor::encode(value)?);
    Ok(Encoded {
        start: bytes.as_ptr().cast_mut(),
        len: bytes.len(),
        size: bytes.capacity(),
    })
}
