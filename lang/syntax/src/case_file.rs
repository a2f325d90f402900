//! Case files: programs with what they give, for test corpora.
//!
//! ```text
//! ;; static: on                              a directive, before the first form
//!
//! (+ 1 2)                    ;=> 3
//! (/ 1 0)                    ;=> !DivisionByZero
//! (nth [1] 5)                ;=> !IndexOutOfBounds "Index 5 out of bounds"   ; a comment
//! (defn f [n]
//!   (* 2 n))
//! (f 4)
//! ;=> 8
//! ```
//!
//! A *case* is the text between two expectations. Its last form is the one that gives the value;
//! only definitions may stand before it, so that no expectation is forgotten. An *expectation*
//! is a line comment that begins with `;=>`; inside strings and block comments it means nothing.
//!
//! | expectation | the case gives |
//! |---|---|
//! | `VALUE` | an equal value that prints alike: one form, or printed text such as `#<function>` |
//! | `!Kind` | an error of that kind; also the kinds of errors found before the program runs |
//! | `!Kind "text"` | as before, with exactly this text |
//!
//! A case that expects an error may have unbalanced brackets or other reading errors, but it
//! cannot leave a string or block comment open: those would swallow its expectation.
//!
//! Directives are comments `;; name: value` (two semicolons, a lower-case name) before the first
//! form. They hold for the whole file:
//!
//! | directive | value | without it |
//! |---|---|---|
//! | `engines` | names of the engines that run the cases, with spaces or commas | all |
//! | `static` | `on` or `off`: whether the type checker looks first | `off` |
//! | `validation` | `basic`, `standard` or `strict` | `standard` |
//! | `host` | the name of a host that the driver knows | the pure host |
//! | `max-depth` | limit of nested calls | the engine's own |
//! | `fuel` | limit of work, in units of the engine | the engine's own |

use crate::codes;
use crate::lexer::{Lexer, offset};
use crate::token::TokenKind;
use crate::{
    Diagnostic, Diagnostics, Form, MAX_SOURCE_BYTES, ParseErrorKind, SourceText, Span, read,
};

mod directive;
mod expectation;

pub use directive::{Directives, ValidationLevel};
pub use expectation::Expectation;

/// A case file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFile {
    /// What the head of the file says about all cases.
    pub directives: Directives,
    /// The cases in the order of the file.
    pub cases: Vec<Case>,
}

/// A program and what it gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The program, from its first form to its last.
    pub source: String,
    /// Where the program stands in the file.
    pub span: Span,
    /// The line of the program's first form, counted from 1.
    pub line: u32,
    /// What it gives.
    pub expectation: Expectation,
    /// The line of the expectation.
    pub expectation_line: u32,
}

/// Forms that may stand before the last form of a case.
const DEFINITIONS: [&str; 7] = [
    "def",
    "defn",
    "defmacro",
    "defstruct",
    "declare",
    "module",
    "import",
];

/// Reads a case file.
///
/// # Errors
/// Everything that is wrong with the file: reading errors outside of cases that expect an error,
/// forms without expectation and the reverse, malformed expectations and directives.
pub fn parse_cases(text: &str) -> Result<CaseFile, Diagnostics> {
    if text.len() > MAX_SOURCE_BYTES {
        return Err(read(text).diagnostics);
    }
    let mut lexer = Lexer::new(text);
    let first_form = lexer.next_token().span.start;
    while !matches!(lexer.next_token().kind, TokenKind::End) {
        if !lexer.cut_off {
            // Each case is read again below, in its own right.
            lexer.diagnostics.clear();
        }
    }
    let mut parser = Parser {
        source: SourceText::new(String::new(), text.to_owned()),
        text,
        diagnostics: Vec::new(),
        cases: Vec::new(),
    };
    if lexer.cut_off {
        parser.diagnostics.extend(lexer.diagnostics.pop());
    }
    let head: Vec<Span> = lexer
        .comments
        .iter()
        .copied()
        .filter(|comment| comment.start < first_form)
        .collect();
    let directives = directive::parse(text, &head, &mut parser.diagnostics);
    let mut done = 0;
    for comment in lexer.comments {
        if parser.text_of(comment).starts_with(MARK) {
            parser.case(Span::new(done, comment.start), comment);
            done = comment.end;
        }
    }
    if !lexer.cut_off {
        parser.remainder(Span::new(done, offset(text.len())));
    }
    parser.diagnostics.sort_by_key(|found| found.span.start);
    if parser.diagnostics.is_empty() {
        Ok(CaseFile {
            directives,
            cases: parser.cases,
        })
    } else {
        Err(parser.diagnostics)
    }
}

/// How an expectation begins.
const MARK: &str = ";=>";

struct Parser<'t> {
    source: SourceText,
    text: &'t str,
    diagnostics: Diagnostics,
    cases: Vec<Case>,
}

impl<'t> Parser<'t> {
    fn text_of(&self, span: Span) -> &'t str {
        self.text
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default()
    }

    fn line(&self, offset: u32) -> u32 {
        self.source.line_column(offset).0
    }

    /// Adds the case whose program is in `chunk` and whose expectation is `comment`.
    fn case(&mut self, chunk: Span, comment: Span) {
        let wanted = Span::new(comment.start + offset(MARK.len()), comment.end);
        let expectation = match expectation::parse(self.text_of(wanted), wanted) {
            Ok(expectation) => expectation,
            Err(found) => return self.diagnostics.extend(found),
        };
        let Some(span) = program(self.text_of(chunk), chunk) else {
            let kind = ParseErrorKind::MissingToken;
            let message = "this expectation has no form before it";
            let found = Diagnostic::error(codes::NO_CASE, kind, message, comment);
            self.diagnostics
                .push(found.with_help("write the form before it, or remove it"));
            return;
        };
        let fails = matches!(expectation, Expectation::Error { .. });
        self.check_program(span, fails);
        self.cases.push(Case {
            source: self.text_of(span).to_owned(),
            span,
            line: self.line(span.start),
            expectation,
            expectation_line: self.line(comment.start),
        });
    }

    /// Reports what is wrong with a program that should be read, and forms without expectation.
    fn check_program(&mut self, span: Span, fails: bool) {
        let result = read(self.text_of(span));
        if !result.diagnostics.is_empty() {
            if !fails {
                self.diagnostics
                    .extend(shifted(result.diagnostics, span.start));
            }
            return;
        }
        let Some((_, before)) = result.forms.split_last() else {
            return;
        };
        for form in before.iter().filter(|form| !is_definition(form)) {
            self.no_expectation(form.span.shifted(span.start));
        }
    }

    fn no_expectation(&mut self, span: Span) {
        let kind = ParseErrorKind::MissingToken;
        let message = "this form has no expectation";
        let found = Diagnostic::error(codes::NO_EXPECTATION, kind, message, span);
        self.diagnostics
            .push(found.with_help("write `;=>` and what it gives after it"));
    }

    /// Reports what stands after the last expectation.
    fn remainder(&mut self, chunk: Span) {
        let Some(span) = program(self.text_of(chunk), chunk) else {
            return;
        };
        let result = read(self.text_of(span));
        if result.diagnostics.is_empty() {
            let last = result
                .forms
                .last()
                .map_or(span, |form| form.span.shifted(span.start));
            self.no_expectation(last);
        } else {
            self.diagnostics
                .extend(shifted(result.diagnostics, span.start));
        }
    }
}

/// The span from the first token of a chunk to its end, if it has a token. What cannot be read and is
/// passed over is a part of it.
fn program(text: &str, chunk: Span) -> Option<Span> {
    let mut lexer = Lexer::new(text);
    let first = lexer.next_token();
    let unread = lexer.diagnostics.first().map(|found| found.span.start);
    let start = match first.kind {
        TokenKind::End => unread?,
        _ => unread.map_or(first.span.start, |at| at.min(first.span.start)),
    };
    let end = chunk.start + offset(text.trim_end().len());
    Some(Span::new(chunk.start + start, end))
}

fn is_definition(form: &Form) -> bool {
    DEFINITIONS.iter().any(|name| form.is_call_of(name))
}

/// Diagnostics of a part of a text, as diagnostics of the whole.
fn shifted(diagnostics: Diagnostics, offset: u32) -> impl Iterator<Item = Diagnostic> {
    diagnostics.into_iter().map(move |mut found| {
        found.shift(offset);
        found
    })
}

#[cfg(test)]
mod tests;
