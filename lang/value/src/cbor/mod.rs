//! Values as bytes: deterministic CBOR (RFC 8949 section 4.2.1), specified in `value.cddl`.
//!
//! One value has one encoding, and the decoder refuses every other. Neither direction recurses.
//!
//! The codec is our own: `minicbor`'s decoder hides the widths of arguments, which the canonical
//! check needs, and only heads, texts and floats are left of it then.

mod decode;
mod encode;
pub mod opaque;
pub(crate) mod wire;

pub use decode::{decode, decode_args};
pub use encode::{contains_function, encode, encode_args, encode_into};
pub use wire::DecodeError;

/// Deepest nesting of encoded data.
pub const MAX_DEPTH: usize = 10_000;

/// Data nested deeper than [`MAX_DEPTH`].
fn nesting_error() -> crate::Error {
    let rule = "at most 10000 levels in a value that enters or leaves a program";
    crate::Error::budget("encoded nesting", rule)
}

/// Tag numbers of the kinds that CBOR does not have.
pub mod tags {
    /// Keyword: text without colon.
    pub const KEYWORD: u64 = 27200;
    /// Symbol: text.
    pub const SYMBOL: u64 = 27201;
    /// List: array.
    pub const LIST: u64 = 27202;
    /// Map: array of key, value, key, value …, in insertion order.
    pub const MAP: u64 = 27203;
    /// Timestamp: text.
    pub const TIMESTAMP: u64 = 27204;
    /// Uuid: text.
    pub const UUID: u64 = 27205;
    /// Resource handle: text.
    pub const RESOURCE: u64 = 27206;
    /// Error: array of class, kind keyword, message, data, node or null, array of names.
    pub const ERROR: u64 = 27207;
    /// A function: null. It keeps nothing but being one.
    pub const FUNCTION: u64 = 27208;
}
