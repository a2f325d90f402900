//! What a module says of its exports, and whether it is so.

use rtfs_host::{CallOptions, Module};
use rtfs_value::{Map, Value, cbor};

use super::module::text;
use super::observed::{Callee, Ending};

/// An export as a module describes it.
pub(super) struct Export {
    name: String,
    takes: Takes,
}

/// How many arguments it takes.
enum Takes {
    /// It is a value.
    None,
    Exactly(usize),
    AtLeast(usize),
}

/// What a module exports, by its own account.
pub(super) fn describe(module: &Module) -> Result<Vec<Export>, String> {
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
    let mut described: Vec<Export> = Vec::new();
    for (index, export) in exports.iter().enumerate() {
        let export =
            read_export(export.as_map()).map_err(|why| format!("export {}: {why}", index + 1))?;
        let name = &export.name;
        if described.iter().any(|other| other.name == *name) {
            return Err(format!("two exports are called `{name}`"));
        }
        described.push(export);
    }
    Ok(described)
}

fn read_export(export: Option<&Map>) -> Result<Export, String> {
    let export = export.ok_or("it is no map")?;
    let name = export.get_keyword("name").and_then(Value::as_str);
    let name = name.filter(|name| !name.is_empty());
    let name = name.ok_or("`:name` is no text")?.to_owned();
    let kind = export.get_keyword("kind");
    if kind == Some(&Value::keyword("value")) {
        let takes = Takes::None;
        return Ok(Export { name, takes });
    }
    if kind != Some(&Value::keyword("function")) {
        return Err("`:kind` is neither `:function` nor `:value`".to_owned());
    }
    let is_typed = |param: &Value| {
        let parts = param.as_seq();
        parts.is_some_and(|parts| parts.len() == 2 && parts.iter().all(|it| it.as_str().is_some()))
    };
    let params = export.get_keyword("params").and_then(Value::as_seq);
    let params = params.filter(|params| params.iter().all(is_typed));
    let params = params
        .ok_or("`:params` is no vector of `[name type]`")?
        .len();
    if export
        .get_keyword("result")
        .and_then(Value::as_str)
        .is_none()
    {
        return Err("`:result` is no type".to_owned());
    }
    let takes = match export.get_keyword("rest") {
        None => Takes::Exactly(params),
        Some(rest) if rest.is_nil() => Takes::Exactly(params),
        Some(rest) if is_typed(rest) => Takes::AtLeast(params),
        Some(_) => return Err("`:rest` is neither nil nor `[name type]`".to_owned()),
    };
    Ok(Export { name, takes })
}

/// Calls every export with another number of arguments than it is said to take, which raises
/// `ArityMismatch`. An export that is not there does not, and neither does one that takes so many.
pub(super) fn arity(callee: Callee<'_>, exports: &[Export]) -> Result<(), String> {
    for (export, number) in exports.iter().zip(1..) {
        let right = match export.takes {
            Takes::None => 0,
            Takes::Exactly(count) | Takes::AtLeast(count) => count,
        };
        let more = match export.takes {
            Takes::None | Takes::Exactly(_) => Some(right + 1),
            Takes::AtLeast(_) => None,
        };
        for wrong in right.checked_sub(1).into_iter().chain(more) {
            let refused = refuses(callee, number, right, wrong);
            refused.map_err(|why| format!("`{}`, called with {wrong}: {why}", export.name))?;
        }
    }
    Ok(())
}

fn refuses(callee: Callee<'_>, export: u32, right: usize, wrong: usize) -> Result<(), String> {
    let call = |count: usize| -> Result<Ending, String> {
        let args = cbor::encode_args(&vec![Value::NIL; count]);
        let args = args.map_err(|error| error.to_string())?;
        let called = callee.invoke(export, &args, &super::module::little_fuel());
        Ok(Ending::of_call(called))
    };
    let got = call(wrong)?;
    match got.class() {
        Some("ArityMismatch") => Ok(()),
        // What the definitions of a module raise, every call of its exports does.
        Some(class) if class != "InvalidArgument" && call(right)? == got => Ok(()),
        Some(class) => Err(format!("wanted !ArityMismatch, got !{class}")),
        None => Err(format!("wanted !ArityMismatch, got {}", got.shown())),
    }
}
