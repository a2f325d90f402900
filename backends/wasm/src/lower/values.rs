//! Moving values: pushing, converting, duplicating, dropping, binding.

use rtfs_value::{BuiltinId, layout, tag};
use wasm_encoder::{BlockType, Instruction};

use super::asm::Op;
use super::function::FunctionBuilder;
use super::kinds::Kinds;
use super::module::Val;
use super::shape::{Const, Loc, Local, Operand, Shape, VarId};

impl FunctionBuilder<'_, '_> {
    /// Pushes the tag.
    pub(super) fn push_tag(&mut self, loc: Loc) {
        match loc {
            Loc::Fat(tag, _) => self.get(tag),
            Loc::Const(value) => self.push_const_tag(value.tag()),
            Loc::Known(tag, _) | Loc::Object(tag, _) => self.push_const_tag(tag),
            Loc::Float(_) => self.i32(tag::FLOAT),
            Loc::Bool(_) => self.i32(tag::BOOL),
        }
    }

    fn push_const_tag(&mut self, tag: u32) {
        if matches!(tag::low(tag), tag::STATIC_FN | tag::CLOSURE) {
            self.cx.used_as_value(tag::code(tag));
        }
        self.i32(tag);
    }

    /// Pushes the payload.
    pub(super) fn push_bits(&mut self, loc: Loc) {
        match loc {
            Loc::Fat(_, bits) | Loc::Known(_, bits) => self.get(bits),
            Loc::Const(Const::Scalar(tag, bits)) => {
                if tag == tag::BUILTIN {
                    // Ids are 16 bits wide.
                    self.cx.builtin_used_as_value(BuiltinId(bits as u16));
                }
                self.i64(bits.cast_signed());
            }
            Loc::Const(Const::Text(_, offset)) => {
                self.data_address(offset);
                self.i(Instruction::I64ExtendI32U);
            }
            Loc::Float(value) => {
                self.get(value);
                self.i(Instruction::I64ReinterpretF64);
            }
            Loc::Object(_, value) | Loc::Bool(value) => {
                self.get(value);
                self.i(Instruction::I64ExtendI32U);
            }
        }
    }

    /// Pushes tag and payload without counting.
    pub(super) fn push_raw(&mut self, loc: Loc) {
        self.push_tag(loc);
        self.push_bits(loc);
    }

    /// Pushes the address of a counted object.
    pub(super) fn push_address(&mut self, loc: Loc) {
        match loc {
            Loc::Const(Const::Text(_, offset)) => self.data_address(offset),
            Loc::Object(_, address) => self.get(address),
            loc => {
                self.push_bits(loc);
                self.i(Instruction::I32WrapI64);
            }
        }
    }

    /// Pushes a float operand as `f64`.
    pub(super) fn push_f64(&mut self, loc: Loc) {
        match loc {
            Loc::Float(value) => self.get(value),
            Loc::Const(Const::Scalar(tag::FLOAT, bits)) => {
                self.i(Instruction::F64Const(f64::from_bits(bits).into()));
            }
            other => {
                self.push_bits(other);
                self.i(Instruction::F64ReinterpretI64);
            }
        }
    }

    /// Pushes an operand as tag and payload and hands over a reference: consumes it when it is
    /// owned, counts otherwise.
    pub(super) fn push_owned(&mut self, operand: Operand) {
        self.own(operand);
        self.push_raw(operand.loc);
    }

    /// Makes sure that a reference can be handed over: counts when the operand is borrowed.
    pub(super) fn own(&mut self, operand: Operand) {
        if operand.owned {
            self.consumed(&operand);
        } else {
            self.duplicate(operand.loc, operand.kinds);
        }
    }

    /// The operand as a result, handing over a reference.
    pub(super) fn result(&mut self, operand: Operand) -> Shape {
        if let Loc::Const(value) = operand.loc {
            return Shape::Const(value);
        }
        self.own(operand);
        match operand.loc {
            Loc::Const(value) => Shape::Const(value),
            Loc::Fat(tag, bits) => match operand.kinds.only_tag() {
                Some(known) => {
                    self.get(bits);
                    self.known_shape(known)
                }
                None => {
                    self.get(tag);
                    self.get(bits);
                    Shape::Fat(operand.kinds)
                }
            },
            Loc::Known(tag, _) | Loc::Object(tag, _) => {
                self.push_bits(operand.loc);
                Shape::Known(tag)
            }
            Loc::Float(value) => {
                self.get(value);
                Shape::Float
            }
            Loc::Bool(value) => {
                self.get(value);
                Shape::Bool
            }
        }
    }

    /// A payload of known tag is on the stack.
    pub(super) fn known_shape(&mut self, known: u32) -> Shape {
        match known {
            tag::NIL => {
                self.i(Instruction::Drop);
                Shape::Const(Const::NIL)
            }
            tag::BOOL => {
                self.i(Instruction::I32WrapI64);
                Shape::Bool
            }
            tag::FLOAT => {
                self.i(Instruction::F64ReinterpretI64);
                Shape::Float
            }
            known => Shape::Known(known),
        }
    }

    /// Tag and payload are in the result locals: pushes them as a value of these kinds.
    pub(super) fn push_result(&mut self, kinds: Kinds) -> Shape {
        match kinds.only_tag() {
            Some(known) => {
                self.get(self.fixed.result_bits);
                self.known_shape(known)
            }
            None => {
                self.get(self.fixed.result_tag);
                self.get(self.fixed.result_bits);
                Shape::Fat(kinds)
            }
        }
    }

    /// Gives the value on the stack another shape, which can hold it.
    pub(super) fn convert(&mut self, from: Shape, to: Shape) {
        match (from, to) {
            (Shape::Fat(_), Shape::Fat(_)) | (Shape::Never, _) => {}
            (from, to) if from == to => {}
            (Shape::Const(value), to) => {
                self.duplicate(Loc::Const(value), value.kinds());
                self.push_const(value, to);
            }
            (from, to) => {
                self.pack_payload(from);
                self.unpack_payload(from, to);
            }
        }
    }

    /// Leaves only the payload on the stack.
    fn pack_payload(&mut self, from: Shape) {
        match from {
            Shape::Bool => self.i(Instruction::I64ExtendI32U),
            Shape::Float => self.i(Instruction::I64ReinterpretF64),
            // Only values of which there are none become narrower.
            Shape::Fat(_) => {
                let mark = self.locals.mark();
                let bits = self.locals.temporary(Val::I64);
                self.set(bits);
                self.i(Instruction::Drop);
                self.get(bits);
                self.locals.release(mark);
            }
            Shape::Known(_) | Shape::Const(_) | Shape::Never => {}
        }
    }

    fn unpack_payload(&mut self, from: Shape, to: Shape) {
        match to {
            Shape::Bool => self.i(Instruction::I32WrapI64),
            Shape::Float => self.i(Instruction::F64ReinterpretI64),
            Shape::Fat(_) => {
                let tag = match from {
                    Shape::Known(tag) => tag,
                    Shape::Bool => tag::BOOL,
                    _ => tag::FLOAT,
                };
                self.put_tag_below(tag);
            }
            Shape::Const(_) => self.i(Instruction::Drop),
            Shape::Known(_) | Shape::Never => {}
        }
    }

    fn push_const(&mut self, value: Const, to: Shape) {
        match to {
            Shape::Fat(_) => self.push_raw(Loc::Const(value)),
            Shape::Known(_) => self.push_bits(Loc::Const(value)),
            Shape::Float => self.push_f64(Loc::Const(value)),
            Shape::Bool => self.i32(u32::from(value.truth())),
            Shape::Const(_) | Shape::Never => debug_assert!(false, "two constants differ"),
        }
    }

    fn put_tag_below(&mut self, tag: u32) {
        let mark = self.locals.mark();
        let bits = self.locals.temporary(Val::I64);
        self.set(bits);
        self.push_const_tag(tag);
        self.get(bits);
        self.locals.release(mark);
    }

    /// Whether the value in `loc` is a counted object, as `i32`; only for kinds where that is not
    /// known.
    fn push_is_heap(&mut self, loc: Loc, kinds: Kinds) {
        self.push_tag(loc);
        if kinds.meets(Kinds::of(tag::STATIC_FN)) {
            self.i32(0xff);
            self.i(Instruction::I32And);
        }
        self.i32(tag::HEAP_MIN);
        self.i(Instruction::I32GeU);
    }

    /// Counts one more reference.
    pub(super) fn duplicate(&mut self, loc: Loc, kinds: Kinds) {
        if !kinds.may_be_heap() {
            return;
        }
        let tested = !kinds.is_heap();
        if tested {
            self.push_is_heap(loc, kinds);
            self.op(Op::If(BlockType::Empty));
        }
        self.count_one_more(loc);
        if tested {
            self.end();
        }
    }

    /// Counts one more reference to an object.
    pub(super) fn count_one_more(&mut self, loc: Loc) {
        self.push_address(loc);
        self.push_address(loc);
        self.i(Instruction::I32Load(Self::mem(layout::HEADER_COUNT, 2)));
        self.i32(1);
        self.i(Instruction::I32Add);
        self.i(Instruction::I32Store(Self::mem(layout::HEADER_COUNT, 2)));
    }

    /// Gives up a reference.
    pub(super) fn give_up(&mut self, loc: Loc, kinds: Kinds) {
        if !kinds.may_be_heap() {
            return;
        }
        let tested = !kinds.is_heap();
        if tested {
            self.push_is_heap(loc, kinds);
            self.op(Op::If(BlockType::Empty));
        }
        let mark = self.locals.mark();
        let count = self.locals.temporary(Val::I32);
        self.push_address(loc);
        self.push_address(loc);
        self.i(Instruction::I32Load(Self::mem(layout::HEADER_COUNT, 2)));
        self.i32(1);
        self.i(Instruction::I32Sub);
        self.tee(count);
        self.i(Instruction::I32Store(Self::mem(layout::HEADER_COUNT, 2)));
        self.get(count);
        self.locals.release(mark);
        self.i(Instruction::I32Eqz);
        self.op(Op::If(BlockType::Empty));
        self.push_raw(loc);
        self.call_runtime("rt:release", &[Val::I32, Val::I64], &[]);
        self.end();
        if tested {
            self.end();
        }
    }

    /// Consumes an operand whose value is no longer needed: drops it when it is owned.
    pub(super) fn discard(&mut self, operand: Operand) {
        if operand.owned {
            self.drop_var_if_owned(operand.var);
        }
    }

    fn drop_var_if_owned(&mut self, var: Option<VarId>) {
        let Some(var) = var.filter(|var| self.state.owns(*var)) else {
            return;
        };
        self.give_up(self.loc_of(var), self.kinds_of(var));
        self.state.disown(var);
    }

    /// Drops a variable here, if it is owned.
    pub(super) fn drop_slot(&mut self, slot: u32) {
        let var = self.slots.get(slot as usize).copied().flatten();
        self.drop_var_if_owned(var.filter(|var| !self.state.is_taken(*var)));
    }

    /// Drops what an edge does not need any more.
    pub(super) fn drop_on_edge(&mut self, at: super::liveness::At) {
        for slot in self.liveness.drops(at).to_vec() {
            self.drop_slot(slot);
        }
    }

    /// Drops the value on the stack.
    pub(super) fn drop_shape(&mut self, shape: Shape) {
        match shape {
            Shape::Never | Shape::Const(_) => {}
            Shape::Bool | Shape::Float => self.i(Instruction::Drop),
            Shape::Fat(kinds) if !kinds.may_be_heap() => {
                self.i(Instruction::Drop);
                self.i(Instruction::Drop);
            }
            Shape::Known(tag) if !Kinds::of(tag).may_be_heap() => self.i(Instruction::Drop),
            Shape::Fat(_) | Shape::Known(_) => {
                let mark = self.locals.mark();
                let operand = self.store(shape);
                self.discard(operand);
                self.locals.release(mark);
            }
        }
    }

    /// Gives a slot the value on the stack.
    pub(super) fn bind(&mut self, slot: u32, shape: Shape) {
        let loc = match shape {
            Shape::Never => Loc::Const(Const::NIL),
            Shape::Const(value) => Loc::Const(value),
            Shape::Fat(_) => Loc::Fat(
                self.locals.of_slot(slot, Val::I32),
                self.locals.of_slot(slot, Val::I64),
            ),
            Shape::Known(tag) => Loc::Known(tag, self.locals.of_slot(slot, Val::I64)),
            Shape::Float => Loc::Float(self.locals.of_slot(slot, Val::F64)),
            Shape::Bool => Loc::Bool(self.locals.of_slot(slot, Val::I32)),
        };
        // An earlier value of the slot ends here; its locals may be the same ones.
        self.drop_slot(slot);
        self.pop_into(loc);
        self.bind_var(slot, loc, shape.kinds());
    }

    /// Makes the value in `loc` the slot's.
    pub(super) fn bind_var(&mut self, slot: u32, loc: Loc, kinds: Kinds) {
        let var = self.new_var(loc, kinds);
        self.slots[slot as usize] = Some(var);
    }

    /// Pops the value on the stack into locals.
    pub(super) fn pop_into(&mut self, loc: Loc) {
        match loc {
            Loc::Const(_) => {}
            Loc::Fat(tag, bits) => {
                self.set(bits);
                self.set(tag);
            }
            Loc::Known(_, local) | Loc::Float(local) | Loc::Bool(local) => self.set(local),
            Loc::Object(_, local) => {
                self.i(Instruction::I32WrapI64);
                self.set(local);
            }
        }
    }

    /// Delivers the value on the stack to where it is wanted.
    pub(super) fn deliver(&mut self, shape: Shape, dest: super::function::Dest) -> Shape {
        use super::function::Dest;
        match (dest, shape) {
            (_, Shape::Never) => Shape::Never,
            (Dest::Stack, shape) => shape,
            (Dest::Drop, shape) => {
                self.drop_shape(shape);
                Shape::Const(Const::NIL)
            }
            (Dest::Return, shape) => {
                let shape = self.checked_result(shape);
                self.convert(shape, Shape::Fat(Kinds::ANY));
                self.return_fat()
            }
        }
    }

    /// Checks the value on the stack against the function's result type.
    fn checked_result(&mut self, shape: Shape) -> Shape {
        let Some((ty, node)) = self.activation.result else {
            return shape;
        };
        let mut operand = self.store(shape);
        self.set_node(node);
        self.check(&mut operand, ty, "fn return");
        self.result(operand)
    }

    /// Returns tag and payload on the stack.
    pub(super) fn return_fat(&mut self) -> Shape {
        debug_assert!(
            self.state.owned().is_empty(),
            "everything was consumed before returning"
        );
        self.i(Instruction::Return);
        self.state.reachable = false;
        Shape::Never
    }

    /// Pushes a truth value: is the operand neither `nil` nor `false`?
    pub(super) fn push_truth(&mut self, operand: &Operand) {
        match (operand.loc, operand.truth()) {
            (_, Some(truth)) => self.i32(u32::from(truth)),
            (Loc::Bool(value), _) => self.get(value),
            (Loc::Fat(tag, bits), None) => self.push_fat_truth(tag, bits, operand.kinds),
            (loc, None) => {
                // Only a payload whose tag is BOOL is left.
                self.push_bits(loc);
                self.i(Instruction::I32WrapI64);
            }
        }
    }

    fn push_fat_truth(&mut self, tag_local: Local, bits: Local, kinds: Kinds) {
        if !kinds.meets(Kinds::BOOL) {
            self.get(tag_local);
            self.i32(tag::NIL);
            self.i(Instruction::I32Ne);
            return;
        }
        // nil has payload 0 like false.
        self.get(tag_local);
        self.i32(tag::BOOL);
        self.i(Instruction::I32GtU);
        self.get(bits);
        self.i64(0);
        self.i(Instruction::I64Ne);
        self.i(Instruction::I32Or);
    }
}
