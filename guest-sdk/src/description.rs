//! Descriptions made by hand.

use crate::export::map;
use rtfs_value::Value;

/// The value of `describe` for a [`DynamicModule`](crate::DynamicModule), `docs/abi.md`. Backends
/// that decode programs have `Program::description` of `rtfs-ir` for it.
///
/// ```
/// use rtfs_guest::{Description, Value};
///
/// let about = Description::new("example 1.0")
///     .module("shop.prices")
///     .function("net", &[("price", ":float")], ":float")
///     .value("tax")
///     .into_value();
/// let exports = about.as_map().and_then(|map| map.get_keyword("exports"));
/// assert_eq!(exports.and_then(Value::as_seq).map(|exports| exports.len()), Some(2));
/// ```
#[derive(Clone, Debug)]
pub struct Description {
    backend: String,
    module: Option<String>,
    exports: Vec<Value>,
}

impl Description {
    /// A description without exports. `backend` is name and version of what made the component.
    ///
    /// ```
    /// # use rtfs_guest::Description;
    /// assert!(Description::new("example 1.0").into_value().as_map().is_some());
    /// ```
    pub fn new(backend: &str) -> Self {
        Self {
            backend: backend.to_owned(),
            module: None,
            exports: Vec::new(),
        }
    }

    /// Names the source module.
    ///
    /// ```
    /// # use rtfs_guest::{Description, Value};
    /// let about = Description::new("example 1.0").module("shop").into_value();
    /// let module = about.as_map().and_then(|map| map.get_keyword("module"));
    /// assert_eq!(module.and_then(Value::as_str), Some("shop"));
    /// ```
    #[must_use]
    pub fn module(mut self, name: &str) -> Self {
        self.module = Some(name.to_owned());
        self
    }

    /// Adds a function: name and type of each parameter, type of the result. Types are in their
    /// printed form, `:any` where nothing is known.
    ///
    /// ```
    /// # use rtfs_guest::Description;
    /// let about = Description::new("example 1.0").function("f", &[("x", ":any")], ":any");
    /// assert!(about.into_value().as_map().is_some());
    /// ```
    #[must_use]
    pub fn function(mut self, name: &str, params: &[(&str, &str)], result: &str) -> Self {
        let pair =
            |(name, ty): &(&str, &str)| Value::vector([Value::string(name), Value::string(ty)]);
        self.exports.push(map([
            ("name", Value::string(name)),
            ("kind", Value::keyword("function")),
            ("definition", Value::NIL),
            ("params", Value::vector(params.iter().map(pair))),
            ("rest", Value::NIL),
            ("result", Value::string(result)),
        ]));
        self
    }

    /// Adds a value that is no function; calling its export without arguments gives it.
    ///
    /// ```
    /// # use rtfs_guest::Description;
    /// assert!(Description::new("example 1.0").value("pi").into_value().as_map().is_some());
    /// ```
    #[must_use]
    pub fn value(mut self, name: &str) -> Self {
        self.exports.push(map([
            ("name", Value::string(name)),
            ("kind", Value::keyword("value")),
            ("definition", Value::NIL),
        ]));
        self
    }

    /// The description as a value.
    ///
    /// ```
    /// # use rtfs_guest::Description;
    /// let about = Description::new("example 1.0").into_value();
    /// assert!(about.as_map().unwrap().get_keyword("backend").is_some());
    /// ```
    pub fn into_value(self) -> Value {
        let module = self.module.as_deref();
        map([
            ("backend", Value::string(&self.backend)),
            ("module", module.map_or(Value::NIL, Value::string)),
            ("exports", Value::vector(self.exports)),
        ])
    }
}
