//! Calls of a function by itself in tail position: jumps back to its start.

use super::asm::{Label, Op};
use super::function::FunctionBuilder;
use super::shape::{Operand, Shape};

/// The start of a function.
#[derive(Clone, Debug)]
pub(super) struct SelfLoop {
    /// The loop around the body.
    pub(super) label: Label,
    /// What is lowered.
    pub(super) version: super::context::Version,
    /// Where the parameters are.
    pub(super) params: Vec<super::shape::Loc>,
    /// Some call jumps back.
    pub(super) used: bool,
}

impl FunctionBuilder<'_, '_> {
    /// Gives the parameters new values and starts again; the activation stays the same.
    pub(super) fn self_call(&mut self, env: Option<Operand>, args: &[Operand]) -> Shape {
        let Some(start) = self.self_loop.clone() else {
            return self.never();
        };
        if self.version_for(start.version.code, args) != start.version {
            return self.tail_call_other_version(start.version.code, env, args);
        }
        if let Some(env) = env {
            self.own(env);
        }
        self.push_args(&start.version, args);
        for loc in start.params.iter().rev() {
            self.pop_into(*loc);
        }
        debug_assert!(self.state.owned().is_empty(), "everything was handed over");
        self.op(Op::Br(start.label));
        self.state.reachable = false;
        if let Some(start) = &mut self.self_loop {
            start.used = true;
        }
        Shape::Never
    }

    fn tail_call_other_version(
        &mut self,
        code: u32,
        env: Option<Operand>,
        args: &[Operand],
    ) -> Shape {
        let version = self.version_for(code, args);
        if let Some(env) = env {
            self.own(env);
            self.push_address(env.loc);
        }
        self.push_args(&version, args);
        self.get(self.fixed.depth);
        let entry = self.cx.entry(version);
        self.op(Op::ReturnCall(entry));
        self.state.reachable = false;
        Shape::Never
    }
}
