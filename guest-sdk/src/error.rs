//! Errors a guest raises, and errors its host answers.

use crate::bindings::rtfs::module::types;
use rtfs_value::{Value, cbor};
use std::fmt;

/// An error as RTFS programs see it: class, kind keyword, message, data.
///
/// ```
/// use rtfs_guest::Error;
///
/// let error = Error::raised("too-long", "the text is too long");
/// assert_eq!(error.kind(), "too-long");
/// assert_eq!(error.to_string(), "the text is too long");
/// ```
#[derive(Clone)]
pub struct Error {
    class: String,
    kind: String,
    message: String,
    data: Value,
    node: Option<u32>,
    stack: Vec<String>,
}

impl Error {
    /// An error of the module's own, with a kind keyword that programs can catch.
    ///
    /// ```
    /// # use rtfs_guest::Error;
    /// assert_eq!(Error::raised("no-such-word", "…").class(), "ApplicationError");
    /// ```
    pub fn raised(kind: &str, message: &str) -> Self {
        Self::new("ApplicationError", kind, message)
    }

    /// An argument is of the right type and still wrong.
    ///
    /// ```
    /// # use rtfs_guest::Error;
    /// let error = Error::invalid_argument("the width must be positive");
    /// assert_eq!(error.to_string(), "Invalid argument: the width must be positive");
    /// ```
    pub fn invalid_argument(message: &str) -> Self {
        Self::new(
            "InvalidArgument",
            "invalid-argument",
            &format!("Invalid argument: {message}"),
        )
    }

    /// A value has another type than it should. `context` names the place, e.g. `param text`.
    ///
    /// ```
    /// # use rtfs_guest::{Error, Value};
    /// let error = Error::type_validation("param n", ":int", &Value::string("x"));
    /// assert_eq!(
    ///     error.to_string(),
    ///     "Type validation error: param n: Type mismatch: expected :int, got string",
    /// );
    /// ```
    pub fn type_validation(context: &str, expected: &str, got: &Value) -> Self {
        let got = got.type_name();
        Self::new(
            "TypeValidationError",
            "type-validation-error",
            &format!(
                "Type validation error: {context}: Type mismatch: expected {expected}, got {got}"
            ),
        )
    }

    /// A function was called with the wrong number of arguments.
    ///
    /// ```
    /// # use rtfs_guest::Error;
    /// let error = Error::arity("words", 1, 3);
    /// assert_eq!(error.to_string(), "Arity mismatch in words: expected 1, got 3");
    /// ```
    pub fn arity(function: &str, expected: usize, got: usize) -> Self {
        Self::new(
            "ArityMismatch",
            "arity-mismatch",
            &format!("Arity mismatch in {function}: expected {expected}, got {got}"),
        )
    }

    /// Bytes are no artifact of the target that an [`crate::Executor`] runs.
    ///
    /// ```
    /// # use rtfs_guest::Error;
    /// assert_eq!(Error::invalid_artifact("it is empty").class(), "InvalidArtifact");
    /// ```
    pub fn invalid_artifact(message: &str) -> Self {
        let message = format!("Invalid artifact: {message}");
        Self::new("InvalidArtifact", "invalid-artifact", &message)
    }

    /// More calls are pending than `limit`, which `limits` told.
    ///
    /// ```
    /// # use rtfs_guest::Error;
    /// assert_eq!(Error::stack_overflow(100).class(), "StackOverflow");
    /// ```
    pub fn stack_overflow(limit: u32) -> Self {
        rtfs_value::Error::stack_overflow(limit).into()
    }

    /// An error of any class. Prefer the specific constructors.
    ///
    /// ```
    /// # use rtfs_guest::Error;
    /// let error = Error::new("IoError", "io-error", "I/O error: disk full");
    /// assert_eq!(error.class(), "IoError");
    /// ```
    pub fn new(class: &str, kind: &str, message: &str) -> Self {
        Self {
            class: class.to_owned(),
            kind: kind.to_owned(),
            message: message.to_owned(),
            data: Value::NIL,
            node: None,
            stack: Vec::new(),
        }
    }

    /// The same error with data, which programs read with `(:data e)`.
    ///
    /// ```
    /// # use rtfs_guest::{Error, Value};
    /// let error = Error::raised("too-long", "…").with_data(Value::int(80));
    /// assert_eq!(error.data().as_int(), Some(80));
    /// ```
    #[must_use]
    pub fn with_data(mut self, data: Value) -> Self {
        self.data = data;
        self
    }

    /// The class name, e.g. `InvalidArgument`.
    ///
    /// ```
    /// # use rtfs_guest::Error;
    /// assert_eq!(Error::invalid_argument("…").class(), "InvalidArgument");
    /// ```
    pub fn class(&self) -> &str {
        &self.class
    }

    /// The kind keyword without its colon.
    ///
    /// ```
    /// # use rtfs_guest::Error;
    /// assert_eq!(Error::invalid_argument("…").kind(), "invalid-argument");
    /// ```
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The data; nil when there are none.
    ///
    /// ```
    /// # use rtfs_guest::Error;
    /// assert!(Error::invalid_argument("…").data().is_nil());
    /// ```
    pub fn data(&self) -> &Value {
        &self.data
    }

    /// The same error, raised at a node of a program: for modules that run programs.
    ///
    /// ```
    /// # use rtfs_guest::Error;
    /// assert_eq!(Error::invalid_argument("…").at_node(7).node(), Some(7));
    /// ```
    #[must_use]
    pub fn at_node(mut self, node: u32) -> Self {
        self.node = Some(node);
        self
    }

    /// The node of the program at which it was raised, where that is known.
    ///
    /// ```
    /// # use rtfs_guest::Error;
    /// assert_eq!(Error::invalid_argument("…").node(), None);
    /// ```
    pub fn node(&self) -> Option<u32> {
        self.node
    }

    /// The same error after it left a function. The outermost is named last, and no more than 50
    /// are kept. [`crate::module!`] does this for exported functions.
    ///
    /// ```
    /// # use rtfs_guest::Error;
    /// let error = Error::invalid_argument("…").leaving("inner").leaving("outer");
    /// assert_eq!(error.stack(), ["inner", "outer"]);
    /// ```
    #[must_use]
    pub fn leaving(mut self, function: &str) -> Self {
        if self.stack.len() < MAX_FRAMES {
            self.stack.push(function.to_owned());
        }
        self
    }

    /// The functions it left, innermost first.
    ///
    /// ```
    /// # use rtfs_guest::Error;
    /// assert!(Error::invalid_argument("…").stack().is_empty());
    /// ```
    pub fn stack(&self) -> &[String] {
        &self.stack
    }

    /// The error as it leaves the component.
    pub(crate) fn leave(self) -> types::Error {
        types::Error {
            class: self.class,
            kind: self.kind,
            message: self.message,
            // Data nested too deeply to be encoded are left out rather than hiding the error.
            data: cbor::encode(&self.data).unwrap_or_else(|_| nil()),
            node: self.node.unwrap_or(u32::MAX),
            stack: self.stack,
        }
    }

    #[cfg(target_family = "wasm")]
    pub(crate) fn from_host(error: crate::bindings::rtfs::host::capability::Error) -> Self {
        Self {
            data: cbor::decode(&error.data).unwrap_or(Value::NIL),
            ..Self::new(&error.class, &error.kind, &error.message)
        }
    }
}

/// Most function names kept per error, here as everywhere.
const MAX_FRAMES: usize = 50;

/// The encoding of nil.
pub(crate) fn nil() -> Vec<u8> {
    vec![0xf6]
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("class", &self.class)
            .field("kind", &self.kind)
            .field("message", &self.message)
            .field("data", &rtfs_value::readable(&self.data))
            .finish()
    }
}

impl std::error::Error for Error {}

impl From<rtfs_value::Error> for Error {
    fn from(error: rtfs_value::Error) -> Self {
        Self {
            class: error.class_name().to_owned(),
            kind: error.kind_keyword().to_owned(),
            message: error.text().to_owned(),
            data: error.data(),
            node: error.node(),
            stack: error.stack(),
        }
    }
}

/// Back into an error of the evaluator, for modules that run programs. Classes that RTFS does not
/// have become `Host`.
impl From<Error> for rtfs_value::Error {
    fn from(error: Error) -> Self {
        let class = rtfs_value::error::ErrorKind::from_class(&error.class);
        let class = class.unwrap_or(rtfs_value::error::ErrorKind::Host);
        Self::with_data(class, &error.message, error.data, Some(&error.kind))
    }
}
