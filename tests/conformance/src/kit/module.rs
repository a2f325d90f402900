//! What holds for every module, whoever made it.

use rtfs_host::{CallError, CallOptions, Grants, LimitKind, Limits, Module};

use super::account;
use super::observed::{Callee, NO_ARGUMENTS};
use super::report::Report;
use super::witness::Witness;

/// Arguments that no caller may send: what is wrong with them, and the bytes.
pub(super) const HOSTILE: &[(&str, &[u8])] = &[
    ("empty", &[]),
    ("truncated", &[0x81]),
    ("no-array", &[0xf6]),
    ("long-head", &[0x98, 0x01, 0x01]),
    ("long-integer", &[0x81, 0x18, 0x01]),
    ("indefinite", &[0x9f, 0x01, 0xff]),
    ("trailing", &[0x80, 0x00]),
    ("long-float", &[0x81, 0xfb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0]),
    ("unknown-tag", &[0x81, 0xda, 0x7f, 0xff, 0xff, 0xff, 0x01]),
    ("bad-utf8", &[0x81, 0x61, 0xff]),
    (
        "huge-length",
        &[0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    ),
    ("reserved", &[0x81, 0x1c]),
    ("beyond-64-bits", &[0x81, 0x1b, 0x80, 0, 0, 0, 0, 0, 0, 0]),
    ("below-64-bits", &[0x81, 0x3b, 0x80, 0, 0, 0, 0, 0, 0, 0]),
    ("bytes", &[0x81, 0x41, 0x00]),
    ("plain-map", &[0x81, 0xa0]),
    ("undefined", &[0x81, 0xf7]),
    ("other-nan", &[0x81, 0xf9, 0x7e, 0x01]),
    (
        "long-tag",
        &[0x81, 0xda, 0x00, 0x00, 0x6a, 0x40, 0x61, b'k'],
    ),
    (
        "key-twice",
        &[0x81, 0xd9, 0x6a, 0x43, 0x84, 0x01, 0x01, 0x01, 0x02],
    ),
    ("key-without-value", &[0x81, 0xd9, 0x6a, 0x43, 0x81, 0x01]),
    ("vector-as-key", &[0x81, 0xd9, 0x6a, 0x43, 0x82, 0x80, 0x01]),
    ("keyword-of-number", &[0x81, 0xd9, 0x6a, 0x40, 0x01]),
    ("list-of-text", &[0x81, 0xd9, 0x6a, 0x42, 0x60]),
    ("break", &[0x81, 0xff]),
];

/// Arrays nested this deep are beyond what the encoding allows.
const TOO_DEEP: usize = 20_000;

/// Tries a module. `prefix` begins the tests' ids.
pub(super) fn check(module: &Module, prefix: &str, report: &mut Report) {
    let mut add = |id: &str, result| report.add(format!("{prefix}{id}"), result);
    let description = account::describe(module);
    add(
        "descriptor/well-formed",
        description.as_ref().map(|_| ()).map_err(Clone::clone),
    );
    add("descriptor/constant", constant_description(module));
    let described = description.unwrap_or_default();
    let exports = described.len();
    let callee = Callee::Module(module);
    add("exports/unknown", unknown_export(callee, exports));
    add("exports/arity", account::arity(callee, &described));
    // Some modules export nothing; their top level must refuse as well.
    check_arguments(callee, u32::from(exports > 0), prefix, report);
    let mut add = |id: &str, result| report.add(format!("{prefix}{id}"), result);
    add("capabilities/describe", quiet(module, exports));
    add("determinism/fuel", same_fuel(module));
    add("limits/fuel", starved(module));
}

fn constant_description(module: &Module) -> Result<(), String> {
    let ask = |entropy| {
        let options = CallOptions {
            entropy,
            ..CallOptions::default()
        };
        module
            .describe(&options)
            .map(|outcome| outcome.value)
            .map_err(text)
    };
    same(&ask(0)?, &ask(1)?, "two descriptions")
}

/// Sends arguments that nobody may send to an export: they raise, and never trap, hang, or get
/// through. `prefix` begins the tests' ids.
pub(super) fn check_arguments(callee: Callee<'_>, export: u32, prefix: &str, report: &mut Report) {
    let mut add = |name: &str, args: &[u8]| {
        let refused = raises(callee, export, args, INVALID_ARGUMENT);
        report.add(format!("{prefix}encoding/{name}"), refused);
    };
    for (name, args) in HOSTILE {
        add(name, args);
    }
    let mut deep = vec![0x81; TOO_DEEP];
    deep.push(0x80);
    add("too-deep", &deep);
}

/// Calls exports that are not there, of which there are so many.
pub(super) fn unknown_export(callee: Callee<'_>, exports: usize) -> Result<(), String> {
    let beyond = u32::try_from(exports + 1).unwrap_or(u32::MAX);
    for export in [beyond, u32::MAX] {
        raises(callee, export, &NO_ARGUMENTS, INVALID_ARGUMENT)?;
    }
    Ok(())
}

/// The class of errors about exports and arguments.
const INVALID_ARGUMENT: &str = "InvalidArgument";

/// As much as it takes to refuse something.
pub(super) fn little_fuel() -> CallOptions {
    let limits = Limits {
        fuel: 1_000_000_000,
        ..Limits::default()
    };
    CallOptions {
        limits,
        ..CallOptions::default()
    }
}

/// Whether a call raises an error of a class, within little fuel.
pub(super) fn raises(
    callee: Callee<'_>,
    export: u32,
    args: &[u8],
    class: &str,
) -> Result<(), String> {
    match callee.invoke(export, args, &little_fuel()).result {
        Err(CallError::Raised(error)) if error.class == class => Ok(()),
        Err(CallError::Raised(error)) => Err(format!(
            "wanted !{class}, got !{} {:?}",
            error.class, error.message
        )),
        Err(error) => Err(format!("wanted !{class}: {error}")),
        Ok(_) => Err(format!("wanted !{class}, got a value")),
    }
}

/// What runs no function of the module asks the host for nothing.
fn quiet(module: &Module, exports: usize) -> Result<(), String> {
    let witness = Witness::default();
    let options = witness.answering_under(Grants::all_capabilities(), &CallOptions::default());
    module.describe(&options).map_err(text)?;
    let beyond = u32::try_from(exports + 1).unwrap_or(u32::MAX);
    for (export, args) in [(beyond, &[0x80][..]), (u32::from(exports > 0), &[0x81])] {
        // What it answers is tried elsewhere.
        let _ = module.invoke(export, args, &options);
    }
    match witness.asked()[..] {
        [] => Ok(()),
        [..] => Err(format!("it asked for {}", witness.asked().join(" "))),
    }
}

fn same_fuel(module: &Module) -> Result<(), String> {
    let used = || {
        let finished = module.invoke_full(u32::MAX, &[0x80], &CallOptions::default());
        finished.report.fuel
    };
    equal_fuel(used(), used())
}

fn equal_fuel(one: u64, other: u64) -> Result<(), String> {
    same(&one, &other, "two equal calls' fuel")
}

/// A module stops where its fuel ends, whatever it does.
fn starved(module: &Module) -> Result<(), String> {
    let options = CallOptions {
        limits: Limits {
            fuel: 1,
            ..Limits::default()
        },
        ..CallOptions::default()
    };
    ended_by_fuel(module.invoke_full(0, &[0x80], &options).result)
}

fn ended_by_fuel(result: Result<Vec<u8>, CallError>) -> Result<(), String> {
    match result {
        Err(CallError::Limit {
            which: LimitKind::Fuel,
            ..
        }) => Ok(()),
        Err(error) => Err(format!("wanted the fuel limit: {error}")),
        Ok(_) => Err("it runs on one unit of fuel".to_owned()),
    }
}

pub(super) fn same<T: PartialEq>(one: &T, other: &T, what: &str) -> Result<(), String> {
    match one == other {
        true => Ok(()),
        false => Err(format!("{what} differ")),
    }
}

pub(super) fn text(error: impl std::error::Error) -> String {
    rtfs_runtime::chain(&error)
}

/// What no module can do on a host that counts fuel itself, and a host that did not could not hide.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_fuel_for_the_same_call_fails() {
        assert_eq!(equal_fuel(10, 10), Ok(()));
        let failed = equal_fuel(10, 11);
        assert_eq!(failed, Err("two equal calls' fuel differ".to_owned()));
    }

    #[test]
    fn only_the_limit_of_fuel_ends_what_has_none() {
        let limit = |which| {
            Err(CallError::Limit {
                which,
                limit: 1,
                used: 1,
            })
        };
        assert_eq!(ended_by_fuel(limit(LimitKind::Fuel)), Ok(()));
        assert!(ended_by_fuel(limit(LimitKind::Deadline)).is_err());
        assert!(ended_by_fuel(Ok(vec![0xf6])).is_err());
    }
}
