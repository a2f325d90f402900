//! Compares an answer with what its case states.

use rtfs_syntax::case_file::{Directives, Expectation};
use std::fmt;

use crate::engine::{Answer, Engine, EvaluatorEngine};

/// How an answer differs from its case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// What the case states, in its own notation.
    pub expected: String,
    /// What the engine answered, in the same notation.
    pub actual: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, got {}", self.expected, self.actual)
    }
}

/// Compares. Values are compared by their readable texts, which tell `1` from `1.0` and a list
/// from a vector; an error by class, and by text where the case gives one.
///
/// # Errors
///
/// What differs.
pub fn judge(expectation: &Expectation, answer: &Answer) -> Result<(), Mismatch> {
    let expected = normal_form(expectation);
    let fits = match (expectation, answer) {
        (Expectation::Value(_), Answer::Value(text)) => *text == expected,
        (Expectation::Error { kind, text }, Answer::Raised { class, text: got }) => {
            kind == class && text.as_ref().is_none_or(|text| text == got)
        }
        _ => false,
    };
    if fits {
        return Ok(());
    }
    Err(Mismatch {
        expected,
        actual: notation(answer),
    })
}

pub(crate) fn notation(answer: &Answer) -> String {
    match answer {
        Answer::Value(text) => text.clone(),
        Answer::Raised { class, text } => format!("!{class} {text:?}"),
        Answer::Broken(text) => format!("no answer: {text}"),
    }
}

/// The expectation as the engine would print it: `1e3` is stated, `1000.0` is printed.
fn normal_form(expectation: &Expectation) -> String {
    match expectation {
        Expectation::Value(source) => printed(source).unwrap_or_else(|| source.clone()),
        Expectation::Error { kind, text: None } => format!("!{kind}"),
        Expectation::Error {
            kind,
            text: Some(text),
        } => format!("!{kind} {text:?}"),
    }
}

/// Reads a literal and prints it; `None` for what cannot be read back, such as `#<function>`.
fn printed(source: &str) -> Option<String> {
    let read = rtfs_syntax::read(&format!("(quote {source}\n)"));
    if !read.diagnostics.is_empty() {
        return None;
    }
    let lowered = rtfs_ir::lower(&read.forms, &rtfs_eval::lower_options());
    match EvaluatorEngine
        .run(&lowered.program?, &Directives::default())
        .answer
    {
        Answer::Value(text) => Some(text),
        Answer::Raised { .. } | Answer::Broken(_) => None,
    }
}
