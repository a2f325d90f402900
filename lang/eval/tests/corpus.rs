//! The corpus on the evaluator alone: the quick check while working on the language. The
//! conformance crate runs it on every engine.

mod support;

use std::path::{Path, PathBuf};

use rtfs_eval::{Limits, evaluate};
use rtfs_syntax::case_file::{Case, Directives, Expectation, ValidationLevel, parse_cases};
use rtfs_value::Value;
use rtfs_value::types::Level;
use support::TestHost;

fn case_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the corpus is there") {
        let path = entry.expect("the corpus is readable").path();
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

fn answer(source: &str, directives: &Directives) -> String {
    let read = rtfs_syntax::read(source);
    let options = rtfs_ir::LowerOptions {
        static_checks: directives.static_checks,
        ..rtfs_eval::lower_options()
    };
    let lowered = rtfs_ir::lower(&read.forms, &options);
    let mut diagnostics = read.diagnostics.iter().chain(&lowered.diagnostics);
    if let Some(error) = diagnostics.find(|diagnostic| diagnostic.is_error()) {
        let text = rtfs_value::readable(&Value::string(&error.message));
        return format!("!{} {text}", error.kind.name());
    }
    let program = lowered
        .program
        .expect("there is a program when there is no error");
    let limits = Limits {
        depth: directives.max_depth.unwrap_or(rtfs_eval::DEFAULT_DEPTH),
        steps: Some(directives.fuel.unwrap_or(10_000_000)),
        validation: match directives.validation {
            ValidationLevel::Basic => Level::Basic,
            ValidationLevel::Standard => Level::Standard,
            ValidationLevel::Strict => Level::Strict,
        },
        memory: Some(512 << 20),
        ..Limits::default()
    };
    let mut host = TestHost {
        knows: directives.host.is_some(),
    };
    support::show(&evaluate(&program, &mut host, &limits).result)
}

fn fits(case: &Case, got: &str) -> bool {
    match &case.expectation {
        Expectation::Value(text) => {
            // `1e3` is stated, `1000.0` is printed.
            let printed = || answer(&format!("(quote {text}\n)"), &Directives::default());
            got == text || got == printed()
        }
        Expectation::Error { kind, text: None } => got.starts_with(&format!("!{kind} ")),
        Expectation::Error {
            kind,
            text: Some(text),
        } => got == format!("!{kind} {}", rtfs_value::readable(&Value::string(text))),
    }
}

/// All cases of the corpus with the directives of their files.
fn corpus() -> Vec<(PathBuf, Directives, Case)> {
    let mut files = Vec::new();
    case_files(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus"),
        &mut files,
    );
    files.sort();
    let mut cases = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(&path).expect("the corpus is readable");
        let file = parse_cases(&text).unwrap_or_else(|found| {
            let source = rtfs_syntax::SourceText::new(path.display().to_string(), text.clone());
            panic!("{}", rtfs_syntax::render(&found, &source, false))
        });
        for case in file.cases {
            cases.push((path.clone(), file.directives.clone(), case));
        }
    }
    cases
}

#[test]
fn the_static_stage_only_refuses_what_would_fail_its_check() {
    let options = rtfs_ir::LowerOptions {
        static_checks: true,
        ..rtfs_eval::lower_options()
    };
    let mut refused = 0;
    for (path, directives, case) in corpus() {
        let read = rtfs_syntax::read(&case.source);
        let without = rtfs_ir::lower(&read.forms, &rtfs_eval::lower_options());
        if without.program.is_none() || !read.diagnostics.is_empty() || directives.static_checks {
            continue;
        }
        if directives.validation == ValidationLevel::Basic {
            // Less is checked at run time than is certain before.
            continue;
        }
        let lowered = rtfs_ir::lower(&read.forms, &options);
        if lowered.program.is_none() {
            refused += 1;
            // What is caught is a certain violation too, and what a function type says is only
            // looked at here.
            let expected = ["(catch", "[:fn", "[:=>"]
                .iter()
                .any(|text| case.source.contains(text))
                || matches!(
                    &case.expectation,
                    Expectation::Error { kind, .. } if kind == "TypeValidationError"
                );
            assert!(
                expected,
                "{}:{}: {:?}",
                path.display(),
                case.line,
                lowered.diagnostics
            );
        }
    }
    assert!(refused > 15, "only {refused} cases are refused");
}

#[test]
fn every_form_function_and_kind_of_error_has_a_case() {
    let mut coverage = rtfs_ir::Coverage::default();
    assert!(coverage.missing().len() > 200, "nothing is used yet");
    for (_, _, case) in corpus() {
        coverage.add(&case);
    }
    let missing = coverage.missing();
    assert!(missing.is_empty(), "without a case: {missing:?}");
}

#[test]
fn formatting_changes_no_program() {
    let mut n_changed = 0;
    for (path, _, case) in corpus() {
        let mut source = case.source.clone();
        if !source.contains(['"', ';']) {
            // Cases are written regularly; these are made ugly first.
            source = source.replace('(', "(\n ").replace(']', " ,]");
        }
        let Ok(formatted) = rtfs_syntax::format(&source) else {
            continue;
        };
        n_changed += usize::from(formatted.trim_end() != source);
        let programs = [&case.source, &formatted].map(|text| {
            let forms = rtfs_syntax::read(text).forms;
            rtfs_ir::lower(&forms, &rtfs_eval::lower_options()).program
        });
        let [before, after] = programs;
        assert!(
            before == after,
            "{}:{}\n{formatted}",
            path.display(),
            case.line
        );
        if let (Some(before), Some(after)) = (before, after) {
            assert_eq!(
                before.hashes(Level::Standard),
                after.hashes(Level::Standard)
            );
        }
    }
    assert!(n_changed > 500, "only {n_changed} cases change");
}

#[test]
fn every_case_answers_as_it_says() {
    let (mut cases, mut failures) = (0, Vec::new());
    for (path, directives, case) in corpus() {
        cases += 1;
        let got = answer(&case.source, &directives);
        if !fits(&case, &got) {
            let line = format!("{}:{}: {:?}", path.display(), case.line, case.expectation);
            failures.push(format!("{line}\n  got {got}"));
        }
    }
    assert!(cases > 900, "only {cases} cases");
    assert!(
        failures.is_empty(),
        "{} of {cases} fail:\n{}",
        failures.len(),
        failures.join("\n")
    );
}
