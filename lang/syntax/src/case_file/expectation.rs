//! Expectations: what stands after `;=>`.

use super::shifted;
use crate::codes;
use crate::{Diagnostic, Diagnostics, FormKind, ParseErrorKind, Span, read};

/// What a case gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// A value, as source text or as the printed text of something that cannot be read.
    Value(String),
    /// An error.
    Error {
        /// The name of its kind, as in `DivisionByZero`.
        kind: String,
        /// Its text, when that matters.
        text: Option<String>,
    },
}

/// Reads the text after `;=>`; `span` is its place in the file.
pub(super) fn parse(text: &str, span: Span) -> Result<Expectation, Diagnostics> {
    let trimmed = text.trim_start();
    let skipped = text.len() - trimmed.len();
    if let Some(after) = trimmed.strip_prefix('!') {
        return parse_error(after, text.len() - after.len(), span);
    }
    if trimmed.starts_with("#<") {
        // Printed text may hold anything; a comment after it needs a space before its `;`.
        let printed = trimmed
            .split_once(" ;")
            .map_or(trimmed, |(printed, _)| printed);
        return Ok(Expectation::Value(printed.trim_end().to_owned()));
    }
    let start = span
        .start
        .saturating_add(u32::try_from(skipped).unwrap_or_default());
    let result = read(trimmed);
    if !result.diagnostics.is_empty() {
        return Err(shifted(result.diagnostics, start).collect());
    }
    match result.forms.as_slice() {
        [form] => {
            let value = trimmed.get(form.span.start as usize..form.span.end as usize);
            Ok(Expectation::Value(value.unwrap_or_default().to_owned()))
        }
        [] => Err(vec![malformed("an expectation is missing", span)]),
        [_, second, ..] => {
            let message = "an expectation is one value";
            Err(vec![malformed(message, second.span.shifted(start))])
        }
    }
}

/// Reads `Kind` or `Kind "text"`, which begins `skipped` bytes into `span`.
fn parse_error(text: &str, skipped: usize, span: Span) -> Result<Expectation, Diagnostics> {
    let len = text
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(text.len());
    let (kind, rest) = text.split_at(len);
    if !kind.starts_with(|c: char| c.is_ascii_uppercase()) {
        return Err(vec![malformed(
            "the kind of an error is missing after `!`",
            span,
        )]);
    }
    let start = span
        .start
        .saturating_add(u32::try_from(skipped + len).unwrap_or_default());
    let result = read(rest);
    if !result.diagnostics.is_empty() {
        return Err(shifted(result.diagnostics, start).collect());
    }
    let text = match result.forms.as_slice() {
        [] => None,
        [form] if matches!(form.kind, FormKind::Str(_)) && form.span.start > 0 => {
            form.as_str().map(str::to_owned)
        }
        [form, ..] => {
            let message = "after the kind of an error stands its text, in quotes";
            return Err(vec![malformed(message, form.span.shifted(start))]);
        }
    };
    Ok(Expectation::Error {
        kind: kind.to_owned(),
        text,
    })
}

fn malformed(message: &str, span: Span) -> Diagnostic {
    let kind = ParseErrorKind::CustomError;
    Diagnostic::error(codes::BAD_EXPECTATION, kind, message, span)
        .with_help("write `;=> VALUE`, `;=> !Kind` or `;=> !Kind \"text\"`")
}
