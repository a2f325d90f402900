//! Programs to canonical bytes.
//!
//! Child nodes are written in the order of their numbers, so that reading numbers them again.

use rtfs_value::library;
use rtfs_value::types::{self, Type};

use super::SCHEMA_VERSION;
use super::wire::Writer;
use crate::guard::nested;
use crate::node::{
    CatchSelector, Datum, Declaration, DelegationHint, GlobalId, Lambda, LetBinding, Literal, Node,
    NodeKind, Param, Pattern, Place, Program, Slot, SlotInfo,
};

/// How references to globals are written: by number in programs, by meaning in hashes.
pub(crate) trait GlobalWriter {
    /// Writes one reference as one CBOR item.
    fn write(&mut self, id: GlobalId, out: &mut Writer);
}

/// References by number.
struct Numbers;

impl GlobalWriter for Numbers {
    fn write(&mut self, id: GlobalId, out: &mut Writer) {
        out.uint(u64::from(id.0));
    }
}

/// The canonical bytes of a program.
pub(super) fn program(program: &Program) -> Vec<u8> {
    let mut encoder = Encoder::new(Numbers);
    let out = &mut encoder.out;
    out.array(4);
    out.uint(u64::from(SCHEMA_VERSION));
    out.array(program.globals.len());
    for global in &program.globals {
        let out = &mut encoder.out;
        out.array(4);
        out.text(&global.name);
        out.uint(u64::from(global.definitions));
        out.bool(global.fallback.is_some());
        match &global.declared {
            Some(declared) => encoder.declaration(declared),
            None => encoder.out.null(),
        }
    }
    match &program.module {
        Some(module) => {
            encoder.out.array(2);
            encoder.out.text(&module.name);
            encoder.out.array(module.exports.len());
            for export in &module.exports {
                encoder.out.uint(u64::from(export.0));
            }
        }
        None => encoder.out.null(),
    }
    encoder.out.array(program.forms.len());
    for form in &program.forms {
        encoder.out.array(2);
        encoder.slots(&form.slots);
        encoder.node(&form.node);
    }
    encoder.out.bytes
}

/// Writes nodes.
pub(crate) struct Encoder<G> {
    pub(crate) out: Writer,
    pub(crate) globals: G,
}

impl<G: GlobalWriter> Encoder<G> {
    pub(crate) fn new(globals: G) -> Self {
        Encoder {
            out: Writer::default(),
            globals,
        }
    }

    pub(crate) fn declaration(&mut self, declared: &Declaration) {
        self.out.array(4);
        self.out.array(declared.params.len());
        for (name, ty) in &declared.params {
            self.out.array(2);
            self.out.text(name);
            self.ty(ty);
        }
        self.option(declared.rest.as_ref(), Self::ty);
        self.ty(&declared.result);
        self.out.array(declared.capabilities.len());
        declared
            .capabilities
            .iter()
            .for_each(|id| self.out.text(id));
    }

    /// The number of slots, and those that hold cells.
    pub(crate) fn slots(&mut self, slots: &[SlotInfo]) {
        let cells = slots.iter().enumerate().filter(|(_, slot)| slot.cell);
        let cells: Vec<usize> = cells.map(|(index, _)| index).collect();
        self.out.array(2);
        self.out.uint(slots.len() as u64);
        self.out.array(cells.len());
        cells.iter().for_each(|cell| self.out.uint(*cell as u64));
    }

    pub(crate) fn node(&mut self, node: &Node) {
        nested(|| self.kind(&node.kind));
    }

    /// The head of a node with `n_fields` fields.
    fn open(&mut self, code: u64, n_fields: usize) {
        self.out.array(1 + n_fields);
        self.out.uint(code);
    }

    fn kind(&mut self, kind: &NodeKind) {
        match kind {
            NodeKind::Literal(literal) => {
                self.open(0, 1);
                self.literal(literal);
            }
            NodeKind::Quote(datum) => {
                self.open(1, 1);
                self.datum(datum);
            }
            NodeKind::Var(place) => {
                self.open(2, 1);
                self.place(*place);
            }
            NodeKind::CellGet { place, name } => {
                self.open(3, 2);
                self.place(*place);
                self.out.text(name);
            }
            NodeKind::Global(id) => {
                self.open(4, 1);
                self.globals.write(*id, &mut self.out);
            }
            NodeKind::Builtin(id) => self.texts(5, [library::get(*id).name]),
            NodeKind::Free(name) => self.texts(6, [name]),
            NodeKind::Qualified { module, symbol } => self.texts(7, [module, symbol]),
            NodeKind::Raise { kind, text } => self.texts(8, [kind.class(), text]),
            NodeKind::ResourceRef(name) => self.texts(9, [name]),
            NodeKind::Def {
                global,
                annotation,
                init,
            } => {
                self.open(10, 3);
                self.globals.write(*global, &mut self.out);
                self.option(annotation.as_ref(), Self::ty);
                self.node(init);
            }
            NodeKind::Declare(global) => {
                self.open(11, 1);
                self.globals.write(*global, &mut self.out);
            }
            NodeKind::LocalDef {
                slot,
                name,
                annotation,
                init,
            } => {
                self.open(12, 4);
                self.slot(*slot);
                self.out.text(name);
                self.option(annotation.as_ref(), Self::ty);
                self.node(init);
            }
            NodeKind::Lambda(lambda) => self.lambda(lambda),
            NodeKind::DefStruct { global, fields } => {
                self.open(29, 2);
                self.globals.write(*global, &mut self.out);
                self.out.array(fields.len());
                for (name, ty) in fields {
                    self.out.array(2);
                    self.out.text(name);
                    self.ty(ty);
                }
            }
            NodeKind::Import(import) => {
                self.open(30, 3);
                self.out.text(&import.module);
                self.option(import.alias.as_ref(), |this, alias| this.out.text(alias));
                self.option(import.only.as_ref(), |this, only| {
                    this.out.array(only.len());
                    only.iter().for_each(|name| this.out.text(name));
                });
            }
            compound => self.compound(compound),
        }
    }

    fn compound(&mut self, kind: &NodeKind) {
        match kind {
            NodeKind::Call { head, args } => {
                self.open(14, 2);
                self.node(head);
                self.nodes(args);
            }
            NodeKind::If {
                test,
                then,
                otherwise,
            } => {
                self.open(15, 3);
                [test, then, otherwise]
                    .into_iter()
                    .for_each(|node| self.node(node));
            }
            NodeKind::Do(items) => self.list(16, items),
            NodeKind::Scope { cells, body } => {
                self.open(17, 2);
                self.out.array(cells.len());
                cells.iter().for_each(|cell| self.slot(*cell));
                self.node(body);
            }
            NodeKind::Let { bindings, body } => {
                self.open(18, 2);
                self.out.array(bindings.len());
                bindings.iter().for_each(|binding| self.binding(binding));
                self.node(body);
            }
            NodeKind::Match { .. } | NodeKind::Try { .. } => self.clauses(kind),
            NodeKind::And(items) => self.list(21, items),
            NodeKind::Or(items) => self.list(22, items),
            NodeKind::Vector(items) => self.list(23, items),
            NodeKind::Map(entries) => {
                self.open(24, 1);
                self.out.array(entries.len());
                for (key, value) in entries {
                    self.out.array(2);
                    self.literal(key);
                    self.node(value);
                }
            }
            NodeKind::For { bindings, body } => {
                self.open(25, 2);
                self.out.array(bindings.len());
                for (slot, collection) in bindings {
                    self.out.array(2);
                    self.slot(*slot);
                    self.node(collection);
                }
                self.node(body);
            }
            NodeKind::DoTimes { slot, count, body } => {
                self.open(26, 3);
                self.slot(*slot);
                self.node(count);
                self.node(body);
            }
            NodeKind::HintScope { hints, body } => {
                self.open(27, 2);
                self.out.array(hints.len());
                for (key, value) in hints {
                    self.out.array(2);
                    self.out.text(key);
                    self.node(value);
                }
                self.node(body);
            }
            NodeKind::Cast { value, to, context } => {
                self.open(28, 3);
                self.node(value);
                self.ty(to);
                self.out.text(context);
            }
            // `kind` writes all others.
            _ => {}
        }
    }

    fn clauses(&mut self, kind: &NodeKind) {
        match kind {
            NodeKind::Match { value, clauses } => {
                self.open(19, 2);
                self.node(value);
                self.out.array(clauses.len());
                for clause in clauses {
                    self.out.array(3);
                    self.pattern(&clause.pattern);
                    self.option(clause.guard.as_ref(), Self::node);
                    self.node(&clause.body);
                }
            }
            NodeKind::Try {
                body,
                catches,
                finally,
            } => {
                self.open(20, 3);
                self.node(body);
                self.out.array(catches.len());
                for catch in catches {
                    self.out.array(3);
                    self.selector(&catch.selector);
                    self.option(catch.binding, Self::slot);
                    self.node(&catch.body);
                }
                self.option(finally.as_deref(), Self::node);
            }
            _ => {}
        }
    }

    fn lambda(&mut self, lambda: &Lambda) {
        self.open(13, 8);
        self.option(lambda.name.as_ref(), |this, name| this.out.text(name));
        self.out.array(lambda.params.len());
        lambda.params.iter().for_each(|param| self.param(param));
        match &lambda.rest {
            // The name of a rest parameter is in no message.
            Some(rest) => {
                self.out.array(1);
                self.option(rest.annotation.as_ref(), Self::ty);
            }
            None => self.out.null(),
        }
        self.option(lambda.result.as_ref(), Self::ty);
        self.slots(&lambda.slots);
        self.out.array(lambda.captures.len());
        lambda.captures.iter().for_each(|place| self.place(*place));
        self.option(lambda.hint.as_ref(), |this, hint| match hint {
            DelegationHint::LocalPure => this.open(0, 0),
            DelegationHint::LocalModel(id) => this.texts(1, [id]),
            DelegationHint::RemoteModel(id) => this.texts(2, [id]),
        });
        self.node(&lambda.body);
    }

    fn param(&mut self, param: &Param) {
        self.out.array(2);
        self.annotated(&param.name, param.annotation.as_ref());
        self.option(param.pattern.as_ref(), Self::pattern);
    }

    fn binding(&mut self, binding: &LetBinding) {
        self.out.array(3);
        self.node(&binding.init);
        self.annotated(&binding.name, binding.annotation.as_ref());
        self.pattern(&binding.pattern);
    }

    /// A type with the name that its check would print; nothing without a type.
    fn annotated(&mut self, name: &str, ty: Option<&Type>) {
        self.option(ty, |this, ty| {
            this.out.array(2);
            this.out.text(name);
            this.ty(ty);
        });
    }

    fn pattern(&mut self, pattern: &Pattern) {
        nested(|| match pattern {
            Pattern::Wildcard => self.out.null(),
            Pattern::Var(slot) => self.slot(*slot),
            Pattern::Literal(literal) => {
                self.open(0, 1);
                self.literal(literal);
            }
            Pattern::Type(ty) => {
                self.open(1, 1);
                self.ty(ty);
            }
            Pattern::As(slot, inner) => {
                self.open(2, 2);
                self.slot(*slot);
                self.pattern(inner);
            }
            Pattern::Sequence { items, rest, whole } => {
                self.open(3, 3);
                self.out.array(items.len());
                items.iter().for_each(|item| self.pattern(item));
                self.rest(*rest);
                self.option(*whole, Self::slot);
            }
            Pattern::Map {
                entries,
                rest,
                whole,
            } => {
                self.open(4, 3);
                self.out.array(entries.len());
                for entry in entries {
                    self.out.array(3);
                    self.literal(&entry.key);
                    self.option(entry.default.as_ref(), Self::node);
                    self.pattern(&entry.pattern);
                }
                self.rest(*rest);
                self.option(*whole, Self::slot);
            }
        });
    }

    /// Nothing, `& _` or `& name`.
    fn rest(&mut self, rest: Option<Option<Slot>>) {
        match rest {
            None => self.out.null(),
            Some(None) => self.out.bool(false),
            Some(Some(slot)) => self.slot(slot),
        }
    }

    fn selector(&mut self, selector: &CatchSelector) {
        match selector {
            CatchSelector::All => self.out.null(),
            CatchSelector::Family(family) => self.texts(0, [family.class().unwrap_or_default()]),
            CatchSelector::Kind(kind) => self.texts(1, [kind.class()]),
            CatchSelector::Keyword(name) => self.texts(2, [name]),
        }
    }

    fn literal(&mut self, literal: &Literal) {
        match literal {
            Literal::Nil => self.out.null(),
            Literal::Bool(value) => self.out.bool(*value),
            Literal::Int(value) => self.out.int(*value),
            Literal::Str(text) => self.out.text(text),
            Literal::Float(bits) => {
                self.open(0, 1);
                self.out.uint(*bits);
            }
            Literal::Keyword(name) => self.texts(1, [name]),
            Literal::Symbol(name) => self.texts(2, [name]),
            Literal::Timestamp(text) => self.texts(3, [text]),
            Literal::Uuid(text) => self.texts(4, [text]),
            Literal::Resource(text) => self.texts(5, [text]),
        }
    }

    fn datum(&mut self, datum: &Datum) {
        nested(|| match datum {
            Datum::Literal(literal) => {
                self.open(0, 1);
                self.literal(literal);
            }
            Datum::List(items) => self.data(1, items),
            Datum::Vector(items) => self.data(2, items),
            Datum::Map(entries) => {
                self.open(3, 1);
                self.out.array(entries.len());
                for (key, value) in entries {
                    self.out.array(2);
                    self.literal(key);
                    self.datum(value);
                }
            }
        });
    }

    fn data(&mut self, code: u64, items: &[Datum]) {
        self.open(code, 1);
        self.out.array(items.len());
        items.iter().for_each(|item| self.datum(item));
    }

    /// Slots count up from 0, captures down from -1; the running closure is null.
    fn place(&mut self, place: Place) {
        match place {
            Place::Slot(slot) => self.slot(slot),
            Place::Capture(index) => self.out.int(-1 - i64::from(index)),
            Place::SelfFn => self.out.null(),
        }
    }

    fn slot(&mut self, slot: Slot) {
        self.out.uint(u64::from(slot.0));
    }

    fn ty(&mut self, ty: &Type) {
        self.out.bytes(&types::encode(ty));
    }

    fn texts<const N: usize>(&mut self, code: u64, texts: [&str; N]) {
        self.open(code, N);
        texts.into_iter().for_each(|text| self.out.text(text));
    }

    fn list(&mut self, code: u64, items: &[Node]) {
        self.open(code, 1);
        self.nodes(items);
    }

    fn nodes(&mut self, items: &[Node]) {
        self.out.array(items.len());
        items.iter().for_each(|item| self.node(item));
    }

    fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        match value {
            Some(value) => write(self, value),
            None => self.out.null(),
        }
    }
}
