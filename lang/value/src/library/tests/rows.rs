//! Every row of section 9.

use super::{quoted, run};
use crate::{Error, Value, library, readable};
use alloc::string::String;
use rtfs_syntax::case_file::{Expectation, parse_cases};
use rtfs_syntax::{Form, FormKind, read};

/// Runs the cases of a corpus file that consist of calls and literals; there must be `at_least`
/// so many.
#[track_caller]
fn check(file: &str, at_least: usize) {
    let path = [
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/corpus/library/",
        file,
    ]
    .concat();
    let table = std::fs::read_to_string(&path).expect("the corpus is in the repository");
    let table = parse_cases(&table).expect("corpus files are well formed");
    let cases = table.cases.iter().filter(|case| is_plain(&case.source));
    let mut n_cases = 0;
    let mut failures = String::new();
    for case in cases {
        n_cases += 1;
        if let Some(complaint) = complaint(&run(&case.source), &case.expectation) {
            failures += &[case.source.trim(), "\n  ", &complaint, "\n"].concat();
        }
    }
    assert!(failures.is_empty(), "{file}:\n{failures}");
    assert!(n_cases >= at_least, "only {n_cases} cases");
}

/// What is wrong with a result, if anything.
fn complaint(got: &Result<Value, Error>, wanted: &Expectation) -> Option<String> {
    match (got, wanted) {
        (Ok(value), Expectation::Value(source)) => {
            // Printed text such as `#<function>` is no source.
            let wanted = match source.starts_with("#<") {
                true => source.clone(),
                false => readable(&quoted(&read(source).forms[0])),
            };
            let got = readable(value);
            (got != wanted).then(|| ["gave ", &got].concat())
        }
        (Err(error), Expectation::Error { kind, text }) => {
            let fits = error.class_name() == kind
                && text.as_deref().is_none_or(|text| text == error.text());
            (!fits).then(|| ["raised ", error.class_name(), ": ", error.text()].concat())
        }
        (Ok(value), _) => Some(["gave ", &readable(value)].concat()),
        (Err(error), _) => Some(["raised ", error.class_name(), ": ", error.text()].concat()),
    }
}

/// Whether a program is one form of calls of library functions and literals.
fn is_plain(source: &str) -> bool {
    let result = read(source);
    result.diagnostics.is_empty()
        && matches!(result.forms.as_slice(), [form] if is_plain_form(form))
}

fn is_plain_form(form: &Form) -> bool {
    match &form.kind {
        FormKind::Symbol(name) => library::lookup(name).is_some(),
        FormKind::Vector(forms) => forms.iter().all(is_plain_form),
        FormKind::Map(entries) => entries
            .iter()
            .all(|(key, value)| is_plain_form(key) && is_plain_form(value)),
        FormKind::List(forms) => match forms.first().and_then(Form::as_symbol) {
            Some("quote") => true,
            // As the head of a form these are special forms.
            Some("and" | "or") => false,
            _ => forms.iter().all(is_plain_form),
        },
        FormKind::Meta { .. } | FormKind::Ampersand | FormKind::Colon => false,
        _ => true,
    }
}

#[test]
fn arithmetic() {
    check("arithmetic.rtfs", 230);
}

#[test]
fn comparison_and_logic() {
    check("comparison.rtfs", 100);
}

#[test]
fn strings() {
    check("strings.rtfs", 90);
}

#[test]
fn regular_expressions() {
    check("regex.rtfs", 20);
}

#[test]
fn collections() {
    check("collections.rtfs", 330);
}

#[test]
fn functions_that_call_back() {
    check("higher-order.rtfs", 100);
}

#[test]
fn kinds() {
    check("kinds.rtfs", 60);
}

#[test]
fn json() {
    check("json.rtfs", 57);
}

#[test]
fn errors() {
    check("errors.rtfs", 45);
}
