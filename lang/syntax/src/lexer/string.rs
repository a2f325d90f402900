//! Strings and their escapes.

use super::unknown::char_name;
use super::{Lexer, offset};
use crate::codes;
use crate::token::TokenKind;
use crate::{FormKind, ParseErrorKind, Span};

impl Lexer<'_> {
    pub(super) fn scan_string(&mut self) -> TokenKind {
        let start = self.at;
        let mut value = String::new();
        let mut rest = &self.rest()[1..];
        loop {
            let Some(special) = rest.find(['"', '\\']) else {
                return self.open_string(start);
            };
            value.push_str(&rest[..special]);
            let escape_at = self.text.len() - rest.len() + special;
            let after = &rest[special + 1..];
            if rest[special..].starts_with('"') {
                self.at = self.text.len() - after.len();
                self.require_gap();
                return TokenKind::Atom(FormKind::Str(value));
            }
            let Some(escaped) = after.chars().next() else {
                return self.open_string(start);
            };
            match escape(escaped) {
                Some(c) => value.push(c),
                None => self.bad_escape(escape_at, escaped),
            }
            rest = &after[escaped.len_utf8()..];
        }
    }

    fn open_string(&mut self, start: usize) -> TokenKind {
        self.at = self.text.len();
        self.cut_off = true;
        let span = Span::new(offset(start), offset(start + 1));
        let message = "this string is never closed";
        let found = self.report(
            codes::OPEN_STRING,
            ParseErrorKind::InvalidInput,
            span,
            message,
        );
        found.label = Some("the string begins here".into());
        found.help = Some("end it with `\"`; inside a string write `\\\"`".into());
        TokenKind::Damaged
    }

    fn bad_escape(&mut self, at: usize, escaped: char) {
        let span = Span::new(offset(at), offset(at + 1 + escaped.len_utf8()));
        let help = match escaped {
            'u' | 'U' | 'x' => "write the character itself, source text is UTF-8".to_owned(),
            c if c.is_ascii_graphic() => {
                format!(
                    "write `\\\\{c}` for a backslash before `{c}`; other escapes: \
                         `\\n` `\\t` `\\r` `\\\"`"
                )
            }
            _ => "write `\\\\` for a backslash".to_owned(),
        };
        let name = if escaped.is_ascii_graphic() {
            format!("`\\{escaped}`")
        } else {
            format!("a backslash before {}", char_name(escaped))
        };
        let message = format!("{name} is not an escape");
        let kind = ParseErrorKind::InvalidEscapeSequence;
        self.report(codes::BAD_ESCAPE, kind, span, message).help = Some(help);
    }
}

fn escape(c: char) -> Option<char> {
    match c {
        'n' => Some('\n'),
        't' => Some('\t'),
        'r' => Some('\r'),
        '\\' => Some('\\'),
        '"' => Some('"'),
        _ => None,
    }
}
