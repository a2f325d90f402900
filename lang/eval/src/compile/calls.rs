//! Calls and function values.

use rtfs_ir::{Lambda, Node, NodeKind, Place};
use rtfs_value::Value;
use rtfs_value::library::{self, BuiltinId, Imp};

use super::{At, Compiler, Plan};
use crate::arith::{Arithmetic, Operand};
use crate::code::{Op, Template};
use crate::direct;
use crate::load::LoadError;

impl<'p> Compiler<'_, '_, 'p> {
    pub(super) fn call(
        &mut self,
        head: &'p Node,
        args: &'p [Node],
        at: At,
    ) -> Result<(), LoadError> {
        let mut plan = Plan::default();
        let argc = args.len() as u32;
        if let Some(op) = self.arithmetic(head, args, at, &mut plan)? {
            plan.op(op, at);
            self.schedule(plan);
            return Ok(());
        }
        let apply = match &head.kind {
            NodeKind::Builtin(id) => self.apply_builtin(*id, argc)?,
            _ => {
                plan.node(head, at.inner());
                self.apply(argc, at)
            }
        };
        for arg in args {
            plan.node(arg, at.inner());
        }
        plan.op(apply, at);
        self.schedule(plan);
        Ok(())
    }

    /// An arithmetic call reads simple operands where they are. A left operand is only read late
    /// when nothing is evaluated in between.
    fn arithmetic(
        &mut self,
        head: &'p Node,
        args: &'p [Node],
        at: At,
        plan: &mut Plan<'p>,
    ) -> Result<Option<Op>, LoadError> {
        let (NodeKind::Builtin(id), [left, right]) = (&head.kind, args) else {
            return Ok(None);
        };
        let Some(function) = Arithmetic::named(self.unit.builtin(*id)?.name) else {
            return Ok(None);
        };
        let (left_node, right_node) = (left, right);
        let right = self.operand(right)?;
        let left = match right {
            Operand::STACK => Operand::STACK,
            _ => self.operand(left)?,
        };
        for (node, operand) in [(left_node, left), (right_node, right)] {
            if operand == Operand::STACK {
                plan.node(node, at.inner());
            }
        }
        Ok(Some(Op::Arith {
            function,
            left,
            right,
        }))
    }

    fn operand(&mut self, node: &'p Node) -> Result<Operand, LoadError> {
        let operand = match &node.kind {
            NodeKind::Var(Place::Slot(slot)) => {
                self.slot_info(*slot)?;
                Operand::local(slot.0)
            }
            NodeKind::Literal(literal) => {
                let constant = self.constant(literal.value());
                Operand::constant(constant)
            }
            _ => None,
        };
        Ok(operand.unwrap_or(Operand::STACK))
    }

    /// A library function in head position needs no place on the stack.
    fn apply_builtin(&self, id: BuiltinId, argc: u32) -> Result<Op, LoadError> {
        let builtin = self.unit.builtin(id)?;
        let direct = match argc {
            1 => direct::unary(builtin.name).map(Op::Unary),
            2 => direct::binary(builtin.name).map(Op::Binary),
            _ => None,
        };
        if let Some(op) = direct {
            return Ok(op);
        }
        let fits = library::check_arity(id, argc as usize).is_ok();
        Ok(match builtin.imp {
            Imp::Plain(function) if fits => Op::Plain { function, argc },
            _ => Op::Builtin { id, argc },
        })
    }

    fn apply(&self, argc: u32, at: At) -> Op {
        match (at.tail, self.checked) {
            (false, _) => Op::Call(argc),
            (true, false) => Op::TailCall(argc),
            (true, true) => Op::SelfCall(argc),
        }
    }

    pub(super) fn builtin(&mut self, id: BuiltinId, at: At) -> Result<(), LoadError> {
        self.unit.builtin(id)?;
        let constant = self.constant(Value::builtin(id));
        self.emit(Op::Const(constant), at.node);
        Ok(())
    }

    pub(super) fn lambda(&mut self, lambda: &'p Lambda, at: At) -> Result<(), LoadError> {
        for place in &lambda.captures {
            self.expect_place(*place)?;
        }
        let code = self.unit.enqueue(lambda)?;
        if lambda.captures.is_empty() {
            let constant = self.constant(Value::static_fn(code));
            self.emit(Op::Const(constant), at.node);
        } else {
            let captures = lambda.captures.clone();
            self.code.templates.push(Template { code, captures });
            self.emit(Op::Closure(self.code.templates.len() as u32 - 1), at.node);
        }
        Ok(())
    }
}
