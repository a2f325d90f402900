//! Tags: the first word of a [`Value`](crate::Value).
//!
//! The low byte is the kind. The high 24 bits hold the code index of [`STATIC_FN`] and
//! [`CLOSURE`] values and are 0 otherwise.

/// `nil`
pub const NIL: u32 = 0;
/// `true`, `false`; payload 1 or 0.
pub const BOOL: u32 = 1;
/// 64-bit integer; payload is its two's complement.
pub const INT: u32 = 2;
/// Double; payload is its bits.
pub const FLOAT: u32 = 3;
/// Library function; payload is its [`BuiltinId`](crate::BuiltinId).
pub const BUILTIN: u32 = 4;
/// Function without captures; payload 0.
pub const STATIC_FN: u32 = 5;
/// No value: an empty cell, a hole in a map. Never visible to programs.
pub const UNSET: u32 = 6;
/// From here on the payload is the address of a counted object.
pub const HEAP_MIN: u32 = 8;
/// String
pub const STRING: u32 = 8;
/// Keyword; the text has no colon.
pub const KEYWORD: u32 = 9;
/// Symbol
pub const SYMBOL: u32 = 10;
/// Timestamp
pub const TIMESTAMP: u32 = 11;
/// Uuid
pub const UUID: u32 = 12;
/// Resource handle
pub const RESOURCE: u32 = 13;
/// Vector
pub const VECTOR: u32 = 14;
/// List
pub const LIST: u32 = 15;
/// Map
pub const MAP: u32 = 16;
/// Function with captures; payload is the address of its environment.
pub const CLOSURE: u32 = 17;
/// `partial`, `comp`, `constantly` results and struct constructors.
pub const COMBINATOR: u32 = 18;
/// Error value
pub const ERROR: u32 = 19;
/// Cell of a recursive binding.
pub const CELL: u32 = 20;
/// Suspended library function. Never visible to programs.
pub const STEPS: u32 = 21;
/// A function that crossed a boundary: it has an identity but no code.
pub const OPAQUE_FN: u32 = 22;
/// Raw bytes, laid out like a text. Never visible to programs.
pub const BYTES: u32 = 23;
/// A raised error, only as a result of generated code; payload is the error object.
pub const RAISED: u32 = 255;

/// The kind part of a tag.
#[inline]
pub const fn low(tag: u32) -> u32 {
    tag & 0xff
}

/// The code index of a function tag.
#[inline]
pub const fn code(tag: u32) -> u32 {
    tag >> 8
}

/// A function tag for a code index below 2^24.
#[inline]
pub const fn with_code(kind: u32, code: u32) -> u32 {
    kind | (code << 8)
}
