//! `for` and `dotimes`.

use rtfs_ir::{Node, Slot};
use rtfs_value::{layout, tag};
use wasm_encoder::{BlockType, Instruction};

use super::asm::{Label, Op};
use super::function::{Dest, FunctionBuilder};
use super::kinds::Kinds;
use super::liveness::FOR_LEVEL;
use super::module::Val;
use super::shape::{Loc, Local, Operand, Shape};
use super::state::State;

/// A loop being lowered.
struct Round {
    again: Label,
    exit: Label,
    /// The state before each round.
    start: State,
}

impl<'p> FunctionBuilder<'_, 'p> {
    /// `(for [s c …] body)`
    pub(super) fn for_form(
        &mut self,
        id: u32,
        bindings: &'p [(Slot, Node)],
        body: &'p Node,
        dest: Dest,
    ) -> Shape {
        self.call_with_memory("rt:vector_from", &[], 0);
        let results = self.store(Shape::Known(tag::VECTOR));
        let completes = match bindings.split_first() {
            None => self.for_body(body, results),
            Some(_) => self.for_level(id, id, bindings, body, results),
        };
        if !completes {
            return Shape::Never;
        }
        let shape = self.result(results);
        self.deliver(shape, dest)
    }

    /// Runs over the first binding's collection. False when nothing completes.
    fn for_level(
        &mut self,
        id: u32,
        exit_edge: u32,
        bindings: &'p [(Slot, Node)],
        body: &'p Node,
        results: Operand,
    ) -> bool {
        let Some(((slot, collection), inner)) = bindings.split_first() else {
            return true;
        };
        let mark = self.locals.mark();
        let Some(items) = self.for_items(id, collection) else {
            return false;
        };
        let index = self.locals.temporary(Val::I32);
        self.i32(0);
        self.set(index);
        let round = self.start_rounds();
        self.get(index);
        self.push_address(items.loc);
        self.i(Instruction::I32Load(Self::mem(layout::SEQ_LEN, 2)));
        self.i(Instruction::I32GeU);
        self.op(Op::BrIf(round.exit));
        self.bind_item(id, *slot, &items, index);
        let completes = match inner.first() {
            None => self.for_body(body, results),
            Some((_, next)) => self.for_level(id, next.id.0 | FOR_LEVEL, inner, body, results),
        };
        self.end_rounds(round, completes);
        self.drop_on_edge((exit_edge, 0));
        self.discard(items);
        self.locals.release(mark);
        true
    }

    fn for_items(&mut self, id: u32, collection: &'p Node) -> Option<Operand> {
        let operand = self.operand(collection)?;
        self.set_node(id);
        self.push_owned(operand);
        self.call_runtime("rt:for_items", &[Val::I32, Val::I64], &[Val::I64]);
        self.check_runtime_result();
        let shape = self.push_result(Kinds::VECTOR.or(Kinds::LIST));
        Some(self.store(shape))
    }

    fn bind_item(&mut self, id: u32, slot: Slot, items: &Operand, index: Local) {
        if self.liveness.is_read(id, slot.0) {
            self.push_raw(items.loc);
            self.get(index);
            self.call_runtime("rt:seq_item", &[Val::I32, Val::I64, Val::I32], &[Val::I64]);
            let mark = self.locals.mark();
            let item = self.runtime_value(Kinds::ANY);
            let shape = self.result(item);
            self.bind(slot.0, shape);
            self.locals.release(mark);
        }
        self.get(index);
        self.i32(1);
        self.i(Instruction::I32Add);
        self.set(index);
    }

    fn for_body(&mut self, body: &'p Node, results: Operand) -> bool {
        let mark = self.locals.mark();
        let Some(value) = self.operand(body) else {
            return false;
        };
        self.push_bits(results.loc);
        self.push_owned(value);
        let params = [Val::I64, Val::I32, Val::I64];
        self.call_runtime("rt:vector_push", &params, &[Val::I64]);
        self.pop_into(results.loc);
        self.locals.release(mark);
        true
    }

    fn start_rounds(&mut self) -> Round {
        let (again, exit) = (self.label(), self.label());
        self.block(exit);
        self.op(Op::Loop(again, BlockType::Empty));
        // The node differs between the first round and the others.
        self.state.node = None;
        Round {
            again,
            exit,
            start: self.state.clone(),
        }
    }

    fn end_rounds(&mut self, round: Round, completes: bool) {
        if completes {
            debug_assert_eq!(
                self.state.owned(),
                round.start.owned(),
                "a round keeps what it finds"
            );
            self.op(Op::Br(round.again));
        }
        self.end();
        self.end();
        self.state = round.start;
    }

    /// `(dotimes [slot count] body)`
    pub(super) fn dotimes_form(
        &mut self,
        id: u32,
        slot: Slot,
        count: &'p Node,
        body: &'p Node,
        dest: Dest,
    ) -> Shape {
        let Some(count) = self.operand(count) else {
            return Shape::Never;
        };
        self.require_integer(id, &count);
        let (tag, bits) = (
            self.locals.temporary(Val::I32),
            self.locals.temporary(Val::I64),
        );
        let last = Loc::Fat(tag, bits);
        self.i32(tag::NIL);
        self.i64(0);
        self.pop_into(last);
        let index = self.locals.temporary(Val::I64);
        self.i64(0);
        self.set(index);
        let result = (dest != Dest::Drop).then(|| {
            let var = self.new_var(last, Kinds::ANY);
            self.operand_of(var, true)
        });
        let round = self.start_rounds();
        self.get(index);
        self.push_bits(count.loc);
        self.i(Instruction::I64GeS);
        self.op(Op::BrIf(round.exit));
        self.bind_count(id, slot, index);
        let completes = self.dotimes_body(body, result);
        self.end_rounds(round, completes);
        self.drop_on_edge((id, 0));
        let shape = match result {
            Some(result) => self.result(result),
            None => Shape::Const(super::shape::Const::NIL),
        };
        self.deliver(shape, dest)
    }

    fn require_integer(&mut self, id: u32, count: &Operand) {
        if count.is_int() {
            return;
        }
        self.set_node(id);
        let fits = self.label();
        self.block(fits);
        if self.push_is_of(count, Kinds::INT) {
            self.op(Op::BrIf(fits));
        }
        let before = self.state.clone();
        self.text_address("dotimes");
        self.text_address("integer");
        self.push_owned(*count);
        let params = [Val::I32, Val::I32, Val::I32, Val::I64];
        self.call_runtime("rt:raise_type", &params, &[Val::I64]);
        self.raise();
        self.end();
        self.state = before;
        self.learn(count, Kinds::INT);
        self.consumed(count);
    }

    fn bind_count(&mut self, id: u32, slot: Slot, index: Local) {
        if self.liveness.is_read(id, slot.0) {
            self.get(index);
            self.bind(slot.0, Shape::INT);
        }
        self.get(index);
        self.i64(1);
        self.i(Instruction::I64Add);
        self.set(index);
    }

    /// The value of the last round is the result.
    fn dotimes_body(&mut self, body: &'p Node, result: Option<Operand>) -> bool {
        let Some(result) = result else {
            return self.expr(body, Dest::Drop) != Shape::Never;
        };
        let mark = self.locals.mark();
        let Some(value) = self.operand(body) else {
            return false;
        };
        self.give_up(result.loc, Kinds::ANY);
        self.push_owned(value);
        self.pop_into(result.loc);
        self.locals.release(mark);
        true
    }
}
