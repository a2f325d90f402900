//! Characters that begin no form, and how messages name characters.

use super::{BYTE_ORDER_MARK, Lexer, offset};
use crate::codes;
use crate::token::TokenKind;
use crate::{ParseErrorKind, Span};

impl Lexer<'_> {
    /// Reports a character that begins no form, with the run it stands in.
    pub(super) fn scan_unknown(&mut self, first: char) -> Option<TokenKind> {
        let start = self.at;
        let invisible = is_invisible(first);
        let rest = self.rest();
        let help = match first {
            '\\' => "there are no character literals: write a string of one character",
            '|' if rest.starts_with("|#") => "no block comment is open here; comments do not nest",
            '“' | '”' | '„' | '‘' | '’' | '«' | '»' | '＂' | '＇' => {
                "use the plain quotes `\"` and `'`"
            }
            _ if invisible => "replace it with a plain space, or remove it",
            c if c.is_alphabetic() => "names are ASCII; other text belongs in strings",
            _ => "remove it, or put it in a string",
        };
        let (code, kind) = if first == '\\' {
            (codes::RESERVED, ParseErrorKind::UnsupportedRule)
        } else {
            (codes::UNKNOWN_TEXT, ParseErrorKind::InvalidInput)
        };
        // An invisible character stands for white space, so what follows is still read.
        self.at += if invisible {
            first.len_utf8()
        } else {
            self.run().len().max(first.len_utf8())
        };
        let span = Span::new(offset(start), offset(start + first.len_utf8()));
        let message = format!("{} begins no form", char_name(first));
        self.report(code, kind, span, message).help = Some(help.into());
        (!invisible).then_some(TokenKind::Damaged)
    }
}

/// Characters that a reader of the source cannot see or takes for a space.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || c.is_whitespace()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | BYTE_ORDER_MARK)
}

/// A character for a message: itself, or its code point when it cannot be seen.
pub(super) fn char_name(c: char) -> String {
    if is_invisible(c) {
        format!("the invisible character U+{:04X}", u32::from(c))
    } else if c.is_ascii() {
        format!("`{c}`")
    } else {
        format!("`{c}` (U+{:04X})", u32::from(c))
    }
}
