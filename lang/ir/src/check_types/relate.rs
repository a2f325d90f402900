//! How written types relate: which have no value in common, and which lie under others.
//!
//! What is not known (`:any`, names, predicates) speaks for the program: it may fit.

use rtfs_value::types::{self, Constraint, Detail, Level, Literal, MapEntry, Type};

use super::known::Kinds;

/// Whether certainly no value fits both types.
pub(super) fn disjoint(a: &Type, b: &Type) -> bool {
    if Kinds::fitting(a).and(Kinds::fitting(b)).is_empty() {
        // A type without values is no finding: nothing is ever checked against it.
        return !is_never(a) && !is_never(b);
    }
    match (a, b) {
        (Type::Literal(literal), other) | (other, Type::Literal(literal)) => {
            misfits(literal, other)
        }
        (Type::Enum(literals), other) | (other, Type::Enum(literals)) => {
            literals.iter().all(|literal| misfits(literal, other))
        }
        (Type::Union(members), other) | (other, Type::Union(members)) => {
            members.iter().all(|member| disjoint(member, other))
        }
        (Type::Optional(inner), other) | (other, Type::Optional(inner)) => {
            disjoint(&Type::Nil, other) && disjoint(inner, other)
        }
        (Type::Refinement { base, constraints }, other)
        | (other, Type::Refinement { base, constraints }) => {
            disjoint(base, other)
                || constraints.iter().any(|constraint| match constraint {
                    Constraint::Type(ty) => disjoint(ty, other),
                    Constraint::Predicate(_) => false,
                })
        }
        (Type::Tuple(a), Type::Tuple(b)) => {
            a.len() != b.len() || a.iter().zip(b).any(|(a, b)| disjoint(a, b))
        }
        (Type::Tuple(items), Type::Vector(item)) | (Type::Vector(item), Type::Tuple(items)) => {
            items.iter().any(|part| disjoint(part, item))
        }
        (Type::MapOf(_, item), other) | (other, Type::MapOf(_, item)) => {
            fields(other).is_some_and(|fields| {
                let mut required = fields.iter().filter(|field| is_required(field));
                required.any(|field| disjoint(&field.ty, item))
            })
        }
        _ => match (fields(a), fields(b)) {
            (Some(a), Some(b)) => a.iter().any(|entry| {
                field(b, &entry.key).is_some_and(|other| {
                    (is_required(entry) || is_required(other)) && disjoint(&entry.ty, &other.ty)
                })
            }),
            _ => false,
        },
    }
}

/// Whether every value of `a` fits `b`, as far as both are known.
pub(super) fn is_under(a: &Type, b: &Type) -> bool {
    match (a, b) {
        _ if a == b || is_open(a) || is_open(b) || is_never(a) => true,
        (Type::Union(members), _) => members.iter().all(|member| is_under(member, b)),
        (Type::Optional(inner), _) => is_under(&Type::Nil, b) && is_under(inner, b),
        (_, Type::Refinement { base, constraints }) => {
            is_under(a, base)
                && constraints.iter().all(|constraint| match constraint {
                    Constraint::Type(ty) => is_under(a, ty),
                    Constraint::Predicate(_) => true,
                })
        }
        (_, Type::Union(members)) => members.iter().any(|member| is_under(a, member)),
        (_, Type::Optional(inner)) => is_under(a, &Type::Nil) || is_under(a, inner),
        (Type::Refinement { base, constraints }, _) => {
            is_under(base, b)
                || constraints.iter().any(|constraint| match constraint {
                    Constraint::Type(ty) => is_under(ty, b),
                    Constraint::Predicate(_) => false,
                })
        }
        (Type::Literal(literal), _) => !misfits(literal, b),
        (Type::Enum(literals), _) => literals.iter().all(|literal| !misfits(literal, b)),
        (Type::Vector(a) | Type::List(a), Type::Vector(b)) | (Type::List(a), Type::List(b)) => {
            is_under(a, b)
        }
        (Type::Tuple(items), Type::Vector(item)) => items.iter().all(|part| is_under(part, item)),
        (Type::Tuple(a), Type::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_under(a, b))
        }
        (Type::MapOf(key_a, a), Type::MapOf(key_b, b)) => is_under(key_a, key_b) && is_under(a, b),
        (
            Type::Function {
                params,
                rest,
                result,
            },
            Type::Function {
                params: wanted,
                rest: wanted_rest,
                result: wanted_result,
            },
        ) => {
            takes(params, rest.as_deref(), wanted, wanted_rest.as_deref())
                && is_under(result, wanted_result)
        }
        (_, Type::Literal(_) | Type::Enum(_)) => false,
        _ => match (fields(a), fields(b)) {
            (Some(a), Some(b)) => b.iter().all(|wanted| match field(a, &wanted.key) {
                Some(own) => {
                    (is_required(own) || !is_required(wanted)) && is_under(&own.ty, &wanted.ty)
                }
                None => !is_required(wanted),
            }),
            _ => Kinds::fitting(a).are_within(Kinds::fitting(b)),
        },
    }
}

/// Whether a function with these parameters can be called as one with the wanted parameters.
fn takes(
    params: &[Type],
    rest: Option<&Type>,
    wanted: &[Type],
    wanted_rest: Option<&Type>,
) -> bool {
    // `:fn` says nothing about calls.
    let says_nothing = |params: &[Type], rest| params.is_empty() && rest == Some(&Type::Any);
    if says_nothing(wanted, wanted_rest) || says_nothing(params, rest) {
        return true;
    }
    if wanted.len() < params.len() || (wanted.len() > params.len() && rest.is_none()) {
        return false;
    }
    let own = params.iter().map(Some).chain(std::iter::repeat(rest));
    let fixed = wanted
        .iter()
        .zip(own)
        .all(|(wanted, own)| own.is_none_or(|own| is_under(wanted, own)));
    let others = match (wanted_rest, rest) {
        (Some(wanted), Some(own)) => is_under(wanted, own),
        (Some(_), None) => false,
        (None, _) => true,
    };
    fixed && others
}

/// The entries of a record.
fn fields(ty: &Type) -> Option<&[MapEntry]> {
    match ty {
        Type::Map { entries, .. } | Type::Struct { entries, .. } => Some(entries),
        _ => None,
    }
}

fn field<'t>(entries: &'t [MapEntry], key: &str) -> Option<&'t MapEntry> {
    entries.iter().find(|entry| entry.key == key)
}

fn is_required(entry: &MapEntry) -> bool {
    !entry.optional && !matches!(entry.ty, Type::Optional(_))
}

fn is_open(ty: &Type) -> bool {
    matches!(ty, Type::Any | Type::TypeVar(_) | Type::TypeRef(_))
}

fn is_never(ty: &Type) -> bool {
    Kinds::fitting(ty).and(Kinds::ANY).is_empty()
}

/// Whether a literal certainly does not fit a type, by the check of run time.
fn misfits(literal: &Literal, ty: &Type) -> bool {
    let has_names = |text: &str| text.starts_with("Unknown ");
    let value = literal.value();
    let by_kind = Kinds::one(literal.kind())
        .and(Kinds::fitting(ty))
        .is_empty();
    by_kind
        || match (types::check(&value, ty, Level::Standard), ty) {
            // A member may be a name that only its place explains.
            (_, Type::Union(_) | Type::Optional(_)) => !is_under_some(literal, ty),
            (Err(Detail::Violation(text)), _) => !has_names(&text),
            _ => false,
        }
}

/// Whether a literal may fit a union or optional type.
fn is_under_some(literal: &Literal, ty: &Type) -> bool {
    match ty {
        Type::Union(members) => members.iter().any(|member| !misfits(literal, member)),
        Type::Optional(inner) => *literal == Literal::Nil || !misfits(literal, inner),
        _ => !misfits(literal, ty),
    }
}
