//! Expressions: the choice by form, and the forms that need little.

use rtfs_ir::{GlobalId, Import, Literal, Node, NodeId, NodeKind, Place, Slot};
use rtfs_value::error::ErrorKind;
use rtfs_value::tag;
use rtfs_value::types::{Level, MapEntry, Type};

use super::function::{Dest, FunctionBuilder};
use super::globals::StaticGlobal;
use super::kinds::Kinds;
use super::module::Val;
use super::nested;
use super::shape::{Const, Loc, Operand, Shape};

impl<'p> FunctionBuilder<'_, 'p> {
    /// Evaluates an expression.
    pub(super) fn expr(&mut self, node: &'p Node, dest: Dest) -> Shape {
        nested(|| {
            let mark = self.locals.mark();
            let shape = self.expr_by_form(node, dest);
            self.locals.release(mark);
            shape
        })
    }

    fn expr_by_form(&mut self, node: &'p Node, dest: Dest) -> Shape {
        let id = node.id.0;
        match &node.kind {
            NodeKind::Literal(_) | NodeKind::Builtin(_) | NodeKind::Var(_) => {
                self.simple(node, dest)
            }
            NodeKind::Quote(datum) => {
                let shape = self.quote(datum);
                self.deliver(shape, dest)
            }
            NodeKind::CellGet { place, name } => self.cell_get(id, *place, name, dest),
            NodeKind::Global(global) => self.global(id, *global, dest),
            NodeKind::Free(name) => self.raise_or_value(id, "rt:free_symbol", name, dest),
            NodeKind::ResourceRef(name) => self.raise_or_value(id, "rt:resource_ref", name, dest),
            NodeKind::Raise { kind, text } => self.raise_new(id, *kind as u32, text),
            NodeKind::Qualified { module, symbol } => {
                self.set_node(id);
                self.text_address(&format!("{module}/{symbol}"));
                self.call_runtime("rt:raise_symbol_not_found", &[Val::I32], &[Val::I64]);
                self.raise()
            }
            NodeKind::Def {
                global,
                annotation,
                init,
            } => self.def(id, *global, annotation.as_ref(), init, dest),
            NodeKind::Declare(_) => self.deliver(Shape::Const(Const::NIL), dest),
            NodeKind::LocalDef {
                slot,
                name,
                annotation,
                init,
            } => self.local_def(id, *slot, name, annotation.as_ref(), init, dest),
            NodeKind::Lambda(lambda) => {
                let shape = self.closure(node.id, lambda);
                self.deliver(shape, dest)
            }
            NodeKind::Call { head, args } => self.call_form(node.id, head, args, dest),
            NodeKind::If {
                test,
                then,
                otherwise,
            } => self.if_form(id, test, then, otherwise, dest),
            NodeKind::Do(items) => self.do_form(items, dest),
            NodeKind::Scope { cells, body } => self.scope(id, cells, body, dest),
            NodeKind::Let { bindings, body } => self.let_form(id, bindings, body, dest),
            NodeKind::Try {
                body,
                catches,
                finally,
            } => self.try_form(id, body, catches, finally.as_deref(), dest),
            NodeKind::And(items) => self.short_circuit(id, items, false, dest),
            NodeKind::Or(items) => self.short_circuit(id, items, true, dest),
            NodeKind::Vector(items) => self.vector(items, dest),
            NodeKind::Map(entries) => self.map(entries, dest),
            NodeKind::Cast { value, to, context } => self.cast(id, value, to, context, dest),
            NodeKind::Match { value, clauses } => self.match_form(id, value, clauses, dest),
            NodeKind::For { bindings, body } => self.for_form(id, bindings, body, dest),
            NodeKind::DoTimes { slot, count, body } => {
                self.dotimes_form(id, *slot, count, body, dest)
            }
            NodeKind::HintScope { hints, body } => self.hint_scope(hints, body, dest),
            NodeKind::DefStruct { global, fields } => self.def_struct(*global, fields, dest),
            NodeKind::Import(import) => self.import(id, import),
        }
    }

    /// A program is compiled alone: there is no module to import.
    fn import(&mut self, id: u32, import: &Import) -> Shape {
        if import.alias.is_some() && import.only.is_some() {
            let text = "Module error: Invalid import specification: cannot combine :as with :only";
            return self.raise_new(id, ErrorKind::ModuleError as u32, text);
        }
        self.set_node(id);
        self.text_address(&import.module);
        self.call_runtime("rt:raise_module_not_found", &[Val::I32], &[Val::I64]);
        self.raise()
    }

    fn simple(&mut self, node: &'p Node, dest: Dest) -> Shape {
        let Some(operand) = self.operand(node) else {
            return Shape::Never;
        };
        if dest == Dest::Drop {
            self.discard(operand);
            return Shape::Const(Const::NIL);
        }
        let shape = self.result(operand);
        self.deliver(shape, dest)
    }

    /// The constant of a literal.
    pub(super) fn literal(&mut self, literal: &Literal) -> Const {
        let (tag, text) = match literal {
            Literal::Nil => return Const::NIL,
            Literal::Bool(b) => return Const::bool(*b),
            Literal::Int(i) => return Const::int(*i),
            Literal::Float(bits) => return Const::Scalar(tag::FLOAT, *bits),
            Literal::Str(text) => (tag::STRING, text),
            Literal::Keyword(name) => (tag::KEYWORD, name),
            Literal::Symbol(name) => (tag::SYMBOL, name),
            Literal::Timestamp(text) => (tag::TIMESTAMP, text),
            Literal::Uuid(text) => (tag::UUID, text),
            Literal::Resource(text) => (tag::RESOURCE, text),
        };
        Const::Text(tag, self.cx.module.data.text(text))
    }

    /// The value of an expression that is the same whenever it is evaluated.
    pub(super) fn constant(&mut self, node: &'p Node) -> Option<Const> {
        match &node.kind {
            NodeKind::Literal(literal) => Some(self.literal(literal)),
            NodeKind::Builtin(id) => Some(Const::Scalar(tag::BUILTIN, id.0.into())),
            NodeKind::Lambda(lambda) if lambda.captures.is_empty() => {
                self.cx.functions.code(node.id).map(static_fn)
            }
            NodeKind::Global(global) => match self.cx.static_global(*global)? {
                StaticGlobal::Function(code) => Some(static_fn(code)),
                StaticGlobal::Literal(literal) => Some(self.literal(literal)),
            },
            NodeKind::Var(Place::SelfFn) if !self.activation.has_env => {
                self.activation.code.map(static_fn)
            }
            _ => None,
        }
    }

    /// Evaluates an operand; `None` when it does not complete.
    pub(super) fn operand(&mut self, node: &'p Node) -> Option<Operand> {
        if let Some(value) = self.constant(node) {
            return Some(Operand::constant(value));
        }
        if let NodeKind::Var(place) = node.kind {
            return Some(self.variable(place, (node.id.0, 0)));
        }
        if let Some(param) = self.rest_of_list_param(node) {
            return self.take_one_off(param, node);
        }
        match self.expr(node, Dest::Stack) {
            Shape::Never => None,
            Shape::Const(value) => Some(Operand::constant(value)),
            shape => Some(self.store(shape)),
        }
    }

    /// Evaluates the operands of one operation: variables are read last.
    pub(super) fn operands(
        &mut self,
        nodes: impl Iterator<Item = &'p Node> + Clone,
    ) -> Option<Vec<Operand>> {
        self.operands_spreading(nodes, None)
    }

    /// As [`Self::operands`]; in place of the last node, which is a call, its arguments are
    /// evaluated.
    pub(super) fn operands_spreading(
        &mut self,
        nodes: impl Iterator<Item = &'p Node> + Clone,
        last: Option<&'p [Node]>,
    ) -> Option<Vec<Operand>> {
        let is_variable = |node: &Node| matches!(node.kind, NodeKind::Var(_));
        let spread = last.map_or(usize::MAX, |_| nodes.clone().count() - 1);
        let mut operands = Vec::new();
        for (index, node) in nodes.clone().enumerate() {
            operands.push(if is_variable(node) || index == spread {
                None
            } else {
                Some(self.operand(node)?)
            });
        }
        let mut inner = match last {
            Some(last) => self.operands(last.iter())?,
            None => Vec::new(),
        };
        let outer = self.env_ends.replace(false);
        for (index, (node, operand)) in nodes.zip(&mut operands).enumerate() {
            if operand.is_none() && index != spread {
                *operand = self.operand(node);
            }
        }
        let mut operands: Vec<Operand> = operands.into_iter().flatten().collect();
        operands.append(&mut inner);
        if std::mem::replace(&mut self.env_ends, outer) == Some(true) {
            self.outlive_environment(&mut operands);
        }
        Some(operands)
    }

    /// The environment ends with these operands: what lives in it gets references of its own.
    fn outlive_environment(&mut self, operands: &mut [Operand]) {
        for operand in operands
            .iter_mut()
            .filter(|operand| operand.in_env && !operand.owned)
        {
            self.duplicate(operand.loc, operand.kinds);
            let var = self.new_var(operand.loc, operand.kinds);
            *operand = self.operand_of(var, true);
        }
        self.drop_slot(self.liveness.env);
    }

    /// Reads a variable.
    pub(super) fn variable(&mut self, place: Place, at: super::liveness::At) -> Operand {
        let last = self.liveness.is_last(at);
        match place {
            Place::Slot(slot) => match self.slots.get(slot.0 as usize).copied().flatten() {
                Some(var) => self.operand_of(var, last),
                None => {
                    debug_assert!(false, "slot {} is read before it is bound", slot.0);
                    Operand::constant(Const::NIL)
                }
            },
            Place::SelfFn => match self.env_var() {
                Some(env) => Operand {
                    in_env: true,
                    ..self.operand_of(env, last)
                },
                None => Operand::constant(Const::NIL),
            },
            Place::Capture(index) => self.capture(index, last),
        }
    }

    fn env_var(&self) -> Option<super::shape::VarId> {
        self.slots
            .get(self.liveness.env as usize)
            .copied()
            .flatten()
    }

    fn capture(&mut self, index: u32, last: bool) -> Operand {
        use rtfs_value::layout::{TUPLE_VALUES, VALUE_BITS, VALUE_SIZE, VALUE_TAG};
        use wasm_encoder::Instruction::{I32Load, I64Load};
        let at = TUPLE_VALUES + VALUE_SIZE * index;
        let (tag, bits) = (
            self.locals.temporary(Val::I32),
            self.locals.temporary(Val::I64),
        );
        self.get(self.fixed.env);
        self.i(I32Load(Self::mem(at + VALUE_TAG, 2)));
        self.set(tag);
        self.get(self.fixed.env);
        self.i(I64Load(Self::mem(at + VALUE_BITS, 3)));
        self.set(bits);
        let kinds = Kinds::ANY.or(Kinds::of(tag::CELL));
        let loc = Loc::Fat(tag, bits);
        if !last || self.env_ends.is_some() {
            if last {
                self.env_ends = Some(true);
            }
            let var = self.unowned_var(loc, kinds);
            return Operand {
                in_env: true,
                ..self.operand_of(var, false)
            };
        }
        // The environment goes, so the value needs a reference of its own.
        self.duplicate(loc, kinds);
        self.drop_slot(self.liveness.env);
        let var = self.new_var(loc, kinds);
        self.operand_of(var, true)
    }

    fn cell_get(&mut self, id: u32, place: Place, name: &str, dest: Dest) -> Shape {
        let cell = self.variable(place, (id, 0));
        self.set_node(id);
        self.push_address(cell.loc);
        self.text_address(name);
        self.call_runtime("rt:cell_get", &[Val::I32, Val::I32], &[Val::I64]);
        self.check_runtime_result();
        self.discard(cell);
        let shape = self.push_result(Kinds::ANY);
        self.deliver(shape, dest)
    }

    /// A runtime function that looks something up by name.
    fn raise_or_value(&mut self, id: u32, function: &str, name: &str, dest: Dest) -> Shape {
        self.set_node(id);
        self.text_address(name);
        self.call_runtime(function, &[Val::I32], &[Val::I64]);
        self.check_runtime_result();
        let shape = self.push_result(Kinds::ANY);
        self.deliver(shape, dest)
    }

    fn raise_new(&mut self, id: u32, kind: u32, text: &str) -> Shape {
        self.set_node(id);
        self.i32(kind);
        self.text_address(text);
        self.call_runtime("rt:raise", &[Val::I32, Val::I32], &[Val::I64]);
        self.raise()
    }

    fn global(&mut self, id: u32, global: GlobalId, dest: Dest) -> Shape {
        let info = match self.cx.program.globals.get(global.0 as usize) {
            Some(info) if self.cx.static_global(global).is_none() => info,
            _ => {
                let constant = self.cx.static_global(global).map(|known| match known {
                    StaticGlobal::Function(code) => static_fn(code),
                    StaticGlobal::Literal(literal) => self.literal(literal),
                });
                let shape = Shape::Const(constant.unwrap_or(Const::NIL));
                return self.deliver(shape, dest);
            }
        };
        if let Some(code) = self.cx.stand_in(global) {
            let shape = self.read_declared(id, global, code);
            return self.deliver(shape, dest);
        }
        if info.definitions == 0 && info.fallback.is_none() {
            return self.raise_or_value(id, "rt:free_symbol", &info.name, dest);
        }
        let shape = self.read_global(Some(id), global);
        self.deliver(shape, dest)
    }

    fn def(
        &mut self,
        id: u32,
        global: GlobalId,
        annotation: Option<&Type>,
        init: &'p Node,
        dest: Dest,
    ) -> Shape {
        if self.cx.static_global(global).is_some() {
            return self.expr(init, dest);
        }
        let Some(mut value) = self.operand(init) else {
            return Shape::Never;
        };
        if let Some(ty) = annotation {
            let name = self
                .cx
                .program
                .globals
                .get(global.0 as usize)
                .map_or("", |info| &info.name);
            self.set_node(id);
            self.check(&mut value, ty, &format!("def {name}"));
        }
        self.write_global(global, value, dest)
    }

    fn def_struct(&mut self, global: GlobalId, fields: &[(String, Type)], dest: Dest) -> Shape {
        let entries = fields
            .iter()
            .map(|(key, ty)| MapEntry {
                key: key.clone(),
                ty: ty.clone(),
                optional: matches!(ty, Type::Optional(_)),
            })
            .collect();
        let record = Type::Map {
            entries,
            wildcard: None,
        };
        let name = self
            .cx
            .program
            .globals
            .get(global.0 as usize)
            .map_or("", |info| &info.name);
        self.text_address(name);
        self.type_descriptor(&record, Level::Standard);
        self.call_runtime("rt:struct_constructor", &[Val::I32; 3], &[Val::I64]);
        let value = self.store(Shape::Known(tag::COMBINATOR));
        self.write_global(global, value, dest)
    }

    fn local_def(
        &mut self,
        id: u32,
        slot: Slot,
        name: &str,
        annotation: Option<&Type>,
        init: &'p Node,
        dest: Dest,
    ) -> Shape {
        let Some(mut value) = self.operand(init) else {
            return Shape::Never;
        };
        if let Some(ty) = annotation {
            self.set_node(id);
            self.check(&mut value, ty, &format!("def {name}"));
        }
        if dest == Dest::Drop {
            let shape = self.result(value);
            self.bind_slot(id, slot.0, 0, shape);
            return Shape::Const(Const::NIL);
        }
        // One reference for the slot, one for the result.
        let copy = self.result(Operand {
            owned: false,
            ..value
        });
        self.bind_slot(id, slot.0, 0, copy);
        let shape = self.result(value);
        self.deliver(shape, dest)
    }

    fn cast(&mut self, id: u32, value: &'p Node, to: &Type, context: &str, dest: Dest) -> Shape {
        let Some(mut operand) = self.operand(value) else {
            return Shape::Never;
        };
        self.set_node(id);
        self.check(&mut operand, to, context);
        if dest == Dest::Drop {
            self.discard(operand);
            return Shape::Const(Const::NIL);
        }
        let shape = self.result(operand);
        self.deliver(shape, dest)
    }

    fn closure(&mut self, node: NodeId, lambda: &'p rtfs_ir::Lambda) -> Shape {
        let Some(code) = self.cx.functions.code(node) else {
            return self.never();
        };
        if lambda.captures.is_empty() {
            return Shape::Const(static_fn(code));
        }
        self.new_environment(node.0, code, &lambda.captures)
    }
}

/// The value of a function without captures.
pub(super) fn static_fn(code: u32) -> Const {
    Const::Scalar(tag::with_code(tag::STATIC_FN, code), 0)
}
