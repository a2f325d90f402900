//! Programs for the tests of backends.

use crate::backend::{self, Backend, Diagnostic};
use crate::export::map;
use rtfs_ir::Program;
use rtfs_value::Value;
use std::fmt;

/// The program of a source text, as a host lowers it: macros expanded, nothing optimised.
///
/// # Errors
///
/// The first thing that is wrong with the text.
///
/// ```
/// let program = rtfs_guest::testing::program("(defn double [n] (* 2 n))").unwrap();
/// assert_eq!(program.exports().len(), 1);
///
/// let error = rtfs_guest::testing::program("(defn").unwrap_err();
/// assert!(error.to_string().starts_with("the text"), "{error}");
/// ```
pub fn program(source: &str) -> Result<Program, SourceError> {
    let read = rtfs_syntax::read(source);
    let lowered = rtfs_ir::lower(&read.forms, &rtfs_eval::lower_options());
    let mut found = read.diagnostics.iter().chain(&lowered.diagnostics);
    if let Some(error) = found.find(|diagnostic| diagnostic.is_error()) {
        return Err(SourceError::Text(error.message.clone()));
    }
    lowered
        .program
        .ok_or_else(|| SourceError::Text("it gives no program".to_owned()))
}

/// Compiles a source text with a backend, with the options that a host sends by default. The
/// program goes to the backend in its encoding, as in a component.
///
/// # Errors
///
/// What is wrong with the text, or what the backend says.
///
/// ```
/// use rtfs_guest::testing::{self, SourceError};
/// use rtfs_guest::{Backend, Diagnostic, Ir, Options};
///
/// struct Count;
///
/// impl Backend for Count {
///     const TARGET_ID: &'static str = "number-of-exports";
///     const NAME: &'static str = "count";
///
///     fn version() -> &'static str {
///         "1.0.0"
///     }
///
///     fn compile(ir: &Ir<'_>, _options: &Options) -> Result<Vec<u8>, Vec<Diagnostic>> {
///         match ir.program()?.exports().len() {
///             0 => Err(vec![Diagnostic::unsupported("programs without functions")]),
///             n => Ok(n.to_string().into_bytes()),
///         }
///     }
/// }
///
/// assert_eq!(testing::compile::<Count>("(defn f [] 1) (defn g [] 2)").unwrap(), b"2");
/// let SourceError::Refused(reasons) = testing::compile::<Count>("1").unwrap_err() else {
///     panic!("the text is fine");
/// };
/// assert_eq!(reasons[0].code, "unsupported");
/// ```
pub fn compile<B: Backend>(source: &str) -> Result<Vec<u8>, SourceError> {
    let program = program(source)?;
    let level = rtfs_value::types::Level::Standard;
    let description = rtfs_ir::Description::of(&program, level).to_value("");
    let options = map([
        ("opt-level", Value::int(2)),
        ("validation", Value::keyword("standard")),
        ("description", description),
    ]);
    backend::compile::<B>(&program.encode(), &options).map_err(SourceError::Refused)
}

/// Why a source text gave no program or no artifact.
///
/// ```
/// # use rtfs_guest::testing::SourceError;
/// let error = SourceError::Text("unbalanced".to_owned());
/// assert_eq!(error.to_string(), "the text is no program: unbalanced");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SourceError {
    /// The text is no program.
    Text(String),
    /// The backend did not compile it.
    Refused(Vec<Diagnostic>),
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(message) => write!(f, "the text is no program: {message}"),
            Self::Refused(reasons) => {
                f.write_str("the backend refused the program")?;
                reasons
                    .iter()
                    .try_for_each(|reason| write!(f, "; {reason}"))
            }
        }
    }
}

impl std::error::Error for SourceError {}
