//! What is known about a value before the program runs.

use std::rc::Rc;

use rtfs_value::Kind;
use rtfs_value::types::{Constraint, Type};

use crate::node::Literal;

/// A set of kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kinds(u16);

const ALL: [Kind; 15] = [
    Kind::Nil,
    Kind::Boolean,
    Kind::Integer,
    Kind::Float,
    Kind::String,
    Kind::Keyword,
    Kind::Symbol,
    Kind::Vector,
    Kind::List,
    Kind::Map,
    Kind::Timestamp,
    Kind::Uuid,
    Kind::Resource,
    Kind::Function,
    Kind::Error,
];

impl Kinds {
    pub(super) const NONE: Kinds = Kinds(0);
    pub(super) const ANY: Kinds = Kinds(u16::MAX);

    pub(super) const fn one(kind: Kind) -> Kinds {
        Kinds(1 << kind as u16)
    }

    pub(super) const fn or(self, other: Kinds) -> Kinds {
        Kinds(self.0 | other.0)
    }

    pub(super) const fn and(self, other: Kinds) -> Kinds {
        Kinds(self.0 & other.0)
    }

    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Every value of these kinds has one of the others.
    pub(super) const fn within(self, others: Kinds) -> bool {
        self.0 & !others.0 == 0
    }

    /// Whether all of these are among the others.
    pub(super) fn are_within(self, others: Kinds) -> bool {
        self.and(others) == self
    }

    /// The kinds in words: `string`, `integer or float`.
    pub(super) fn words(self) -> String {
        let names: Vec<&str> = ALL
            .into_iter()
            .filter(|kind| !self.and(Kinds::one(*kind)).is_empty())
            .map(Kind::name)
            .collect();
        names.join(" or ")
    }

    /// The kinds of the values that fit a type, or more.
    pub(super) fn fitting(ty: &Type) -> Kinds {
        let one = Kinds::one;
        match ty {
            Type::Int => one(Kind::Integer),
            Type::Float => one(Kind::Float).or(one(Kind::Integer)),
            Type::String => one(Kind::String),
            Type::Bool => one(Kind::Boolean),
            Type::Nil => one(Kind::Nil),
            Type::Keyword => one(Kind::Keyword),
            Type::Symbol => one(Kind::Symbol),
            Type::Any | Type::TypeVar(_) | Type::TypeRef(_) => Kinds::ANY,
            Type::Never => Kinds::NONE,
            Type::Timestamp => one(Kind::Timestamp),
            Type::Uuid => one(Kind::Uuid),
            Type::Error => one(Kind::Error),
            Type::Optional(inner) => Kinds::fitting(inner).or(one(Kind::Nil)),
            Type::Vector(_) => one(Kind::Vector).or(one(Kind::List)),
            Type::List(_) => one(Kind::List),
            Type::Tuple(_) | Type::Array { .. } => one(Kind::Vector),
            Type::Map { .. } | Type::MapOf(..) | Type::Struct { .. } => one(Kind::Map),
            Type::Function { .. } => one(Kind::Function),
            Type::Resource(_) => one(Kind::Resource),
            Type::Enum(literals) => literals
                .iter()
                .fold(Kinds::NONE, |all, literal| all.or(one(literal.kind()))),
            Type::Literal(literal) => one(literal.kind()),
            Type::Union(members) => members
                .iter()
                .fold(Kinds::NONE, |all, member| all.or(Kinds::fitting(member))),
            Type::Refinement { base, constraints } => {
                constraints
                    .iter()
                    .fold(Kinds::fitting(base), |all, constraint| match constraint {
                        Constraint::Type(ty) => all.and(Kinds::fitting(ty)),
                        Constraint::Predicate(_) => all,
                    })
            }
            // Whatever types come later.
            #[allow(unreachable_patterns, reason = "types may be added")]
            _ => Kinds::ANY,
        }
    }
}

/// A value, as far as it is known.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) kinds: Kinds,
    pub(super) shape: Shape,
    /// What is known was written down as an annotation.
    pub(super) written: bool,
}

/// More than the kind.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    Unknown,
    /// A constant.
    Constant(Literal),
    /// The items of a vector or list.
    Items(Rc<[Known]>),
    /// The entries of a map, without repeated keys.
    Entries(Rc<[(Literal, Known)]>),
    Function(Rc<Signature>),
    /// What an annotation says that the value passed.
    Written(Rc<Type>),
}

/// How a function can be called.
#[derive(Clone, Debug)]
pub(super) struct Signature {
    /// As messages name it.
    pub(super) name: String,
    /// Name and annotation of each fixed parameter.
    pub(super) params: Vec<(String, Option<Type>)>,
    /// The rest parameter and the type of its items.
    pub(super) rest: Option<Option<Type>>,
    pub(super) result: Option<Type>,
    /// Where it is defined.
    pub(super) node: Option<crate::node::NodeId>,
    /// What the parameters promise is checked when it is called.
    pub(super) checked: bool,
    /// It is the constructor of a struct with these fields.
    pub(super) fields: Option<Vec<(String, Type)>>,
}

impl Known {
    pub(super) fn any() -> Known {
        Known::of(Kinds::ANY)
    }

    pub(super) fn of(kinds: Kinds) -> Known {
        Known {
            kinds,
            shape: Shape::Unknown,
            written: false,
        }
    }

    pub(super) fn constant(literal: &Literal) -> Known {
        Known {
            shape: Shape::Constant(literal.clone()),
            ..Known::of(Kinds::one(literal_kind(literal)))
        }
    }

    pub(super) fn function(signature: Signature) -> Known {
        Known {
            shape: Shape::Function(Rc::new(signature)),
            ..Known::of(Kinds::one(Kind::Function))
        }
    }

    /// What an annotation says about the values that passed it.
    pub(super) fn written(ty: &Type, name: &str) -> Known {
        let shape = match ty {
            Type::Function {
                params,
                rest,
                result,
            } => Shape::Function(Rc::new(Signature {
                name: name.to_owned(),
                params: params
                    .iter()
                    .enumerate()
                    .map(|(index, ty)| (index.to_string(), Some(ty.clone())))
                    .collect(),
                rest: rest.as_ref().map(|ty| Some((**ty).clone())),
                result: Some((**result).clone()),
                node: None,
                checked: false,
                fields: None,
            })),
            Type::Any | Type::TypeRef(_) => Shape::Unknown,
            _ => Shape::Written(Rc::new(ty.clone())),
        };
        Known {
            kinds: Kinds::fitting(ty),
            shape,
            written: !matches!(ty, Type::Any | Type::TypeRef(_)),
        }
    }

    /// What is known about a value that passed an annotation.
    pub(super) fn narrowed(&self, ty: &Type, name: &str) -> Known {
        let written = Known::written(ty, name);
        let kinds = self.kinds.and(written.kinds);
        if kinds.is_empty() {
            return written;
        }
        let shape = match &self.shape {
            Shape::Unknown => written.shape,
            shape => shape.clone(),
        };
        Known {
            kinds,
            shape,
            written: written.written,
        }
    }

    /// One of two values.
    pub(super) fn or(self, other: Known) -> Known {
        if other.kinds.is_empty() {
            return self;
        }
        if self.kinds.is_empty() {
            return other;
        }
        Known {
            kinds: self.kinds.or(other.kinds),
            shape: Shape::Unknown,
            written: self.written && other.written,
        }
    }

    pub(super) fn signature(&self) -> Option<&Signature> {
        match &self.shape {
            Shape::Function(signature) => Some(signature),
            _ => None,
        }
    }
}

fn literal_kind(literal: &Literal) -> Kind {
    match literal {
        Literal::Nil => Kind::Nil,
        Literal::Bool(_) => Kind::Boolean,
        Literal::Int(_) => Kind::Integer,
        Literal::Float(_) => Kind::Float,
        Literal::Str(_) => Kind::String,
        Literal::Keyword(_) => Kind::Keyword,
        Literal::Symbol(_) => Kind::Symbol,
        Literal::Timestamp(_) => Kind::Timestamp,
        Literal::Uuid(_) => Kind::Uuid,
        Literal::Resource(_) => Kind::Resource,
    }
}
