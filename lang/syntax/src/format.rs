//! The formatter: the same forms and comments with regular spacing and indentation.
//!
//! Line breaks stay where the author put them, except before closing brackets and after opening
//! ones; everything else about white space is decided here. Tokens and comments are copied as they
//! are written, so a formatted text reads as before, down to which annotations are attached.

mod gap;

use crate::lexer::Lexer;
use crate::token::{Bracket, Opener, Prefix, Token, TokenKind};
use crate::{Diagnostics, FormKind, read};
use gap::{Comment, Gap, Piece};

/// Lines of deeply nested forms are not indented further than this.
const MAX_INDENT: usize = 100;

/// Forms whose body is indented by two columns; other lists align under their first argument.
const BODY_FORMS: [&str; 24] = [
    "catch",
    "cond",
    "declare",
    "def",
    "defmacro",
    "defn",
    "defstruct",
    "do",
    "dotimes",
    "finally",
    "fn",
    "for",
    "if",
    "import",
    "lambda",
    "let",
    "match",
    "module",
    "quasiquote",
    "quote",
    "try",
    "when",
    "when-not",
    "λ",
];

/// Formats a source text. Formatting twice gives what formatting once gives.
///
/// ```
/// let text = "(defn f [x:int]\n(+ x   1)\n)  ; done";
/// assert_eq!(rtfs_syntax::format(text).unwrap(), "(defn f [x:int]\n  (+ x 1))  ; done\n");
/// ```
///
/// # Errors
/// What is wrong with a text that cannot be read.
pub fn format(text: &str) -> Result<String, Diagnostics> {
    let result = read(text);
    if !result.diagnostics.is_empty() {
        return Err(result.diagnostics);
    }
    let mut printer = Printer {
        text,
        out: String::with_capacity(text.len()),
        column: 0,
        open: Vec::new(),
        last: Last::Start,
        blank: Gap::default(),
    };
    let mut lexer = Lexer::new(text);
    let mut end = 0;
    loop {
        let token = lexer.next_token();
        let start = token.span.start as usize;
        for piece in gap::pieces(text.get(end..start).unwrap_or_default()) {
            match piece {
                Piece::Blank(gap) => printer.blank = printer.blank.and(gap),
                Piece::Comment(comment) => printer.comment(&comment),
            }
        }
        end = token.span.end as usize;
        if matches!(token.kind, TokenKind::End) {
            break;
        }
        if matches!(token.kind, TokenKind::Close(Bracket::Square)) && lexer.take_optional_mark() {
            end += 1;
        }
        printer.token(&token, text.get(start..end).unwrap_or_default());
    }
    Ok(printer.finish())
}

/// An open bracket.
struct Open {
    /// Where its children stand when they begin a line.
    indent: usize,
    /// Its children so far, comments aside.
    n_children: usize,
    layout: Layout,
}

/// How the children of a bracket are indented.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// All in the same column.
    Data,
    /// A list whose head has not come yet.
    List,
    /// A call: under the first argument, when that stands beside the head.
    Call,
}

/// What was written last.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Start,
    Opening,
    /// A quote character or `^`.
    Prefix,
    /// `~`, which must not come to stand before an `@`.
    Unquote,
    /// A standalone `:`.
    Colon,
    Form,
    LineComment,
}

struct Printer<'t> {
    text: &'t str,
    out: String,
    /// Characters since the last line break.
    column: usize,
    open: Vec<Open>,
    last: Last,
    /// White space since what was written last.
    blank: Gap,
}

impl Printer<'_> {
    fn token(&mut self, token: &Token, text: &str) {
        match token.kind {
            TokenKind::Close(_) => {
                if self.last == Last::LineComment {
                    self.new_line(1);
                }
                self.open.pop();
                self.write(text);
                self.last = Last::Form;
            }
            TokenKind::Open(opener) => {
                self.before_form(text);
                let is_data = self.last == Last::Prefix && self.out.ends_with('\'');
                let paren = self.column + text.chars().count() - 1;
                let layout = match opener {
                    Opener::List | Opener::ShortFn if !is_data => Layout::List,
                    _ => Layout::Data,
                };
                self.child(None);
                self.write(text);
                self.open.push(Open {
                    indent: (paren + 1).min(MAX_INDENT),
                    n_children: 0,
                    layout,
                });
                self.last = Last::Opening;
            }
            TokenKind::Prefix(prefix) => {
                self.before_form(text);
                self.write(text);
                self.last = match prefix {
                    Prefix::Unquote => Last::Unquote,
                    _ => Last::Prefix,
                };
            }
            TokenKind::Caret => {
                self.before_form(text);
                self.write(text);
                self.last = Last::Prefix;
            }
            _ => {
                self.before_form(text);
                let symbol = match &token.kind {
                    TokenKind::Atom(FormKind::Symbol(_)) | TokenKind::Method(_) => Some(text),
                    _ => None,
                };
                self.child(symbol);
                self.write(text);
                self.last = match token.kind {
                    TokenKind::Atom(FormKind::Colon) => Last::Colon,
                    _ => Last::Form,
                };
            }
        }
        self.blank = Gap::default();
    }

    /// White space before a form.
    fn before_form(&mut self, text: &str) {
        let gap = self.blank;
        match self.last {
            Last::Start | Last::Opening | Last::Prefix => {}
            Last::Unquote if text.starts_with('@') && !gap.is_none() => self.write(" "),
            Last::Unquote => {}
            Last::LineComment => self.new_line(gap.breaks.max(1)),
            // Attached annotations stay so.
            Last::Form if gap.is_none() && text.starts_with(':') => {}
            Last::Colon if gap.is_none() => {}
            Last::Form | Last::Colon if gap.breaks > 0 => self.new_line(gap.breaks),
            Last::Form | Last::Colon => self.write(" "),
        }
    }

    fn comment(&mut self, comment: &Comment<'_>) {
        let gap = self.blank;
        let starts_line = matches!(
            self.last,
            Last::Start | Last::Opening | Last::Prefix | Last::Unquote
        );
        if self.last == Last::LineComment || (gap.breaks > 0 && !starts_line) {
            self.new_line(gap.breaks.max(1));
        } else if self.last != Last::Start {
            // Columns of comments behind code are the author's.
            let spaces = if gap.breaks > 0 { 1 } else { gap.spaces.max(1) };
            self.write(&" ".repeat(spaces.min(MAX_INDENT)));
        }
        self.write(comment.text());
        self.last = match comment {
            Comment::Line(_) => Last::LineComment,
            Comment::Block(_) => Last::Form,
        };
        self.blank = Gap::default();
    }

    /// Notes a child of the innermost bracket; a symbol at the head of a list decides its layout.
    fn child(&mut self, symbol: Option<&str>) {
        let column = self.column;
        let begins_line = self.out.ends_with('\n') || self.out.is_empty();
        let Some(open) = self.open.last_mut() else {
            return;
        };
        match (open.layout, open.n_children) {
            (Layout::List, 0) => match symbol {
                Some(name) if BODY_FORMS.contains(&name) => {
                    open.indent = (open.indent + 1).min(MAX_INDENT);
                    open.layout = Layout::Data;
                }
                Some(_) => {
                    open.indent = (open.indent + 1).min(MAX_INDENT);
                    open.layout = Layout::Call;
                }
                None => open.layout = Layout::Data,
            },
            (Layout::Call, 1) => {
                if !begins_line && column > open.indent {
                    open.indent = column.min(MAX_INDENT);
                }
                open.layout = Layout::Data;
            }
            _ => {}
        }
        open.n_children += 1;
    }

    /// Begins a line; after two or more line breaks, with an empty line before it.
    fn new_line(&mut self, breaks: usize) {
        self.out.push('\n');
        if breaks > 1 {
            self.out.push('\n');
        }
        self.column = 0;
        let indent = self.open.last().map_or(0, |open| open.indent);
        self.write(&" ".repeat(indent));
    }

    fn write(&mut self, text: &str) {
        self.out.push_str(text);
        self.column = match text.rfind('\n') {
            Some(at) => text[at + 1..].chars().count(),
            None => self.column + text.chars().count(),
        };
    }

    fn finish(mut self) -> String {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        debug_assert!(self.out.len() <= self.text.len() * (MAX_INDENT + 2) + 2);
        self.out
    }
}
