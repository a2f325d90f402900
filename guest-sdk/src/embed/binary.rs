//! Reading and writing the framing of WebAssembly binaries.

use super::EmbedError;

/// A section of a module or component.
pub(super) struct Section<'a> {
    pub(super) id: u8,
    pub(super) content: &'a [u8],
    /// Id, size and content.
    pub(super) whole: &'a [u8],
}

/// Reads from the start of some bytes.
pub(super) struct Reader<'a> {
    all: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(all: &'a [u8]) -> Self {
        Self { all, at: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn is_empty(&self) -> bool {
        self.at == self.all.len()
    }

    pub(super) fn expected<T>(&self, expected: &'static str) -> Result<T, EmbedError> {
        Err(EmbedError::Malformed {
            at: self.at,
            expected,
        })
    }

    pub(super) fn bytes(&mut self, n: usize) -> Result<&'a [u8], EmbedError> {
        let rest = &self.all[self.at..];
        match rest.get(..n) {
            Some(bytes) => {
                self.at += n;
                Ok(bytes)
            }
            None => self.expected("followed by more bytes"),
        }
    }

    pub(super) fn byte(&mut self) -> Result<u8, EmbedError> {
        Ok(self.bytes(1)?[0])
    }

    /// An unsigned LEB128 number.
    pub(super) fn u32(&mut self) -> Result<u32, EmbedError> {
        let start = self.at;
        let mut value = 0_u64;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                if let Ok(value) = u32::try_from(value) {
                    return Ok(value);
                }
                break;
            }
        }
        self.at = start;
        self.expected("a 32-bit number")
    }

    /// Bytes with their number before them.
    pub(super) fn sized(&mut self) -> Result<&'a [u8], EmbedError> {
        let n = self.u32()?;
        self.bytes(n as usize)
    }

    pub(super) fn section(&mut self) -> Result<Section<'a>, EmbedError> {
        let start = self.at;
        let id = self.byte()?;
        let content = self.sized()?;
        Ok(Section {
            id,
            content,
            whole: &self.all[start..self.at],
        })
    }
}

pub(super) fn write_u32(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A number as the operand of `i32.const`: signed LEB128.
pub(super) fn write_address(out: &mut Vec<u8>, address: u32) {
    let mut value = address.cast_signed();
    loop {
        let low = value as u8 & 0x7f;
        value >>= 7;
        let sign_fits = (value == 0 && low & 0x40 == 0) || (value == -1 && low & 0x40 != 0);
        if sign_fits {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

pub(super) fn write_section(out: &mut Vec<u8>, id: u8, content: &[u8]) -> Result<(), EmbedError> {
    let Ok(size) = u32::try_from(content.len()) else {
        return Err(EmbedError::TooLarge {
            data: content.len(),
        });
    };
    out.push(id);
    write_u32(out, size);
    out.extend_from_slice(content);
    Ok(())
}
