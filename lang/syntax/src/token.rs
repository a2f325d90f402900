//! Tokens: what the lexer hands to the reader.

use crate::{FormKind, Span};

/// A piece of text that the reader handles as one.
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) span: Span,
    pub(crate) kind: TokenKind,
}

/// The kinds of tokens.
#[derive(Debug)]
pub(crate) enum TokenKind {
    /// `( [ {`, `#(`, `#timestamp(`, `#{`
    Open(Opener),
    /// `) ] }`
    Close(Bracket),
    /// `' `` ` `` ~ ~@`
    Prefix(Prefix),
    /// `^`
    Caret,
    /// A form without parts, `&` and `:` included.
    Atom(FormKind),
    /// `.name`, without the dot.
    Method(String),
    /// The symbol `resource:ref`, which is one symbol only at the head of a list.
    ContextHead,
    /// `@name`: a look-up in the host context.
    ContextName(String),
    /// `%&`
    PercentRest,
    /// Text that was reported; a form should have been here.
    Damaged,
    /// The end of the text.
    End,
}

/// The three kinds of brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bracket {
    Paren,
    Square,
    Curly,
}

impl Bracket {
    pub(crate) fn closer(self) -> char {
        match self {
            Bracket::Paren => ')',
            Bracket::Square => ']',
            Bracket::Curly => '}',
        }
    }
}

/// What an opening bracket begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opener {
    List,
    Vector,
    Map,
    ShortFn,
    Tagged(Tag),
    /// `#{`: reported, its items are read to find further errors.
    Set,
}

impl Opener {
    pub(crate) fn bracket(self) -> Bracket {
        match self {
            Opener::List | Opener::ShortFn | Opener::Tagged(_) => Bracket::Paren,
            Opener::Vector => Bracket::Square,
            Opener::Map | Opener::Set => Bracket::Curly,
        }
    }

    pub(crate) fn text(self) -> &'static str {
        match self {
            Opener::List => "(",
            Opener::Vector => "[",
            Opener::Map => "{",
            Opener::ShortFn => "#(",
            Opener::Tagged(Tag::Timestamp) => "#timestamp(",
            Opener::Tagged(Tag::Uuid) => "#uuid(",
            Opener::Tagged(Tag::Resource) => "#resource-handle(",
            Opener::Set => "#{",
        }
    }
}

/// The tags of tagged literals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    Timestamp,
    Uuid,
    Resource,
}

impl Tag {
    pub(crate) const NAMES: [&'static str; 3] = ["timestamp", "uuid", "resource-handle"];

    pub(crate) fn from_name(name: &str) -> Option<Tag> {
        match name {
            "timestamp" => Some(Tag::Timestamp),
            "uuid" => Some(Tag::Uuid),
            "resource-handle" => Some(Tag::Resource),
            _ => None,
        }
    }
}

/// The quote characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prefix {
    Quote,
    Quasiquote,
    Unquote,
    UnquoteSplicing,
}

impl Prefix {
    /// The characters.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Prefix::Quote => "'",
            Prefix::Quasiquote => "`",
            Prefix::Unquote => "~",
            Prefix::UnquoteSplicing => "~@",
        }
    }

    /// The head of the list that the prefix reads as.
    pub(crate) fn head(self) -> &'static str {
        match self {
            Prefix::Quote => "quote",
            Prefix::Quasiquote => "quasiquote",
            Prefix::Unquote => "unquote",
            Prefix::UnquoteSplicing => "unquote-splicing",
        }
    }
}
