//! Functions of the program: their bodies, and the entries through which values are called.

use rtfs_ir::{Lambda, Node, NodeKind, Place, each_node};
use rtfs_value::{layout, tag};
use wasm_encoder::{BlockType, Instruction};

use super::asm::{FuncRef, Op};
use super::binding::Checked;
use super::context::{
    CODE_ARITY, CODE_ENTRY_SIZE, CODE_FAST, CODE_GENERIC, CODE_NAME, Context, ParamKind, VARIADIC,
    Version,
};
use super::data::{DataOffset, Relocation};
use super::function::{Activation, Dest, FunctionBuilder};
use super::functions::children;
use super::helpers::GENERIC;
use super::kinds::Kinds;
use super::liveness::Liveness;
use super::locals::Locals;
use super::module::{Signature, Val};
use super::nested;
use super::self_call::SelfLoop;
use super::shape::{Loc, Local, Shape};

/// Lowers a version of a function.
pub(super) fn define_version(cx: &mut Context<'_>, version: Version, function: FuncRef) {
    let lambda = cx.functions.get(version.code).lambda;
    let mut locals = Locals::default();
    let has_env = !lambda.captures.is_empty();
    let env = has_env.then(|| locals.param(Val::I32));
    let argv = version.is_wide().then(|| locals.param(Val::I32));
    let mut params = Vec::new();
    if argv.is_none() {
        let arrive = version.params.iter().map(|kind| param(&mut locals, *kind));
        params.extend(arrive);
        if cx.module.names_locals {
            for (info, loc) in lambda.slots.iter().zip(&params) {
                name_param(&mut locals, &info.name, *loc);
            }
        }
    }
    let depth = locals.param(Val::I32);
    let activation = Activation {
        code: Some(version.code),
        frame: lambda.name.as_deref(),
        has_env,
        // Even `any`: calls in the body are then no tail calls.
        result: lambda.result.as_ref().map(|ty| (ty, lambda.body.id.0)),
        slots: &lambda.slots,
    };
    let liveness = Liveness::of_lambda(lambda);
    let mut builder = FunctionBuilder::new(cx, activation, liveness, locals, depth, env);
    builder.catches = has_try(&lambda.body);
    if let Some(argv) = argv {
        params = builder.load_params(argv, version.params.len());
    }
    builder.self_loop = Some(SelfLoop {
        label: builder.label(),
        version,
        params: params.clone(),
        used: false,
    });
    builder.function_body(lambda, &params);
    let body = builder.finish();
    cx.define(function, body, lambda.body.id);
}

fn param(locals: &mut Locals, kind: ParamKind) -> Loc {
    match kind {
        ParamKind::Any => {
            let tag = locals.param(Val::I32);
            Loc::Fat(tag, locals.param(Val::I64))
        }
        ParamKind::Int => Loc::Known(tag::INT, locals.param(Val::I64)),
        ParamKind::Float => Loc::Float(locals.param(Val::F64)),
    }
}

fn name_param(locals: &mut Locals, name: &str, loc: Loc) {
    if name.is_empty() {
        return;
    }
    match loc {
        Loc::Fat(tag, bits) => {
            locals.name(tag, format!("{name}.tag"));
            locals.name(bits, name);
        }
        Loc::Known(_, local) | Loc::Float(local) => locals.name(local, name),
        _ => {}
    }
}

impl<'p> FunctionBuilder<'_, 'p> {
    fn function_body(&mut self, lambda: &'p Lambda, params: &[Loc]) {
        self.open_region(Vec::new());
        if self
            .activation
            .code
            .is_some_and(|code| calls_itself(self, lambda, code))
        {
            // The node differs between the first round and the others.
            self.state.node = None;
        }
        let arm = self.arm(|this| {
            this.bind_params(lambda, params);
            if let Some(version) = this.self_loop.as_ref().map(|start| start.version.clone()) {
                this.find_list_params(lambda, &version);
            }
            if this.check_params(lambda).is_none() {
                return Shape::Never;
            }
            this.expr(&lambda.body, Dest::Return)
        });
        let start = self.self_loop.take();
        let again = start.as_ref().is_some_and(|start| start.used);
        if let Some(start) = start {
            if again {
                self.op(Op::Loop(start.label, BlockType::Empty));
            }
            self.go_on_with_integers(&start.version, params);
            if again {
                self.unroll(&start, &arm.ops);
            }
        }
        self.extend(arm.ops);
        if again {
            self.end();
            self.i(Instruction::Unreachable);
        }
        if self.close_region() {
            self.leave_with_error();
        }
    }

    /// The version for integers that this one, being the general one, leaves the work to when it
    /// can.
    fn integers_instead(&self, version: &Version) -> Option<Version> {
        if *version != self.cx.generic_version(version.code) {
            return None;
        }
        self.cx.integer_version(version.code)
    }

    /// Whether this is a general version that leaves the work to the one for integers.
    pub(super) fn leaves_integers(&self) -> bool {
        let start = self.self_loop.as_ref();
        start.is_some_and(|start| self.integers_instead(&start.version).is_some())
    }

    /// The parameter that is no integer when the version for integers was not taken, if it is
    /// known which.
    fn certainly_no_integer(&self) -> Option<usize> {
        let version = &self.self_loop.as_ref()?.version;
        let integers = self.integers_instead(version)?;
        let params = (0..).zip(&integers.params);
        let mut wanted = params.filter(|(_, kind)| **kind == ParamKind::Int);
        match (wanted.next(), wanted.next()) {
            (Some((param, _)), None) => Some(param),
            _ => None,
        }
    }

    /// The general version leaves the work to the one for integers when it can.
    fn go_on_with_integers(&mut self, version: &Version, params: &[Loc]) {
        let Some(integers) = self.integers_instead(version) else {
            return;
        };
        let stay = self.label();
        self.block(stay);
        for (kind, loc) in integers.params.iter().zip(params) {
            if *kind == ParamKind::Int {
                self.push_tag(*loc);
                self.i32(tag::INT);
                self.i(Instruction::I32Ne);
                self.op(Op::BrIf(stay));
            }
        }
        if self.activation.has_env {
            self.get(self.fixed.env);
        }
        for (kind, loc) in integers.params.iter().zip(params) {
            match kind {
                ParamKind::Int => self.push_bits(*loc),
                _ => self.push_raw(*loc),
            }
        }
        self.get(self.fixed.depth);
        let entry = self.cx.entry(integers);
        self.op(Op::ReturnCall(entry));
        self.end();
    }

    fn bind_params(&mut self, lambda: &Lambda, params: &[Loc]) {
        let no_integer = self.certainly_no_integer();
        for (slot, loc) in (0u32..).zip(params) {
            let is_rest = slot as usize == lambda.params.len();
            let kinds = match loc {
                Loc::Fat(..) if is_rest => Kinds::LIST,
                Loc::Fat(..) if no_integer == Some(slot as usize) => Kinds::ANY.without(Kinds::INT),
                Loc::Fat(..) => Kinds::ANY,
                loc => Kinds::of(loc.tag().unwrap_or_default()),
            };
            self.bind_var(slot, *loc, kinds);
        }
        if let (true, Some(code)) = (self.activation.has_env, self.activation.code) {
            let loc = Loc::Object(tag::with_code(tag::CLOSURE, code), self.fixed.env);
            self.bind_var(self.liveness.env, loc, Kinds::of(tag::CLOSURE));
        }
    }

    /// Annotations in order, then patterns in order. Errors have no node of their own.
    fn check_params(&mut self, lambda: &'p Lambda) -> Option<()> {
        for (param, slot) in lambda.params.iter().zip(0u32..) {
            let (Some(ty), Some(var)) = (&param.annotation, self.slots[slot as usize]) else {
                continue;
            };
            let mut operand = self.operand_of(var, false);
            self.clear_node();
            self.check(&mut operand, ty, &format!("param {}", param.name));
            if self.kinds_of(var) == Kinds::NONE {
                // What fits went on elsewhere.
                self.never();
                return None;
            }
        }
        if let Some(ty) = lambda
            .rest
            .as_ref()
            .and_then(|rest| rest.annotation.as_ref())
            && let Some(var) = self.slots[lambda.params.len()]
        {
            let list = self.operand_of(var, false);
            self.clear_node();
            self.check_rest(&list, ty);
        }
        self.drop_unread_params(lambda);
        for (param, slot) in lambda.params.iter().zip(0u32..) {
            let (Some(pattern), Some(var)) = (&param.pattern, self.slots[slot as usize]) else {
                continue;
            };
            // Only a question to a model reads the whole argument.
            let last = !self.liveness.entry.contains(slot);
            let value = self.operand_of(var, last);
            self.clear_node();
            self.destructure(Checked::Now, lambda.body.id.0, pattern, value)?;
        }
        Some(())
    }

    fn drop_unread_params(&mut self, lambda: &Lambda) {
        let total = lambda.params.len() + usize::from(lambda.rest.is_some());
        for slot in (0u32..).take(total) {
            let taken_apart = lambda
                .params
                .get(slot as usize)
                .is_some_and(|param| param.pattern.is_some());
            if !taken_apart && !self.liveness.entry.contains(slot) {
                self.drop_slot(slot);
            }
        }
        if !self.liveness.entry.contains(self.liveness.env) {
            self.drop_slot(self.liveness.env);
        }
    }
}

fn has_try(body: &Node) -> bool {
    let mut found = false;
    each_node(body, &mut |node| {
        found |= matches!(node.kind, NodeKind::Try { .. })
    });
    found
}

/// Whether some call in the function may be one of itself.
fn calls_itself(builder: &FunctionBuilder<'_, '_>, lambda: &Lambda, code: u32) -> bool {
    fn any_call(node: &Node, is_self: &dyn Fn(&NodeKind) -> bool) -> bool {
        nested(|| {
            if let NodeKind::Call { head, .. } = &node.kind
                && is_self(&head.kind)
            {
                return true;
            }
            let mut found = false;
            if !matches!(node.kind, NodeKind::Lambda(_)) {
                children(&node.kind, &mut |child| {
                    found = found || any_call(child, is_self)
                });
            }
            found
        })
    }
    any_call(&lambda.body, &|head| match head {
        NodeKind::Var(Place::SelfFn) => true,
        NodeKind::Global(global) => {
            builder.cx.static_global(*global) == Some(super::globals::StaticGlobal::Function(code))
        }
        // A variable may hold this function: then the code is known, and so is the loop.
        NodeKind::Var(_) => true,
        _ => false,
    })
}

/// Makes the entries of a function that exists as a value, and its place in the code table.
pub(super) fn define_value_entries(cx: &mut Context<'_>, code: u32) {
    let lambda = cx.functions.get(code).lambda;
    let variadic = lambda.rest.is_some();
    let generic = generic_entry(cx, code);
    let generic_slot = cx.module.table_slot(generic);
    let entry = cx.code_table.0 + CODE_ENTRY_SIZE * code;
    let field = |field: u32| DataOffset(entry + field);
    if !variadic && !cx.generic_version(code).is_wide() {
        let fast = fast_entry(cx, code);
        let slot = cx.module.table_slot(fast);
        cx.module
            .data
            .set_relocated(field(CODE_FAST), slot, Relocation::TableBase);
    }
    let flag = if variadic { VARIADIC } else { 0 };
    let arity = u32::try_from(lambda.params.len()).unwrap_or(u32::MAX) | flag;
    cx.module.data.set_word(field(CODE_ARITY), arity);
    cx.module
        .data
        .set_relocated(field(CODE_GENERIC), generic_slot, Relocation::TableBase);
    if let Some(name) = &lambda.name {
        let name = cx.module.data.text(name);
        cx.module
            .data
            .set_relocated(field(CODE_NAME), name.0, Relocation::DataBase);
    }
}

/// `(env, arguments…, depth)`: the direct entry itself when the function has an environment.
fn fast_entry(cx: &mut Context<'_>, code: u32) -> FuncRef {
    let version = cx.generic_version(code);
    let params = version.params.len();
    let direct = cx.entry(version);
    let info = cx.functions.get(code);
    if !info.lambda.captures.is_empty() {
        return direct;
    }
    let name = format!("{}.fast", info.display_name);
    let mut types = vec![Val::I32];
    types.extend([Val::I32, Val::I64].repeat(params));
    types.push(Val::I32);
    let entry = cx
        .module
        .declare(name, Signature::new(&types, &[Val::I32, Val::I64]));
    let ops = (1..types.len())
        .map(|local| {
            Op::I(Instruction::LocalGet(
                u32::try_from(local).unwrap_or(u32::MAX),
            ))
        })
        .chain([Op::ReturnCall(direct)])
        .collect();
    cx.module.define(
        entry,
        super::module::Body {
            locals: Vec::new(),
            temporaries: Vec::new(),
            names: Vec::new(),
            ops,
        },
    );
    entry
}

/// `(env, argv, argc, depth)`: checks what can be wrong with the call.
pub(super) fn generic_entry(cx: &mut Context<'_>, code: u32) -> FuncRef {
    if let Some(entry) = cx.generic_entries.get(&code) {
        return *entry;
    }
    let name = format!("{}.generic", cx.functions.get(code).display_name);
    let entry = cx
        .module
        .declare(name, Signature::new(&GENERIC, &[Val::I32, Val::I64]));
    cx.generic_entries.insert(code, entry);
    let mut locals = Locals::default();
    let [env, argv, argc, depth] = GENERIC.map(|ty| locals.param(ty));
    let activation = Activation {
        code: None,
        frame: None,
        has_env: false,
        result: None,
        slots: &[],
    };
    let mut builder = FunctionBuilder::new(
        cx,
        activation,
        Liveness::default(),
        locals,
        depth,
        Some(env),
    );
    builder.generic_body(code, argv, argc);
    let body = builder.finish();
    cx.module.define(entry, body);
    entry
}

impl FunctionBuilder<'_, '_> {
    fn generic_body(&mut self, code: u32, argv: Local, argc: Local) {
        let lambda = self.cx.functions.get(code).lambda;
        let fixed = u32::try_from(lambda.params.len()).unwrap_or(u32::MAX);
        let variadic = lambda.rest.is_some();
        let has_env = !lambda.captures.is_empty();
        let name = lambda.name.as_deref();
        self.get(argc);
        self.i32(fixed);
        self.i(if variadic {
            Instruction::I32LtU
        } else {
            Instruction::I32Ne
        });
        self.op(Op::If(BlockType::Empty));
        self.drop_call(code, has_env, argv, argc);
        self.i32(Self::RAISED);
        match name {
            Some(name) => self.text_address(name),
            None => self.i32(0),
        }
        self.i32(fixed | if variadic { VARIADIC } else { 0 });
        self.get(argc);
        self.call_runtime(
            "rt:raise_arity",
            &[Val::I32, Val::I32, Val::I32],
            &[Val::I64],
        );
        self.i(Instruction::Return);
        self.end();
        self.get(self.fixed.depth);
        self.i32(0);
        self.i(Instruction::I32LtS);
        self.op(Op::If(BlockType::Empty));
        self.drop_call(code, has_env, argv, argc);
        self.i32(Self::RAISED);
        self.call_runtime("rt:raise_stack_overflow", &[], &[Val::I64]);
        self.i(Instruction::Return);
        self.end();
        let rest = variadic.then(|| self.rest_list(fixed, argv, argc));
        if has_env {
            self.get(self.fixed.env);
        }
        let version = self.cx.generic_version(code);
        if version.is_wide() {
            self.pass_in_memory(fixed, argv, rest);
        } else {
            for index in 0..fixed {
                self.load_arg(argv, index);
            }
            if let Some(rest) = rest {
                self.i32(tag::LIST);
                self.get(rest);
            }
        }
        self.get(self.fixed.depth);
        let direct = self.cx.entry(version);
        self.op(Op::ReturnCall(direct));
    }

    /// Pushes the address of the parameters of a wide function, where they arrive.
    fn pass_in_memory(&mut self, fixed: u32, argv: Local, rest: Option<Local>) {
        let arguments = self.cx.scratch();
        let base = self.locals.temporary(Val::I32);
        self.data_address(arguments);
        self.tee(base);
        self.get(argv);
        self.i32(layout::VALUE_SIZE.saturating_mul(fixed));
        self.i(Instruction::MemoryCopy {
            src_mem: 0,
            dst_mem: 0,
        });
        if let Some(rest) = rest {
            let at = layout::VALUE_SIZE.saturating_mul(fixed);
            self.store_value(base, at, Loc::Known(tag::LIST, rest));
        }
        self.get(base);
    }

    /// Takes the parameters of a wide function out of memory, before anything else uses it.
    fn load_params(&mut self, argv: Local, n: usize) -> Vec<Loc> {
        let load = |index| {
            self.load_arg(argv, index);
            let loc = Loc::Fat(self.locals.fixed(Val::I32), self.locals.fixed(Val::I64));
            self.pop_into(loc);
            loc
        };
        (0u32..).take(n).map(load).collect()
    }

    /// Drops what a call would have handed over.
    fn drop_call(&mut self, code: u32, has_env: bool, argv: Local, argc: Local) {
        self.get(argv);
        self.get(argc);
        self.call_runtime("rt:drop_args", &[Val::I32, Val::I32], &[]);
        if has_env {
            self.i32(tag::with_code(tag::CLOSURE, code));
            self.get(self.fixed.env);
            self.i(Instruction::I64ExtendI32U);
            self.call_runtime("rt:drop", &[Val::I32, Val::I64], &[]);
        }
    }

    fn load_arg(&mut self, argv: Local, index: u32) {
        let at = layout::VALUE_SIZE * index;
        self.get(argv);
        self.i(Instruction::I32Load(Self::mem(at + layout::VALUE_TAG, 2)));
        self.get(argv);
        self.i(Instruction::I64Load(Self::mem(at + layout::VALUE_BITS, 3)));
    }

    /// A list of the arguments behind the fixed ones. They may be in the way of the runtime's
    /// stack only when they lie on it, which they never do.
    fn rest_list(&mut self, fixed: u32, argv: Local, argc: Local) -> Local {
        let rest = self.locals.temporary(Val::I64);
        self.get(argv);
        self.i32(layout::VALUE_SIZE * fixed);
        self.i(Instruction::I32Add);
        self.get(argc);
        self.i32(fixed);
        self.i(Instruction::I32Sub);
        self.call_runtime("rt:list_from", &[Val::I32, Val::I32], &[Val::I64]);
        self.set(rest);
        rest
    }
}
