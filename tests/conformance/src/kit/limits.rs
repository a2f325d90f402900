//! Artifacts end where their limits are.

use rtfs_host::{CallError, CallOptions, LimitKind, Limits};
use rtfs_value::{Value, cbor};

use super::module::text;
use super::observed::Callee;
use super::report::Report;
use super::vectors::Group;
use super::witness::Witness;

/// A program with an endless loop and an endless recursion, within a function and between two.
pub const PROGRAM: &str = "
(defn spin [n] (spin n))
(defn sink [n] (+ 1 (sink n)))
(defn ping [n] (pong n))
(defn pong [n] (ping n))";

/// More fuel than a call that is about depth, memory or host calls needs.
pub(super) const PLENTY: u64 = 5_000_000_000;

/// Tries what was made of [`PROGRAM`].
pub(super) fn check(callee: Callee<'_>, report: &mut Report) {
    let options = |fuel, depth| CallOptions {
        limits: Limits {
            fuel,
            depth,
            ..Limits::default()
        },
        ..CallOptions::default()
    };
    for (name, export) in [("endless-loop", 1), ("endless-tail-calls", 3)] {
        let ended = stops(callee, export, &Value::int(0), &options(50_000_000, 20_000));
        report.add(
            format!("limits/{name}"),
            ended.and_then(by(LimitKind::Fuel)),
        );
    }
    for depth in [20_000, 100] {
        let called = callee.invoke(2, &args(&Value::int(0)), &options(PLENTY, depth));
        let result = match called.result {
            Err(CallError::Raised(error)) if error.class == "StackOverflow" => Ok(()),
            Err(error) => Err(format!("wanted !StackOverflow: {}", text(error))),
            Ok(_) => Err("wanted !StackOverflow, got a value".to_owned()),
        };
        report.add(format!("limits/depth-{depth}"), result);
    }
}

/// Tries the functions of a group that use up something else than fuel.
pub(super) fn check_group(callee: Callee<'_>, group: &Group, report: &mut Report) {
    let limits = Limits {
        fuel: PLENTY,
        memory_bytes: 64 << 20,
        host_calls: 100,
        ..Limits::default()
    };
    let options = CallOptions {
        limits,
        ..CallOptions::default()
    };
    if let Some(export) = group.export("hoard") {
        let ended = stops(callee, export, &Value::vector([]), &options);
        report.add("limits/memory", ended.and_then(by(LimitKind::Memory)));
    }
    if let Some(export) = group.export("nag") {
        let witness = Witness::default();
        let ended = stops(callee, export, &Value::int(0), &witness.answering(&options));
        let asked = witness.asked().len();
        let result = match ended.and_then(by(LimitKind::HostCalls)) {
            Ok(()) if asked != 100 => Err(format!("100 calls are allowed, {asked} were made")),
            result => result,
        };
        report.add("limits/host-calls", result);
    }
}

/// The limit that ends a call, which must not give a value or raise.
fn stops(
    callee: Callee<'_>,
    export: u32,
    arg: &Value,
    options: &CallOptions,
) -> Result<LimitKind, String> {
    match callee.invoke(export, &args(arg), options).result {
        Err(CallError::Limit { which, .. }) => Ok(which),
        Err(error) => Err(format!("wanted a limit: {}", text(error))),
        Ok(_) => Err("wanted a limit, got a value".to_owned()),
    }
}

fn by(wanted: LimitKind) -> impl Fn(LimitKind) -> Result<(), String> {
    move |ended| match ended == wanted {
        true => Ok(()),
        false => Err(format!("wanted the limit {wanted:?}, got {ended:?}")),
    }
}

/// One argument, encoded. What this file passes is shallow.
fn args(arg: &Value) -> Vec<u8> {
    cbor::encode_args(std::slice::from_ref(arg)).unwrap_or_default()
}
