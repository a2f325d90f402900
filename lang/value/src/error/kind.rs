//! Kinds and families of errors.

use crate::pile::Pile;
use crate::words::word;

/// What went wrong, by class. Kind keywords are open; classes are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u32)]
pub enum ErrorKind {
    /// An operation got a value of the wrong kind.
    TypeError,
    /// A name nothing defines.
    UndefinedSymbol,
    /// A qualified name nothing exports.
    SymbolNotFound,
    /// Wrong number of arguments.
    ArityMismatch,
    /// An argument of the right kind that makes no sense.
    InvalidArgument,
    /// Division by zero.
    DivisionByZero,
    /// An integer result that needs more than 64 bits.
    Overflow,
    /// An index outside its collection.
    IndexOutOfBounds,
    /// A missing key.
    KeyNotFound,
    /// No clause of a `match` fits.
    MatchError,
    /// A defect of a source module.
    ModuleError,
    /// A source module that cannot be found.
    ModuleNotFound,
    /// Text or value that JSON cannot express.
    JsonError,
    /// Too many pending calls.
    StackOverflow,
    /// A program that is not one.
    InvalidProgram,
    /// A reserved form.
    NotImplemented,
    /// Anything else at run time.
    Generic,
    /// Raised by the program.
    ApplicationError,
    /// A value that does not fit its annotation.
    TypeValidationError,
    /// A capability the host does not know.
    UnknownCapability,
    /// A capability the host refuses.
    SecurityViolation,
    /// Network failure of a capability.
    NetworkError,
    /// Input or output failure of a capability.
    IoError,
    /// Storage failure of a capability.
    StorageError,
    /// Resource failure of a capability.
    ResourceError,
    /// Any other failure the host reports.
    Host,
    /// A budget is used up.
    BudgetExhausted,
    /// A defect of the engine.
    InternalError,
}

/// Groups of kinds that a class catch takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// `RuntimeError`
    Runtime,
    /// `ValidationError`
    Validation,
    /// `HostError`
    Host,
    /// `ArithmeticException`
    Arithmetic,
    /// `IllegalArgumentException`
    IllegalArgument,
    /// What no `catch` takes.
    Uncatchable,
}

impl ErrorKind {
    /// All kinds, in the order of the enumeration.
    pub const ALL: [Self; 28] = [
        Self::TypeError,
        Self::UndefinedSymbol,
        Self::SymbolNotFound,
        Self::ArityMismatch,
        Self::InvalidArgument,
        Self::DivisionByZero,
        Self::Overflow,
        Self::IndexOutOfBounds,
        Self::KeyNotFound,
        Self::MatchError,
        Self::ModuleError,
        Self::ModuleNotFound,
        Self::JsonError,
        Self::StackOverflow,
        Self::InvalidProgram,
        Self::NotImplemented,
        Self::Generic,
        Self::ApplicationError,
        Self::TypeValidationError,
        Self::UnknownCapability,
        Self::SecurityViolation,
        Self::NetworkError,
        Self::IoError,
        Self::StorageError,
        Self::ResourceError,
        Self::Host,
        Self::BudgetExhausted,
        Self::InternalError,
    ];

    /// Class name, as in exact-kind catches and reports.
    pub const fn class(self) -> &'static str {
        self.names().0
    }

    /// The kind keyword, without colon.
    pub const fn keyword(self) -> &'static str {
        self.names().1
    }

    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::TypeError => ("TypeError", "type-error"),
            Self::UndefinedSymbol => ("UndefinedSymbol", "undefined-symbol"),
            Self::SymbolNotFound => ("SymbolNotFound", "symbol-not-found"),
            Self::ArityMismatch => ("ArityMismatch", "arity-mismatch"),
            Self::InvalidArgument => ("InvalidArgument", "invalid-argument"),
            Self::DivisionByZero => ("DivisionByZero", "division-by-zero"),
            Self::Overflow => ("Overflow", "overflow"),
            Self::IndexOutOfBounds => ("IndexOutOfBounds", "index-out-of-bounds"),
            Self::KeyNotFound => ("KeyNotFound", "key-not-found"),
            Self::MatchError => ("MatchError", "match-error"),
            Self::ModuleError => ("ModuleError", "module-error"),
            Self::ModuleNotFound => ("ModuleNotFound", "module-not-found"),
            Self::JsonError => ("JsonError", "json-error"),
            Self::StackOverflow => ("StackOverflow", "stack-overflow"),
            Self::InvalidProgram => ("InvalidProgram", "invalid-program"),
            Self::NotImplemented => ("NotImplemented", "not-implemented"),
            Self::Generic => ("Generic", "runtime-error"),
            Self::ApplicationError => ("ApplicationError", "application-error"),
            Self::TypeValidationError => ("TypeValidationError", "type-validation-error"),
            Self::UnknownCapability => ("UnknownCapability", "unknown-capability"),
            Self::SecurityViolation => ("SecurityViolation", "security-violation"),
            Self::NetworkError => ("NetworkError", "network-error"),
            Self::IoError => ("IoError", "io-error"),
            Self::StorageError => ("StorageError", "storage-error"),
            Self::ResourceError => ("ResourceError", "resource-error"),
            Self::Host => ("HostError", "host-error"),
            Self::BudgetExhausted => ("BudgetExhausted", "budget-exhausted"),
            Self::InternalError => ("InternalError", "internal-error"),
        }
    }

    /// [`Self::class`], for components that have little room for static data.
    #[inline(always)]
    pub fn compact_class(self) -> &'static [u8] {
        compact_class(self as usize)
    }

    /// Adds [`Self::keyword`], made of the class.
    pub fn write_compact_keyword(self, keyword: &mut Pile<u8>) {
        let class = match self {
            Self::Generic => b"RuntimeError",
            _ => self.compact_class(),
        };
        for byte in class {
            if byte.is_ascii_uppercase() && !keyword.is_empty() {
                keyword.push(b'-');
            }
            keyword.push(byte | 0x20);
        }
    }

    /// Whether [`Self::from_class`] knows the name.
    pub(crate) fn is_class(name: &[u8]) -> bool {
        (0..Self::ALL.len()).any(|position| compact_class(position) == name)
    }

    /// The kind of a class name. `HostError` is both a family and the class of other host
    /// failures: catches look for [`Family::from_class`] first.
    pub fn from_class(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.class() == name)
    }

    /// The kind of a kind keyword (no colon); `None` for keywords that programs and hosts chose.
    pub fn from_keyword(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.keyword() == name)
    }

    /// Whether a class catch of this family takes the kind.
    pub const fn is_in(self, family: Family) -> bool {
        let uncatchable = matches!(self, Self::BudgetExhausted | Self::InternalError);
        match family {
            Family::Uncatchable => uncatchable,
            Family::Validation => matches!(self, Self::TypeValidationError),
            Family::Host => self.is_host(),
            Family::Runtime => {
                !uncatchable && !self.is_host() && !matches!(self, Self::TypeValidationError)
            }
            Family::Arithmetic => matches!(self, Self::DivisionByZero | Self::Overflow),
            Family::IllegalArgument => matches!(self, Self::ArityMismatch | Self::InvalidArgument),
        }
    }

    const fn is_host(self) -> bool {
        matches!(
            self,
            Self::UnknownCapability
                | Self::SecurityViolation
                | Self::NetworkError
                | Self::IoError
                | Self::StorageError
                | Self::ResourceError
                | Self::Host
        )
    }
}

/// All class names in the order of the enumeration, each with a space behind it.
const CLASSES: &str = "\
    TypeError UndefinedSymbol SymbolNotFound ArityMismatch InvalidArgument DivisionByZero \
    Overflow IndexOutOfBounds KeyNotFound MatchError ModuleError ModuleNotFound JsonError \
    StackOverflow InvalidProgram NotImplemented Generic ApplicationError \
    TypeValidationError UnknownCapability SecurityViolation NetworkError IoError \
    StorageError ResourceError HostError BudgetExhausted InternalError ";

#[inline(always)]
fn compact_class(position: usize) -> &'static [u8] {
    word(CLASSES, position).as_bytes()
}

impl Family {
    /// The class name of the family; `None` for [`Family::Uncatchable`].
    pub const fn class(self) -> Option<&'static str> {
        match self {
            Self::Runtime => Some("RuntimeError"),
            Self::Validation => Some("ValidationError"),
            Self::Host => Some("HostError"),
            Self::Arithmetic => Some("ArithmeticException"),
            Self::IllegalArgument => Some("IllegalArgumentException"),
            Self::Uncatchable => None,
        }
    }

    /// The family of a class name.
    pub fn from_class(name: &str) -> Option<Self> {
        [
            Self::Runtime,
            Self::Validation,
            Self::Host,
            Self::Arithmetic,
            Self::IllegalArgument,
        ]
        .into_iter()
        .find(|family| family.class() == Some(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compact_names_are_the_names() {
        for kind in ErrorKind::ALL {
            assert_eq!(kind.compact_class(), kind.class().as_bytes());
            let mut keyword = Pile::new();
            kind.write_compact_keyword(&mut keyword);
            assert_eq!(&keyword[..], kind.keyword().as_bytes());
            assert!(ErrorKind::is_class(kind.class().as_bytes()));
        }
        assert!(!ErrorKind::is_class(b"") && !ErrorKind::is_class(b"Other"));
    }
}
