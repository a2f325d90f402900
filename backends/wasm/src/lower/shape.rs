//! Where the value of an expression is: on the stack of the wasm machine, in locals, or nowhere
//! because it is constant.

use rtfs_value::tag;

use super::data::DataOffset;
use super::kinds::Kinds;

/// A local of the wasm function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Local(pub(super) u32);

/// A value known at compile time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Const {
    /// A tag and payload without an address; functions without captures are among them.
    Scalar(u32, u64),
    /// A text object in the static data.
    Text(u32, DataOffset),
}

impl Const {
    /// `nil`
    pub(super) const NIL: Self = Self::Scalar(tag::NIL, 0);

    /// A boolean.
    pub(super) const fn bool(b: bool) -> Self {
        Self::Scalar(tag::BOOL, b as u64)
    }

    /// An integer.
    pub(super) const fn int(i: i64) -> Self {
        Self::Scalar(tag::INT, i as u64)
    }

    /// The tag.
    pub(super) const fn tag(self) -> u32 {
        match self {
            Self::Scalar(tag, _) | Self::Text(tag, _) => tag,
        }
    }

    /// The kind.
    pub(super) const fn kinds(self) -> Kinds {
        Kinds::of(self.tag())
    }

    /// Neither `nil` nor `false`.
    pub(super) const fn truth(self) -> bool {
        !matches!(self, Self::Scalar(tag::NIL | tag::BOOL, 0))
    }

    /// The integer.
    pub(super) const fn as_int(self) -> Option<i64> {
        match self {
            Self::Scalar(tag::INT, bits) => Some(bits as i64),
            _ => None,
        }
    }
}

/// A result on the wasm stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// The expression does not complete; the code behind it is unreachable.
    Never,
    /// Nothing is on the stack.
    Const(Const),
    /// `i32` tag, `i64` payload.
    Fat(Kinds),
    /// `i64` payload; the tag is known.
    Known(u32),
    /// `f64`
    Float,
    /// `i32`, 0 or 1.
    Bool,
}

impl Shape {
    /// An integer on the stack.
    pub(super) const INT: Self = Self::Known(tag::INT);

    /// What the value may be.
    pub(super) const fn kinds(self) -> Kinds {
        match self {
            Self::Never => Kinds::NONE,
            Self::Const(value) => value.kinds(),
            Self::Fat(kinds) => kinds,
            Self::Known(tag) => Kinds::of(tag),
            Self::Float => Kinds::FLOAT,
            Self::Bool => Kinds::BOOL,
        }
    }

    /// The shape that can hold values of both.
    pub(super) fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Never, shape) | (shape, Self::Never) => shape,
            (a, b) if a == b => a,
            _ => {
                let kinds = self.kinds().or(other.kinds());
                match kinds {
                    Kinds::BOOL => Self::Bool,
                    Kinds::FLOAT => Self::Float,
                    kinds => match kinds.only_tag() {
                        Some(tag) => Self::Known(tag),
                        None => Self::Fat(kinds),
                    },
                }
            }
        }
    }
}

/// A value in locals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Loc {
    /// In no local.
    Const(Const),
    /// Tag and payload.
    Fat(Local, Local),
    /// Payload; the tag is known.
    Known(u32, Local),
    /// Address of a counted object (`i32`); the tag is known.
    Object(u32, Local),
    /// `f64`
    Float(Local),
    /// `i32`
    Bool(Local),
}

impl Loc {
    /// The tag, where it is known.
    pub(super) const fn tag(self) -> Option<u32> {
        match self {
            Self::Const(value) => Some(value.tag()),
            Self::Known(tag, _) | Self::Object(tag, _) => Some(tag),
            Self::Float(_) => Some(tag::FLOAT),
            Self::Bool(_) => Some(tag::BOOL),
            Self::Fat(..) => None,
        }
    }

    /// The constant.
    pub(super) const fn as_const(self) -> Option<Const> {
        match self {
            Self::Const(value) => Some(value),
            _ => None,
        }
    }
}

/// A variable or temporary of the function under construction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct VarId(pub(super) u32);

/// An evaluated operand: a value in locals that can be looked at any number of times.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operand {
    /// Where it is.
    pub(super) loc: Loc,
    /// What it may be.
    pub(super) kinds: Kinds,
    /// What holds it, for what is learnt about it.
    pub(super) var: Option<VarId>,
    /// Whoever uses the operand must also consume it.
    pub(super) owned: bool,
    /// It lives only as long as the environment.
    pub(super) in_env: bool,
}

impl Operand {
    /// A constant.
    pub(super) const fn constant(value: Const) -> Self {
        Self {
            loc: Loc::Const(value),
            kinds: value.kinds(),
            var: None,
            owned: false,
            in_env: false,
        }
    }

    /// The truth, when it is known.
    pub(super) fn truth(&self) -> Option<bool> {
        self.loc.as_const().map(Const::truth).or(self.kinds.truth())
    }

    /// Certainly an integer.
    pub(super) fn is_int(&self) -> bool {
        self.kinds == Kinds::INT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joining_keeps_what_is_common() {
        let one = Shape::Const(Const::int(1));
        assert_eq!(one.join(one), one);
        assert_eq!(one.join(Shape::Const(Const::int(2))), Shape::INT);
        assert_eq!(one.join(Shape::Never), one);
        assert_eq!(
            Shape::Bool.join(Shape::Const(Const::bool(true))),
            Shape::Bool
        );
        assert_eq!(one.join(Shape::Float), Shape::Fat(Kinds::NUMBER));
        assert_eq!(
            Shape::Known(tag::CLOSURE | 1 << 8).join(Shape::Known(tag::CLOSURE)),
            Shape::Fat(Kinds::of(tag::CLOSURE))
        );
    }
}
