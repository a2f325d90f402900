//! The texts of errors, one constructor per kind.

use super::{Error, ErrorKind};
use crate::print::{DIGITS, digits, write_int};
use crate::tag;
use crate::text::{self, Text};
use crate::value::Value;
use alloc::string::String;
use core::ptr::NonNull;

/// A text that is put together.
struct Message(NonNull<Text>);

impl Message {
    fn new() -> Self {
        Self(text::with_capacity(64))
    }

    #[inline(never)]
    fn add(&mut self, part: &str) -> &mut Self {
        // SAFETY: nobody shares the text.
        unsafe { text::append_bytes(&mut self.0, part.as_bytes(), text::count_chars(part)) };
        self
    }

    fn number(&mut self, n: usize) -> &mut Self {
        self.add(digits(n as u64, &mut [0; DIGITS]))
    }

    /// The error. The message is used up.
    fn error(&mut self, kind: ErrorKind) -> Error {
        let text = Value::heap(tag::STRING, self.0);
        Error::build(kind, text, Value::NIL, Value::NIL)
    }
}

impl Error {
    fn from_parts(kind: ErrorKind, parts: &[&str]) -> Self {
        let mut message = Message::new();
        for part in parts {
            message.add(part);
        }
        message.error(kind)
    }

    /// `Type error in OP: expected X, got Y`
    #[cold]
    pub fn type_error(operation: &str, expected: &str, actual: &str) -> Self {
        Self::from_parts(
            ErrorKind::TypeError,
            &[
                "Type error in ",
                operation,
                ": expected ",
                expected,
                ", got ",
                actual,
            ],
        )
    }

    /// `Undefined symbol: NAME`
    #[cold]
    pub fn undefined_symbol(name: &str) -> Self {
        Self::from_parts(ErrorKind::UndefinedSymbol, &["Undefined symbol: ", name])
    }

    /// `Symbol not found: NAME`
    #[cold]
    pub fn symbol_not_found(name: &str) -> Self {
        Self::from_parts(ErrorKind::SymbolNotFound, &["Symbol not found: ", name])
    }

    /// `Arity mismatch in F: expected E, got N`, where E is `2`, `at least 1` (no maximum) or
    /// `1 to 3`.
    #[cold]
    pub fn arity(function: &str, min: usize, max: Option<usize>, actual: usize) -> Self {
        let mut message = Message::new();
        message
            .add("Arity mismatch in ")
            .add(function)
            .add(": expected ");
        if max.is_none() {
            message.add("at least ");
        }
        message.number(min);
        if let Some(max) = max.filter(|max| *max != min) {
            message.add(" to ").number(max);
        }
        message.add(", got ").number(actual);
        message.error(ErrorKind::ArityMismatch)
    }

    /// [`Error::arity`] with any words for the expected count.
    #[cold]
    pub fn arity_text(function: &str, expected: &str, actual: usize) -> Self {
        let mut message = Message::new();
        message
            .add("Arity mismatch in ")
            .add(function)
            .add(": expected ")
            .add(expected)
            .add(", got ")
            .number(actual);
        message.error(ErrorKind::ArityMismatch)
    }

    /// `Invalid argument: MESSAGE`
    #[cold]
    pub fn invalid_argument(message: &str) -> Self {
        Self::from_parts(ErrorKind::InvalidArgument, &["Invalid argument: ", message])
    }

    /// `Division by zero`
    #[cold]
    pub fn division_by_zero() -> Self {
        Self::new(ErrorKind::DivisionByZero, "Division by zero")
    }

    /// `Integer overflow in OP`
    #[cold]
    pub fn overflow(operation: &str) -> Self {
        Self::from_parts(ErrorKind::Overflow, &["Integer overflow in ", operation])
    }

    /// `Index I out of bounds for collection of length N`
    #[cold]
    pub fn index_out_of_bounds(index: i64, length: usize) -> Self {
        let mut text = String::from("Index ");
        write_int(index, &mut text);
        text.push_str(" out of bounds for collection of length ");
        write_int(length as i64, &mut text);
        Self::new(ErrorKind::IndexOutOfBounds, &text)
    }

    /// `Key not found: K`
    #[cold]
    pub fn key_not_found(key: &Value) -> Self {
        Self::from_parts(
            ErrorKind::KeyNotFound,
            &["Key not found: ", &crate::readable(key)],
        )
    }

    /// `Match error: No matching clause`
    #[cold]
    pub fn no_matching_clause() -> Self {
        Self::new(ErrorKind::MatchError, "Match error: No matching clause")
    }

    /// `Module error: MESSAGE`
    #[cold]
    pub fn module(message: &str) -> Self {
        Self::from_parts(ErrorKind::ModuleError, &["Module error: ", message])
    }

    /// `Module not found: NAME`
    #[cold]
    pub fn module_not_found(name: &str) -> Self {
        Self::from_parts(ErrorKind::ModuleNotFound, &["Module not found: ", name])
    }

    /// `JSON error: MESSAGE`
    #[cold]
    pub fn json(message: &str) -> Self {
        Self::from_parts(ErrorKind::JsonError, &["JSON error: ", message])
    }

    /// `Stack overflow: maximum recursion depth (N) exceeded`
    #[cold]
    pub fn stack_overflow(limit: u32) -> Self {
        let mut message = Message::new();
        message
            .add("Stack overflow: maximum recursion depth (")
            .number(limit as usize)
            .add(") exceeded");
        message.error(ErrorKind::StackOverflow)
    }

    /// `Invalid program: MESSAGE`
    #[cold]
    pub fn invalid_program(message: &str) -> Self {
        Self::from_parts(ErrorKind::InvalidProgram, &["Invalid program: ", message])
    }

    /// `Not implemented: NAME`
    #[cold]
    pub fn not_implemented(name: &str) -> Self {
        Self::from_parts(ErrorKind::NotImplemented, &["Not implemented: ", name])
    }

    /// `Runtime error: MESSAGE`
    #[cold]
    pub fn runtime(message: &str) -> Self {
        Self::from_parts(ErrorKind::Generic, &["Runtime error: ", message])
    }

    /// An error of the program: the message alone, data (or `nil`), and a kind keyword of its own.
    #[cold]
    pub fn application(message: &str, data: Value, keyword: Option<&str>) -> Self {
        Self::with_data(ErrorKind::ApplicationError, message, data, keyword)
    }

    /// `Type validation error: CONTEXT: DETAIL`
    #[cold]
    pub fn type_validation(context: &str, detail: &str) -> Self {
        Self::from_parts(
            ErrorKind::TypeValidationError,
            &["Type validation error: ", context, ": ", detail],
        )
    }

    /// `Type validation error: CONTEXT: Type mismatch: expected TYPE, got KIND`
    #[cold]
    pub fn kind_mismatch(context: &str, ty: &str, kind: &str) -> Self {
        Self::from_parts(
            ErrorKind::TypeValidationError,
            &[
                "Type validation error: ",
                context,
                ": Type mismatch: expected ",
                ty,
                ", got ",
                kind,
            ],
        )
    }

    /// What a host that knows no capabilities answers.
    #[cold]
    pub fn unknown_capability(name: &str) -> Self {
        Self::from_parts(
            ErrorKind::UnknownCapability,
            &[
                "Capability '",
                name,
                "' not available in pure RTFS mode. Use CCOS host for full capability support.",
            ],
        )
    }

    /// `Security violation: OP operation on capability 'C' not allowed in context: CONTEXT`
    #[cold]
    pub fn security_violation(operation: &str, capability: &str, context: &str) -> Self {
        Self::from_parts(
            ErrorKind::SecurityViolation,
            &[
                "Security violation: ",
                operation,
                " operation on capability '",
                capability,
                "' not allowed in context: ",
                context,
            ],
        )
    }

    /// Any other failure of a host, with the keyword it gives.
    #[cold]
    pub fn host(message: &str, data: Value, keyword: Option<&str>) -> Self {
        Self::with_data(ErrorKind::Host, message, data, keyword)
    }

    /// `Budget exhausted: DIMENSION`; the policy is in the data.
    #[cold]
    pub fn budget(dimension: &str, policy: &str) -> Self {
        let mut error = Self::from_parts(
            ErrorKind::BudgetExhausted,
            &["Budget exhausted: ", dimension],
        );
        error.set_data(Value::string(policy));
        error
    }

    /// A defect of the engine; no program mistake gives this.
    #[cold]
    pub fn internal(message: &str) -> Self {
        Self::from_parts(ErrorKind::InternalError, &["Internal error: ", message])
    }
}
