//! Raised errors: a checked result, and clean-up code behind the function's body.
//!
//! Wherever an error can come up, the code jumps to a *pad*: code that drops what is owned at
//! that point and goes on to the pad for the rest, and finally to the root of the region: the end
//! of the function, or the handlers of a `try`. Pads are shared by all points that own the same.

use std::collections::BTreeMap;

use super::asm::{Label, Op};
use super::function::FunctionBuilder;
use super::module::Val;
use super::shape::{Loc, Shape, VarId};
use super::state::{NO_NODE, State};

/// What a pad is for; equal pads exist once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PadKey {
    /// Notes the node of an error without one (node id + 1, or 0), then goes on. Code that does
    /// not raise knows nothing of nodes, and each jump here brings nothing along.
    Node(u32, Label),
    /// Drops these, the last first.
    Drop(Vec<VarId>),
    /// Raises `StackOverflow`, then goes on.
    StackOverflow(Label),
    /// Calls the arithmetic function with these operands, which overflow, then goes on.
    Arithmetic(&'static str, [Loc; 2], Label),
}

#[derive(Debug)]
struct Pad {
    label: Label,
    ops: Vec<Op>,
    next: Label,
}

/// Code whose errors go to one place.
#[derive(Debug)]
pub(super) struct Region {
    root: Label,
    root_is_used: bool,
    /// Owned at the root.
    keep: Vec<VarId>,
    pads: Vec<Pad>,
    known_pads: BTreeMap<PadKey, Label>,
    /// The code before the region.
    before: Vec<Op>,
    /// The state at its start.
    state: State,
}

impl FunctionBuilder<'_, '_> {
    /// Starts a region. At its root everything in `keep` is still owned.
    pub(super) fn open_region(&mut self, keep: Vec<VarId>) {
        let region = Region {
            root: self.label(),
            root_is_used: false,
            keep,
            pads: Vec::new(),
            known_pads: BTreeMap::new(),
            before: self.take_ops(),
            state: self.state.clone(),
        };
        self.regions.push(region);
    }

    /// Ends the innermost region, whose code must not complete, and goes on with its root: the
    /// error is in the result local. False when no error can come there.
    pub(super) fn close_region(&mut self) -> bool {
        let Some(region) = self.regions.pop() else {
            return false;
        };
        let code = self.take_ops();
        self.extend(region.before);
        if !region.root_is_used {
            self.extend(code);
            self.state.reachable = false;
            return false;
        }
        self.block(region.root);
        for pad in &region.pads {
            self.block(pad.label);
        }
        self.extend(code);
        for (index, pad) in region.pads.iter().enumerate().rev() {
            self.end();
            self.extend(pad.ops.clone());
            let following = index
                .checked_sub(1)
                .map_or(region.root, |i| region.pads[i].label);
            if pad.next != following {
                self.op(Op::Br(pad.next));
            }
        }
        self.end();
        let mut state = region.state;
        for var in state.owned().to_vec() {
            if !region.keep.contains(&var) {
                state.disown(var);
            }
        }
        self.state = State {
            node: None,
            reachable: true,
            ..state
        };
        true
    }

    /// Where an error must jump to from here.
    pub(super) fn landing(&mut self) -> Label {
        let next = self.unwinding();
        self.noting_node(next)
    }

    /// A way to `next` on which the node in force is noted.
    fn noting_node(&mut self, next: Label) -> Label {
        debug_assert!(
            !self.state.reachable || self.state.node.is_some(),
            "whoever can raise says for which node"
        );
        let Some(content) = self.state.node else {
            return next;
        };
        if content == NO_NODE && !self.catches {
            // Nothing was noted before.
            return next;
        }
        let key = PadKey::Node(content, next);
        if let Some(label) = self.known_pad(&key) {
            return label;
        }
        let ops = self.aside(|this| {
            this.i32(content);
            this.set(this.fixed.node);
        });
        self.add_pad(key, ops, next)
    }

    /// Drops what is owned here and goes to the root of the region.
    fn unwinding(&mut self) -> Label {
        let keep = self.regions.last().map_or(&[][..], |region| &region.keep);
        let owned: Vec<VarId> = self
            .state
            .owned()
            .iter()
            .copied()
            .filter(|var| !keep.contains(var) && self.kinds_of(*var).may_be_heap())
            .collect();
        self.drop_pad(&owned)
    }

    fn drop_pad(&mut self, owned: &[VarId]) -> Label {
        let Some((last, rest)) = owned.split_last() else {
            return match self.regions.last_mut() {
                Some(region) => {
                    region.root_is_used = true;
                    region.root
                }
                None => self.label(),
            };
        };
        let key = PadKey::Drop(owned.to_vec());
        if let Some(label) = self.known_pad(&key) {
            return label;
        }
        let next = self.drop_pad(rest);
        let ops = self.aside(|this| {
            this.push_raw(this.loc_of(*last));
            this.call_runtime("rt:drop", &[Val::I32, Val::I64], &[]);
        });
        self.add_pad(key, ops, next)
    }

    fn known_pad(&self, key: &PadKey) -> Option<Label> {
        self.regions.last()?.known_pads.get(key).copied()
    }

    fn add_pad(&mut self, key: PadKey, ops: Vec<Op>, next: Label) -> Label {
        let label = self.label();
        if let Some(region) = self.regions.last_mut() {
            region.known_pads.insert(key, label);
            region.pads.push(Pad { label, ops, next });
        }
        label
    }

    /// Where to jump to raise `StackOverflow`.
    pub(super) fn stack_overflow_pad(&mut self) -> Label {
        let next = self.unwinding();
        let key = PadKey::StackOverflow(next);
        let pad = match self.known_pad(&key) {
            Some(label) => label,
            None => {
                let ops = self.aside(|this| {
                    this.call_runtime("rt:raise_stack_overflow", &[], &[Val::I64]);
                    this.set(this.fixed.result_bits);
                });
                self.add_pad(key, ops, next)
            }
        };
        self.noting_node(pad)
    }

    /// Where to jump when the arithmetic function `name` overflows; `raise` calls it with the
    /// operands at `locs` and leaves the payload.
    pub(super) fn overflow_pad(
        &mut self,
        name: &'static str,
        locs: [Loc; 2],
        raise: impl FnOnce(&mut Self),
    ) -> Label {
        let next = self.unwinding();
        let key = PadKey::Arithmetic(name, locs, next);
        let pad = match self.known_pad(&key) {
            Some(label) => label,
            None => {
                let ops = self.aside(|this| {
                    raise(this);
                    this.set(this.fixed.result_bits);
                });
                self.add_pad(key, ops, next)
            }
        };
        self.noting_node(pad)
    }

    /// Errors without a node that come up from here on get this one.
    pub(super) fn set_node(&mut self, id: u32) {
        self.set_node_local(id + 1);
    }

    /// Errors that come up from here on get their node from the caller.
    pub(super) fn clear_node(&mut self) {
        self.set_node_local(NO_NODE);
    }

    /// As [`Self::set_node`] or [`Self::clear_node`], with what [`State::node`] was.
    pub(super) fn restore_node(&mut self, content: u32) {
        self.set_node_local(content);
    }

    fn set_node_local(&mut self, content: u32) {
        self.state.node = Some(content);
    }

    /// The payload of an error is on the stack: raises it.
    pub(super) fn raise(&mut self) -> Shape {
        self.set(self.fixed.result_bits);
        let landing = self.landing();
        self.op(Op::Br(landing));
        self.state.reachable = false;
        Shape::Never
    }

    /// An error is in the result local on its way out: passes it on.
    /// Its node stays the one that was noted.
    pub(super) fn raise_again(&mut self) {
        let next = self.unwinding();
        self.op(Op::Br(next));
        self.state.reachable = false;
    }

    /// What is owned at the root of the innermost region.
    pub(super) fn kept_outside(&self) -> Vec<VarId> {
        self.regions
            .last()
            .map_or_else(Vec::new, |region| region.keep.clone())
    }

    /// The payload of an error or 0 is on the stack: raises it.
    pub(super) fn raise_unless_zero(&mut self) {
        use wasm_encoder::Instruction::{I64Const, I64Ne};
        self.tee(self.fixed.result_bits);
        self.i(I64Const(0));
        self.i(I64Ne);
        let landing = self.landing();
        self.op(Op::BrIf(landing));
    }

    /// Tag and payload of a result are on the stack: raises it if it is an error, and otherwise
    /// leaves it in the result locals.
    pub(super) fn check_raised(&mut self) {
        self.set(self.fixed.result_bits);
        self.tee(self.fixed.result_tag);
        self.check_tag();
    }

    /// The payload of a runtime function's result is on the stack: as [`Self::check_raised`].
    pub(super) fn check_runtime_result(&mut self) {
        self.set(self.fixed.result_bits);
        self.runtime_global(super::asm::RuntimeGlobal::Tag);
        self.tee(self.fixed.result_tag);
        self.check_tag();
    }

    /// A result is in the result locals: raises it if it is an error.
    pub(super) fn check_result_locals(&mut self) {
        self.get(self.fixed.result_tag);
        self.check_tag();
    }

    fn check_tag(&mut self) {
        self.i32(Self::RAISED);
        self.i(wasm_encoder::Instruction::I32Eq);
        let landing = self.landing();
        self.op(Op::BrIf(landing));
    }

    /// The end of a function: where errors leave it.
    pub(super) fn leave_with_error(&mut self) {
        let Self {
            fixed, activation, ..
        } = &self;
        let (fixed, frame) = (*fixed, activation.frame);
        self.i32(Self::RAISED);
        self.get(fixed.result_bits);
        self.get(fixed.node);
        self.call_runtime("rt:err_node", &[Val::I64, Val::I32], &[Val::I64]);
        if let Some(name) = frame {
            self.text_address(name);
            self.call_runtime("rt:err_frame", &[Val::I64, Val::I32], &[Val::I64]);
        }
        self.i(wasm_encoder::Instruction::Return);
    }
}
