//! Closing brackets, and what to say when they do not fit.

use super::{AtEnd, Frame, FrameKind, Reader};
use crate::codes;
use crate::token::{Bracket, Opener};
use crate::{Diagnostic, ParseErrorKind, Span};

impl Reader<'_> {
    pub(super) fn close(&mut self, bracket: Bracket, span: Span) {
        self.drop_waiting_prefixes();
        let Some(top) = self.frames.last() else {
            self.unopened(span);
            return;
        };
        if top.bracket() == Some(bracket) {
            self.close_top(span);
        } else {
            self.mismatched(bracket, span);
        }
    }

    /// Reports prefixes that a closing bracket leaves without a form.
    fn drop_waiting_prefixes(&mut self) {
        let waiting = self
            .frames
            .iter()
            .rev()
            .take_while(|frame| frame.bracket().is_none());
        let first = self.frames.len() - waiting.count();
        let innermost = self.frames.drain(first..).next_back();
        if let Some(innermost) = innermost {
            self.missing_form(&innermost);
            self.mark_damaged();
        }
    }

    pub(super) fn missing_form(&mut self, frame: &Frame) {
        let text = match frame.kind {
            FrameKind::Prefix(prefix) => prefix.text(),
            FrameKind::Meta | FrameKind::Open(_) => "^",
        };
        let message = if text == "^" && !frame.items.is_empty() {
            "this metadata has no form after it".to_owned()
        } else {
            format!("`{text}` needs a form after it")
        };
        self.report(
            codes::MISSING_FORM,
            ParseErrorKind::MissingToken,
            frame.span,
            message,
        );
    }

    fn unopened(&mut self, span: Span) {
        let end = self.lexer.take_closers();
        if self.after_mismatch {
            return;
        }
        let span = Span::new(span.start, end.max(span.end));
        let text = self.lexer.text_of(span);
        let message = if text.len() == 1 {
            format!("`{text}` closes nothing")
        } else {
            format!("`{text}` close nothing")
        };
        let kind = ParseErrorKind::InvalidInput;
        let mut found = Diagnostic::error(codes::UNOPENED, kind, message, span);
        found.help = Some("remove it, or open a bracket for it".into());
        if let Some(last) = self.forms.last()
            && last.span.len() > 1
        {
            let end = Span::new(last.span.end - 1, last.span.end);
            if matches!(self.lexer.text_of(end), ")" | "]" | "}") {
                found = found.with_related(end, "the form before it is complete here");
            }
        }
        self.emit(found);
    }

    /// Closes, for a bracket that does not fit the innermost open one, what was probably meant.
    ///
    /// Either the bracket is of the wrong kind and closes the innermost form, or brackets are
    /// missing before it and it closes the innermost form that it fits. What is closed later
    /// tells: the first is right when it makes the rest of the top-level form come out even.
    fn mismatched(&mut self, bracket: Bracket, span: Span) {
        let brackets = self
            .frames
            .iter()
            .filter(|frame| frame.bracket().is_some())
            .count();
        let typo_fits = self.lexer.closers_ahead() == brackets.checked_sub(1);
        let fits = |frame: &Frame| !typo_fits && frame.bracket() == Some(bracket);
        let fitting = self.frames.iter().rposition(fits);
        if let Some(top) = self.frames.last()
            && let FrameKind::Open(opener) = top.kind
        {
            let (closer, wanted) = (bracket.closer(), opener.bracket().closer());
            let message = format!("`{}` is closed by `{closer}`", opener.text());
            let kind = ParseErrorKind::InvalidInput;
            let found = Diagnostic::error(codes::MISMATCHED, kind, message, span)
                .with_label(format!("expected `{wanted}`"))
                .with_related(top.span, "opened here")
                .with_help(if fitting.is_some() {
                    format!("write `{wanted}` here, or put one before the `{closer}`")
                } else {
                    format!("write `{wanted}` instead")
                });
            self.emit(found);
        }
        self.after_mismatch = true;
        let left_open = fitting.unwrap_or(self.frames.len().saturating_sub(1));
        while self.frames.len() > left_open {
            self.mark_damaged();
            self.close_top(span);
            // Closing completes prefixes as well, but never opens: the loop ends.
        }
    }

    /// What the end of the text leaves open.
    pub(super) fn end_of_text(&mut self, end: Span) -> AtEnd {
        let open = self
            .frames
            .iter()
            .rposition(|frame| frame.bracket().is_some());
        if self.lexer.cut_off {
            return AtEnd::Done;
        }
        if open.is_none() {
            if let Some(innermost) = self.frames.pop() {
                self.missing_form(&innermost);
                self.ended_in_prefix = true;
            }
            return AtEnd::Done;
        }
        match self.left_edge.take() {
            None => {
                self.unclosed(end, None);
                AtEnd::Done
            }
            Some(edge) => {
                self.lexer.rewind(edge);
                self.frames.retain(|frame| frame.span.start < edge);
                self.unclosed(end, Some(edge));
                self.frames.clear();
                self.short_fn = None;
                AtEnd::ReadOn
            }
        }
    }

    fn unclosed(&mut self, end: Span, edge: Option<u32>) {
        let mut open = self.frames.iter().filter(|frame| frame.bracket().is_some());
        let closers: String = open
            .clone()
            .rev()
            .filter_map(Frame::bracket)
            .map(Bracket::closer)
            .collect();
        let outermost = open.clone().next();
        let Some(innermost) = open.next_back() else {
            return;
        };
        let FrameKind::Open(opener) = innermost.kind else {
            return;
        };
        let message = format!("this `{}` is never closed", opener.text());
        let kind = ParseErrorKind::InvalidInput;
        let mut found = Diagnostic::error(codes::UNCLOSED, kind, message, innermost.span);
        if closers.len() > 1
            && let Some(outermost) = outermost
        {
            let text = format!("{} brackets are open, from this one on", closers.len());
            found = found.with_related(outermost.span, text);
        }
        found = match edge {
            Some(edge) => found
                .with_related(Span::new(edge, edge + 1), "a new form begins here")
                .with_help(format!(
                    "close it with {} before the next form",
                    shown(&closers)
                )),
            None => found
                .with_related(end, "the text ends here")
                .with_help(format!("close it with {}", shown(&closers))),
        };
        self.emit(found);
    }
}

fn shown(closers: &str) -> String {
    const MOST: usize = 20;
    match closers.get(..MOST) {
        Some(some) if closers.len() > MOST => format!("`{some}…` ({} brackets)", closers.len()),
        _ => format!("`{closers}`"),
    }
}

impl Frame {
    /// The kind of bracket, unless a prefix is open.
    pub(super) fn bracket(&self) -> Option<Bracket> {
        match self.kind {
            FrameKind::Open(opener) => Some(Opener::bracket(opener)),
            FrameKind::Prefix(_) | FrameKind::Meta => None,
        }
    }
}
