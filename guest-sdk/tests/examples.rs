//! Every public item has an example, which the documentation tests run.

use std::fs;
use std::path::{Path, PathBuf};

/// Items that only the macros use; they are hidden from the documentation.
const HIDDEN: [&str; 9] = [
    "src/backend.rs: struct Compiler",
    "src/executor.rs: trait ExecutorGuest",
    "src/export.rs: trait Guest",
    "src/export.rs: fn invoke",
    "src/export.rs: fn describe",
    "src/export.rs: fn argument",
    "src/export.rs: fn finish",
    "src/testing/mod.rs: mod mock",
    // Made by a macro for every function of the library; the module has the example.
    "src/library.rs: fn id",
];
/// Generated, or hidden as a whole.
const HIDDEN_FILES: [&str; 2] = ["src/bindings.rs", "src/derive.rs"];

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("the directory is there") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// `struct Error` of `pub struct Error {`.
fn item(line: &str) -> Option<String> {
    let line = line.trim_start();
    let item = line
        .strip_prefix("pub ")
        .or_else(|| line.starts_with("macro_rules!").then_some(line))?;
    let mut words = item.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '!'));
    let kind = words.next()?;
    let kinds = ["fn", "struct", "enum", "trait", "macro_rules!"];
    let name = words.find(|word| !word.is_empty())?;
    kinds.contains(&kind).then(|| format!("{kind} {name}"))
}

#[test]
fn every_public_item_has_an_example() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    sources(&here.join("src"), &mut paths);
    let (mut items, mut missing) = (0, Vec::new());
    for path in paths {
        let file = path
            .strip_prefix(here)
            .expect("below")
            .display()
            .to_string();
        if HIDDEN_FILES.contains(&&*file) || file.ends_with("tests.rs") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("sources are text");
        let (mut has_example, mut is_exported) = (false, false);
        for line in text.lines() {
            let code = line.trim_start();
            if code.starts_with("///") {
                has_example |= code.contains("```");
            } else if let Some(item) = item(line) {
                let name = format!("{file}: {item}");
                let is_public = is_exported || !item.starts_with("macro_rules!");
                is_exported = false;
                items += 1;
                if is_public && !has_example && !HIDDEN.contains(&&*name) {
                    missing.push(name);
                }
                has_example = false;
            } else if code == "#[macro_export]" {
                is_exported = true;
            } else if !code.starts_with('#') && !code.ends_with(']') {
                has_example = false;
            }
        }
    }
    assert!(items > 60, "{items} items were found");
    assert!(
        missing.is_empty(),
        "without an example:\n{}",
        missing.join("\n")
    );
}
