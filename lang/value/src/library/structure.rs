//! Constructors of `defstruct`: functions that check a map and give it back.

use super::call::combinator;
use super::next::{Args, Next};
use crate::types::{self, Detail, Level, MapEntry, Type};
use crate::{Error, Map, Value};
use alloc::string::String;
use alloc::vec::Vec;

/// The constructor of a struct with these fields.
pub fn struct_constructor(name: &str, fields: &[(String, Type)]) -> Value {
    let entry = |(key, ty): &(String, Type)| MapEntry {
        key: key.clone(),
        ty: ty.clone(),
        optional: matches!(ty, Type::Optional(_)),
    };
    let record = record_of(fields.iter().map(entry).collect());
    struct_constructor_encoded(Value::string(name), &types::encode(&record))
}

/// [`struct_constructor`] for compiled code: the name as a string, and the encoded type
/// `[:map [:field T] …]`.
pub fn struct_constructor_encoded(name: Value, record: &[u8]) -> Value {
    combinator(construct, [name, Value::bytes(record)])
}

fn record_of(entries: Vec<MapEntry>) -> Type {
    Type::Map {
        entries,
        wildcard: None,
    }
}

fn construct(fields: &[Value], args: Args) -> Result<Next, Error> {
    let [name, record] = fields else {
        return Err(Error::internal("a constructor without name and fields"));
    };
    let name = name.as_str().unwrap_or_default();
    let n_args = args.len();
    let Ok([value]) = <[Value; 1]>::try_from(args.into_vec()) else {
        return Err(Error::arity(name, 1, Some(1), n_args));
    };
    let Some(map) = value.as_map() else {
        return Err(Error::type_error(name, "map", value.type_name()));
    };
    let record = types::decode(record.as_bytes().unwrap_or_default());
    let Ok(Type::Map { entries, .. }) = record else {
        return Err(Error::internal("a constructor without fields"));
    };
    for entry in entries {
        check_field(&value, map, entry)?;
    }
    Ok(Next::Done(value))
}

/// One field is there, unless it may be absent, and has its type.
fn check_field(value: &Value, map: &Map, field: MapEntry) -> Result<(), Error> {
    let context = ["field ", &*field.key].concat();
    let present = map.get_keyword(&field.key).is_some() || map.get_str(&field.key).is_some();
    if !present && !field.optional && !matches!(field.ty, Type::Optional(_)) {
        let missing = ["Required field ", &*field.key, " is missing"].concat();
        return Err(Detail::Violation(missing).into_error(&context));
    }
    // As a record of one field, so that the message has the field in its path.
    types::check(value, &record_of([field].into()), Level::Standard)
        .map_err(|detail| detail.into_error(&context))
}
