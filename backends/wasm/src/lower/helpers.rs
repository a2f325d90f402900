//! Functions that generated code shares: calls of unknown values, and callbacks of library
//! functions.

use rtfs_value::{layout, tag};
use wasm_encoder::{BlockType, Instruction};

use super::asm::{FuncRef, Label, Op, RuntimeGlobal};
use super::context::{CODE_ARITY, CODE_ENTRY_SIZE, CODE_FAST, CODE_GENERIC, Context, VARIADIC};
use super::function::{Activation, FunctionBuilder};
use super::kinds::Kinds;
use super::liveness::Liveness;
use super::locals::Locals;
use super::module::{Signature, Val};
use super::shape::{Loc, Local, Operand};

/// A function that is made when something calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Helper {
    /// `(f, args…, depth) -> result`: calls any value.
    Apply {
        /// Number of arguments.
        argc: u32,
    },
    /// `(tag, argc) -> i32`: the place in the table of the generic entry, if this is a function of
    /// the program that takes so many arguments; otherwise -1.
    Accepts,
    /// `(result, depth) -> result`: makes callbacks until a library function is done.
    Drive,
    /// `(f, argv, argc, depth) -> result`: calls any value with arguments in memory; the depth is
    /// the callee's.
    ApplyMemory,
    /// The same as a call of the program; the depth is the caller's.
    ApplyWide,
}

/// The signature of generic entries.
pub(super) const GENERIC: [Val; 4] = [Val::I32, Val::I32, Val::I32, Val::I32];
const RESULT: [Val; 2] = [Val::I32, Val::I64];

impl Helper {
    /// For people.
    pub(super) fn name(self) -> String {
        match self {
            Self::Apply { argc } => format!("apply.{argc}"),
            Self::Accepts => "accepts".to_owned(),
            Self::Drive => "drive".to_owned(),
            Self::ApplyMemory => "apply.memory".to_owned(),
            Self::ApplyWide => "apply.wide".to_owned(),
        }
    }

    fn params(self) -> Vec<Val> {
        match self {
            Self::Apply { argc } => {
                let mut params = RESULT.repeat(argc as usize + 1);
                params.push(Val::I32);
                params
            }
            Self::Accepts => vec![Val::I32, Val::I32],
            Self::Drive => vec![Val::I32, Val::I64, Val::I32],
            Self::ApplyMemory | Self::ApplyWide => {
                vec![Val::I32, Val::I64, Val::I32, Val::I32, Val::I32]
            }
        }
    }

    /// The type.
    pub(super) fn signature(self) -> Signature {
        let results = match self {
            Self::Accepts => &[Val::I32][..],
            _ => &RESULT[..],
        };
        Signature::new(&self.params(), results)
    }
}

/// Makes the body of a helper.
pub(super) fn define(cx: &mut Context<'_>, helper: Helper, function: FuncRef) {
    let mut locals = Locals::default();
    let params: Vec<Local> = helper
        .params()
        .into_iter()
        .map(|ty| locals.param(ty))
        .collect();
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
    match helper {
        Helper::Apply { .. } => builder.apply(&params),
        Helper::Accepts => builder.accepts(params[0], params[1]),
        Helper::Drive => builder.drive(params[0], params[1]),
        Helper::ApplyMemory => builder.apply_memory(&params, true),
        Helper::ApplyWide => builder.apply_memory(&params, false),
    }
    let body = builder.finish();
    cx.module.define(function, body);
}

impl FunctionBuilder<'_, '_> {
    fn fat(tag: Local, bits: Local) -> Operand {
        let loc = Loc::Fat(tag, bits);
        Operand {
            loc,
            kinds: Kinds::ANY,
            var: None,
            owned: true,
            in_env: false,
        }
    }

    /// Pushes whether a tag is that of a function of the program.
    fn push_is_function(&mut self, callee: Local) {
        self.get(callee);
        let low = self.locals.temporary(Val::I32);
        self.i32(0xff);
        self.i(Instruction::I32And);
        self.tee(low);
        self.i32(tag::CLOSURE);
        self.i(Instruction::I32Eq);
        self.get(low);
        self.i32(tag::STATIC_FN);
        self.i(Instruction::I32Eq);
        self.i(Instruction::I32Or);
    }

    /// Stores the address of a function's entry in the code table, less the table's offset.
    fn code_entry(&mut self, callee: Local) -> Local {
        self.get(callee);
        self.code_entry_of_tag()
    }

    /// As [`Self::code_entry`] of the tag on the stack.
    fn code_entry_of_tag(&mut self) -> Local {
        self.cx.reads_code_table();
        let entry = self.locals.temporary(Val::I32);
        self.i32(8);
        self.i(Instruction::I32ShrU);
        self.i32(CODE_ENTRY_SIZE);
        self.i(Instruction::I32Mul);
        self.runtime_global(RuntimeGlobal::DataBase);
        self.i(Instruction::I32Add);
        self.set(entry);
        entry
    }

    fn load_code(&mut self, entry: Local, field: u32) {
        let at = self.cx.code_table.0 + field;
        self.get(entry);
        self.i(Instruction::I32Load(Self::mem(at, 2)));
    }

    /// Returns a result in the result locals.
    pub(super) fn return_result(&mut self) {
        self.get(self.fixed.result_tag);
        self.get(self.fixed.result_bits);
        self.i(Instruction::Return);
    }

    /// The payload of a runtime function's result is on the stack: makes the callbacks that it
    /// wants, then returns.
    fn return_driven(&mut self) {
        self.set(self.fixed.result_bits);
        self.runtime_global(RuntimeGlobal::Tag);
        self.tee(self.fixed.result_tag);
        self.i32(tag::STEPS);
        self.i(Instruction::I32Eq);
        self.op(Op::If(BlockType::Empty));
        self.get(self.fixed.result_tag);
        self.get(self.fixed.result_bits);
        self.get(self.fixed.depth);
        let drive = self.cx.helper(Helper::Drive);
        self.op(Op::ReturnCall(drive));
        self.end();
        self.return_result();
    }

    fn apply(&mut self, params: &[Local]) {
        let callee = Self::fat(params[0], params[1]);
        let args: Vec<Operand> = params[2..params.len() - 1]
            .chunks_exact(2)
            .map(|pair| Self::fat(pair[0], pair[1]))
            .collect();
        let other = self.label();
        self.block(other);
        self.push_is_function(params[0]);
        self.i(Instruction::I32Eqz);
        self.op(Op::BrIf(other));
        self.apply_function(params[0], params[1], &args);
        self.end();
        let base = self.owned_in_memory(&args);
        self.push_raw(callee.loc);
        self.get(base);
        self.i32(u32::try_from(args.len()).unwrap_or(u32::MAX));
        let types = [Val::I32, Val::I64, Val::I32, Val::I32];
        self.call_runtime("rt:call_other", &types, &[Val::I64]);
        self.free_memory(base, args.len());
        self.return_driven();
    }

    /// Leaves by calling a function of the program.
    fn apply_function(&mut self, tag: Local, bits: Local, args: &[Operand]) {
        let argc = u32::try_from(args.len()).unwrap_or(u32::MAX);
        let entry = self.code_entry(tag);
        let general = self.label();
        self.block(general);
        self.load_code(entry, CODE_ARITY);
        self.i32(argc);
        self.i(Instruction::I32Ne);
        self.op(Op::BrIf(general));
        // The generic entry raises the error.
        self.get(self.fixed.depth);
        self.i(Instruction::I32Eqz);
        self.op(Op::BrIf(general));
        self.get(bits);
        self.i(Instruction::I32WrapI64);
        for arg in args {
            self.push_raw(arg.loc);
        }
        self.push_callee_depth(false);
        self.load_code(entry, CODE_FAST);
        let ty = self.fast_type(args.len());
        self.op(Op::ReturnCallIndirect(ty));
        self.end();
        let scratch = self.write_arguments(args);
        self.get(bits);
        self.i(Instruction::I32WrapI64);
        self.get(scratch);
        self.i32(argc);
        self.push_callee_depth(false);
        self.load_code(entry, CODE_GENERIC);
        self.return_call_generic();
    }

    /// Writes arguments to where generic entries may find them: they read them before anything else.
    pub(super) fn write_arguments(&mut self, args: &[Operand]) -> Local {
        let scratch = self.locals.temporary(Val::I32);
        let arguments = self.cx.scratch();
        self.data_address(arguments);
        self.set(scratch);
        for (arg, index) in args.iter().zip(0u32..) {
            self.store_value(scratch, layout::VALUE_SIZE * index, arg.loc);
        }
        scratch
    }

    /// Leaves by a call of the generic entry with this place in the table.
    pub(super) fn tail_call_generic(&mut self, slot: Local, callee: &Operand, args: &[Operand]) {
        for arg in args {
            self.own(*arg);
        }
        let scratch = self.write_arguments(args);
        self.own(*callee);
        self.push_address(callee.loc);
        self.get(scratch);
        self.i32(u32::try_from(args.len()).unwrap_or(u32::MAX));
        self.push_callee_depth(true);
        self.get(slot);
        debug_assert!(self.state.owned().is_empty(), "everything was handed over");
        self.return_call_generic();
    }

    /// The type of fast entries.
    fn fast_type(&mut self, argc: usize) -> u32 {
        let mut params = vec![Val::I32];
        params.extend(RESULT.repeat(argc));
        params.push(Val::I32);
        self.cx.module.ty(Signature::new(&params, &RESULT))
    }

    /// Compares the callee with the functions that it may well be, and calls what it is directly. A
    /// call that is no tail call leaves its result in the result locals and jumps to the first
    /// label; when no call may be pending it jumps to the second. Whoever has the other way accounts
    /// for the operands.
    pub(super) fn call_likely(
        &mut self,
        callee: &Operand,
        args: &[Operand],
        labels: Option<(Label, Label)>,
    ) {
        for code in self.cx.callees.with_arity(args.len()).to_vec() {
            let has_env = !self.cx.functions.get(code).lambda.captures.is_empty();
            let kind = if has_env {
                tag::CLOSURE
            } else {
                tag::STATIC_FN
            };
            let next = self.label();
            self.block(next);
            self.push_tag(callee.loc);
            self.i32(tag::with_code(kind, code));
            self.i(Instruction::I32Ne);
            self.op(Op::BrIf(next));
            if let Some((_, other)) = labels {
                self.get(self.fixed.depth);
                self.i(Instruction::I32Eqz);
                self.op(Op::BrIf(other));
            }
            let before = self.state.clone();
            if has_env {
                if callee.owned {
                    self.own(*callee);
                } else {
                    self.count_one_more(callee.loc);
                }
                self.push_address(callee.loc);
            } else if callee.owned {
                self.own(*callee);
            }
            let version = self.version_for(code, args);
            self.push_args(&version, args);
            self.push_callee_depth(labels.is_none());
            let entry = self.cx.entry(version);
            match labels {
                Some((done, _)) => {
                    self.call(entry);
                    self.set(self.fixed.result_bits);
                    self.set(self.fixed.result_tag);
                    self.op(Op::Br(done));
                }
                None => self.op(Op::ReturnCall(entry)),
            }
            self.end();
            self.state = before;
        }
    }

    /// Calls a function of the program that takes exactly these arguments by its fast entry, here;
    /// jumps when the callee is something else or no call may be pending. A call that is no tail
    /// call leaves its result in the result locals. Whoever has the other way accounts for the
    /// operands.
    pub(super) fn call_fast(
        &mut self,
        callee: &Operand,
        args: &[Operand],
        tail: bool,
        other: Label,
    ) {
        let mark = self.locals.mark();
        let argc = u32::try_from(args.len()).unwrap_or(u32::MAX);
        // Entry 0 stands for everything else, and takes no number of arguments.
        self.push_tag(callee.loc);
        let entry = self.code_entry_of_tag();
        self.load_code(entry, CODE_ARITY);
        self.i32(argc);
        self.i(Instruction::I32Ne);
        self.op(Op::BrIf(other));
        if !tail {
            self.get(self.fixed.depth);
            self.i(Instruction::I32Eqz);
            self.op(Op::BrIf(other));
        }
        let before = self.state.clone();
        if callee.owned {
            self.own(*callee);
        } else {
            // Functions without an environment have the address 0, where nothing is.
            self.count_one_more(callee.loc);
        }
        for arg in args {
            self.own(*arg);
        }
        self.push_address(callee.loc);
        for arg in args {
            self.push_raw(arg.loc);
        }
        self.push_callee_depth(tail);
        self.load_code(entry, CODE_FAST);
        let ty = self.fast_type(args.len());
        if tail {
            debug_assert!(self.state.owned().is_empty(), "everything was handed over");
            self.op(Op::ReturnCallIndirect(ty));
        } else {
            self.op(Op::CallIndirect(ty));
            self.set(self.fixed.result_bits);
            self.set(self.fixed.result_tag);
        }
        self.state = before;
        self.locals.release(mark);
    }

    fn push_callee_depth(&mut self, tail: bool) {
        self.get(self.fixed.depth);
        if !tail {
            self.i32(1);
            self.i(Instruction::I32Sub);
        }
    }

    fn return_call_generic(&mut self) {
        let ty = self.cx.module.ty(Signature::new(&GENERIC, &RESULT));
        self.op(Op::ReturnCallIndirect(ty));
    }

    fn accepts(&mut self, callee: Local, argc: Local) {
        let no = self.label();
        self.block(no);
        self.push_is_function(callee);
        self.i(Instruction::I32Eqz);
        self.op(Op::BrIf(no));
        let entry = self.code_entry(callee);
        let arity = self.locals.temporary(Val::I32);
        self.load_code(entry, CODE_ARITY);
        self.tee(arity);
        self.get(argc);
        self.i(Instruction::I32Eq);
        // A rest parameter takes what is left.
        self.get(arity);
        self.i32(0);
        self.i(Instruction::I32LtS);
        self.get(argc);
        self.get(arity);
        self.i32(VARIADIC - 1);
        self.i(Instruction::I32And);
        self.i(Instruction::I32GeU);
        self.i(Instruction::I32And);
        self.i(Instruction::I32Or);
        self.i(Instruction::I32Eqz);
        self.op(Op::BrIf(no));
        self.load_code(entry, CODE_GENERIC);
        self.i(Instruction::Return);
        self.end();
        self.i32(u32::MAX);
    }

    /// `counted`: the depth is the callee's.
    fn apply_memory(&mut self, params: &[Local], counted: bool) {
        let [tag, bits, argv, argc] = [params[0], params[1], params[2], params[3]];
        self.push_is_function(tag);
        self.op(Op::If(BlockType::Empty));
        let entry = self.code_entry(tag);
        self.get(bits);
        self.i(Instruction::I32WrapI64);
        self.get(argv);
        self.get(argc);
        self.push_callee_depth(counted);
        self.load_code(entry, CODE_GENERIC);
        self.return_call_generic();
        self.end();
        self.get(tag);
        self.get(bits);
        self.get(argv);
        self.get(argc);
        let types = [Val::I32, Val::I64, Val::I32, Val::I32];
        self.call_runtime("rt:call_other", &types, &[Val::I64]);
        self.return_driven();
    }

    fn drive(&mut self, tag: Local, bits: Local) {
        let (again, wants) = (self.label(), self.label());
        let [callee, argv, argc] = [(); 3].map(|()| self.locals.temporary(Val::I32));
        let [callee_bits, rest] = [(); 2].map(|()| self.locals.temporary(Val::I64));
        self.op(Op::Loop(again, BlockType::Empty));
        self.block(wants);
        self.get(tag);
        self.i32(tag::STEPS);
        self.i(Instruction::I32Eq);
        self.op(Op::BrIf(wants));
        self.get(tag);
        self.get(bits);
        self.i(Instruction::Return);
        self.end();
        self.get(bits);
        self.set(rest);
        self.take_pending(callee, callee_bits, argv, argc);
        self.raise_if_too_deep(Loc::Fat(callee, callee_bits), argv, argc, rest);
        self.get(callee);
        self.get(callee_bits);
        self.get(argv);
        self.get(argc);
        self.push_callee_depth(false);
        let apply = self.cx.helper(Helper::ApplyMemory);
        self.call(apply);
        self.set(bits);
        self.set(tag);
        self.free_pending_buffer(argv, argc);
        self.pass_error_on(tag, bits, rest);
        self.get(rest);
        self.i(Instruction::I64Eqz);
        self.op(Op::BrIf(again));
        self.get(rest);
        self.get(tag);
        self.get(bits);
        let types = [Val::I64, Val::I32, Val::I64];
        self.call_runtime("rt:resume", &types, &[Val::I64]);
        self.set(bits);
        self.runtime_global(RuntimeGlobal::Tag);
        self.set(tag);
        self.op(Op::Br(again));
        self.end();
        self.i(Instruction::Unreachable);
    }

    /// Takes the wanted call out of the runtime's record.
    fn take_pending(&mut self, callee: Local, callee_bits: Local, argv: Local, argc: Local) {
        for (offset, local) in [(layout::VALUE_TAG, callee), (16, argv), (20, argc)] {
            self.runtime_global(RuntimeGlobal::Pending);
            self.i(Instruction::I32Load(Self::mem(offset, 2)));
            self.set(local);
        }
        self.runtime_global(RuntimeGlobal::Pending);
        self.i(Instruction::I64Load(Self::mem(layout::VALUE_BITS, 3)));
        self.set(callee_bits);
    }

    fn free_pending_buffer(&mut self, argv: Local, argc: Local) {
        self.get(argv);
        self.runtime_global(RuntimeGlobal::Pending);
        self.i32(32);
        self.i(Instruction::I32Add);
        self.i(Instruction::I32Ne);
        self.op(Op::If(BlockType::Empty));
        self.get(argv);
        self.get(argc);
        self.call_runtime("rt:args_free", &[Val::I32, Val::I32], &[]);
        self.end();
    }

    /// A callback counts as a call.
    fn raise_if_too_deep(&mut self, callee: Loc, argv: Local, argc: Local, rest: Local) {
        self.get(self.fixed.depth);
        self.i(Instruction::I32Eqz);
        self.op(Op::If(BlockType::Empty));
        self.push_raw(callee);
        self.call_runtime("rt:drop", &[Val::I32, Val::I64], &[]);
        self.get(argv);
        self.get(argc);
        self.call_runtime("rt:drop_args", &[Val::I32, Val::I32], &[]);
        self.free_pending_buffer(argv, argc);
        self.drop_rest(rest);
        self.i32(Self::RAISED);
        self.call_runtime("rt:raise_stack_overflow", &[], &[Val::I64]);
        self.i(Instruction::Return);
        self.end();
    }

    fn pass_error_on(&mut self, tag: Local, bits: Local, rest: Local) {
        self.get(tag);
        self.i32(Self::RAISED);
        self.i(Instruction::I32Eq);
        self.op(Op::If(BlockType::Empty));
        self.drop_rest(rest);
        self.get(tag);
        self.get(bits);
        self.i(Instruction::Return);
        self.end();
    }

    fn drop_rest(&mut self, rest: Local) {
        self.get(rest);
        self.i64(0);
        self.i(Instruction::I64Ne);
        self.op(Op::If(BlockType::Empty));
        self.i32(tag::STEPS);
        self.get(rest);
        self.call_runtime("rt:drop", &[Val::I32, Val::I64], &[]);
        self.end();
    }
}
