//! What a module asks its host for.

use crate::error::{Error, nil};
use rtfs_value::{Map, Value, cbor};

/// Calls a capability. The host decides whether the module may, and what happens.
///
/// # Errors
///
/// `SecurityViolation` when it was not granted, `UnknownCapability` when there is nobody to ask,
/// `TypeError` when an argument holds a function; and whatever the capability answers.
///
/// ```
/// use rtfs_guest::{Error, Value, call_capability, testing::MockHost};
///
/// fn price(tea: String) -> Result<Value, Error> {
///     call_capability("shop.price", &[Value::string(&tea)])
/// }
///
/// let mut host = MockHost::new().capability("shop.price", |_| Ok(Value::int(5)));
/// assert_eq!(host.run(|| price("oolong".to_owned())).unwrap().as_int(), Some(5));
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
/// ```
/// use rtfs_guest::{Error, Map, Value, call_capability_with, testing::MockHost};
///
/// fn slow_price(tea: String) -> Result<Value, Error> {
///     let mut hints = Map::new();
///     hints.assoc(Value::keyword("runtime.timeout"), Value::int(2000))?;
///     call_capability_with("shop.price", &[Value::string(&tea)], hints)
/// }
///
/// let mut host = MockHost::new().capability("shop.price", |_| Ok(Value::int(5)));
/// host.run(|| slow_price("oolong".to_owned())).unwrap();
/// let hints = host.calls()[0].hints.as_map().unwrap();
/// assert_eq!(hints.get_keyword("runtime.timeout").and_then(Value::as_int), Some(2000));
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
    decode(&outside::call(id, &args, metadata)?)
}

/// Looks up a name in the host's context. Asking again gives the same answer.
///
/// # Errors
///
/// When the host's answer is not an encoded value.
///
/// ```
/// use rtfs_guest::{Error, Value, context, testing::MockHost};
///
/// fn greeting() -> Result<String, Error> {
///     let user = context("user")?;
///     let name = user.as_ref().and_then(Value::as_str).unwrap_or("world");
///     Ok(format!("hello {name}"))
/// }
///
/// let mut host = MockHost::new().context("user", Value::string("ada"));
/// assert_eq!(host.run(greeting).unwrap(), "hello ada");
/// assert_eq!(greeting().unwrap(), "hello world");
/// ```
pub fn context(name: &str) -> Result<Option<Value>, Error> {
    outside::context(name)
        .map(|value| decode(&value))
        .transpose()
}

fn decode(bytes: &[u8]) -> Result<Value, Error> {
    cbor::decode(bytes).map_err(|_| {
        rtfs_value::Error::internal("the host's answer is not a canonical value").into()
    })
}

/// The host itself.
#[cfg(target_family = "wasm")]
mod outside {
    use crate::bindings::rtfs::host::capability;
    use crate::error::Error;

    pub(super) fn call(id: &str, args: &[u8], metadata: &[u8]) -> Result<Vec<u8>, Error> {
        capability::call(id, args, metadata).map_err(Error::from_host)
    }

    pub(super) fn context(name: &str) -> Option<Vec<u8>> {
        capability::context(name)
    }
}

/// In native tests, the host that the test set up.
#[cfg(not(target_family = "wasm"))]
use crate::testing::mock as outside;
