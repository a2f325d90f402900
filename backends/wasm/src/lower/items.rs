//! The items that a library function walks over, one after the other: those of a sequence in one
//! row, or the integers of a `range`.

use rtfs_value::{layout, tag};
use wasm_encoder::{BlockType, Instruction};

use super::asm::{Label, Op};
use super::function::{FunctionBuilder, Target};
use super::kinds::Kinds;
use super::module::Val;
use super::shape::{Const, Loc, Local, Operand};
use super::state::State;

/// Kinds with items in a row.
pub(super) const SEQUENCE: Kinds = Kinds::VECTOR.or(Kinds::LIST);

/// `range` makes no more items.
const MAX_RANGE: i64 = 10_000_000;

/// Where items come from.
pub(super) enum Items {
    /// Items in one row from the address on; they may be moved out when the flag is not 0.
    Row {
        address: Local,
        left: Local,
        takes: Option<Local>,
    },
    /// The next integer and the one behind the last.
    Count { next: Local, end: Local },
}

/// The loop.
pub(super) struct Round {
    again: Label,
    pub(super) exit: Label,
    start: State,
}

impl FunctionBuilder<'_, '_> {
    /// Items of a sequence; jumps when they are not in one row.
    pub(super) fn row_items(
        &mut self,
        coll: &Operand,
        not_empty: bool,
        other: &mut Target,
    ) -> Option<Items> {
        if !coll.kinds.meets(SEQUENCE) {
            self.br(other);
            return None;
        }
        if !coll.kinds.is_within(SEQUENCE) {
            self.push_is_of(coll, SEQUENCE);
            self.i(Instruction::I32Eqz);
            self.br_if(other, None);
        }
        let [address, left] = [(); 2].map(|()| self.locals.temporary(Val::I32));
        self.push_address(coll.loc);
        self.i(Instruction::I32Load(Self::mem(layout::SEQ_ITEMS, 2)));
        self.tee(address);
        self.i(Instruction::I32Eqz);
        self.br_if(other, None);
        self.push_address(coll.loc);
        self.i(Instruction::I32Load(Self::mem(layout::SEQ_LEN, 2)));
        self.set(left);
        if not_empty {
            // The library raises the error, too.
            self.get(left);
            self.i(Instruction::I32Eqz);
            self.br_if(other, None);
        }
        let takes = coll.owned.then(|| self.may_take(coll.loc));
        Some(Items::Row {
            address,
            left,
            takes,
        })
    }

    /// Whether nobody else sees the items, so that they can be moved out and updated in place.
    pub(super) fn may_take(&mut self, coll: Loc) -> Local {
        let takes = self.locals.temporary(Val::I32);
        let wanted = [
            (layout::HEADER_COUNT, 1),
            (layout::OBJECT_FORM, layout::FORM_SEQ_FLAT),
            (layout::SEQ_OWNER, 0),
        ];
        for (index, (field, value)) in wanted.into_iter().enumerate() {
            self.push_address(coll);
            self.i(Instruction::I32Load(Self::mem(field, 2)));
            self.i32(value);
            self.i(Instruction::I32Eq);
            if index > 0 {
                self.i(Instruction::I32And);
            }
        }
        self.set(takes);
        takes
    }

    /// Integers from a first one to below a last one; jumps when there are too many or none, or
    /// the bounds are no integers.
    pub(super) fn count_items(&mut self, bounds: &[Operand], other: &mut Target) -> Option<Items> {
        let zero = Operand::constant(Const::int(0));
        let (start, end) = match bounds {
            [end] => (zero, *end),
            [start, end] => (*start, *end),
            _ => return None,
        };
        for bound in [start, end] {
            if !bound.kinds.meets(Kinds::INT) {
                self.br(other);
                return None;
            }
            if !bound.is_int() {
                self.push_tag(bound.loc);
                self.i32(tag::INT);
                self.i(Instruction::I32Ne);
                self.br_if(other, None);
            }
        }
        let [next, last] = [(); 2].map(|()| self.locals.temporary(Val::I64));
        self.push_bits(start.loc);
        self.set(next);
        self.push_bits(end.loc);
        self.set(last);
        self.get(next);
        self.get(last);
        self.i(Instruction::I64GeS);
        self.get(last);
        self.get(next);
        self.i(Instruction::I64Sub);
        self.i64(MAX_RANGE);
        self.i(Instruction::I64GtU);
        self.i(Instruction::I32Or);
        self.br_if(other, None);
        // Integers are no objects.
        for bound in bounds {
            self.consumed(bound);
        }
        Some(Items::Count { next, end: last })
    }

    pub(super) fn start_walk(&mut self, items: &Items) -> Round {
        let (again, exit) = (self.label(), self.label());
        self.block(exit);
        self.op(Op::Loop(again, BlockType::Empty));
        self.state.node = None;
        let start = self.state.clone();
        match items {
            Items::Row { left, .. } => {
                self.get(*left);
                self.i(Instruction::I32Eqz);
            }
            Items::Count { next, end } => {
                self.get(*next);
                self.get(*end);
                self.i(Instruction::I64GeS);
            }
        }
        self.op(Op::BrIf(exit));
        Round { again, exit, start }
    }

    pub(super) fn end_walk(&mut self, round: Round, items: &Items, completes: bool) {
        if completes {
            debug_assert_eq!(
                self.state.owned(),
                round.start.owned(),
                "a round keeps what it finds"
            );
            self.advance(items);
            self.op(Op::Br(round.again));
        }
        self.end();
        self.end();
        self.state = round.start;
    }

    /// Goes on to the next item.
    pub(super) fn advance(&mut self, items: &Items) {
        match items {
            Items::Row { address, left, .. } => {
                self.get(*address);
                self.i32(layout::VALUE_SIZE);
                self.i(Instruction::I32Add);
                self.set(*address);
                self.get(*left);
                self.i32(1);
                self.i(Instruction::I32Sub);
                self.set(*left);
            }
            Items::Count { next, .. } => {
                self.get(*next);
                self.i64(1);
                self.i(Instruction::I64Add);
                self.set(*next);
            }
        }
    }

    /// The current item with a reference of its own. It is moved out when that is possible and
    /// wanted.
    pub(super) fn item(&mut self, items: &Items, may_move: bool) -> Operand {
        let (address, takes) = match items {
            Items::Count { next, .. } => {
                let var = self.unowned_var(Loc::Known(tag::INT, *next), Kinds::INT);
                return self.operand_of(var, false);
            }
            Items::Row { address, takes, .. } => (*address, takes.filter(|_| may_move)),
        };
        let item_tag = self.locals.temporary(Val::I32);
        let bits = self.locals.temporary(Val::I64);
        let loc = Loc::Fat(item_tag, bits);
        self.get(address);
        self.i(Instruction::I32Load(Self::mem(layout::VALUE_TAG, 2)));
        self.set(item_tag);
        self.get(address);
        self.i(Instruction::I64Load(Self::mem(layout::VALUE_BITS, 3)));
        self.set(bits);
        match takes {
            None => self.duplicate(loc, Kinds::ANY),
            Some(takes) => {
                self.get(takes);
                self.op(Op::If(BlockType::Empty));
                self.get(address);
                self.i32(tag::NIL);
                self.i(Instruction::I32Store(Self::mem(layout::VALUE_TAG, 2)));
                self.i(Instruction::Else);
                self.duplicate(loc, Kinds::ANY);
                self.end();
            }
        }
        let var = self.new_var(loc, Kinds::ANY);
        self.operand_of(var, true)
    }
}
