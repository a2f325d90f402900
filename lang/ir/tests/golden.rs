//! Golden texts: `golden/*.txt` hold programs (lines that begin with `> `) and what they give.
//!
//! Files named `diagnostics*` hold the rendered findings, all others the dump of the IR.
//! `BLESS=1 cargo test -p rtfs-ir --test golden` rewrites what the programs give.

use std::path::{Path, PathBuf};

use rtfs_ir::{LowerOptions, dump, lower};
use rtfs_syntax::{Diagnostic, SourceText, read, render};

/// Programs and what they give, in the order of the file.
struct Golden {
    source: String,
    expected: String,
}

fn parse(text: &str) -> Vec<Golden> {
    let mut goldens: Vec<Golden> = Vec::new();
    let mut in_source = false;
    for line in text.lines() {
        match line.strip_prefix("> ") {
            Some(source) if in_source => {
                if let Some(golden) = goldens.last_mut() {
                    golden.source.push('\n');
                    golden.source.push_str(source);
                }
            }
            Some(source) => {
                goldens.push(Golden {
                    source: source.to_owned(),
                    expected: String::new(),
                });
            }
            None => {
                if let Some(golden) = goldens.last_mut() {
                    golden.expected.push_str(line);
                    golden.expected.push('\n');
                }
            }
        }
        in_source = line.starts_with("> ");
    }
    goldens
}

fn dumped(source: &str) -> String {
    let read = read(source);
    assert!(read.diagnostics.is_empty(), "{source} does not read");
    let lowered = lower(&read.forms, &LowerOptions::default());
    match &lowered.program {
        Some(program) => dump(program),
        None => rendered(source),
    }
}

fn rendered(source: &str) -> String {
    let read = read(source);
    let lowered = lower(&read.forms, &LowerOptions::default());
    let all: Vec<Diagnostic> = read
        .diagnostics
        .into_iter()
        .chain(lowered.diagnostics)
        .collect();
    render(
        &all,
        &SourceText::new("demo.rtfs".into(), source.to_owned()),
        false,
    )
}

fn check(path: &Path) {
    let text = std::fs::read_to_string(path).expect("a readable golden file");
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let give = if name.starts_with("diagnostics") {
        rendered
    } else {
        dumped
    };
    let mut actual = String::new();
    for golden in parse(&text) {
        for line in golden.source.lines() {
            actual.push_str(&format!("> {line}\n"));
        }
        actual.push_str(give(&golden.source).trim_end());
        actual.push_str("\n\n");
    }
    let actual = format!("{}\n", actual.trim_end());
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, &actual).expect("a writable golden file");
    } else {
        for (wanted, got) in parse(&text).iter().zip(parse(&actual)) {
            assert_eq!(got.expected, wanted.expected, "{} in {name}", wanted.source);
        }
        assert_eq!(actual, text, "{name}");
    }
}

#[test]
fn programs_give_their_golden_texts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the golden files are part of the crate")
        .map(|entry| entry.expect("a readable folder").path())
        .collect();
    files.sort();
    assert!(files.len() > 3, "the golden files were not found");
    files.iter().for_each(|path| check(path));
}
