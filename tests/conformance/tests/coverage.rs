//! Nothing of the language goes without a case: library names, forms and error kinds.

use rtfs_conformance::find_case_files;
use rtfs_syntax::case_file::{Expectation, parse_cases};
use rtfs_syntax::{Form, FormKind};
use std::collections::BTreeSet;
use std::path::Path;

/// What the cases of the corpus use and expect.
#[derive(Default)]
struct Used {
    symbols: BTreeSet<String>,
    keywords: BTreeSet<String>,
    error_kinds: BTreeSet<String>,
}

fn used() -> Used {
    let mut used = Used::default();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus");
    for path in find_case_files(&corpus).expect("the corpus is in the repository") {
        let text = std::fs::read_to_string(&path).expect("it was listed");
        let file = parse_cases(&text).expect("corpus files are case files");
        for case in file.cases {
            rtfs_syntax::read(&case.source)
                .forms
                .iter()
                .for_each(|form| used.visit(form));
            if let Expectation::Error { kind, .. } = case.expectation {
                used.error_kinds.insert(kind);
            }
        }
    }
    used
}

impl Used {
    fn visit(&mut self, form: &Form) {
        match &form.kind {
            FormKind::Symbol(name) => {
                self.symbols.insert(name.clone());
            }
            FormKind::Keyword(name) => {
                self.keywords.insert(name.clone());
            }
            FormKind::List(items) | FormKind::Vector(items) => {
                items.iter().for_each(|item| self.visit(item));
            }
            FormKind::Map(entries) => {
                for (key, value) in entries {
                    self.visit(key);
                    self.visit(value);
                }
            }
            _ => {}
        }
    }
}

#[track_caller]
fn check<'a>(what: &str, required: impl IntoIterator<Item = &'a str>, used: &BTreeSet<String>) {
    let missing: Vec<_> = required
        .into_iter()
        .filter(|name| !used.contains(*name))
        .collect();
    assert!(missing.is_empty(), "{what} without a case: {missing:?}");
}

#[test]
fn every_library_name_has_a_case() {
    const SECTIONS: [&str; 7] = ["9.2", "9.3", "9.4", "9.5", "9.6", "9.7", "9.9"];
    let names: Vec<_> = rtfs_value::library::BUILTINS
        .iter()
        .filter(|builtin| SECTIONS.contains(&builtin.section))
        .map(|builtin| builtin.name)
        .filter(|name| !name.starts_with("re-"))
        .collect();
    assert!(
        names.len() > 120,
        "the registry has only {} names",
        names.len()
    );
    check("library names", names, &used().symbols);
}

#[test]
fn every_form_has_a_case() {
    // The reader turns `λ` into `fn`, so it has no symbol of its own.
    const FORMS: [&str; 22] = [
        "def", "defn", "fn", "lambda", "let", "if", "do", "cond", "and", "or", "when", "when-not",
        "->", "->>", "quote", "declare", "module", "try", "catch", "finally", "call", "throw",
    ];
    let used = used();
    check("forms", FORMS, &used.symbols);
    check("module options", ["exports"], &used.keywords);
}

#[test]
fn every_error_kind_has_a_case() {
    const KINDS: [&str; 15] = [
        "TypeError",
        "UndefinedSymbol",
        "ArityMismatch",
        "InvalidArgument",
        "DivisionByZero",
        "Overflow",
        "IndexOutOfBounds",
        "ModuleError",
        "StackOverflow",
        "ApplicationError",
        "TypeValidationError",
        "UnknownCapability",
        "NetworkError",
        "BudgetExhausted",
        "NotImplemented",
    ];
    check("error kinds", KINDS, &used().error_kinds);
}
