//! Calling a module's functions.

use crate::error::Error;
use crate::export::{self, Export};
use rtfs_value::Value;

/// Calls an export by name, with the same checks of number and types as a real call.
///
/// # Errors
///
/// What the call raised; `UndefinedSymbol` when there is no such export.
///
/// ```
/// use rtfs_guest::{Value, module, testing};
///
/// fn double(n: i64) -> i64 {
///     n * 2
/// }
///
/// module! { "double" => double(n: i64) -> i64; }
///
/// # fn main() {
/// let answer = testing::call(RTFS_EXPORTS, "double", &[Value::int(4)]);
/// assert_eq!(answer.unwrap().as_int(), Some(8));
///
/// let error = testing::call(RTFS_EXPORTS, "double", &[Value::string("x")]).unwrap_err();
/// assert_eq!(error.class(), "TypeValidationError");
/// # }
/// ```
pub fn call(exports: &[Export], name: &str, args: &[Value]) -> Result<Value, Error> {
    let export = exports
        .iter()
        .find(|export| export.name == name)
        .ok_or_else(|| {
            Error::new(
                "UndefinedSymbol",
                "undefined-symbol",
                &format!("Undefined symbol: {name}"),
            )
        })?;
    export::call(export, args.to_vec())
}

/// The module's description, as `describe` gives it.
///
/// ```
/// use rtfs_guest::{Value, module, testing};
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
/// let description = testing::describe(RTFS_EXPORTS);
/// let exports = description.as_map().and_then(|map| map.get_keyword("exports"));
/// let double = exports.and_then(Value::as_seq).and_then(|exports| exports.first());
/// let doc = double.and_then(Value::as_map).and_then(|export| export.get_keyword("doc"));
/// assert_eq!(doc.and_then(Value::as_str), Some("Twice as much."));
/// # }
/// ```
pub fn describe(exports: &[Export]) -> Value {
    export::describe(exports)
}
