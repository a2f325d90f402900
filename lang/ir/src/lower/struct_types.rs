//! Struct names in annotations: the program's `defstruct` forms as types.

use std::collections::BTreeMap;

use rtfs_syntax::{Diagnostic, Form, ParseErrorKind, Span};
use rtfs_value::types::{Constraint, MAX_DEPTH, MapEntry, Type};

use super::definitions::without_metadata;
use super::linking::ModuleScope;
use super::special::Special;
use super::type_form::read_type;
use super::{Lowerer, codes, split_qualified};
use crate::guard::nested;

/// Types may name each other many times; written out they must stay small.
const MAX_PARTS: usize = 10_000;

/// The fields of the structs that a program defines, by name.
pub(super) type Structs = BTreeMap<String, Vec<MapEntry>>;

/// The structs that modules export, written out: by module, then by name.
pub(super) type ExportedStructs = BTreeMap<String, BTreeMap<String, Type>>;

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
        if !self.scope.may_name_structs() {
            return Some(ty);
        }
        if let Ok(ty) = self.writer().ty(ty) {
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

    fn writer(&self) -> Writer<'_> {
        Writer {
            scope: &self.scope,
            exported: &self.modules.structs,
            path: Vec::new(),
            foreign: 0,
            n_parts: 0,
            depth: 0,
        }
    }

    /// Whether a name in an annotation is that of a struct.
    pub(super) fn is_struct(&self, name: &str) -> bool {
        self.scope.structs.contains_key(name) || self.writer().imported(name).is_some()
    }

    /// Those of the names that are structs of the current scope, for who imports them. One that is too
    /// large is reported where it is used.
    pub(super) fn exported_structs(&self, names: &[&str]) -> BTreeMap<String, Type> {
        let structs = names
            .iter()
            .filter(|name| self.scope.structs.contains_key(**name));
        let written = structs.filter_map(|name| {
            let ty = self.writer().named((*name).to_owned()).ok()?;
            Some(((*name).to_owned(), ty))
        });
        written.collect()
    }
}

struct Writer<'s> {
    scope: &'s ModuleScope,
    exported: &'s ExportedStructs,
    path: Vec<String>,
    /// How many structs of other modules are around: the names inside were theirs.
    foreign: usize,
    n_parts: usize,
    depth: usize,
}

impl<'s> Writer<'s> {
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
            Type::TypeRef(name) if self.foreign == 0 => return self.named(name),
            Type::Struct { name, entries } => Type::Struct {
                name,
                entries: self.entries(entries)?,
            },
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
        let Some(entries) = self.scope.structs.get(&name) else {
            let Some(imported) = self.imported(&name) else {
                return Ok(Type::TypeRef(name));
            };
            // Walked, because its parts count.
            self.foreign += 1;
            let written = nested(|| self.ty(imported.clone()))?;
            self.foreign -= 1;
            return Ok(written);
        };
        if self.path.contains(&name) {
            return Ok(Type::TypeRef(name));
        }
        self.path.push(name.clone());
        let entries = nested(|| self.entries(entries.clone()))?;
        self.path.pop();
        Ok(Type::Struct { name, entries })
    }

    /// The struct that a name of an import means.
    fn imported(&self, name: &str) -> Option<&'s Type> {
        let (module, name) = match split_qualified(name) {
            Some((left, name)) => {
                let scope = self.scope;
                let module = scope
                    .aliases
                    .get(left)
                    .or_else(|| scope.of_structs.get(left));
                (module?, name)
            }
            None => (self.scope.only.get(name)?, name),
        };
        self.exported.get(module)?.get(name)
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
