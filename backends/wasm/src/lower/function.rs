//! A function under construction: its code, locals, variables, and the state at the current point.
//!
//! The parts of the language are lowered by `impl` blocks of [`FunctionBuilder`] in the other
//! files; this one has what all of them use.

use rtfs_value::tag;
use rtfs_value::types::Type;
use wasm_encoder::{BlockType, Instruction, MemArg, ValType};

use super::asm::{FuncRef, GlobalRef, Label, Op, RuntimeGlobal};
use super::context::Context;
use super::data::DataOffset;
use super::errors::Region;
use super::kinds::Kinds;
use super::liveness::Liveness;
use super::locals::Locals;
use super::module::{Body, Val};
use super::shape::{Loc, Local, Operand, Shape, VarId};
use super::state::State;

/// What becomes of an expression's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dest {
    /// It is left on the wasm stack.
    Stack,
    /// It is not needed.
    Drop,
    /// The function returns it; calls are tail calls.
    Return,
}

/// What a function is lowered from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Activation<'p> {
    /// Number in the table of functions; `None` for top-level forms.
    pub(super) code: Option<u32>,
    /// Leaves a frame of this name in the stack of an error.
    pub(super) frame: Option<&'p str>,
    /// Receives its environment.
    pub(super) has_env: bool,
    /// The type that results are checked against, and the node of that check. Calls in tail
    /// position return here first.
    pub(super) result: Option<(&'p Type, u32)>,
    /// Cells and other properties of the slots.
    pub(super) slots: &'p [rtfs_ir::SlotInfo],
}

/// A variable or temporary.
#[derive(Clone, Copy, Debug)]
struct Var {
    loc: Loc,
    kinds: Kinds,
}

/// Code and the state at its end.
#[derive(Debug)]
pub(super) struct Arm {
    pub(super) ops: Vec<Op>,
    pub(super) shape: Shape,
    pub(super) state: State,
}

/// A label that is jumped to before it is placed, and the states of the jumps.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) label: Label,
    state: Option<State>,
}

impl Target {
    /// The state at the label; `None` when nothing jumps there.
    pub(super) fn into_state(self) -> Option<State> {
        self.state
    }
}

/// Locals that every function of lowered code has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fixed {
    /// Remaining depth.
    pub(super) depth: Local,
    /// Environment (`i32`), if the function has one.
    pub(super) env: Local,
    /// Tag of the last result.
    pub(super) result_tag: Local,
    /// Payload of the last result, or the error on its way out.
    pub(super) result_bits: Local,
    /// Node id + 1 for errors without a node.
    pub(super) node: Local,
}

/// The builder.
#[derive(Debug)]
pub(super) struct FunctionBuilder<'a, 'p> {
    /// Everything outside this function.
    pub(super) cx: &'a mut Context<'p>,
    /// What it is lowered from.
    pub(super) activation: Activation<'p>,
    /// Last uses.
    pub(super) liveness: Liveness,
    /// See [`Fixed`].
    pub(super) fixed: Fixed,
    /// Locals.
    pub(super) locals: Locals,
    /// The state here.
    pub(super) state: State,
    /// Slot to variable; the environment stands behind the slots.
    pub(super) slots: Vec<Option<VarId>>,
    /// Where errors go, innermost last.
    pub(super) regions: Vec<Region>,
    /// Whether the function may go on after an error.
    pub(super) catches: bool,
    /// While variables are read together: whether one of them ends the environment.
    pub(super) env_ends: Option<bool>,
    /// The start of the function, for calls of itself in tail position.
    pub(super) self_loop: Option<super::self_call::SelfLoop>,
    /// Parameters that keep their sequence while the function goes through it.
    pub(super) list_params: Vec<super::list_loops::ListParam>,
    /// What the call of the function by itself that is being lowered gives for these.
    pub(super) list_steps: Vec<super::list_loops::Step>,
    ops: Vec<Op>,
    vars: Vec<Var>,
    next_label: u32,
}

impl<'a, 'p> FunctionBuilder<'a, 'p> {
    /// A builder whose parameters are already among `locals`.
    pub(super) fn new(
        cx: &'a mut Context<'p>,
        activation: Activation<'p>,
        liveness: Liveness,
        mut locals: Locals,
        depth: Local,
        env: Option<Local>,
    ) -> Self {
        let fixed = Fixed {
            depth,
            env: env.unwrap_or(depth),
            result_tag: locals.fixed(Val::I32),
            result_bits: locals.fixed(Val::I64),
            node: locals.fixed(Val::I32),
        };
        if cx.module.names_locals {
            locals.name(fixed.depth, "depth");
            if let Some(env) = env {
                locals.name(env, "env");
            }
            locals.name(fixed.node, "node");
            locals.name(fixed.result_tag, "result.tag");
            locals.name(fixed.result_bits, "result");
            for (slot, info) in (0..).zip(activation.slots) {
                locals.name_slot(slot, &info.name);
            }
        }
        let slots = vec![None; activation.slots.len() + 1];
        FunctionBuilder {
            cx,
            activation,
            liveness,
            fixed,
            locals,
            state: State::start(),
            slots,
            regions: Vec::new(),
            env_ends: None,
            catches: true,
            self_loop: None,
            list_params: Vec::new(),
            list_steps: Vec::new(),
            ops: Vec::new(),
            vars: Vec::new(),
            next_label: 0,
        }
    }

    /// The finished body.
    pub(super) fn finish(mut self) -> Body {
        debug_assert!(self.regions.is_empty(), "every region was closed");
        Body {
            names: match self.cx.module.names_locals {
                true => self.locals.names(),
                false => Vec::new(),
            },
            temporaries: self.locals.take_fresh(),
            locals: self.locals.into_declared(),
            ops: self.ops,
        }
    }

    // Code.

    /// Appends an operation.
    pub(super) fn op(&mut self, op: Op) {
        self.ops.push(op);
    }

    /// Appends an instruction. Moves between a local and the stack that cancel out are left out.
    pub(super) fn i(&mut self, instruction: Instruction<'static>) {
        match (self.ops.last(), &instruction) {
            (Some(Op::I(Instruction::LocalGet(from))), Instruction::LocalSet(to)) if from == to => {
                self.ops.pop();
            }
            (Some(Op::I(Instruction::LocalSet(to))), Instruction::LocalGet(from)) if from == to => {
                let tee = Instruction::LocalTee(*to);
                self.ops.pop();
                self.ops.push(Op::I(tee));
            }
            _ => self.ops.push(Op::I(instruction)),
        }
    }

    /// Appends operations.
    pub(super) fn extend(&mut self, ops: impl IntoIterator<Item = Op>) {
        self.ops.extend(ops);
    }

    /// Pushes an `i32`.
    pub(super) fn i32(&mut self, value: u32) {
        self.i(Instruction::I32Const(value.cast_signed()));
    }

    /// Pushes an `i64`.
    pub(super) fn i64(&mut self, value: i64) {
        self.i(Instruction::I64Const(value));
    }

    /// Pushes a local.
    pub(super) fn get(&mut self, local: Local) {
        self.i(Instruction::LocalGet(local.0));
    }

    /// Pops into a local.
    pub(super) fn set(&mut self, local: Local) {
        self.i(Instruction::LocalSet(local.0));
    }

    /// Stores into a local and keeps the value.
    pub(super) fn tee(&mut self, local: Local) {
        self.i(Instruction::LocalTee(local.0));
    }

    /// Pushes a global shared with the runtime.
    pub(super) fn runtime_global(&mut self, global: RuntimeGlobal) {
        let global = self.cx.module.runtime_global(global);
        self.op(Op::GlobalGet(global));
    }

    /// Pops into a global shared with the runtime.
    pub(super) fn set_runtime_global(&mut self, global: RuntimeGlobal) {
        let global = self.cx.module.runtime_global(global);
        self.op(Op::GlobalSet(global));
    }

    /// Pushes a global of the module.
    pub(super) fn global_get(&mut self, global: GlobalRef) {
        self.op(Op::GlobalGet(global));
    }

    /// Pops into a global of the module.
    pub(super) fn global_set(&mut self, global: GlobalRef) {
        self.op(Op::GlobalSet(global));
    }

    /// Pushes an address in the static data.
    pub(super) fn data_address(&mut self, offset: DataOffset) {
        self.runtime_global(RuntimeGlobal::DataBase);
        if offset.0 != 0 {
            self.i32(offset.0);
            self.i(Instruction::I32Add);
        }
    }

    /// Pushes the address of the static text object with this text.
    pub(super) fn text_address(&mut self, text: &str) {
        let offset = self.cx.module.data.text(text);
        self.data_address(offset);
    }

    /// Calls a function.
    pub(super) fn call(&mut self, function: FuncRef) {
        self.op(Op::Call(function));
    }

    /// Calls a function of the runtime that the linker knows as `rt:` + `name`.
    pub(super) fn call_runtime(&mut self, name: &str, params: &[Val], results: &[Val]) {
        let function = self.cx.runtime(name, params, results);
        self.call(function);
    }

    /// A new label.
    pub(super) fn label(&mut self) -> Label {
        self.next_label += 1;
        Label(self.next_label - 1)
    }

    /// A new target.
    pub(super) fn target(&mut self) -> Target {
        Target {
            label: self.label(),
            state: None,
        }
    }

    /// Opens a block without results.
    pub(super) fn block(&mut self, label: Label) {
        self.op(Op::Block(label, BlockType::Empty));
    }

    /// Ends the innermost block.
    pub(super) fn end(&mut self) {
        self.op(Op::End);
    }

    /// Jumps; the code behind is unreachable.
    pub(super) fn br(&mut self, target: &mut Target) {
        self.note_jump(target);
        self.op(Op::Br(target.label));
        self.state.reachable = false;
    }

    /// Jumps if the `i32` on the stack is not 0; `learn` tells what is then known.
    pub(super) fn br_if(&mut self, target: &mut Target, learnt: Option<(VarId, Kinds)>) {
        let facts = learnt.map(|(var, kinds)| (var, self.kinds_of(var).and(kinds)));
        let saved = self.state.clone();
        if let Some((var, kinds)) = facts {
            self.state.learn(var, kinds);
        }
        self.note_jump(target);
        self.state = saved;
        self.op(Op::BrIf(target.label));
    }

    fn note_jump(&mut self, target: &mut Target) {
        if !self.state.reachable {
            return;
        }
        let here = self.state.clone();
        target.state = Some(match target.state.take() {
            Some(there) => there.join(&here),
            None => here,
        });
    }

    /// The code behind this point cannot be reached.
    pub(super) fn never(&mut self) -> Shape {
        self.i(Instruction::Unreachable);
        self.state.reachable = false;
        Shape::Never
    }

    /// Lowers into a list of operations of its own.
    pub(super) fn arm(&mut self, lower: impl FnOnce(&mut Self) -> Shape) -> Arm {
        let outer = std::mem::take(&mut self.ops);
        let shape = lower(self);
        let ops = std::mem::replace(&mut self.ops, outer);
        Arm {
            ops,
            shape,
            state: self.state.clone(),
        }
    }

    /// Code that does not stand here.
    pub(super) fn aside(&mut self, make: impl FnOnce(&mut Self)) -> Vec<Op> {
        let outer = std::mem::take(&mut self.ops);
        make(self);
        std::mem::replace(&mut self.ops, outer)
    }

    /// Takes the code so far away, e.g. to wrap it.
    pub(super) fn take_ops(&mut self) -> Vec<Op> {
        std::mem::take(&mut self.ops)
    }

    /// The type of a block with such a result.
    pub(super) fn block_type(&mut self, shape: Shape) -> BlockType {
        match shape {
            Shape::Never | Shape::Const(_) => BlockType::Empty,
            Shape::Known(_) => BlockType::Result(ValType::I64),
            Shape::Float => BlockType::Result(ValType::F64),
            Shape::Bool => BlockType::Result(ValType::I32),
            Shape::Fat(_) => BlockType::FunctionType(
                self.cx
                    .module
                    .ty(super::module::Signature::new(&[], &[Val::I32, Val::I64])),
            ),
        }
    }

    /// Lowers alternatives of which one runs; each ends with its value on the stack. `enter` is
    /// the code that chooses: it runs the first arm by falling through.
    pub(super) fn alternatives(
        &mut self,
        end: Label,
        first: Arm,
        second: Option<(Label, Arm)>,
    ) -> Shape {
        let Some((second_label, second)) = second else {
            self.ops.extend(first.ops);
            self.state = first.state;
            return first.shape;
        };
        let shape = first.shape.join(second.shape);
        let completes = first.shape != Shape::Never;
        if completes {
            let ty = self.block_type(shape);
            self.op(Op::Block(end, ty));
        }
        self.block(second_label);
        self.place(first.ops, first.shape, shape);
        if completes {
            self.op(Op::Br(end));
        }
        self.end();
        self.place(second.ops, second.shape, shape);
        if completes {
            self.end();
        }
        self.state = first.state.join(&second.state);
        shape
    }

    /// Appends an arm's code, then the label that it jumps to. The state of the jumps, if there are
    /// any: without them there is no label, for what follows a block counts as reachable.
    pub(super) fn place_before(&mut self, arm: Arm, target: Target) -> Option<State> {
        let label = target.label;
        let state = target.into_state();
        if state.is_some() {
            self.block(label);
        }
        self.extend(arm.ops);
        if state.is_some() {
            self.end();
        }
        state
    }

    /// Appends an arm's code and gives its value another shape.
    pub(super) fn place(&mut self, ops: Vec<Op>, from: Shape, to: Shape) {
        self.ops.extend(ops);
        if from != Shape::Never {
            self.convert(from, to);
        }
    }

    // Variables.

    /// A new variable that lives in `loc`. It is owned when it may be a counted object.
    pub(super) fn new_var(&mut self, loc: Loc, kinds: Kinds) -> VarId {
        let var = self.unowned_var(loc, kinds);
        if kinds.may_be_heap() && loc.as_const().is_none() {
            self.state.own(var);
        }
        var
    }

    /// A new variable that somebody else owns.
    pub(super) fn unowned_var(&mut self, loc: Loc, kinds: Kinds) -> VarId {
        let id = VarId(u32::try_from(self.vars.len()).unwrap_or(u32::MAX));
        self.vars.push(Var { loc, kinds });
        id
    }

    /// Where a variable is.
    pub(super) fn loc_of(&self, var: VarId) -> Loc {
        self.vars[var.0 as usize].loc
    }

    /// What a variable may be here.
    pub(super) fn kinds_of(&self, var: VarId) -> Kinds {
        let declared = self.vars[var.0 as usize].kinds;
        self.state
            .fact(var)
            .map_or(declared, |fact| fact.and(declared))
    }

    /// Notes what a test has shown about an operand.
    pub(super) fn learn(&mut self, operand: &Operand, kinds: Kinds) {
        if let Some(var) = operand.var {
            let kinds = self.kinds_of(var).and(kinds);
            self.state.learn(var, kinds);
        }
    }

    /// The operand for a variable. Its owner must consume it when it may be an object.
    pub(super) fn operand_of(&mut self, var: VarId, owned: bool) -> Operand {
        let kinds = self.kinds_of(var);
        if owned && !kinds.may_be_heap() {
            self.state.disown(var);
        }
        let owned = owned && self.state.owns(var);
        if owned {
            self.state.take(var);
        }
        Operand {
            loc: self.loc_of(var),
            kinds,
            var: Some(var),
            owned,
            in_env: false,
        }
    }

    /// Notes that an operand was consumed.
    pub(super) fn consumed(&mut self, operand: &Operand) {
        if let (true, Some(var)) = (operand.owned, operand.var) {
            self.state.disown(var);
        }
    }

    /// Stores the value on the stack in new temporaries.
    pub(super) fn store(&mut self, shape: Shape) -> Operand {
        let loc = self.pop_to_temporary(shape);
        let var = self.new_var(loc, shape.kinds());
        self.operand_of(var, true)
    }

    fn pop_to_temporary(&mut self, shape: Shape) -> Loc {
        match shape {
            Shape::Never => Loc::Const(super::shape::Const::NIL),
            Shape::Const(value) => Loc::Const(value),
            Shape::Fat(_) => {
                let bits = self.locals.temporary(Val::I64);
                let tag = self.locals.temporary(Val::I32);
                self.set(bits);
                self.set(tag);
                Loc::Fat(tag, bits)
            }
            Shape::Known(tag) => {
                let bits = self.locals.temporary(Val::I64);
                self.set(bits);
                Loc::Known(tag, bits)
            }
            Shape::Float => {
                let value = self.locals.temporary(Val::F64);
                self.set(value);
                Loc::Float(value)
            }
            Shape::Bool => {
                let value = self.locals.temporary(Val::I32);
                self.set(value);
                Loc::Bool(value)
            }
        }
    }

    /// A memory operand.
    pub(super) const fn mem(offset: u32, align: u32) -> MemArg {
        MemArg {
            offset: offset as u64,
            align,
            memory_index: 0,
        }
    }

    /// The tag that functions return for a raised error.
    pub(super) const RAISED: u32 = tag::RAISED;
}
