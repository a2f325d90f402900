//! The lexer: text to tokens. It knows atoms, names, strings and comments, but no structure.
//!
//! An atom is cut from the text as a *run*: everything up to the next boundary (white space,
//! bracket, `;`, `"` or `#|`). A run that is no atom is reported as a whole, so one mistake gives
//! one diagnostic.

use crate::codes;
use crate::literal::{is_uuid, read_number, shown};
use crate::name::{is_name, is_start, name_len};
use crate::source_text::BYTE_ORDER_MARK;
use crate::token::{Bracket, Opener, Prefix, Token, TokenKind};
use crate::{Diagnostic, FormKind, ParseErrorKind, Span};
use unknown::char_name;

mod hash;
mod string;
mod unknown;

pub(crate) struct Lexer<'t> {
    text: &'t str,
    at: usize,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The text ended inside a string or block comment.
    pub(crate) cut_off: bool,
    /// Line comments without their line break, in order.
    pub(crate) comments: Vec<Span>,
}

impl<'t> Lexer<'t> {
    /// A lexer for a text of at most `MAX_SOURCE_BYTES`, so that offsets fit a [`Span`].
    pub(crate) fn new(text: &'t str) -> Lexer<'t> {
        let at = if text.starts_with(BYTE_ORDER_MARK) {
            BYTE_ORDER_MARK.len_utf8()
        } else {
            0
        };
        Lexer {
            text,
            at,
            diagnostics: Vec::new(),
            cut_off: false,
            comments: Vec::new(),
        }
    }

    /// The next token; [`TokenKind::End`] for ever after the last one.
    pub(crate) fn next_token(&mut self) -> Token {
        loop {
            self.skip_trivia();
            let start = self.at;
            // Text that stands for no form, such as `#_`, is reported and skipped: once more.
            if let Some(kind) = self.scan() {
                return Token {
                    span: self.span_from(start),
                    kind,
                };
            }
        }
    }

    /// Goes back to an earlier place, forgetting what was found after it.
    pub(crate) fn rewind(&mut self, offset: u32) {
        self.at = offset as usize;
        self.cut_off = false;
        self.diagnostics.retain(|found| found.span.start < offset);
        self.comments.retain(|comment| comment.start < offset);
    }

    /// Takes the `?` of `[…]?`, if it stands here.
    pub(crate) fn take_optional_mark(&mut self) -> bool {
        let marked = self.rest().starts_with('?') && self.is_boundary_at(self.at + 1);
        if marked {
            self.at += 1;
        }
        marked
    }

    /// Takes the closing brackets that follow without a gap and gives the offset after them.
    pub(crate) fn take_closers(&mut self) -> u32 {
        let others = self.rest().trim_start_matches([')', ']', '}']);
        self.at = self.text.len() - others.len();
        self.offset()
    }

    /// How many more brackets are closed than opened from here to the next `(` at the left edge
    /// of a line, or to the end; `None` if fewer are, or if that is too far away to tell.
    pub(crate) fn closers_ahead(&self) -> Option<usize> {
        let mut ahead = Lexer {
            at: self.at,
            ..Lexer::new(self.text)
        };
        let mut closers: i64 = 0;
        for _ in 0..LOOK_AHEAD {
            let token = ahead.next_token();
            // They come again when the reader gets there.
            ahead.diagnostics.clear();
            let at_edge = ahead.is_at_left_edge(token.span.start);
            match token.kind {
                TokenKind::End => return usize::try_from(closers).ok(),
                TokenKind::Open(Opener::List) if at_edge => return usize::try_from(closers).ok(),
                TokenKind::Open(_) => closers -= 1,
                TokenKind::Close(_) => closers += 1,
                _ => {}
            }
        }
        None
    }

    /// Whether no text stands before `offset` on its line.
    pub(crate) fn is_at_left_edge(&self, offset: u32) -> bool {
        let before = self.text.get(..offset as usize).unwrap_or_default();
        before.is_empty() || before.ends_with(['\n', BYTE_ORDER_MARK])
    }

    pub(crate) fn text_of(&self, span: Span) -> &'t str {
        self.text
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default()
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn offset(&self) -> u32 {
        offset(self.at)
    }

    fn span_from(&self, start: usize) -> Span {
        Span::new(offset(start), self.offset())
    }

    fn is_boundary_at(&self, at: usize) -> bool {
        self.text
            .get(at..)
            .is_none_or(|rest| rest.chars().next().is_none_or(is_boundary))
    }

    /// The text up to the next place where an atom may end.
    fn run(&self) -> &'t str {
        let rest = self.rest();
        let mut end = rest
            .find(|c| is_boundary(c) || c == '"')
            .unwrap_or(rest.len());
        if let Some(comment) = rest[..end].find("#|") {
            end = comment;
        }
        &rest[..end]
    }

    fn report(
        &mut self,
        code: &'static str,
        kind: ParseErrorKind,
        span: Span,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.diagnostics
            .push(Diagnostic::error(code, kind, message, span));
        let last = self.diagnostics.len() - 1;
        &mut self.diagnostics[last]
    }

    fn skip_trivia(&mut self) {
        loop {
            let rest = self.rest().trim_start_matches(is_white);
            self.at = self.text.len() - rest.len();
            if rest.starts_with(';') {
                self.skip_line_comment();
            } else if rest.starts_with("#|") {
                self.skip_block_comment();
            } else {
                return;
            }
        }
    }

    fn skip_line_comment(&mut self) {
        let start = self.at;
        let rest = self.rest();
        let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
        self.at += line.len();
        let shown_end = start + line.trim_end_matches('\r').len();
        self.comments
            .push(Span::new(offset(start), offset(shown_end)));
    }

    fn skip_block_comment(&mut self) {
        let start = self.at;
        match self.rest().get(2..).and_then(|body| body.find("|#")) {
            Some(len) => self.at += 2 + len + 2,
            None => {
                self.at = self.text.len();
                self.cut_off = true;
                let span = Span::new(offset(start), offset(start + 2));
                self.report(
                    codes::OPEN_COMMENT,
                    ParseErrorKind::InvalidInput,
                    span,
                    "this block comment is never closed",
                )
                .help = Some("end it with `|#`".into());
            }
        }
    }

    /// Reads one token at a place that is no trivia. `None`: reported text without a form.
    fn scan(&mut self) -> Option<TokenKind> {
        let rest = self.rest();
        let mut chars = rest.chars();
        let Some(first) = chars.next() else {
            return Some(TokenKind::End);
        };
        let second = chars.next();
        match first {
            '(' => self.take(1, TokenKind::Open(Opener::List)),
            '[' => self.take(1, TokenKind::Open(Opener::Vector)),
            '{' => self.take(1, TokenKind::Open(Opener::Map)),
            ')' => self.take(1, TokenKind::Close(Bracket::Paren)),
            ']' => self.take(1, TokenKind::Close(Bracket::Square)),
            '}' => self.take(1, TokenKind::Close(Bracket::Curly)),
            '\'' => self.take(1, TokenKind::Prefix(Prefix::Quote)),
            '`' => self.take(1, TokenKind::Prefix(Prefix::Quasiquote)),
            '~' if second == Some('@') => self.take(2, TokenKind::Prefix(Prefix::UnquoteSplicing)),
            '~' => self.take(1, TokenKind::Prefix(Prefix::Unquote)),
            '^' => self.take(1, TokenKind::Caret),
            '"' => Some(self.scan_string()),
            ':' => Some(self.scan_colon()),
            '@' => Some(self.scan_context_name()),
            '&' => Some(self.scan_ampersand()),
            '.' => Some(self.scan_dot()),
            '#' => self.scan_hash(),
            '0'..='9' => Some(self.scan_number()),
            '+' | '-' if second.is_some_and(|c| c.is_ascii_digit()) => Some(self.scan_number()),
            // The name grammar would allow `-.5`; nobody means a name by it.
            '+' | '-' if is_bare_fraction(&rest[1..]) => Some(self.scan_number()),
            'λ' if self.run() == "λ" => self.take('λ'.len_utf8(), symbol("fn")),
            _ if is_start(first) => Some(self.scan_name()),
            _ => self.scan_unknown(first),
        }
    }

    fn take(&mut self, len: usize, kind: TokenKind) -> Option<TokenKind> {
        self.at += len;
        Some(kind)
    }

    fn scan_number(&mut self) -> TokenKind {
        let start = self.at;
        let run = self.run();
        self.at += run.len();
        match read_number(run, self.span_from(start)) {
            Ok(kind) => {
                self.require_gap();
                TokenKind::Atom(kind)
            }
            Err(found) => {
                self.diagnostics.push(found);
                TokenKind::Damaged
            }
        }
    }

    // Names are cut without looking at the whole run: `:a:a:a…` is one run of many tokens, and
    // looking at all of it for each of them would take quadratic time.
    fn scan_name(&mut self) -> TokenKind {
        let rest = self.rest();
        if let Some(uuid) = rest.get(..UUID_LEN).filter(|text| is_uuid(text))
            && self.ends_atom_at(self.at + UUID_LEN)
        {
            return self.finish_atom(UUID_LEN, TokenKind::Atom(FormKind::Uuid(uuid.to_owned())));
        }
        if rest.starts_with(RESOURCE_SCHEME) {
            return self.scan_resource();
        }
        if rest.starts_with("%&") && self.ends_atom_at(self.at + 2) {
            return self.finish_atom(2, TokenKind::PercentRest);
        }
        if rest.starts_with(CONTEXT_HEAD) && self.ends_atom_at(self.at + CONTEXT_HEAD.len()) {
            return self.finish_atom(CONTEXT_HEAD.len(), TokenKind::ContextHead);
        }
        let len = name_len(rest);
        let atom = match &rest[..len] {
            "nil" => FormKind::Nil,
            "true" => FormKind::Bool(true),
            "false" => FormKind::Bool(false),
            name => FormKind::Symbol(name.to_owned()),
        };
        let annotated = rest[len..].starts_with(':') && matches!(atom, FormKind::Symbol(_));
        if annotated {
            self.at += len;
            TokenKind::Atom(atom)
        } else if self.ends_atom_at(self.at + len) {
            self.finish_atom(len, TokenKind::Atom(atom))
        } else {
            self.bad_name(self.run(), len)
        }
    }

    /// Whether an atom may end at `at`, or ends there with a gap missing.
    fn ends_atom_at(&self, at: usize) -> bool {
        let glued = |rest: &str| rest.starts_with('"') || rest.starts_with("#|");
        self.is_boundary_at(at) || self.text.get(at..).is_some_and(glued)
    }

    fn finish_atom(&mut self, len: usize, kind: TokenKind) -> TokenKind {
        self.at += len;
        self.require_gap();
        kind
    }

    /// Reports a run whose character at `wrong` cannot go on the name before it.
    fn bad_name(&mut self, run: &str, wrong: usize) -> TokenKind {
        let start = self.at;
        self.at += run.len();
        let offender = run[wrong..].chars().next().unwrap_or_default();
        let span = Span::new(
            offset(start + wrong),
            offset(start + wrong + offender.len_utf8()),
        );
        let help = match offender {
            '\'' | '`' | '~' => "put a space before it to quote the next form",
            ':' => "only names and keywords may be followed directly by `:`; put a space between",
            '#' => "put a space before it; there are no generated names like `x#`",
            '&' => "put spaces around `&`",
            c if !c.is_ascii() => "names are ASCII; other text belongs in strings",
            _ => "names are made of letters, digits and `_ $ + - * / = < > ! ? % . @`",
        };
        let message = format!(
            "{} cannot be part of the name {}",
            char_name(offender),
            shown(run)
        );
        self.report(codes::BAD_NAME, ParseErrorKind::InvalidInput, span, message)
            .help = Some(help.into());
        TokenKind::Damaged
    }

    fn scan_resource(&mut self) -> TokenKind {
        let start = self.at;
        let rest = self.rest();
        let handle = &rest[..resource_len(rest)];
        self.at += handle.len();
        if handle.len() > RESOURCE_SCHEME.len() {
            return TokenKind::Atom(FormKind::Resource(handle.to_owned()));
        }
        let span = self.span_from(start);
        let message = "this resource handle names no resource";
        self.report(
            codes::BAD_RESOURCE,
            ParseErrorKind::InvalidLiteral,
            span,
            message,
        )
        .help = Some("write the name directly after the slashes: `resource://bucket/item`".into());
        TokenKind::Damaged
    }

    /// Reads what a `:` begins: a keyword, or the colon of an annotation.
    fn scan_colon(&mut self) -> TokenKind {
        let start = self.at;
        if self.is_boundary_at(start + 1) {
            self.at += 1;
            return TokenKind::Atom(FormKind::Colon);
        }
        let after = &self.rest()[1..];
        let len = name_len(after);
        let name = &after[..len];
        if len > 0 && after[len..].starts_with(':') {
            self.at += 1 + len;
            return TokenKind::Atom(FormKind::Keyword(name.to_owned()));
        }
        if len > 0 && self.ends_atom_at(start + 1 + len) {
            let keyword = TokenKind::Atom(FormKind::Keyword(name.to_owned()));
            return self.finish_atom(1 + len, keyword);
        }
        let run = self.run();
        self.at += run.len();
        let span = self.span_from(start);
        let (message, help) = keyword_fault(run, len);
        self.report(
            codes::BAD_KEYWORD,
            ParseErrorKind::InvalidInput,
            span,
            message,
        )
        .help = help;
        TokenKind::Damaged
    }

    fn scan_context_name(&mut self) -> TokenKind {
        let start = self.at;
        let run = self.run();
        let after = &run[1..];
        let name = after.strip_prefix(':').unwrap_or(after);
        if is_name(name) {
            self.at += run.len();
            self.require_gap();
            return TokenKind::ContextName(name.to_owned());
        }
        self.at += run.len();
        let span = self.span_from(start);
        let help = if name.is_empty() && self.rest().starts_with(['(', '[', '{']) {
            "`@` looks a name up in the host context, it never dereferences: remove it"
        } else {
            "write the name directly after it: `@name`"
        };
        let message = "`@` needs a name after it";
        self.report(
            codes::BAD_CONTEXT_NAME,
            ParseErrorKind::UnexpectedRule,
            span,
            message,
        )
        .help = Some(help.into());
        TokenKind::Damaged
    }

    fn scan_ampersand(&mut self) -> TokenKind {
        let start = self.at;
        let run = self.run();
        self.at += run.len();
        if run == "&" {
            self.require_gap();
            return TokenKind::Atom(FormKind::Ampersand);
        }
        let span = Span::new(offset(start), offset(start + 1));
        let help = if is_name(&run[1..]) {
            format!("put a space after it: `& {}`", &run[1..])
        } else {
            "put spaces around it".to_owned()
        };
        let message = format!("`&` cannot be part of the name {}", shown(run));
        self.report(codes::BAD_NAME, ParseErrorKind::InvalidInput, span, message)
            .help = Some(help);
        TokenKind::Damaged
    }

    fn scan_dot(&mut self) -> TokenKind {
        let run = self.run();
        let name = &run[1..];
        if name.starts_with(|c: char| c.is_ascii_digit()) {
            return self.scan_number();
        }
        let start = self.at;
        self.at += run.len();
        if is_name(name) && !name.contains(':') {
            self.require_gap();
            return TokenKind::Method(name.to_owned());
        }
        let span = self.span_from(start);
        let message = format!("{} is not a name", shown(run));
        self.report(codes::BAD_NAME, ParseErrorKind::InvalidInput, span, message)
            .help = Some("a name does not begin with `.`, except in `(.name target …)`".into());
        TokenKind::Damaged
    }

    /// Reports an atom that the next text is glued to.
    fn require_gap(&mut self) {
        if self.is_boundary_at(self.at) {
            return;
        }
        let next = self.rest().chars().next().unwrap_or_default();
        let start = self.at;
        let span = Span::new(offset(start), offset(start + next.len_utf8()));
        let in_map = next == ':' && self.is_boundary_at(start + 1);
        if in_map {
            // The colon of `{"a": 1}`: one report is enough.
            self.at += 1;
        }
        let help = if in_map {
            "the keys and values of a map are separated by white space: `{\"a\" 1}`"
        } else {
            "put a space between them"
        };
        let message = format!("missing space before {}", char_name(next));
        let found = self.report(codes::NO_GAP, ParseErrorKind::InvalidInput, span, message);
        found.label = Some("glued to the form before it".into());
        found.help = Some(help.into());
    }
}

/// How many tokens are looked at to judge a closing bracket of the wrong kind. Most top-level
/// forms are shorter.
const LOOK_AHEAD: usize = 10_000;

/// The beginning of every resource handle.
pub(crate) const RESOURCE_SCHEME: &str = "resource://";

/// The head of the list that `@name` reads as: the only symbol with a colon that is no version.
const CONTEXT_HEAD: &str = "resource:ref";

const UUID_LEN: usize = 36;

/// How far a resource handle at the beginning of `text` goes.
pub(crate) fn resource_len(text: &str) -> usize {
    text.find(is_boundary).unwrap_or(text.len())
}

fn symbol(name: &str) -> TokenKind {
    TokenKind::Atom(FormKind::Symbol(name.to_owned()))
}

/// Offsets fit: the reader refuses texts beyond `MAX_SOURCE_BYTES`.
pub(crate) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn is_white(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n' | ',')
}

fn is_boundary(c: char) -> bool {
    is_white(c) || matches!(c, '(' | ')' | '[' | ']' | '{' | '}' | ';')
}

fn is_bare_fraction(text: &str) -> bool {
    text.strip_prefix('.')
        .is_some_and(|digits| digits.starts_with(|c: char| c.is_ascii_digit()))
}

/// Why a run that begins with `:` is no keyword: message and help.
fn keyword_fault(run: &str, name_len: usize) -> (String, Option<String>) {
    let after = &run[1..];
    if after.is_empty() {
        let help = "a keyword is a name after the colon, without quotes: `:name`";
        return (
            "`:` before a string is not a keyword".into(),
            Some(help.into()),
        );
    }
    let message = format!("{} is not a keyword", shown(run));
    let plain = after.trim_start_matches(':');
    let help = if plain.len() < after.len() {
        is_name(plain).then(|| format!("write one colon: `:{plain}`"))
    } else if after.starts_with(|c: char| c.is_ascii_digit()) {
        Some("the name of a keyword does not begin with a digit".into())
    } else {
        let offender = after[name_len..].chars().next().unwrap_or_default();
        Some(format!("{} cannot be part of a name", char_name(offender)))
    };
    (message, help)
}
