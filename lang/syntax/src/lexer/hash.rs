//! What `#` begins: `#(`, special floats, tags, and much that other Lisps have.

use super::unknown::char_name;
use super::{Lexer, offset};
use crate::codes;
use crate::literal::shown;
use crate::suggest::closest;
use crate::token::{Opener, Tag, TokenKind};
use crate::{FormKind, ParseErrorKind, Span};

/// How far the `>` of `#<…>` is looked for, in bytes.
const LONGEST_UNREADABLE: usize = 1000;

impl Lexer<'_> {
    /// Reads a token that begins with `#` and is no comment.
    pub(super) fn scan_hash(&mut self) -> Option<TokenKind> {
        match self.rest()[1..].chars().next() {
            Some('(') => self.take(2, TokenKind::Open(Opener::ShortFn)),
            Some('#') => Some(self.scan_special_float()),
            Some('{') => {
                self.reserved(
                    2,
                    "there are no set literals",
                    "write a vector, or `(distinct […])`",
                );
                Some(TokenKind::Open(Opener::Set))
            }
            Some('"') => {
                let help = "regular expressions are plain strings: remove the `#` and double the \
                            backslashes";
                self.reserved(1, "there are no regular expression literals", help);
                None
            }
            Some('_') => {
                let help = "comment the form out with `;` or `#| … |#`";
                self.reserved(2, "there is no `#_`", help);
                None
            }
            Some('\'') => {
                self.reserved(2, "there is no `#'`", "write the plain name");
                None
            }
            Some('<') => Some(self.scan_unreadable()),
            Some(c) if c.is_ascii_alphabetic() => self.scan_tag(),
            next => {
                let after = next.map_or("the end of the text".into(), char_name);
                let message = format!("`#` before {after} has no meaning");
                self.reserved(1, &message, "remove it");
                Some(TokenKind::Damaged)
            }
        }
    }

    fn reserved(&mut self, len: usize, message: &str, help: &str) {
        let start = self.at;
        self.at += len;
        let span = Span::new(offset(start), offset(start + len));
        let kind = ParseErrorKind::UnsupportedRule;
        self.report(codes::RESERVED, kind, span, message).help = Some(help.into());
    }

    fn scan_special_float(&mut self) -> TokenKind {
        let start = self.at;
        let run = self.run();
        self.at += run.len();
        let value = match run {
            "##Inf" => f64::INFINITY,
            "##-Inf" => f64::NEG_INFINITY,
            "##NaN" => f64::NAN,
            _ => {
                let span = self.span_from(start);
                let meant = closest(run, ["##Inf", "##-Inf", "##NaN"]);
                let help = match meant {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => "the special floats are `##Inf`, `##-Inf` and `##NaN`".into(),
                };
                let message = format!("{} is not a special float", shown(run));
                let kind = ParseErrorKind::InvalidLiteral;
                self.report(codes::BAD_SPECIAL, kind, span, message).help = Some(help);
                return TokenKind::Damaged;
            }
        };
        self.require_gap();
        TokenKind::Atom(FormKind::Float(value))
    }

    /// Reports `#<function>` and the like, up to the `>` that ends it.
    fn scan_unreadable(&mut self) -> TokenKind {
        // Limited, so that many of them on one line do not take quadratic time.
        let rest = self.rest();
        let near = &rest[..rest.floor_char_boundary(LONGEST_UNREADABLE)];
        let line = &near[..near.find('\n').unwrap_or(near.len())];
        let mut end = line.match_indices('>').map(|(at, _)| at + 1);
        let closing = end.find(|&at| self.is_boundary_at(self.at + at));
        let len = closing.unwrap_or(self.run().len());
        let message = format!("{} cannot be read back", shown(&rest[..len]));
        self.reserved(
            len,
            &message,
            "functions and errors have no literals; write the code that makes the value",
        );
        TokenKind::Damaged
    }

    fn scan_tag(&mut self) -> Option<TokenKind> {
        let start = self.at;
        let run = self.run();
        let name = &run[1..];
        let tag = Tag::from_name(name);
        if let Some(tag) = tag
            && self.rest()[run.len()..].starts_with('(')
        {
            return self.take(run.len() + 1, TokenKind::Open(Opener::Tagged(tag)));
        }
        self.at += run.len();
        let span = self.span_from(start);
        if tag.is_some() {
            let message = format!("the tag `{run}` needs its text in parentheses");
            self.report(codes::BAD_TAG, ParseErrorKind::MissingToken, span, message)
                .help = Some(format!("write `{run}(\"…\")`"));
        } else {
            let help = match closest(name, Tag::NAMES) {
                Some(meant) => format!("did you mean `#{meant}(\"…\")`?"),
                None => "the tags are `#timestamp`, `#uuid` and `#resource-handle`".into(),
            };
            let message = format!("unknown tag {}", shown(run));
            let kind = ParseErrorKind::UnsupportedRule;
            self.report(codes::RESERVED, kind, span, message).help = Some(help);
        }
        // The form after the tag takes its place.
        None
    }
}
