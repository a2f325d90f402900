//! Which variables are still needed where: decides between moving and duplicating, and where
//! values that one branch does not need are dropped.
//!
//! One backward walk per function. It must see uses in the order in which the code generator
//! evaluates them; the one liberty both take is that a variable which stands directly as the head
//! or an argument of a call (or as an item of a part of a vector or map) is read when the call is made,
//! after all other arguments. Variables never change, so that cannot be observed.

use std::collections::{HashMap, HashSet};

use rtfs_ir::{
    CatchClause, Lambda, LetBinding, MatchClause, Node, NodeKind, Pattern, Place, Slot, SlotInfo,
    TopForm,
};

use super::nested;
use super::slot_set::SlotSet;

/// Items of a vector or entries of a map that are evaluated before any of them is put there. Literals
/// with more are built in parts, so that few values wait at a time.
pub(super) const PART: usize = 64;

/// A use or an edge: a node, and which one of several at that node.
pub(super) type At = (u32, u32);

/// Where a cell is filled by a `let` binding: number of the binding from here on.
pub(super) const LET_CELL: u32 = 1 << 16;
/// Where a cell is filled by a pattern: the slot from here on.
pub(super) const PATTERN_CELL: u32 = 1 << 17;
/// The edge of a map pattern on which a default is not needed.
pub(super) const DEFAULT_UNUSED: u32 = 1 << 18;
/// The edges of `try`: normal end of the body; no clause matched; catch clause from `TRY_CATCH`.
pub(super) const TRY_BODY_END: u32 = 0;
/// See [`TRY_BODY_END`].
pub(super) const TRY_NO_MATCH: u32 = 1;
/// See [`TRY_BODY_END`].
pub(super) const TRY_CATCH: u32 = 2;
/// The edges of a `match` clause `k` are `3 * k` and these: pattern failed, guard failed, taken.
pub(super) const MATCH_PATTERN_FAILED: u32 = 0;
/// See [`MATCH_PATTERN_FAILED`].
pub(super) const MATCH_GUARD_FAILED: u32 = 1;
/// See [`MATCH_PATTERN_FAILED`].
pub(super) const MATCH_TAKEN: u32 = 2;

/// What the walk found out about one function.
#[derive(Debug, Default)]
pub(super) struct Liveness {
    last: HashSet<At>,
    drops: HashMap<At, Vec<u32>>,
    bound: HashSet<At>,
    handlers: HashMap<u32, SlotSet>,
    /// Needed when the body starts.
    pub(super) entry: SlotSet,
    /// The number that stands for the environment.
    pub(super) env: u32,
}

impl Liveness {
    /// Analyses a function: its body, and before that its pattern parameters.
    pub(super) fn of_lambda(lambda: &Lambda) -> Self {
        let mut walk = Walk::new(&lambda.slots);
        let mut live = walk.node(&lambda.body, SlotSet::default());
        for param in lambda.params.iter().rev() {
            if let Some(pattern) = &param.pattern {
                live = walk.pattern(lambda.body.id.0, pattern, live);
            }
        }
        walk.finish(live)
    }

    /// Analyses a top-level form.
    pub(super) fn of_form(form: &TopForm) -> Self {
        let mut walk = Walk::new(&form.slots);
        let live = walk.node(&form.node, SlotSet::default());
        walk.finish(live)
    }

    /// Whether this use is the last one.
    pub(super) fn is_last(&self, at: At) -> bool {
        self.last.contains(&at)
    }

    /// The variables to drop on an edge, ascending.
    pub(super) fn drops(&self, at: At) -> &[u32] {
        self.drops.get(&at).map_or(&[], Vec::as_slice)
    }

    /// Whether a binder's slot is read afterwards.
    pub(super) fn is_read(&self, binder: u32, slot: u32) -> bool {
        self.bound.contains(&(binder, slot))
    }

    /// What the handlers of a `try` need.
    pub(super) fn handlers(&self, at: u32) -> Option<&SlotSet> {
        self.handlers.get(&at)
    }
}

struct Walk<'p> {
    slots: &'p [SlotInfo],
    result: Liveness,
    /// Only sets are wanted: nothing is recorded.
    dry: bool,
    /// What the handlers of the innermost `try` around the current point need.
    around: SlotSet,
}

impl<'p> Walk<'p> {
    fn new(slots: &'p [SlotInfo]) -> Self {
        let env = u32::try_from(slots.len()).unwrap_or(u32::MAX);
        let result = Liveness {
            env,
            ..Liveness::default()
        };
        Walk {
            slots,
            result,
            dry: false,
            around: SlotSet::default(),
        }
    }

    fn finish(mut self, entry: SlotSet) -> Liveness {
        self.result.entry = entry;
        self.result
    }

    fn place(&self, place: Place) -> u32 {
        match place {
            Place::Slot(slot) => slot.0,
            Place::Capture(_) | Place::SelfFn => self.result.env,
        }
    }

    fn use_slot(&mut self, slot: u32, at: At, live: &mut SlotSet) {
        if !self.dry && !live.contains(slot) {
            self.result.last.insert(at);
        }
        live.insert(slot);
    }

    fn use_place(&mut self, place: Place, at: At, live: &mut SlotSet) {
        self.use_slot(self.place(place), at, live);
    }

    /// A binder gives the slot a value (or fills its cell).
    fn bind(&mut self, binder: u32, slot: u32, cell_at: u32, live: &mut SlotSet) {
        if self.slots.get(slot as usize).is_some_and(|info| info.cell) {
            self.use_slot(slot, (binder, cell_at), live);
        } else if live.remove(slot) && !self.dry {
            self.result.bound.insert((binder, slot));
        }
    }

    /// Records what `before` holds and `after` does not need.
    fn edge(&mut self, at: At, before: &SlotSet, after: &SlotSet) {
        if self.dry {
            return;
        }
        let drops = before.without(after);
        if !drops.is_empty() {
            self.result.drops.insert(at, drops);
        }
    }

    fn node(&mut self, node: &Node, live: SlotSet) -> SlotSet {
        nested(|| self.node_inner(node, live))
    }

    fn node_inner(&mut self, node: &Node, mut live: SlotSet) -> SlotSet {
        let id = node.id.0;
        match &node.kind {
            NodeKind::Var(place) | NodeKind::CellGet { place, .. } => {
                self.use_place(*place, (id, 0), &mut live);
                live
            }
            NodeKind::Def { init, .. } => self.node(init, live),
            NodeKind::Cast { value, .. } => self.node(value, live),
            NodeKind::LocalDef { slot, init, .. } => {
                self.bind(id, slot.0, 0, &mut live);
                self.node(init, live)
            }
            NodeKind::Lambda(lambda) => {
                for (index, place) in (0..).zip(&lambda.captures).rev_pairs() {
                    self.use_place(*place, (id, index), &mut live);
                }
                live
            }
            NodeKind::Call { head, args } => {
                let children = std::iter::once(&**head).chain(args);
                self.operands(children.collect(), live)
            }
            NodeKind::Vector(items) => {
                let parts = items.chunks(PART).rev();
                parts.fold(live, |live, part| {
                    self.operands(part.iter().collect(), live)
                })
            }
            NodeKind::Map(entries) => {
                let parts = entries.chunks(PART).rev();
                parts.fold(live, |live, part| {
                    self.operands(part.iter().map(|(_, value)| value).collect(), live)
                })
            }
            NodeKind::If {
                test,
                then,
                otherwise,
            } => self.if_form(id, test, [&**then, &**otherwise], live),
            NodeKind::Do(items) => items
                .iter()
                .rev()
                .fold(live, |live, item| self.node(item, live)),
            NodeKind::And(items) | NodeKind::Or(items) => self.short_circuit(id, items, live),
            NodeKind::Scope { cells, body } => self.scope(id, cells, body, live),
            NodeKind::Let { bindings, body } => self.let_form(id, bindings, body, live),
            NodeKind::Match { value, clauses } => {
                let tested = match &value.kind {
                    NodeKind::Var(place) => Some(self.place(*place)),
                    _ => None,
                };
                let live = self.clauses(id, tested, clauses, live);
                self.node(value, live)
            }
            NodeKind::Try {
                body,
                catches,
                finally,
            } => self.try_form(id, body, catches, finally.as_deref(), live),
            NodeKind::For { bindings, body } => self.for_form(id, bindings, body, live),
            NodeKind::DoTimes { slot, count, body } => {
                let live = self.repeated(id, live, |walk, live| {
                    let mut live = walk.node(body, live);
                    walk.bind(id, slot.0, 0, &mut live);
                    live
                });
                self.node(count, live)
            }
            NodeKind::HintScope { hints, body } => {
                let live = self.node(body, live);
                hints
                    .iter()
                    .rev()
                    .fold(live, |live, (_, value)| self.node(value, live))
            }
            NodeKind::Literal(_)
            | NodeKind::Quote(_)
            | NodeKind::Global(_)
            | NodeKind::Builtin(_)
            | NodeKind::Free(_)
            | NodeKind::Raise { .. }
            | NodeKind::Qualified { .. }
            | NodeKind::ResourceRef(_)
            | NodeKind::Declare(_)
            | NodeKind::DefStruct { .. }
            | NodeKind::Import(_) => live,
        }
    }

    fn if_form(&mut self, id: u32, test: &Node, arms: [&Node; 2], live: SlotSet) -> SlotSet {
        let then_in = self.node(arms[0], live.clone());
        let otherwise_in = self.node(arms[1], live);
        self.edge((id, 0), &otherwise_in, &then_in);
        self.edge((id, 1), &then_in, &otherwise_in);
        let mut both = then_in;
        both.extend(&otherwise_in);
        self.node(test, both)
    }

    fn scope(&mut self, id: u32, cells: &[Slot], body: &Node, live: SlotSet) -> SlotSet {
        let mut live = self.node(body, live);
        for cell in cells {
            if live.remove(cell.0) && !self.dry {
                self.result.bound.insert((id, cell.0));
            }
        }
        live
    }

    fn let_form(
        &mut self,
        id: u32,
        bindings: &[LetBinding],
        body: &Node,
        live: SlotSet,
    ) -> SlotSet {
        let mut live = self.node(body, live);
        for (binding, index) in bindings.iter().zip(0u32..).rev_pairs() {
            live = match &binding.pattern {
                Pattern::Var(slot) => {
                    self.bind(id, slot.0, LET_CELL + index, &mut live);
                    live
                }
                pattern => self.pattern(id, pattern, live),
            };
            live = self.node(&binding.init, live);
        }
        live
    }

    /// Operands of one operation: variables are read last, in order.
    fn operands(&mut self, children: Vec<&Node>, mut live: SlotSet) -> SlotSet {
        for child in children.iter().rev() {
            if let NodeKind::Var(place) = child.kind {
                self.use_place(place, (child.id.0, 0), &mut live);
            }
        }
        for child in children.iter().rev() {
            if !matches!(child.kind, NodeKind::Var(_)) {
                live = self.node(child, live);
            }
        }
        live
    }

    fn short_circuit(&mut self, id: u32, items: &[Node], out: SlotSet) -> SlotSet {
        let Some((last, rest)) = items.split_last() else {
            return out;
        };
        let mut live = self.node(last, out.clone());
        for (item, index) in rest.iter().zip(0u32..).rev_pairs() {
            self.edge((id, index), &live, &out);
            live.extend(&out);
            live = self.node(item, live);
        }
        live
    }

    /// `tested` is where the value is read from, if it is a variable: later clauses look at it, even
    /// if only the bodies of earlier ones name it.
    fn clauses(
        &mut self,
        id: u32,
        tested: Option<u32>,
        clauses: &[MatchClause],
        out: SlotSet,
    ) -> SlotSet {
        // Behind the last clause an error goes to the handlers around.
        let mut next = self.around.clone();
        if let Some(slot) = tested {
            next.insert(slot);
        }
        for (clause, index) in clauses.iter().zip(0u32..).rev_pairs() {
            let at = |edge| (id, 3 * index + edge);
            let body_in = self.node(&clause.body, out.clone());
            self.edge(at(MATCH_TAKEN), &next, &body_in);
            self.edge(at(MATCH_GUARD_FAILED), &body_in, &next);
            let mut live = body_in;
            live.extend(&next);
            if let Some(guard) = &clause.guard {
                live = self.node(guard, live);
            }
            live = self.pattern(id, &clause.pattern, live);
            self.edge(at(MATCH_PATTERN_FAILED), &live, &next);
            live.extend(&next);
            next = live;
        }
        next
    }

    fn try_form(
        &mut self,
        id: u32,
        body: &Node,
        catches: &[CatchClause],
        finally: Option<&Node>,
        out: SlotSet,
    ) -> SlotSet {
        let after = match finally {
            Some(finally) => self.node(finally, out),
            None => out,
        };
        let mut clauses = Vec::with_capacity(catches.len());
        let mut handlers = if finally.is_some() {
            after.clone()
        } else {
            SlotSet::default()
        };
        // The error goes on to `finally`, or to the handlers around; so does one of a clause.
        let gone_on = match finally {
            Some(_) => after.clone(),
            None => self.around.clone(),
        };
        let around = std::mem::replace(&mut self.around, gone_on.clone());
        for catch in catches {
            let mut live = self.node(&catch.body, after.clone());
            if let Some(slot) = catch.binding {
                self.bind(catch.body.id.0, slot.0, PATTERN_CELL, &mut live);
            }
            handlers.extend(&live);
            clauses.push(live);
        }
        self.around = around;
        for (live, index) in clauses.iter().zip(TRY_CATCH..) {
            self.edge((id, index), &handlers, live);
        }
        self.edge((id, TRY_NO_MATCH), &handlers, &gone_on);
        self.edge((id, TRY_BODY_END), &handlers, &after);
        if !self.dry {
            self.result.handlers.insert(id, handlers.clone());
        }
        // Any point of the body may lead to the handlers: what they need lives to its end.
        let mut live = after;
        live.extend(&handlers);
        let around = std::mem::replace(&mut self.around, handlers);
        let live = self.node(body, live);
        self.around = around;
        live
    }

    /// A part that runs any number of times.
    fn repeated(
        &mut self,
        id: u32,
        out: SlotSet,
        part: impl Fn(&mut Self, SlotSet) -> SlotSet,
    ) -> SlotSet {
        let was_dry = std::mem::replace(&mut self.dry, true);
        let used = part(self, SlotSet::default());
        self.dry = was_dry;
        let mut live = out.clone();
        live.extend(&used);
        if !self.dry {
            self.edge((id, 0), &used, &out);
            // What a round reads, the next round may read again: it lives to the round's end.
            part(self, live.clone());
        }
        live
    }

    fn for_form(
        &mut self,
        id: u32,
        bindings: &[(rtfs_ir::Slot, Node)],
        body: &Node,
        live: SlotSet,
    ) -> SlotSet {
        let Some(((_, collection), _)) = bindings.split_first() else {
            return self.node(body, live);
        };
        let live = self.repeated(id, live, |walk, live| {
            walk.for_level(id, bindings, body, live)
        });
        self.node(collection, live)
    }

    /// What one round of the outermost variable does.
    fn for_level(
        &mut self,
        id: u32,
        bindings: &[(rtfs_ir::Slot, Node)],
        body: &Node,
        live: SlotSet,
    ) -> SlotSet {
        let Some(((slot, _), inner)) = bindings.split_first() else {
            return live;
        };
        let mut live = match inner.first() {
            None => self.node(body, live),
            Some((_, collection)) => {
                let live = self.repeated(collection.id.0 | FOR_LEVEL, live, |walk, live| {
                    walk.for_level(id, inner, body, live)
                });
                self.node(collection, live)
            }
        };
        self.bind(id, slot.0, 0, &mut live);
        live
    }

    /// A pattern, from its last part to its first. `live` is what follows.
    fn pattern(&mut self, binder: u32, pattern: &Pattern, live: SlotSet) -> SlotSet {
        nested(|| self.pattern_inner(binder, pattern, live))
    }

    fn pattern_slot(&mut self, binder: u32, slot: u32, live: &mut SlotSet) {
        self.bind(binder, slot, PATTERN_CELL + slot, live);
    }

    fn pattern_inner(&mut self, binder: u32, pattern: &Pattern, mut live: SlotSet) -> SlotSet {
        let (rest, whole) = match pattern {
            Pattern::Wildcard | Pattern::Literal(_) | Pattern::Type(_) => return live,
            Pattern::Var(slot) => {
                self.pattern_slot(binder, slot.0, &mut live);
                return live;
            }
            Pattern::As(slot, inner) => {
                self.pattern_slot(binder, slot.0, &mut live);
                return self.pattern(binder, inner, live);
            }
            Pattern::Sequence { rest, whole, .. } | Pattern::Map { rest, whole, .. } => {
                (rest, whole)
            }
        };
        for slot in [rest.flatten(), *whole].into_iter().flatten() {
            self.pattern_slot(binder, slot.0, &mut live);
        }
        match pattern {
            Pattern::Sequence { items, .. } => items
                .iter()
                .rev()
                .fold(live, |live, item| self.pattern(binder, item, live)),
            Pattern::Map { entries, .. } => entries.iter().rev().fold(live, |live, entry| {
                let live = self.pattern(binder, &entry.pattern, live);
                let Some(default) = &entry.default else {
                    return live;
                };
                let mut both = self.node(default, live.clone());
                self.edge((default.id.0, DEFAULT_UNUSED), &both, &live);
                both.extend(&live);
                both
            }),
            _ => live,
        }
    }
}

/// Marks the inner loops of a `for`, whose edges are recorded at their collections.
pub(super) const FOR_LEVEL: u32 = 1 << 31;

/// Pairs with their numbers, from the last to the first.
trait RevPairs: Iterator + Sized {
    fn rev_pairs(self) -> std::iter::Rev<std::vec::IntoIter<Self::Item>> {
        self.collect::<Vec<_>>().into_iter().rev()
    }
}

impl<I: Iterator> RevPairs for I {}
