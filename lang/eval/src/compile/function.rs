//! Whole functions and top-level forms.

use std::rc::Rc;

use rtfs_ir::{DelegationHint, Lambda, Slot, TopForm};

use super::{At, Compiler, Plan};
use crate::code::{Code, NO_NODE, Op};
use crate::load::{LoadError, Loader};

/// Compiles a top-level form. It is not a function body: nothing in it is in tail position.
pub(crate) fn compile_form<'p>(
    unit: &mut Loader<'_, 'p>,
    form: &'p TopForm,
) -> Result<Code, LoadError> {
    let mut compiler = Compiler::new(unit, &form.slots, 0);
    let at = At {
        node: form.node.id.0,
        tail: false,
        temps: 0,
    };
    let mut plan = Plan::default();
    plan.node(&form.node, at);
    plan.op(Op::Return, at);
    compiler.schedule(plan);
    compiler.finish()
}

/// Compiles a function.
pub(crate) fn compile_lambda<'p>(
    unit: &mut Loader<'_, 'p>,
    lambda: &'p Lambda,
) -> Result<Code, LoadError> {
    let arrivals = lambda.params.len() + usize::from(lambda.rest.is_some());
    if arrivals > lambda.slots.len() {
        return Err(LoadError::Slot(Slot(arrivals as u32 - 1)));
    }
    let mut compiler = Compiler::new(unit, &lambda.slots, lambda.captures.len() as u32);
    compiler.code.name = lambda.name.as_deref().map(Rc::from);
    compiler.code.params = lambda.params.len() as u32;
    compiler.code.variadic = lambda.rest.is_some();
    compiler.checked = lambda.result.is_some();
    let mut plan = Plan::default();
    compiler.prologue(&mut plan, lambda);
    compiler.body(&mut plan, lambda);
    compiler.schedule(plan);
    compiler.finish()
}

impl<'p> Compiler<'_, '_, 'p> {
    /// What happens to the arguments before the body: all checks, then all patterns.
    fn prologue(&mut self, plan: &mut Plan<'p>, lambda: &'p Lambda) {
        let at = At {
            node: NO_NODE,
            tail: false,
            temps: 0,
        };
        for (slot, param) in (0..).zip(&lambda.params) {
            if let Some(ty) = &param.annotation {
                let check = self.check(ty, format!("param {}", param.name));
                plan.op(Op::CheckSlot { slot, check }, at);
            }
        }
        let rest = lambda
            .rest
            .as_ref()
            .and_then(|rest| rest.annotation.as_ref());
        if let Some(ty) = rest {
            let check = self.check(ty, "variadic param item".to_owned());
            plan.op(
                Op::CheckRest {
                    slot: lambda.params.len() as u32,
                    check,
                },
                at,
            );
        }
        let arrivals = lambda.params.len() + usize::from(lambda.rest.is_some());
        for (slot, info) in (0..).zip(lambda.slots.iter().take(arrivals)) {
            if info.cell {
                plan.op(Op::Enclose(slot), at);
            }
        }
        for (slot, param) in (0..).zip(&lambda.params) {
            if let Some(pattern) = &param.pattern {
                plan.unpack(pattern, slot, None, at);
            }
        }
    }

    fn body(&mut self, plan: &mut Plan<'p>, lambda: &'p Lambda) {
        let at = At {
            node: lambda.body.id.0,
            tail: true,
            temps: 0,
        };
        match &lambda.hint {
            Some(DelegationHint::LocalModel(id) | DelegationHint::RemoteModel(id)) => {
                let id = self.name(id);
                plan.op(Op::ModelCall(id), at);
            }
            Some(DelegationHint::LocalPure) | None => plan.node(&lambda.body, at),
        }
        if let Some(ty) = &lambda.result {
            let check = self.check(ty, "fn return".to_owned());
            plan.op(Op::Check(check), at);
        }
        plan.op(Op::Return, at);
    }
}
