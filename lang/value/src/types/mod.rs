//! Types: what annotations say, how they print, and what they accept.

mod cache;
mod check;
mod codec;
mod predicate;
mod printed;
mod regex;
mod walk;

pub use cache::TypeCache;
pub use check::{Detail, Level, check, check_encoded};
pub use codec::{DecodeError, decode, encode};
pub use regex::is_found;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// Deepest nesting of a type. Printing and decoding recurse on types.
pub const MAX_DEPTH: usize = 100;

/// A type expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// `:int`
    Int,
    /// `:float`; integers fit too.
    Float,
    /// `:string`
    String,
    /// `:bool`
    Bool,
    /// `:nil`
    Nil,
    /// `:keyword`
    Keyword,
    /// `:symbol`
    Symbol,
    /// `:any`
    Any,
    /// `:never`
    Never,
    /// `:timestamp`
    Timestamp,
    /// `:uuid`
    Uuid,
    /// `:error`
    Error,
    /// A variable of the static checker; accepts everything at run time.
    TypeVar(String),
    /// `T?`
    Optional(Box<Type>),
    /// `[:vector T]`; lists fit too. `:vector` is `[:vector :any]`.
    Vector(Box<Type>),
    /// A list whose items fit; vectors do not. `:list` is the list of `:any`.
    List(Box<Type>),
    /// `[:tuple T1 T2 …]`
    Tuple(Vec<Type>),
    /// `[:map [:a T] … [:* W]]`, an open record. `:map` has no entries.
    Map {
        /// In order as written.
        entries: Vec<MapEntry>,
        /// Type of the values of all other keys.
        wildcard: Option<Box<Type>>,
    },
    /// `[:map-of K V]`
    MapOf(Box<Type>, Box<Type>),
    /// `[:fn [T1 … & R] Ret]`; any function at run time. `:fn` is `[:fn [& :any] :any]`.
    Function {
        /// Fixed parameters.
        params: Vec<Type>,
        /// Item type of the rest parameter.
        rest: Option<Box<Type>>,
        /// Result.
        result: Box<Type>,
    },
    /// `[:resource Name]`
    Resource(String),
    /// `[:enum lit …]`
    Enum(Vec<Literal>),
    /// `[:union T …]`
    Union(Vec<Type>),
    /// `[:and T item …]`
    Refinement {
        /// First operand.
        base: Box<Type>,
        /// The other operands in order.
        constraints: Vec<Constraint>,
    },
    /// `[:val lit]`
    Literal(Literal),
    /// `[:array T]` (no shape) and `[:array T [d …]]`
    Array {
        /// Type of the innermost items.
        item: Box<Type>,
        /// Size per dimension, `None` for `?`. Empty = one dimension of any size.
        shape: Vec<Option<u32>>,
    },
    /// A struct: an open record with a name.
    Struct {
        /// As annotations name it.
        name: String,
        /// Its fields. Inside them [`Type::TypeRef`] of the name is the struct itself.
        entries: Vec<MapEntry>,
    },
    /// A name: the innermost [`Type::Struct`] around it that has this name, else unknown.
    TypeRef(String),
}

/// `[:key T]` or `[:key T ?]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MapEntry {
    /// Without colon.
    pub key: String,
    /// Of the value.
    pub ty: Type,
    /// Written with `?` behind the type: may be absent.
    pub optional: bool,
}

/// An operand of `[:and …]` after the first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Constraint {
    /// A type.
    Type(Type),
    /// A predicate.
    Predicate(Predicate),
}

/// A predicate of a refinement.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Predicate {
    /// `[:> n]`
    Greater(Literal),
    /// `[:>= n]`
    GreaterEqual(Literal),
    /// `[:< n]`
    Less(Literal),
    /// `[:<= n]`
    LessEqual(Literal),
    /// `[:= v]`
    Equal(Literal),
    /// `[:!= v]`
    NotEqual(Literal),
    /// `[:in-range a b]`
    InRange(Literal, Literal),
    /// `[:min-length n]`
    MinLength(u32),
    /// `[:max-length n]`
    MaxLength(u32),
    /// `[:length n]`
    Length(u32),
    /// `[:matches-regex "p"]`
    MatchesRegex(String),
    /// `:is-url`
    IsUrl,
    /// `:is-email`
    IsEmail,
    /// `[:min-count n]`
    MinCount(u32),
    /// `[:max-count n]`
    MaxCount(u32),
    /// `[:count n]`
    Count(u32),
    /// `:non-empty`
    NonEmpty,
    /// `[:has-key :k]`
    HasKey(String),
    /// `[:required-keys [:a :b]]`
    RequiredKeys(Vec<String>),
    /// Anything else; checking it reports an unknown predicate.
    Unknown(String),
}

/// A literal in a type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Literal {
    /// `nil`
    Nil,
    /// Boolean
    Bool(bool),
    /// Integer
    Int(i64),
    /// Double, as its bits
    Float(u64),
    /// String
    Str(String),
    /// Keyword, without colon
    Keyword(String),
    /// Symbol
    Symbol(String),
    /// Timestamp text
    Timestamp(String),
    /// Uuid text
    Uuid(String),
    /// Resource handle text
    Resource(String),
}

impl Literal {
    /// The kind of the value.
    pub fn kind(&self) -> crate::Kind {
        use crate::Kind;
        match self {
            Self::Nil => Kind::Nil,
            Self::Bool(_) => Kind::Boolean,
            Self::Int(_) => Kind::Integer,
            Self::Float(_) => Kind::Float,
            Self::Str(_) => Kind::String,
            Self::Keyword(_) => Kind::Keyword,
            Self::Symbol(_) => Kind::Symbol,
            Self::Timestamp(_) => Kind::Timestamp,
            Self::Uuid(_) => Kind::Uuid,
            Self::Resource(_) => Kind::Resource,
        }
    }

    /// The value.
    pub fn value(&self) -> crate::Value {
        use crate::Value;
        match self {
            Self::Nil => Value::NIL,
            Self::Bool(b) => Value::bool(*b),
            Self::Int(i) => Value::int(*i),
            Self::Float(bits) => Value::float(f64::from_bits(*bits)),
            Self::Str(text) => Value::string(text),
            Self::Keyword(name) => Value::keyword(name),
            Self::Symbol(name) => Value::symbol(name),
            Self::Timestamp(text) => Value::timestamp(text),
            Self::Uuid(text) => Value::uuid(text),
            Self::Resource(text) => Value::resource(text),
        }
    }
}

impl Type {
    /// `T?`; the optional of an optional is itself.
    #[must_use]
    pub fn optional(self) -> Self {
        match self {
            Self::Optional(_) => self,
            other => Self::Optional(Box::new(other)),
        }
    }

    /// `[:vector :any]`, written `:vector`.
    pub fn any_vector() -> Self {
        Self::Vector(Box::new(Self::Any))
    }

    /// A list of anything, written `:list`.
    pub fn any_list() -> Self {
        Self::List(Box::new(Self::Any))
    }

    /// A map of anything, written `:map`.
    pub fn any_map() -> Self {
        Self::Map {
            entries: Vec::new(),
            wildcard: None,
        }
    }

    /// Any function, written `:fn`.
    pub fn any_function() -> Self {
        Self::Function {
            params: Vec::new(),
            rest: Some(Box::new(Self::Any)),
            result: Box::new(Self::Any),
        }
    }

    /// An integer or a float, written `:number`.
    pub fn number() -> Self {
        Self::Union(Vec::from([Self::Int, Self::Float]))
    }
}
