//! The reader: tokens to forms, on a stack of open brackets and prefixes instead of recursion.

use crate::codes;
use crate::diagnostic::{Diagnostic, ParseErrorKind};
use crate::form::{Form, FormKind};
use crate::lexer::{Lexer, offset};
use crate::token::{Opener, Prefix, Token, TokenKind};
use crate::{MAX_ERRORS, MAX_NESTING, MAX_SOURCE_BYTES, Span};

mod brackets;
mod compound;
mod metadata;
mod short_fn;

pub use metadata::delegation_of;
use short_fn::ShortFn;

/// What reading a text gave.
#[derive(Clone, Debug)]
pub struct ReadResult {
    /// The top-level forms. When there are errors, forms may be missing and `nil` stands for
    /// parts that could not be read: good enough for looking on, not for running.
    pub forms: Vec<Form>,
    /// What is wrong with the text, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// The text ends inside a form, string or block comment and has no other error: more text
    /// could complete it.
    pub incomplete: bool,
}

/// Reads a whole source text.
///
/// Reading goes on after an error, up to [`MAX_ERRORS`] of them, and never fails otherwise.
pub fn read(text: &str) -> ReadResult {
    if text.len() > MAX_SOURCE_BYTES {
        return too_large(text.len());
    }
    let mut reader = Reader::new(text);
    reader.run();
    reader.finish()
}

/// Reads a text that stands `offset` bytes behind others, as [`crate::SourceText::attach`] puts it:
/// all spans count from the beginning of the first one.
pub fn read_at(text: &str, offset: u32) -> ReadResult {
    let mut result = read(text);
    for form in &mut result.forms {
        form.shift(offset);
    }
    for found in &mut result.diagnostics {
        found.shift(offset);
    }
    result
}

fn too_large(size: usize) -> ReadResult {
    let message = format!("this source text has {size} bytes; at most {MAX_SOURCE_BYTES} are read");
    let kind = ParseErrorKind::InvalidInput;
    let found = Diagnostic::error(codes::TOO_LARGE, kind, message, Span::default())
        .with_help("move large data out of the program");
    ReadResult {
        forms: Vec::new(),
        diagnostics: vec![found],
        incomplete: false,
    }
}

/// Something that was opened and waits for its forms.
struct Frame {
    kind: FrameKind,
    /// The opening bracket or prefix.
    span: Span,
    items: Vec<Form>,
    /// A part was reported; further complaints about the whole would only repeat it.
    damaged: bool,
    /// How many quasiquotes minus unquotes are around the items.
    quasi_level: u32,
    /// The list began with `.name`.
    method: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FrameKind {
    Open(Opener),
    Prefix(Prefix),
    Meta,
}

struct Reader<'t> {
    lexer: Lexer<'t>,
    frames: Vec<Frame>,
    forms: Vec<Form>,
    /// The `#(…)` around the current place; there is at most one.
    short_fn: Option<ShortFn>,
    /// Where, inside the current top-level form, a `(` first stood at the left edge of a line.
    left_edge: Option<u32>,
    /// A wrong closing bracket was reported; closing brackets left over from it are not.
    after_mismatch: bool,
    /// The text ended where a prefix waited for a form.
    ended_in_prefix: bool,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Reader<'t> {
        Reader {
            lexer: Lexer::new(text),
            frames: Vec::new(),
            forms: Vec::new(),
            short_fn: None,
            left_edge: None,
            after_mismatch: false,
            ended_in_prefix: false,
        }
    }

    fn run(&mut self) {
        loop {
            let token = self.lexer.next_token();
            let at = token.span;
            if matches!(token.kind, TokenKind::End) {
                if self.end_of_text(at) == AtEnd::Done {
                    return;
                }
            } else if !self.accept(token) {
                return;
            }
            if self.lexer.diagnostics.len() >= MAX_ERRORS {
                let message = format!("reading stops here, after {MAX_ERRORS} errors");
                self.report(codes::TOO_MANY, ParseErrorKind::CustomError, at, message);
                return;
            }
        }
    }

    fn finish(mut self) -> ReadResult {
        let mut diagnostics = std::mem::take(&mut self.lexer.diagnostics);
        // Some errors are found at the end of the form they stand in.
        diagnostics.sort_by_key(|found| found.span.start);
        let at_end = |code| {
            [codes::UNCLOSED, codes::OPEN_STRING, codes::OPEN_COMMENT].contains(&code)
                || (code == codes::MISSING_FORM && self.ended_in_prefix)
        };
        let incomplete = diagnostics.len() == 1 && diagnostics.iter().all(|d| at_end(d.code));
        ReadResult {
            forms: self.forms,
            diagnostics,
            incomplete,
        }
    }

    fn report(
        &mut self,
        code: &'static str,
        kind: ParseErrorKind,
        span: Span,
        message: impl Into<String>,
    ) {
        self.emit(Diagnostic::error(code, kind, message, span));
    }

    fn emit(&mut self, found: Diagnostic) {
        self.lexer.diagnostics.push(found);
    }

    /// Handles one token; `false` when reading cannot go on.
    fn accept(&mut self, token: Token) -> bool {
        let Token { span, kind } = token;
        if self.frames.is_empty() && !matches!(kind, TokenKind::Close(_)) {
            self.after_mismatch = false;
        }
        match kind {
            TokenKind::Open(opener) => return self.open(opener, span),
            TokenKind::Prefix(prefix) => return self.open_prefix(prefix, span),
            TokenKind::Caret => return self.push_frame(FrameKind::Meta, span),
            TokenKind::Close(bracket) => self.close(bracket, span),
            TokenKind::Atom(FormKind::Colon) => self.accept_colon(span),
            TokenKind::Atom(FormKind::Ampersand) => self.accept_ampersand(span),
            TokenKind::Atom(FormKind::Symbol(name)) => self.accept_symbol(name, span),
            TokenKind::Atom(kind) => self.push(Form::new(kind, span)),
            TokenKind::Method(name) => self.accept_method(name, span),
            TokenKind::ContextHead => self.accept_context_head(span),
            TokenKind::ContextName(name) => self.push(context_look_up(name, span)),
            TokenKind::PercentRest => self.accept_percent_rest(span),
            TokenKind::Damaged => self.push_damaged(span),
            TokenKind::End => {}
        }
        true
    }

    fn open(&mut self, opener: Opener, span: Span) -> bool {
        if self.frames.is_empty() {
            self.left_edge = None;
        } else if self.left_edge.is_none()
            && opener == Opener::List
            && self.lexer.is_at_left_edge(span.start)
        {
            self.left_edge = Some(span.start);
        }
        if opener == Opener::ShortFn && !self.begin_short_fn(span) {
            return self.push_frame(FrameKind::Open(Opener::List), span);
        }
        self.push_frame(FrameKind::Open(opener), span)
    }

    fn open_prefix(&mut self, prefix: Prefix, span: Span) -> bool {
        let splice = prefix == Prefix::UnquoteSplicing;
        if (splice || prefix == Prefix::Unquote) && self.quasi_level() == 0 {
            let text = prefix.text();
            let message = format!("`{text}` outside a quasiquote");
            let kind = ParseErrorKind::UnexpectedRule;
            self.emit(Diagnostic::error(codes::LONE_UNQUOTE, kind, message, span).with_help(
                "it fills a hole of a template that begins with a backquote, as in `` `(+ 1 ~x) ``",
            ));
        } else if splice && self.top_is(Opener::Map) {
            let kind = ParseErrorKind::UnexpectedRule;
            let message = "`~@` cannot splice into a map";
            self.emit(
                Diagnostic::error(codes::SPLICE_IN_MAP, kind, message, span)
                    .with_help("build the map with `~(into {} …)`"),
            );
            self.mark_damaged();
        }
        self.push_frame(FrameKind::Prefix(prefix), span)
    }

    fn push_frame(&mut self, kind: FrameKind, span: Span) -> bool {
        if self.frames.len() >= MAX_NESTING {
            let message = format!("forms are nested more than {MAX_NESTING} deep");
            let kind = ParseErrorKind::InvalidInput;
            let mut found = Diagnostic::error(codes::TOO_DEEP, kind, message, span)
                .with_label("reading stops here")
                .with_help("give names to parts of the form, or pass deep data to the program");
            if let Some(outermost) = self.frames.first() {
                found = found.with_related(outermost.span, "the outermost form begins here");
            }
            self.emit(found);
            return false;
        }
        let around = self.quasi_level();
        let quasi_level = match kind {
            FrameKind::Prefix(Prefix::Quasiquote) => around + 1,
            FrameKind::Prefix(Prefix::Unquote | Prefix::UnquoteSplicing) => {
                around.saturating_sub(1)
            }
            _ => around,
        };
        let items = Vec::new();
        self.frames.push(Frame {
            kind,
            span,
            items,
            damaged: false,
            quasi_level,
            method: false,
        });
        true
    }

    fn quasi_level(&self) -> u32 {
        self.frames.last().map_or(0, |frame| frame.quasi_level)
    }

    fn top_is(&self, opener: Opener) -> bool {
        self.frames
            .last()
            .is_some_and(|frame| frame.kind == FrameKind::Open(opener))
    }

    /// Whether the next form will be the head of a list.
    fn at_head(&self) -> bool {
        (self.top_is(Opener::List) || self.top_is(Opener::ShortFn))
            && self
                .frames
                .last()
                .is_some_and(|frame| frame.items.is_empty())
    }

    fn mark_damaged(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.damaged = true;
        }
    }

    /// Adds a form to what is open, and completes the prefixes that waited for it.
    fn push(&mut self, mut form: Form) {
        loop {
            let Some(frame) = self.frames.last_mut() else {
                self.forms.push(form);
                return;
            };
            let is_list = matches!(frame.kind, FrameKind::Open(Opener::List));
            if is_list && frame.items.is_empty() {
                frame.quasi_level = level_below_head(frame.quasi_level, &form);
            }
            frame.items.push(form);
            let completed = match frame.kind {
                FrameKind::Open(_) => None,
                FrameKind::Prefix(prefix) => self.complete_prefix(prefix),
                FrameKind::Meta => self.complete_metadata(),
            };
            match completed {
                Some(whole) => form = whole,
                None => return,
            }
        }
    }

    /// Puts `nil` in the place of text that was reported.
    fn push_damaged(&mut self, span: Span) {
        if self
            .frames
            .last()
            .is_some_and(|frame| frame.kind == FrameKind::Meta)
        {
            self.frames.pop();
        }
        self.mark_damaged();
        self.push(Form::new(FormKind::Nil, span));
    }

    fn complete_prefix(&mut self, prefix: Prefix) -> Option<Form> {
        let mut frame = self.frames.pop()?;
        let form = frame.items.pop()?;
        let span = frame.span.to(form.span);
        let head = Form::symbol(prefix.head(), frame.span);
        Some(Form::new(FormKind::List(vec![head, form]), span))
    }

    fn accept_colon(&mut self, span: Span) {
        let fault = match self.frames.last() {
            None => Some("a `:` has no meaning between forms"),
            Some(frame) => match frame.kind {
                FrameKind::Open(Opener::List | Opener::Vector) => match frame.items.last() {
                    None => Some("a `:` stands between a form and its type"),
                    Some(Form {
                        kind: FormKind::Colon,
                        ..
                    }) => Some("one `:` is enough"),
                    Some(_) => None,
                },
                FrameKind::Open(Opener::Map | Opener::Set) => {
                    Some("a map has no `:` between keys and values")
                }
                _ => Some("a `:` is not a form"),
            },
        };
        let Some(fault) = fault else {
            self.push(Form::new(FormKind::Colon, span));
            return;
        };
        let kind = ParseErrorKind::UnexpectedRule;
        let found = Diagnostic::error(codes::LONE_COLON, kind, fault, span);
        let in_map = self.top_is(Opener::Map);
        self.emit(found.with_help(if in_map {
            "separate them by white space, and write names as keywords: `{:name \"x\"}`"
        } else {
            "for a keyword write the name directly after the colon: `:name`"
        }));
        self.mark_damaged();
    }

    fn accept_ampersand(&mut self, span: Span) {
        let in_brackets = self
            .frames
            .last()
            .is_some_and(|frame| matches!(frame.kind, FrameKind::Open(_)));
        if in_brackets {
            self.push(Form::new(FormKind::Ampersand, span));
            return;
        }
        let kind = ParseErrorKind::UnexpectedRule;
        let found = Diagnostic::error(codes::LONE_AMPERSAND, kind, "`&` is not a form", span);
        self.emit(found.with_help("it stands in parameter lists and patterns: `[a & more]`"));
        self.push_damaged(span);
    }

    fn accept_symbol(&mut self, name: String, span: Span) {
        match self.short_fn_symbol(&name, span) {
            Some(renamed) => self.push(Form::symbol(renamed, span)),
            None => self.push(Form::symbol(name, span)),
        }
    }

    fn accept_method(&mut self, name: String, span: Span) {
        if self.at_head() {
            if let Some(frame) = self.frames.last_mut() {
                frame.method = true;
            }
        } else {
            let kind = ParseErrorKind::UnexpectedRule;
            let message = format!("`.{name}` stands only at the head of a list");
            let found = Diagnostic::error(codes::LONE_METHOD, kind, message, span);
            self.emit(found.with_help(format!("write `{name}` without the dot")));
        }
        self.push(Form::symbol(name, span));
    }

    /// `resource:ref` is one symbol at the head of a list, elsewhere `resource` with a type.
    fn accept_context_head(&mut self, span: Span) {
        if self.at_head() {
            self.push(Form::symbol("resource:ref", span));
            return;
        }
        let colon = span.start + offset("resource".len());
        self.push(Form::symbol("resource", Span::new(span.start, colon)));
        self.push(Form::new(
            FormKind::Keyword("ref".into()),
            Span::new(colon, span.end),
        ));
    }
}

#[derive(PartialEq, Eq)]
enum AtEnd {
    Done,
    /// The lexer went back to an earlier place.
    ReadOn,
}

/// The list that `@name` reads as.
fn context_look_up(name: String, span: Span) -> Form {
    let mark = Span::new(span.start, span.start + 1);
    let head = Form::symbol("resource:ref", mark);
    let name = Form::new(FormKind::Str(name), Span::new(mark.end, span.end));
    Form::new(FormKind::List(vec![head, name]), span)
}

/// The quasiquote level inside a list that begins with `head`: written out, the quote forms
/// count like their characters.
fn level_below_head(level: u32, head: &Form) -> u32 {
    match head.as_symbol() {
        Some("quasiquote") => level + 1,
        Some("unquote" | "unquote-splicing") => level.saturating_sub(1),
        _ => level,
    }
}

#[cfg(test)]
mod tests;
