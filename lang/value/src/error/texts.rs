//! The texts of errors, one constructor per kind.

use super::{Error, ErrorKind};
use crate::print::write_int;
use crate::value::Value;
use alloc::string::String;

fn joined(parts: &[&str]) -> String {
    parts.concat()
}

fn number(n: usize) -> String {
    let mut text = String::new();
    write_int(n as i64, &mut text);
    text
}

impl Error {
    fn from_parts(kind: ErrorKind, parts: &[&str]) -> Self {
        Self::new(kind, &joined(parts))
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
        let expected = match max {
            None => joined(&["at least ", &number(min)]),
            Some(max) if max == min => number(min),
            Some(max) => joined(&[&number(min), " to ", &number(max)]),
        };
        Self::arity_text(function, &expected, actual)
    }

    /// [`Error::arity`] with any words for the expected count.
    #[cold]
    pub fn arity_text(function: &str, expected: &str, actual: usize) -> Self {
        Self::from_parts(
            ErrorKind::ArityMismatch,
            &[
                "Arity mismatch in ",
                function,
                ": expected ",
                expected,
                ", got ",
                &number(actual),
            ],
        )
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
        Self::from_parts(
            ErrorKind::StackOverflow,
            &[
                "Stack overflow: maximum recursion depth (",
                &number(limit as usize),
                ") exceeded",
            ],
        )
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
        let text = joined(&["Budget exhausted: ", dimension]);
        Self::with_data(
            ErrorKind::BudgetExhausted,
            &text,
            Value::string(policy),
            None,
        )
    }

    /// A defect of the engine; no program mistake gives this.
    #[cold]
    pub fn internal(message: &str) -> Self {
        Self::from_parts(ErrorKind::InternalError, &["Internal error: ", message])
    }
}
