//! An error that left a program, whichever engine ran it, and how it is shown.

use std::fmt;

use rtfs_ir::{NodeId, SpanTable};
use rtfs_runtime::Stopped;
use rtfs_syntax::{Location, SourceText, Span};
use rtfs_value::{Kind, Value};
use serde::Serialize;

use crate::safe_text;

/// The engine-independent form of an uncaught error.
pub(crate) struct Failure {
    pub(crate) class: String,
    pub(crate) kind: String,
    pub(crate) message: String,
    pub(crate) data: Value,
    pub(crate) node: Option<u32>,
    pub(crate) stack: Vec<String>,
}

/// JSON face of a [`Failure`].
#[derive(Serialize)]
pub(crate) struct FailureReport<'a> {
    class: &'a str,
    kind: &'a str,
    message: &'a str,
    data: String,
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<Position>,
    stack: &'a [String],
}

/// Where a run was stopped by a limit.
#[derive(Serialize)]
pub(crate) struct StopReport<'a> {
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<Position>,
    stack: &'a [String],
}

impl<'a> StopReport<'a> {
    /// `None` when nothing is known.
    pub(crate) fn of(
        stopped: &'a Stopped,
        source: &'a SourceText,
        spans: &SpanTable,
    ) -> Option<Self> {
        let span = stopped.node.and_then(|node| spans.get(NodeId(node)));
        if span.is_none() && stopped.stack.is_empty() {
            return None;
        }
        let file = span.map_or(source, |span| source.locate(span).0);
        Some(Self {
            file: file.name(),
            position: span.map(|span| Position::of(span, source)),
            stack: &stopped.stack,
        })
    }
}

impl fmt::Display for StopReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut before = "  ";
        if let Some(Position { line, column, .. }) = self.position {
            write!(f, "  at {}:{line}:{column}", self.file)?;
            before = ", ";
        }
        let stack = self.stack.iter().map(|name| safe_text::line(name));
        let stack: Vec<_> = stack.collect();
        if !stack.is_empty() {
            write!(f, "{before}in {}", stack.join(", called by "))?;
        }
        Ok(())
    }
}

/// Lines and columns count from 1.
#[derive(Serialize)]
pub(crate) struct Position {
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
}

impl Position {
    pub(crate) fn of(span: Span, source: &SourceText) -> Self {
        let Location {
            line,
            column,
            end_line,
            end_column,
        } = Location::of(span, source);
        Self {
            line,
            column,
            end_line,
            end_column,
        }
    }
}

impl Failure {
    pub(crate) fn from_error(error: &rtfs_value::error::Error) -> Self {
        Self {
            class: error.class_name().to_owned(),
            kind: error.kind_keyword().to_owned(),
            message: error.text().to_owned(),
            data: error.data(),
            node: error.node(),
            stack: error.stack(),
        }
    }

    pub(crate) fn report<'a>(
        &'a self,
        source: &'a SourceText,
        spans: &SpanTable,
    ) -> FailureReport<'a> {
        let span = self.span(spans);
        let file = span.map_or(source, |span| source.locate(span).0);
        FailureReport {
            class: &self.class,
            kind: &self.kind,
            message: &self.message,
            data: rtfs_value::readable(&self.data),
            file: file.name(),
            position: span.map(|span| Position::of(span, source)),
            stack: &self.stack,
        }
    }

    fn span(&self, spans: &SpanTable) -> Option<Span> {
        spans.get(NodeId(self.node?))
    }

    /// Message, excerpt and call chain.
    pub(crate) fn render(&self, source: &SourceText, spans: &SpanTable, color: bool) -> String {
        let mut notes = Vec::new();
        if !matches!(self.data.kind(), Kind::Nil) {
            notes.push(format!("data: {}", rtfs_value::readable(&self.data)));
        }
        if !self.stack.is_empty() {
            notes.push(rtfs_syntax::call_chain(&self.stack));
        }
        let span = self.span(spans);
        rtfs_syntax::render_error(&self.class, &self.message, span, &notes, source, color)
    }
}
