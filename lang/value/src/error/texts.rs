//! The texts of errors, one constructor per kind.

use super::{Error, ErrorKind};
use crate::print::write_int;
use crate::tag;
use crate::text::{self, Text};
use crate::value::Value;
use alloc::string::String;
use core::ptr::NonNull;

/// Stands for a text in a template.
const TEXT: u8 = b'~';
/// Stands for a number in a template.
const NUMBER: u8 = b'#';

#[inline(never)]
fn append(text: &mut NonNull<Text>, more: &str) {
    // SAFETY: nobody shares the text.
    unsafe { text::append_bytes(text, more.as_bytes(), text::count_chars(more)) };
}

/// Appends the digits of a number.
fn append_number(text: &mut NonNull<Text>, n: usize) {
    const DIGITS: &str = "0123456789";
    if n > 9 {
        append_number(text, n / 10);
    }
    append(text, DIGITS.get(n % 10..=n % 10).unwrap_or_default());
}

impl Error {
    /// An error whose text is the template with the texts and numbers in their places.
    #[inline(never)]
    fn filled(kind: ErrorKind, template: &str, texts: &[&str], numbers: &[usize]) -> Self {
        let mut text = text::with_capacity(64);
        let (mut text_count, mut number_count) = (0, 0);
        let (mut start, mut end) = (0, 0);
        loop {
            let byte = template.as_bytes().get(end).copied();
            if matches!(byte, None | Some(TEXT | NUMBER)) {
                // SAFETY: both ends are beside ASCII characters, or ends of the template.
                append(&mut text, unsafe { template.get_unchecked(start..end) });
                start = end + 1;
            }
            match byte {
                None => break,
                Some(TEXT) => {
                    append(
                        &mut text,
                        texts.get(text_count).copied().unwrap_or_default(),
                    );
                    text_count += 1;
                }
                Some(NUMBER) => {
                    append_number(
                        &mut text,
                        numbers.get(number_count).copied().unwrap_or_default(),
                    );
                    number_count += 1;
                }
                Some(_) => {}
            }
            end += 1;
        }
        let text = Value::heap(tag::STRING, text);
        Self::build(kind, text, Value::NIL, Value::NIL)
    }

    /// `Type error in OP: expected X, got Y`
    #[cold]
    pub fn type_error(operation: &str, expected: &str, actual: &str) -> Self {
        Self::filled(
            ErrorKind::TypeError,
            "Type error in ~: expected ~, got ~",
            &[operation, expected, actual],
            &[],
        )
    }

    /// `Undefined symbol: NAME`
    #[cold]
    pub fn undefined_symbol(name: &str) -> Self {
        Self::filled(
            ErrorKind::UndefinedSymbol,
            "Undefined symbol: ~",
            &[name],
            &[],
        )
    }

    /// `Symbol not found: NAME`
    #[cold]
    pub fn symbol_not_found(name: &str) -> Self {
        Self::filled(
            ErrorKind::SymbolNotFound,
            "Symbol not found: ~",
            &[name],
            &[],
        )
    }

    /// `Arity mismatch in F: expected E, got N`, where E is `2`, `at least 1` (no maximum) or
    /// `1 to 3`.
    #[cold]
    pub fn arity(function: &str, min: usize, max: Option<usize>, actual: usize) -> Self {
        let at_least = if max.is_none() { "at least " } else { "" };
        let max = max.filter(|max| *max != min);
        let template = match max {
            Some(_) => "Arity mismatch in ~: expected # to #, got #",
            None => "Arity mismatch in ~: expected ~#, got #",
        };
        Self::filled(
            ErrorKind::ArityMismatch,
            template,
            &[function, at_least],
            &[min, max.unwrap_or(actual), actual],
        )
    }

    /// [`Error::arity`] with any words for the expected count.
    #[cold]
    pub fn arity_text(function: &str, expected: &str, actual: usize) -> Self {
        Self::filled(
            ErrorKind::ArityMismatch,
            "Arity mismatch in ~: expected ~, got #",
            &[function, expected],
            &[actual],
        )
    }

    /// `Invalid argument: MESSAGE`
    #[cold]
    pub fn invalid_argument(message: &str) -> Self {
        Self::filled(
            ErrorKind::InvalidArgument,
            "Invalid argument: ~",
            &[message],
            &[],
        )
    }

    /// `Division by zero`
    #[cold]
    pub fn division_by_zero() -> Self {
        Self::new(ErrorKind::DivisionByZero, "Division by zero")
    }

    /// `Integer overflow in OP`
    #[cold]
    pub fn overflow(operation: &str) -> Self {
        Self::filled(
            ErrorKind::Overflow,
            "Integer overflow in ~",
            &[operation],
            &[],
        )
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
        Self::filled(
            ErrorKind::KeyNotFound,
            "Key not found: ~",
            &[&crate::readable(key)],
            &[],
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
        Self::filled(ErrorKind::ModuleError, "Module error: ~", &[message], &[])
    }

    /// `Module not found: NAME`
    #[cold]
    pub fn module_not_found(name: &str) -> Self {
        Self::filled(
            ErrorKind::ModuleNotFound,
            "Module not found: ~",
            &[name],
            &[],
        )
    }

    /// `JSON error: MESSAGE`
    #[cold]
    pub fn json(message: &str) -> Self {
        Self::filled(ErrorKind::JsonError, "JSON error: ~", &[message], &[])
    }

    /// `Stack overflow: maximum recursion depth (N) exceeded`
    #[cold]
    pub fn stack_overflow(limit: u32) -> Self {
        Self::filled(
            ErrorKind::StackOverflow,
            "Stack overflow: maximum recursion depth (#) exceeded",
            &[],
            &[limit as usize],
        )
    }

    /// `Invalid program: MESSAGE`
    #[cold]
    pub fn invalid_program(message: &str) -> Self {
        Self::filled(
            ErrorKind::InvalidProgram,
            "Invalid program: ~",
            &[message],
            &[],
        )
    }

    /// `Not implemented: NAME`
    #[cold]
    pub fn not_implemented(name: &str) -> Self {
        Self::filled(
            ErrorKind::NotImplemented,
            "Not implemented: ~",
            &[name],
            &[],
        )
    }

    /// `Runtime error: MESSAGE`
    #[cold]
    pub fn runtime(message: &str) -> Self {
        Self::filled(ErrorKind::Generic, "Runtime error: ~", &[message], &[])
    }

    /// An error of the program: the message alone, data (or `nil`), and a kind keyword of its own.
    #[cold]
    pub fn application(message: &str, data: Value, keyword: Option<&str>) -> Self {
        Self::with_data(ErrorKind::ApplicationError, message, data, keyword)
    }

    /// `Type validation error: CONTEXT: DETAIL`
    #[cold]
    pub fn type_validation(context: &str, detail: &str) -> Self {
        Self::filled(
            ErrorKind::TypeValidationError,
            "Type validation error: ~: ~",
            &[context, detail],
            &[],
        )
    }

    /// `Type validation error: CONTEXT: Type mismatch: expected TYPE, got KIND`
    #[cold]
    pub fn kind_mismatch(context: &str, ty: &str, kind: &str) -> Self {
        Self::filled(
            ErrorKind::TypeValidationError,
            "Type validation error: ~: Type mismatch: expected ~, got ~",
            &[context, ty, kind],
            &[],
        )
    }

    /// What a host that knows no capabilities answers.
    #[cold]
    pub fn unknown_capability(name: &str) -> Self {
        Self::filled(
            ErrorKind::UnknownCapability,
            "Capability '~' not available in pure RTFS mode. Use CCOS host for full capability \
             support.",
            &[name],
            &[],
        )
    }

    /// `Security violation: OP operation on capability 'C' not allowed in context: CONTEXT`
    #[cold]
    pub fn security_violation(operation: &str, capability: &str, context: &str) -> Self {
        Self::filled(
            ErrorKind::SecurityViolation,
            "Security violation: ~ operation on capability '~' not allowed in context: ~",
            &[operation, capability, context],
            &[],
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
        let mut error = Self::filled(
            ErrorKind::BudgetExhausted,
            "Budget exhausted: ~",
            &[dimension],
            &[],
        );
        error.set_data(Value::string(policy));
        error
    }

    /// A defect of the engine; no program mistake gives this.
    #[cold]
    pub fn internal(message: &str) -> Self {
        Self::filled(
            ErrorKind::InternalError,
            "Internal error: ~",
            &[message],
            &[],
        )
    }
}
