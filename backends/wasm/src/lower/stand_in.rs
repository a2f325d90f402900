//! Functions that a program declares and does not define: who answers for them is decided outside.
//!
//! A declared function without a body gets one that leaves the component, as the reserved capability
//! `declared:NAME`. Its arguments are how many calls may still be pending, the fixed arguments, and
//! the list of the others when there is a rest parameter. When the name is read for the first time,
//! the host is asked whether anybody answers, as the context value of the same name; if nobody does,
//! the name is as undefined as any other.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rtfs_ir::{
    Declaration, GlobalId, Lambda, Literal, Node, NodeId, NodeKind, Param, Place, Program,
    RestParam, Slot, SlotInfo, TopForm,
};
use rtfs_value::types::Type;
use rtfs_value::{library, tag};
use wasm_encoder::Instruction;

use super::asm::Op;
use super::expr::static_fn;
use super::function::FunctionBuilder;
use super::kinds::Kinds;
use super::module::Val;
use super::shape::{Loc, Operand, Shape};

/// Reserved for calls of declared functions.
const PREFIX: &str = "declared:";

/// A program in which declared functions have bodies.
#[derive(Debug)]
pub(super) struct Standing<'p> {
    /// The bodies stand in front of the other forms, in forms of their own.
    pub(super) program: Cow<'p, Program>,
    /// Which literal stands for which name.
    pub(super) literals: BTreeMap<GlobalId, NodeId>,
}

impl<'p> Standing<'p> {
    /// Makes the bodies.
    pub(super) fn of(program: &'p Program) -> Self {
        let mut maker = Maker {
            next_node: next_node(program),
        };
        let mut literals = BTreeMap::new();
        let mut forms = Vec::new();
        for (global, info, declared) in program.only_declared() {
            let Some(interface) = program.interface(global) else {
                continue;
            };
            let Some(lambda) = maker.lambda(&info.name, &interface.name, declared) else {
                continue;
            };
            let node = maker.node(NodeKind::Lambda(Box::new(lambda)));
            literals.insert(global, node.id);
            forms.push(TopForm {
                node,
                slots: Vec::new(),
            });
        }
        if forms.is_empty() {
            return Self {
                program: Cow::Borrowed(program),
                literals,
            };
        }
        forms.extend(program.forms.iter().cloned());
        let program = Program {
            forms,
            ..program.clone()
        };
        Self {
            program: Cow::Owned(program),
            literals,
        }
    }
}

/// Forms are numbered in order, so the last one has the greatest numbers.
fn next_node(program: &Program) -> u32 {
    let mut last = 0;
    for form in &program.forms {
        note_last(&form.node, &mut last);
    }
    last.saturating_add(1)
}

fn note_last(node: &Node, last: &mut u32) {
    super::nested(|| {
        *last = node.id.0.max(*last);
        super::functions::children(&node.kind, &mut |child| note_last(child, last));
    });
}

struct Maker {
    next_node: u32,
}

impl Maker {
    fn node(&mut self, kind: NodeKind) -> Node {
        let id = NodeId(self.next_node);
        self.next_node += 1;
        Node {
            id,
            ty: Type::Any,
            kind,
        }
    }

    /// The body of a declared function; `None` without the library function `call`.
    fn lambda(&mut self, name: &str, qualified: &str, declared: &Declaration) -> Option<Lambda> {
        let call = library::lookup("call")?;
        let arrivals = declared.params.len() + usize::from(declared.rest.is_some());
        let head = Box::new(self.node(NodeKind::Builtin(call)));
        let id = format!("{PREFIX}{qualified}");
        let mut args = vec![self.node(NodeKind::Literal(Literal::Str(id)))];
        for slot in (0..).take(arrivals) {
            args.push(self.node(NodeKind::Var(Place::Slot(Slot(slot)))));
        }
        let body = self.node(NodeKind::Call { head, args });
        let slot = |_| SlotInfo {
            name: String::new(),
            cell: false,
        };
        let param = |(name, _): &(String, Type)| Param {
            name: name.clone(),
            // Both sides of the border check: who declares outside, who defines inside.
            annotation: None,
            pattern: None,
        };
        Some(Lambda {
            name: Some(name.to_owned()),
            params: declared.params.iter().map(param).collect(),
            rest: declared.rest.as_ref().map(|_| RestParam {
                name: "rest".to_owned(),
                annotation: None,
            }),
            result: None,
            slots: (0..arrivals).map(slot).collect(),
            captures: Vec::new(),
            hint: None,
            body,
        })
    }
}

impl FunctionBuilder<'_, '_> {
    /// Whether this is the body of a declared function.
    pub(super) fn is_stand_in(&self) -> bool {
        let code = self.activation.code;
        code.is_some_and(|code| self.cx.stand_ins().any(|stand_in| stand_in == code))
    }

    /// How many more calls may be pending, as an argument.
    pub(super) fn depth_left(&mut self) -> Operand {
        let left = self.locals.temporary(Val::I64);
        self.get(self.fixed.depth);
        self.i(Instruction::I64ExtendI32U);
        self.set(left);
        Operand {
            loc: Loc::Known(tag::INT, left),
            kinds: Kinds::of(tag::INT),
            var: None,
            owned: false,
            in_env: false,
        }
    }

    /// The value of a declared name: a function when somebody answers its calls, else what any name
    /// means that nobody defined.
    pub(super) fn read_declared(&mut self, id: u32, global: GlobalId, code: u32) -> Shape {
        let program = self.cx.program;
        let (Some(info), Some(interface)) = (
            program.globals.get(global.0 as usize),
            program.interface(global),
        ) else {
            return self.never();
        };
        let (tag_global, bits_global) = self.cx.global_storage(global);
        let (tag, bits) = (
            self.locals.temporary(Val::I32),
            self.locals.temporary(Val::I64),
        );
        let loc = Loc::Fat(tag, bits);
        let (known, nobody) = (self.label(), self.label());
        self.block(known);
        self.global_get(bits_global);
        self.set(bits);
        self.global_get(tag_global);
        self.tee(tag);
        self.i32(tag::UNSET);
        self.i(Instruction::I32Ne);
        self.op(Op::BrIf(known));
        self.block(nobody);
        self.set_node(id);
        // Gives a text when there is no such context value.
        self.look_up("rt:resource_ref", &format!("{PREFIX}{}", interface.name));
        self.get(self.fixed.result_tag);
        self.i32(tag::BOOL);
        self.i(Instruction::I32Ne);
        self.op(Op::BrIf(nobody));
        self.get(self.fixed.result_bits);
        self.i(Instruction::I64Eqz);
        self.op(Op::BrIf(nobody));
        self.push_raw(Loc::Const(static_fn(code)));
        self.pop_into(loc);
        self.get(tag);
        self.global_set(tag_global);
        self.get(bits);
        self.global_set(bits_global);
        self.op(Op::Br(known));
        self.end();
        self.drop_result();
        self.look_up("rt:free_symbol", &info.name);
        self.get(self.fixed.result_tag);
        self.get(self.fixed.result_bits);
        self.pop_into(loc);
        self.end();
        // Only one of the ways here set the node.
        self.state.node = None;
        self.push_raw(loc);
        Shape::Fat(Kinds::ANY)
    }

    fn look_up(&mut self, function: &str, name: &str) {
        self.text_address(name);
        self.call_runtime(function, &[Val::I32], &[Val::I64]);
        self.check_runtime_result();
    }
}
