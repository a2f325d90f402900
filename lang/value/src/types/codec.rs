//! Types as bytes: deterministic CBOR, specified in `value.cddl`.

use super::{Constraint, Literal, MAX_DEPTH, MapEntry, Predicate, Type};
use crate::cbor::wire::{FALSE, Item, NULL, Reader, TRUE, float, head, int, major, text};
use alloc::boxed::Box;
use alloc::vec::Vec;

pub use crate::cbor::DecodeError;

/// Codes of types without parts; they stand alone.
const PRIMITIVES: [(u8, Type); 12] = [
    (0, Type::Any),
    (1, Type::Never),
    (2, Type::Nil),
    (3, Type::Bool),
    (4, Type::Int),
    (5, Type::Float),
    (6, Type::String),
    (7, Type::Keyword),
    (8, Type::Symbol),
    (9, Type::Timestamp),
    (10, Type::Uuid),
    (11, Type::Error),
];

/// Codes of types with parts: the first item of an array.
mod code {
    pub(super) const OPTIONAL: i64 = 16;
    pub(super) const VECTOR: i64 = 17;
    pub(super) const LIST: i64 = 18;
    pub(super) const TUPLE: i64 = 19;
    pub(super) const MAP: i64 = 20;
    pub(super) const MAP_OF: i64 = 21;
    pub(super) const FUNCTION: i64 = 22;
    pub(super) const RESOURCE: i64 = 23;
    pub(super) const ENUM: i64 = 24;
    pub(super) const UNION: i64 = 25;
    pub(super) const REFINEMENT: i64 = 26;
    pub(super) const LITERAL: i64 = 27;
    pub(super) const ARRAY: i64 = 28;
    pub(super) const TYPE_REF: i64 = 29;
    pub(super) const TYPE_VAR: i64 = 30;
    pub(super) const STRUCT: i64 = 31;
}

/// The encoding of a type.
pub fn encode(ty: &Type) -> Vec<u8> {
    let mut out = Vec::new();
    write_type(ty, &mut out);
    out
}

/// The type of an encoding.
///
/// # Errors
/// Anything that [`encode`] does not produce, and types nested deeper than [`MAX_DEPTH`].
pub fn decode(bytes: &[u8]) -> Result<Type, DecodeError> {
    let mut reader = Reader::new(bytes);
    let ty = read_type(&mut reader, MAX_DEPTH)?;
    reader.finish()?;
    Ok(ty)
}

fn array(out: &mut Vec<u8>, n: usize) {
    head(out, major::ARRAY, n as u64);
}

/// An array of a code and `n` parts, which follow.
fn coded(out: &mut Vec<u8>, code: i64, n: usize) {
    array(out, n + 1);
    int(out, code);
}

fn write_types<'a>(types: impl ExactSizeIterator<Item = &'a Type>, out: &mut Vec<u8>) {
    array(out, types.len());
    for ty in types {
        write_type(ty, out);
    }
}

fn write_optional(ty: Option<&Type>, out: &mut Vec<u8>) {
    match ty {
        Some(ty) => write_type(ty, out),
        None => out.push(NULL),
    }
}

fn write_type(ty: &Type, out: &mut Vec<u8>) {
    if let Some((code, _)) = PRIMITIVES.iter().find(|(_, primitive)| primitive == ty) {
        return int(out, i64::from(*code));
    }
    match ty {
        Type::Optional(inner) => {
            coded(out, code::OPTIONAL, 1);
            write_type(inner, out);
        }
        Type::Vector(item) => {
            coded(out, code::VECTOR, 1);
            write_type(item, out);
        }
        Type::List(item) => {
            coded(out, code::LIST, 1);
            write_type(item, out);
        }
        Type::Tuple(items) => {
            coded(out, code::TUPLE, 1);
            write_types(items.iter(), out);
        }
        Type::Map { entries, wildcard } => {
            coded(out, code::MAP, 2);
            write_entries(entries, out);
            write_optional(wildcard.as_deref(), out);
        }
        Type::MapOf(key, value) => {
            coded(out, code::MAP_OF, 2);
            write_type(key, out);
            write_type(value, out);
        }
        Type::Function {
            params,
            rest,
            result,
        } => {
            coded(out, code::FUNCTION, 3);
            write_types(params.iter(), out);
            write_optional(rest.as_deref(), out);
            write_type(result, out);
        }
        Type::Resource(name) => named(out, code::RESOURCE, name),
        Type::Enum(literals) => {
            coded(out, code::ENUM, 1);
            array(out, literals.len());
            for literal in literals {
                write_literal(literal, out);
            }
        }
        Type::Union(members) => {
            coded(out, code::UNION, 1);
            write_types(members.iter(), out);
        }
        Type::Refinement { base, constraints } => {
            coded(out, code::REFINEMENT, 2);
            write_type(base, out);
            array(out, constraints.len());
            for constraint in constraints {
                write_constraint(constraint, out);
            }
        }
        Type::Literal(literal) => {
            coded(out, code::LITERAL, 1);
            write_literal(literal, out);
        }
        Type::Array { item, shape } => {
            coded(out, code::ARRAY, 2);
            write_type(item, out);
            array(out, shape.len());
            for size in shape {
                match size {
                    Some(size) => int(out, i64::from(*size)),
                    None => out.push(NULL),
                }
            }
        }
        Type::Struct { name, entries } => {
            coded(out, code::STRUCT, 2);
            text(out, name);
            write_entries(entries, out);
        }
        Type::TypeRef(name) => named(out, code::TYPE_REF, name),
        Type::TypeVar(name) => named(out, code::TYPE_VAR, name),
        // Written above: every type without parts is in the table.
        _ => int(out, 0),
    }
}

fn write_entries(entries: &[MapEntry], out: &mut Vec<u8>) {
    array(out, entries.len());
    for entry in entries {
        array(out, 3);
        text(out, &entry.key);
        write_type(&entry.ty, out);
        out.push(if entry.optional { TRUE } else { FALSE });
    }
}

fn named(out: &mut Vec<u8>, code: i64, name: &str) {
    coded(out, code, 1);
    text(out, name);
}

/// Literals are encoded like values: `[kind, text]` for what CBOR does not have.
fn write_literal(literal: &Literal, out: &mut Vec<u8>) {
    let tagged = |out: &mut Vec<u8>, tag: u64, name: &str| {
        head(out, major::TAG, tag);
        text(out, name);
    };
    use crate::cbor::tags;
    match literal {
        Literal::Nil => out.push(NULL),
        Literal::Bool(b) => out.push(if *b { TRUE } else { FALSE }),
        Literal::Int(i) => int(out, *i),
        Literal::Float(bits) => float(out, f64::from_bits(*bits)),
        Literal::Str(s) => text(out, s),
        Literal::Keyword(s) => tagged(out, tags::KEYWORD, s),
        Literal::Symbol(s) => tagged(out, tags::SYMBOL, s),
        Literal::Timestamp(s) => tagged(out, tags::TIMESTAMP, s),
        Literal::Uuid(s) => tagged(out, tags::UUID, s),
        Literal::Resource(s) => tagged(out, tags::RESOURCE, s),
    }
}

/// `[0, type]`, or `[n, argument …]` with the number of a predicate.
fn write_constraint(constraint: &Constraint, out: &mut Vec<u8>) {
    let literal = |out: &mut Vec<u8>, code: i64, v: &Literal| {
        coded(out, code, 1);
        write_literal(v, out);
    };
    let number = |out: &mut Vec<u8>, code: i64, n: &u32| {
        coded(out, code, 1);
        int(out, i64::from(*n));
    };
    let predicate = match constraint {
        Constraint::Type(ty) => {
            coded(out, 0, 1);
            return write_type(ty, out);
        }
        Constraint::Predicate(predicate) => predicate,
    };
    match predicate {
        Predicate::Greater(n) => literal(out, 1, n),
        Predicate::GreaterEqual(n) => literal(out, 2, n),
        Predicate::Less(n) => literal(out, 3, n),
        Predicate::LessEqual(n) => literal(out, 4, n),
        Predicate::Equal(v) => literal(out, 5, v),
        Predicate::NotEqual(v) => literal(out, 6, v),
        Predicate::InRange(a, b) => {
            coded(out, 7, 2);
            write_literal(a, out);
            write_literal(b, out);
        }
        Predicate::MinLength(n) => number(out, 8, n),
        Predicate::MaxLength(n) => number(out, 9, n),
        Predicate::Length(n) => number(out, 10, n),
        Predicate::MatchesRegex(pattern) => named(out, 11, pattern),
        Predicate::IsUrl => coded(out, 12, 0),
        Predicate::IsEmail => coded(out, 13, 0),
        Predicate::MinCount(n) => number(out, 14, n),
        Predicate::MaxCount(n) => number(out, 15, n),
        Predicate::Count(n) => number(out, 16, n),
        Predicate::NonEmpty => coded(out, 17, 0),
        Predicate::HasKey(key) => named(out, 18, key),
        Predicate::RequiredKeys(keys) => {
            coded(out, 19, 1);
            array(out, keys.len());
            for key in keys {
                text(out, key);
            }
        }
        Predicate::Unknown(name) => named(out, 20, name),
    }
}

fn read_type(reader: &mut Reader<'_>, depth: usize) -> Result<Type, DecodeError> {
    let n = match reader.item()? {
        Item::Int(code) => {
            let known = PRIMITIVES
                .iter()
                .find(|(known, _)| i64::from(*known) == code);
            return known
                .map(|(_, ty)| ty.clone())
                .ok_or_else(|| reader.error("unknown type"));
        }
        Item::Array(n) => n,
        _ => return Err(reader.error("expected a type")),
    };
    let Some(depth) = depth.checked_sub(1) else {
        return Err(reader.error("nested too deeply"));
    };
    let code = reader.int()?;
    let parts = match code {
        code::MAP | code::MAP_OF | code::REFINEMENT | code::ARRAY | code::STRUCT => 2,
        code::FUNCTION => 3,
        _ => 1,
    };
    if n != parts + 1 {
        return Err(reader.error("array of another length"));
    }
    let inner = |reader: &mut Reader<'_>| read_type(reader, depth).map(Box::new);
    Ok(match code {
        code::OPTIONAL => Type::Optional(inner(reader)?),
        code::VECTOR => Type::Vector(inner(reader)?),
        code::LIST => Type::List(inner(reader)?),
        code::TUPLE => Type::Tuple(read_types(reader, depth)?),
        code::MAP => Type::Map {
            entries: read_entries(reader, depth)?,
            wildcard: read_optional(reader, depth)?,
        },
        code::MAP_OF => Type::MapOf(inner(reader)?, inner(reader)?),
        code::FUNCTION => Type::Function {
            params: read_types(reader, depth)?,
            rest: read_optional(reader, depth)?,
            result: inner(reader)?,
        },
        code::RESOURCE => Type::Resource(reader.text()?.into()),
        code::ENUM => Type::Enum(read_list(reader, read_literal)?),
        code::UNION => Type::Union(read_types(reader, depth)?),
        code::REFINEMENT => Type::Refinement {
            base: inner(reader)?,
            constraints: read_list(reader, |reader| read_constraint(reader, depth))?,
        },
        code::LITERAL => Type::Literal(read_literal(reader)?),
        code::ARRAY => Type::Array {
            item: inner(reader)?,
            shape: read_list(reader, |reader| match reader.item()? {
                Item::Null => Ok(None),
                Item::Int(size) => u32::try_from(size)
                    .map(Some)
                    .map_err(|_| reader.error("not a size")),
                _ => Err(reader.error("expected a size or null")),
            })?,
        },
        code::STRUCT => Type::Struct {
            name: reader.text()?.into(),
            entries: read_entries(reader, depth)?,
        },
        code::TYPE_REF => Type::TypeRef(reader.text()?.into()),
        code::TYPE_VAR => Type::TypeVar(reader.text()?.into()),
        _ => return Err(reader.error("unknown type")),
    })
}

fn read_list<'a, T>(
    reader: &mut Reader<'a>,
    mut read: impl FnMut(&mut Reader<'a>) -> Result<T, DecodeError>,
) -> Result<Vec<T>, DecodeError> {
    let n = reader.array()?;
    let mut items = Vec::new();
    for _ in 0..n {
        items.push(read(reader)?);
    }
    Ok(items)
}

fn read_types(reader: &mut Reader<'_>, depth: usize) -> Result<Vec<Type>, DecodeError> {
    read_list(reader, |reader| read_type(reader, depth))
}

fn read_optional(reader: &mut Reader<'_>, depth: usize) -> Result<Option<Box<Type>>, DecodeError> {
    let mut ahead = reader.clone();
    if let Item::Null = ahead.item()? {
        *reader = ahead;
        return Ok(None);
    }
    read_type(reader, depth).map(|ty| Some(Box::new(ty)))
}

fn read_entries(reader: &mut Reader<'_>, depth: usize) -> Result<Vec<MapEntry>, DecodeError> {
    read_list(reader, |reader| {
        reader.array_of(3)?;
        let key = reader.text()?.into();
        let ty = read_type(reader, depth)?;
        match reader.item()? {
            Item::Bool(optional) => Ok(MapEntry { key, ty, optional }),
            _ => Err(reader.error("expected true or false")),
        }
    })
}

fn read_literal(reader: &mut Reader<'_>) -> Result<Literal, DecodeError> {
    use crate::cbor::tags;
    use crate::tag;
    Ok(match reader.item()? {
        Item::Null => Literal::Nil,
        Item::Bool(b) => Literal::Bool(b),
        Item::Int(i) => Literal::Int(i),
        Item::Float(x) => Literal::Float(x.to_bits()),
        Item::Text(s) => Literal::Str(s.into()),
        Item::Tag(tags::KEYWORD) => Literal::Keyword(readable(reader, tag::KEYWORD)?.into()),
        Item::Tag(tags::SYMBOL) => Literal::Symbol(reader.text()?.into()),
        Item::Tag(tags::TIMESTAMP) => Literal::Timestamp(readable(reader, tag::TIMESTAMP)?.into()),
        Item::Tag(tags::UUID) => Literal::Uuid(readable(reader, tag::UUID)?.into()),
        Item::Tag(tags::RESOURCE) => Literal::Resource(readable(reader, tag::RESOURCE)?.into()),
        Item::Array(_) | Item::Tag(_) => return Err(reader.error("expected a literal")),
    })
}

/// The text of a literal with the tag, which must be one that the language's reader takes.
fn readable<'a>(reader: &mut Reader<'a>, tag: u32) -> Result<&'a str, DecodeError> {
    let text = reader.text()?;
    if !crate::names::is_readable(tag, text) {
        return Err(reader.error("not the text of a literal"));
    }
    Ok(text)
}

fn read_constraint(reader: &mut Reader<'_>, depth: usize) -> Result<Constraint, DecodeError> {
    let n = reader.array()?;
    let code = reader.int()?;
    let parts = match code {
        7 => 2,
        12 | 13 | 17 => 0,
        _ => 1,
    };
    if n != parts + 1 {
        return Err(reader.error("array of another length"));
    }
    let number = |reader: &mut Reader<'_>| {
        u32::try_from(reader.int()?).map_err(|_| reader.error("not a size"))
    };
    Ok(Constraint::Predicate(match code {
        0 => return read_type(reader, depth).map(Constraint::Type),
        1 => Predicate::Greater(read_literal(reader)?),
        2 => Predicate::GreaterEqual(read_literal(reader)?),
        3 => Predicate::Less(read_literal(reader)?),
        4 => Predicate::LessEqual(read_literal(reader)?),
        5 => Predicate::Equal(read_literal(reader)?),
        6 => Predicate::NotEqual(read_literal(reader)?),
        7 => Predicate::InRange(read_literal(reader)?, read_literal(reader)?),
        8 => Predicate::MinLength(number(reader)?),
        9 => Predicate::MaxLength(number(reader)?),
        10 => Predicate::Length(number(reader)?),
        11 => Predicate::MatchesRegex(reader.text()?.into()),
        12 => Predicate::IsUrl,
        13 => Predicate::IsEmail,
        14 => Predicate::MinCount(number(reader)?),
        15 => Predicate::MaxCount(number(reader)?),
        16 => Predicate::Count(number(reader)?),
        17 => Predicate::NonEmpty,
        18 => Predicate::HasKey(reader.text()?.into()),
        19 => Predicate::RequiredKeys(read_list(reader, |reader| reader.text().map(Into::into))?),
        20 => Predicate::Unknown(reader.text()?.into()),
        _ => return Err(reader.error("unknown predicate")),
    }))
}
