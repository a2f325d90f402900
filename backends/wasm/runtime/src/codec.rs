//! How values cross the boundary.

use rtfs_value::{Error, Value};

#[cfg(not(feature = "lean"))]
pub(crate) use rtfs_value::cbor::{decode, decode_args};

#[cfg(feature = "lean")]
pub(crate) use rtfs_value::cbor::opaque::{decode, decode_args};

/// Arguments that were decoded.
#[cfg(not(feature = "lean"))]
pub(crate) type Args = alloc::vec::Vec<Value>;

/// Arguments that were decoded.
#[cfg(feature = "lean")]
pub(crate) type Args = rtfs_value::Pile<Value>;

/// An encoding in a block of the heap, which the holder frees.
pub(crate) struct Encoded {
    pub(crate) start: *mut u8,
    pub(crate) len: usize,
    /// Size of the block.
    pub(crate) size: usize,
}

/// Encodes a value.
#[cfg(not(feature = "lean"))]
pub(crate) fn encode(value: &Value) -> Result<Encoded, Error> {
    let bytes = core::mem::ManuallyDrop::new(rtfs_value::cbor::encode(value)?);
    Ok(Encoded {
        start: bytes.as_ptr().cast_mut(),
        len: bytes.len(),
        size: bytes.capacity(),
    })
}

/// Encodes a value.
#[cfg(feature = "lean")]
pub(crate) fn encode(value: &Value) -> Result<Encoded, Error> {
    let bytes = core::mem::ManuallyDrop::new(rtfs_value::cbor::opaque::encode(value)?);
    Ok(Encoded {
        start: bytes.as_ptr().cast_mut(),
        len: bytes.len(),
        size: bytes.size(),
    })
}
