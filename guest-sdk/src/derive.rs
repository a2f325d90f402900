//! What derived conversions are made of.

use crate::convert::FromValue;
use rtfs_value::{Kind, Map, Value};

/// `[:map [:a :int] [:b :int? ?]]`
pub fn record_type(fields: &[(&str, String)]) -> String {
    let mut name = String::from("[:map");
    for (key, ty) in fields {
        let optional = if may_be_absent(ty) { " ?" } else { "" };
        name.push_str(&format!(" [:{key} {ty}{optional}]"));
    }
    name.push(']');
    name
}

/// `[:tuple :int :string]`
pub fn tuple_type(items: &[String]) -> String {
    format!("[:tuple {}]", items.join(" "))
}

/// `[:union [:enum :a] [:tuple [:val :b] :int]]`, or the only member.
pub fn union_type(members: &[String]) -> String {
    match members {
        [only] => only.clone(),
        members => format!("[:union {}]", members.join(" ")),
    }
}

/// Fields of these types are left out when they are nil.
fn may_be_absent(ty: &str) -> bool {
    ty.ends_with('?')
}

/// A record's value.
pub fn record<const N: usize>(fields: [(&str, String, Value); N]) -> Value {
    let mut map = Map::new();
    for (key, ty, value) in fields {
        if value.is_nil() && may_be_absent(&ty) {
            continue;
        }
        // A keyword is a valid key.
        let _ = map.assoc(Value::keyword(key), value);
    }
    map.into_value()
}

/// The map that a record must be.
pub fn fields(value: Value) -> Result<Map, Value> {
    value.into_map()
}

/// A field of a record; an absent one is read as nil.
pub fn field<T: FromValue>(fields: &Map, key: &str) -> Result<T, Value> {
    match fields.get_keyword(key) {
        Some(value) => T::from_value(value.clone()),
        // What does not fit is the record, not the nil that is not there.
        None => T::from_value(Value::NIL).map_err(|_| fields.as_value().clone()),
    }
}

/// The items of a vector of this many.
pub fn items<const N: usize>(value: Value) -> Result<[Value; N], Value> {
    let items = value.as_seq().map(|items| items.iter().cloned().collect());
    let items: Option<Vec<Value>> = items;
    items.and_then(|items| items.try_into().ok()).ok_or(value)
}

/// Keyword of a variant, and what follows it in a vector.
pub fn variant(value: &Value) -> Result<(String, Option<Vec<Value>>), Value> {
    if let Some(key) = value.as_keyword() {
        return Ok((key.to_owned(), None));
    }
    let items = value.as_seq().filter(|_| value.kind() == Kind::Vector);
    let key = items.and_then(|items| items.first()?.as_keyword());
    match (key, items) {
        (Some(key), Some(items)) => {
            let rest = items.iter().skip(1).cloned().collect();
            Ok((key.to_owned(), Some(rest)))
        }
        _ => Err(value.clone()),
    }
}

/// The fields of a variant, as many as it has.
pub fn rest<const N: usize>(rest: Vec<Value>, value: &Value) -> Result<[Value; N], Value> {
    rest.try_into().map_err(|_| value.clone())
}
