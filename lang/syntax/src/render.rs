//! Diagnostics as text with an excerpt of the source, in the layout of rustc.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::source_text::BYTE_ORDER_MARK;
use crate::{Diagnostic, Severity, SourceText, Span};

/// The text that a terminal or log shows for diagnostics, one after the other with an empty line
/// between. `color` adds terminal colours; without it the text is plain.
pub fn render(diagnostics: &[Diagnostic], source: &SourceText, color: bool) -> String {
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let texts: Vec<String> = diagnostics
        .iter()
        .map(|diagnostic| render_one(diagnostic, source, &renderer))
        .collect();
    texts.join("\n")
}

/// The text for an error that left a running program, in the same layout. `class` is its class
/// name, such as `TypeError`; `span` the innermost form, when it is known; `notes` are lines about
/// it, such as the call chain.
pub fn render_error(
    class: &str,
    message: &str,
    span: Option<Span>,
    notes: &[String],
    source: &SourceText,
    color: bool,
) -> String {
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let (source, span) = match span {
        Some(span) => {
            let (source, span) = source.locate(span);
            (source, Some(span))
        }
        None => (source, None),
    };
    let (shown, skipped) = without_mark(source.text());
    let mut group: Group<'_> = match span {
        Some(span) => Level::ERROR.primary_title(message).id(class).element(
            Snippet::source(shown)
                .path(source.name())
                .annotation(AnnotationKind::Primary.span(range(span, source.text(), skipped))),
        ),
        None => Group::with_title(Level::ERROR.primary_title(message).id(class)),
    };
    for note in notes {
        group = group.element(Level::NOTE.message(note.as_str()));
    }
    let mut text = renderer.render(&[group]);
    text.push('\n');
    text
}

/// The text without its byte-order mark, which takes no column, and the mark's length.
fn without_mark(text: &str) -> (&str, usize) {
    let shown = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    (shown, text.len() - shown.len())
}

fn render_one(diagnostic: &Diagnostic, source: &SourceText, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let all = source;
    let (source, span) = all.locate(diagnostic.span);
    let text = source.text();
    let (shown, skipped) = without_mark(text);
    let primary = AnnotationKind::Primary
        .span(range(span, text, skipped))
        .label(diagnostic.label.as_deref());
    // Places in other texts cannot be shown in the same excerpt.
    let here = diagnostic.related.iter().filter_map(|(span, words)| {
        let (other, span) = all.locate(*span);
        std::ptr::eq(other, source).then_some((span, words))
    });
    let related = here.map(|(span, words)| {
        AnnotationKind::Context
            .span(range(span, text, skipped))
            .label(words.as_str())
    });
    let snippet = Snippet::source(shown)
        .path(source.name())
        .annotation(primary)
        .annotations(related);
    let title = level
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.code);
    let mut group: Group<'_> = title.element(snippet);
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    let mut text = renderer.render(&[group]);
    text.push('\n');
    text
}

/// The bytes of a span, on character boundaries and without the byte-order mark.
fn range(span: Span, text: &str, skipped: usize) -> std::ops::Range<usize> {
    let start = text.floor_char_boundary(span.start as usize);
    let end = text.ceil_char_boundary(span.end as usize).max(start);
    start.saturating_sub(skipped)..end.saturating_sub(skipped)
}

#[cfg(test)]
mod tests;
