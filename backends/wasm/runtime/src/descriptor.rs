//! Descriptors of the types of typed exports.
//!
//! A descriptor states a type, in pre-order: a byte, then what the byte calls for. Numbers are
//! unsigned LEB128. `src/typed/descriptor.rs` of the backend writes them.
//!
//! | byte | type | followed by |
//! |---|---|---|
//! | 0 | `s64` | |
//! | 1 | `f64` | |
//! | 2 | `string` | |
//! | 3 | `bool` | |
//! | 4 | nothing (`nil`) | |
//! | 5 | `list<u8>`, an encoded value | |
//! | 6 | `list<T>` | size of an item, T |
//! | 7 | `option<T>` | offset of the payload, T |
//! | 8 | `tuple<…>` | count, then offset and T of each item |
//! | 9 | `record` | count, then of each field: offset, 1 if it may be absent (then T is an option), key length, key, T |
//! | 10 | `enum` of keywords | bytes of the discriminant, count, length and name of each |
//!
//! A function is: number of parameters, 1 if the last is the rest parameter, offset and T of each
//! parameter, then size of the result area, offset of its payload and T of the result.

/// A position in a descriptor.
#[derive(Clone, Copy)]
pub(crate) struct Cursor {
    pub(crate) at: *const u8,
}

impl Cursor {
    pub(crate) fn byte(&mut self) -> u8 {
        // SAFETY: the compiler writes complete descriptors.
        unsafe {
            let byte = self.at.read();
            self.at = self.at.add(1);
            byte
        }
    }

    pub(crate) fn number(&mut self) -> usize {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            number |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return number;
            }
            shift += 7;
        }
    }

    pub(crate) fn text(&mut self) -> &'static str {
        let len = self.number();
        // SAFETY: names are UTF-8 in static data.
        unsafe {
            let bytes = core::slice::from_raw_parts(self.at, len);
            self.at = self.at.add(len);
            core::str::from_utf8_unchecked(bytes)
        }
    }

    /// Passes over a type.
    pub(crate) fn skip(&mut self) {
        match self.byte() {
            LIST | OPTION => {
                self.number();
                self.skip();
            }
            TUPLE => {
                for _ in 0..self.number() {
                    self.number();
                    self.skip();
                }
            }
            RECORD => {
                for _ in 0..self.number() {
                    self.number();
                    self.byte();
                    self.text();
                    self.skip();
                }
            }
            ENUM => {
                self.byte();
                for _ in 0..self.number() {
                    self.text();
                }
            }
            _ => {}
        }
    }
}

pub(crate) const S64: u8 = 0;
pub(crate) const F64: u8 = 1;
pub(crate) const STRING: u8 = 2;
pub(crate) const BOOL: u8 = 3;
pub(crate) const BYTES: u8 = 5;
pub(crate) const LIST: u8 = 6;
pub(crate) const OPTION: u8 = 7;
pub(crate) const TUPLE: u8 = 8;
pub(crate) const RECORD: u8 = 9;
pub(crate) const ENUM: u8 = 10;
