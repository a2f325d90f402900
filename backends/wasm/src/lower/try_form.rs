//! `try`: handlers and final code as the roots of error regions.

use rtfs_ir::{CatchClause, CatchSelector, Node};
use rtfs_value::error::Family;
use rtfs_value::tag;
use wasm_encoder::Instruction;

use super::asm::{Label, Op};
use super::function::{Dest, FunctionBuilder};
use super::kinds::Kinds;
use super::liveness::{PATTERN_CELL, TRY_BODY_END, TRY_CATCH, TRY_NO_MATCH};
use super::module::Val;
use super::shape::{Loc, Local, Shape, VarId};
use super::state::State;

/// Where the parts of a `try` leave its value.
#[derive(Clone, Copy)]
struct Outcome {
    tag: Local,
    bits: Local,
}

impl<'p> FunctionBuilder<'_, 'p> {
    /// `(try body catches finally)`.
    pub(super) fn try_form(
        &mut self,
        id: u32,
        body: &'p Node,
        catches: &'p [CatchClause],
        finally: Option<&'p Node>,
        dest: Dest,
    ) -> Shape {
        let outcome = Outcome {
            tag: self.locals.temporary(Val::I32),
            bits: self.locals.temporary(Val::I64),
        };
        let completes = match finally {
            None => self.with_catches(id, body, catches, outcome),
            Some(finally) => self.with_finally(id, body, catches, finally, outcome),
        };
        if !completes {
            return self.never();
        }
        self.get(outcome.tag);
        self.get(outcome.bits);
        let shape = Shape::Fat(Kinds::ANY);
        // Parts of a `try` are not in tail position.
        self.deliver(shape, dest)
    }

    /// Body and clauses; whether any of them completes.
    fn with_catches(
        &mut self,
        id: u32,
        body: &'p Node,
        catches: &'p [CatchClause],
        outcome: Outcome,
    ) -> bool {
        let mut done = self.target();
        self.block(done.label);
        let keep = self.needed_by_handlers(id);
        self.open_region(keep);
        if self.part(body, outcome) {
            self.drop_on_edge((id, TRY_BODY_END));
            self.br(&mut done);
        }
        if self.close_region() {
            self.clauses(id, catches, outcome, &mut done);
        }
        self.end();
        match done.into_state() {
            Some(state) => {
                self.state = state;
                true
            }
            None => false,
        }
    }

    /// What is owned here and still needed by the handlers.
    fn needed_by_handlers(&self, id: u32) -> Vec<VarId> {
        let Some(needed) = self.liveness.handlers(id) else {
            return Vec::new();
        };
        let of_slots = |slot: u32| {
            let var = self.slots.get(slot as usize).copied().flatten();
            var.filter(|var| !self.state.is_taken(*var))
        };
        let mut keep: Vec<VarId> = needed
            .iter()
            .filter_map(of_slots)
            .filter(|var| self.state.owns(*var))
            .collect();
        // What the surrounding expression holds stays.
        let in_slots: Vec<VarId> = (0..).take(self.slots.len()).filter_map(of_slots).collect();
        let owned = self.state.owned().iter().copied();
        keep.extend(owned.filter(|var| !in_slots.contains(var)));
        keep.sort_unstable();
        keep
    }

    /// Evaluates a part into the outcome; whether it completes.
    fn part(&mut self, node: &'p Node, outcome: Outcome) -> bool {
        match self.expr(node, Dest::Stack) {
            Shape::Never => false,
            shape => {
                self.convert(shape, Shape::Fat(Kinds::ANY));
                self.set(outcome.bits);
                self.set(outcome.tag);
                true
            }
        }
    }

    /// The error is in the result local: runs the first clause that takes it.
    fn clauses(
        &mut self,
        id: u32,
        catches: &'p [CatchClause],
        outcome: Outcome,
        done: &mut super::function::Target,
    ) {
        let error = self.caught_error();
        self.set_error_node(error);
        for (catch, index) in catches.iter().zip(TRY_CATCH..) {
            let next = self.label();
            self.block(next);
            self.push_mismatch(&catch.selector, error);
            self.op(Op::BrIf(next));
            let before = self.state.clone();
            self.drop_on_edge((id, index));
            self.bind_error(catch, error);
            if self.part(&catch.body, outcome) {
                self.br(done);
            }
            self.end();
            self.state = State {
                node: None,
                ..before
            };
        }
        self.drop_on_edge((id, TRY_NO_MATCH));
        self.get(error);
        self.clear_node();
        self.raise();
    }

    /// Moves the error out of the result local, which the handlers use themselves.
    fn caught_error(&mut self) -> Local {
        let error = self.locals.temporary(Val::I64);
        self.get(self.fixed.result_bits);
        self.set(error);
        error
    }

    /// The error gets the node in force where it came up.
    fn set_error_node(&mut self, error: Local) {
        self.get(error);
        self.get(self.fixed.node);
        self.call_runtime("rt:err_node", &[Val::I64, Val::I32], &[Val::I64]);
        self.set(error);
    }

    /// Pushes whether a clause does not take the error.
    fn push_mismatch(&mut self, selector: &CatchSelector, error: Local) {
        self.get(error);
        let number = match selector {
            CatchSelector::All => 0,
            CatchSelector::Family(_) => 1,
            CatchSelector::Kind(_) => 2,
            CatchSelector::Keyword(_) => 3,
        };
        self.i32(number);
        match selector {
            CatchSelector::All => self.i32(0),
            CatchSelector::Family(family) => self.i32(match family {
                Family::Runtime => 0,
                Family::Validation => 1,
                Family::Host => 2,
                Family::Arithmetic => 3,
                _ => 4,
            }),
            CatchSelector::Kind(kind) => self.i32(*kind as u32),
            CatchSelector::Keyword(name) => self.text_address(name),
        }
        self.call_runtime(
            "rt:err_matches",
            &[Val::I64, Val::I32, Val::I32],
            &[Val::I32],
        );
        self.i(Instruction::I32Eqz);
    }

    /// The clause takes the error: notes the catching function and binds the error value.
    fn bind_error(&mut self, catch: &CatchClause, error: Local) {
        self.get(error);
        match self.activation.frame {
            Some(name) => self.text_address(name),
            None => self.i32(0),
        }
        self.call_runtime("rt:err_caught", &[Val::I64, Val::I32], &[Val::I64]);
        let shape = Shape::Known(tag::ERROR);
        match catch.binding {
            Some(slot) => self.bind_slot(catch.body.id.0, slot.0, PATTERN_CELL, shape),
            None => self.drop_shape(shape),
        }
    }

    /// As [`Self::with_catches`], then runs `finally` whatever happened, unless the error cannot
    /// be caught.
    fn with_finally(
        &mut self,
        id: u32,
        body: &'p Node,
        catches: &'p [CatchClause],
        finally: &'p Node,
        outcome: Outcome,
    ) -> bool {
        let raised = self.locals.temporary(Val::I32);
        let done = self.label();
        let mut ends: Vec<State> = Vec::new();
        self.block(done);
        let keep = self.needed_by_handlers(id);
        let keep = self.needed_after(id, keep);
        self.open_region(keep);
        if self.inner_try(id, body, catches, outcome) {
            self.i32(0);
            self.set(raised);
            self.op(Op::Br(done));
            ends.push(self.state.clone());
            self.state.reachable = false;
        }
        if self.close_region() {
            self.uncaught(outcome, raised, done, &mut ends);
        }
        self.end();
        let Some(state) = ends.into_iter().reduce(|a, b| a.join(&b)) else {
            return false;
        };
        self.state = state;
        self.run_finally(finally, outcome, raised)
    }

    fn inner_try(
        &mut self,
        id: u32,
        body: &'p Node,
        catches: &'p [CatchClause],
        outcome: Outcome,
    ) -> bool {
        if !catches.is_empty() {
            return self.with_catches(id, body, catches, outcome);
        }
        let completes = self.part(body, outcome);
        if completes {
            self.drop_on_edge((id, TRY_BODY_END));
        }
        completes
    }

    /// What `finally` and the code behind need, of what the handlers need.
    fn needed_after(&self, id: u32, handlers: Vec<VarId>) -> Vec<VarId> {
        let dropped = self.liveness.drops((id, TRY_NO_MATCH));
        let gone: Vec<VarId> = dropped
            .iter()
            .filter_map(|slot| self.slots.get(*slot as usize).copied().flatten())
            .collect();
        handlers
            .into_iter()
            .filter(|var| !gone.contains(var))
            .collect()
    }

    /// An error goes through to `finally`.
    fn uncaught(&mut self, outcome: Outcome, raised: Local, done: Label, ends: &mut Vec<State>) {
        let error = self.caught_error();
        self.set_error_node(error);
        let catchable = self.label();
        self.block(catchable);
        self.get(error);
        self.i32(0);
        self.i32(0);
        self.call_runtime(
            "rt:err_matches",
            &[Val::I64, Val::I32, Val::I32],
            &[Val::I32],
        );
        self.op(Op::BrIf(catchable));
        let before = self.state.clone();
        self.get(error);
        self.clear_node();
        self.raise();
        self.end();
        self.state = before;
        self.i32(tag::ERROR);
        self.set(outcome.tag);
        self.get(error);
        self.set(outcome.bits);
        self.i32(1);
        self.set(raised);
        self.op(Op::Br(done));
        ends.push(self.state.clone());
        self.state.reachable = false;
    }

    /// The outcome is kept while `finally` runs; an error in it replaces the outcome.
    fn run_finally(&mut self, finally: &'p Node, outcome: Outcome, raised: Local) -> bool {
        self.state.node = None;
        let kept = self.new_var(Loc::Fat(outcome.tag, outcome.bits), Kinds::ANY);
        if self.expr(finally, Dest::Drop) == Shape::Never {
            return false;
        }
        self.state.disown(kept);
        let normal = self.label();
        self.block(normal);
        self.get(raised);
        self.i(Instruction::I32Eqz);
        self.op(Op::BrIf(normal));
        let before = self.state.clone();
        self.get(outcome.bits);
        self.clear_node();
        self.raise();
        self.end();
        self.state = State {
            node: None,
            ..before
        };
        true
    }
}
