//! Heads, texts and floats of CBOR, canonical in both directions.

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

/// Appends a head in its shortest form.
pub(crate) fn head(out: &mut Vec<u8>, major: u8, n: u64) {
    let top = major << 5;
    if n < 24 {
        out.push(top | n as u8);
    } else if let Ok(n) = u8::try_from(n) {
        out.extend([top | 24, n]);
    } else if let Ok(n) = u16::try_from(n) {
        out.push(top | 25);
        out.extend(n.to_be_bytes());
    } else if let Ok(n) = u32::try_from(n) {
        out.push(top | 26);
        out.extend(n.to_be_bytes());
    } else {
        out.push(top | 27);
        out.extend(n.to_be_bytes());
    }
}

/// Appends an integer.
pub(crate) fn int(out: &mut Vec<u8>, i: i64) {
    if i < 0 {
        head(out, major::NEGATIVE, !(i as u64))
    } else {
        head(out, major::UNSIGNED, i as u64)
    }
}

/// Appends a text.
pub(crate) fn text(out: &mut Vec<u8>, text: &str) {
    head(out, major::TEXT, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// Appends a float in the shortest width that keeps its value.
pub(crate) fn float(out: &mut Vec<u8>, x: f64) {
    if x.is_nan() {
        return out.extend([0xf9, 0x7e, 0x00]);
    }
    let single = x as f32;
    if f64::from(single) != x {
        out.push(0xfb);
        out.extend(x.to_bits().to_be_bytes());
    } else if let Some(half) = half_bits(single) {
        out.push(0xf9);
        out.extend(half.to_be_bytes());
    } else {
        out.push(0xfa);
        out.extend(single.to_bits().to_be_bytes());
    }
}

/// The half-precision bits of a float that has some.
fn half_bits(x: f32) -> Option<u16> {
    let bits = x.to_bits();
    let sign = ((bits >> 16) & 0x8000) as u16;
    let exponent = ((bits >> 23) & 0xff) as i32 - 127;
    let fraction = bits & 0x7f_ffff;
    match exponent {
        -127 if fraction == 0 => Some(sign),
        128 if fraction == 0 => Some(sign | 0x7c00),
        -14..=15 if fraction & 0x1fff == 0 => {
            Some(sign | (((exponent + 15) as u16) << 10) | (fraction >> 13) as u16)
        }
        // Subnormal halves: the implicit bit becomes part of the fraction.
        -24..=-15 => {
            let whole = fraction | 0x80_0000;
            let shift = (-1 - exponent) as u32;
            (whole & ((1 << shift) - 1) == 0).then(|| sign | (whole >> shift) as u16)
        }
        _ => None,
    }
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
        let x = match info {
            25 => half_value(self.unsigned(2)? as u16),
            26 => f64::from(f32::from_bits(self.unsigned(4)? as u32)),
            27 => f64::from_bits(self.unsigned(8)?),
            _ => return Err(self.error("unknown simple value")),
        };
        let mut shortest = Vec::with_capacity(9);
        float(&mut shortest, x);
        if self.bytes.get(start..self.at) == Some(&shortest[..]) {
            Ok(Item::Float(x))
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
