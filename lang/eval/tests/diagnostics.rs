//! Broken programs and what is said about them: `diagnostics/NAME.rtfs`, the rendered findings in
//! `NAME.txt`, the same as JSON lines in `NAME.json`. Modules are found in `diagnostics/modules`.
//!
//! `BLESS=1 cargo test -p rtfs-eval --test diagnostics` rewrites what is said.

use std::path::{Path, PathBuf};

use rtfs_ir::{LowerOptions, ModuleLoader, lower};
use rtfs_syntax::{Diagnostic, SourceText, read, render, render_json};

#[derive(Debug)]
struct Folder(PathBuf);

impl ModuleLoader for Folder {
    fn load(&self, name: &str) -> Result<Option<SourceText>, String> {
        let file = format!("{name}.rtfs");
        let text = std::fs::read_to_string(self.0.join(&file)).ok();
        Ok(text.map(|text| SourceText::new(file, text)))
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics")
}

/// The findings of a program as text and as JSON.
fn said(path: &Path) -> (String, String) {
    let text = std::fs::read_to_string(path).expect("a readable program");
    let name = path.file_name().and_then(|name| name.to_str());
    let mut source = SourceText::new(name.unwrap_or_default().to_owned(), text);
    let read = read(source.text());
    let loader = Folder(folder().join("modules"));
    let options = LowerOptions {
        loader: Some(&loader),
        static_checks: true,
        ..rtfs_eval::lower_options()
    };
    let mut found: Vec<Diagnostic> = read.diagnostics;
    // As the command line has it: what follows from unreadable text is not shown.
    if found.is_empty() {
        let lowered = lower(&read.forms, &options);
        found = lowered.diagnostics;
        for (offset, module) in lowered.sources {
            source.attach(offset, module);
        }
    }
    let json = found
        .iter()
        .map(|found| render_json(found, &source) + "\n")
        .collect();
    (render(&found, &source, false), json)
}

fn programs() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder()).expect("the programs are part of the crate");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "rtfs"))
        .collect();
    paths.sort();
    paths
}

#[test]
fn broken_programs_get_their_findings() {
    let programs = programs();
    assert!(programs.len() >= 30, "{} programs", programs.len());
    for path in programs {
        let (text, json) = said(&path);
        assert!(!text.is_empty(), "{} is not broken", path.display());
        for (ending, said) in [("txt", text), ("json", json)] {
            let golden = path.with_extension(ending);
            if std::env::var_os("BLESS").is_some() {
                std::fs::write(&golden, said).expect("a writable golden file");
            } else {
                let wanted = std::fs::read_to_string(&golden).expect("a golden file");
                assert_eq!(said, wanted, "{}", golden.display());
            }
        }
    }
}

#[test]
fn every_finding_is_explained() {
    for path in programs() {
        let (_, json) = said(&path);
        for line in json.lines() {
            let code = line
                .split("\"code\":\"")
                .nth(1)
                .and_then(|rest| rest.split('"').next());
            let code = code.expect("findings have codes");
            let info = rtfs_syntax::explain(code).or_else(|| rtfs_ir::explain(code));
            assert!(
                info.is_some_and(|info| !info.explanation.is_empty()),
                "{code} of {}",
                path.display()
            );
        }
    }
}
