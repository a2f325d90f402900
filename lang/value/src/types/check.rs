//! Whether a value fits a type: levels of checking, violations and their texts.

use super::predicate::holds;
use super::walk::Walk;
use super::{Predicate, Type};
use crate::error::Error;
use crate::kind::Kind;
use crate::print::{readable, write_int, write_plain};
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
}

impl Detail {
    /// The error of a failed check in this context, e.g. `param x`.
    pub fn into_error(self, context: &str) -> Error {
        match self {
            Self::Violation(text) => Error::type_validation(context, &text),
        }
    }
}

/// A violation on its way out; the path grows from the inside.
pub(super) enum Failure {
    /// Text before and after the path, and the path's parts, innermost first.
    At {
        head: String,
        tail: String,
        path: Vec<String>,
    },
    /// Text without a path.
    Plain(String),
}

impl Failure {
    pub(super) fn at(head: &str, tail: String) -> Self {
        Self::At {
            head: String::from(head),
            tail,
            path: Vec::new(),
        }
    }

    /// Below this part of a path.
    pub(super) fn below(&mut self, part: impl FnOnce() -> String) {
        if let Self::At { path, .. } = self {
            path.push(part());
        }
    }

    pub(super) fn detail(self) -> Detail {
        match self {
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
    if certainly_fits(value, ty) {
        return Ok(());
    }
    Walk::new(level).check(value, ty)
}

/// Most checks are of a number or a string that fits; they need no walk.
fn certainly_fits(value: &Value, ty: &Type) -> bool {
    matches!(
        (ty, value.kind()),
        (Type::Any, _)
            | (Type::Int, Kind::Integer)
            | (Type::Float, Kind::Integer | Kind::Float)
            | (Type::String, Kind::String)
            | (Type::Bool, Kind::Boolean)
            | (Type::Keyword, Kind::Keyword)
    )
}

/// [`check`] with an encoded type, for compiled code.
///
/// # Errors
/// `TypeValidationError`, or what [`Detail::into_error`] gives; `InternalError` when `encoded` is
/// not the encoding of a type.
pub fn check_encoded(
    value: &Value,
    (encoded, level): (&[u8], Level),
    context: &str,
) -> Result<(), Error> {
    match super::decode(encoded) {
        Ok(ty) => check(value, &ty, level).map_err(|detail| detail.into_error(context)),
        Err(_) => Err(Error::internal("type descriptor cannot be decoded")),
    }
}

pub(super) fn mismatch(expected: &Type, got: &str) -> Failure {
    let mut tail = String::from(": expected ");
    tail.push_str(&expected.printed());
    tail.push_str(", got ");
    tail.push_str(got);
    Failure::at("Type mismatch", tail)
}

pub(super) fn index_part(index: usize) -> String {
    let mut part = String::from("[");
    write_int(index as i64, &mut part);
    part.push(']');
    part
}

pub(super) fn key_part(key: &Value) -> String {
    let mut part = String::from(".");
    match key.as_text() {
        Some(name) => part.push_str(name),
        None => write_plain(key, &mut part),
    }
    part
}

pub(super) fn predicate_fits(value: &Value, predicate: &Predicate) -> Result<(), Failure> {
    match predicate {
        Predicate::Unknown(name) => Err(Failure::Plain(["Unknown predicate: ", name].concat())),
        Predicate::MatchesRegex(pattern) => match super::regex::found(pattern, value) {
            Err(message) => Err(Failure::Plain(message)),
            Ok(true) => Ok(()),
            Ok(false) => Err(violated(predicate, value)),
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
