//! Questions about kinds, and conversions between names and text.

use super::argument::wrong_kind;
use crate::{Error, Kind, Value, is_name, readable};

macro_rules! kind_predicates {
    ($($id:ident $name:literal => $($kind:ident)|+;)*) => { $(
        #[doc = concat!("`(", $name, " x)`")]
        pub(super) fn $id(a: Value) -> Result<Value, Error> {
            Ok(Value::bool(matches!(a.kind(), $(Kind::$kind)|+)))
        }
    )* };
}

kind_predicates! {
    is_nil "nil?" => Nil;
    is_bool "bool?" => Boolean;
    is_int "int?" => Integer;
    is_float "float?" => Float;
    is_number "number?" => Integer | Float;
    is_string "string?" => String;
    is_symbol "symbol?" => Symbol;
    is_keyword "keyword?" => Keyword;
    is_vector "vector?" => Vector;
    is_list "list?" => List;
    is_map "map?" => Map;
    is_fn "fn?" => Function;
    is_error "error?" => Error;
    is_timestamp "timestamp?" => Timestamp;
    is_uuid "uuid?" => Uuid;
}

/// `(type-name x)`
pub(super) fn type_name(a: Value) -> Result<Value, Error> {
    Ok(Value::string(a.type_name()))
}

/// The text of a string, keyword or symbol.
fn name_text<'a>(operation: &str, value: &'a Value) -> Result<&'a str, Error> {
    let text = value
        .as_str()
        .or_else(|| value.as_keyword())
        .or_else(|| value.as_symbol());
    text.ok_or_else(|| wrong_kind(operation, "string, keyword, or symbol", value))
}

/// `(keyword x)`
pub(super) fn keyword(a: Value) -> Result<Value, Error> {
    let name = name_text("keyword", &a)?;
    if is_name(name) {
        Ok(Value::keyword(name))
    } else {
        // It would print as something that reads as something else.
        Err(Error::invalid_argument(
            &[&*readable(&Value::string(name)), " is not a name"].concat(),
        ))
    }
}

/// `(symbol x)`
pub(super) fn symbol(a: Value) -> Result<Value, Error> {
    name_text("symbol", &a).map(Value::symbol)
}

/// `(name x)`
pub(super) fn name(a: Value) -> Result<Value, Error> {
    name_text("name", &a).map(Value::string)
}
