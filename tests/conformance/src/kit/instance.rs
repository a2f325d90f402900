//! What a module keeps from one call to the next, in one instance.

use rtfs_host::{CallOptions, Limits, Module};
use rtfs_value::types::Level;
use rtfs_value::{Value, cbor};

use super::limits::PLENTY;
use super::module::text;
use super::observed::{Ending, NO_ARGUMENTS, Observed};
use super::report::Report;
use super::vectors::{self, Group, Vector};
use super::witness::Witness;

/// A program whose definitions ask the host: export 1 and 2 read what they were answered.
pub(super) const STATE: &str = include_str!("../../vectors/state.rtfs");

/// A program whose definitions raise when they are evaluated first.
pub(super) const STATE_AGAIN: &str = include_str!("../../vectors/state-again.rtfs");

/// Tries all vectors of a group in one instance, one after the other and twice: each gives what it gave
/// `alone`, whatever raised before it. What asks the host has its own tests.
pub(super) fn check_group(module: &Module, group: &Group, alone: &[Ending], report: &mut Report) {
    let vectors = group.vectors.iter().zip(alone);
    let is_quiet = |(vector, _): &(&Vector, &Ending)| vector.expected.asked.is_empty();
    let vectors: Vec<(&Vector, &Ending)> = vectors.filter(is_quiet).collect();
    if vectors.is_empty() {
        return;
    }
    let twice = || vectors.iter().chain(&vectors);
    let calls: Vec<(u32, &[u8])> = twice()
        .map(|(vector, _)| (vector.export, &vector.args[..]))
        .collect();
    let result = in_turn(module, &calls, &Witness::default()).and_then(|answers| {
        twice().zip(answers).try_for_each(|((vector, alone), got)| {
            let met = alone.expect(&got);
            met.map_err(|why| format!("`{}`, among others: {why}", vector.name))
        })
    });
    report.add(format!("instance/{}", group.name), result);
}

/// Tries what was made of [`STATE`]: the first call of an export evaluates the definitions, and no call
/// after it does; export 0 evaluates them each time.
pub(super) fn check_state(module: &Module, report: &mut Report) {
    let zero = Value::int(0);
    let zeros = Value::vector([zero.clone(), zero.clone()]);
    let wanted = [value(&zero), value(&zeros), value(&zero)];
    report.add("state/once", answers(module, &[1, 2, 1], &wanted, 1));
    let witness = Witness::default();
    let twice = in_turn(module, &[(0, &NO_ARGUMENTS), (0, &NO_ARGUMENTS)], &witness);
    report.add(
        "state/top-level",
        twice.and_then(|_| asked(&witness, 2, "export 0, called twice,")),
    );
}

/// Tries what was made of [`STATE_AGAIN`]: definitions that raised are evaluated again by the next call,
/// until they do not.
pub(super) fn check_again(module: &Module, report: &mut Report) {
    let now = value(&Value::keyword("now"));
    let result = vectors::program("(error \"not yet\")").and_then(|raises| {
        let raised = Observed::of_evaluator(&raises, Level::Standard).ending;
        answers(module, &[1, 1, 1], &[raised, now.clone(), now], 2)
    });
    report.add("state/again", result);
}

/// Exports without parameters, in one instance: what they give, and how often the host is asked.
fn answers(
    module: &Module,
    exports: &[u32],
    wanted: &[Ending],
    times: usize,
) -> Result<(), String> {
    let witness = Witness::default();
    let calls: Vec<(u32, &[u8])> = exports.iter().map(|it| (*it, &NO_ARGUMENTS[..])).collect();
    let given = in_turn(module, &calls, &witness)?;
    for ((wanted, got), number) in wanted.iter().zip(&given).zip(1..) {
        let met = wanted.expect(got);
        met.map_err(|why| format!("call {number}: {why}"))?;
    }
    asked(&witness, times, "the calls together")
}

fn asked(witness: &Witness, wanted: usize, who: &str) -> Result<(), String> {
    let got = witness.asked().len();
    match got == wanted {
        true => Ok(()),
        false => Err(format!(
            "{who} must ask {wanted} times, they asked {got} times"
        )),
    }
}

/// What is passed here is shallow.
fn value(value: &Value) -> Ending {
    Ending::Value(cbor::encode(value).unwrap_or_default())
}

fn in_turn(
    module: &Module,
    calls: &[(u32, &[u8])],
    witness: &Witness,
) -> Result<Vec<Ending>, String> {
    let limits = Limits {
        fuel: PLENTY,
        ..Limits::default()
    };
    let options = witness.answering(&CallOptions {
        limits,
        ..CallOptions::default()
    });
    let answers = module.invoke_series(calls, &options).map_err(text)?;
    Ok(answers.into_iter().map(Ending::of_answer).collect())
}
