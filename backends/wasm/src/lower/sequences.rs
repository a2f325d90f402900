//! Reading vectors, lists and maps without a call: count, nth, get, first.

use rtfs_ir::Node;
use rtfs_value::layout;
use wasm_encoder::Instruction;

use super::asm::{Label, Op};
use super::function::FunctionBuilder;
use super::kinds::Kinds;
use super::module::Val;
use super::shape::{Const, Loc, Local, Operand, Shape};

/// Vectors and lists.
pub(super) const SEQUENCE: Kinds = Kinds::VECTOR.or(Kinds::LIST);

impl<'p> FunctionBuilder<'_, 'p> {
    /// A call that reads a sequence; `None`, and nothing evaluated, when it has no inlined code.
    pub(super) fn sequence_call(&mut self, id: u32, name: &str, args: &'p [Node]) -> Option<Shape> {
        match (name, args.len()) {
            ("nth", 2) => Some(self.item_call(id, "nth2", args)),
            ("get", 2) => Some(self.item_call(id, "get2", args)),
            ("count", 1) => Some(self.count_call(id, &args[0])),
            ("first", 1) => Some(self.first_call(id, &args[0])),
            _ => None,
        }
    }

    fn item_call(&mut self, id: u32, direct: &'static str, args: &'p [Node]) -> Shape {
        let Some(operands) = self.operands(args.iter()) else {
            return Shape::Never;
        };
        self.set_node(id);
        let (coll, index) = (operands[0], operands[1]);
        if !coll.kinds.meets(SEQUENCE) || !index.kinds.meets(Kinds::INT) {
            self.direct_call(direct, &operands);
            return self.push_result(Kinds::ANY);
        }
        self.with_slow_path(
            |this, slow, result| {
                this.jump_unless(&coll, SEQUENCE, slow);
                this.jump_unless(&index, Kinds::INT, slow);
                match index
                    .loc
                    .as_const()
                    .and_then(Const::as_int)
                    .map(u32::try_from)
                {
                    Some(Ok(index)) => {
                        this.push_items_left(&coll);
                        this.i32(index);
                        this.i(Instruction::I32LeU);
                    }
                    _ => {
                        this.push_bits(index.loc);
                        this.push_items_left(&coll);
                        this.i(Instruction::I64ExtendI32U);
                        this.i(Instruction::I64GeU);
                    }
                }
                this.op(Op::BrIf(slow));
                this.load_item(&coll, Some(index.loc), slow, result);
            },
            |this| {
                let coll = this.settled(coll);
                this.direct_call(direct, &[coll, index]);
            },
        )
    }

    fn first_call(&mut self, id: u32, arg: &'p Node) -> Shape {
        let Some(coll) = self.operand(arg) else {
            return Shape::Never;
        };
        self.set_node(id);
        if !coll.kinds.meets(SEQUENCE) {
            self.direct_call("first", &[coll]);
            return self.push_result(Kinds::ANY);
        }
        self.with_slow_path(
            |this, slow, result| {
                this.jump_unless(&coll, SEQUENCE, slow);
                this.push_items_left(&coll);
                this.i(Instruction::I32Eqz);
                this.op(Op::BrIf(slow));
                this.load_item(&coll, None, slow, result);
            },
            |this| {
                let coll = this.settled(coll);
                this.direct_call("first", &[coll]);
            },
        )
    }

    fn count_call(&mut self, id: u32, arg: &'p Node) -> Shape {
        let Some(coll) = self.operand(arg) else {
            return Shape::Never;
        };
        self.set_node(id);
        let counted = SEQUENCE.or(Kinds::MAP);
        if !coll.kinds.meets(counted) {
            self.direct_call("count", &[coll]);
            return self.push_result(Kinds::INT);
        }
        const { assert!(layout::SEQ_LEN == layout::MAP_LEN) };
        let count = self.locals.temporary(Val::I64);
        let (slow, done) = (self.label(), self.label());
        self.block(done);
        self.block(slow);
        self.jump_unless(&coll, counted, slow);
        self.push_items_left(&coll);
        self.i(Instruction::I64ExtendI32U);
        self.set(count);
        self.give_up_if_owned(&coll);
        self.op(Op::Br(done));
        self.end();
        if coll.kinds.is_within(counted) {
            self.consumed(&coll);
            self.i(Instruction::Unreachable);
        } else {
            let coll = self.settled(coll);
            self.direct_call("count", &[coll]);
            self.get(self.fixed.result_bits);
            self.set(count);
        }
        self.end();
        self.get(count);
        Shape::INT
    }

    /// Code with a way out of line that also gives a result; the fast way leaves its result in
    /// the given locals.
    fn with_slow_path(
        &mut self,
        fast: impl FnOnce(&mut Self, Label, Loc),
        slow_call: impl FnOnce(&mut Self),
    ) -> Shape {
        let (tag, bits) = (
            self.locals.temporary(Val::I32),
            self.locals.temporary(Val::I64),
        );
        let result = Loc::Fat(tag, bits);
        let (slow, done) = (self.label(), self.label());
        self.block(done);
        self.block(slow);
        fast(self, slow, result);
        self.op(Op::Br(done));
        self.end();
        slow_call(self);
        self.get(self.fixed.result_tag);
        self.get(self.fixed.result_bits);
        self.pop_into(result);
        self.end();
        self.push_raw(result);
        Shape::Fat(Kinds::ANY)
    }

    /// Jumps unless the operand is of these kinds.
    pub(super) fn jump_unless(&mut self, operand: &Operand, kinds: Kinds, slow: Label) {
        if operand.kinds.is_within(kinds) {
            return;
        }
        if self.push_is_of(operand, kinds) {
            self.i(Instruction::I32Eqz);
            self.op(Op::BrIf(slow));
        } else {
            self.op(Op::Br(slow));
        }
    }

    /// Pushes the length of a sequence or map.
    pub(super) fn push_length(&mut self, loc: Loc) {
        self.push_address(loc);
        self.i(Instruction::I32Load(Self::mem(layout::SEQ_LEN, 2)));
    }

    /// Loads an item (the first one without an index) that exists, with a reference of its own,
    /// and drops the sequence if it is owned. Jumps when the items are not in one row.
    fn load_item(&mut self, coll: &Operand, index: Option<Loc>, slow: Label, result: Loc) {
        let Loc::Fat(tag, bits) = result else { return };
        let item = self.item_address(coll, index, slow);
        self.get(item);
        self.i(Instruction::I32Load(Self::mem(layout::VALUE_TAG, 2)));
        self.set(tag);
        self.get(item);
        self.i(Instruction::I64Load(Self::mem(layout::VALUE_BITS, 3)));
        self.set(bits);
        self.duplicate(result, Kinds::ANY);
        self.give_up_if_owned(coll);
    }

    fn item_address(&mut self, coll: &Operand, index: Option<Loc>, slow: Label) -> Local {
        let item = self.locals.temporary(Val::I32);
        self.push_address(coll.loc);
        self.i(Instruction::I32Load(Self::mem(layout::SEQ_ITEMS, 2)));
        self.tee(item);
        self.i(Instruction::I32Eqz);
        self.op(Op::BrIf(slow));
        if self.taken_off(coll).is_some() {
            self.get(item);
            self.skip_taken_off(coll);
            self.set(item);
        }
        if let Some(index) = index {
            self.get(item);
            match index.as_const().and_then(Const::as_int) {
                Some(index) => self.i32((index as u32).wrapping_mul(layout::VALUE_SIZE)),
                None => {
                    self.push_bits(index);
                    self.i(Instruction::I32WrapI64);
                    self.i32(layout::VALUE_SIZE);
                    self.i(Instruction::I32Mul);
                }
            }
            self.i(Instruction::I32Add);
            self.set(item);
        }
        item
    }

    /// Drops an owned operand on one of two ways; the other way accounts for it.
    pub(super) fn give_up_if_owned(&mut self, operand: &Operand) {
        if operand.owned {
            self.give_up(operand.loc, operand.kinds);
        }
    }
}
