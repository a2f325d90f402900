//! Sets of kinds: what is known about a value without looking at it.

use rtfs_value::tag;
use rtfs_value::types::{Level, Literal, Type};

/// A set of low tags that a value may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Kinds(u32);

impl Kinds {
    /// No value: an expression that never completes.
    pub(super) const NONE: Self = Self(0);
    /// `nil`
    pub(super) const NIL: Self = Self::of(tag::NIL);
    /// Booleans.
    pub(super) const BOOL: Self = Self::of(tag::BOOL);
    /// Integers.
    pub(super) const INT: Self = Self::of(tag::INT);
    /// Floats.
    pub(super) const FLOAT: Self = Self::of(tag::FLOAT);
    /// Integers and floats.
    pub(super) const NUMBER: Self = Self::INT.or(Self::FLOAT);
    /// Strings.
    pub(super) const STRING: Self = Self::of(tag::STRING);
    /// Keywords.
    pub(super) const KEYWORD: Self = Self::of(tag::KEYWORD);
    /// Vectors.
    pub(super) const VECTOR: Self = Self::of(tag::VECTOR);
    /// Lists.
    pub(super) const LIST: Self = Self::of(tag::LIST);
    /// Maps.
    pub(super) const MAP: Self = Self::of(tag::MAP);
    /// Error values.
    pub(super) const ERROR: Self = Self::of(tag::ERROR);
    /// Functions of every form.
    pub(super) const FUNCTION: Self = Self::of(tag::BUILTIN)
        .or(Self::of(tag::STATIC_FN))
        .or(Self::of(tag::CLOSURE))
        .or(Self::of(tag::COMBINATOR))
        .or(Self::of(tag::OPAQUE_FN));
    /// Everything that programs can see.
    pub(super) const ANY: Self = Self::NIL
        .or(Self::BOOL)
        .or(Self::NUMBER)
        .or(Self::FUNCTION)
        .or(Self::STRING)
        .or(Self::KEYWORD)
        .or(Self::of(tag::SYMBOL))
        .or(Self::of(tag::TIMESTAMP))
        .or(Self::of(tag::UUID))
        .or(Self::of(tag::RESOURCE))
        .or(Self::VECTOR)
        .or(Self::LIST)
        .or(Self::MAP)
        .or(Self::ERROR);

    /// The kind of one tag.
    pub(super) const fn of(tag: u32) -> Self {
        Self(1 << tag::low(tag))
    }

    /// Values of either set.
    #[must_use]
    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Values of both sets.
    #[must_use]
    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Values of this set that are not in the other.
    #[must_use]
    pub(super) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether all values of this set are in the other.
    pub(super) const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Whether some value is in both sets.
    pub(super) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether a value may be a counted object.
    pub(super) const fn may_be_heap(self) -> bool {
        self.0 >> tag::HEAP_MIN != 0
    }

    /// Whether every value is a counted object.
    pub(super) const fn is_heap(self) -> bool {
        self.0 != 0 && self.0 & ((1 << tag::HEAP_MIN) - 1) == 0
    }

    /// The tag, when it is the same for all values and carries no code index.
    pub(super) fn only_tag(self) -> Option<u32> {
        let only = self.0.count_ones() == 1 && !self.meets(Self::FUNCTION_WITH_CODE);
        only.then(|| self.0.trailing_zeros())
    }

    /// The low tag, when it is the same for all values.
    pub(super) fn only_low_tag(self) -> Option<u32> {
        (self.0.count_ones() == 1).then(|| self.0.trailing_zeros())
    }

    /// The set as bits by low tag.
    pub(super) const fn bits(self) -> u32 {
        self.0
    }

    /// First and last low tag of this set, when nothing else that is `among` the possible kinds
    /// lies between them.
    pub(super) fn range(self, among: Self) -> Option<(u32, u32)> {
        if self.0 == 0 {
            return None;
        }
        let (first, last) = (self.0.trailing_zeros(), 31 - self.0.leading_zeros());
        let between = (u32::MAX >> (31 - last)) & (u32::MAX << first);
        (among.without(self).0 & between == 0).then_some((first, last))
    }

    /// Functions whose tag carries the index of their code.
    pub(super) const FUNCTION_WITH_CODE: Self = Self::of(tag::STATIC_FN).or(Self::of(tag::CLOSURE));

    /// The truth of all values, when it is the same.
    pub(super) const fn truth(self) -> Option<bool> {
        if !self.meets(Self::NIL.or(Self::BOOL)) {
            Some(true)
        } else if self.is_within(Self::NIL) {
            Some(false)
        } else {
            None
        }
    }

    /// Whether a value of this set may be equal to one of the other: of the same kind, or two
    /// sequences.
    pub(super) const fn may_equal(self, other: Self) -> bool {
        let sequences = Self::VECTOR.or(Self::LIST);
        self.meets(other) || (self.meets(sequences) && other.meets(sequences))
    }

    /// The kinds that fit a type; nothing inside values is looked at. Mirrors the first step of
    /// `rtfs_value::types::check`.
    pub(super) fn of_type(ty: &Type) -> Self {
        match ty {
            Type::Int => Self::INT,
            Type::Float => Self::NUMBER,
            Type::String => Self::STRING,
            Type::Bool => Self::BOOL,
            Type::Nil => Self::NIL,
            Type::Keyword => Self::KEYWORD,
            Type::Symbol => Self::of(tag::SYMBOL),
            Type::Any | Type::TypeVar(_) | Type::TypeRef(_) => Self::ANY,
            Type::Never => Self::NONE,
            Type::Timestamp => Self::of(tag::TIMESTAMP),
            Type::Uuid => Self::of(tag::UUID),
            Type::Error => Self::ERROR,
            Type::Resource(_) => Self::of(tag::RESOURCE),
            Type::Optional(inner) => Self::of_type(inner).or(Self::NIL),
            Type::Vector(_) => Self::VECTOR.or(Self::LIST),
            Type::List(_) => Self::LIST,
            Type::Tuple(_) | Type::Array { .. } => Self::VECTOR,
            Type::Map { .. } | Type::MapOf(..) | Type::Struct { .. } => Self::MAP,
            Type::Function { .. } => Self::FUNCTION,
            Type::Enum(literals) => literals
                .iter()
                .fold(Self::NONE, |all, literal| all.or(Self::of_literal(literal))),
            Type::Literal(literal) => Self::of_literal(literal),
            Type::Union(members) => members
                .iter()
                .fold(Self::NONE, |all, member| all.or(Self::of_type(member))),
            Type::Refinement { base, .. } => Self::of_type(base),
        }
    }

    fn of_literal(literal: &Literal) -> Self {
        let (tag, _) = literal.value().into_parts();
        Self::of(tag)
    }

    /// Whether a value fits the type when its kind does.
    pub(super) fn decide_type(ty: &Type, level: Level) -> bool {
        match ty {
            Type::TypeRef(_) => false,
            Type::Refinement { base, constraints } => {
                Self::decide_type(base, level) && (level == Level::Basic || constraints.is_empty())
            }
            _ if level == Level::Basic => true,
            Type::Optional(inner) | Type::Vector(inner) | Type::List(inner) => match (ty, &**inner)
            {
                (Type::Optional(_), inner) => Self::decide_type(inner, level),
                (_, inner) => *inner == Type::Any,
            },
            Type::Map { entries, wildcard } => entries.is_empty() && wildcard.is_none(),
            Type::Struct { entries, .. } => entries.is_empty(),
            Type::Union(members) => members
                .iter()
                .all(|member| Self::decide_type(member, level)),
            Type::Tuple(_)
            | Type::MapOf(..)
            | Type::Enum(_)
            | Type::Literal(_)
            | Type::Array { .. } => false,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heap_and_truth() {
        assert!(Kinds::ANY.may_be_heap() && !Kinds::ANY.is_heap());
        assert!(Kinds::STRING.or(Kinds::MAP).is_heap());
        assert!(!Kinds::NUMBER.may_be_heap());
        assert_eq!(Kinds::NUMBER.truth(), Some(true));
        assert_eq!(Kinds::NIL.truth(), Some(false));
        assert_eq!(Kinds::BOOL.truth(), None);
    }

    #[test]
    fn only_tags_without_code_are_constant() {
        assert_eq!(Kinds::INT.only_tag(), Some(tag::INT));
        assert_eq!(Kinds::of(tag::CLOSURE).only_tag(), None);
        assert_eq!(Kinds::NUMBER.only_tag(), None);
    }

    #[test]
    fn ranges_skip_impossible_kinds() {
        assert_eq!(
            Kinds::NUMBER.range(Kinds::ANY),
            Some((tag::INT, tag::FLOAT))
        );
        let sequences = Kinds::STRING.or(Kinds::VECTOR);
        assert_eq!(sequences.range(Kinds::ANY), None);
        assert_eq!(
            sequences.range(sequences.or(Kinds::INT)),
            Some((tag::STRING, tag::VECTOR))
        );
    }

    #[test]
    fn annotations_narrow() {
        let optional = Type::Optional(Box::new(Type::Int));
        assert_eq!(Kinds::of_type(&optional), Kinds::INT.or(Kinds::NIL));
        assert!(Kinds::decide_type(&optional, Level::Standard));
        let ints = Type::Vector(Box::new(Type::Int));
        assert_eq!(Kinds::of_type(&ints), Kinds::VECTOR.or(Kinds::LIST));
        assert!(!Kinds::decide_type(&ints, Level::Standard));
        assert!(Kinds::decide_type(&ints, Level::Basic));
        assert!(Kinds::decide_type(&Type::any_map(), Level::Standard));
    }
}
