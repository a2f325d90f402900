//! A compact text of a program, for people and for golden tests.
//!
//! Places print as `s0` (slot), `c0` (captured value) and `self` (the running closure); names as
//! `global:f`, `lib:+`, `free:x`. Slots of a frame are listed in front of its code, cells with `*`.

use std::fmt::Write as _;

use rtfs_value::library;
use rtfs_value::types::Type;

use crate::guard::nested;
use crate::node::{
    CatchSelector, Datum, DelegationHint, GlobalId, Lambda, Literal, Node, NodeKind, Param,
    Pattern, Place, Program, Slot, SlotInfo,
};

/// The text of a program, one line for each global and form.
///
/// ```
/// // (+ 1 2)
/// # let forms = rtfs_syntax::read("(+ 1 2)").forms;
/// # let lowered = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default());
/// # let program = lowered.program.expect("the text is a program");
/// assert!(rtfs_ir::dump(&program).contains("lib:+"));
/// ```
pub fn dump(program: &Program) -> String {
    let mut dumper = Dumper {
        program,
        text: String::new(),
    };
    for (id, global) in program.globals.iter().enumerate() {
        let _ = write!(
            dumper.text,
            "global {id} {} definitions={}",
            global.name, global.definitions
        );
        if let Some(declared) = &global.declared {
            dumper.text.push_str(" declared=[");
            for (name, ty) in &declared.params {
                let _ = write!(dumper.text, "{name}:{ty} ");
            }
            if let Some(rest) = &declared.rest {
                let _ = write!(dumper.text, "& {rest} ");
            }
            let _ = write!(dumper.text, "-> {}]", declared.result);
            declared.capabilities.iter().for_each(|id| {
                let _ = write!(dumper.text, " capability={id}");
            });
        }
        if global.fallback.is_some() {
            dumper.text.push_str(" fallback");
        }
        dumper.text.push('\n');
    }
    if let Some(module) = &program.module {
        let exports = module
            .exports
            .iter()
            .map(|id| id.0.to_string())
            .collect::<Vec<_>>();
        let _ = writeln!(
            dumper.text,
            "module {} exports=[{}]",
            module.name,
            exports.join(" ")
        );
    }
    for form in &program.forms {
        dumper.slots(&form.slots);
        dumper.node(&form.node);
        dumper.text.push('\n');
    }
    dumper.text
}

struct Dumper<'p> {
    program: &'p Program,
    text: String,
}

impl<'p> Dumper<'p> {
    fn slots(&mut self, slots: &[SlotInfo]) {
        if slots.is_empty() {
            return;
        }
        self.text.push('|');
        for (index, slot) in slots.iter().enumerate() {
            if index > 0 {
                self.text.push(' ');
            }
            self.text.push_str(if slot.name.is_empty() {
                "_"
            } else {
                &slot.name
            });
            if slot.cell {
                self.text.push('*');
            }
        }
        self.text.push_str("| ");
    }

    fn node(&mut self, node: &Node) {
        nested(|| self.kind(&node.kind));
    }

    fn kind(&mut self, kind: &NodeKind) {
        match kind {
            NodeKind::Literal(literal) => self.literal(literal),
            NodeKind::Quote(datum) => {
                self.text.push('\'');
                self.datum(datum);
            }
            NodeKind::Var(place) => self.place(*place),
            NodeKind::CellGet { place, name } => {
                self.text.push_str("(cell ");
                self.place(*place);
                let _ = write!(self.text, " {name})");
            }
            NodeKind::Global(id) => {
                let name = self.global(*id);
                let _ = write!(self.text, "global:{name}");
            }
            NodeKind::Builtin(id) => {
                let _ = write!(self.text, "lib:{}", library::get(*id).name);
            }
            NodeKind::Free(name) => {
                let _ = write!(self.text, "free:{name}");
            }
            NodeKind::Qualified { module, symbol } => {
                let _ = write!(self.text, "export:{module}/{symbol}");
            }
            NodeKind::Raise { kind, text } => {
                let _ = write!(self.text, "(raise {} {text:?})", kind.class());
            }
            NodeKind::ResourceRef(name) => {
                let _ = write!(self.text, "@{name}");
            }
            NodeKind::Declare(id) => {
                let name = self.global(*id);
                let _ = write!(self.text, "(declare {name})");
            }
            NodeKind::DefStruct { global, fields } => {
                let name = self.global(*global);
                let _ = write!(self.text, "(defstruct {name}");
                for (name, ty) in fields {
                    let _ = write!(self.text, " :{name} {ty}");
                }
                self.text.push(')');
            }
            NodeKind::Import(import) => {
                let _ = write!(self.text, "(import {}", import.module);
                if let Some(alias) = &import.alias {
                    let _ = write!(self.text, " :as {alias}");
                }
                if let Some(only) = &import.only {
                    let _ = write!(self.text, " :only [{}]", only.join(" "));
                }
                self.text.push(')');
            }
            NodeKind::Lambda(lambda) => self.lambda(lambda),
            compound => self.compound(compound),
        }
    }

    fn compound(&mut self, kind: &NodeKind) {
        match kind {
            NodeKind::Def {
                global,
                annotation,
                init,
            } => {
                let name = self.global(*global);
                self.open("def", &[]);
                self.named(name, annotation.as_ref());
                self.close([&**init]);
            }
            NodeKind::LocalDef {
                slot,
                name,
                annotation,
                init,
            } => {
                self.open("local-def", &[*slot]);
                self.text.push(' ');
                self.named(name, annotation.as_ref());
                self.close([&**init]);
            }
            NodeKind::Call { head, args } => {
                self.text.push('(');
                self.node(head);
                self.close(args);
            }
            NodeKind::If {
                test,
                then,
                otherwise,
            } => {
                self.text.push_str("(if");
                self.close([&**test, &**then, &**otherwise]);
            }
            NodeKind::Do(items) => self.list("do", items),
            NodeKind::And(items) => self.list("and", items),
            NodeKind::Or(items) => self.list("or", items),
            NodeKind::Vector(items) => self.list("vector", items),
            NodeKind::Scope { cells, body } => {
                self.open("scope", cells);
                self.close([&**body]);
            }
            NodeKind::For { bindings, body } => {
                self.text.push_str("(for [");
                for (index, (slot, collection)) in bindings.iter().enumerate() {
                    let _ = write!(
                        self.text,
                        "{}s{} ",
                        if index > 0 { " " } else { "" },
                        slot.0
                    );
                    self.node(collection);
                }
                self.text.push(']');
                self.close([&**body]);
            }
            NodeKind::DoTimes { slot, count, body } => {
                self.open("dotimes", &[*slot]);
                self.close([&**count, &**body]);
            }
            NodeKind::Map(entries) => {
                self.text.push('{');
                for (index, (key, value)) in entries.iter().enumerate() {
                    self.space(index);
                    self.literal(key);
                    self.text.push(' ');
                    self.node(value);
                }
                self.text.push('}');
            }
            NodeKind::HintScope { hints, body } => {
                self.text.push_str("(hints");
                for (key, value) in hints {
                    let _ = write!(self.text, " {key} ");
                    self.node(value);
                }
                self.close([&**body]);
            }
            NodeKind::Cast { value, to, context } => {
                let _ = write!(self.text, "(cast {context:?} {to}");
                self.close([&**value]);
            }
            NodeKind::Let { .. } | NodeKind::Match { .. } | NodeKind::Try { .. } => {
                self.clauses(kind);
            }
            _ => {}
        }
    }

    /// Forms with bindings or clauses.
    fn clauses(&mut self, kind: &NodeKind) {
        match kind {
            NodeKind::Let { bindings, body } => {
                self.text.push_str("(let [");
                for (index, binding) in bindings.iter().enumerate() {
                    self.space(index);
                    self.pattern(&binding.pattern);
                    if let Some(ty) = &binding.annotation {
                        let _ = write!(self.text, ":{ty}@{}", binding.name);
                    }
                    self.text.push(' ');
                    self.node(&binding.init);
                }
                self.text.push(']');
                self.close([&**body]);
            }
            NodeKind::Match { value, clauses } => {
                self.text.push_str("(match ");
                self.node(value);
                for clause in clauses {
                    self.text.push_str(" [");
                    self.pattern(&clause.pattern);
                    if let Some(guard) = &clause.guard {
                        self.text.push_str(" when ");
                        self.node(guard);
                    }
                    self.text.push(' ');
                    self.node(&clause.body);
                    self.text.push(']');
                }
                self.text.push(')');
            }
            NodeKind::Try {
                body,
                catches,
                finally,
            } => {
                self.text.push_str("(try ");
                self.node(body);
                for catch in catches {
                    self.text.push_str(" (catch ");
                    self.selector(&catch.selector);
                    match catch.binding {
                        Some(slot) => {
                            let _ = write!(self.text, " s{} ", slot.0);
                        }
                        None => self.text.push_str(" _ "),
                    }
                    self.node(&catch.body);
                    self.text.push(')');
                }
                if let Some(finally) = finally {
                    self.text.push_str(" (finally ");
                    self.node(finally);
                    self.text.push(')');
                }
                self.text.push(')');
            }
            _ => {}
        }
    }

    fn lambda(&mut self, lambda: &Lambda) {
        let _ = write!(self.text, "(fn {} [", lambda.name.as_deref().unwrap_or("_"));
        for (index, param) in lambda.params.iter().enumerate() {
            self.space(index);
            self.param(param);
        }
        if let Some(rest) = &lambda.rest {
            self.space(lambda.params.len());
            let _ = write!(self.text, "& {}", rest.name);
            self.annotation(rest.annotation.as_ref());
        }
        self.text.push_str("] ");
        if let Some(result) = &lambda.result {
            let _ = write!(self.text, "-> {result} ");
        }
        match &lambda.hint {
            None => {}
            Some(DelegationHint::LocalPure) => self.text.push_str("^local "),
            Some(DelegationHint::LocalModel(id)) => {
                let _ = write!(self.text, "^local-model:{id} ");
            }
            Some(DelegationHint::RemoteModel(id)) => {
                let _ = write!(self.text, "^remote:{id} ");
            }
        }
        self.slots(&lambda.slots);
        if !lambda.captures.is_empty() {
            self.text.push_str("captures(");
            for (index, place) in lambda.captures.iter().enumerate() {
                self.space(index);
                self.place(*place);
            }
            self.text.push_str(") ");
        }
        self.node(&lambda.body);
        self.text.push(')');
    }

    fn param(&mut self, param: &Param) {
        match &param.pattern {
            Some(pattern) => self.pattern(pattern),
            None => self.text.push_str(&param.name),
        }
        self.annotation(param.annotation.as_ref());
    }

    fn pattern(&mut self, pattern: &Pattern) {
        nested(|| match pattern {
            Pattern::Wildcard => self.text.push('_'),
            Pattern::Var(slot) => {
                let _ = write!(self.text, "s{}", slot.0);
            }
            Pattern::Literal(literal) => self.literal(literal),
            Pattern::Type(ty) => {
                let _ = write!(self.text, "<{ty}>");
            }
            Pattern::As(slot, inner) => {
                let _ = write!(self.text, "(as s{} ", slot.0);
                self.pattern(inner);
                self.text.push(')');
            }
            Pattern::Sequence { items, rest, whole } => {
                self.text.push('[');
                for (index, item) in items.iter().enumerate() {
                    self.space(index);
                    self.pattern(item);
                }
                self.tail(items.len(), *rest, *whole);
                self.text.push(']');
            }
            Pattern::Map {
                entries,
                rest,
                whole,
            } => {
                self.text.push('{');
                for (index, entry) in entries.iter().enumerate() {
                    self.space(index);
                    self.literal(&entry.key);
                    self.text.push(' ');
                    self.pattern(&entry.pattern);
                    if let Some(default) = &entry.default {
                        self.text.push_str(" or ");
                        self.node(default);
                    }
                }
                self.tail(entries.len(), *rest, *whole);
                self.text.push('}');
            }
        });
    }

    fn tail(&mut self, n_items: usize, rest: Option<Option<Slot>>, whole: Option<Slot>) {
        if let Some(rest) = rest {
            self.space(n_items);
            match rest {
                Some(slot) => {
                    let _ = write!(self.text, "& s{}", slot.0);
                }
                None => self.text.push_str("& _"),
            }
        }
        if let Some(slot) = whole {
            self.space(n_items + usize::from(rest.is_some()));
            let _ = write!(self.text, ":as s{}", slot.0);
        }
    }

    fn selector(&mut self, selector: &CatchSelector) {
        match selector {
            CatchSelector::All => self.text.push_str("all"),
            CatchSelector::Family(family) => {
                let _ = write!(self.text, "family:{}", family.class().unwrap_or("none"));
            }
            CatchSelector::Kind(kind) => {
                let _ = write!(self.text, "kind:{}", kind.class());
            }
            CatchSelector::Keyword(name) => {
                let _ = write!(self.text, ":{name}");
            }
        }
    }

    fn literal(&mut self, literal: &Literal) {
        let _ = match literal {
            Literal::Nil => write!(self.text, "nil"),
            Literal::Bool(value) => write!(self.text, "{value}"),
            Literal::Int(value) => write!(self.text, "{value}"),
            Literal::Float(bits) => write!(self.text, "{:?}", f64::from_bits(*bits)),
            Literal::Str(text) => write!(self.text, "{text:?}"),
            Literal::Keyword(name) => write!(self.text, ":{name}"),
            Literal::Symbol(name) => write!(self.text, "'{name}"),
            Literal::Timestamp(text) => write!(self.text, "#timestamp({text:?})"),
            Literal::Uuid(text) => write!(self.text, "#uuid({text:?})"),
            Literal::Resource(text) => write!(self.text, "#resource-handle({text:?})"),
        };
    }

    fn datum(&mut self, datum: &Datum) {
        nested(|| match datum {
            Datum::Literal(Literal::Symbol(name)) => self.text.push_str(name),
            Datum::Literal(literal) => self.literal(literal),
            Datum::List(items) => self.data('(', items, ')'),
            Datum::Vector(items) => self.data('[', items, ']'),
            Datum::Map(entries) => {
                self.text.push('{');
                for (index, (key, value)) in entries.iter().enumerate() {
                    self.space(index);
                    self.literal(key);
                    self.text.push(' ');
                    self.datum(value);
                }
                self.text.push('}');
            }
        });
    }

    fn data(&mut self, open: char, items: &[Datum], close: char) {
        self.text.push(open);
        for (index, item) in items.iter().enumerate() {
            self.space(index);
            self.datum(item);
        }
        self.text.push(close);
    }

    fn place(&mut self, place: Place) {
        let _ = match place {
            Place::Slot(slot) => write!(self.text, "s{}", slot.0),
            Place::Capture(index) => write!(self.text, "c{index}"),
            Place::SelfFn => write!(self.text, "self"),
        };
    }

    fn global(&self, id: GlobalId) -> &'p str {
        self.program
            .globals
            .get(id.0 as usize)
            .map_or("?", |global| global.name.as_str())
    }

    fn annotation(&mut self, ty: Option<&Type>) {
        if let Some(ty) = ty {
            let _ = write!(self.text, ":{ty}");
        }
    }

    fn named(&mut self, name: &str, ty: Option<&Type>) {
        self.text.push_str(name);
        self.annotation(ty);
    }

    fn open(&mut self, head: &str, slots: &[Slot]) {
        let _ = write!(self.text, "({head}");
        for slot in slots {
            let _ = write!(self.text, " s{}", slot.0);
        }
        if slots.is_empty() {
            self.text.push(' ');
        }
    }

    fn list(&mut self, head: &str, items: &[Node]) {
        let _ = write!(self.text, "({head}");
        self.close(items);
    }

    fn close<'n>(&mut self, items: impl IntoIterator<Item = &'n Node>) {
        for item in items {
            self.text.push(' ');
            self.node(item);
        }
        self.text.push(')');
    }

    fn space(&mut self, index: usize) {
        if index > 0 {
            self.text.push(' ');
        }
    }
}
