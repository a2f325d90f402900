//! From the IR to instructions.
//!
//! The compiler never recurses on the nesting of the program: what is left to do lies on a stack
//! of [`Task`]s. A form is compiled by scheduling its parts in order ([`Plan`]).

mod calls;
mod control;
mod data;
mod function;
mod patterns;

pub(crate) use function::{compile_form, compile_lambda};

use std::collections::BTreeMap;
use std::rc::Rc;

use rtfs_ir::{Node, NodeKind, Pattern, Place, Slot, SlotInfo};
use rtfs_value::Value;
use rtfs_value::types::Type;

use crate::code::{Check, Code, Op};
use crate::liveness;
use crate::load::{LoadError, Loader};

/// A position that is not known yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Label(u32);

impl Label {
    /// What stands in a jump until its label's position is known.
    fn target(self) -> u32 {
        self.0
    }
}

/// How the parts of a form are compiled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At {
    /// The node that instructions belong to.
    node: u32,
    /// The value is the activation's result and nothing is left to do after it.
    tail: bool,
    /// How many hidden temporaries are in use around it.
    temps: u32,
}

impl At {
    fn inner(self) -> At {
        At {
            tail: false,
            ..self
        }
    }

    fn with_temps(self, more: u32) -> At {
        At {
            temps: self.temps + more,
            ..self
        }
    }
}

/// Something left to compile.
pub(crate) enum Task<'p> {
    /// Push the value of a node.
    Node(&'p Node, At),
    /// Pop the top and bind it to a pattern.
    Bind(&'p Pattern, At),
    /// Destructure the value of a slot. With a label the pattern is refutable.
    Unpack {
        pattern: &'p Pattern,
        slot: u32,
        refuted: Option<Label>,
        at: At,
    },
    /// One instruction.
    Op(Op, u32),
    /// The position of a label.
    Label(Label),
}

/// The parts of a form, in order.
#[derive(Default)]
pub(crate) struct Plan<'p>(Vec<Task<'p>>);

impl<'p> Plan<'p> {
    fn node(&mut self, node: &'p Node, at: At) {
        self.0.push(Task::Node(node, at));
    }

    fn bind(&mut self, pattern: &'p Pattern, at: At) {
        self.0.push(Task::Bind(pattern, at));
    }

    fn unpack(&mut self, pattern: &'p Pattern, slot: u32, refuted: Option<Label>, at: At) {
        self.0.push(Task::Unpack {
            pattern,
            slot,
            refuted,
            at,
        });
    }

    fn op(&mut self, op: Op, at: At) {
        self.0.push(Task::Op(op, at.node));
    }

    fn label(&mut self, label: Label) {
        self.0.push(Task::Label(label));
    }
}

/// Compiles one function or top-level form.
pub(crate) struct Compiler<'u, 'e, 'p> {
    unit: &'u mut Loader<'e, 'p>,
    code: Code,
    tasks: Vec<Task<'p>>,
    labels: Vec<u32>,
    /// The last position that something may jump to.
    landing: usize,
    names: BTreeMap<&'p str, u32>,
    slots: &'p [SlotInfo],
    captures: u32,
    /// A return annotation is checked after the body.
    checked: bool,
}

impl<'u, 'e, 'p> Compiler<'u, 'e, 'p> {
    fn new(unit: &'u mut Loader<'e, 'p>, slots: &'p [SlotInfo], captures: u32) -> Self {
        let code = Code {
            slots: slots.len() as u32,
            scope: unit.scope(),
            isolated: unit.isolated(),
            ..Code::default()
        };
        Compiler {
            unit,
            code,
            tasks: Vec::new(),
            labels: Vec::new(),
            landing: 0,
            names: BTreeMap::new(),
            slots,
            captures,
            checked: false,
        }
    }

    /// Compiles everything scheduled and fills in the jumps.
    fn finish(mut self) -> Result<Code, LoadError> {
        while let Some(task) = self.tasks.pop() {
            match task {
                Task::Node(node, at) => self.node(node, at)?,
                Task::Bind(pattern, at) => self.bind(pattern, at)?,
                Task::Unpack {
                    pattern,
                    slot,
                    refuted,
                    at,
                } => {
                    self.unpack(pattern, slot, refuted, at)?;
                }
                Task::Op(op, node) => self.emit(op, node),
                Task::Label(label) => {
                    self.landing = self.code.ops.len();
                    self.labels[label.0 as usize] = self.landing as u32;
                }
            }
        }
        for op in &mut self.code.ops {
            if let Some(target) = op.target_mut() {
                *target = self.labels[*target as usize];
            }
        }
        liveness::move_last_reads(&mut self.code);
        Ok(self.code)
    }

    fn node(&mut self, node: &'p Node, at: At) -> Result<(), LoadError> {
        let at = At {
            node: node.id.0,
            ..at
        };
        match &node.kind {
            NodeKind::Literal(literal) => self.literal(literal, at),
            NodeKind::Quote(datum) => self.quote(datum, at),
            NodeKind::Var(place) => self.place(*place, at)?,
            NodeKind::CellGet { place, name } => self.cell_get(*place, name, at)?,
            NodeKind::Global(global) => {
                let global = self.unit.global(*global)?;
                self.emit(Op::Global(global), at.node);
            }
            NodeKind::Builtin(id) => self.builtin(*id, at)?,
            NodeKind::Free(name) => {
                let name = self.name(name);
                self.emit(Op::Free(name), at.node);
            }
            NodeKind::Raise { kind, text } => self.raise(*kind, text.clone(), at),
            NodeKind::Qualified { module, symbol } => {
                let names = (self.name(module), self.name(symbol));
                self.emit(Op::Qualified(names.0, names.1), at.node);
            }
            NodeKind::ResourceRef(name) => {
                let name = self.name(name);
                self.emit(Op::ResourceRef(name), at.node);
            }
            NodeKind::Def {
                global,
                annotation,
                init,
            } => {
                self.def(*global, annotation.as_ref(), init, at)?;
            }
            NodeKind::Declare(_) => self.emit(Op::Nil, at.node),
            NodeKind::LocalDef {
                slot,
                name,
                annotation,
                init,
            } => {
                self.local_def(*slot, name, annotation.as_ref(), init, at)?;
            }
            NodeKind::Lambda(lambda) => self.lambda(lambda, at)?,
            NodeKind::Call { head, args } => self.call(head, args, at)?,
            NodeKind::If {
                test,
                then,
                otherwise,
            } => self.compile_if(test, then, otherwise, at),
            NodeKind::Do(forms) => self.compile_do(forms, at),
            NodeKind::Scope { cells, body } => self.compile_scope(cells, body, at)?,
            NodeKind::Let { bindings, body } => self.compile_let(bindings, body, at),
            NodeKind::Match { value, clauses } => self.compile_match(value, clauses, at),
            NodeKind::Try {
                body,
                catches,
                finally,
            } => {
                self.compile_try(body, catches, finally.as_deref(), at)?;
            }
            NodeKind::And(forms) => self.and_or(forms, true, at),
            NodeKind::Or(forms) => self.and_or(forms, false, at),
            NodeKind::Vector(items) => self.vector(items, at),
            NodeKind::Map(entries) => self.map(entries, at),
            NodeKind::For { bindings, body } => self.compile_for(bindings, body, at)?,
            NodeKind::DoTimes { slot, count, body } => self.dotimes(*slot, count, body, at)?,
            NodeKind::HintScope { hints, body } => self.hint_scope(hints, body, at),
            NodeKind::Cast { value, to, context } => self.cast(value, to, context, at),
            NodeKind::DefStruct { global, fields } => self.defstruct(*global, fields, at)?,
            NodeKind::Import(import) => self.import(import, at),
        }
        Ok(())
    }

    // Emission.

    fn emit(&mut self, op: Op, node: u32) {
        if let (Op::JumpIfFalse(otherwise), Some(last)) = (op, self.code.ops.last_mut())
            && self.landing < self.code.nodes.len()
            && let Op::Arith {
                function,
                left,
                right,
            } = *last
        {
            // Nothing jumps between the two: one instruction does both.
            *last = Op::Branch {
                function,
                left,
                right,
                otherwise,
            };
            return;
        }
        self.code.ops.push(op);
        self.code.nodes.push(node);
    }

    /// Puts a form's parts in front of everything else that is left to do.
    fn schedule(&mut self, plan: Plan<'p>) {
        self.tasks.extend(plan.0.into_iter().rev());
    }

    fn new_label(&mut self) -> Label {
        self.labels.push(0);
        Label(self.labels.len() as u32 - 1)
    }

    /// The slot of the next hidden temporary; `count` in a row are reserved.
    fn temps(&mut self, at: At, count: u32) -> u32 {
        let slot = self.slots.len() as u32 + at.temps;
        self.code.slots = self.code.slots.max(slot + count);
        slot
    }

    fn constant(&mut self, value: Value) -> u32 {
        self.code.constants.push(value);
        self.code.constants.len() as u32 - 1
    }

    fn name(&mut self, name: &'p str) -> u32 {
        if let Some(index) = self.names.get(name) {
            return *index;
        }
        let index = self.code.names.len() as u32;
        self.code.names.push(Rc::from(name));
        self.names.insert(name, index);
        index
    }

    fn check(&mut self, ty: &Type, context: String) -> u32 {
        self.code.checks.push(Check {
            ty: ty.clone(),
            context,
        });
        self.code.checks.len() as u32 - 1
    }

    // Variables.

    fn slot_info(&self, slot: Slot) -> Result<&'p SlotInfo, LoadError> {
        self.slots.get(slot.0 as usize).ok_or(LoadError::Slot(slot))
    }

    fn place(&mut self, place: Place, at: At) -> Result<(), LoadError> {
        let op = match place {
            Place::Slot(slot) => {
                self.slot_info(slot)?;
                Op::Local(slot.0)
            }
            Place::Capture(index) if index < self.captures => Op::Capture(index),
            Place::Capture(index) => return Err(LoadError::Capture(index)),
            Place::SelfFn => Op::SelfFn,
        };
        self.emit(op, at.node);
        Ok(())
    }

    fn cell_get(&mut self, place: Place, name: &'p str, at: At) -> Result<(), LoadError> {
        self.place(place, at)?;
        let name = self.name(name);
        self.emit(Op::Uncell(name), at.node);
        Ok(())
    }

    /// The instruction that binds the top to a variable.
    fn store(&self, slot: Slot) -> Result<Op, LoadError> {
        Ok(match self.slot_info(slot)?.cell {
            true => Op::StoreCell(slot.0),
            false => Op::Store(slot.0),
        })
    }
}
