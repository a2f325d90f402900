//! `reduce`, `map`, `filter` and their relatives as loops, where it is known what is called.
//!
//! The library does the same in steps, with its state in an object: that is what runs when the
//! collection is not a sequence with its items in one row, or the function not one of the program.
//! A collection that is a `range` of integers written in place is not made.

use rtfs_ir::{Node, NodeKind};
use rtfs_value::library::{self, BuiltinId, Imp};
use rtfs_value::tag;
use wasm_encoder::{BlockType, Instruction};

use super::asm::Op;
use super::builtin_kinds::result_kinds;
use super::function::{Dest, FunctionBuilder, Target};
use super::globals::StaticGlobal;
use super::items::Items;
use super::kinds::Kinds;
use super::module::Val;
use super::shape::{Const, Loc, Operand, Shape, VarId};

/// A library function that is lowered as a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Walk {
    /// `(reduce f c)`
    Fold,
    /// `(reduce f init c)`
    FoldFrom,
    /// `map`
    Map,
    /// `map-indexed`
    MapIndexed,
    /// `filter`, or `remove` when false.
    Select(bool),
    /// `every?` when false, `some?` when true: the answer that ends the walk.
    Ask(bool),
}

impl Walk {
    /// The form of a call.
    pub(super) fn of(name: &str, argc: usize) -> Option<Self> {
        Some(match (name, argc) {
            ("reduce", 2) => Self::Fold,
            ("reduce", 3) => Self::FoldFrom,
            ("map", 2) => Self::Map,
            ("map-indexed", 2) => Self::MapIndexed,
            ("filter", 2) => Self::Select(true),
            ("remove", 2) => Self::Select(false),
            ("every?", 2) => Self::Ask(false),
            ("some?", 2) => Self::Ask(true),
            _ => return None,
        })
    }
}

impl Walk {
    /// Whether it can call this library function itself, which takes as many arguments as it
    /// gets and does not call back.
    fn may_call(self, id: BuiltinId) -> bool {
        let argc = match self {
            Self::Fold | Self::FoldFrom | Self::MapIndexed => 2,
            _ => 1,
        };
        matches!(library::get(id).imp, Imp::Plain(_)) && library::check_arity(id, argc).is_ok()
    }
}

/// The arguments of a `range` of one or two.
pub(super) fn range_args(node: &Node) -> Option<&[Node]> {
    let NodeKind::Call { head, args } = &node.kind else {
        return None;
    };
    match head.kind {
        NodeKind::Builtin(id)
            if matches!(args.len(), 1 | 2) && library::get(id).name == "range" =>
        {
            Some(args)
        }
        _ => None,
    }
}

/// What the items of a `range` are, by what its arguments are.
pub(super) fn range_item_kinds(mut bounds: impl Iterator<Item = Kinds>) -> Kinds {
    if bounds.all(|bound| bound == Kinds::INT) {
        Kinds::INT
    } else {
        Kinds::NUMBER
    }
}

/// What is called for each item.
#[derive(Clone, Copy, Debug)]
enum Callee {
    /// A function of the program.
    Code(u32, Operand),
    /// A library function that does not call back.
    Builtin(BuiltinId),
    /// Some function of the program.
    Some(Operand),
}

/// A call to be lowered.
struct Call {
    id: u32,
    name: &'static str,
    walk: Walk,
    /// The function, the first value if one is given, and the collection or the arguments of
    /// `range`.
    operands: Vec<Operand>,
    /// The node of the `range`.
    range: Option<u32>,
    callee: Callee,
}

impl<'p> FunctionBuilder<'_, 'p> {
    /// Lowers a call as a loop; `None`, and nothing evaluated, when it is none that this is for.
    pub(super) fn walk_call(&mut self, id: u32, name: &str, args: &'p [Node]) -> Option<Shape> {
        let walk = Walk::of(name, args.len())?;
        let [function, .., collection] = args else {
            return None;
        };
        let builtin = library::lookup(name)?;
        let name = library::get(builtin).name;
        let range = range_args(collection).filter(|_| self.is_function_node(walk, function));
        let Some(operands) = self.operands_spreading(args.iter(), range) else {
            return Some(Shape::Never);
        };
        let Some(callee) = self.callee_of(walk, &operands[0]) else {
            self.set_node(id);
            let kinds: Vec<Kinds> = operands.iter().map(|operand| operand.kinds).collect();
            self.steps_call(name, &operands);
            return Some(self.push_result(result_kinds(name, &kinds)));
        };
        let call = Call {
            id,
            name,
            walk,
            operands,
            range: range.map(|_| collection.id.0),
            callee,
        };
        Some(self.walk(&call))
    }

    /// Whether a node always is a function that can be called from a loop.
    fn is_function_node(&self, walk: Walk, node: &Node) -> bool {
        match node.kind {
            NodeKind::Lambda(_) => true,
            NodeKind::Global(global) => matches!(
                self.cx.static_global(global),
                Some(StaticGlobal::Function(_))
            ),
            NodeKind::Builtin(id) => walk.may_call(id),
            _ => false,
        }
    }

    fn callee_of(&self, walk: Walk, function: &Operand) -> Option<Callee> {
        match function.loc {
            Loc::Const(Const::Scalar(tag::BUILTIN, id)) => {
                let id = BuiltinId(u16::try_from(id).ok()?);
                walk.may_call(id).then_some(Callee::Builtin(id))
            }
            _ => match function.loc.tag() {
                Some(known) if matches!(tag::low(known), tag::STATIC_FN | tag::CLOSURE) => {
                    Some(Callee::Code(tag::code(known), *function))
                }
                None if function.kinds.meets(Kinds::FUNCTION_WITH_CODE) => {
                    Some(Callee::Some(*function))
                }
                _ => None,
            },
        }
    }

    /// The loop, and the library's way beside it.
    fn walk(&mut self, call: &Call) -> Shape {
        self.set_node(call.id);
        let (item, any_item) = self.item_kinds(call);
        let kinds = self.walk_kinds(call, item);
        let mut other = self.target();
        let end = self.label();
        let first = self.arm(|this| {
            let mark = this.locals.mark();
            let shape = this.walk_items(call, kinds, &mut other);
            this.locals.release(mark);
            shape
        });
        let label = other.label;
        let second = other.into_state().map(|state| {
            self.state = state;
            let kinds = self.walk_kinds(call, any_item);
            let arm = self.arm(|this| this.walk_by_library(call, kinds));
            (label, arm)
        });
        self.alternatives(end, first, second)
    }

    /// What a call gives, when items are of these kinds.
    fn walk_kinds(&self, call: &Call, item: Kinds) -> Kinds {
        match call.walk {
            Walk::Fold => self.fold_kinds(&call.callee, item, item),
            Walk::FoldFrom => self.fold_kinds(&call.callee, call.operands[1].kinds, item),
            Walk::Ask(_) => Kinds::BOOL,
            _ => Kinds::VECTOR,
        }
    }

    /// What items are in the loop, and what they are when the library walks.
    fn item_kinds(&self, call: &Call) -> (Kinds, Kinds) {
        if call.range.is_none() {
            return (Kinds::ANY, Kinds::ANY);
        }
        let bounds = &call.operands[self.before_collection(call.walk)..];
        (
            Kinds::INT,
            range_item_kinds(bounds.iter().map(|bound| bound.kinds)),
        )
    }

    /// What the value of a fold may be at any time.
    fn fold_kinds(&self, callee: &Callee, start: Kinds, item: Kinds) -> Kinds {
        let mut kinds = start;
        loop {
            let args = [kinds, item];
            let result = match callee {
                Callee::Code(code, _) => {
                    let version = self.cx.version_for(*code, &args);
                    self.cx.result_kinds(&version)
                }
                Callee::Builtin(id) => result_kinds(library::get(*id).name, &args),
                Callee::Some(_) => Kinds::ANY,
            };
            if result.is_within(kinds) {
                return kinds;
            }
            kinds = kinds.or(result);
        }
    }

    /// The library's way: in steps.
    fn walk_by_library(&mut self, call: &Call, kinds: Kinds) -> Shape {
        let mut operands = call.operands.clone();
        if let Some(range) = call.range {
            let bounds = operands.split_off(operands.len().min(self.before_collection(call.walk)));
            self.set_node(range);
            self.call_with_memory("lib:range", &bounds, bounds.len());
            self.check_runtime_result();
            let shape = self.push_result(Kinds::VECTOR);
            operands.push(self.store(shape));
        }
        self.set_node(call.id);
        self.steps_call(call.name, &operands);
        self.push_result(kinds)
    }

    /// Operands that stand before the collection.
    fn before_collection(&self, walk: Walk) -> usize {
        if walk == Walk::FoldFrom { 2 } else { 1 }
    }

    fn walk_items(&mut self, call: &Call, kinds: Kinds, other: &mut Target) -> Shape {
        if let Callee::Some(function) = call.callee
            && !function.kinds.is_within(Kinds::FUNCTION_WITH_CODE)
        {
            self.push_is_of(&function, Kinds::FUNCTION_WITH_CODE);
            self.i(Instruction::I32Eqz);
            self.br_if(other, None);
        }
        let items = match call.range {
            Some(_) => {
                let bounds = &call.operands[self.before_collection(call.walk)..];
                self.count_items(bounds, other)
            }
            None => {
                let coll = self.collection(call);
                // The library raises the error that there is nothing to fold.
                self.row_items(&coll, call.walk == Walk::Fold, other)
            }
        };
        let Some(items) = items else {
            return Shape::Never;
        };
        match call.walk {
            Walk::Fold | Walk::FoldFrom => self.fold(call, kinds, items),
            Walk::Map | Walk::MapIndexed => self.map_items(call, items),
            Walk::Select(keep) => self.select_items(call, keep, items),
            Walk::Ask(stop) => self.ask_items(call, stop, items),
        }
    }

    /// The collection, owned only if its items may change hands: an operand before it that is the same
    /// variable has no reference of its own yet, so that a count of 1 would not mean what it says.
    fn collection(&self, call: &Call) -> Operand {
        let (before, last) = call.operands.split_at(call.operands.len() - 1);
        let coll = last[0];
        let shared = before.iter().any(|other| other.var == coll.var);
        Operand {
            owned: coll.owned && !(shared && coll.var.is_some()),
            ..coll
        }
    }

    /// Calls the function; a callback counts as a call, whatever it is.
    fn call_back(&mut self, call: &Call, args: Vec<Operand>) -> Shape {
        self.check_depth(call.id);
        let kept = |function: Operand| Operand {
            owned: false,
            ..function
        };
        match call.callee {
            Callee::Code(code, function) => {
                self.known_call(call.id, code, Some(kept(function)), args, Dest::Stack)
            }
            Callee::Some(function) => self.unknown_call(call.id, kept(function), args, Dest::Stack),
            Callee::Builtin(id) => {
                self.set_node(call.id);
                self.builtin_on_operands(id, &args)
            }
        }
    }

    fn fold(&mut self, call: &Call, kinds: Kinds, items: Items) -> Shape {
        let shape = shape_of(kinds);
        let (loc, sum) = match call.walk {
            Walk::FoldFrom => {
                let from = self.result(call.operands[1]);
                self.start_fold(from, shape, kinds)
            }
            _ => {
                let first = self.item(&items, true);
                let from = self.result(first);
                let started = self.start_fold(from, shape, kinds);
                self.advance(&items);
                started
            }
        };
        let round = self.start_walk(&items);
        let mark = self.locals.mark();
        let item = self.item(&items, true);
        let sum_operand = self.operand_of(sum, true);
        let result = self.call_back(call, vec![sum_operand, item]);
        let completes = result != Shape::Never;
        if completes {
            self.convert(result, shape);
            self.pop_into(loc);
            self.state.forget(sum);
            if kinds.may_be_heap() {
                self.state.own(sum);
            }
        }
        self.locals.release(mark);
        self.end_walk(round, &items, completes);
        self.finish_walk(call);
        let sum = self.operand_of(sum, true);
        self.result(sum)
    }

    /// The first value, on the stack, in the locals where values of the fold live.
    fn start_fold(&mut self, from: Shape, shape: Shape, kinds: Kinds) -> (Loc, VarId) {
        self.convert(from, shape);
        let loc = match shape {
            Shape::Fat(_) => Loc::Fat(
                self.locals.temporary(Val::I32),
                self.locals.temporary(Val::I64),
            ),
            Shape::Known(tag) => Loc::Known(tag, self.locals.temporary(Val::I64)),
            Shape::Float => Loc::Float(self.locals.temporary(Val::F64)),
            _ => Loc::Bool(self.locals.temporary(Val::I32)),
        };
        self.pop_into(loc);
        (loc, self.new_var(loc, kinds))
    }

    /// The collection and the function are not needed any more.
    fn finish_walk(&mut self, call: &Call) {
        if call.range.is_none()
            && let Some(coll) = call.operands.last()
        {
            self.discard(*coll);
        }
        if let Callee::Code(_, function) | Callee::Some(function) = call.callee {
            self.discard(function);
        }
    }

    fn map_items(&mut self, call: &Call, items: Items) -> Shape {
        let results = self.results_for(&items);
        let index = self.locals.temporary(Val::I64);
        if call.walk == Walk::MapIndexed {
            self.i64(0);
            self.set(index);
        }
        let round = self.start_walk(&items);
        let mark = self.locals.mark();
        let item = self.item(&items, true);
        let mut args = vec![item];
        if call.walk == Walk::MapIndexed {
            let var = self.unowned_var(Loc::Known(tag::INT, index), Kinds::INT);
            args.insert(0, self.operand_of(var, false));
        }
        let completes = match self.call_back(call, args) {
            Shape::Never => false,
            shape => {
                let value = match shape {
                    Shape::Const(value) => Operand::constant(value),
                    shape => self.store(shape),
                };
                self.push_result_item(results, value);
                true
            }
        };
        if completes && call.walk == Walk::MapIndexed {
            self.get(index);
            self.i64(1);
            self.i(Instruction::I64Add);
            self.set(index);
        }
        self.locals.release(mark);
        self.end_walk(round, &items, completes);
        self.finish_walk(call);
        self.result(results)
    }

    fn select_items(&mut self, call: &Call, keep: bool, items: Items) -> Shape {
        let results = self.new_results();
        let round = self.start_walk(&items);
        let mark = self.locals.mark();
        let asked = self.item(&items, false);
        let completes = match self.answer(call, asked) {
            false => false,
            true => {
                if !keep {
                    self.i(Instruction::I32Eqz);
                }
                self.op(Op::If(BlockType::Empty));
                let kept = self.item(&items, true);
                self.push_result_item(results, kept);
                self.end();
                true
            }
        };
        self.locals.release(mark);
        self.end_walk(round, &items, completes);
        self.finish_walk(call);
        self.result(results)
    }

    /// Pushes whether the function's answer is true; false when it does not answer.
    fn answer(&mut self, call: &Call, item: Operand) -> bool {
        let shape = self.call_back(call, vec![item]);
        match shape {
            Shape::Never => return false,
            Shape::Bool => {}
            Shape::Const(value) => self.i32(u32::from(value.truth())),
            shape => {
                let answer = self.store(shape);
                self.push_truth(&answer);
                self.discard(answer);
            }
        }
        true
    }

    fn ask_items(&mut self, call: &Call, stop: bool, items: Items) -> Shape {
        let found = self.locals.temporary(Val::I32);
        self.i32(u32::from(!stop));
        self.set(found);
        let round = self.start_walk(&items);
        let mark = self.locals.mark();
        let item = self.item(&items, true);
        let completes = self.answer(call, item);
        if completes {
            // A truth is 0 or 1.
            self.tee(found);
            if !stop {
                self.i(Instruction::I32Eqz);
            }
            self.op(Op::BrIf(round.exit));
        }
        self.locals.release(mark);
        self.end_walk(round, &items, completes);
        self.finish_walk(call);
        self.get(found);
        Shape::Bool
    }

    /// A vector with room for one result for each item.
    fn results_for(&mut self, items: &Items) -> Operand {
        match items {
            Items::Row { left, .. } => self.get(*left),
            Items::Count { next, end } => {
                self.get(*end);
                self.get(*next);
                self.i(Instruction::I64Sub);
                self.i(Instruction::I32WrapI64);
            }
        }
        self.call_runtime("rt:vector_with_room", &[Val::I32], &[Val::I64]);
        self.store(Shape::Known(tag::VECTOR))
    }

    fn new_results(&mut self) -> Operand {
        self.call_with_memory("rt:vector_from", &[], 0);
        self.store(Shape::Known(tag::VECTOR))
    }

    fn push_result_item(&mut self, results: Operand, value: Operand) {
        self.push_bits(results.loc);
        self.push_owned(value);
        let params = [Val::I64, Val::I32, Val::I64];
        self.call_runtime("rt:vector_push", &params, &[Val::I64]);
        self.pop_into(results.loc);
    }
}

/// The shape of values of these kinds.
fn shape_of(kinds: Kinds) -> Shape {
    match kinds {
        Kinds::BOOL => Shape::Bool,
        Kinds::FLOAT => Shape::Float,
        kinds => match kinds.only_tag() {
            Some(tag) => Shape::Known(tag),
            None => Shape::Fat(kinds),
        },
    }
}
