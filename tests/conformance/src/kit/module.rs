//! What holds for every module, whoever made it.

use rtfs_host::{CallError, CallOptions, Grants, LimitKind, Limits, Module};
use rtfs_value::{Map, Value, cbor};

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
    let description = describe(module);
    add(
        "descriptor/well-formed",
        description.as_ref().map(|_| ()).map_err(Clone::clone),
    );
    add("descriptor/constant", constant_description(module));
    let exports = description.as_ref().map_or(0, Vec::len);
    let callee = Callee::Module(module);
    add("exports/unknown", unknown_export(callee, exports));
    // Some modules export nothing; their top level must refuse as well.
    check_arguments(callee, u32::from(exports > 0), prefix, report);
    let mut add = |id: &str, result| report.add(format!("{prefix}{id}"), result);
    add("capabilities/describe", quiet(module, exports));
    add("determinism/fuel", same_fuel(module));
    add("limits/fuel", starved(module));
}

fn describe(module: &Module) -> Result<Vec<String>, String> {
    let bytes = module
        .describe(&CallOptions::default())
        .map_err(text)?
        .value;
    let value = cbor::decode(&bytes).map_err(|error| error.to_string())?;
    let map = value.as_map().ok_or("the description is no map")?;
    let backend = map.get_keyword("backend").and_then(Value::as_str);
    backend.ok_or("`:backend` is no string")?;
    let exports = map.get_keyword("exports").and_then(Value::as_seq);
    let exports = exports.ok_or("`:exports` is no vector")?;
    let mut names = Vec::new();
    for (index, export) in exports.iter().enumerate() {
        let name =
            export_name(export.as_map()).map_err(|why| format!("export {}: {why}", index + 1))?;
        if names.contains(&name) {
            return Err(format!("two exports are called `{name}`"));
        }
        names.push(name);
    }
    Ok(names)
}

fn export_name(export: Option<&Map>) -> Result<String, String> {
    let export = export.ok_or("it is no map")?;
    let name = export.get_keyword("name").and_then(Value::as_str);
    let name = name.filter(|name| !name.is_empty());
    let name = name.ok_or("`:name` is no text")?;
    let kind = export.get_keyword("kind");
    if kind == Some(&Value::keyword("value")) {
        return Ok(name.to_owned());
    }
    if kind != Some(&Value::keyword("function")) {
        return Err("`:kind` is neither `:function` nor `:value`".to_owned());
    }
    let is_typed = |param: &Value| {
        let parts = param.as_seq();
        parts.is_some_and(|parts| parts.len() == 2 && parts.iter().all(|it| it.as_str().is_some()))
    };
    let params = export.get_keyword("params").and_then(Value::as_seq);
    if !params.is_some_and(|params| params.iter().all(is_typed)) {
        return Err("`:params` is no vector of `[name type]`".to_owned());
    }
    match export.get_keyword("result").and_then(Value::as_str) {
        Some(_) => Ok(name.to_owned()),
        None => Err("`:result` is no type".to_owned()),
    }
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

/// Whether a call raises an error of a class, within little fuel.
pub(super) fn raises(
    callee: Callee<'_>,
    export: u32,
    args: &[u8],
    class: &str,
) -> Result<(), String> {
    let limits = Limits {
        fuel: 1_000_000_000,
        ..Limits::default()
    };
    let options = CallOptions {
        limits,
        ..CallOptions::default()
    };
    match callee.invoke(export, args, &options).result {
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
