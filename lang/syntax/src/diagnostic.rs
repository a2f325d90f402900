//! Diagnostics: what is wrong with a source text, where, and what to do about it.

use crate::{SourceText, Span};

/// A finding about a source text. Kept small enough to be returned in a `Result`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable code such as `E0010`; [`crate::explain`] knows those of the reader.
    pub code: &'static str,
    /// The kind, for programs that sort findings.
    pub kind: ParseErrorKind,
    /// Whether the text can still be used.
    pub severity: Severity,
    /// One sentence that says what is wrong.
    pub message: String,
    /// The text that is wrong.
    pub span: Span,
    /// A few words to stand beside the marked text.
    pub label: Option<Box<str>>,
    /// What to do next.
    pub help: Option<String>,
    /// Other places that explain the finding, with a few words each.
    pub related: Vec<(Span, String)>,
}

/// Several diagnostics, in the order of the text.
pub type Diagnostics = Vec<Diagnostic>;

/// How much a diagnostic matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The text can be used; something in it is probably not meant.
    Warning,
    /// The text cannot be used.
    Error,
}

impl Severity {
    /// `warning` or `error`.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// The kinds of errors that are found before a program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// Unbalanced or unknown text.
    InvalidInput,
    /// A form lacks a required part.
    MissingToken,
    /// A form stands where another is required.
    UnexpectedRule,
    /// A number out of range, a bad timestamp and the like.
    InvalidLiteral,
    /// A string escape that does not exist.
    InvalidEscapeSequence,
    /// Reader syntax that is reserved.
    UnsupportedRule,
    /// Everything else, with its own message.
    CustomError,
    /// A form of the language that this version does not have yet.
    NotImplemented,
    /// Static check: a value certainly does not fit a written type.
    TypeMismatch,
    /// Static check: an argument certainly does not fit a written parameter type.
    FunctionCallTypeMismatch,
    /// Static check: something that is certainly no function is called.
    NonFunctionCalled,
    /// Static check: a name has no definition.
    UnresolvedVariable,
    /// An error of running programs that was found before: a macro raised it while it was
    /// expanded, or a limit of expansion was reached.
    Raised(ErrorClass),
}

/// The class name of an error of running programs, such as `TypeError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ErrorClass(u8);

const CLASSES: [&str; 28] = [
    "Generic",
    "TypeError",
    "UndefinedSymbol",
    "SymbolNotFound",
    "ArityMismatch",
    "InvalidArgument",
    "DivisionByZero",
    "Overflow",
    "IndexOutOfBounds",
    "KeyNotFound",
    "MatchError",
    "ModuleError",
    "ModuleNotFound",
    "JsonError",
    "StackOverflow",
    "InvalidProgram",
    "NotImplemented",
    "ApplicationError",
    "TypeValidationError",
    "UnknownCapability",
    "SecurityViolation",
    "NetworkError",
    "IoError",
    "StorageError",
    "ResourceError",
    "HostError",
    "BudgetExhausted",
    "InternalError",
];

impl ErrorClass {
    /// The class with this name; `Generic` when there is none.
    pub fn named(name: &str) -> ErrorClass {
        let index = CLASSES.iter().position(|class| *class == name);
        ErrorClass(
            index
                .and_then(|index| u8::try_from(index).ok())
                .unwrap_or(0),
        )
    }

    /// The name.
    pub fn name(self) -> &'static str {
        CLASSES
            .get(usize::from(self.0))
            .copied()
            .unwrap_or(CLASSES[0])
    }
}

impl ParseErrorKind {
    /// The name, as in `InvalidInput`.
    pub fn name(self) -> &'static str {
        match self {
            ParseErrorKind::InvalidInput => "InvalidInput",
            ParseErrorKind::MissingToken => "MissingToken",
            ParseErrorKind::UnexpectedRule => "UnexpectedRule",
            ParseErrorKind::InvalidLiteral => "InvalidLiteral",
            ParseErrorKind::InvalidEscapeSequence => "InvalidEscapeSequence",
            ParseErrorKind::UnsupportedRule => "UnsupportedRule",
            ParseErrorKind::CustomError => "CustomError",
            ParseErrorKind::NotImplemented => "NotImplemented",
            ParseErrorKind::TypeMismatch => "TypeMismatch",
            ParseErrorKind::FunctionCallTypeMismatch => "FunctionCallTypeMismatch",
            ParseErrorKind::NonFunctionCalled => "NonFunctionCalled",
            ParseErrorKind::UnresolvedVariable => "UnresolvedVariable",
            ParseErrorKind::Raised(class) => class.name(),
        }
    }
}

/// Lines and columns of a span: both count from 1, columns in characters; the end is exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// Line of the first character.
    pub line: u32,
    /// Column of the first character.
    pub column: u32,
    /// Line of the position after the last character.
    pub end_line: u32,
    /// Column of the position after the last character.
    pub end_column: u32,
}

impl Location {
    /// The lines and columns of `span` in `source`.
    pub fn of(span: Span, source: &SourceText) -> Location {
        let (source, span) = source.locate(span);
        let (line, column) = source.line_column(span.start);
        let (end_line, end_column) = source.line_column(span.end);
        Location {
            line,
            column,
            end_line,
            end_column,
        }
    }
}

impl Diagnostic {
    /// An error.
    pub fn error(
        code: &'static str,
        kind: ParseErrorKind,
        message: impl Into<String>,
        span: Span,
    ) -> Diagnostic {
        Diagnostic {
            code,
            kind,
            severity: Severity::Error,
            message: message.into(),
            span,
            label: None,
            help: None,
            related: Vec::new(),
        }
    }

    /// A warning.
    pub fn warning(
        code: &'static str,
        kind: ParseErrorKind,
        message: impl Into<String>,
        span: Span,
    ) -> Diagnostic {
        Diagnostic {
            severity: Severity::Warning,
            ..Diagnostic::error(code, kind, message, span)
        }
    }

    /// The same with words beside the marked text.
    #[must_use]
    pub fn with_label(mut self, label: impl Into<Box<str>>) -> Diagnostic {
        self.label = Some(label.into());
        self
    }

    /// The same with a next step.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// The same with one more place that explains it.
    #[must_use]
    pub fn with_related(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.related.push((span, text.into()));
        self
    }

    /// Moves it `offset` bytes on.
    pub(crate) fn shift(&mut self, offset: u32) {
        self.span = self.span.shifted(offset);
        for (span, _) in &mut self.related {
            *span = span.shifted(offset);
        }
    }

    /// Whether it is an error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// Where it stands, in lines and columns.
    pub fn location(&self, source: &SourceText) -> Location {
        Location::of(self.span, source)
    }
}
