//! Whether a value fits a type.
//!
//! Recursion follows the type, whose depth is limited ([`super::MAX_DEPTH`]), never the data.

use super::predicate::holds;
use super::printed::write_shape;
use super::{Constraint, Literal, MapEntry, Predicate, Type};
use crate::equality::equal;
use crate::error::Error;
use crate::kind::Kind;
use crate::map::Map;
use crate::print::{readable, write_int, write_plain};
use crate::seq::Seq;
use crate::value::Value;
use alloc::string::String;
use alloc::vec::Vec;

/// How much of an annotation is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Kinds only: predicates and nested items are skipped.
    Basic,
    /// Everything.
    #[default]
    Standard,
    /// Everything, also what a compiler has proved.
    Strict,
}

/// Why a value does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detail {
    /// It does not; the text behind `Type validation error: CONTEXT: `.
    Violation(String),
    /// The type uses something that no engine supports yet.
    NotImplemented(&'static str),
}

impl Detail {
    /// The error of a failed check in this context, e.g. `param x`.
    pub fn into_error(self, context: &str) -> Error {
        match self {
            Self::Violation(text) => Error::type_validation(context, &text),
            Self::NotImplemented(name) => Error::not_implemented(name),
        }
    }
}

/// A violation on its way out; the path grows from the inside.
enum Failure {
    /// Text before and after the path, and the path's parts, innermost first.
    At {
        head: String,
        tail: String,
        path: Vec<String>,
    },
    /// Text without a path.
    Plain(String),
    NotImplemented(&'static str),
}

impl Failure {
    fn at(head: &str, tail: String) -> Self {
        Self::At {
            head: String::from(head),
            tail,
            path: Vec::new(),
        }
    }

    /// Below this part of a path.
    fn below(mut self, part: impl FnOnce() -> String) -> Self {
        if let Self::At { path, .. } = &mut self {
            path.push(part());
        }
        self
    }

    fn detail(self) -> Detail {
        match self {
            Self::NotImplemented(name) => Detail::NotImplemented(name),
            Self::Plain(text) => Detail::Violation(text),
            Self::At {
                mut head,
                tail,
                path,
            } => {
                if !path.is_empty() {
                    head.push_str(" at ");
                    head.extend(path.iter().rev().map(String::as_str));
                }
                head.push_str(&tail);
                Detail::Violation(head)
            }
        }
    }
}

/// Whether `value` fits `ty`, and if not, the first violation.
///
/// # Errors
/// The detail of the message.
pub fn check(value: &Value, ty: &Type, level: Level) -> Result<(), Detail> {
    fits(value, ty, level).map_err(Failure::detail)
}

/// [`check`] at the standard level with an encoded type, for compiled code.
///
/// # Errors
/// `TypeValidationError`, or what [`Detail::into_error`] gives; `InternalError` when `encoded` is
/// not the encoding of a type.
pub fn check_encoded(value: &Value, encoded: &[u8], context: &str) -> Result<(), Error> {
    match super::decode(encoded) {
        Ok(ty) => check(value, &ty, Level::Standard).map_err(|detail| detail.into_error(context)),
        Err(_) => Err(Error::internal("type descriptor cannot be decoded")),
    }
}

fn mismatch(expected: &Type, got: &str) -> Failure {
    let mut tail = String::from(": expected ");
    tail.push_str(&expected.printed());
    tail.push_str(", got ");
    tail.push_str(got);
    Failure::at("Type mismatch", tail)
}

fn index_part(index: usize) -> String {
    let mut part = String::from("[");
    write_int(index as i64, &mut part);
    part.push(']');
    part
}

fn key_part(key: &Value) -> String {
    let mut part = String::from(".");
    match key.as_text() {
        Some(name) => part.push_str(name),
        None => write_plain(key, &mut part),
    }
    part
}

/// Whether the value has the kind of the type; nothing inside is looked at.
fn kind_fits(value: &Value, ty: &Type) -> bool {
    let kind = value.kind();
    match ty {
        Type::Int => kind == Kind::Integer,
        Type::Float => matches!(kind, Kind::Float | Kind::Integer),
        Type::String => kind == Kind::String,
        Type::Bool => kind == Kind::Boolean,
        Type::Nil => kind == Kind::Nil,
        Type::Keyword => kind == Kind::Keyword,
        Type::Symbol => kind == Kind::Symbol,
        Type::Any | Type::TypeVar(_) | Type::TypeRef(_) => true,
        Type::Never => false,
        Type::Timestamp => kind == Kind::Timestamp,
        Type::Uuid => kind == Kind::Uuid,
        Type::Error => kind == Kind::Error,
        Type::Resource(_) => kind == Kind::Resource,
        Type::Optional(inner) => kind == Kind::Nil || kind_fits(value, inner),
        Type::Vector(_) => matches!(kind, Kind::Vector | Kind::List),
        Type::List(_) => kind == Kind::List,
        Type::Tuple(_) | Type::Array { .. } => kind == Kind::Vector,
        Type::Map { .. } | Type::MapOf(..) => kind == Kind::Map,
        Type::Function { .. } => kind == Kind::Function,
        Type::Enum(literals) => literals.iter().any(|literal| literal.kind() == kind),
        Type::Literal(literal) => literal.kind() == kind,
        Type::Union(members) => members.iter().any(|member| kind_fits(value, member)),
        Type::Refinement { base, .. } => kind_fits(value, base),
    }
}

fn fits(value: &Value, ty: &Type, level: Level) -> Result<(), Failure> {
    match ty {
        Type::TypeRef(name) => return Err(Failure::Plain(["Unknown type: ", name].concat())),
        // The base speaks for itself.
        Type::Refinement { base, constraints } => {
            return refinement_fits(value, base, constraints, level);
        }
        _ => {}
    }
    if !kind_fits(value, ty) {
        let got = match ty {
            Type::Enum(_) | Type::Literal(_) => readable(value),
            _ => String::from(value.type_name()),
        };
        return Err(mismatch(ty, &got));
    }
    if level == Level::Basic {
        return Ok(());
    }
    match ty {
        Type::Optional(inner) if !value.is_nil() => fits(value, inner, level),
        Type::Vector(item) | Type::List(item) => match (value.as_seq(), &**item) {
            (None, _) | (_, Type::Any) => Ok(()),
            (Some(seq), item) => items_fit(seq, item, level),
        },
        Type::Tuple(items) => tuple_fits(value, items, ty, level),
        Type::Map { entries, wildcard } => match value.as_map() {
            Some(map) => record_fits(map, entries, wildcard.as_deref(), level),
            None => Ok(()),
        },
        Type::MapOf(key, item) => match value.as_map() {
            Some(map) => map_of_fits(map, key, item, level),
            None => Ok(()),
        },
        Type::Enum(literals) => one_of(value, literals, ty),
        Type::Literal(literal) => one_of(value, core::slice::from_ref(literal), ty),
        Type::Union(members) => union_fits(value, members, ty, level),
        Type::Array { item, shape } => {
            let any = [None];
            array_fits(
                value,
                item,
                if shape.is_empty() { &any } else { shape },
                level,
            )
        }
        _ => Ok(()),
    }
}

fn items_fit(seq: &Seq, item: &Type, level: Level) -> Result<(), Failure> {
    for (i, value) in seq.iter().enumerate() {
        fits(value, item, level).map_err(|failure| failure.below(|| index_part(i)))?;
    }
    Ok(())
}

fn tuple_fits(value: &Value, items: &[Type], ty: &Type, level: Level) -> Result<(), Failure> {
    let Some(seq) = value.as_seq() else {
        return Ok(());
    };
    if seq.len() != items.len() {
        let mut got = String::from("tuple of length ");
        write_int(seq.len() as i64, &mut got);
        return Err(mismatch(ty, &got));
    }
    for (i, (value, item)) in seq.iter().zip(items).enumerate() {
        fits(value, item, level).map_err(|failure| failure.below(|| index_part(i)))?;
    }
    Ok(())
}

fn record_fits(
    map: &Map,
    entries: &[MapEntry],
    wildcard: Option<&Type>,
    level: Level,
) -> Result<(), Failure> {
    for entry in entries {
        match map
            .get_keyword(&entry.key)
            .or_else(|| map.get_str(&entry.key))
        {
            Some(value) => fits(value, &entry.ty, level)
                .map_err(|failure| failure.below(|| [".", &*entry.key].concat()))?,
            None if entry.optional || matches!(entry.ty, Type::Optional(_)) => {}
            None => {
                let head = ["Missing required key :", &*entry.key].concat();
                return Err(Failure::at(&head, String::new()));
            }
        }
    }
    let Some(wildcard) = wildcard else {
        return Ok(());
    };
    for (key, value) in map {
        let named = key
            .as_text()
            .is_some_and(|name| entries.iter().any(|entry| entry.key == name));
        if !named {
            fits(value, wildcard, level).map_err(|failure| failure.below(|| key_part(key)))?;
        }
    }
    Ok(())
}

fn map_of_fits(map: &Map, key_type: &Type, item: &Type, level: Level) -> Result<(), Failure> {
    for (key, value) in map {
        fits(key, key_type, level)
            .and_then(|()| fits(value, item, level))
            .map_err(|failure| failure.below(|| key_part(key)))?;
    }
    Ok(())
}

fn one_of(value: &Value, literals: &[Literal], ty: &Type) -> Result<(), Failure> {
    if literals
        .iter()
        .any(|literal| equal(value, &literal.value()))
    {
        Ok(())
    } else {
        Err(mismatch(ty, &readable(value)))
    }
}

fn refinement_fits(
    value: &Value,
    base: &Type,
    constraints: &[Constraint],
    level: Level,
) -> Result<(), Failure> {
    fits(value, base, level)?;
    if level == Level::Basic {
        return Ok(());
    }
    constraints
        .iter()
        .try_for_each(|constraint| match constraint {
            Constraint::Type(ty) => fits(value, ty, level),
            Constraint::Predicate(predicate) => predicate_fits(value, predicate),
        })
}

fn union_fits(value: &Value, members: &[Type], ty: &Type, level: Level) -> Result<(), Failure> {
    for member in members {
        match fits(value, member, level) {
            Ok(()) => return Ok(()),
            Err(Failure::NotImplemented(name)) => return Err(Failure::NotImplemented(name)),
            Err(_) => {}
        }
    }
    Err(mismatch(ty, value.type_name()))
}

fn predicate_fits(value: &Value, predicate: &Predicate) -> Result<(), Failure> {
    match predicate {
        Predicate::Unknown(name) => Err(Failure::Plain(["Unknown predicate: ", name].concat())),
        Predicate::MatchesRegex(pattern) => match super::regex::found(pattern, value) {
            None => Err(Failure::NotImplemented(":matches-regex")),
            Some(Err(message)) => Err(Failure::Plain(message)),
            Some(Ok(true)) => Ok(()),
            Some(Ok(false)) => Err(violated(predicate, value)),
        },
        _ if holds(predicate, value) => Ok(()),
        _ => Err(violated(predicate, value)),
    }
}

#[cold]
fn violated(predicate: &Predicate, value: &Value) -> Failure {
    let mut tail = String::from(": ");
    tail.push_str(&predicate.printed());
    tail.push_str(" failed for value ");
    tail.push_str(&readable(value));
    Failure::at("Predicate violation", tail)
}

fn array_fits(
    value: &Value,
    item: &Type,
    shape: &[Option<u32>],
    level: Level,
) -> Result<(), Failure> {
    let Some((size, inner)) = shape.split_first() else {
        return fits(value, item, level);
    };
    let Some(seq) = value.as_seq().filter(|seq| !seq.is_list()) else {
        let expected = Type::Array {
            item: item.clone().into(),
            shape: shape.into(),
        };
        return Err(mismatch(&expected, value.type_name()));
    };
    if size.is_some_and(|size| size as usize != seq.len()) {
        let mut tail = String::from(": expected ");
        write_shape(&[*size], &mut tail);
        tail.push_str(", got [");
        write_int(seq.len() as i64, &mut tail);
        tail.push(']');
        return Err(Failure::at("Shape violation", tail));
    }
    for (i, value) in seq.iter().enumerate() {
        array_fits(value, item, inner, level).map_err(|failure| failure.below(|| index_part(i)))?;
    }
    Ok(())
}
