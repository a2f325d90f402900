//! Every diagnostic code and every kind of error is explained with programs that show it: one that
//! gets it, and the same as it is right.

mod support;

use rtfs_eval::{Host, HostCall, Limits, evaluate};
use rtfs_ir::{LowerOptions, Program, lower};
use rtfs_syntax::case_file::{Case, Expectation, parse_cases};
use rtfs_syntax::{CodeInfo, Diagnostic, read};
use rtfs_value::error::{ErrorKind, KINDS};
use rtfs_value::{Error, Value};

/// No module is found.
#[derive(Debug)]
struct NoModules;

impl rtfs_ir::ModuleLoader for NoModules {
    fn load(&self, _: &str) -> Result<Option<rtfs_syntax::SourceText>, String> {
        Ok(None)
    }
}

/// What the front end says about a text, as a program or as a case file.
fn front_end(text: &str, static_checks: bool) -> (Option<Program>, Vec<Diagnostic>) {
    let read = read(text);
    if !read.diagnostics.is_empty() {
        return (None, read.diagnostics);
    }
    let options = LowerOptions {
        static_checks,
        loader: Some(&NoModules),
        ..rtfs_eval::lower_options()
    };
    let lowered = lower(&read.forms, &options);
    (lowered.program, lowered.diagnostics)
}

fn is_of_case_files(info: &CodeInfo) -> bool {
    info.code.starts_with("E008")
}

fn codes_of(info: &CodeInfo, text: &str) -> Vec<&'static str> {
    let found = if is_of_case_files(info) {
        parse_cases(text).err().unwrap_or_default()
    } else {
        front_end(text, true).1
    };
    found.iter().map(|found| found.code).collect()
}

/// Codes without an example, and why.
const NOT_SHOWN: [&str; 7] = [
    "E0001", // the text is no text
    "E0002", // more than 64 MiB
    "E0003", // a thousand brackets
    "E0004", // fifty errors
    "E0125", // more than a thousand levels
    "E0129", // types of ten thousand parts, or an embedder that runs no macros
    "W0109", // two files
];

#[test]
fn examples_get_their_codes_and_what_is_right_gets_none() {
    let all = rtfs_syntax::CODES.iter().chain(rtfs_ir::CODES);
    for info in all {
        assert!(!info.explanation.is_empty(), "{}", info.code);
        let shown = !NOT_SHOWN.contains(&info.code);
        assert_eq!(!info.example.is_empty(), shown, "{}", info.code);
        assert_eq!(!info.fixed.is_empty(), shown, "{}", info.code);
        if shown {
            let codes = codes_of(info, info.example);
            assert!(
                codes.contains(&info.code),
                "{} gets {codes:?}",
                info.example
            );
            let codes = codes_of(info, info.fixed);
            assert!(
                codes.is_empty(),
                "{} ({}) gets {codes:?}",
                info.fixed,
                info.code
            );
        }
    }
}

/// Fails every call in one way.
struct Failing(ErrorKind);

impl Host for Failing {
    fn execute_capability(&mut self, call: &HostCall) -> Result<Value, Error> {
        Err(match self.0 {
            ErrorKind::SecurityViolation => {
                Error::security_violation("call", &call.capability_id, "Controlled")
            }
            ErrorKind::UnknownCapability => Error::unknown_capability(&call.capability_id),
            kind => Error::new(kind, "it failed"),
        })
    }
}

#[track_caller]
fn check_case(case: &Case, host: &mut dyn Host) {
    let (program, found) = front_end(&case.source, false);
    let Some(program) = program else {
        // Found before running, as errors of macros are.
        let kinds: Vec<&str> = found.iter().map(|found| found.kind.name()).collect();
        match &case.expectation {
            Expectation::Error { kind, .. } => {
                assert!(kinds.contains(&kind.as_str()), "{}", case.source)
            }
            Expectation::Value(_) => panic!("{}: {found:?}", case.source),
        }
        return;
    };
    let result = evaluate(&program, host, &Limits::default()).result;
    let shown = support::show(&result);
    match &case.expectation {
        Expectation::Value(value) => assert_eq!(&shown, value, "{}", case.source),
        Expectation::Error { kind, .. } => {
            assert!(
                shown.starts_with(&format!("!{kind} ")),
                "{}: {shown}",
                case.source
            );
        }
    }
}

#[test]
fn kinds_are_raised_by_their_examples_and_not_by_what_is_right() {
    for info in KINDS {
        for text in [info.example, info.fixed] {
            let file = parse_cases(text).unwrap_or_else(|found| panic!("{text}: {found:?}"));
            for case in &file.cases {
                check_case(case, &mut Failing(info.kind));
            }
        }
        let cases = parse_cases(info.example).expect("it was read before").cases;
        let raises = |case: &Case| match &case.expectation {
            Expectation::Error { kind, .. } => kind == info.kind.class(),
            Expectation::Value(_) => false,
        };
        assert!(
            info.example.is_empty() || cases.iter().any(raises),
            "{}",
            info.example
        );
    }
}

#[test]
fn examples_of_library_functions_give_what_they_say() {
    use rtfs_value::library::{BUILTINS, BuiltinId, docs};
    for (index, builtin) in BUILTINS.iter().enumerate() {
        let id = BuiltinId(index as u16);
        let help = docs::help(id).expect("every function is documented");
        let file = parse_cases(help.examples)
            .unwrap_or_else(|found| panic!("{}: {found:?}", builtin.name));
        assert!(!file.cases.is_empty(), "{} has no example", builtin.name);
        for case in &file.cases {
            check_case(case, &mut rtfs_eval::PureHost);
            assert!(case.source.contains(builtin.name), "{}", case.source);
        }
    }
}

#[test]
fn examples_of_forms_give_what_they_say() {
    for form in rtfs_ir::FORM_GROUPS.iter().flat_map(|group| group.forms) {
        let file =
            parse_cases(form.examples).unwrap_or_else(|found| panic!("{}: {found:?}", form.name));
        assert!(!file.cases.is_empty(), "{} has no example", form.name);
        for case in &file.cases {
            check_case(case, &mut rtfs_eval::PureHost);
        }
    }
}
