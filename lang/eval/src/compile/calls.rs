//! Calls and function values.

use rtfs_ir::{Lambda, Node, NodeKind};
use rtfs_value::Value;
use rtfs_value::library::{self, BuiltinId, Imp};

use super::{At, Compiler, Plan};
use crate::code::{Op, Template};
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

    /// A library function in head position needs no place on the stack.
    fn apply_builtin(&self, id: BuiltinId, argc: u32) -> Result<Op, LoadError> {
        let builtin = self.unit.builtin(id)?;
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
