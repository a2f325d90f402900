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
    /// Appends a byte.
    fn put_byte(&mut self, byte: u8);
}

impl Out for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }

    fn put_byte(&mut self, byte: u8) {
        self.push(byte);
    }
}

impl Out for Pile<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend(bytes);
    }

    fn put_byte(&mut self, byte: u8) {
        self.push(byte);
    }
}

/// A first byte and the last `width` bytes of a number.
fn put_number(out: &mut impl Out, first: u8, n: u64, width: u32) {
    out.put_byte(first);
    for byte in (0..width).rev() {
        out.put_byte((n >> (8 * byte)) as u8);
    }
}

/// Appends a head in its shortest form.
pub(crate) fn head(out: &mut impl Out, major: u8, n: u64) {
    let top = major << 5;
    if n < 24 {
        return put_number(out, top | n as u8, 0, 0);
    }
    // One, two, four or eight bytes.
    let mut log = 0;
    while log < 3 && n >> (8 << log) != 0 {
        log += 1;
    }
    put_number(out, top | (24 + log as u8), n, 1 << log);
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

/// 2^1008: by how much the exponents of doubles differ from those of halves in the same place. A
/// half with its bits moved to the top of a double is this much too small, subnormals too.
const HALF: f64 = f64::from_bits((1008 + 1023) << 52);
/// How far the bits move.
const HALF_SHIFT: u32 = 42;

/// The half-precision bits of a float, if it has some: else those of another. Of NaN the only ones
/// in use.
fn half_bits(x: f64) -> u16 {
    if x.is_nan() {
        return 0x7e00;
    }
    // What is too large becomes infinity.
    let bits = ((x.abs() / HALF).to_bits() >> HALF_SHIFT).min(0x7c00) as u16;
    bits | ((x.to_bits() >> 48) as u16 & 0x8000)
}

/// The value of half-precision bits.
fn half_value(bits: u16) -> f64 {
    const INFINITY: f64 = 65_536.0;
    let x = f64::from_bits(u64::from(bits & 0x7fff) << HALF_SHIFT) * HALF;
    let size = if x < INFINITY {
        x
    } else if x == INFINITY {
        f64::INFINITY
    } else {
        f64::NAN
    };
    if bits & 0x8000 == 0 { size } else { -size }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// By the formula of IEEE 754.
    fn expected(bits: u16) -> f64 {
        let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
        let exponent = i32::from((bits >> 10) & 0x1f);
        let fraction = f64::from(bits & 0x3ff);
        match exponent {
            0 => sign * fraction * 2_f64.powi(-24),
            31 if fraction == 0.0 => sign * f64::INFINITY,
            31 => f64::NAN,
            _ => sign * (fraction + 1024.0) * 2_f64.powi(exponent - 25),
        }
    }

    #[test]
    fn every_half_has_its_value_and_the_value_its_bits() {
        for bits in 0..=u16::MAX {
            let value = half_value(bits);
            if value.is_nan() {
                assert!(
                    expected(bits).is_nan() && half_bits(value) == 0x7e00,
                    "{bits:04x}"
                );
            } else {
                assert_eq!(value.to_bits(), expected(bits).to_bits(), "{bits:04x}");
                assert_eq!(half_bits(value), bits);
            }
        }
    }

    #[test]
    fn what_is_no_half_takes_more_bytes() {
        for x in [
            65_504.5,
            65_519.9,
            65_520.0,
            65_536.0,
            1e10,
            1e-8,
            1e-320,
            1.0 / 3.0,
        ] {
            for x in [x, -x] {
                assert!(shortest_float(x).2 > 2, "{x}");
            }
        }
    }
}
