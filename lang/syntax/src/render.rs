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
    let mut group: Group<'_> = match span {
        Some(span) => {
            let excerpt = Excerpt::of(source, &[span]);
            Level::ERROR.primary_title(message).id(class).element(
                Snippet::source(excerpt.shown)
                    .line_start(excerpt.first_line)
                    .path(source.name())
                    .annotation(AnnotationKind::Primary.span(excerpt.range(span))),
            )
        }
        None => Group::with_title(Level::ERROR.primary_title(message).id(class)),
    };
    for note in notes {
        group = group.element(Level::NOTE.message(note.as_str()));
    }
    let mut text = renderer.render(&[group]);
    text.push('\n');
    text
}

/// The functions that an error left, innermost first, as a line for [`render_error`]: `in f, called by
/// g`. A function that called itself stands there once.
pub fn call_chain(functions: &[String]) -> String {
    let mut chain = String::from("in ");
    for (index, calls) in functions.chunk_by(|a, b| a == b).enumerate() {
        if index > 0 {
            chain.push_str(", called by ");
        }
        chain.extend(calls.first().map(String::as_str));
        if calls.len() > 1 {
            chain.push_str(&format!(" ({} times)", calls.len()));
        }
    }
    chain
}

/// The lines around some spans: a renderer that is given a whole file looks at all of it.
struct Excerpt<'a> {
    text: &'a str,
    shown: &'a str,
    /// Where `shown` begins in the text.
    offset: usize,
    /// The number of its first line, from 1.
    first_line: usize,
}

impl<'a> Excerpt<'a> {
    /// Whole lines, with one before and one behind: a span may stand at the end of a line, or of the
    /// text. The byte-order mark takes no column, so it is left out.
    fn of(source: &'a SourceText, spans: &[Span]) -> Self {
        let text = source.text();
        let n_bytes = text.len();
        let starts = spans.iter().map(|span| span.start as usize);
        let ends = spans.iter().map(|span| span.end.max(span.start) as usize);
        let first = text.floor_char_boundary(starts.min().unwrap_or(0));
        let last = text.ceil_char_boundary(ends.max().unwrap_or(0));
        let line_before = |end: usize| text.get(..end).and_then(|head| head.rfind('\n'));
        let line_after = |start: usize| {
            let tail = text.get(start..)?;
            tail.find('\n').map(|at| start + at)
        };
        let mut offset = line_before(first)
            .and_then(line_before)
            .map_or(0, |newline| newline + 1);
        if offset == 0 && text.starts_with(BYTE_ORDER_MARK) {
            offset = BYTE_ORDER_MARK.len_utf8();
        }
        let end = line_after(last)
            .and_then(|newline| line_after(newline + 1))
            .unwrap_or(n_bytes);
        let (first_line, _) = source.line_column(u32::try_from(offset).unwrap_or(u32::MAX));
        Self {
            text,
            shown: text.get(offset..end).unwrap_or_default(),
            offset,
            first_line: first_line as usize,
        }
    }

    /// The bytes of a span, on character boundaries.
    fn range(&self, span: Span) -> std::ops::Range<usize> {
        let start = self.text.floor_char_boundary(span.start as usize);
        let end = self.text.ceil_char_boundary(span.end as usize).max(start);
        start.saturating_sub(self.offset)..end.saturating_sub(self.offset)
    }
}

fn render_one(diagnostic: &Diagnostic, source: &SourceText, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let all = source;
    let (source, span) = all.locate(diagnostic.span);
    // Places in other texts cannot be shown in the same excerpt.
    let here = diagnostic.related.iter().filter_map(|(span, words)| {
        let (other, span) = all.locate(*span);
        std::ptr::eq(other, source).then_some((span, words))
    });
    let here: Vec<(Span, &String)> = here.collect();
    let mut spans = vec![span];
    spans.extend(here.iter().map(|(span, _)| *span));
    let excerpt = Excerpt::of(source, &spans);
    let primary = AnnotationKind::Primary
        .span(excerpt.range(span))
        .label(diagnostic.label.as_deref());
    let related = here.iter().map(|(span, words)| {
        AnnotationKind::Context
            .span(excerpt.range(*span))
            .label(words.as_str())
    });
    let snippet = Snippet::source(excerpt.shown)
        .line_start(excerpt.first_line)
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

#[cfg(test)]
mod tests;
