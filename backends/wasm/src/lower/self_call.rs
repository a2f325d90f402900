//! Calls of a function by itself in tail position: jumps back to its start.

use wasm_encoder::Instruction;

use super::asm::{Label, Op};
use super::context::ParamKind;
use super::function::FunctionBuilder;
use super::list_loops::Step;
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

/// Most rounds of a short loop between two jumps to its start.
const MAX_ROUNDS: usize = 8;

/// Most operations of all rounds together.
const MAX_OPS: usize = 400;

impl FunctionBuilder<'_, '_> {
    /// Puts further rounds of a loop over floats in front of the one that jumps to its start. There
    /// the engine counts fuel and keeps floats in memory for the case that none is left, which costs
    /// as much as a round. Loops over integers gain little, and read better as they are.
    pub(super) fn unroll(&mut self, start: &SelfLoop, round: &[Op]) {
        let floats = start.version.params.contains(&ParamKind::Float);
        let calls = |op: &Op| matches!(op, Op::Call(callee) if self.cx.is_version(*callee));
        if !floats || self.cx.options.opt_level < 2 || round.iter().any(calls) {
            return;
        }
        let rounds = (MAX_OPS / round.len().max(1)).min(MAX_ROUNDS);
        for _ in 1..rounds {
            let next = self.label();
            self.block(next);
            self.extend(round.iter().map(|op| match op {
                Op::Br(label) if *label == start.label => Op::Br(next),
                Op::BrIf(label) if *label == start.label => Op::BrIf(next),
                op => op.clone(),
            }));
            self.i(Instruction::Unreachable);
            self.end();
        }
    }

    /// Gives the parameters new values and starts again; the activation stays the same.
    pub(super) fn self_call(
        &mut self,
        env: Option<Operand>,
        mut args: Vec<Operand>,
        steps: &[Step],
    ) -> Shape {
        let Some(start) = self.self_loop.clone() else {
            return self.never();
        };
        if self.version_for(start.version.code, &args) != start.version {
            self.settle_list_args(&mut args, steps);
            return self.tail_call_other_version(start.version.code, env, &args);
        }
        if let Some(env) = env {
            self.own(env);
        }
        self.push_each(&start.version, &args);
        for loc in start.params.iter().rev() {
            self.pop_into(*loc);
        }
        self.enter_list_round(steps);
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
