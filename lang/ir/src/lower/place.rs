//! Placement: variables become slots, captures and cells, and nodes get their final numbers.
//!
//! Lowering leaves a [`VarId`] in every slot field. This pass walks the program in pre-order,
//! gives each lambda (and top-level form) its row of slots, lists what closures capture, drops
//! [`NodeKind::Scope`] entries of variables that turned out to need no cell, and numbers the
//! nodes.

use std::collections::BTreeMap;

use rtfs_syntax::Span;

use super::scope::{VarId, Variable};
use crate::guard::nested;
use crate::node::{
    Lambda, MatchClause, Node, NodeId, NodeKind, Pattern, Place, Slot, SlotInfo, TopForm,
};
use crate::span_table::SpanTable;

/// The variables that belong to a lambda, by the number lowering gave its node.
#[derive(Clone, Debug, Default)]
pub(crate) struct LambdaVars {
    /// One per fixed parameter, then the rest parameter.
    pub(crate) params: Vec<VarId>,
    /// The variable that holds the closure itself.
    pub(crate) own: Option<VarId>,
}

/// The state of the walk.
pub(crate) struct Placer<'a> {
    variables: &'a [Variable],
    lambdas: &'a BTreeMap<NodeId, LambdaVars>,
    lowered_spans: &'a [Span],
    frames: Vec<Frame>,
    spans: SpanTable,
}

/// The slots of one lambda or top-level form.
#[derive(Default)]
struct Frame {
    slots: Vec<SlotInfo>,
    by_var: BTreeMap<VarId, Slot>,
    own: Option<VarId>,
    captures: Vec<Place>,
    captured: BTreeMap<VarId, u32>,
}

impl<'a> Placer<'a> {
    pub(crate) fn new(
        variables: &'a [Variable],
        lambdas: &'a BTreeMap<NodeId, LambdaVars>,
        lowered_spans: &'a [Span],
        first_node: u32,
    ) -> Self {
        Placer {
            variables,
            lambdas,
            lowered_spans,
            frames: Vec::new(),
            spans: SpanTable::starting_at(first_node),
        }
    }

    /// Places one top-level form. Forms must be given in program order.
    pub(crate) fn form(&mut self, mut node: Node) -> TopForm {
        self.frames.push(Frame::default());
        self.node(&mut node);
        let frame = self.frames.pop().unwrap_or_default();
        TopForm {
            node,
            slots: frame.slots,
        }
    }

    /// The span table of everything placed so far.
    pub(crate) fn into_spans(self) -> SpanTable {
        self.spans
    }

    fn node(&mut self, node: &mut Node) {
        nested(|| self.node_inner(node));
    }

    fn node_inner(&mut self, node: &mut Node) {
        let lowered_id = node.id;
        let span = self.lowered_spans.get(lowered_id.0 as usize).copied();
        if self.drop_idle_scope(node) {
            return self.node(node);
        }
        node.id = self.spans.push(span.unwrap_or(Span { start: 0, end: 0 }));
        match &mut node.kind {
            NodeKind::Var(Place::Slot(slot)) => {
                let var = VarId(slot.0);
                node.kind = self.read(var);
            }
            NodeKind::Scope { cells, body } => {
                for cell in cells {
                    *cell = self.bind(VarId(cell.0));
                }
                self.node(body);
            }
            NodeKind::LocalDef { slot, init, .. } => {
                self.node(init);
                *slot = self.bind(VarId(slot.0));
            }
            NodeKind::Lambda(lambda) => self.lambda(lambda, lowered_id),
            NodeKind::Let { bindings, body } => {
                for binding in bindings {
                    self.node(&mut binding.init);
                    self.pattern(&mut binding.pattern);
                }
                self.node(body);
            }
            NodeKind::Match { value, clauses } => {
                self.node(value);
                clauses
                    .iter_mut()
                    .for_each(|clause| self.match_clause(clause));
            }
            NodeKind::Try {
                body,
                catches,
                finally,
            } => {
                self.node(body);
                for catch in catches {
                    self.bind_option(&mut catch.binding);
                    self.node(&mut catch.body);
                }
                if let Some(finally) = finally {
                    self.node(finally);
                }
            }
            NodeKind::For { bindings, body } => {
                for (slot, collection) in bindings {
                    self.node(collection);
                    *slot = self.bind(VarId(slot.0));
                }
                self.node(body);
            }
            NodeKind::DoTimes { slot, count, body } => {
                self.node(count);
                *slot = self.bind(VarId(slot.0));
                self.node(body);
            }
            other => crate::walk::children_mut(other, &mut |child| self.node(child)),
        }
    }

    /// Replaces a scope without cells by its body; leaves only real cells in others.
    fn drop_idle_scope(&self, node: &mut Node) -> bool {
        let NodeKind::Scope { cells, body } = &mut node.kind else {
            return false;
        };
        cells.retain(|cell| self.variables[cell.0 as usize].needs_cell());
        if !cells.is_empty() {
            return false;
        }
        let empty = Node {
            id: body.id,
            ty: body.ty.clone(),
            kind: NodeKind::Do(Vec::new()),
        };
        *node = std::mem::replace(&mut **body, empty);
        true
    }

    fn lambda(&mut self, lambda: &mut Lambda, lowered_id: NodeId) {
        let lambdas = self.lambdas;
        let vars = lambdas.get(&lowered_id);
        self.frames.push(Frame {
            own: vars.and_then(|vars| vars.own),
            ..Frame::default()
        });
        for var in vars.map_or(&[][..], |vars| &vars.params) {
            self.bind(*var);
        }
        for param in &mut lambda.params {
            if let Some(pattern) = &mut param.pattern {
                self.pattern(pattern);
            }
        }
        self.node(&mut lambda.body);
        let frame = self.frames.pop().unwrap_or_default();
        lambda.slots = frame.slots;
        lambda.captures = frame.captures;
    }

    fn match_clause(&mut self, clause: &mut MatchClause) {
        self.pattern(&mut clause.pattern);
        if let Some(guard) = &mut clause.guard {
            self.node(guard);
        }
        self.node(&mut clause.body);
    }

    fn pattern(&mut self, pattern: &mut Pattern) {
        nested(|| match pattern {
            Pattern::Wildcard | Pattern::Literal(_) | Pattern::Type(_) => {}
            Pattern::Var(slot) => *slot = self.bind(VarId(slot.0)),
            Pattern::As(slot, inner) => {
                *slot = self.bind(VarId(slot.0));
                self.pattern(inner);
            }
            Pattern::Sequence { items, rest, whole } => {
                items.iter_mut().for_each(|item| self.pattern(item));
                rest.iter_mut().for_each(|rest| self.bind_option(rest));
                self.bind_option(whole);
            }
            Pattern::Map {
                entries,
                rest,
                whole,
            } => {
                for entry in entries {
                    if let Some(default) = &mut entry.default {
                        self.node(default);
                    }
                    self.pattern(&mut entry.pattern);
                }
                rest.iter_mut().for_each(|rest| self.bind_option(rest));
                self.bind_option(whole);
            }
        });
    }

    fn bind_option(&mut self, slot: &mut Option<Slot>) {
        if let Some(slot) = slot {
            *slot = self.bind(VarId(slot.0));
        }
    }

    /// The slot of a variable of the current frame, new at its first binding.
    fn bind(&mut self, var: VarId) -> Slot {
        let variable = &self.variables[var.0 as usize];
        let Some(frame) = self.frames.last_mut() else {
            return Slot(0);
        };
        *frame.by_var.entry(var).or_insert_with(|| {
            frame.slots.push(SlotInfo {
                name: variable.name.clone(),
                cell: variable.needs_cell(),
            });
            Slot(index(frame.slots.len() - 1))
        })
    }

    /// How the current frame reads a variable.
    fn read(&mut self, var: VarId) -> NodeKind {
        let variable = &self.variables[var.0 as usize];
        let place = self.place(var, self.frames.len() - 1);
        if variable.needs_cell() && place != Place::SelfFn && !self.is_own_closure(var) {
            return NodeKind::CellGet {
                place,
                name: variable.name.clone(),
            };
        }
        NodeKind::Var(place)
    }

    /// Whether the current frame reaches a variable as the closure of an enclosing frame, which
    /// holds the function itself and not its cell.
    fn is_own_closure(&self, var: VarId) -> bool {
        self.frames.iter().any(|frame| frame.own == Some(var))
    }

    fn place(&mut self, var: VarId, depth: usize) -> Place {
        let frame = &self.frames[depth];
        if let Some(slot) = frame.by_var.get(&var) {
            return Place::Slot(*slot);
        }
        if frame.own == Some(var) {
            return Place::SelfFn;
        }
        if let Some(capture) = frame.captured.get(&var) {
            return Place::Capture(*capture);
        }
        debug_assert!(
            depth > 0,
            "{} is read before it is bound",
            self.variables[var.0 as usize].name
        );
        if depth == 0 {
            return Place::Slot(self.bind(var));
        }
        let outer = self.place(var, depth - 1);
        let frame = &mut self.frames[depth];
        let capture = index(frame.captures.len());
        frame.captures.push(outer);
        frame.captured.insert(var, capture);
        Place::Capture(capture)
    }
}

/// Rows of slots and captures are bounded by the source text, which is shorter than 4 GiB.
fn index(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
