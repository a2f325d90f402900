//! Control: conditions and branches.

use rtfs_ir::{Node, NodeKind};
use wasm_encoder::Instruction;

use super::asm::Op;
use super::function::{Arm, Dest, FunctionBuilder, Target};
use super::kinds::Kinds;
use super::liveness::At;
use super::shape::{Const, Shape};

impl<'p> FunctionBuilder<'_, 'p> {
    /// Forms in order.
    pub(super) fn do_form(&mut self, items: &'p [Node], dest: Dest) -> Shape {
        let Some((last, rest)) = items.split_last() else {
            return self.deliver(Shape::Const(Const::NIL), dest);
        };
        for item in rest {
            if self.expr(item, Dest::Drop) == Shape::Never {
                return Shape::Never;
            }
        }
        self.expr(last, dest)
    }

    /// `(if test then otherwise)`.
    pub(super) fn if_form(
        &mut self,
        id: u32,
        test: &'p Node,
        then: &'p Node,
        otherwise: &'p Node,
        dest: Dest,
    ) -> Shape {
        let end = self.label();
        let mut other = self.target();
        let first = self.arm(|this| {
            this.branch(test, false, &mut other);
            if !this.state.reachable {
                return Shape::Never;
            }
            this.drop_on_edge((id, 0));
            this.expr(then, dest)
        });
        let label = other.label;
        let second = other.into_state().map(|state| {
            self.state = state;
            let arm = self.arm(|this| {
                this.drop_on_edge((id, 1));
                this.expr(otherwise, dest)
            });
            (label, arm)
        });
        self.alternatives(end, first, second)
    }

    /// `and` (`stop` = false) and `or` (`stop` = true): the value of the first operand whose
    /// truth is `stop`, else of the last one.
    pub(super) fn short_circuit(
        &mut self,
        id: u32,
        items: &'p [Node],
        stop: bool,
        dest: Dest,
    ) -> Shape {
        let Some((last, rest)) = items.split_last() else {
            return self.deliver(Shape::Const(Const::bool(!stop)), dest);
        };
        let mut arms: Vec<Arm> = Vec::new();
        let mut starts = Vec::new();
        for (item, index) in rest.iter().zip(0u32..) {
            let mut go_on = self.target();
            let arm =
                self.arm(|this| this.operand_or_go_on(item, (id, index), stop, &mut go_on, dest));
            arms.push(arm);
            starts.push(go_on.label);
            let Some(state) = go_on.into_state() else {
                return self.chain(arms, &starts);
            };
            self.state = state;
        }
        arms.push(self.arm(|this| this.expr(last, dest)));
        self.chain(arms, &starts)
    }

    /// Leaves the operand's value if its truth is `stop`, otherwise jumps.
    fn operand_or_go_on(
        &mut self,
        item: &'p Node,
        edge: At,
        stop: bool,
        go_on: &mut Target,
        dest: Dest,
    ) -> Shape {
        let Some(operand) = self.operand(item) else {
            return Shape::Never;
        };
        // Only falsy values are dropped without a test: they are no objects.
        let falsy = Kinds::NIL.or(Kinds::BOOL);
        let kept = if stop {
            operand.kinds
        } else {
            operand.kinds.and(falsy)
        };
        match operand.truth() {
            Some(truth) if truth == stop => {}
            Some(_) => {
                self.discard(operand);
                self.br(go_on);
                return Shape::Never;
            }
            None => {
                self.push_truth(&operand);
                if stop {
                    self.i(Instruction::I32Eqz);
                    let owned = operand.owned;
                    self.jump_without(operand.var.filter(|_| owned), go_on, (operand.var, falsy));
                } else {
                    self.truthy_goes_on(&operand, go_on);
                }
            }
        }
        self.learn(&operand, kept);
        if dest == Dest::Drop {
            self.discard(operand);
            self.drop_on_edge(edge);
            return Shape::Const(Const::NIL);
        }
        // The result has its own reference before the variable it may come from is dropped.
        let shape = self.result(super::shape::Operand {
            kinds: kept,
            ..operand
        });
        self.drop_on_edge(edge);
        self.deliver(shape, dest)
    }

    /// Jumps when the condition on the stack holds; a variable that is then no object needs no
    /// dropping there.
    fn jump_without(
        &mut self,
        consumed: Option<super::shape::VarId>,
        target: &mut Target,
        learnt: (Option<super::shape::VarId>, Kinds),
    ) {
        let saved = self.state.clone();
        if let Some(var) = consumed {
            self.state.disown(var);
        }
        self.br_if(target, learnt.0.map(|var| (var, learnt.1)));
        self.state = saved;
    }

    /// `and`: a true operand is dropped, then the next one is evaluated.
    fn truthy_goes_on(&mut self, operand: &super::shape::Operand, go_on: &mut Target) {
        if !operand.owned || !operand.kinds.may_be_heap() {
            let consumed = operand.var.filter(|_| operand.owned);
            return self.jump_without(consumed, go_on, (None, Kinds::ANY));
        }
        let saved = self.state.clone();
        self.op(Op::If(wasm_encoder::BlockType::Empty));
        self.discard(*operand);
        self.br(go_on);
        self.end();
        self.state = saved;
        // What is left is falsy, so no object.
        self.consumed(operand);
    }

    /// Joins arms of which each but the last jumps to the next one's label instead of completing.
    pub(super) fn chain(&mut self, mut arms: Vec<Arm>, starts: &[super::asm::Label]) -> Shape {
        let Some(mut tail) = arms.pop() else {
            return Shape::Never;
        };
        // The last arm is reached from the one before it, and so on outwards.
        while let Some(first) = arms.pop() {
            let label = starts[arms.len()];
            let end = self.label();
            tail = self.arm(|this| this.alternatives(end, first, Some((label, tail))));
        }
        self.extend(tail.ops);
        self.state = tail.state;
        tail.shape
    }

    /// Jumps when the truth of `node` is `sense`, falls through otherwise. Afterwards the state may
    /// be unreachable.
    pub(super) fn branch(&mut self, node: &'p Node, sense: bool, target: &mut Target) {
        super::nested(|| {
            let mark = self.locals.mark();
            match &node.kind {
                NodeKind::And(items) => self.branch_chain(node.id.0, items, false, sense, target),
                NodeKind::Or(items) => self.branch_chain(node.id.0, items, true, sense, target),
                NodeKind::Call { head, args } => match self.test_call(node, head, args) {
                    Some(test) => self.branch_on_test(test, sense, target),
                    None => self.branch_on_value(node, sense, target),
                },
                _ => self.branch_on_value(node, sense, target),
            }
            self.locals.release(mark);
        });
    }

    fn branch_on_value(&mut self, node: &'p Node, sense: bool, target: &mut Target) {
        let Some(operand) = self.operand(node) else {
            return;
        };
        match operand.truth() {
            Some(truth) => {
                self.discard(operand);
                if truth == sense {
                    self.br(target);
                }
            }
            None => {
                self.push_truth(&operand);
                self.discard(operand);
                if !sense {
                    self.i(Instruction::I32Eqz);
                }
                self.learning_branch(&operand, sense, target);
            }
        }
    }

    /// The condition of the jump is on the stack; it tells the operand's truth.
    fn learning_branch(
        &mut self,
        operand: &super::shape::Operand,
        sense: bool,
        target: &mut Target,
    ) {
        let falsy = Kinds::NIL.or(Kinds::BOOL);
        let truthy = Kinds::ANY.without(Kinds::NIL);
        let (there, here) = if sense {
            (truthy, falsy)
        } else {
            (falsy, truthy)
        };
        let var = operand.var.filter(|_| !operand.owned);
        self.br_if(target, var.map(|var| (var, there)));
        if let Some(var) = var {
            let kinds = self.kinds_of(var).and(here);
            self.state.learn(var, kinds);
        }
    }

    /// `and` and `or` as conditions. `stop` is the truth that ends the evaluation.
    fn branch_chain(
        &mut self,
        id: u32,
        items: &'p [Node],
        stop: bool,
        sense: bool,
        target: &mut Target,
    ) {
        let Some((last, rest)) = items.split_last() else {
            if stop != sense {
                self.br(target);
            }
            return;
        };
        if stop == sense {
            for (item, index) in rest.iter().zip(0u32..) {
                self.branch_over_edge(item, (id, index), sense, target);
                if !self.state.reachable {
                    return;
                }
            }
            return self.branch(last, sense, target);
        }
        // Stopping means not to jump.
        let mut skip = self.target();
        let arm = self.arm(|this| {
            for (item, index) in rest.iter().zip(0u32..) {
                this.branch_over_edge(item, (id, index), stop, &mut skip);
                if !this.state.reachable {
                    return Shape::Never;
                }
            }
            this.branch(last, sense, target);
            Shape::Const(Const::NIL)
        });
        if let Some(state) = self.place_before(arm, skip) {
            let here = std::mem::take(&mut self.state);
            self.state = here.join(&state);
        }
    }

    /// As [`Self::branch`], dropping on the way out what the rest of the chain would have used.
    fn branch_over_edge(&mut self, item: &'p Node, edge: At, sense: bool, target: &mut Target) {
        if self.liveness.drops(edge).is_empty() {
            return self.branch(item, sense, target);
        }
        let mut stay = self.target();
        let arm = self.arm(|this| {
            this.branch(item, !sense, &mut stay);
            if this.state.reachable {
                this.drop_on_edge(edge);
                this.br(target);
            }
            Shape::Never
        });
        self.state = self.place_before(arm, stay).unwrap_or_default();
    }
}
