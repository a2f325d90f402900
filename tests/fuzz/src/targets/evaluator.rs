//! Running programs under a step budget: the same every time, in slices of any size, and at every
//! optimisation level; values print, read back and survive their encoding.

use rtfs_eval::{Host as _, Limits, Machine, Outcome, Status, evaluate};
use rtfs_ir::{NodeKind, OptLevel, Program, each_node, optimise};
use rtfs_value::types::Level;
use rtfs_value::{Value, cbor, equal};

use crate::pipeline::{self, EchoHost, STEPS, digest, limits, outcome, show};

/// The code of forms that are nested too deeply.
const TOO_DEEP: &str = "E0003";
/// Library functions that call back may add a few steps to a slice.
const EXTRA_STEPS: u64 = 64;

pub(super) fn check(text: &str) -> u64 {
    match pipeline::program(text) {
        Some(program) => check_program(&program),
        None => 0,
    }
}

/// Runs a program in every way.
pub(super) fn check_program(program: &Program) -> u64 {
    let first = outcome(program);
    assert!(first.steps <= STEPS + EXTRA_STEPS, "{} steps", first.steps);
    let second = outcome(program);
    assert_eq!(
        show(&first.result),
        show(&second.result),
        "another result the second time"
    );
    let taken = |outcome: &Outcome| (outcome.steps, outcome.peak_memory, outcome.host_calls);
    assert_eq!(taken(&first), taken(&second));
    if !is_exhausted(&first) {
        check_slices(program, &first);
        check_optimised(program, &first);
        check_levels(program, &first);
    }
    match &first.result {
        Ok(value) => {
            check_value(value);
            digest((
                value.kind().name(),
                first.steps.checked_ilog2(),
                first.host_calls.min(3),
            ))
        }
        Err(error) => {
            let text: String = error
                .text()
                .chars()
                .filter(|c| !c.is_ascii_digit())
                .take(40)
                .collect();
            digest((error.class_name(), text))
        }
    }
}

fn is_exhausted(outcome: &Outcome) -> bool {
    outcome
        .result
        .as_ref()
        .is_err_and(|error| !error.is_catchable())
}

/// One instruction at a time.
fn check_slices(program: &Program, expected: &Outcome) {
    let mut machine = Machine::new(program, &limits());
    let result = loop {
        let status = machine.step().unwrap_or_else(|error| panic!("{error}"));
        match status {
            Status::Running => {}
            Status::Done(value) => break Ok(value),
            Status::Raised(error) => break Err(error),
            Status::RequiresHost(call) => {
                let answered = match EchoHost.execute_capability(&call) {
                    Ok(value) => machine.resume(value),
                    Err(error) => machine.resume_error(error),
                };
                answered.unwrap_or_else(|error| panic!("{error}"));
            }
            Status::RequiresContext(_) => {
                machine
                    .answer_context(None)
                    .unwrap_or_else(|error| panic!("{error}"));
            }
            Status::RequiresDecision(_) => panic!("nothing is watched"),
        }
    };
    assert_eq!(show(&result), show(&expected.result), "stepwise");
    assert_eq!(machine.steps(), expected.steps, "stepwise");
}

/// Optimised programs do the same, in fewer steps.
fn check_optimised(program: &Program, expected: &Outcome) {
    let optimised = outcome(&optimise(program.clone(), OptLevel::Full));
    assert_eq!(show(&optimised.result), show(&expected.result), "optimised");
    assert_eq!(optimised.host_calls, expected.host_calls, "optimised");
    assert!(
        optimised.steps <= expected.steps,
        "{} steps",
        optimised.steps
    );
}

/// The strict level checks what the standard level checks; the basic level checks less.
fn check_levels(program: &Program, expected: &Outcome) {
    let at = |validation| {
        let limits = Limits {
            validation,
            ..limits()
        };
        show(&evaluate(program, &mut EchoHost, &limits).result)
    };
    assert_eq!(at(Level::Strict), show(&expected.result), "strict");
    if expected.result.is_ok() && !notices_checks(program) {
        assert_eq!(at(Level::Basic), show(&expected.result), "basic");
    }
}

/// Whether a program can go on differently after a failed check.
fn notices_checks(program: &Program) -> bool {
    let mut notices = false;
    for form in &program.forms {
        each_node(&form.node, &mut |node| {
            notices |= matches!(node.kind, NodeKind::Try { .. } | NodeKind::Match { .. });
        });
    }
    notices
}

/// Data print as text that reads as the same data, and encode as bytes that decode to them.
pub(super) fn check_value(value: &Value) {
    let printed = rtfs_value::readable(value);
    if !is_data(value) {
        return;
    }
    if let Ok(bytes) = cbor::encode(value) {
        let decoded = cbor::decode(&bytes).unwrap_or_else(|error| panic!("{error}: {printed}"));
        assert!(equal(&decoded, value), "decodes differently: {printed}");
        assert_eq!(rtfs_value::readable(&decoded), printed);
    }
    let Some(read) = read_back(&printed) else {
        return;
    };
    assert!(equal(&read, value), "reads differently: {printed}");
    assert_eq!(rtfs_value::readable(&read), printed);
    assert_eq!(
        rtfs_value::hash(&read),
        rtfs_value::hash(value),
        "{printed}"
    );
}

/// The value of quoted text; `None` when it is nested too deeply to be read or takes too long.
fn read_back(printed: &str) -> Option<Value> {
    let text = format!("(quote {printed})");
    let read = rtfs_syntax::read(&text);
    if read.diagnostics.iter().any(|found| found.code == TOO_DEEP) {
        return None;
    }
    assert!(
        read.diagnostics.is_empty(),
        "does not read: {printed}: {:?}",
        read.diagnostics
    );
    let lowered = pipeline::lowered(&read.forms, false);
    let Some(program) = lowered.program else {
        panic!("does not lower: {printed}: {:?}", lowered.diagnostics);
    };
    outcome(&program).result.ok()
}

/// Whether a value is made of kinds whose printed text is a literal.
fn is_data(value: &Value) -> bool {
    let mut left = vec![value.clone()];
    while let Some(value) = left.pop() {
        if value.is_function() || value.as_error().is_some() {
            return false;
        }
        if value.as_float().is_some_and(|x| !x.is_finite()) {
            return false;
        }
        // Names that programs make out of any string, and texts of decoded values.
        let name = value.as_keyword().or(value.as_symbol());
        let text = value
            .as_timestamp()
            .or(value.as_uuid())
            .or(value.as_resource());
        if name.is_some_and(|name| !is_plain_name(name))
            || text.is_some_and(|_| !reads(&rtfs_value::readable(&value)))
        {
            return false;
        }
        if let Some(items) = value.as_seq() {
            left.extend(items.iter().cloned());
        }
        if let Some(map) = value.as_map() {
            left.extend(
                map.iter()
                    .flat_map(|(key, value)| [key.clone(), value.clone()]),
            );
        }
    }
    true
}

fn is_plain_name(name: &str) -> bool {
    let reserved = ["nil", "true", "false", "quasiquote", "unquote", "quote"];
    rtfs_syntax::is_symbol(name) && !reserved.contains(&name)
}

fn reads(text: &str) -> bool {
    rtfs_syntax::read(text).diagnostics.is_empty()
}
