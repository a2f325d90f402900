//! What a module exports, and how a call finds it.

use crate::bindings::exports::rtfs::module::dynamic;
use crate::bindings::rtfs::module::types;
use crate::convert::FromValue;
use crate::error::{Error, nil};
use rtfs_value::{Map, Value, cbor};

/// An exported function; [`crate::module!`] makes these.
///
/// ```
/// use rtfs_guest::module;
///
/// fn double(n: i64) -> i64 {
///     n * 2
/// }
///
/// module! {
///     /// Twice as much.
///     "double" => double(n: i64) -> i64;
/// }
///
/// # fn main() {
/// assert_eq!(RTFS_EXPORTS[0].name, "double");
/// assert_eq!(RTFS_EXPORTS[0].doc.trim(), "Twice as much.");
/// assert_eq!((RTFS_EXPORTS[0].result)(), ":int");
/// # }
/// ```
#[derive(Clone, Copy)]
pub struct Export {
    /// The RTFS name.
    pub name: &'static str,
    /// Its documentation, one line per line.
    pub doc: &'static str,
    /// The parameters in order.
    pub params: &'static [Param],
    /// The result's type in its printed form.
    pub result: fn() -> String,
    /// Runs it. The number of arguments has been checked.
    pub call: fn(Vec<Value>) -> Result<Value, Error>,
}

/// A parameter of an [`Export`].
///
/// ```
/// use rtfs_guest::{FromValue, Param};
///
/// let param = Param { name: "n", ty: <Option<i64> as FromValue>::type_name };
/// assert_eq!((param.ty)(), ":int?");
/// ```
#[derive(Clone, Copy)]
pub struct Param {
    /// Its name, for messages.
    pub name: &'static str,
    /// Its type in its printed form.
    pub ty: fn() -> String,
}

/// What the component that is being built exports.
pub trait Guest {
    /// See `rtfs:module/dynamic`.
    fn limits(depth_used: u32, depth_limit: u32);
    /// Calls export `export`; the arguments are decoded.
    fn invoke(export: u32, args: Vec<Value>) -> Result<Value, Error>;
    /// The value of `describe`.
    fn describe() -> Value;
}

impl<T: Guest> dynamic::Guest for T {
    fn limits(depth_used: u32, depth_limit: u32) {
        T::limits(depth_used, depth_limit);
    }

    fn invoke(export: u32, args: Vec<u8>) -> Result<Vec<u8>, types::Error> {
        cbor::decode_args(&args)
            .map_err(|_| Error::invalid_argument("arguments are not a canonical array"))
            .and_then(|args| T::invoke(export, args))
            .and_then(|value| Ok(cbor::encode(&value)?))
            .map_err(Error::leave)
    }

    fn describe() -> Vec<u8> {
        cbor::encode(&T::describe()).unwrap_or_else(|_| nil())
    }
}

/// Calls an export of a table by its number.
pub fn invoke(exports: &[Export], export: u32, args: Vec<Value>) -> Result<Value, Error> {
    // There are no top-level forms: running them does nothing.
    let Some(index) = export.checked_sub(1) else {
        return Ok(Value::NIL);
    };
    let found = usize::try_from(index).ok();
    let export = found
        .and_then(|index| exports.get(index))
        .ok_or_else(|| Error::invalid_argument("no such export"))?;
    call(export, args).map_err(|error| error.leaving(export.name))
}

/// Checks the number of arguments and calls.
pub(crate) fn call(export: &Export, args: Vec<Value>) -> Result<Value, Error> {
    if args.len() != export.params.len() {
        return Err(Error::arity(export.name, export.params.len(), args.len()));
    }
    (export.call)(args)
}

/// The description of a module: the same shape as compiled RTFS modules have.
pub fn describe(exports: &[Export]) -> Value {
    let backend = concat!("rtfs-guest ", env!("CARGO_PKG_VERSION"));
    map([
        ("backend", Value::string(backend)),
        ("module", Value::NIL),
        (
            "exports",
            Value::vector(exports.iter().map(describe_export)),
        ),
    ])
}

fn describe_export(export: &Export) -> Value {
    let param =
        |param: &Param| Value::vector([Value::string(param.name), Value::string(&(param.ty)())]);
    map([
        ("name", Value::string(export.name)),
        ("kind", Value::keyword("function")),
        ("params", Value::vector(export.params.iter().map(param))),
        ("rest", Value::NIL),
        ("result", Value::string(&(export.result)())),
        ("doc", Value::string(export.doc.trim())),
    ])
}

/// A map with keyword keys.
pub(crate) fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    let mut map = Map::new();
    for (key, value) in entries {
        // A keyword is a valid key, so nothing is lost here.
        let _ = map.assoc(Value::keyword(key), value);
    }
    map.into_value()
}

/// Takes the next argument as a Rust value. The arguments have been counted.
pub fn argument<T: FromValue>(
    args: &mut std::vec::IntoIter<Value>,
    name: &str,
) -> Result<T, Error> {
    let value = args.next().unwrap_or(Value::NIL);
    T::from_value(value)
        .map_err(|got| Error::type_validation(&format!("param {name}"), &T::type_name(), &got))
}

/// Makes an answer of what a function returned.
pub fn finish<T: crate::IntoAnswer>(answer: T) -> Result<Value, Error> {
    answer.into_answer()
}
