//! Constants, collections and definitions.

use rtfs_ir::{Datum, GlobalId, Import, Literal, Node, Place, Slot};
use rtfs_value::error::ErrorKind;
use rtfs_value::library;
use rtfs_value::types::Type;
use rtfs_value::{Map, Value};

use super::{At, Compiler, Plan};
use crate::code::Op;
use crate::load::LoadError;

impl<'p> Compiler<'_, '_, 'p> {
    pub(super) fn literal(&mut self, literal: &'p Literal, at: At) {
        let op = match literal {
            Literal::Nil => Op::Nil,
            _ => Op::Const(self.constant(literal.value())),
        };
        self.emit(op, at.node);
    }

    pub(super) fn quote(&mut self, datum: &'p Datum, at: At) {
        let constant = self.constant(datum_value(datum));
        self.emit(Op::Const(constant), at.node);
    }

    pub(super) fn vector(&mut self, items: &'p [Node], at: At) {
        let mut plan = Plan::default();
        for item in items {
            plan.node(item, at.inner());
        }
        plan.op(Op::Vector(items.len() as u32), at);
        self.schedule(plan);
    }

    pub(super) fn map(&mut self, entries: &'p [(Literal, Node)], at: At) {
        let keys = self.key_row(entries.iter().map(|(key, _)| key));
        let mut plan = Plan::default();
        for (_, value) in entries {
            plan.node(value, at.inner());
        }
        plan.op(Op::Map(keys), at);
        self.schedule(plan);
    }

    pub(super) fn key_row<'k>(&mut self, keys: impl Iterator<Item = &'k Literal>) -> u32 {
        self.code.key_rows.push(keys.map(Literal::value).collect());
        self.code.key_rows.len() as u32 - 1
    }

    pub(super) fn def(
        &mut self,
        global: GlobalId,
        annotation: Option<&'p Type>,
        init: &'p Node,
        at: At,
    ) -> Result<(), LoadError> {
        let name = self.unit.global_name(global)?;
        let mut plan = Plan::default();
        plan.node(init, at.inner());
        if let Some(ty) = annotation {
            let check = self.check(ty, format!("def {name}"));
            plan.op(Op::Check(check), at);
        }
        plan.op(Op::Define(self.unit.global(global)?), at);
        self.schedule(plan);
        Ok(())
    }

    pub(super) fn local_def(
        &mut self,
        slot: Slot,
        name: &'p str,
        annotation: Option<&'p Type>,
        init: &'p Node,
        at: At,
    ) -> Result<(), LoadError> {
        let mut plan = Plan::default();
        plan.node(init, at.inner());
        if let Some(ty) = annotation {
            let check = self.check(ty, format!("def {name}"));
            plan.op(Op::Check(check), at);
        }
        plan.op(Op::Dup, at);
        plan.op(self.store(slot)?, at);
        self.schedule(plan);
        Ok(())
    }

    pub(super) fn cast(&mut self, value: &'p Node, to: &'p Type, context: &'p str, at: At) {
        let check = self.check(to, context.to_owned());
        let mut plan = Plan::default();
        plan.node(value, at.inner());
        plan.op(Op::Check(check), at);
        self.schedule(plan);
    }

    pub(super) fn defstruct(
        &mut self,
        global: GlobalId,
        fields: &'p [(String, Type)],
        at: At,
    ) -> Result<(), LoadError> {
        let name = self.unit.global_name(global)?;
        let constant = self.constant(library::struct_constructor(name, fields));
        self.emit(Op::Const(constant), at.node);
        self.emit(Op::Define(self.unit.global(global)?), at.node);
        Ok(())
    }

    /// A form that only raises.
    pub(super) fn raise(&mut self, kind: ErrorKind, text: String, at: At) {
        self.code.raises.push((kind, text));
        self.emit(Op::Raise(self.code.raises.len() as u32 - 1), at.node);
    }

    pub(super) fn import(&mut self, import: &'p Import, at: At) {
        self.code.imports.push(import.clone());
        self.emit(Op::Import(self.code.imports.len() as u32 - 1), at.node);
    }

    pub(super) fn expect_place(&self, place: Place) -> Result<(), LoadError> {
        match place {
            Place::Slot(slot) => self.slot_info(slot).map(|_| ()),
            Place::Capture(index) if index >= self.captures => Err(LoadError::Capture(index)),
            Place::Capture(_) | Place::SelfFn => Ok(()),
        }
    }
}

/// What is left to do to build quoted data.
enum Build<'d> {
    Datum(&'d Datum),
    Vector(usize),
    List(usize),
    Map(&'d [(Literal, Datum)]),
}

/// The value of quoted data, without recursion: macros can nest it deeper than any source text.
fn datum_value(datum: &Datum) -> Value {
    let mut work = vec![Build::Datum(datum)];
    let mut built: Vec<Value> = Vec::new();
    while let Some(next) = work.pop() {
        match next {
            Build::Datum(Datum::Literal(literal)) => built.push(literal.value()),
            Build::Datum(Datum::List(items)) => {
                work.push(Build::List(items.len()));
                work.extend(items.iter().rev().map(Build::Datum));
            }
            Build::Datum(Datum::Vector(items)) => {
                work.push(Build::Vector(items.len()));
                work.extend(items.iter().rev().map(Build::Datum));
            }
            Build::Datum(Datum::Map(entries)) => {
                work.push(Build::Map(entries));
                work.extend(entries.iter().rev().map(|(_, value)| Build::Datum(value)));
            }
            Build::Vector(count) => {
                let items = built.split_off(built.len() - count);
                built.push(Value::vector(items));
            }
            Build::List(count) => {
                let items = built.split_off(built.len() - count);
                built.push(Value::list(items));
            }
            Build::Map(entries) => {
                let values = built.split_off(built.len() - entries.len());
                let mut map = Map::with_capacity(entries.len());
                for ((key, _), value) in entries.iter().zip(values) {
                    // The reader lets only keywords, strings and integers be keys.
                    let _ = map.assoc(key.value(), value);
                }
                built.push(Value::map(map));
            }
        }
    }
    built.pop().unwrap_or(Value::NIL)
}
