//! Heads, texts and floats of CBOR, canonical in both directions.

use crate::pile::Pile;
use alloc::vec::Vec;
use core::fmt;

/// Why bytes are not the encoding of anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// Where.
    pub offset: usize,
    /// What is wrong there, in a few words.
    pub reason: &'static str,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.reason, self.offset)
    }
}

impl core::error::Error for DecodeError {}

/// Major types.
pub(crate) mod major {
    pub(crate) const UNSIGNED: u8 = 0;
    pub(crate) const NEGATIVE: u8 = 1;
    pub(crate) const TEXT: u8 = 3;
    pub(crate) const ARRAY: u8 = 4;
    pub(crate) const TAG: u8 = 6;
    pub(crate) const SIMPLE: u8 = 7;
}

/// `false`
pub(crate) const FALSE: u8 = 0xf4;
/// `true`
pub(crate) const TRUE: u8 = 0xf5;
/// `null`
pub(crate) const NULL: u8 = 0xf6;

/// Where encodings go.
pub(crate) trait Out {
    /// Appends bytes.
    fn put(&mut self, bytes: &[u8]);
}

impl Out for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

impl Out for Pile<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend(bytes);
    }
}

/// A first byte and the last `width` bytes of a number.
fn put_number(out: &mut impl Out, first: u8, n: u64, width: u32) {
    let mut bytes = [first; 9];
    let mut len = 1;
    for byte in (0..width).rev() {
        bytes[len] = (n >> (8 * byte)) as u8;
        len += 1;
    }
    out.put(&bytes[..len]);
}

/// Appends a head in its shortest form.
pub(crate) fn head(out: &mut impl Out, major: u8, n: u64) {
    let top = major << 5;
    let (first, width) = match n {
        0..24 => (top | n as u8, 0),
        24..=0xff => (top | 24, 1),
        0x100..=0xffff => (top | 25, 2),
        0x1_0000..=0xffff_ffff => (top | 26, 4),
        _ => (top | 27, 8),
    };
    put_number(out, first, n, width);
}

/// Appends an integer.
pub(crate) fn int(out: &mut impl Out, i: i64) {
    let major = if i < 0 {
        major::NEGATIVE
    } else {
        major::UNSIGNED
    };
    head(out, major, (i ^ i >> 63) as u64);
}

/// Appends a text.
pub(crate) fn text(out: &mut impl Out, text: &str) {
    head(out, major::TEXT, text.len() as u64);
    out.put(text.as_bytes());
}

/// Appends a float in the shortest width that keeps its value.
pub(crate) fn float(out: &mut impl Out, x: f64) {
    let (first, bits, width) = shortest_float(x);
    put_number(out, first, bits, width);
}

/// First byte, bits and their width in bytes.
fn shortest_float(x: f64) -> (u8, u64, u32) {
    let half = half_bits(x);
    let single = x as f32;
    if x.is_nan() || half_value(half).to_bits() == x.to_bits() {
        (0xf9, u64::from(half), 2)
    } else if f64::from(single) == x {
        (0xfa, u64::from(single.to_bits()), 4)
    } else {
        (0xfb, x.to_bits(), 8)
    }
}

/// The bits of the float with these bits in `width` bytes, and whether no fewer bytes hold it.
pub(crate) fn float_of(bits: u64, width: u32) -> (u64, bool) {
    let x = match width {
        2 => half_value(bits as u16),
        4 => f64::from(f32::from_bits(bits as u32)),
        _ => f64::from_bits(bits),
    };
    let (_, shortest, least) = shortest_float(x);
    let x = if x.is_nan() { f64::NAN } else { x };
    (x.to_bits(), (shortest, least) == (bits, width))
}

/// The half-precision bits of a float, if it has some: else those of another. Of NaN the only ones
/// in use.
fn half_bits(x: f64) -> u16 {
    const SUBNORMAL: f64 = 6.103_515_625e-5;
    let size = x.abs();
    let bits = if size < SUBNORMAL {
        // Multiples of 2^-24.
        (size * 16_777_216.0) as u16
    } else if size < 65_536.0 {
        // Ten bits of the fraction, and the exponent with the other bias.
        ((size.to_bits() >> 42) as u32).wrapping_sub(1008 << 10) as u16
    } else if x.is_nan() {
        return 0x7e00;
    } else {
        0x7c00
    };
    bits | ((x.to_bits() >> 48) as u16 & 0x8000)
}

/// The value of half-precision bits.
fn half_value(bits: u16) -> f64 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::from((bits >> 10) & 0x1f);
    let fraction = f64::from(bits & 0x3ff);
    let power = |e: i32| f64::from_bits(((e + 1023) as u64) << 52);
    match exponent {
        0 => sign * fraction * power(-24),
        31 if fraction == 0.0 => sign * f64::INFINITY,
        31 => f64::NAN,
        _ => sign * (fraction + 1024.0) * power(exponent - 25),
    }
}

/// Reads canonical CBOR from bytes.
#[derive(Clone)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// One head.
pub(crate) enum Item<'a> {
    Int(i64),
    Text(&'a str),
    Array(usize),
    Tag(u64),
    Bool(bool),
    Null,
    Float(f64),
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// An error here.
    pub(crate) fn error(&self, reason: &'static str) -> DecodeError {
        DecodeError {
            offset: self.at,
            reason,
        }
    }

    fn take(&mut self, n: usize) -> Result<&'a [u8], DecodeError> {
        match self.bytes.get(self.at..).and_then(|rest| rest.get(..n)) {
            Some(part) => {
                self.at += n;
                Ok(part)
            }
            None => Err(self.error("unexpected end")),
        }
    }

    fn unsigned(&mut self, width: usize) -> Result<u64, DecodeError> {
        Ok(self
            .take(width)?
            .iter()
            .fold(0, |n, byte| n << 8 | u64::from(*byte)))
    }

    /// Refuses bytes behind the last item.
    pub(crate) fn finish(&self) -> Result<(), DecodeError> {
        if self.at == self.bytes.len() {
            Ok(())
        } else {
            Err(self.error("more bytes than one item"))
        }
    }

    /// The argument of a head, which must have the shortest form.
    fn argument(&mut self, info: u8) -> Result<u64, DecodeError> {
        let (width, least) = match info {
            0..24 => return Ok(u64::from(info)),
            24 => (1, 24),
            25 => (2, 1 << 8),
            26 => (4, 1 << 16),
            27 => (8, 1 << 32),
            _ => return Err(self.error("indefinite or reserved length")),
        };
        let n = self.unsigned(width)?;
        if n < least {
            Err(self.error("longer head than needed"))
        } else {
            Ok(n)
        }
    }

    /// The next item; of texts with contents, of arrays and tags the head only.
    pub(crate) fn item(&mut self) -> Result<Item<'a>, DecodeError> {
        let first = self.take(1)?[0];
        let (kind, info) = (first >> 5, first & 0x1f);
        if kind == major::SIMPLE {
            return self.simple(first, info);
        }
        let n = self.argument(info)?;
        match kind {
            major::UNSIGNED | major::NEGATIVE => {
                let Ok(i) = i64::try_from(n) else {
                    return Err(self.error("integer beyond 64 bits"));
                };
                Ok(Item::Int(if kind == major::UNSIGNED { i } else { !i }))
            }
            major::TEXT => {
                let Ok(n) = usize::try_from(n) else {
                    return Err(self.error("unexpected end"));
                };
                let bytes = self.take(n)?;
                match core::str::from_utf8(bytes) {
                    Ok(text) => Ok(Item::Text(text)),
                    Err(_) => Err(self.error("text is not UTF-8")),
                }
            }
            major::ARRAY => {
                // Every item takes a byte, so a longer array cannot be complete. This also keeps
                // small inputs from reserving large memory.
                let left = self.bytes.len() - self.at;
                match usize::try_from(n) {
                    Ok(n) if n <= left => Ok(Item::Array(n)),
                    _ => Err(self.error("unexpected end")),
                }
            }
            major::TAG => Ok(Item::Tag(n)),
            _ => Err(self.error("unexpected kind of item")),
        }
    }

    fn simple(&mut self, first: u8, info: u8) -> Result<Item<'a>, DecodeError> {
        match first {
            FALSE => return Ok(Item::Bool(false)),
            TRUE => return Ok(Item::Bool(true)),
            NULL => return Ok(Item::Null),
            _ => {}
        }
        let start = self.at - 1;
        let width = match info {
            25..=27 => 1 << (info - 24),
            _ => return Err(self.error("unknown simple value")),
        };
        let bits = self.unsigned(width as usize)?;
        let (x, is_shortest) = float_of(bits, width);
        if is_shortest {
            Ok(Item::Float(f64::from_bits(x)))
        } else {
            Err(DecodeError {
                offset: start,
                reason: "longer float than needed",
            })
        }
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, DecodeError> {
        match self.item()? {
            Item::Text(text) => Ok(text),
            _ => Err(self.error("expected a text")),
        }
    }

    pub(crate) fn array(&mut self) -> Result<usize, DecodeError> {
        match self.item()? {
            Item::Array(n) => Ok(n),
            _ => Err(self.error("expected an array")),
        }
    }

    /// An array of exactly `n` items.
    pub(crate) fn array_of(&mut self, n: usize) -> Result<(), DecodeError> {
        if self.array()? == n {
            Ok(())
        } else {
            Err(self.error("array of another length"))
        }
    }

    pub(crate) fn int(&mut self) -> Result<i64, DecodeError> {
        match self.item()? {
            Item::Int(i) => Ok(i),
            _ => Err(self.error("expected an integer")),
        }
    }
}
