//! What may cross the host boundary.

use std::collections::BTreeSet;

use rtfs_value::types::{self, Level, Type};
use rtfs_value::{Error, Kind, Value};

/// The name of a capability: a keyword or a string that is not empty.
pub(crate) fn capability_id(value: &Value) -> Result<String, Error> {
    let id = value.as_keyword().or_else(|| value.as_str());
    match id {
        Some("") => Err(Error::invalid_argument("capability name is empty")),
        Some(id) => Ok(id.to_owned()),
        None => Err(Error::type_error(
            "call",
            "string or keyword",
            value.type_name(),
        )),
    }
}

/// Refuses values that contain a function.
pub(crate) fn expect_data(values: &[Value]) -> Result<(), Error> {
    // Shared parts are looked at once: nested sharing would take exponential time otherwise.
    let mut seen: BTreeSet<u64> = BTreeSet::new();
    let mut work: Vec<&Value> = values.iter().collect();
    while let Some(value) = work.pop() {
        if value.kind() == Kind::Function {
            return Err(Error::type_error("call", "data", value.type_name()));
        }
        let compound = matches!(
            value.kind(),
            Kind::Vector | Kind::List | Kind::Map | Kind::Error
        );
        if compound && !value.is_unshared() && !seen.insert(value.bits()) {
            continue;
        }
        if let Some(seq) = value.as_seq() {
            work.extend(seq.iter());
        } else if let Some(map) = value.as_map() {
            work.extend(map.values());
        } else {
            work.extend(value.error_data());
        }
    }
    Ok(())
}

/// Checks the arguments of a host call. A tuple type speaks about all of them, any other about
/// the only one.
pub(crate) fn check_args(id: &str, args: &[Value], schema: &Type) -> Result<(), Error> {
    let only = std::slice::from_ref(schema);
    let wanted = match schema {
        Type::Tuple(items) => items.as_slice(),
        _ => only,
    };
    if wanted.len() != args.len() {
        let expected = wanted.len();
        return Err(Error::arity(
            &format!("call {id}"),
            expected,
            Some(expected),
            args.len(),
        ));
    }
    for (index, (arg, ty)) in args.iter().zip(wanted).enumerate() {
        check(arg, ty, &format!("call {id} argument {index}"))?;
    }
    Ok(())
}

/// Checks what the host answered.
pub(crate) fn check_result(id: &str, result: &Value, schema: &Type) -> Result<(), Error> {
    check(result, schema, &format!("call {id} result"))
}

fn check(value: &Value, ty: &Type, context: &str) -> Result<(), Error> {
    types::check(value, ty, Level::Standard).map_err(|detail| detail.into_error(context))
}
