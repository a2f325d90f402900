//! Every program of the corpus lowers, unless it expects an error that is found before running.

use std::path::{Path, PathBuf};

use rtfs_ir::{LowerOptions, lower};
use rtfs_syntax::case_file::{Expectation, parse_cases};
use rtfs_syntax::{SourceText, read, render};

fn case_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).expect("the corpus is part of the repository");
    for entry in entries {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            case_files(&path, found);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "rtfs")
        {
            found.push(path);
        }
    }
}

#[test]
fn every_corpus_program_lowers_or_expects_a_parse_error() {
    let mut files = Vec::new();
    case_files(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus"),
        &mut files,
    );
    assert!(!files.is_empty(), "the corpus was not found");
    let mut failures = String::new();
    for path in files {
        let text = std::fs::read_to_string(&path).expect("a readable file");
        let cases = parse_cases(&text).expect("a case file");
        for case in cases.cases {
            let read = read(&case.source);
            let lowered = lower(&read.forms, &LowerOptions::default());
            let mut diagnostics = read.diagnostics;
            diagnostics.extend(lowered.diagnostics);
            diagnostics.retain(rtfs_syntax::Diagnostic::is_error);
            let expected = match &case.expectation {
                Expectation::Error { kind, .. } => diagnostics
                    .iter()
                    .any(|diagnostic| diagnostic.kind.name() == kind),
                Expectation::Value(_) => false,
            };
            if !diagnostics.is_empty() && !expected {
                let source =
                    SourceText::new(format!("{}:{}", path.display(), case.line), case.source);
                failures.push_str(&render(&diagnostics, &source, false));
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
}
