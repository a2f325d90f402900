//! Rust types as RTFS values and back.

use crate::error::Error;
use rtfs_value::{Map, Value};
use std::collections::BTreeMap;

/// A Rust type that arguments can be read into.
///
/// ```
/// use rtfs_guest::{FromValue, Value};
///
/// let items = Value::vector([Value::int(1), Value::int(2)]);
/// assert_eq!(<Vec<i64>>::from_value(items).unwrap(), [1, 2]);
/// assert!(String::from_value(Value::int(1)).is_err());
/// ```
pub trait FromValue: Sized {
    /// The RTFS type in its printed form, e.g. `[:vector :int]`.
    fn type_name() -> String;

    /// Reads the value, or gives back the part of it that does not fit.
    ///
    /// # Errors
    ///
    /// The offending value.
    fn from_value(value: Value) -> Result<Self, Value>;
}

/// A Rust type that results can be made of.
///
/// ```
/// use rtfs_guest::{IntoValue, Value};
///
/// let value = vec!["a".to_owned()].into_value();
/// assert_eq!(value.as_seq().and_then(|items| items.first()).and_then(Value::as_str), Some("a"));
/// ```
pub trait IntoValue {
    /// The RTFS type in its printed form, e.g. `[:vector :int]`.
    fn type_name() -> String;

    /// The value.
    fn into_value(self) -> Value;
}

/// What an exported function may return: a value, or a `Result` with an [`Error`] to raise.
///
/// ```
/// use rtfs_guest::{Error, IntoAnswer};
///
/// assert!(5_i64.into_answer().is_ok());
/// assert!(Err::<i64, _>(Error::invalid_argument("…")).into_answer().is_err());
/// ```
pub trait IntoAnswer {
    /// The RTFS type of the value in its printed form.
    fn type_name() -> String;

    /// The value or the error.
    ///
    /// # Errors
    ///
    /// The error the function returned.
    fn into_answer(self) -> Result<Value, Error>;
}

impl<T: IntoValue> IntoAnswer for T {
    fn type_name() -> String {
        <T as IntoValue>::type_name()
    }

    fn into_answer(self) -> Result<Value, Error> {
        Ok(self.into_value())
    }
}

impl<T: IntoValue> IntoAnswer for Result<T, Error> {
    fn type_name() -> String {
        <T as IntoValue>::type_name()
    }

    fn into_answer(self) -> Result<Value, Error> {
        self.map(IntoValue::into_value)
    }
}

impl FromValue for Value {
    fn type_name() -> String {
        ":any".to_owned()
    }

    fn from_value(value: Value) -> Result<Self, Value> {
        Ok(value)
    }
}

impl IntoValue for Value {
    fn type_name() -> String {
        ":any".to_owned()
    }

    fn into_value(self) -> Value {
        self
    }
}

macro_rules! scalar {
    ($rust:ty, $rtfs:literal, |$from:ident| $read:expr, |$into:ident| $write:expr) => {
        impl FromValue for $rust {
            fn type_name() -> String {
                $rtfs.to_owned()
            }

            fn from_value($from: Value) -> Result<Self, Value> {
                let read: Option<$rust> = $read;
                read.ok_or($from)
            }
        }

        impl IntoValue for $rust {
            fn type_name() -> String {
                $rtfs.to_owned()
            }

            fn into_value(self) -> Value {
                let $into = self;
                $write
            }
        }
    };
}

scalar!((), ":nil", |value| value.is_nil().then_some(()), |_value| {
    Value::NIL
});
scalar!(bool, ":bool", |value| value.as_bool(), |value| Value::bool(
    value
));
scalar!(i64, ":int", |value| value.as_int(), |value| Value::int(
    value
));
// An integer fits `:float`, in RTFS as here.
scalar!(
    f64,
    ":float",
    |value| value.as_float().or(value.as_int().map(|int| int as f64)),
    |value| Value::float(value)
);
scalar!(
    String,
    ":string",
    |value| value.as_str().map(str::to_owned),
    |value| Value::string(&value)
);

impl IntoValue for &str {
    fn type_name() -> String {
        ":string".to_owned()
    }

    fn into_value(self) -> Value {
        Value::string(self)
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn type_name() -> String {
        optional(T::type_name())
    }

    fn from_value(value: Value) -> Result<Self, Value> {
        if value.is_nil() {
            return Ok(None);
        }
        T::from_value(value).map(Some)
    }
}

impl<T: IntoValue> IntoValue for Option<T> {
    fn type_name() -> String {
        optional(T::type_name())
    }

    fn into_value(self) -> Value {
        self.map_or(Value::NIL, IntoValue::into_value)
    }
}

fn optional(name: String) -> String {
    // `:any` takes nil already, and `??` is not a type.
    if name == ":any" || name.ends_with('?') {
        name
    } else {
        format!("{name}?")
    }
}

impl<T: FromValue> FromValue for Vec<T> {
    fn type_name() -> String {
        format!("[:vector {}]", T::type_name())
    }

    /// A list fits, too.
    fn from_value(value: Value) -> Result<Self, Value> {
        match value.into_seq() {
            Ok(items) => items.into_vec().into_iter().map(T::from_value).collect(),
            Err(other) => Err(other),
        }
    }
}

impl<T: IntoValue> IntoValue for Vec<T> {
    fn type_name() -> String {
        format!("[:vector {}]", T::type_name())
    }

    fn into_value(self) -> Value {
        Value::vector(self.into_iter().map(IntoValue::into_value))
    }
}

/// Maps with string keys.
impl<T: FromValue> FromValue for BTreeMap<String, T> {
    fn type_name() -> String {
        format!("[:map-of :string {}]", T::type_name())
    }

    fn from_value(value: Value) -> Result<Self, Value> {
        let Some(map) = value.as_map() else {
            return Err(value);
        };
        map.iter()
            .map(|(key, item)| {
                let key = key.as_str().map(str::to_owned).ok_or_else(|| key.clone())?;
                Ok((key, T::from_value(item.clone())?))
            })
            .collect()
    }
}

/// Maps with string keys, in the order of the keys.
impl<T: IntoValue> IntoValue for BTreeMap<String, T> {
    fn type_name() -> String {
        format!("[:map-of :string {}]", T::type_name())
    }

    fn into_value(self) -> Value {
        let mut map = Map::new();
        for (key, item) in self {
            // A string is a valid key, so nothing is lost here.
            let _ = map.assoc(Value::string(&key), item.into_value());
        }
        map.into_value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<T: FromValue + IntoValue + PartialEq + std::fmt::Debug + Clone>(rust: T, name: &str) {
        assert_eq!(<T as FromValue>::type_name(), name);
        assert_eq!(<T as IntoValue>::type_name(), name);
        let back = T::from_value(rust.clone().into_value());
        assert_eq!(back.ok(), Some(rust));
    }

    #[test]
    fn values_come_back_as_they_went() {
        check((), ":nil");
        check(true, ":bool");
        check(-5_i64, ":int");
        check(1.5_f64, ":float");
        check("größer".to_owned(), ":string");
        check(Some(1_i64), ":int?");
        check(None::<String>, ":string?");
        check(vec![vec![1_i64], vec![]], "[:vector [:vector :int]]");
        check(
            BTreeMap::from([("a".to_owned(), Some(1_i64))]),
            "[:map-of :string :int?]",
        );
    }

    #[test]
    fn the_offending_part_comes_back() {
        let items = Value::vector([Value::int(1), Value::string("x")]);
        let offending = <Vec<i64>>::from_value(items).expect_err("not all are integers");
        assert_eq!(offending.as_str(), Some("x"));
    }

    #[test]
    fn integers_fit_float_but_floats_never_fit_int() {
        assert_eq!(f64::from_value(Value::int(3)).ok(), Some(3.0));
        assert!(i64::from_value(Value::float(3.0)).is_err());
    }
}
