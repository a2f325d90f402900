//! What a module asks its host for.

use crate::bindings::rtfs::host::capability;
use crate::error::{Error, nil};
use rtfs_value::{Map, Value, cbor};

/// Calls a capability. The host decides whether the module may, and what happens.
///
/// # Errors
///
/// `SecurityViolation` when it was not granted, `UnknownCapability` when there is nobody to ask,
/// `TypeError` when an argument holds a function; and whatever the capability answers.
///
/// ```no_run
/// use rtfs_guest::{Error, Value, call_capability};
///
/// fn price(tea: String) -> Result<Value, Error> {
///     call_capability("shop.price", &[Value::string(&tea)])
/// }
/// ```
pub fn call_capability(id: &str, args: &[Value]) -> Result<Value, Error> {
    call(id, args, &nil())
}

/// Calls a capability with runtime hints, e.g. `:runtime.timeout`.
///
/// # Errors
///
/// As [`call_capability`].
///
/// ```no_run
/// use rtfs_guest::{Error, Map, Value, call_capability_with};
///
/// fn slow_price(tea: String) -> Result<Value, Error> {
///     let mut hints = Map::new();
///     hints.assoc(Value::keyword("runtime.timeout"), Value::int(2000))?;
///     call_capability_with("shop.price", &[Value::string(&tea)], hints)
/// }
/// ```
pub fn call_capability_with(id: &str, args: &[Value], hints: Map) -> Result<Value, Error> {
    call(id, args, &cbor::encode(&hints.into_value())?)
}

fn call(id: &str, args: &[Value], metadata: &[u8]) -> Result<Value, Error> {
    if args.iter().any(cbor::contains_function) {
        return Err(Error::new(
            "TypeError",
            "type-error",
            "Type error in call: expected data, got function",
        ));
    }
    let args = cbor::encode_args(args)?;
    let answer = capability::call(id, &args, metadata).map_err(Error::from_host)?;
    decode(&answer)
}

/// Looks up a name in the host's context. Asking again gives the same answer.
///
/// # Errors
///
/// When the host's answer is not an encoded value.
///
/// ```no_run
/// use rtfs_guest::{Error, Value, context};
///
/// fn greeting() -> Result<String, Error> {
///     let user = context("user")?;
///     let name = user.as_ref().and_then(Value::as_str).unwrap_or("world");
///     Ok(format!("hello {name}"))
/// }
/// ```
pub fn context(name: &str) -> Result<Option<Value>, Error> {
    capability::context(name)
        .map(|value| decode(&value))
        .transpose()
}

fn decode(bytes: &[u8]) -> Result<Value, Error> {
    cbor::decode(bytes).map_err(|error| {
        Error::new(
            "HostError",
            "host-error",
            &format!("the host's answer is not a value: {error}"),
        )
    })
}
