//! Struct names in annotations: the program's `defstruct` forms as types.

use std::collections::BTreeMap;

use rtfs_syntax::{Diagnostic, Form, ParseErrorKind, Span};
use rtfs_value::types::{Constraint, MAX_DEPTH, MapEntry, Type};

use super::definitions::without_metadata;
use super::special::Special;
use super::type_form::read_type;
use super::{Lowerer, codes};
use crate::guard::nested;

/// Types may name each other many times; written out they must stay small.
const MAX_PARTS: usize = 10_000;

/// The fields of the structs that a program defines, by name.
pub(super) type Structs = BTreeMap<String, Vec<MapEntry>>;

/// Adds the structs that stand at the top level of `forms`.
pub(super) fn collect(forms: &[Form], structs: &mut Structs) {
    for form in forms {
        let Some([head, items @ ..]) = without_metadata(form).as_list() else {
            continue;
        };
        match (head.as_symbol().and_then(Special::named), items) {
            (Some(Special::Do), items) => nested(|| collect(items, structs)),
            (Some(Special::DefStruct), [name, fields @ ..]) => {
                if let Some(name) = without_metadata(name).as_symbol() {
                    structs.insert(name.to_owned(), entries(fields));
                }
            }
            _ => {}
        }
    }
}

/// Fields that are malformed are reported where the struct is lowered.
fn entries(fields: &[Form]) -> Vec<MapEntry> {
    let entry = |pair: &[Form]| match pair {
        [key, ty] => {
            let ty = read_type(ty, 0).ok()?;
            Some(MapEntry {
                key: key.as_keyword()?.to_owned(),
                ty,
                optional: false,
            })
        }
        _ => None,
    };
    let mut entries: Vec<MapEntry> = Vec::new();
    for entry in fields.chunks(2).filter_map(entry) {
        entries.retain(|known| known.key != entry.key);
        entries.push(entry);
    }
    entries
}

/// A type that is too large when struct names are written out.
struct TooLarge;

impl Lowerer<'_> {
    /// A type with the program's structs in the place of their names. Inside a struct its own name
    /// stays a name.
    pub(super) fn with_structs(&mut self, ty: Type, span: Span) -> Option<Type> {
        if self.scope.structs.is_empty() {
            return Some(ty);
        }
        let mut writer = Writer {
            structs: &self.scope.structs,
            path: Vec::new(),
            n_parts: 0,
            depth: 0,
        };
        if let Ok(ty) = writer.ty(ty) {
            return Some(ty);
        }
        let message = "this type is too large when structs are written out";
        let kind = ParseErrorKind::NotImplemented;
        self.report(Diagnostic::error(
            codes::NOT_IMPLEMENTED,
            kind,
            message,
            span,
        ));
        None
    }
}

struct Writer<'s> {
    structs: &'s Structs,
    path: Vec<String>,
    n_parts: usize,
    depth: usize,
}

impl Writer<'_> {
    fn ty(&mut self, ty: Type) -> Result<Type, TooLarge> {
        self.n_parts += 1;
        self.depth += 1;
        if self.n_parts > MAX_PARTS || self.depth >= MAX_DEPTH {
            return Err(TooLarge);
        }
        let ty = self.parts(ty)?;
        self.depth -= 1;
        Ok(ty)
    }

    fn parts(&mut self, ty: Type) -> Result<Type, TooLarge> {
        Ok(match ty {
            Type::TypeRef(name) => return self.named(name),
            Type::Optional(ty) => Type::Optional(self.boxed(ty)?),
            Type::Vector(item) => Type::Vector(self.boxed(item)?),
            Type::List(item) => Type::List(self.boxed(item)?),
            Type::Tuple(items) => Type::Tuple(self.all(items)?),
            Type::Map { entries, wildcard } => Type::Map {
                entries: self.entries(entries)?,
                wildcard: wildcard.map(|ty| self.boxed(ty)).transpose()?,
            },
            Type::MapOf(key, value) => Type::MapOf(self.boxed(key)?, self.boxed(value)?),
            Type::Function {
                params,
                rest,
                result,
            } => Type::Function {
                params: self.all(params)?,
                rest: rest.map(|ty| self.boxed(ty)).transpose()?,
                result: self.boxed(result)?,
            },
            Type::Union(members) => Type::Union(self.all(members)?),
            Type::Refinement { base, constraints } => Type::Refinement {
                base: self.boxed(base)?,
                constraints: constraints
                    .into_iter()
                    .map(|constraint| match constraint {
                        Constraint::Type(ty) => self.ty(ty).map(Constraint::Type),
                        predicate => Ok(predicate),
                    })
                    .collect::<Result<_, _>>()?,
            },
            Type::Array { item, shape } => Type::Array {
                item: self.boxed(item)?,
                shape,
            },
            other => other,
        })
    }

    fn named(&mut self, name: String) -> Result<Type, TooLarge> {
        let Some(entries) = self.structs.get(&name) else {
            return Ok(Type::TypeRef(name));
        };
        if self.path.contains(&name) {
            return Ok(Type::TypeRef(name));
        }
        self.path.push(name.clone());
        let entries = nested(|| self.entries(entries.clone()))?;
        self.path.pop();
        Ok(Type::Struct { name, entries })
    }

    fn entries(&mut self, entries: Vec<MapEntry>) -> Result<Vec<MapEntry>, TooLarge> {
        let entry = |entry: MapEntry| {
            Ok(MapEntry {
                ty: self.ty(entry.ty)?,
                ..entry
            })
        };
        entries.into_iter().map(entry).collect()
    }

    fn all(&mut self, types: Vec<Type>) -> Result<Vec<Type>, TooLarge> {
        types.into_iter().map(|ty| self.ty(ty)).collect()
    }

    fn boxed(&mut self, mut ty: Box<Type>) -> Result<Box<Type>, TooLarge> {
        *ty = self.ty(std::mem::replace(&mut *ty, Type::Any))?;
        Ok(ty)
    }
}
