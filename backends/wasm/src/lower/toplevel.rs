//! The program as a whole: its top-level forms and its exports.

use rtfs_ir::{GlobalId, Lambda, NodeKind, TopForm};
use wasm_encoder::{BlockType, Instruction};

use super::asm::{FuncRef, GlobalRef, Op, RuntimeGlobal};
use super::context::Context;
use super::entries::generic_entry;
use super::function::{Activation, Dest, FunctionBuilder};
use super::globals::StaticGlobal;
use super::helpers::Helper;
use super::liveness::Liveness;
use super::locals::Locals;
use super::module::{Body, Signature, Val};
use super::shape::{Local, Shape};
use crate::generated::{GeneratedExport, GeneratedFunction, GeneratedKind, GeneratedParam};

const RESULT: [Val; 2] = [Val::I32, Val::I64];

/// Lowers the top-level forms and what the linker expects around them. Gives the exports.
pub(super) fn define(cx: &mut Context<'_>) -> Vec<GeneratedExport> {
    let program = cx.program;
    let forms: Vec<FuncRef> = (1..)
        .zip(&program.forms)
        .map(|(number, form)| define_form(cx, number, form))
        .collect();
    let done = cx.module.own_global(Val::I32, 0);
    let run = define_run(cx, &forms, done, |_| true, false);
    cx.module.export("run_top", run);
    let ensure = needs_definitions(cx).then(|| {
        let ensure = define_run(cx, &forms, done, is_definition, true);
        cx.module.export("ensure_top", ensure);
        ensure
    });
    let exports = exports(cx, ensure.is_some());
    define_call_export(cx, run, ensure, &exports);
    exports.into_iter().map(|(_, export)| export).collect()
}

/// Some definition has to run before an export is called.
fn needs_definitions(cx: &Context<'_>) -> bool {
    let mut definitions = cx.program.forms.iter().filter(|form| is_definition(form));
    definitions.any(|form| !does_nothing(cx, form))
}

/// A form that need not run when its value is not wanted.
fn does_nothing(cx: &Context<'_>, form: &TopForm) -> bool {
    match &form.node.kind {
        NodeKind::Def { global, .. } => cx.static_global(*global).is_some(),
        NodeKind::Literal(_) | NodeKind::Declare(_) | NodeKind::Lambda(_) => true,
        _ => false,
    }
}

fn is_definition(form: &TopForm) -> bool {
    matches!(
        form.node.kind,
        NodeKind::Def { .. }
            | NodeKind::DefStruct { .. }
            | NodeKind::Declare(_)
            | NodeKind::Import(_)
    )
}

/// A builder for code outside the program's functions, with its parameters.
fn with_builder(
    cx: &mut Context<'_>,
    function: FuncRef,
    params: &[Val],
    build: impl FnOnce(&mut FunctionBuilder<'_, '_>, &[Local]),
) {
    let mut locals = Locals::default();
    let params: Vec<Local> = params.iter().map(|ty| locals.param(*ty)).collect();
    let depth = params[params.len() - 1];
    let activation = Activation {
        code: None,
        frame: None,
        has_env: false,
        result: None,
        slots: &[],
    };
    let mut builder =
        FunctionBuilder::new(cx, activation, Liveness::default(), locals, depth, None);
    build(&mut builder, &params);
    let body = builder.finish();
    cx.module.define(function, body);
}

/// `(depth) -> value` of one form.
fn define_form<'p>(cx: &mut Context<'p>, number: u32, form: &'p TopForm) -> FuncRef {
    let function = cx.module.declare(
        format!("top.{number}"),
        Signature::new(&[Val::I32], &RESULT),
    );
    let mut locals = Locals::default();
    let depth = locals.param(Val::I32);
    let activation = Activation {
        code: None,
        frame: None,
        has_env: false,
        result: None,
        slots: &form.slots,
    };
    let liveness = Liveness::of_form(form);
    let mut builder = FunctionBuilder::new(cx, activation, liveness, locals, depth, None);
    builder.open_region(Vec::new());
    let shape = builder.expr(&form.node, Dest::Return);
    debug_assert_eq!(shape, Shape::Never);
    if builder.close_region() {
        builder.leave_with_error();
    }
    let body = builder.finish();
    cx.define(function, body, form.node.id);
    function
}

/// `(depth) -> value of the last form`, or of nothing but definitions and only once.
fn define_run(
    cx: &mut Context<'_>,
    forms: &[FuncRef],
    done: GlobalRef,
    wanted: impl Fn(&TopForm) -> bool,
    once: bool,
) -> FuncRef {
    let function = cx
        .module
        .declare(String::new(), Signature::new(&[Val::I32], &RESULT));
    let program = cx.program;
    with_builder(cx, function, &[Val::I32], |builder, params| {
        if once {
            builder.global_get(done);
            builder.op(Op::If(BlockType::Empty));
            builder.return_nil();
            builder.end();
        }
        let last = program.forms.len().wrapping_sub(1);
        for (index, (form, run)) in program.forms.iter().zip(forms).enumerate() {
            let has_value = index == last && !once;
            if !wanted(form) || (!has_value && does_nothing(builder.cx, form)) {
                continue;
            }
            builder.get(params[0]);
            builder.call(*run);
            builder.set(builder.fixed.result_bits);
            builder.set(builder.fixed.result_tag);
            builder.return_if_raised();
            if !has_value {
                builder.drop_result();
            }
        }
        builder.i32(1);
        builder.global_set(done);
        if once || program.forms.is_empty() {
            builder.return_nil();
        } else {
            builder.return_result();
        }
    });
    function
}

/// Exports with the global each stands for.
fn exports(cx: &mut Context<'_>, after_definitions: bool) -> Vec<(GlobalId, GeneratedExport)> {
    let program = cx.program;
    let mut exports = Vec::new();
    for global in program.exports() {
        let Some(info) = program.globals.get(global.0 as usize) else {
            continue;
        };
        let kind = match program.function(global) {
            Some(lambda) => GeneratedKind::Function(GeneratedFunction {
                after_definitions,
                ..export_function(cx, global, lambda)
            }),
            None => GeneratedKind::Value,
        };
        exports.push((
            global,
            GeneratedExport {
                name: info.name.clone(),
                kind,
            },
        ));
    }
    exports
}

/// Most parameters of a function of a component's world.
const MAX_EXPORTED: usize = 1_000;

fn export_function(cx: &mut Context<'_>, global: GlobalId, lambda: &Lambda) -> GeneratedFunction {
    if lambda.params.len() + usize::from(lambda.rest.is_some()) > MAX_EXPORTED {
        let what = "an exported function with more than 1,000 parameters";
        cx.unsupported(what, lambda.body.id.0);
    }
    let entry = match cx.static_global(global) {
        Some(StaticGlobal::Function(code)) => {
            let name = format!("fn.{code}");
            let version = cx.generic_version(code);
            let function = cx.entry(version);
            cx.module.export(name.clone(), function);
            Some(name)
        }
        _ => None,
    };
    let param = |name: &str, ty: Option<&rtfs_value::types::Type>| GeneratedParam {
        name: name.to_owned(),
        ty: ty.cloned(),
    };
    GeneratedFunction {
        entry,
        after_definitions: false,
        params: lambda
            .params
            .iter()
            .map(|p| param(&p.name, p.annotation.as_ref()))
            .collect(),
        rest: lambda
            .rest
            .as_ref()
            .map(|rest| param(&rest.name, rest.annotation.as_ref())),
        result: lambda.result.clone(),
    }
}

/// `call_export (export, argv, argc, depth) -> payload`, with the tag in the global.
fn define_call_export(
    cx: &mut Context<'_>,
    run: FuncRef,
    ensure: Option<FuncRef>,
    exports: &[(GlobalId, GeneratedExport)],
) {
    let params = [Val::I32; 4];
    let inner = cx
        .module
        .declare(String::new(), Signature::new(&params, &RESULT));
    with_builder(cx, inner, &params, |builder, params| {
        builder.choose_export(params, run, ensure, exports);
    });
    let outer = cx
        .module
        .declare(String::new(), Signature::new(&params, &[Val::I64]));
    with_builder(cx, outer, &params, |builder, params| {
        for param in params {
            builder.get(*param);
        }
        builder.call(inner);
        builder.set(builder.fixed.result_bits);
        builder.set_runtime_global(RuntimeGlobal::Tag);
        builder.get(builder.fixed.result_bits);
    });
    cx.module.export("call_export", outer);
}

/// `call_builtin (id, argv, argc) -> payload`, when library functions exist as values. Must come
/// after everything that may make such values.
pub(super) fn define_call_builtin(cx: &mut Context<'_>) {
    if cx.builtin_values().is_empty() {
        return;
    }
    let params = [Val::I32; 3];
    let function = cx.module.declare(
        "call_builtin".to_owned(),
        Signature::new(&params, &[Val::I64]),
    );
    with_builder(cx, function, &params, |builder, params| {
        builder.call_builtin_by_id([params[0], params[1], params[2]]);
    });
    cx.module.export("call_builtin", function);
}

/// `end_of_call ()`, in programs that make cells: frees those that only lead to each other. Must
/// come after everything that may make one.
pub(super) fn define_end_of_call(cx: &mut Context<'_>) {
    if !cx.module.imports("rt:cell_new") {
        return;
    }
    let signature = Signature::new(&[], &[]);
    let function = cx.module.declare("end_of_call".to_owned(), signature);
    let sweep = cx.runtime("rt:cells_sweep", &[], &[]);
    let body = Body {
        locals: Vec::new(),
        temporaries: Vec::new(),
        names: Vec::new(),
        ops: vec![Op::Call(sweep)],
    };
    cx.module.define(function, body);
    cx.module.export("end_of_call", function);
}

impl FunctionBuilder<'_, '_> {
    fn return_nil(&mut self) {
        self.i32(rtfs_value::tag::NIL);
        self.i64(0);
        self.i(Instruction::Return);
    }

    fn return_if_raised(&mut self) {
        self.get(self.fixed.result_tag);
        self.i32(Self::RAISED);
        self.i(Instruction::I32Eq);
        self.op(Op::If(BlockType::Empty));
        self.return_result();
        self.end();
    }

    pub(super) fn drop_result(&mut self) {
        self.get(self.fixed.result_tag);
        self.get(self.fixed.result_bits);
        self.call_runtime("rt:drop", &[Val::I32, Val::I64], &[]);
    }

    fn choose_export(
        &mut self,
        params: &[Local],
        run: FuncRef,
        ensure: Option<FuncRef>,
        exports: &[(GlobalId, GeneratedExport)],
    ) {
        let [export, argv, argc, depth] = [params[0], params[1], params[2], params[3]];
        self.get(export);
        self.i(Instruction::I32Eqz);
        self.op(Op::If(BlockType::Empty));
        self.get(argv);
        self.get(argc);
        self.call_runtime("rt:drop_args", &[Val::I32, Val::I32], &[]);
        self.get(depth);
        self.op(Op::ReturnCall(run));
        self.end();
        if let Some(ensure) = ensure {
            self.get(depth);
            self.call(ensure);
            self.set(self.fixed.result_bits);
            self.set(self.fixed.result_tag);
            self.return_if_raised();
        }
        let labels: Vec<_> = exports.iter().map(|_| self.label()).collect();
        let unknown = self.label();
        self.block(unknown);
        for label in labels.iter().rev() {
            self.block(*label);
        }
        self.get(export);
        self.i32(1);
        self.i(Instruction::I32Sub);
        self.op(Op::BrTable(labels, unknown));
        for (global, entry) in exports {
            self.end();
            self.call_one_export(*global, entry, argv, argc);
        }
        self.end();
        self.i(Instruction::Unreachable);
    }

    /// Leaves with the result of an export.
    fn call_one_export(
        &mut self,
        global: GlobalId,
        export: &GeneratedExport,
        argv: Local,
        argc: Local,
    ) {
        if let Some(StaticGlobal::Function(code)) = self.cx.static_global(global) {
            self.i32(0);
            self.get(argv);
            self.get(argc);
            self.push_next_depth();
            let entry = generic_entry(self.cx, code);
            self.op(Op::ReturnCall(entry));
            return;
        }
        self.open_region(Vec::new());
        let value = self.arm(|this| {
            let shape = match this.cx.static_global(global) {
                Some(StaticGlobal::Literal(literal)) => Shape::Const(this.literal(literal)),
                _ => this.read_global_of_export(global),
            };
            this.convert(shape, Shape::Fat(super::kinds::Kinds::ANY));
            this.set(this.fixed.result_bits);
            this.set(this.fixed.result_tag);
            if matches!(export.kind, GeneratedKind::Function(_)) {
                this.get(this.fixed.result_tag);
                this.get(this.fixed.result_bits);
                this.get(argv);
                this.get(argc);
                this.push_next_depth();
                let apply = this.cx.helper(Helper::ApplyMemory);
                this.op(Op::ReturnCall(apply));
            } else {
                this.value_takes_no_arguments(&export.name, argv, argc);
                this.return_result();
            }
            Shape::Never
        });
        self.extend(value.ops);
        if self.close_region() {
            self.leave_with_error();
        }
    }

    fn read_global_of_export(&mut self, global: GlobalId) -> Shape {
        let info = self.cx.program.globals.get(global.0 as usize);
        match info {
            Some(info) if info.definitions == 0 && info.fallback.is_none() => {
                self.clear_node();
                self.text_address(&info.name);
                self.call_runtime("rt:free_symbol", &[Val::I32], &[Val::I64]);
                self.check_runtime_result();
                self.push_result(super::kinds::Kinds::ANY)
            }
            _ => self.read_global(None, global),
        }
    }

    fn push_next_depth(&mut self) {
        self.get(self.fixed.depth);
        self.i32(1);
        self.i(Instruction::I32Sub);
    }

    fn value_takes_no_arguments(&mut self, name: &str, argv: Local, argc: Local) {
        self.get(argc);
        self.op(Op::If(BlockType::Empty));
        self.drop_result();
        self.get(argv);
        self.get(argc);
        self.call_runtime("rt:drop_args", &[Val::I32, Val::I32], &[]);
        self.i32(Self::RAISED);
        self.text_address(name);
        self.i32(0);
        self.get(argc);
        self.call_runtime(
            "rt:raise_arity",
            &[Val::I32, Val::I32, Val::I32],
            &[Val::I64],
        );
        self.i(Instruction::Return);
        self.end();
    }
}
