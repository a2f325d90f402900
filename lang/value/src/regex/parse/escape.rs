//! What follows a backslash.

use super::super::class::Class;
use super::super::tree::Look;
use super::{Parser, Reason};

/// The meaning of an escape.
pub(super) enum Escape {
    Char(char),
    Class(Class),
    Look(Look),
}

impl Parser<'_> {
    /// The node of an escape whose backslash was taken.
    pub(super) fn escape(&mut self) -> Result<u32, Reason> {
        Ok(match self.escaped()? {
            Escape::Char(char) => self.char(char),
            Escape::Class(class) => self.tree.class(class),
            Escape::Look(look) => self.tree.look(look),
        })
    }

    /// The escape whose backslash was taken.
    pub(super) fn escaped(&mut self) -> Result<Escape, Reason> {
        let Some(char) = self.cursor.next() else {
            return Err("the pattern ends within an escape");
        };
        if let Some(class) = Class::escaped(char) {
            return Ok(Escape::Class(class));
        }
        Ok(match char {
            'x' => Escape::Char(self.code(2)?),
            'u' => Escape::Char(self.code(4)?),
            'U' => Escape::Char(self.code(8)?),
            'a' => Escape::Char('\x07'),
            'f' => Escape::Char('\x0c'),
            't' => Escape::Char('\t'),
            'n' => Escape::Char('\n'),
            'r' => Escape::Char('\r'),
            'v' => Escape::Char('\x0b'),
            'A' => Escape::Look(Look::Start),
            'z' => Escape::Look(Look::End),
            'b' => Escape::Look(self.boundary()?),
            'B' => Escape::Look(Look::NotWord),
            '<' => Escape::Look(Look::WordStart),
            '>' => Escape::Look(Look::WordEnd),
            '0'..='9' => return Err("back-references are not supported"),
            'p' | 'P' => return Err("classes of Unicode are not supported"),
            char if char.is_ascii() && !char.is_ascii_alphabetic() => Escape::Char(char),
            _ => return Err("an escape is unknown"),
        })
    }

    /// What `\b` means: `{start}` and the like may follow it, and a repetition too.
    fn boundary(&mut self) -> Result<Look, Reason> {
        let before = self.cursor.clone();
        if !self.cursor.accept('{') {
            return Ok(Look::Word);
        }
        self.skip_space();
        match self.cursor.peek() {
            None => return Err("a word boundary has no closing '}'"),
            Some(char) if char.is_ascii_alphabetic() || char == '-' => {}
            Some(_) => {
                self.cursor = before;
                return Ok(Look::Word);
            }
        }
        let mut name = alloc::string::String::new();
        while let Some(char) = self.cursor.peek()
            && (char.is_ascii_alphabetic() || char == '-')
        {
            name.push(char);
            self.step();
        }
        if !self.cursor.accept('}') {
            return Err("a word boundary has no closing '}'");
        }
        match name.as_str() {
            "start" => Ok(Look::WordStart),
            "end" => Ok(Look::WordEnd),
            "start-half" => Ok(Look::WordStartHalf),
            "end-half" => Ok(Look::WordEndHalf),
            _ => Err("a word boundary is unknown"),
        }
    }

    /// The character of a hexadecimal code: so many digits, or any number in braces.
    fn code(&mut self, n_digits: u32) -> Result<char, Reason> {
        self.skip_space();
        let braces = self.cursor.peek() == Some('{');
        if braces {
            self.step();
        }
        let mut code = 0_u32;
        let mut n_read = 0;
        while braces || n_read < n_digits {
            let Some(char) = self.cursor.peek() else {
                return Err("the pattern ends within the code of a character");
            };
            if braces && char == '}' {
                break;
            }
            let digit = char.to_digit(16).ok_or("a code has a wrong digit")?;
            // What is no code of a character stays none.
            code = code.saturating_mul(16).saturating_add(digit);
            n_read += 1;
            self.step();
        }
        if braces {
            self.step();
        }
        if n_read == 0 {
            return Err("a code has no digits");
        }
        char::from_u32(code).ok_or("no character has this code")
    }
}
