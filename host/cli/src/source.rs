//! From a file name to a program.

use std::io::Read as _;
use std::path::Path;

use rtfs_ir::{LowerOptions, Program, SpanTable};
use rtfs_syntax::{Diagnostic, SourceText};

use crate::args::FrontArgs;
use crate::modules::FolderModules;

/// A source text and what the front end found in it.
pub(crate) struct Unit {
    pub(crate) source: SourceText,
    /// `None` when there are errors among the diagnostics.
    pub(crate) program: Option<Program>,
    pub(crate) spans: SpanTable,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Reads a file; `-` is standard input.
pub(crate) fn load(path: &Path, args: FrontArgs) -> Result<Unit, String> {
    let (name, bytes) = if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin()
            .read_to_end(&mut bytes)
            .map_err(|error| format!("cannot read standard input: {error}"))?;
        ("<stdin>".to_owned(), bytes)
    } else {
        let bytes = std::fs::read(path)
            .map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
        (path.display().to_string(), bytes)
    };
    let (source, malformed) = SourceText::from_utf8(name, bytes);
    Ok(match malformed {
        None => front_end(source, &FolderModules::beside(path), args),
        Some(diagnostic) => Unit {
            source,
            program: None,
            spans: SpanTable::default(),
            diagnostics: vec![diagnostic],
        },
    })
}

/// Reads and lowers a text that is no file. Its modules are those of the current folder.
pub(crate) fn load_text(name: &str, text: String, args: FrontArgs) -> Unit {
    let source = SourceText::new(name.to_owned(), text);
    front_end(source, &FolderModules::beside(Path::new("")), args)
}

/// Reads and lowers a text that was published. What lies in folders here is nothing to it.
pub(crate) fn load_stored(name: &str, text: String) -> Unit {
    let source = SourceText::new(name.to_owned(), text);
    let read = rtfs_syntax::read(source.text());
    let lowered = rtfs_ir::lower(&read.forms, &rtfs_eval::lower_options());
    Unit {
        source,
        program: lowered.program,
        spans: lowered.spans,
        diagnostics: Vec::new(),
    }
}

/// Reads and lowers a text.
fn front_end(mut source: SourceText, modules: &FolderModules, args: FrontArgs) -> Unit {
    let read = rtfs_syntax::read(source.text());
    let mut diagnostics = read.diagnostics;
    let unreadable = diagnostics.iter().any(Diagnostic::is_error);
    // Forms that follow a reader error are kept, so that one run shows more than the first problem.
    let lowered = rtfs_ir::lower(
        &read.forms,
        &LowerOptions {
            loader: Some(modules),
            static_checks: !args.no_type_check,
            ..rtfs_eval::lower_options()
        },
    );
    for (offset, module) in lowered.sources {
        source.attach(offset, module);
    }
    if !unreadable || diagnostics.is_empty() {
        diagnostics.extend(lowered.diagnostics);
    }
    Unit {
        source,
        program: lowered.program.filter(|_| !unreadable),
        spans: lowered.spans,
        diagnostics,
    }
}
