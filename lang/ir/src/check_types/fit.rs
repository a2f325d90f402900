//! Whether a value certainly does not fit a type.

use rtfs_value::types::{self, Constraint, Detail, Level, MapEntry, Type};
use rtfs_value::{Kind, Map, Value};

use super::known::{Kinds, Known, Shape, Signature};
use super::relate::{disjoint, is_under};
use crate::node::Literal;

/// The first certain violation, in the words that a check at run time has for it; `None` when
/// the value may fit.
pub(super) fn violation(known: &Known, ty: &Type) -> Option<String> {
    if let Some(value) = constant(known) {
        return match types::check(&value, ty, Level::Standard) {
            Err(Detail::Violation(text)) if !is_about_the_type(&text) => Some(text),
            _ => None,
        };
    }
    let found = misfit(known, ty)?;
    Some(if found.path.is_empty() {
        format!("{}{}", found.head, found.tail)
    } else {
        let path: String = found.path.iter().rev().map(String::as_str).collect();
        format!("{} at {path}{}", found.head, found.tail)
    })
}

/// A fault of the type itself is found whenever the check runs.
fn is_about_the_type(text: &str) -> bool {
    text.starts_with("Unknown ")
}

/// The value, when all of it is known.
fn constant(known: &Known) -> Option<Value> {
    match &known.shape {
        Shape::Constant(literal) => Some(literal.value()),
        Shape::Items(items) => {
            let items: Option<Vec<Value>> = items.iter().map(constant).collect();
            let is_list = known.kinds == Kinds::one(Kind::List);
            items.map(|items| match is_list {
                true => Value::list(items),
                false => Value::vector(items),
            })
        }
        Shape::Entries(entries) => {
            let mut map = Map::new();
            for (key, value) in entries.iter() {
                map.assoc(key.value(), constant(value)?).ok()?;
            }
            Some(Value::map(map))
        }
        Shape::Unknown | Shape::Function(_) | Shape::Written(_) => None,
    }
}

/// A violation on its way out; the path grows from the inside.
struct Misfit {
    head: String,
    tail: String,
    path: Vec<String>,
}

impl Misfit {
    fn mismatch(ty: &Type, got: &str) -> Misfit {
        Misfit {
            head: "Type mismatch".to_owned(),
            tail: format!(": expected {}, got {got}", ty.printed()),
            path: Vec::new(),
        }
    }

    fn below(mut self, part: String) -> Misfit {
        self.path.push(part);
        self
    }
}

fn misfit(known: &Known, ty: &Type) -> Option<Misfit> {
    if known.kinds.is_empty() {
        // Evaluation does not come this far.
        return None;
    }
    if known.kinds.and(Kinds::fitting(ty)).is_empty() {
        return Some(Misfit::mismatch(ty, &known.kinds.words()));
    }
    match (ty, &known.shape) {
        (_, Shape::Written(own)) => written_misfit(own, ty),
        (Type::Optional(inner), _) if !may_be_nil(known) => misfit(known, inner),
        (Type::Vector(item) | Type::List(item), Shape::Items(items)) => items
            .iter()
            .enumerate()
            .find_map(|(index, known)| Some(misfit(known, item)?.below(format!("[{index}]")))),
        (Type::Tuple(types), Shape::Items(items)) => tuple_misfit(items, types, ty),
        (Type::Map { entries, .. } | Type::Struct { entries, .. }, Shape::Entries(known)) => {
            record_misfit(known, entries)
        }
        (Type::MapOf(_, value), Shape::Entries(known)) => known
            .iter()
            .find_map(|(key, known)| Some(misfit(known, value)?.below(key_part(key)))),
        (Type::Union(members), _) => {
            let all = members.iter().all(|member| misfit(known, member).is_some());
            all.then(|| Misfit::mismatch(ty, &known.kinds.words()))
        }
        (Type::Refinement { base, constraints }, _) => misfit(known, base).or_else(|| {
            constraints.iter().find_map(|constraint| match constraint {
                Constraint::Type(ty) => misfit(known, ty),
                Constraint::Predicate(_) => None,
            })
        }),
        (Type::Function { .. }, Shape::Function(signature)) => function_misfit(signature, ty),
        _ => None,
    }
}

fn may_be_nil(known: &Known) -> bool {
    !known.kinds.and(Kinds::one(Kind::Nil)).is_empty()
}

fn tuple_misfit(items: &[Known], types: &[Type], ty: &Type) -> Option<Misfit> {
    if items.len() != types.len() {
        let got = format!("tuple of length {}", items.len());
        return Some(Misfit::mismatch(ty, &got));
    }
    let mut pairs = items.iter().zip(types).enumerate();
    pairs.find_map(|(index, (known, ty))| Some(misfit(known, ty)?.below(format!("[{index}]"))))
}

fn record_misfit(known: &[(Literal, Known)], entries: &[MapEntry]) -> Option<Misfit> {
    entries.iter().find_map(|entry| {
        let named = |wanted: Literal| known.iter().find(|(key, _)| *key == wanted);
        let found = named(Literal::Keyword(entry.key.clone()))
            .or_else(|| named(Literal::Str(entry.key.clone())));
        match found {
            Some((_, value)) => Some(misfit(value, &entry.ty)?.below(format!(".{}", entry.key))),
            None if entry.optional || matches!(entry.ty, Type::Optional(_)) => None,
            None => Some(Misfit {
                head: format!("Missing required key :{}", entry.key),
                tail: String::new(),
                path: Vec::new(),
            }),
        }
    })
}

fn key_part(key: &Literal) -> String {
    format!(
        ".{}",
        rtfs_value::plain(&key.value()).trim_start_matches(':')
    )
}

/// A value that passed one annotation and certainly does not fit another.
fn written_misfit(own: &Type, ty: &Type) -> Option<Misfit> {
    let bad = match own {
        Type::Function { .. } => !is_under(own, ty),
        _ => disjoint(own, ty),
    };
    bad.then(|| Misfit::mismatch(ty, &own.printed()))
}

/// A function that cannot be called the way its type says, or returns something else.
fn function_misfit(signature: &Signature, ty: &Type) -> Option<Misfit> {
    let any = |ty: &Option<Type>| ty.clone().unwrap_or(Type::Any);
    let own = Type::Function {
        params: signature.params.iter().map(|(_, ty)| any(ty)).collect(),
        rest: signature.rest.as_ref().map(|ty| Box::new(any(ty))),
        result: Box::new(any(&signature.result)),
    };
    (!is_under(&own, ty)).then(|| Misfit::mismatch(ty, &own.printed()))
}
