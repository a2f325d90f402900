//! What the writer wants an expression to be.

use rtfs_fuzz::Noise;

/// The kind of value that an expression is meant to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ty {
    Int,
    Float,
    Number,
    Str,
    Bool,
    Keyword,
    Symbol,
    Error,
    Any,
    Vector(Box<Ty>),
    List(Box<Ty>),
    /// Keyword keys.
    Map(Box<Ty>),
    /// `{:a int :b string :c? vector of integers}`.
    Record,
    Function(Vec<Ty>, Box<Ty>),
}

impl Ty {
    /// One of all.
    pub(crate) fn random(noise: &mut Noise, depth: usize) -> Ty {
        match noise.below(if depth == 0 { 8 } else { 14 }) {
            0 | 1 => Ty::Int,
            2 => Ty::Float,
            3 => Ty::Str,
            4 => Ty::Bool,
            5 => Ty::Keyword,
            6 => Ty::Any,
            7 => Ty::Number,
            8 => Ty::Vector(Box::new(Ty::random(noise, depth - 1))),
            9 => Ty::List(Box::new(Ty::random(noise, depth - 1))),
            10 => Ty::Map(Box::new(Ty::random(noise, depth - 1))),
            11 => Ty::Record,
            12 => Ty::function(noise, depth - 1),
            _ => noise.pick(&[Ty::Symbol, Ty::Error]).clone(),
        }
    }

    /// A function of one or two arguments.
    fn function(noise: &mut Noise, depth: usize) -> Ty {
        let n = 1 + noise.below(2);
        let params = (0..n).map(|_| Ty::random(noise, depth)).collect();
        Ty::Function(params, Box::new(Ty::random(noise, depth)))
    }

    /// Whether a value of `self` does where this is wanted.
    pub(crate) fn fits(&self, wanted: &Ty) -> bool {
        match (self, wanted) {
            (_, Ty::Any) | (Ty::Int | Ty::Float, Ty::Number) => true,
            (Ty::Vector(a), Ty::Vector(b))
            | (Ty::List(a), Ty::List(b))
            | (Ty::Map(a), Ty::Map(b)) => a.fits(b),
            (Ty::Record, Ty::Map(item)) => **item == Ty::Any,
            (a, b) => a == b,
        }
    }

    /// Whether values of it can be host arguments.
    pub(crate) fn is_data(&self) -> bool {
        match self {
            Ty::Function(..) | Ty::Error | Ty::Any => false,
            Ty::Vector(item) | Ty::List(item) | Ty::Map(item) => item.is_data(),
            _ => true,
        }
    }

    /// An annotation that its values pass.
    pub(crate) fn annotation(&self, noise: &mut Noise) -> String {
        let exact = match self {
            Ty::Int => *noise.pick(&[
                "int",
                "int?",
                ":number",
                "[:and :int [:> -1000000000000000000000.0]]",
            ]),
            Ty::Float => *noise.pick(&["float", "float?", ":any", "[:union :float :nil]"]),
            Ty::Number => *noise.pick(&["number", "float", "[:union :int :float]"]),
            Ty::Str => *noise.pick(&["string", "string?", "str", "[:and :string [:min-length 0]]"]),
            Ty::Bool => *noise.pick(&["bool", "[:enum true false]", "bool?"]),
            Ty::Keyword => *noise.pick(&["keyword", "[:union :keyword :string]"]),
            Ty::Symbol => "symbol",
            Ty::Error => "error",
            Ty::Any => "any",
            Ty::Record => *noise.pick(&[
                "[:map [:a :int] [:b :string]]",
                "[:map [:a :int] [:c [:vector :int] ?] [:* :any]]",
                "map",
            ]),
            Ty::Vector(item) => return format!("[:vector {}]", bracketed(&item.annotation(noise))),
            Ty::List(_) => "list",
            Ty::Map(item) => {
                return format!("[:map-of :keyword {}]", bracketed(&item.annotation(noise)));
            }
            Ty::Function(..) => "fn",
        };
        exact.to_owned()
    }
}

/// Type words inside brackets are keywords.
fn bracketed(annotation: &str) -> String {
    if annotation.starts_with(['[', ':']) {
        annotation.to_owned()
    } else {
        format!(":{annotation}")
    }
}
