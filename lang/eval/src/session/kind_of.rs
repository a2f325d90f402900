//! The type of a value, as somebody would write it.

use rtfs_value::types::{MapEntry, Type};
use rtfs_value::{Kind, Value};

/// How deep the types of items are looked at; below, anything fits.
const MAX_DEPTH: u32 = 4;

/// How many items are looked at.
const MAX_ITEMS: usize = 1_000;

/// A map with more entries than this is no record.
const MAX_FIELDS: usize = 12;

/// Unions of more members say nothing.
const MAX_MEMBERS: usize = 5;

/// A type that the value fits, as narrow as is useful.
pub(super) fn type_of(value: &Value) -> Type {
    typed(value, MAX_DEPTH)
}

fn typed(value: &Value, depth: u32) -> Type {
    let Some(below) = depth.checked_sub(1) else {
        return Type::Any;
    };
    match value.kind() {
        Kind::Nil => Type::Nil,
        Kind::Boolean => Type::Bool,
        Kind::Integer => Type::Int,
        Kind::Float => Type::Float,
        Kind::String => Type::String,
        Kind::Keyword => Type::Keyword,
        Kind::Symbol => Type::Symbol,
        Kind::Timestamp => Type::Timestamp,
        Kind::Uuid => Type::Uuid,
        Kind::Error => Type::Error,
        Kind::Resource => Type::Resource("Any".to_owned()),
        Kind::Vector => Type::Vector(Box::new(item_type(value, below))),
        Kind::List => Type::List(Box::new(item_type(value, below))),
        Kind::Map => map_type(value, below),
        Kind::Function => Type::any_function(),
        _ => Type::Any,
    }
}

fn item_type(value: &Value, depth: u32) -> Type {
    match value.as_seq() {
        Some(items) if items.len() <= MAX_ITEMS => {
            join(items.iter().map(|item| typed(item, depth)))
        }
        _ => Type::Any,
    }
}

/// Few keyword keys make a record, others a map of keys and values.
fn map_type(value: &Value, depth: u32) -> Type {
    let Some(map) = value.as_map().filter(|map| map.len() <= MAX_ITEMS) else {
        return Type::any_map();
    };
    let fields: Option<Vec<MapEntry>> = map
        .iter()
        .map(|(key, value)| {
            Some(MapEntry {
                key: key.as_keyword()?.to_owned(),
                ty: typed(value, depth),
                optional: false,
            })
        })
        .collect();
    match fields {
        Some(entries) if entries.len() <= MAX_FIELDS => Type::Map {
            entries,
            wildcard: None,
        },
        _ => {
            let keys = join(map.iter().map(|(key, _)| typed(key, depth)));
            let values = join(map.iter().map(|(_, value)| typed(value, depth)));
            Type::MapOf(Box::new(keys), Box::new(values))
        }
    }
}

/// A type that all values of these types fit.
fn join(types: impl Iterator<Item = Type>) -> Type {
    let mut members: Vec<Type> = Vec::new();
    for ty in types {
        if !members.contains(&ty) {
            members.push(ty);
        }
        if members.len() > MAX_MEMBERS {
            return Type::Any;
        }
    }
    let before = members.len();
    members.retain(|ty| *ty != Type::Nil);
    let has_nil = members.len() < before;
    let joined = match members.as_slice() {
        [] if has_nil => return Type::Nil,
        [] => Type::Any,
        [one] => one.clone(),
        _ => Type::Union(members),
    };
    if has_nil { joined.optional() } else { joined }
}
