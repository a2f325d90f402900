//! CBOR items: heads written in their shortest form, and a reader over untrusted bytes.

use super::DecodeError;

/// Writes deterministic CBOR.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    pub(crate) bytes: Vec<u8>,
}

impl Writer {
    fn head(&mut self, major: u8, value: u64) {
        let major = major << 5;
        let bytes = value.to_be_bytes();
        match value {
            0..=23 => self.bytes.push(major | bytes[7]),
            24..=0xff => self.bytes.extend([major | 24, bytes[7]]),
            0x100..=0xffff => {
                self.bytes.push(major | 25);
                self.bytes.extend(&bytes[6..]);
            }
            0x1_0000..=0xffff_ffff => {
                self.bytes.push(major | 26);
                self.bytes.extend(&bytes[4..]);
            }
            _ => {
                self.bytes.push(major | 27);
                self.bytes.extend(bytes);
            }
        }
    }

    pub(crate) fn uint(&mut self, value: u64) {
        self.head(0, value);
    }

    pub(crate) fn int(&mut self, value: i64) {
        match u64::try_from(value) {
            Ok(value) => self.head(0, value),
            // -1 - value, which is the complement.
            Err(_) => self.head(1, !value.cast_unsigned()),
        }
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.head(2, bytes.len() as u64);
        self.bytes.extend(bytes);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.head(3, text.len() as u64);
        self.bytes.extend(text.as_bytes());
    }

    pub(crate) fn array(&mut self, n_items: usize) {
        self.head(4, n_items as u64);
    }

    pub(crate) fn bool(&mut self, value: bool) {
        self.bytes.push(if value { 0xf5 } else { 0xf4 });
    }

    pub(crate) fn null(&mut self) {
        self.bytes.push(0xf6);
    }
}

/// An item that stands next; strings and arrays without their contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Head {
    Uint(u64),
    /// The value is `-1 - n`.
    Negative(u64),
    Bytes(u64),
    Text(u64),
    Array(u64),
    Bool(bool),
    Null,
}

/// Reads CBOR without trusting it.
pub(crate) struct Reader<'b> {
    bytes: &'b [u8],
    pub(crate) at: usize,
}

type Read<T> = Result<T, DecodeError>;

impl<'b> Reader<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Reader { bytes, at: 0 }
    }

    /// The error that something else must stand at the current offset.
    pub(crate) fn malformed<T>(&self, expected: &'static str) -> Read<T> {
        Err(DecodeError::Malformed {
            at: self.at,
            expected,
        })
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// The head of the next item.
    pub(crate) fn head(&mut self) -> Read<Head> {
        let start = self.at;
        let head = self.read_head();
        if head.is_none() {
            self.at = start;
            return self.malformed("an item of this schema");
        }
        head.map_or_else(|| self.malformed("an item"), Ok)
    }

    /// The head of the next item, which stays next.
    pub(crate) fn peek(&mut self) -> Read<Head> {
        let start = self.at;
        let head = self.head();
        self.at = start;
        head
    }

    fn read_head(&mut self) -> Option<Head> {
        let [first] = self.take(1)? else { return None };
        match first {
            0xf4 => return Some(Head::Bool(false)),
            0xf5 => return Some(Head::Bool(true)),
            0xf6 => return Some(Head::Null),
            _ => {}
        }
        let value = match first & 0x1f {
            short @ 0..=23 => u64::from(short),
            long @ 24..=27 => {
                let bytes = self.take(1 << (long - 24))?;
                bytes
                    .iter()
                    .fold(0, |value, byte| value << 8 | u64::from(*byte))
            }
            _ => return None,
        };
        Some(match first >> 5 {
            0 => Head::Uint(value),
            1 => Head::Negative(value),
            2 => Head::Bytes(value),
            3 => Head::Text(value),
            4 => Head::Array(value),
            _ => return None,
        })
    }

    fn take(&mut self, n: usize) -> Option<&'b [u8]> {
        let end = self.at.checked_add(n)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    fn take_long(&mut self, n: u64, expected: &'static str) -> Read<&'b [u8]> {
        let taken = usize::try_from(n).ok().and_then(|n| self.take(n));
        taken.map_or_else(|| self.malformed(expected), Ok)
    }

    pub(crate) fn uint(&mut self) -> Read<u64> {
        match self.peek()? {
            Head::Uint(value) => self.head().map(|_| value),
            _ => self.malformed("an unsigned integer"),
        }
    }

    pub(crate) fn u32(&mut self) -> Read<u32> {
        let start = self.at;
        let value = self.uint()?;
        u32::try_from(value).or_else(|_| {
            self.at = start;
            self.malformed("a 32-bit integer")
        })
    }

    pub(crate) fn text(&mut self) -> Read<&'b str> {
        let Head::Text(len) = self.peek()? else {
            return self.malformed("a text");
        };
        self.head()?;
        let bytes = self.take_long(len, "a text of this length")?;
        std::str::from_utf8(bytes).or_else(|_| self.malformed("a UTF-8 text"))
    }

    pub(crate) fn byte_string(&mut self) -> Read<&'b [u8]> {
        let Head::Bytes(len) = self.peek()? else {
            return self.malformed("a byte string");
        };
        self.head()?;
        self.take_long(len, "a byte string of this length")
    }

    /// The number of items of an array.
    pub(crate) fn array(&mut self) -> Read<u64> {
        match self.peek()? {
            Head::Array(n_items) => self.head().map(|_| n_items),
            _ => self.malformed("an array"),
        }
    }

    /// The head of an array of exactly this many items.
    pub(crate) fn array_of(&mut self, n_items: u64) -> Read<()> {
        match self.peek()? {
            Head::Array(n) if n == n_items => self.head().map(|_| ()),
            _ => self.malformed("an array of the right length"),
        }
    }

    /// Skips a null, if one stands next.
    pub(crate) fn null(&mut self) -> Read<bool> {
        let is_null = self.peek()? == Head::Null;
        if is_null {
            self.head()?;
        }
        Ok(is_null)
    }
}
