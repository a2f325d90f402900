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

/// The table of exports of the component that is being built.
pub trait Guest {
    /// All exports; number `n` of `invoke` is item `n - 1`.
    const EXPORTS: &'static [Export];
}

impl<T: Guest> dynamic::Guest for T {
    fn limits(_depth_used: u32, _depth_limit: u32) {
        // Depth counts calls of RTFS functions; there are none here.
    }

    fn invoke(export: u32, args: Vec<u8>) -> Result<Vec<u8>, types::Error> {
        // There are no top-level forms: running them does nothing.
        let Some(index) = export.checked_sub(1) else {
            return Ok(nil());
        };
        let found = usize::try_from(index)
            .ok()
            .and_then(|index| T::EXPORTS.get(index));
        let Some(export) = found else {
            return Err(Error::invalid_argument("there is no such export").leave("invoke"));
        };
        answer(export, &args).map_err(|error| error.leave(export.name))
    }

    fn describe() -> Vec<u8> {
        cbor::encode(&describe(T::EXPORTS)).unwrap_or_else(|_| nil())
    }
}

fn answer(export: &Export, args: &[u8]) -> Result<Vec<u8>, Error> {
    let args = cbor::decode_args(args)
        .map_err(|error| Error::invalid_argument(&format!("bad encoding: {error}")))?;
    let value = call(export, args)?;
    Ok(cbor::encode(&value)?)
}

/// Checks the number of arguments and calls.
pub(crate) fn call(export: &Export, args: Vec<Value>) -> Result<Value, Error> {
    if args.len() != export.params.len() {
        return Err(Error::arity(export.name, export.params.len(), args.len()));
    }
    (export.call)(args)
}

/// The description of a module: the same shape as compiled RTFS modules have.
pub(crate) fn describe(exports: &[Export]) -> Value {
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

fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
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
