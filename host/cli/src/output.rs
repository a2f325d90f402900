//! The terminal: values on standard output, everything else on standard error.

use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

use rtfs_syntax::{Diagnostic, SourceText};
use serde::Serialize;

use crate::args::{ColorChoice, Format, Global};
use crate::problem::Problem;
use crate::safe_text;
use crate::source::Unit;

/// Output that could not be written.
static LOST: AtomicBool = AtomicBool::new(false);

/// Whether something was not written that should have been.
pub(crate) fn is_lost() -> bool {
    LOST.load(Ordering::Relaxed)
}

/// A line on standard error. Where nobody can read it, there is nobody to tell.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{line}");
}

/// Where and how a command writes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    color: bool,
    quiet: bool,
}

impl Output {
    pub(crate) fn new(global: &Global) -> Self {
        let color = match global.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            // https://no-color.org
            ColorChoice::Auto => {
                std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
            }
        };
        if global.color == ColorChoice::Always {
            anstream::ColorChoice::Always.write_global();
        }
        Self {
            color,
            quiet: global.quiet,
        }
    }

    pub(crate) fn color(&self) -> bool {
        self.color
    }

    /// A value, on standard output. A reader that went away ends the output, not the program.
    pub(crate) fn value(&self, text: &str) {
        self.shown(text);
    }

    /// The same, for who wants to know whether it was written.
    pub(crate) fn shown(&self, text: &str) -> bool {
        let Err(error) = writeln!(std::io::stdout().lock(), "{text}") else {
            return true;
        };
        if error.kind() != ErrorKind::BrokenPipe && !LOST.swap(true, Ordering::Relaxed) {
            self.error(&format!("cannot write the output: {error}"));
        }
        false
    }

    /// Text with its own line breaks, on standard output.
    pub(crate) fn text(&self, text: &str) {
        let _ = write!(std::io::stdout().lock(), "{text}");
    }

    /// A JSON document, on standard output.
    pub(crate) fn json(&self, document: &impl Serialize) {
        match serde_json::to_string(document) {
            Ok(text) => self.value(&text),
            Err(error) => self.error(&error.to_string()),
        }
    }

    /// Rendered text, on standard error.
    pub(crate) fn message(&self, text: &str) {
        let _ = write!(anstream::stderr().lock(), "{text}");
    }

    /// One line about what went wrong.
    pub(crate) fn error(&self, text: &str) {
        complain(&format!("error: {text}"));
    }

    /// Why the command did not do what was asked, and what to do next.
    pub(crate) fn problem(&self, problem: &Problem) {
        self.error(&safe_text::lines(&problem.text));
        if let Some(next) = &problem.next {
            complain(&format!("help: {}", safe_text::lines(next)));
        }
    }

    /// One line about what is dubious.
    pub(crate) fn warning(&self, text: &str) {
        complain(&format!("warning: {text}"));
    }

    /// One line that `--quiet` suppresses.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            complain(text);
        }
    }

    /// A unit's diagnostics: rendered, or one JSON line each.
    pub(crate) fn diagnostics(&self, unit: &Unit, format: Format) {
        match format {
            Format::Text => self.rendered(&unit.diagnostics, &unit.source),
            Format::Json => {
                for diagnostic in self.wanted(&unit.diagnostics) {
                    let line = rtfs_syntax::render_json(&diagnostic, &unit.source);
                    complain(&line);
                }
            }
        }
    }

    /// Diagnostics with excerpts of their text.
    pub(crate) fn rendered(&self, diagnostics: &[Diagnostic], source: &SourceText) {
        let shown = self.wanted(diagnostics);
        if !shown.is_empty() {
            self.message(&rtfs_syntax::render(&shown, source, self.color));
        }
    }

    /// `--quiet` leaves errors only.
    fn wanted(&self, diagnostics: &[Diagnostic]) -> Vec<Diagnostic> {
        let all = diagnostics.iter();
        let wanted = all.filter(|diagnostic| diagnostic.is_error() || !self.quiet);
        wanted.cloned().collect()
    }
}
