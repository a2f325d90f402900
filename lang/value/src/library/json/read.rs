//! JSON text as values.

use super::MAX_NESTING;
use crate::print::write_int;
use crate::{Error, Map, Seq, Value, mem};
use alloc::string::String;
use alloc::vec::Vec;

/// An array or object that is being read.
enum Open {
    Array(Seq),
    /// The entries so far and the key of the value that comes next.
    Object(Map, Value),
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

/// What a value begins with.
enum Start {
    Scalar(Value),
    Array,
    Object,
}

/// Reads one value and nothing else. Never recurses.
pub(super) fn read(text: &str) -> Result<Value, Error> {
    let mut reader = Reader { text, at: 0 };
    let mut open: Vec<Open> = Vec::new();
    loop {
        let mut value = match reader.start()? {
            Start::Scalar(value) => Some(value),
            start => reader.open(start, &mut open)?,
        };
        // Every finished value goes into its collection, which may be finished by it.
        while let Some(done) = value {
            mem::guard()?;
            let Some(collection) = open.pop() else {
                reader.skip_space();
                return if reader.peek().is_none() {
                    Ok(done)
                } else {
                    reader.fail("text after the value")
                };
            };
            value = reader.go_on(collection, done, &mut open)?;
        }
    }
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    /// Whether this byte comes next (after space); it is taken.
    fn accept(&mut self, byte: u8) -> bool {
        self.skip_space();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    #[cold]
    fn fail<T>(&self, reason: &str) -> Result<T, Error> {
        let before = self.text.get(..self.at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
        let mut message = String::from("JSON parsing error: ");
        message.push_str(reason);
        message.push_str(" at line ");
        write_int(line as i64, &mut message);
        message.push_str(" column ");
        write_int(column as i64, &mut message);
        Err(Error::json(&message))
    }

    fn start(&mut self) -> Result<Start, Error> {
        self.skip_space();
        let scalar = match self.peek() {
            Some(b'[') => return Ok(Start::Array),
            Some(b'{') => return Ok(Start::Object),
            Some(b'"') => self.string()?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word("true", Value::TRUE)?,
            Some(b'f') => self.word("false", Value::FALSE)?,
            Some(b'n') => self.word("null", Value::NIL)?,
            Some(_) => return self.fail("expected a value"),
            None => return self.fail("unexpected end"),
        };
        Ok(Start::Scalar(scalar))
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, Error> {
        if !self.rest().starts_with(word) {
            return self.fail("expected a value");
        }
        self.at += word.len();
        Ok(value)
    }

    /// Opens a collection; gives it when it is empty.
    fn open(&mut self, start: Start, open: &mut Vec<Open>) -> Result<Option<Value>, Error> {
        if open.len() == MAX_NESTING {
            return self.fail("nested too deep");
        }
        self.at += 1;
        if let Start::Array = start {
            if self.accept(b']') {
                return Ok(Some(Value::vector([])));
            }
            open.push(Open::Array(Seq::new()));
        } else {
            if self.accept(b'}') {
                return Ok(Some(Value::map(Map::new())));
            }
            let key = self.key()?;
            open.push(Open::Object(Map::new(), key));
        }
        Ok(None)
    }

    /// Puts a value into its collection; gives the collection when it ends there.
    fn go_on(
        &mut self,
        into: Open,
        value: Value,
        open: &mut Vec<Open>,
    ) -> Result<Option<Value>, Error> {
        match into {
            Open::Array(mut items) => {
                items.push(value);
                if self.accept(b']') {
                    return Ok(Some(items.into_value()));
                }
                if !self.accept(b',') {
                    return self.fail("expected `,` or `]`");
                }
                open.push(Open::Array(items));
            }
            Open::Object(mut map, key) => {
                map.assoc(key, value)?;
                if self.accept(b'}') {
                    return Ok(Some(map.into_value()));
                }
                if !self.accept(b',') {
                    return self.fail("expected `,` or `}`");
                }
                let key = self.key()?;
                open.push(Open::Object(map, key));
            }
        }
        Ok(None)
    }

    fn key(&mut self) -> Result<Value, Error> {
        self.skip_space();
        if self.peek() != Some(b'"') {
            return self.fail("expected a string as key");
        }
        let key = self.string()?;
        if self.accept(b':') {
            Ok(key)
        } else {
            self.fail("expected `:`")
        }
    }

    fn number(&mut self) -> Result<Value, Error> {
        let from = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        let leading_zero = self.peek() == Some(b'0');
        let whole = self.digits()?;
        if leading_zero && whole > 1 {
            self.at = from;
            return self.fail("number with a leading zero");
        }
        let mut integral = true;
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
            integral = false;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
            integral = false;
        }
        let text = self.text.get(from..self.at).unwrap_or_default();
        if let (true, Ok(i)) = (integral, text.parse()) {
            return Ok(Value::int(i));
        }
        match text.parse() {
            Ok(x) if f64::is_finite(x) => Ok(Value::float(x)),
            _ => self.fail("number out of range"),
        }
    }

    /// Takes digits, at least one; gives how many.
    fn digits(&mut self) -> Result<usize, Error> {
        let from = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == from {
            self.fail("expected a digit")
        } else {
            Ok(self.at - from)
        }
    }

    fn string(&mut self) -> Result<Value, Error> {
        self.at += 1;
        let mut out = Value::string_with_capacity(0);
        loop {
            let end = self
                .rest()
                .bytes()
                .position(|byte| byte < 0x20 || byte == b'"' || byte == b'\\');
            let plain = self
                .rest()
                .get(..end.unwrap_or(self.rest().len()))
                .unwrap_or_default();
            mem::reserve(plain.len())?;
            out.push_str(plain);
            self.at += plain.len();
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.at += 1;
                    let c = self.escape()?;
                    out.push_str(c.encode_utf8(&mut [0; 4]));
                }
                Some(_) => return self.fail("control character in a string"),
                None => return self.fail("string without end"),
            }
        }
    }

    /// The character of an escape, after its backslash.
    fn escape(&mut self) -> Result<char, Error> {
        let Some(byte) = self.peek() else {
            return self.fail("string without end");
        };
        let c = match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return self.fail("unknown escape"),
        };
        self.at += 1;
        Ok(c)
    }

    /// `uXXXX`, twice with a `\` between for a character above U+FFFF.
    fn unicode_escape(&mut self) -> Result<char, Error> {
        let first = self.hex_unit()?;
        let code = match first {
            0xd800..0xdc00 if self.peek() == Some(b'\\') => {
                self.at += 1;
                match self.hex_unit()? {
                    second @ 0xdc00..0xe000 => {
                        0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
                    }
                    _ => first,
                }
            }
            _ => first,
        };
        match char::from_u32(code) {
            Some(c) => Ok(c),
            None => self.fail("half of a surrogate pair"),
        }
    }

    fn hex_unit(&mut self) -> Result<u32, Error> {
        let digits = self.rest().strip_prefix('u').and_then(|rest| rest.get(..4));
        let hex = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match hex.and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
            Some(unit) => {
                self.at += 5;
                Ok(unit)
            }
            None => self.fail("expected four hexadecimal digits"),
        }
    }
}
