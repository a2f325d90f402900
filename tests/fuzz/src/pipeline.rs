//! The stages as targets call them: under limits, without a world outside.

use std::hash::{DefaultHasher, Hash, Hasher};

use rtfs_eval::{Host, HostCall, Limits, MacroRunner, Outcome, evaluate};
use rtfs_ir::{LowerOptions, LowerResult, MacroEvaluator, Program, lower};
use rtfs_syntax::{Diagnostic, Form, SourceText};
use rtfs_value::error::ErrorKind;
use rtfs_value::types::Level;
use rtfs_value::{Error, Value};

/// Steps of a program.
pub(crate) const STEPS: u64 = 20_000;
/// Steps of one macro call.
const MACRO_STEPS: u64 = 5_000;
const MEMORY_BYTES: usize = 32 << 20;
/// Pending calls.
const DEPTH: u32 = 1_000;

/// Macros under tight limits.
#[derive(Debug)]
struct BoundedMacros;

impl MacroEvaluator for BoundedMacros {
    fn apply(&self, function: &Program, args: Vec<Value>, steps: &mut u64) -> Result<Value, Error> {
        let granted = (*steps).min(MACRO_STEPS);
        let mut left = granted;
        let result = MacroRunner.apply(function, args, &mut left);
        *steps -= granted - left;
        result
    }
}

/// Lowers with macros.
pub(crate) fn lowered(forms: &[Form], static_checks: bool) -> LowerResult {
    let options = LowerOptions {
        macros: Some(&BoundedMacros),
        static_checks,
        ..LowerOptions::default()
    };
    lower(forms, &options)
}

/// The program of a text that reads and lowers without an error.
pub(crate) fn program(text: &str) -> Option<Program> {
    let read = rtfs_syntax::read(text);
    if !read.diagnostics.is_empty() {
        return None;
    }
    lowered(&read.forms, false).program
}

/// What every run may use.
pub(crate) fn limits() -> Limits {
    Limits {
        steps: Some(STEPS),
        depth: DEPTH,
        memory: Some(MEMORY_BYTES),
        host_calls: Some(1_000),
        validation: Level::Standard,
    }
}

/// A host that gives arguments back or fails.
pub(crate) struct EchoHost;

impl Host for EchoHost {
    fn execute_capability(&mut self, call: &HostCall) -> Result<Value, Error> {
        match call.capability_id.as_str() {
            "test.echo" => Ok(Value::list(call.args.iter().cloned())),
            "test.fail" => Err(Error::new(ErrorKind::NetworkError, "Network error: down")),
            id => Err(Error::unknown_capability(id)),
        }
    }
}

/// Runs a program.
pub(crate) fn outcome(program: &Program) -> Outcome {
    evaluate(program, &mut EchoHost, &limits())
}

/// What a program shows of its end: the value, or everything an error says.
pub(crate) fn show(result: &Result<Value, Error>) -> String {
    match result {
        Ok(value) => rtfs_value::readable(value),
        Err(error) => format!("{error:?}"),
    }
}

/// Diagnostics lie in the text, on characters, and can be shown.
pub(crate) fn check_diagnostics(found: &[Diagnostic], text: &str) {
    let source = SourceText::new("fuzz.rtfs".to_owned(), text.to_owned());
    for diagnostic in found {
        let (start, end) = (diagnostic.span.start as usize, diagnostic.span.end as usize);
        assert!(start <= end && end <= text.len(), "{diagnostic:?}");
        assert!(
            text.is_char_boundary(start) && text.is_char_boundary(end),
            "{diagnostic:?}"
        );
        let place = diagnostic.location(&source);
        assert!((place.line, place.column) <= (place.end_line, place.end_column));
        assert!(!diagnostic.code.is_empty() && !diagnostic.message.is_empty());
        rtfs_syntax::render_json(diagnostic, &source);
    }
    let shown = rtfs_syntax::render(found, &source, false);
    assert_eq!(shown.is_empty(), found.is_empty());
}

/// A number for what happened, to tell new outcomes from known ones.
pub(crate) fn digest(of: impl Hash) -> u64 {
    // Its keys are fixed, unlike those of a `HashMap`.
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// The codes of diagnostics.
pub(crate) fn codes(found: &[Diagnostic]) -> Vec<String> {
    let mut codes: Vec<String> = found.iter().map(|found| found.code.to_string()).collect();
    codes.sort();
    codes.dedup();
    codes
}
