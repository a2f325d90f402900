//! Annotations as component types.

use std::collections::BTreeMap;

use rtfs_value::types::{Literal, MapEntry, Type};

use crate::names::{Labels, label};

/// Deeper types cross as bytes: not every tool takes deep component types.
const MAX_DEPTH: usize = 16;
/// Records, tuples and enumerations with more members cross as bytes, for the same reason.
const MAX_MEMBERS: usize = 200;

/// A component type that RTFS values are mapped to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum WitType {
    /// `s64`
    S64,
    /// `f64`
    F64,
    /// `string`
    String,
    /// `bool`
    Bool,
    /// No value: the result of a function that gives `nil`.
    Unit,
    /// `list<u8>`: any value, encoded.
    Bytes,
    /// `list<T>`
    List(Box<WitType>),
    /// `option<T>`
    Option(Box<WitType>),
    /// `tuple<…>`
    Tuple(Vec<WitType>),
    /// `record`
    Record(Vec<Field>),
    /// `enum` of keywords
    Enum(Vec<String>),
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Field {
    /// The RTFS key, without colon.
    pub(crate) key: String,
    /// An option when the key may be absent.
    pub(crate) ty: WitType,
    /// The key may be absent.
    pub(crate) may_be_absent: bool,
}

impl WitType {
    /// The type of a parameter.
    pub(crate) fn of_param(annotation: Option<&Type>) -> Self {
        annotation.map_or(Self::Bytes, |ty| nested(ty, 0))
    }

    /// The type of a result.
    pub(crate) fn of_result(annotation: Option<&Type>) -> Self {
        match annotation {
            Some(Type::Nil) => Self::Unit,
            other => Self::of_param(other),
        }
    }

    /// A list of the type. A list of encoded values is one encoded value.
    pub(crate) fn list_of(item: Self) -> Self {
        match item {
            Self::Bytes => Self::Bytes,
            item => Self::List(Box::new(item)),
        }
    }

    /// An option of the type. Encoded values can be `nil`, and options do not nest.
    fn option_of(ty: Self) -> Self {
        match ty {
            Self::Bytes => Self::Bytes,
            Self::Option(_) => ty,
            ty => Self::Option(Box::new(ty)),
        }
    }
}

fn nested(ty: &Type, depth: usize) -> WitType {
    if depth == MAX_DEPTH {
        return WitType::Bytes;
    }
    let inner = |ty: &Type| nested(ty, depth + 1);
    match ty {
        Type::Int => WitType::S64,
        Type::Float => WitType::F64,
        Type::String => WitType::String,
        Type::Bool => WitType::Bool,
        Type::Optional(ty) => WitType::option_of(inner(ty)),
        Type::Union(members) => match members.as_slice() {
            [Type::Nil, ty] | [ty, Type::Nil] => WitType::option_of(inner(ty)),
            _ => WitType::Bytes,
        },
        Type::Vector(item) => WitType::list_of(inner(item)),
        Type::Array { item, shape } => {
            let dimensions = shape.len().max(1);
            if depth + dimensions >= MAX_DEPTH {
                return WitType::Bytes;
            }
            (0..dimensions).fold(nested(item, depth + dimensions), |ty, _| {
                WitType::list_of(ty)
            })
        }
        Type::Tuple(items) if is_countable(items.len()) => {
            WitType::Tuple(items.iter().map(inner).collect())
        }
        Type::Map {
            entries,
            wildcard: None,
        }
        | Type::Struct { entries, .. }
            if is_countable(entries.len()) =>
        {
            record(entries, inner)
        }
        Type::Enum(cases) if is_countable(cases.len()) => keywords(cases),
        Type::Refinement { base, .. } => inner(base),
        _ => WitType::Bytes,
    }
}

/// Component types have no empty records, tuples and enumerations.
fn is_countable(members: usize) -> bool {
    (1..=MAX_MEMBERS).contains(&members)
}

fn record(entries: &[MapEntry], inner: impl Fn(&Type) -> WitType) -> WitType {
    let field = |entry: &MapEntry| {
        let ty = inner(&entry.ty);
        // Also for encoded values, so that absence can be told from `nil`.
        let ty = match ty {
            WitType::Bytes if entry.optional => WitType::Option(Box::new(WitType::Bytes)),
            ty if entry.optional => WitType::option_of(ty),
            ty => ty,
        };
        Field {
            key: entry.key.clone(),
            ty,
            may_be_absent: entry.optional,
        }
    };
    let fields: Vec<Field> = entries.iter().map(field).collect();
    let mut keys: Vec<&str> = fields.iter().map(|field| field.key.as_str()).collect();
    keys.sort_unstable();
    if keys.windows(2).any(|pair| pair[0] == pair[1]) {
        return WitType::Bytes;
    }
    WitType::Record(fields)
}

fn keywords(cases: &[Literal]) -> WitType {
    let mut names = Vec::with_capacity(cases.len());
    for case in cases {
        match case {
            Literal::Keyword(name) if !names.contains(name) => names.push(name.clone()),
            Literal::Keyword(_) => {}
            _ => return WitType::Bytes,
        }
    }
    WitType::Enum(names)
}

/// The named types of a world: records and enumerations, each structure once.
#[derive(Clone, Debug)]
pub(crate) struct TypeNames {
    labels: Labels,
    names: BTreeMap<WitType, String>,
    /// Definitions in WIT, each after those it needs.
    pub(crate) definitions: Vec<String>,
}

impl TypeNames {
    /// No types yet; none of them will be named like a function.
    pub(crate) fn new<'n>(reserved: impl IntoIterator<Item = &'n str>) -> Self {
        let reserved: Vec<&str> = reserved.into_iter().chain(["error"]).collect();
        Self {
            labels: Labels::new([], &reserved),
            names: BTreeMap::new(),
            definitions: Vec::new(),
        }
    }

    /// The type in WIT. A record or enumeration that has no name yet is defined, and named after
    /// `path`, the place it was met first.
    pub(crate) fn print(&mut self, ty: &WitType, path: &str) -> String {
        match ty {
            WitType::S64 => "s64".to_owned(),
            WitType::F64 => "f64".to_owned(),
            WitType::String => "string".to_owned(),
            WitType::Bool => "bool".to_owned(),
            WitType::Unit => "_".to_owned(),
            WitType::Bytes => "list<u8>".to_owned(),
            WitType::List(item) => format!("list<{}>", self.print(item, &format!("{path}-item"))),
            WitType::Option(ty) => format!("option<{}>", self.print(ty, path)),
            WitType::Tuple(items) => {
                let items = items.iter().enumerate();
                let items: Vec<String> = items
                    .map(|(i, item)| self.print(item, &format!("{path}-{i}")))
                    .collect();
                format!("tuple<{}>", items.join(", "))
            }
            WitType::Record(fields) => self.named(ty, path, |names| {
                let labels = Labels::new(fields.iter().map(|field| field.key.as_str()), &[]);
                let print = |field: &Field| {
                    let label = labels.get(&field.key).unwrap_or_default();
                    let ty = names.print(&field.ty, &format!("{path}-{}", field.key));
                    format!("%{label}: {ty}")
                };
                let fields: Vec<String> = fields.iter().map(print).collect();
                ("record", fields.join(", "))
            }),
            WitType::Enum(cases) => self.named(ty, path, |_| {
                let labels = Labels::new(cases.iter().map(String::as_str), &[]);
                let cases = cases
                    .iter()
                    .map(|case| labels.get(case).unwrap_or_default());
                let cases: Vec<String> = cases.map(|label| format!("%{label}")).collect();
                ("enum", cases.join(", "))
            }),
        }
    }

    fn named(
        &mut self,
        ty: &WitType,
        path: &str,
        members: impl FnOnce(&mut Self) -> (&'static str, String),
    ) -> String {
        if let Some(name) = self.names.get(ty) {
            return name.clone();
        }
        let (keyword, members) = members(self);
        let name = format!("%{}", self.labels.free(&label(path)));
        self.definitions
            .push(format!("{keyword} {name} {{ {members} }}"));
        self.names.insert(ty.clone(), name.clone());
        name
    }
}
