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

/// Public items without an example, and how many there are in all.
fn without_example(file: &str, text: &str, wanted: &dyn Fn(&str) -> bool) -> (usize, Vec<String>) {
    let (mut items, mut missing) = (0, Vec::new());
    let (mut has_example, mut is_exported) = (false, false);
    for line in text.lines() {
        let code = line.trim_start();
        if code.starts_with("///") {
            has_example |= code.contains("```");
        } else if let Some(item) = item(line) {
            let is_public = is_exported || !item.starts_with("macro_rules!");
            is_exported = false;
            items += 1;
            if is_public && !has_example && wanted(&item) {
                missing.push(format!("{file}: {item}"));
            }
            has_example = false;
        } else if code == "#[macro_export]" {
            is_exported = true;
        } else if !code.starts_with('#') && !code.ends_with(']') {
            has_example = false;
        }
    }
    (items, missing)
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
        let wanted = |item: &str| !HIDDEN.contains(&&*format!("{file}: {item}"));
        let (found, without) = without_example(&file, &text, &wanted);
        items += found;
        missing.extend(without);
    }
    assert!(items > 60, "{items} items were found");
    assert!(
        missing.is_empty(),
        "without an example:\n{}",
        missing.join("\n")
    );
}

/// Where the types are that come from the language's crates, and what of them only the library and
/// compiled code use.
const RE_EXPORTED: [(&str, &[&str]); 5] = [
    (
        "../lang/value/src/value.rs",
        &[
            "fn string_with_capacity",
            "fn bytes",
            "fn builtin",
            "fn static_fn",
            "fn closure",
            "fn closure_parts",
            "fn flat_vector",
            "fn error",
            "fn error_data",
            "fn cell",
            "fn cell_get",
            "fn cell_set",
            "fn cell_clear",
            "fn opaque_fn",
            "fn tag",
            "fn bits",
            "fn into_parts",
            "fn is_heap",
            "fn is_unshared",
            "fn ref_count",
            "fn as_builtin",
            "fn fields",
        ],
    ),
    ("../lang/value/src/value/texts.rs", &["fn as_bytes"]),
    (
        "../lang/value/src/map/mod.rs",
        &["fn with_capacity", "fn is_empty"],
    ),
    ("../lang/value/src/kind.rs", &[]),
    ("../lang/ir/src/node.rs", &[]),
];

#[test]
fn what_is_exported_again_has_examples() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut missing = Vec::new();
    for (file, left_out) in RE_EXPORTED {
        let text = fs::read_to_string(here.join(file)).expect("the crate is in the repository");
        // Methods of the IR's nodes are few and say what they give.
        let is_ir = file.ends_with("node.rs");
        let left_out = |item: &str| left_out.contains(&item) || (is_ir && item.starts_with("fn "));
        let wanted = |item: &str| !left_out(item);
        let (found, without) = without_example(file, &text, &wanted);
        assert!(found > 0, "{file}");
        missing.extend(without);
    }
    assert!(
        missing.is_empty(),
        "without an example:\n{}",
        missing.join("\n")
    );
}
