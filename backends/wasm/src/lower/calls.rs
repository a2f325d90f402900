//! Calls of functions of the program.

use rtfs_ir::{GlobalId, Literal, Node, NodeId, NodeKind};
use rtfs_value::tag;
use wasm_encoder::Instruction;

use super::asm::Op;
use super::context::{MAX_ARGS, ParamKind, VARIADIC, Version};
use super::function::{Dest, FunctionBuilder};
use super::globals::StaticGlobal;
use super::helpers::Helper;
use super::kinds::Kinds;
use super::list_loops::Step;
use super::module::Val;
use super::shape::{Loc, Operand, Shape};

impl<'p> FunctionBuilder<'_, 'p> {
    /// `(head args…)`
    pub(super) fn call_form(
        &mut self,
        node: NodeId,
        head: &'p Node,
        args: &'p [Node],
        dest: Dest,
    ) -> Shape {
        let id = node.0;
        match &head.kind {
            NodeKind::Builtin(builtin) => return self.builtin_call(id, *builtin, args, dest),
            NodeKind::Literal(Literal::Keyword(_)) if args.len() == 1 => {
                return self.keyword_call(id, head, args, dest);
            }
            _ => {}
        }
        if let Some(code) = self.static_callee(head) {
            let Some(operands) = self.operands(args.iter()) else {
                return Shape::Never;
            };
            if self.activation.code == Some(code) {
                self.list_steps = self.list_steps_of(args);
            }
            return self.known_call(id, code, None, operands, dest);
        }
        let Some(mut operands) = self.operands(std::iter::once(head).chain(args)) else {
            return Shape::Never;
        };
        let callee = operands.remove(0);
        match callee.loc.tag() {
            Some(known) if matches!(tag::low(known), tag::STATIC_FN | tag::CLOSURE) => {
                if self.activation.code == Some(tag::code(known)) {
                    self.list_steps = self.list_steps_of(args);
                }
                self.known_call(id, tag::code(known), Some(callee), operands, dest)
            }
            _ => self.unknown_call(id, callee, operands, dest),
        }
    }

    pub(super) fn static_callee(&self, head: &Node) -> Option<u32> {
        let global: GlobalId = match head.kind {
            NodeKind::Global(global) => global,
            _ => return None,
        };
        match self.cx.static_global(global)? {
            StaticGlobal::Function(code) => Some(code),
            StaticGlobal::Literal(_) => None,
        }
    }

    /// A call of a function whose code is known.
    pub(super) fn known_call(
        &mut self,
        id: u32,
        code: u32,
        callee: Option<Operand>,
        args: Vec<Operand>,
        dest: Dest,
    ) -> Shape {
        let steps = std::mem::take(&mut self.list_steps);
        let lambda = self.cx.functions.get(code).lambda;
        let fixed = lambda.params.len();
        if args.len() < fixed || (args.len() > fixed && lambda.rest.is_none()) {
            callee
                .into_iter()
                .chain(args.iter().copied())
                .for_each(|operand| self.discard(operand));
            self.set_node(id);
            match &lambda.name {
                Some(name) => self.text_address(name),
                None => self.i32(0),
            }
            let variadic = if lambda.rest.is_some() { VARIADIC } else { 0 };
            self.i32(u32::try_from(fixed).unwrap_or(u32::MAX) | variadic);
            self.i32(u32::try_from(args.len()).unwrap_or(u32::MAX));
            self.call_runtime(
                "rt:raise_arity",
                &[Val::I32, Val::I32, Val::I32],
                &[Val::I64],
            );
            return self.raise();
        }
        let mut args = self.with_rest_list(args, fixed, lambda.rest.is_some());
        // Without captures there is no environment to hand over.
        let env = callee.filter(|_| !lambda.captures.is_empty());
        if let Some(callee) = callee.filter(|_| lambda.captures.is_empty()) {
            self.discard(callee);
        }
        if dest == Dest::Return && self.may_tail_call(code, env.as_ref()) {
            return self.known_tail_call(code, env, args, &steps);
        }
        self.settle_list_args(&mut args, &steps);
        self.check_depth(id);
        let version = self.version_for(code, &args);
        if let Some(env) = env {
            self.own(env);
            self.push_address(env.loc);
        }
        self.push_args(&version, &args);
        self.get(self.fixed.depth);
        self.i32(1);
        self.i(Instruction::I32Sub);
        let kinds = self.cx.result_kinds(&version);
        let entry = self.cx.entry(version);
        self.set_node(id);
        self.call(entry);
        self.check_raised();
        let shape = self.push_result(kinds);
        self.deliver(shape, dest)
    }

    /// The version of a function that suits the arguments best.
    pub(super) fn version_for(&self, code: u32, args: &[Operand]) -> Version {
        let kinds: Vec<_> = args.iter().map(|arg| arg.kinds).collect();
        self.cx.version_for(code, &kinds)
    }

    /// Puts the arguments behind the fixed ones into a list.
    fn with_rest_list(&mut self, mut args: Vec<Operand>, fixed: usize, rest: bool) -> Vec<Operand> {
        if rest {
            let items = args.split_off(fixed);
            self.call_with_memory("rt:list_from", &items, items.len());
            args.push(self.store(Shape::Known(tag::LIST)));
        }
        args
    }

    /// Pushes arguments as a version takes them, and hands them over.
    pub(super) fn push_args(&mut self, version: &Version, args: &[Operand]) {
        if version.is_wide() {
            for arg in args {
                self.own(*arg);
            }
            let mark = self.locals.mark();
            let arguments = self.write_arguments(args);
            self.get(arguments);
            return self.locals.release(mark);
        }
        self.push_each(version, args);
    }

    /// [`Self::push_args`], one by one however many they are.
    pub(super) fn push_each(&mut self, version: &Version, args: &[Operand]) {
        for (kind, arg) in version.params.iter().zip(args) {
            match kind {
                ParamKind::Any => self.push_owned(*arg),
                ParamKind::Int => {
                    self.own(*arg);
                    self.push_bits(arg.loc);
                }
                ParamKind::Float => {
                    self.own(*arg);
                    self.push_f64(arg.loc);
                }
            }
        }
    }

    /// Raises `StackOverflow` when no further call may be pending.
    pub(super) fn check_depth(&mut self, id: u32) {
        if self.state.depth_checked {
            return;
        }
        self.set_node(id);
        self.get(self.fixed.depth);
        self.i(Instruction::I32Eqz);
        let pad = self.stack_overflow_pad();
        self.op(Op::BrIf(pad));
        self.state.depth_checked = true;
    }

    /// Whether a call in tail position may replace this activation.
    fn may_tail_call(&self, code: u32, env: Option<&Operand>) -> bool {
        if self.activation.code.is_none() || self.regions.len() != 1 {
            return false;
        }
        // The result check of this function is still to come, unless the call is to itself.
        self.activation.result.is_none()
            || (self.activation.code == Some(code) && env.is_none_or(|env| self.is_own_env(env)))
    }

    fn is_own_env(&self, env: &Operand) -> bool {
        env.loc == Loc::Object(env.loc.tag().unwrap_or_default(), self.fixed.env)
    }

    fn known_tail_call(
        &mut self,
        code: u32,
        env: Option<Operand>,
        mut args: Vec<Operand>,
        steps: &[Step],
    ) -> Shape {
        if self.activation.code == Some(code) && env.is_none_or(|env| self.is_own_env(&env)) {
            return self.self_call(env, args, steps);
        }
        self.settle_list_args(&mut args, steps);
        let version = self.version_for(code, &args);
        if let Some(env) = env {
            self.own(env);
            self.push_address(env.loc);
        }
        self.push_args(&version, &args);
        self.get(self.fixed.depth);
        let entry = self.cx.entry(version);
        self.leave_by_tail_call(Op::ReturnCall(entry))
    }

    /// Everything was pushed: leaves the function.
    fn leave_by_tail_call(&mut self, op: Op) -> Shape {
        debug_assert!(self.state.owned().is_empty(), "everything was handed over");
        self.op(op);
        self.state.reachable = false;
        Shape::Never
    }

    /// A call of whatever value is called.
    pub(super) fn unknown_call(
        &mut self,
        id: u32,
        callee: Operand,
        args: Vec<Operand>,
        dest: Dest,
    ) -> Shape {
        let may_be_function = callee.kinds.meets(Kinds::FUNCTION_WITH_CODE);
        let tail = dest == Dest::Return
            && may_be_function
            && self.activation.code.is_some()
            && self.regions.len() == 1;
        if tail {
            self.tail_call_if_possible(&callee, &args);
        }
        if args.len() > MAX_ARGS {
            return self.wide_call(id, callee, &args, dest);
        }
        let argc = u32::try_from(args.len()).unwrap_or(u32::MAX);
        let helper = self.cx.helper(Helper::Apply { argc });
        self.set_node(id);
        let (done, other) = (self.label(), self.label());
        let inline = may_be_function && self.calls_inline();
        if inline {
            self.block(done);
            self.block(other);
            self.call_likely(&callee, &args, Some((done, other)));
            self.call_fast(&callee, &args, false, other);
            self.op(Op::Br(done));
            self.end();
        }
        self.push_call(callee, &args);
        self.call(helper);
        if inline {
            self.set(self.fixed.result_bits);
            self.set(self.fixed.result_tag);
            self.end();
            self.check_result_locals();
        } else {
            self.check_raised();
        }
        let shape = self.push_result(Kinds::ANY);
        self.deliver(shape, dest)
    }

    /// A call of whatever value is called, with its arguments in memory.
    fn wide_call(&mut self, id: u32, callee: Operand, args: &[Operand], dest: Dest) -> Shape {
        self.set_node(id);
        for arg in args {
            self.own(*arg);
        }
        let mark = self.locals.mark();
        let arguments = self.write_arguments(args);
        self.push_owned(callee);
        self.get(arguments);
        self.i32(u32::try_from(args.len()).unwrap_or(u32::MAX));
        self.get(self.fixed.depth);
        let helper = self.cx.helper(Helper::ApplyWide);
        self.call(helper);
        self.locals.release(mark);
        self.check_raised();
        let shape = self.push_result(Kinds::ANY);
        self.deliver(shape, dest)
    }

    /// Calls of unknown functions look at the callee where they are, which spares a call of a helper
    /// and costs code.
    fn calls_inline(&self) -> bool {
        self.cx.options.opt_level >= 2
    }

    fn push_call(&mut self, callee: Operand, args: &[Operand]) {
        self.push_owned(callee);
        for arg in args {
            self.push_owned(*arg);
        }
        self.get(self.fixed.depth);
    }

    /// Leaves by a tail call when the callee is a function of the program that takes as many
    /// arguments. Errors of the call itself belong to this function, so everything else is called
    /// from here.
    fn tail_call_if_possible(&mut self, callee: &Operand, args: &[Operand]) {
        let argc = u32::try_from(args.len()).unwrap_or(u32::MAX);
        let ordinary = self.label();
        self.block(ordinary);
        if self.activation.result.is_some() {
            self.push_is_not_self(callee);
            self.op(Op::BrIf(ordinary));
        }
        if self.calls_inline() && args.len() <= MAX_ARGS {
            let general = self.label();
            self.block(general);
            self.call_likely(callee, args, None);
            self.call_fast(callee, args, true, general);
            self.end();
        }
        let mark = self.locals.mark();
        let slot = self.locals.temporary(Val::I32);
        let accepts = self.cx.helper(Helper::Accepts);
        self.push_tag(callee.loc);
        self.i32(argc);
        self.call(accepts);
        self.tee(slot);
        self.i32(0);
        self.i(Instruction::I32LtS);
        self.op(Op::BrIf(ordinary));
        let before = self.state.clone();
        self.tail_call_generic(slot, callee, args);
        self.end();
        self.locals.release(mark);
        self.state = before;
    }

    /// Pushes whether the callee is another function than the running one.
    fn push_is_not_self(&mut self, callee: &Operand) {
        let code = self.activation.code.unwrap_or_default();
        self.push_tag(callee.loc);
        if self.activation.has_env {
            self.i32(tag::with_code(tag::CLOSURE, code));
            self.i(Instruction::I32Ne);
            self.push_address(callee.loc);
            self.get(self.fixed.env);
            self.i(Instruction::I32Ne);
            self.i(Instruction::I32Or);
        } else {
            self.i32(tag::with_code(tag::STATIC_FN, code));
            self.i(Instruction::I32Ne);
        }
    }
}
