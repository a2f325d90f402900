//! From source text to what a case file would say about it.

#![allow(dead_code, reason = "every test binary uses another part")]

use rtfs_eval::{Host, HostCall, Limits, Outcome, PureHost, evaluate};
use rtfs_ir::{Program, lower};
use rtfs_value::error::ErrorKind;
use rtfs_value::{Error, Value, readable};

/// What `host: test` in a case file means; without it nothing is known.
pub(crate) struct TestHost {
    pub(crate) knows: bool,
}

impl Host for TestHost {
    fn execute_capability(&mut self, call: &HostCall) -> Result<Value, Error> {
        match (call.capability_id.as_str(), call.args.as_slice()) {
            ("test.echo", [one]) if self.knows => Ok(one.clone()),
            ("test.echo", many) if self.knows => Ok(Value::list(many.iter().cloned())),
            ("test.fail", args) if self.knows => {
                let text: String = args.iter().map(rtfs_value::plain).collect();
                Err(Error::new(
                    ErrorKind::NetworkError,
                    &format!("Network error: {text}"),
                ))
            }
            ("test.raise", [class, text]) if self.knows => {
                let class = class.as_str().unwrap_or_default();
                let kind = ErrorKind::from_class(class).unwrap_or(ErrorKind::Host);
                Err(Error::new(kind, text.as_str().unwrap_or_default()))
            }
            _ => Err(Error::unknown_capability(&call.capability_id)),
        }
    }
}

/// The program of a source text that is well formed.
#[track_caller]
pub(crate) fn program(source: &str) -> Program {
    let read = rtfs_syntax::read(source);
    assert!(
        read.diagnostics.is_empty(),
        "{source}: {:?}",
        read.diagnostics
    );
    let lowered = lower(&read.forms, &rtfs_eval::lower_options());
    match lowered.program {
        Some(program) => program,
        None => panic!("{source}: {:?}", lowered.diagnostics),
    }
}

/// `VALUE`, or `!Kind "text"`.
pub(crate) fn show(result: &Result<Value, Error>) -> String {
    match result {
        Ok(value) => readable(value),
        Err(error) => {
            format!(
                "!{} {}",
                error.class_name(),
                readable(&Value::string(error.text()))
            )
        }
    }
}

/// Runs with limits and a host.
#[track_caller]
pub(crate) fn run_with(source: &str, host: &mut dyn Host, limits: &Limits) -> Outcome {
    evaluate(&program(source), host, limits)
}

/// Runs without anything.
#[track_caller]
pub(crate) fn run(source: &str) -> Result<Value, Error> {
    run_with(source, &mut PureHost, &Limits::default()).result
}

/// The program gives this.
#[track_caller]
pub(crate) fn check(source: &str, expect: &str) {
    assert_eq!(show(&run(source)), expect, "{source}");
}

/// Each non-empty line is `FORM ;=> VALUE`, `FORM ;=> !Kind` or `FORM ;=> !Kind "text"`.
#[track_caller]
pub(crate) fn check_table(table: &str) {
    let mut failures = Vec::new();
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (source, expect) = line.rsplit_once(";=>").expect("rows have an expectation");
        let (source, expect) = (source.trim(), expect.trim());
        let got = show(&run(source));
        let matches = match expect.strip_prefix('!') {
            Some(kind) if !kind.contains('"') => got.starts_with(&format!("!{kind} ")),
            _ => got == expect,
        };
        if !matches {
            failures.push(format!("{source}\n  expected {expect}\n  got      {got}"));
        }
    }
    assert!(
        failures.is_empty(),
        "{} rows fail:\n{}",
        failures.len(),
        failures.join("\n")
    );
}
