//! RTFS values and the standard library, for the evaluator and for compiled components.
//!
//! A [`Value`] is 16 bytes: a tag and a payload. Scalars are the payload; everything else is a
//! counted object whose layout `LAYOUT.md` fixes, because compiled code touches the same objects.
//! Values are immutable for programs; a collection that nobody shares is updated in place.
//!
//! Nothing here recurses on the depth of data: freeing, comparing, hashing, printing and encoding
//! run in constant native stack.
//!
//! The crate is `no_std` + `alloc`. The default feature `std` adds memory accounting per thread.

#![no_std]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod bytes;
pub mod cbor;
mod cells;
pub mod destructure;
mod equality;
pub mod error;
mod float;
mod hashing;
mod kind;
pub mod layout;
pub mod library;
pub mod map;
pub mod mem;
mod names;
mod object;
mod order;
mod pile;
mod print;
mod regex;
mod seen;
pub mod seq;
pub mod tag;
mod text;
mod trie;
mod tuple;
pub mod types;
mod value;
mod words;

pub use cells::Cells;
pub use equality::equal;
pub use error::Error;
pub use float::write_float;
pub use hashing::hash;
pub use kind::Kind;
pub use library::BuiltinId;
pub use map::Map;
pub use names::{is_name, is_timestamp, is_uuid};
pub use order::{compare, compare_numbers};
pub use pile::Pile;
pub use print::{
    plain, readable, try_write_plain, try_write_readable, write_int, write_plain, write_readable,
};
pub use seq::Seq;
pub use value::Value;
