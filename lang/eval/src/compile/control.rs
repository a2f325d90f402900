//! Forms that decide what runs next.

use std::rc::Rc;

use rtfs_ir::{CatchClause, LetBinding, Literal, MatchClause, Node, NodeKind, Slot};

use super::{At, Compiler, Plan};
use crate::code::Op;
use crate::load::LoadError;

impl<'p> Compiler<'_, '_, 'p> {
    pub(super) fn compile_if(
        &mut self,
        test: &'p Node,
        then: &'p Node,
        otherwise: &'p Node,
        at: At,
    ) {
        let (other, end) = (self.new_label(), self.new_label());
        let mut plan = Plan::default();
        plan.node(test, at.inner());
        plan.op(Op::JumpIfFalse(other.target()), at);
        plan.node(then, at);
        plan.op(self.leave(end, at), at);
        plan.label(other);
        plan.node(otherwise, at);
        plan.label(end);
        self.schedule(plan);
    }

    /// After a branch: leave the activation at once when nothing is left to do in it.
    fn leave(&self, end: super::Label, at: At) -> Op {
        if at.tail && !self.checked {
            Op::Return
        } else {
            Op::Jump(end.target())
        }
    }

    pub(super) fn compile_do(&mut self, forms: &'p [Node], at: At) {
        let mut plan = Plan::default();
        match forms.split_last() {
            None => plan.op(Op::Nil, at),
            Some((last, before)) => {
                for form in before {
                    plan.node(form, at.inner());
                    plan.op(Op::Pop, at);
                }
                plan.node(last, at);
            }
        }
        self.schedule(plan);
    }

    pub(super) fn compile_scope(
        &mut self,
        cells: &'p [Slot],
        body: &'p Node,
        at: At,
    ) -> Result<(), LoadError> {
        let mut plan = Plan::default();
        for slot in cells {
            self.slot_info(*slot)?;
            plan.op(Op::NewCell(slot.0), at);
        }
        plan.node(body, at);
        self.schedule(plan);
        Ok(())
    }

    pub(super) fn compile_let(&mut self, bindings: &'p [LetBinding], body: &'p Node, at: At) {
        let mut plan = Plan::default();
        for binding in bindings {
            plan.node(&binding.init, at.inner());
            if let Some(ty) = &binding.annotation {
                let check = self.check(ty, format!("let {}", binding.name));
                plan.op(Op::Check(check), at);
            }
            plan.bind(&binding.pattern, at.inner());
        }
        plan.node(body, at);
        self.schedule(plan);
    }

    pub(super) fn and_or(&mut self, forms: &'p [Node], and: bool, at: At) {
        let end = self.new_label();
        let mut plan = Plan::default();
        match forms.split_last() {
            None => {
                let constant = self.constant(rtfs_value::Value::bool(and));
                plan.op(Op::Const(constant), at);
            }
            Some((last, before)) => {
                for form in before {
                    plan.node(form, at.inner());
                    let target = end.target();
                    plan.op(
                        if and {
                            Op::AndJump(target)
                        } else {
                            Op::OrJump(target)
                        },
                        at,
                    );
                }
                plan.node(last, at);
            }
        }
        plan.label(end);
        self.schedule(plan);
    }

    pub(super) fn compile_match(&mut self, value: &'p Node, clauses: &'p [MatchClause], at: At) {
        let slot = self.temps(at, 1);
        let inside = at.with_temps(1);
        let end = self.new_label();
        let mut plan = Plan::default();
        plan.node(value, at.inner());
        plan.op(Op::Store(slot), at);
        for clause in clauses {
            let next = self.new_label();
            plan.unpack(&clause.pattern, slot, Some(next), inside.inner());
            if let Some(guard) = &clause.guard {
                if matches!(guard.kind, NodeKind::Literal(Literal::Bool(false))) {
                    plan.op(Op::Jump(next.target()), at);
                } else {
                    plan.node(guard, inside.inner());
                    plan.op(Op::JumpIfFalse(next.target()), at);
                }
            }
            plan.node(&clause.body, inside);
            plan.op(self.leave(end, at), at);
            plan.label(next);
        }
        plan.op(Op::NoMatch, at);
        plan.label(end);
        self.schedule(plan);
    }

    /// Errors of the body and of the catch bodies lead to `finally` with a flag that says how it
    /// was reached, so that its code exists once.
    pub(super) fn compile_try(
        &mut self,
        body: &'p Node,
        catches: &'p [CatchClause],
        finally: Option<&'p Node>,
        at: At,
    ) -> Result<(), LoadError> {
        let at = at.inner();
        let mut plan = Plan::default();
        let Some(finally) = finally else {
            self.protect(&mut plan, body, catches, at)?;
            self.schedule(plan);
            return Ok(());
        };
        let (raised, both) = (self.new_label(), self.new_label());
        let done = self.constant(rtfs_value::Value::bool(false));
        let failed = self.constant(rtfs_value::Value::bool(true));
        plan.op(Op::PushHandler(raised.target()), at);
        self.protect(&mut plan, body, catches, at)?;
        plan.op(Op::PopHandler, at);
        plan.op(Op::Const(done), at);
        plan.op(Op::Jump(both.target()), at);
        plan.label(raised);
        plan.op(Op::Const(failed), at);
        plan.label(both);
        plan.node(finally, at);
        plan.op(Op::Pop, at);
        plan.op(
            Op::EndFinally,
            At {
                node: crate::code::NO_NODE,
                ..at
            },
        );
        self.schedule(plan);
        Ok(())
    }

    /// The body and its catch clauses.
    fn protect(
        &mut self,
        plan: &mut Plan<'p>,
        body: &'p Node,
        catches: &'p [CatchClause],
        at: At,
    ) -> Result<(), LoadError> {
        if catches.is_empty() {
            plan.node(body, at);
            return Ok(());
        }
        let (raised, end) = (self.new_label(), self.new_label());
        plan.op(Op::PushHandler(raised.target()), at);
        plan.node(body, at);
        plan.op(Op::PopHandler, at);
        plan.op(Op::Jump(end.target()), at);
        plan.label(raised);
        for clause in catches {
            let next = self.new_label();
            let selector = self.code.selectors.len() as u32;
            self.code.selectors.push(clause.selector.clone());
            plan.op(
                Op::Catches {
                    selector,
                    otherwise: next.target(),
                },
                at,
            );
            plan.op(Op::Caught, at);
            plan.op(
                clause
                    .binding
                    .map_or(Ok(Op::Pop), |slot| self.store(slot))?,
                at,
            );
            plan.node(&clause.body, at);
            plan.op(Op::Jump(end.target()), at);
            plan.label(next);
        }
        plan.op(
            Op::Rethrow,
            At {
                node: crate::code::NO_NODE,
                ..at
            },
        );
        plan.label(end);
        Ok(())
    }

    /// Each loop keeps its items and the next index in two temporaries; the first temporary of
    /// all is the result.
    pub(super) fn compile_for(
        &mut self,
        bindings: &'p [(Slot, Node)],
        body: &'p Node,
        at: At,
    ) -> Result<(), LoadError> {
        let at = at.inner();
        let result = self.temps(at, 1 + 2 * bindings.len() as u32);
        let mut plan = Plan::default();
        plan.op(Op::Vector(0), at);
        plan.op(Op::Store(result), at);
        let mut loops = Vec::new();
        let mut inside = at.with_temps(1);
        for (n, (variable, collection)) in bindings.iter().enumerate() {
            let (head, done) = (self.new_label(), self.new_label());
            let slot = result + 1 + 2 * n as u32;
            plan.node(collection, inside);
            plan.op(Op::ForItems(slot), at);
            plan.label(head);
            plan.op(
                Op::ForNext {
                    slot,
                    done: done.target(),
                },
                at,
            );
            plan.op(self.store(*variable)?, at);
            inside = inside.with_temps(2);
            loops.push((head, done));
        }
        plan.node(body, inside);
        plan.op(Op::Append(result), at);
        for (head, done) in loops.into_iter().rev() {
            plan.op(Op::Jump(head.target()), at);
            plan.label(done);
        }
        plan.op(Op::Local(result), at);
        self.schedule(plan);
        Ok(())
    }

    /// The value of the last body waits on the operand stack.
    pub(super) fn dotimes(
        &mut self,
        variable: Slot,
        count: &'p Node,
        body: &'p Node,
        at: At,
    ) -> Result<(), LoadError> {
        let at = at.inner();
        let slot = self.temps(at, 2);
        let (head, done) = (self.new_label(), self.new_label());
        let mut plan = Plan::default();
        plan.node(count, at);
        plan.op(Op::Count(slot), at);
        plan.op(Op::Nil, at);
        plan.label(head);
        plan.op(
            Op::CountNext {
                slot,
                done: done.target(),
            },
            at,
        );
        plan.op(self.store(variable)?, at);
        plan.op(Op::Pop, at);
        plan.node(body, at.with_temps(2));
        plan.op(Op::Jump(head.target()), at);
        plan.label(done);
        self.schedule(plan);
        Ok(())
    }

    pub(super) fn hint_scope(&mut self, hints: &'p [(String, Node)], body: &'p Node, at: At) {
        let at = at.inner();
        let row = self.code.hint_rows.len() as u32;
        self.code.hint_rows.push(
            hints
                .iter()
                .map(|(key, _)| Rc::from(key.as_str()))
                .collect(),
        );
        let mut plan = Plan::default();
        for (_, value) in hints {
            plan.node(value, at);
        }
        plan.op(Op::PushHints(row), at);
        plan.node(body, at);
        plan.op(Op::PopHints, at);
        self.schedule(plan);
    }
}
