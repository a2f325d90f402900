//! Values as bytes, for data that backends embed.

use crate::error::Error;
use rtfs_value::{Value, cbor};

/// The encoding of a value, as `lang/value/value.cddl` specifies it: equal values of the same kind
/// give equal bytes.
///
/// # Errors
///
/// A value that is nested too deeply.
///
/// ```
/// use rtfs_guest::{Value, encode};
///
/// assert_eq!(encode(&Value::int(-1)).unwrap(), [0x20]);
/// ```
pub fn encode(value: &Value) -> Result<Vec<u8>, Error> {
    Ok(cbor::encode(value)?)
}

/// The value of an encoding; `None` when the bytes are not its only encoding, or none at all.
///
/// ```
/// use rtfs_guest::{Value, decode};
///
/// assert_eq!(decode(&[0x20]), Some(Value::int(-1)));
/// assert_eq!(decode(&[0x38, 0x00]), None, "longer than need be");
/// ```
pub fn decode(bytes: &[u8]) -> Option<Value> {
    cbor::decode(bytes).ok()
}
