//! The walk over a value and its type together.
//!
//! Structs may contain themselves, so a check goes as deep as the data. Nothing here recurses but
//! the look at kinds, which follows the type only.

use super::check::{Failure, index_part, key_part, mismatch, predicate_fits};
use super::printed::write_shape;
use super::{Constraint, Detail, Level, Literal, MapEntry, Type};
use crate::equality::equal;
use crate::kind::Kind;
use crate::map::{self, Map};
use crate::print::{readable, write_int};
use crate::seen::Seen;
use crate::seq;
use crate::value::Value;
use alloc::string::String;
use alloc::vec::Vec;
use core::slice;

/// The sizes of an array without a shape: one dimension of any size.
const ANY_SIZE: &[Option<u32>] = &[None];

/// A struct of the type, by its place in [`Walk::structs`]; `None` outside of all.
type Scope = Option<usize>;

/// What is to be checked next.
struct Task<'a> {
    value: &'a Value,
    ty: &'a Type,
    /// The dimensions that are still to be gone through when `ty` is the item type of an array.
    shape: &'a [Option<u32>],
    scope: Scope,
}

/// A value whose parts are being checked, with what is left of them.
struct Frame<'a> {
    scope: Scope,
    parts: Parts<'a>,
}

enum Parts<'a> {
    Items {
        items: seq::Iter<'a>,
        /// Of the item behind the current one.
        next: usize,
        ty: &'a Type,
        shape: &'a [Option<u32>],
    },
    Tuple {
        items: seq::Iter<'a>,
        next: usize,
        types: slice::Iter<'a, Type>,
    },
    Record {
        map: &'a Map,
        entries: &'a [MapEntry],
        next: usize,
        wildcard: Option<&'a Type>,
        /// Of the value and its struct, when it is checked against one.
        noted: Option<(u64, u64)>,
    },
    /// The keys that a record does not name.
    Others {
        entries: map::Iter<'a>,
        key: Option<&'a Value>,
        named: &'a [MapEntry],
        ty: &'a Type,
    },
    MapOf {
        entries: map::Iter<'a>,
        key: Option<&'a Value>,
        /// Its value, while the key is being checked.
        pending: Option<&'a Value>,
        types: (&'a Type, &'a Type),
    },
    Union {
        value: &'a Value,
        members: slice::Iter<'a, Type>,
        ty: &'a Type,
    },
    Refinement {
        value: &'a Value,
        constraints: slice::Iter<'a, Constraint>,
    },
}

/// A struct that the walk has entered.
struct Struct<'a> {
    name: &'a str,
    entries: &'a [MapEntry],
    around: Scope,
}

pub(super) struct Walk<'a> {
    level: Level,
    frames: Vec<Frame<'a>>,
    structs: Vec<Struct<'a>>,
    n_unions: usize,
    /// Values and structs they fit. Data may share parts so often that each path cannot be taken.
    fitting: Seen,
    /// Values and structs they do not fit, where another member of a union may.
    misfits: Seen,
}

impl<'a> Walk<'a> {
    pub(super) fn new(level: Level) -> Self {
        Walk {
            level,
            frames: Vec::new(),
            structs: Vec::new(),
            n_unions: 0,
            fitting: Seen::default(),
            misfits: Seen::default(),
        }
    }

    pub(super) fn check(mut self, value: &'a Value, ty: &'a Type) -> Result<(), Detail> {
        let mut task = Some(Task {
            value,
            ty,
            shape: &[],
            scope: None,
        });
        loop {
            let step = match task.take() {
                Some(task) => self.enter(task).map(|()| None),
                None if self.frames.is_empty() => return Ok(()),
                None => self.advance(),
            };
            task = match step {
                Ok(next) => next,
                Err(failure) => Some(self.unwind(failure)?),
            };
        }
    }

    /// Checks a value as far as that is possible without its parts, which get a frame.
    fn enter(&mut self, task: Task<'a>) -> Result<(), Failure> {
        let Task {
            value,
            mut ty,
            shape,
            scope,
        } = task;
        if !shape.is_empty() {
            return self.enter_array(value, ty, shape, scope);
        }
        loop {
            match ty {
                Type::TypeRef(name) if self.named(name, scope).is_none() => {
                    return Err(Failure::Plain(["Unknown type: ", name].concat()));
                }
                // The base speaks for itself.
                Type::Refinement { base, constraints } => {
                    if self.level > Level::Basic {
                        let constraints = constraints.iter();
                        self.open(scope, Parts::Refinement { value, constraints });
                    }
                    ty = base;
                    continue;
                }
                _ => {}
            }
            if !self.kind_fits(value, ty, scope) {
                let got = match ty {
                    Type::Enum(_) | Type::Literal(_) => readable(value),
                    _ => String::from(value.type_name()),
                };
                return Err(mismatch(ty, &got));
            }
            match ty {
                Type::Optional(inner) if self.level > Level::Basic && !value.is_nil() => {
                    ty = inner;
                }
                _ if self.level > Level::Basic => return self.enter_parts(value, ty, scope),
                _ => return Ok(()),
            }
        }
    }

    /// Checks a value of the right kind.
    fn enter_parts(&mut self, value: &'a Value, ty: &'a Type, scope: Scope) -> Result<(), Failure> {
        let parts = match ty {
            Type::Vector(item) | Type::List(item) => match value.as_seq() {
                Some(seq) if **item != Type::Any => items(seq, item, &[]),
                _ => return Ok(()),
            },
            Type::Tuple(types) => {
                let Some(seq) = value.as_seq() else {
                    return Ok(());
                };
                if seq.len() != types.len() {
                    let mut got = String::from("tuple of length ");
                    write_int(seq.len() as i64, &mut got);
                    return Err(mismatch(ty, &got));
                }
                Parts::Tuple {
                    items: seq.iter(),
                    next: 0,
                    types: types.iter(),
                }
            }
            Type::Map { entries, wildcard } => match value.as_map() {
                Some(map) => record(map, entries, wildcard.as_deref(), None),
                None => return Ok(()),
            },
            Type::Struct { name, entries } => {
                let inside = self.inside(name, entries, scope);
                return self.enter_struct(value, inside);
            }
            Type::TypeRef(name) => {
                let inside = self.named(name, scope);
                return inside.map_or(Ok(()), |inside| self.enter_struct(value, inside));
            }
            Type::MapOf(key, item) => match value.as_map() {
                Some(map) => Parts::MapOf {
                    entries: map.iter(),
                    key: None,
                    pending: None,
                    types: (key, item),
                },
                None => return Ok(()),
            },
            Type::Enum(literals) => return one_of(value, literals, ty),
            Type::Literal(literal) => return one_of(value, slice::from_ref(literal), ty),
            Type::Union(members) => {
                self.n_unions += 1;
                let members = members.iter();
                self.open(scope, Parts::Union { value, members, ty });
                // As if a member before the first had failed.
                return Err(mismatch(ty, value.type_name()));
            }
            Type::Array { item, shape } => {
                let shape = if shape.is_empty() { ANY_SIZE } else { shape };
                return self.enter_array(value, item, shape, scope);
            }
            _ => return Ok(()),
        };
        self.open(scope, parts);
        Ok(())
    }

    fn enter_struct(&mut self, value: &'a Value, inside: usize) -> Result<(), Failure> {
        let (Some(map), Some(known)) = (value.as_map(), self.structs.get(inside)) else {
            return Ok(());
        };
        let entries = known.entries;
        let noted = (value.bits(), entries.as_ptr().addr() as u64);
        if self.fitting.has(noted) {
            return Ok(());
        }
        if self.n_unions > 0 && self.misfits.has(noted) {
            // The union has its own words.
            return Err(Failure::Plain(String::new()));
        }
        self.open(Some(inside), record(map, entries, None, Some(noted)));
        Ok(())
    }

    fn enter_array(
        &mut self,
        value: &'a Value,
        item: &'a Type,
        shape: &'a [Option<u32>],
        scope: Scope,
    ) -> Result<(), Failure> {
        let Some((size, inner)) = shape.split_first() else {
            return Ok(());
        };
        let Some(seq) = value.as_seq().filter(|seq| !seq.is_list()) else {
            let expected = Type::Array {
                item: item.clone().into(),
                shape: shape.into(),
            };
            return Err(mismatch(&expected, value.type_name()));
        };
        if size.is_some_and(|size| size as usize != seq.len()) {
            let mut tail = String::from(": expected ");
            write_shape(&[*size], &mut tail);
            tail.push_str(", got [");
            write_int(seq.len() as i64, &mut tail);
            tail.push(']');
            return Err(Failure::at("Shape violation", tail));
        }
        self.open(scope, items(seq, item, inner));
        Ok(())
    }

    fn open(&mut self, scope: Scope, parts: Parts<'a>) {
        self.frames.push(Frame { scope, parts });
    }

    /// The next part of the innermost value; `None` when there is none and the value fits.
    fn advance(&mut self) -> Result<Option<Task<'a>>, Failure> {
        let Some(frame) = self.frames.last_mut() else {
            return Ok(None);
        };
        let scope = frame.scope;
        match frame.parts.next() {
            Ok(Some((value, ty, shape))) => Ok(Some(Task {
                value,
                ty,
                shape,
                scope,
            })),
            Ok(None) => {
                self.close(true);
                Ok(None)
            }
            Err(failure) => {
                self.close(false);
                Err(failure)
            }
        }
    }

    /// Takes the innermost frame away.
    fn close(&mut self, fits: bool) -> Option<Parts<'a>> {
        let parts = self.frames.pop()?.parts;
        match &parts {
            Parts::Union { .. } => self.n_unions -= 1,
            Parts::Record {
                noted: Some(noted), ..
            } if fits => self.fitting.add(*noted),
            Parts::Record {
                noted: Some(noted), ..
            } => self.misfits.add(*noted),
            _ => {}
        }
        Some(parts)
    }

    /// Leaves frames up to a union that has another member; what that is to be checked against.
    fn unwind(&mut self, mut failure: Failure) -> Result<Task<'a>, Detail> {
        loop {
            let Some(frame) = self.frames.last_mut() else {
                return Err(failure.detail());
            };
            let scope = frame.scope;
            if let Parts::Union { value, members, ty } = &mut frame.parts {
                let (value, ty) = (*value, *ty);
                if let Some(member) = members.next() {
                    return Ok(Task {
                        value,
                        ty: member,
                        shape: &[],
                        scope,
                    });
                }
                failure = mismatch(ty, value.type_name());
            }
            if let Some(parts) = self.close(false) {
                parts.name_part(&mut failure);
            }
        }
    }

    /// The place of a struct that the walk enters inside `around`. The same struct of the type
    /// always has the same one, so there are never more than the type has.
    fn inside(&mut self, name: &'a str, entries: &'a [MapEntry], around: Scope) -> usize {
        let same = |known: &Struct<'_>| {
            core::ptr::eq(known.entries, entries) && core::ptr::eq(known.name, name)
        };
        if let Some(known) = self.structs.iter().position(same) {
            return known;
        }
        self.structs.push(Struct {
            name,
            entries,
            around,
        });
        self.structs.len() - 1
    }

    /// The innermost struct of this name.
    fn named(&self, name: &str, scope: Scope) -> Option<usize> {
        let mut scope = scope;
        while let Some(at) = scope {
            let known = self.structs.get(at)?;
            if known.name == name {
                return Some(at);
            }
            scope = known.around;
        }
        None
    }

    /// Whether the value has the kind of the type; nothing inside is looked at.
    fn kind_fits(&self, value: &Value, ty: &Type, scope: Scope) -> bool {
        let kind = value.kind();
        match ty {
            Type::Int => kind == Kind::Integer,
            Type::Float => matches!(kind, Kind::Float | Kind::Integer),
            Type::String => kind == Kind::String,
            Type::Bool => kind == Kind::Boolean,
            Type::Nil => kind == Kind::Nil,
            Type::Keyword => kind == Kind::Keyword,
            Type::Symbol => kind == Kind::Symbol,
            Type::Any | Type::TypeVar(_) => true,
            Type::TypeRef(name) => kind == Kind::Map || self.named(name, scope).is_none(),
            Type::Never => false,
            Type::Timestamp => kind == Kind::Timestamp,
            Type::Uuid => kind == Kind::Uuid,
            Type::Error => kind == Kind::Error,
            Type::Resource(_) => kind == Kind::Resource,
            Type::Optional(inner) => kind == Kind::Nil || self.kind_fits(value, inner, scope),
            Type::Vector(_) => matches!(kind, Kind::Vector | Kind::List),
            Type::List(_) => kind == Kind::List,
            Type::Tuple(_) | Type::Array { .. } => kind == Kind::Vector,
            Type::Map { .. } | Type::MapOf(..) | Type::Struct { .. } => kind == Kind::Map,
            Type::Function { .. } => kind == Kind::Function,
            Type::Enum(literals) => literals.iter().any(|literal| literal.kind() == kind),
            Type::Literal(literal) => literal.kind() == kind,
            Type::Union(members) => members
                .iter()
                .any(|member| self.kind_fits(value, member, scope)),
            Type::Refinement { base, .. } => self.kind_fits(value, base, scope),
        }
    }
}

/// A value, its type, and the dimensions that are left of an array.
type Part<'a> = (&'a Value, &'a Type, &'a [Option<u32>]);

impl<'a> Parts<'a> {
    fn next(&mut self) -> Result<Option<Part<'a>>, Failure> {
        Ok(match self {
            Parts::Items {
                items,
                next,
                ty,
                shape,
            } => {
                *next += 1;
                items.next().map(|value| (value, *ty, *shape))
            }
            Parts::Tuple { items, next, types } => {
                *next += 1;
                let pair = items.next().zip(types.next());
                pair.map(|(value, ty)| (value, ty, &[][..]))
            }
            Parts::Record { .. } => return self.next_entry(),
            Parts::Others {
                entries,
                key,
                named,
                ty,
            } => entries
                .find(|(key, _)| {
                    !key.as_text()
                        .is_some_and(|name| named.iter().any(|entry| entry.key == name))
                })
                .map(|(found, value)| {
                    *key = Some(found);
                    (value, *ty, &[][..])
                }),
            Parts::MapOf {
                entries,
                key,
                pending,
                types,
            } => match pending.take() {
                Some(value) => Some((value, types.1, &[][..])),
                None => entries.next().map(|(found, value)| {
                    *key = Some(found);
                    *pending = Some(value);
                    (found, types.0, &[][..])
                }),
            },
            // A member fits.
            Parts::Union { .. } => None,
            Parts::Refinement { value, constraints } => {
                for constraint in constraints {
                    match constraint {
                        Constraint::Type(ty) => return Ok(Some((*value, ty, &[]))),
                        Constraint::Predicate(predicate) => predicate_fits(value, predicate)?,
                    }
                }
                None
            }
        })
    }

    fn next_entry(&mut self) -> Result<Option<Part<'a>>, Failure> {
        let Parts::Record {
            map,
            entries,
            next,
            wildcard,
            ..
        } = self
        else {
            return Ok(None);
        };
        while let Some(entry) = entries.get(*next) {
            *next += 1;
            let found = map.get_keyword(&entry.key);
            match found.or_else(|| map.get_str(&entry.key)) {
                Some(value) => return Ok(Some((value, &entry.ty, &[]))),
                None if entry.optional || matches!(entry.ty, Type::Optional(_)) => {}
                None => {
                    let head = ["Missing required key :", &*entry.key].concat();
                    return Err(Failure::at(&head, String::new()));
                }
            }
        }
        let Some(ty) = wildcard.take() else {
            return Ok(None);
        };
        *self = Parts::Others {
            entries: map.iter(),
            key: None,
            named: entries,
            ty,
        };
        self.next()
    }

    /// Puts the part that was last given before the path of a failure in it.
    fn name_part(&self, failure: &mut Failure) {
        match self {
            Parts::Items { next, .. } | Parts::Tuple { next, .. } => {
                failure.below(|| index_part(next.saturating_sub(1)));
            }
            Parts::Record { entries, next, .. } => {
                if let Some(entry) = entries.get(next.saturating_sub(1)) {
                    failure.below(|| [".", &*entry.key].concat());
                }
            }
            Parts::Others { key: Some(key), .. } | Parts::MapOf { key: Some(key), .. } => {
                failure.below(|| key_part(key));
            }
            _ => {}
        }
    }
}

fn items<'a>(seq: &'a seq::Seq, ty: &'a Type, shape: &'a [Option<u32>]) -> Parts<'a> {
    Parts::Items {
        items: seq.iter(),
        next: 0,
        ty,
        shape,
    }
}

fn record<'a>(
    map: &'a Map,
    entries: &'a [MapEntry],
    wildcard: Option<&'a Type>,
    noted: Option<(u64, u64)>,
) -> Parts<'a> {
    Parts::Record {
        map,
        entries,
        next: 0,
        wildcard,
        noted,
    }
}

fn one_of(value: &Value, literals: &[Literal], ty: &Type) -> Result<(), Failure> {
    let mut values = literals.iter().map(Literal::value);
    if values.any(|literal| equal(value, &literal)) {
        Ok(())
    } else {
        Err(mismatch(ty, &readable(value)))
    }
}
