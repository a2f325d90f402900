//! Loops over lists: a function that calls itself in tail position with `(rest p)` for its
//! parameter `p`, and otherwise only asks `p` for `first`, `nth`, `count` and `empty?`.
//!
//! Such a parameter keeps the sequence that the loop started with, and a local counts the items
//! that were taken off. That spares an object for every round.

use rtfs_ir::{Lambda, Node, NodeKind, Place, Slot};
use rtfs_value::{layout, library};
use wasm_encoder::{BlockType, Instruction};

use super::asm::Op;
use super::context::{ParamKind, Version};
use super::function::FunctionBuilder;
use super::functions::{children, pattern_children};
use super::kinds::Kinds;
use super::module::Val;
use super::nested;
use super::sequences::SEQUENCE;
use super::shape::{Loc, Local, Operand, VarId};

/// A parameter that keeps its sequence.
#[derive(Clone, Copy, Debug)]
pub(super) struct ListParam {
    /// Parameter and slot.
    slot: u32,
    var: VarId,
    /// How many items were taken off, at most as many as there are; 0 for other values.
    taken: Local,
    /// The same for the round that is being prepared.
    next: Local,
}

/// What a call of the function by itself gives for a [`ListParam`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// `(rest p)`
    Rest,
    /// `p`
    Same,
    /// Another value.
    Other,
}

impl<'p> FunctionBuilder<'_, 'p> {
    /// Finds the parameters of this kind, which are bound already.
    pub(super) fn find_list_params(&mut self, lambda: &'p Lambda, version: &Version) {
        if self.cx.options.opt_level < 2 || lambda.rest.is_some() {
            return;
        }
        for (slot, param) in (0u32..).zip(&lambda.params) {
            let plain = param.annotation.is_none() && param.pattern.is_none();
            let any = version.params.get(slot as usize) == Some(&ParamKind::Any);
            if !plain || !any || lambda.slots[slot as usize].cell {
                continue;
            }
            let mut uses = Uses {
                builder: self,
                slot,
                arity: lambda.params.len(),
                only_known: true,
                rests: false,
            };
            uses.walk(&lambda.body, true);
            if let (true, true, Some(var)) =
                (uses.only_known, uses.rests, self.slots[slot as usize])
            {
                let (taken, next) = (self.locals.fixed(Val::I32), self.locals.fixed(Val::I32));
                self.list_params.push(ListParam {
                    slot,
                    var,
                    taken,
                    next,
                });
            }
        }
    }

    /// The count of items taken off an operand.
    pub(super) fn taken_off(&self, operand: &Operand) -> Option<Local> {
        let var = operand.var?;
        let mut params = self.list_params.iter();
        params
            .find(|param| param.var == var)
            .map(|param| param.taken)
    }

    /// The parameter of which this is the rest.
    pub(super) fn rest_of_list_param(&self, node: &Node) -> Option<ListParam> {
        let param = |param: &&ListParam| rest_argument(node, param.slot).is_some();
        self.list_params.iter().find(param).copied()
    }

    /// `(rest p)` as an argument of the call that goes on: the sequence as it is, and in `next` how
    /// many of its items are taken off.
    pub(super) fn take_one_off(&mut self, param: ListParam, node: &'p Node) -> Option<Operand> {
        let argument = rest_argument(node, param.slot)?;
        let mut list = self.variable(Place::Slot(Slot(param.slot)), (argument.id.0, 0));
        if !list.owned {
            let shape = self.result(list);
            list = self.store(shape);
        }
        self.set_node(node.id.0);
        if !list.kinds.meets(SEQUENCE) {
            self.direct_call("rest", &[list]);
            self.get(param.taken);
            self.set(param.next);
            let shape = self.push_result(Kinds::ANY);
            return Some(self.store(shape));
        }
        let before = self.state.clone();
        let (other, done) = (self.label(), self.label());
        self.block(done);
        self.block(other);
        self.jump_unless(&list, SEQUENCE, other);
        self.get(param.taken);
        self.get(param.taken);
        self.push_length(list.loc);
        self.i(Instruction::I32LtU);
        self.i(Instruction::I32Add);
        self.set(param.next);
        self.op(Op::Br(done));
        self.end();
        if list.kinds.is_within(SEQUENCE) {
            self.i(Instruction::Unreachable);
            self.end();
            return Some(list);
        }
        // Nothing was taken off a value that is no sequence, and what is left may be one.
        self.direct_call("rest", &[list]);
        self.get(self.fixed.result_tag);
        self.get(self.fixed.result_bits);
        self.pop_into(list.loc);
        self.get(param.taken);
        self.set(param.next);
        self.end();
        self.state = before;
        if let Some(var) = list.var {
            self.state.forget(var);
        }
        Some(Operand {
            kinds: Kinds::ANY,
            ..list
        })
    }

    /// What the arguments of a call of this function are for its list parameters.
    pub(super) fn list_steps_of(&self, args: &[Node]) -> Vec<Step> {
        let step = |param: &ListParam| match args.get(param.slot as usize) {
            Some(arg) if is_slot(arg, param.slot) => Step::Same,
            Some(arg) if rest_argument(arg, param.slot).is_some() => Step::Rest,
            _ => Step::Other,
        };
        self.list_params.iter().map(step).collect()
    }

    /// The next round has begun: what was taken off there.
    pub(super) fn enter_list_round(&mut self, steps: &[Step]) {
        for (param, step) in self.list_params.clone().into_iter().zip(steps) {
            match step {
                Step::Same => continue,
                Step::Rest => self.get(param.next),
                Step::Other => self.i32(0),
            }
            self.set(param.taken);
        }
    }

    /// The call goes elsewhere: makes the sequences that it expects.
    pub(super) fn settle_list_args(&mut self, args: &mut [Operand], steps: &[Step]) {
        for (param, step) in self.list_params.clone().into_iter().zip(steps) {
            let count = match step {
                Step::Same => param.taken,
                Step::Rest => param.next,
                Step::Other => continue,
            };
            if let Some(arg) = args.get_mut(param.slot as usize) {
                *arg = self.without(*arg, count);
            }
        }
    }

    /// The value of an operand for a function of the runtime.
    pub(super) fn settled(&mut self, operand: Operand) -> Operand {
        match self.taken_off(&operand) {
            Some(taken) => self.without(operand, taken),
            None => operand,
        }
    }

    /// An operand without its first items, if it is a sequence.
    fn without(&mut self, operand: Operand, count: Local) -> Operand {
        let shape = self.result(operand);
        let operand = self.store(shape);
        if !operand.kinds.meets(SEQUENCE) {
            return operand;
        }
        self.get(count);
        self.op(Op::If(BlockType::Empty));
        let mark = self.locals.mark();
        let rest = self.locals.temporary(Val::I64);
        self.push_raw(operand.loc);
        self.get(count);
        let params = [Val::I32, Val::I64, Val::I32];
        self.call_runtime("rt:seq_rest", &params, &[Val::I64]);
        self.set(rest);
        self.give_up(operand.loc, operand.kinds);
        self.get(rest);
        match operand.loc {
            Loc::Fat(_, bits) | Loc::Known(_, bits) => self.set(bits),
            loc => self.pop_into(loc),
        }
        self.locals.release(mark);
        self.end();
        operand
    }

    /// Pushes how many items of a sequence or map are left.
    pub(super) fn push_items_left(&mut self, operand: &Operand) {
        self.push_length(operand.loc);
        if let Some(taken) = self.taken_off(operand) {
            self.get(taken);
            self.i(Instruction::I32Sub);
        }
    }

    /// Goes from the address of the first item of a sequence to that of the first one left.
    pub(super) fn skip_taken_off(&mut self, operand: &Operand) {
        if let Some(taken) = self.taken_off(operand) {
            self.get(taken);
            self.i32(layout::VALUE_SIZE);
            self.i(Instruction::I32Mul);
            self.i(Instruction::I32Add);
        }
    }

    fn is_call_of_itself(&self, head: &Node) -> bool {
        match &head.kind {
            NodeKind::Var(Place::SelfFn) => true,
            _ => {
                self.static_callee(head).is_some()
                    && self.static_callee(head) == self.activation.code
            }
        }
    }
}

fn is_slot(node: &Node, slot: u32) -> bool {
    matches!(node.kind, NodeKind::Var(Place::Slot(place)) if place.0 == slot)
}

fn builtin_name(node: &Node) -> Option<&'static str> {
    match node.kind {
        NodeKind::Builtin(id) => Some(library::get(id).name),
        _ => None,
    }
}

/// The argument of `(rest p)`.
fn rest_argument(node: &Node, slot: u32) -> Option<&Node> {
    let NodeKind::Call { head, args } = &node.kind else {
        return None;
    };
    let argument = args.first().filter(|arg| is_slot(arg, slot))?;
    (args.len() == 1 && builtin_name(head) == Some("rest")).then_some(argument)
}

/// Looks at the uses of a parameter.
struct Uses<'b, 'c, 'p> {
    builder: &'b FunctionBuilder<'c, 'p>,
    slot: u32,
    arity: usize,
    /// There are no other uses.
    only_known: bool,
    /// The function goes on with the rest.
    rests: bool,
}

impl Uses<'_, '_, '_> {
    /// `tail`: the value of the node is the function's.
    fn walk(&mut self, node: &Node, tail: bool) {
        nested(|| match &node.kind {
            NodeKind::Var(_) | NodeKind::CellGet { .. } => self.only_known &= !self.reads(node),
            NodeKind::Lambda(lambda) => {
                let captured =
                    |place: &Place| matches!(place, Place::Slot(slot) if slot.0 == self.slot);
                self.only_known &= !lambda.captures.iter().any(captured);
            }
            NodeKind::Call { head, args } => self.call(head, args, tail),
            NodeKind::If {
                test,
                then,
                otherwise,
            } => {
                self.walk(test, false);
                self.walk(then, tail);
                self.walk(otherwise, tail);
            }
            NodeKind::Do(items) | NodeKind::And(items) | NodeKind::Or(items) => {
                let last = items.len().saturating_sub(1);
                for (index, item) in items.iter().enumerate() {
                    self.walk(item, tail && index == last);
                }
            }
            NodeKind::Scope { body, .. } => self.walk(body, tail),
            NodeKind::Let { bindings, body } => {
                for binding in bindings {
                    self.walk(&binding.init, false);
                    pattern_children(&binding.pattern, &mut |child| self.walk(child, false));
                }
                self.walk(body, tail);
            }
            NodeKind::Match { value, clauses } => {
                self.walk(value, false);
                for clause in clauses {
                    pattern_children(&clause.pattern, &mut |child| self.walk(child, false));
                    if let Some(guard) = &clause.guard {
                        self.walk(guard, false);
                    }
                    self.walk(&clause.body, tail);
                }
            }
            kind => children(kind, &mut |child| self.walk(child, false)),
        });
    }

    fn reads(&self, node: &Node) -> bool {
        match node.kind {
            NodeKind::Var(Place::Slot(slot)) => slot.0 == self.slot,
            NodeKind::CellGet {
                place: Place::Slot(slot),
                ..
            } => slot.0 == self.slot,
            _ => false,
        }
    }

    fn call(&mut self, head: &Node, args: &[Node], tail: bool) {
        let goes_on = tail && args.len() == self.arity && self.builder.is_call_of_itself(head);
        let asks = matches!(
            (builtin_name(head), args.len()),
            (Some("first" | "count" | "empty?"), 1) | (Some("nth"), 2)
        );
        self.walk(head, false);
        for (index, arg) in (0u32..).zip(args) {
            if goes_on && index == self.slot && rest_argument(arg, self.slot).is_some() {
                self.rests = true;
            } else if !(is_slot(arg, self.slot)
                && (asks && index == 0 || goes_on && index == self.slot))
            {
                self.walk(arg, false);
            }
        }
    }
}
