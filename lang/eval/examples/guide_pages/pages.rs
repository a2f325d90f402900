//! Pages of the guide as text, by their path below its source folder.

use std::path::{Path, PathBuf};

use rtfs_eval::Doc;
use rtfs_ir::FORM_GROUPS;
use rtfs_syntax::CodeInfo;
use rtfs_value::error::{Family, KINDS};
use rtfs_value::library::docs::SECTIONS;

/// Where the sources of the guide are.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src")
}

/// Every page that is made, with its path.
pub(crate) fn all() -> Vec<(String, String)> {
    let mut pages = Vec::new();
    for group in FORM_GROUPS {
        let docs: Vec<Doc> = group.forms.iter().map(Doc::of_form).collect();
        let text = names(group.title, group.about, &docs);
        pages.push((format!("forms/{}.md", group.key), text));
    }
    for section in SECTIONS {
        let docs: Vec<Doc> = section.functions().filter_map(Doc::of_function).collect();
        let text = names(section.title, section.about, &docs);
        pages.push((format!("library/{}.md", section.key), text));
    }
    pages.push(("errors/kinds.md".to_owned(), kinds()));
    pages.push(("errors/codes.md".to_owned(), codes()));
    pages
}

const MADE: &str = "<!-- Made by `cargo run -p rtfs-eval --example guide_pages`; edit the tables in \
                    lang/ instead. -->\n\n";

/// A page of forms or functions.
fn names(title: &str, about: &str, docs: &[Doc]) -> String {
    let mut text = format!("{MADE}# {title}\n\n{about}\n");
    for doc in docs {
        text += &format!(
            "\n## `{}`\n\n```text\n{}\n```\n\n{}\n\n```rtfs\n{}\n```\n",
            doc.name, doc.syntax, doc.about, doc.examples
        );
    }
    text
}

fn kinds() -> String {
    let mut text = format!(
        "{MADE}# Kinds of errors\n\nWhat a running program can raise. `(catch ClassName e …)` takes \
         errors of the class, `(catch :keyword e …)` those with the keyword, which `(:kind e)` gives. \
         `rtfs explain TypeError` prints the same.\n"
    );
    for info in KINDS {
        let kind = info.kind;
        let families: Vec<String> = FAMILIES
            .into_iter()
            .filter(|family| kind.is_in(*family))
            .filter_map(|family| Some(format!("`{}`", family.class()?)))
            .collect();
        let families = match families.as_slice() {
            [] => "No `catch` takes it.".to_owned(),
            families => format!("Family: {}.", families.join(", ")),
        };
        text += &format!(
            "\n## `{}`\n\nKeyword: `:{}`. {families}\n\n{}\n",
            kind.class(),
            kind.keyword(),
            info.explanation
        );
        if !info.example.is_empty() {
            let host = match info.example.contains("(call ") {
                true => format!(",host={}", kind.class()),
                false => String::new(),
            };
            text += &example(
                info.example,
                info.fixed,
                &format!("rtfs{host}"),
                &format!("rtfs{host}"),
            );
        }
    }
    text
}

const FAMILIES: [Family; 5] = [
    Family::Runtime,
    Family::Host,
    Family::Validation,
    Family::Arithmetic,
    Family::IllegalArgument,
];

fn codes() -> String {
    let mut text = format!(
        "{MADE}# Diagnostic codes\n\nWhat is found before a program runs. Codes that begin with `E` \
         are errors: the program does not run. Codes that begin with `W` are warnings. \
         `rtfs explain E0010` prints the same.\n"
    );
    for info in rtfs_syntax::CODES.iter().chain(rtfs_ir::CODES) {
        text += &format!(
            "\n## {}: {}\n\n{}\n",
            info.code, info.title, info.explanation
        );
        if !info.example.is_empty() {
            let (wrong, right) = attributes(info);
            text += &example(info.example, info.fixed, &wrong, &right);
        }
    }
    text
}

/// What the tests do with the two examples of a code.
fn attributes(info: &CodeInfo) -> (String, String) {
    match info.code.starts_with("E008") {
        true => (format!("rtfs,cases={}", info.code), "rtfs".to_owned()),
        false => (
            format!("rtfs,gets={}", info.code),
            "rtfs,gets=nothing".to_owned(),
        ),
    }
}

fn example(wrong: &str, right: &str, wrong_info: &str, right_info: &str) -> String {
    format!(
        "\nWrong:\n\n```{wrong_info}\n{wrong}\n```\n\nRight:\n\n```{right_info}\n{right}\n```\n"
    )
}
