//! Diagnostics as JSON, for programs that read them.

use std::fmt::Write as _;

use crate::{Diagnostic, Location, SourceText, Span};

/// One diagnostic as a JSON object on one line.
///
/// Members: `severity`, `code`, `kind`, `message`, `file`, `line`, `column`, `end_line`,
/// `end_column` (counted from 1, ends exclusive), and where there is something to say `label`,
/// `help` and `related`, a list of objects with `message` and a place.
pub fn render_json(diagnostic: &Diagnostic, source: &SourceText) -> String {
    let mut out = String::from("{");
    member(&mut out, "severity", diagnostic.severity.name());
    member(&mut out, "code", diagnostic.code);
    member(&mut out, "kind", diagnostic.kind.name());
    member(&mut out, "message", &diagnostic.message);
    place(&mut out, diagnostic.span, source);
    if let Some(label) = &diagnostic.label {
        out.push(',');
        last_member(&mut out, "label", label);
    }
    if let Some(help) = &diagnostic.help {
        out.push(',');
        last_member(&mut out, "help", help);
    }
    if !diagnostic.related.is_empty() {
        out.push_str(",\"related\":[");
        for (index, (span, message)) in diagnostic.related.iter().enumerate() {
            out.push_str(if index == 0 { "{" } else { ",{" });
            member(&mut out, "message", message);
            place(&mut out, *span, source);
            out.push('}');
        }
        out.push(']');
    }
    out.push('}');
    out
}

fn place(out: &mut String, span: Span, source: &SourceText) {
    let Location {
        line,
        column,
        end_line,
        end_column,
    } = Location::of(span, source);
    member(out, "file", source.locate(span).0.name());
    let numbers = format!(
        "\"line\":{line},\"column\":{column},\"end_line\":{end_line},\"end_column\":{end_column}"
    );
    out.push_str(&numbers);
}

fn member(out: &mut String, name: &str, text: &str) {
    last_member(out, name, text);
    out.push(',');
}

fn last_member(out: &mut String, name: &str, text: &str) {
    out.push('"');
    out.push_str(name);
    out.push_str("\":\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if u32::from(c) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ParseErrorKind;

    #[test]
    fn a_diagnostic_is_one_json_line() {
        let source = SourceText::new("a\"b.rtfs".into(), "(f\n \u{1}x)".into());
        let kind = ParseErrorKind::CustomError;
        let found = Diagnostic::warning("W0001", kind, "odd \u{1}\tthing", Span::new(4, 6))
            .with_help("use\nless")
            .with_related(Span::new(0, 2), "here");
        assert_eq!(
            render_json(&found, &source),
            concat!(
                r#"{"severity":"warning","code":"W0001","kind":"CustomError","#,
                r#""message":"odd \u0001\tthing","file":"a\"b.rtfs","#,
                r#""line":2,"column":2,"end_line":2,"end_column":4,"help":"use\nless","#,
                r#""related":[{"message":"here","file":"a\"b.rtfs","#,
                r#""line":1,"column":1,"end_line":1,"end_column":3}]}"#
            )
        );
    }
}
