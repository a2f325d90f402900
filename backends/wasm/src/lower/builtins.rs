//! Calls of library functions.

use rtfs_ir::Node;
use rtfs_value::library::{self, BuiltinId, Imp};
use wasm_encoder::{BlockType, Instruction};

use super::asm::Op;
use super::builtin_kinds::result_kinds;
use super::function::{Dest, FunctionBuilder};
use super::helpers::Helper;
use super::kinds::Kinds;
use super::module::Val;
use super::shape::{Local, Operand, Shape};

impl<'p> FunctionBuilder<'_, 'p> {
    /// `(name args…)` of a library function.
    pub(super) fn builtin_call(
        &mut self,
        id: u32,
        builtin: BuiltinId,
        args: &'p [Node],
        dest: Dest,
    ) -> Shape {
        let entry = library::get(builtin);
        if library::check_arity(builtin, args.len()).is_err() {
            return self.builtin_arity_error(id, builtin, args);
        }
        if let Some(shape) = self.inline_call(id, entry.name, args, dest) {
            return shape;
        }
        let Some(mut operands) = self.operands(args.iter()) else {
            return Shape::Never;
        };
        if self.is_stand_in() {
            // Errors belong to the call that the function stands for.
            self.clear_node();
            operands.insert(1, self.depth_left());
        } else {
            self.set_node(id);
        }
        let arg_kinds: Vec<Kinds> = operands.iter().map(|operand| operand.kinds).collect();
        let kinds = result_kinds(entry.name, &arg_kinds);
        match entry.imp {
            Imp::Plain(_) => self.plain_call(entry.name, &operands),
            Imp::Steps(_) => self.steps_call(entry.name, &operands),
            Imp::HostCall => self.host_call(&operands),
        }
        let shape = self.push_result(kinds);
        self.deliver(shape, dest)
    }

    /// Calls a library function that does not call back; the result is in the result locals.
    fn plain_call(&mut self, name: &str, operands: &[Operand]) {
        match direct_name(name, operands.len()) {
            Some(direct) => self.direct_call(direct, operands),
            None => {
                self.call_with_memory(&format!("lib:{name}"), operands, operands.len());
                self.check_runtime_result();
            }
        }
    }

    /// Calls a library function that calls back; the result is in the result locals.
    pub(super) fn steps_call(&mut self, name: &str, operands: &[Operand]) {
        self.call_with_memory(&format!("lib:{name}"), operands, operands.len());
        self.drive_result();
    }

    /// A library function that does not call back, on evaluated operands of the right number.
    pub(super) fn builtin_on_operands(&mut self, id: BuiltinId, operands: &[Operand]) -> Shape {
        let name = library::get(id).name;
        if let Some(shape) = self.arithmetic_on_operands(name, operands) {
            return shape;
        }
        let kinds: Vec<Kinds> = operands.iter().map(|operand| operand.kinds).collect();
        self.plain_call(name, operands);
        self.push_result(result_kinds(name, &kinds))
    }

    fn builtin_arity_error(&mut self, id: u32, builtin: BuiltinId, args: &'p [Node]) -> Shape {
        let Some(operands) = self.operands(args.iter()) else {
            return Shape::Never;
        };
        for operand in &operands {
            self.discard(*operand);
        }
        self.set_node(id);
        self.push_builtin_arity_error(builtin, |this| {
            this.i32(u32::try_from(args.len()).unwrap_or(u32::MAX));
        });
        self.raise()
    }

    /// Makes `ArityMismatch`: the payload is left on the stack.
    fn push_builtin_arity_error(&mut self, builtin: BuiltinId, got: impl FnOnce(&mut Self)) {
        let entry = library::get(builtin);
        self.text_address(entry.name);
        self.i32(entry.min.into());
        self.i32(entry.max.map_or(u32::MAX, u32::from));
        got(self);
        self.call_runtime("rt:raise_builtin_arity", &[Val::I32; 4], &[Val::I64]);
    }

    /// `(id, argv, argc) -> payload`: the body of the function that calls library functions by
    /// number, as far as they exist as values.
    pub(super) fn call_builtin_by_id(&mut self, [id, argv, argc]: [Local; 3]) {
        for builtin in self.cx.builtin_values() {
            let entry = library::get(builtin);
            let next = self.label();
            self.block(next);
            self.get(id);
            self.i32(builtin.0.into());
            self.i(Instruction::I32Ne);
            self.op(Op::BrIf(next));
            self.push_wrong_count(entry, argc);
            self.op(Op::If(BlockType::Empty));
            self.get(argv);
            self.get(argc);
            self.call_runtime("rt:drop_args", &[Val::I32, Val::I32], &[]);
            self.push_builtin_arity_error(builtin, |this| this.get(argc));
            self.i(Instruction::Return);
            self.end();
            self.get(argv);
            self.get(argc);
            if let Imp::HostCall = entry.imp {
                self.call_runtime("rt:host_call", &[Val::I32; 2], &[Val::I64]);
            } else {
                let function = format!("lib:{}", entry.name);
                self.call_runtime(&function, &[Val::I32, Val::I32], &[Val::I64]);
            }
            self.i(Instruction::Return);
            self.end();
        }
        self.i(Instruction::Unreachable);
    }

    fn push_wrong_count(&mut self, entry: &library::Builtin, argc: Local) {
        self.get(argc);
        self.i32(entry.min.into());
        self.i(Instruction::I32Sub);
        match entry.max {
            Some(max) => {
                self.i32(u32::from(max - entry.min));
                self.i(Instruction::I32GtU);
            }
            None => {
                self.i32(0);
                self.i(Instruction::I32LtS);
            }
        }
    }

    /// Calls an `op:` function on operands, handing them over; the result is in the result
    /// locals.
    pub(super) fn direct_call(&mut self, name: &str, operands: &[Operand]) {
        self.direct_payload(name, operands);
        self.check_runtime_result();
    }

    /// As [`Self::direct_call`]; leaves the payload.
    pub(super) fn direct_payload(&mut self, name: &str, operands: &[Operand]) {
        let mut params = Vec::with_capacity(2 * operands.len());
        for operand in operands {
            self.own(*operand);
        }
        for operand in operands {
            self.push_raw(operand.loc);
            params.extend([Val::I32, Val::I64]);
        }
        self.call_runtime(&format!("op:{name}"), &params, &[Val::I64]);
    }

    /// The payload of a library function that may call back is on the stack: makes the callbacks
    /// until there is a result.
    fn drive_result(&mut self) {
        let drive = self.cx.helper(Helper::Drive);
        self.set(self.fixed.result_bits);
        self.runtime_global(super::asm::RuntimeGlobal::Tag);
        self.get(self.fixed.result_bits);
        self.get(self.fixed.depth);
        self.call(drive);
        self.check_raised();
    }

    /// `(call capability args…)`
    fn host_call(&mut self, operands: &[Operand]) {
        let mark = self.locals.mark();
        let base = self.owned_in_memory(operands);
        self.get(base);
        self.i32(u32::try_from(operands.len()).unwrap_or(u32::MAX));
        self.call_runtime("rt:host_call", &[Val::I32; 2], &[Val::I64]);
        self.free_memory(base, operands.len());
        self.locals.release(mark);
        self.check_runtime_result();
    }

    /// `(:key m)`
    pub(super) fn keyword_call(
        &mut self,
        id: u32,
        keyword: &'p Node,
        args: &'p [Node],
        dest: Dest,
    ) -> Shape {
        let nodes = std::iter::once(keyword).chain(args);
        let Some(operands) = self.operands(nodes) else {
            return Shape::Never;
        };
        self.set_node(id);
        for operand in &operands {
            self.push_owned(*operand);
        }
        let params = [Val::I32, Val::I64, Val::I32, Val::I64];
        self.call_runtime("rt:keyword_get", &params, &[Val::I64]);
        self.check_runtime_result();
        let shape = self.push_result(Kinds::ANY);
        self.deliver(shape, dest)
    }
}

/// The runtime's entry for a library function with its arguments in registers.
fn direct_name(name: &str, argc: usize) -> Option<&'static str> {
    Some(match (name, argc) {
        ("+", 2) => "add",
        ("-", 2) => "sub",
        ("*", 2) => "mul",
        ("/", 2) => "div",
        ("mod", 2) => "mod",
        ("rem", 2) => "rem",
        ("quot", 2) => "quot",
        ("-", 1) => "negate",
        ("inc", 1) => "inc",
        ("dec", 1) => "dec",
        ("abs", 1) => "abs",
        ("<", 2) => "lt",
        ("<=", 2) => "le",
        (">", 2) => "gt",
        (">=", 2) => "ge",
        ("=", 2) => "eq",
        ("not=" | "!=", 2) => "not_eq",
        ("get", 2) => "get2",
        ("get", 3) => "get3",
        ("nth", 2) => "nth2",
        ("count", 1) => "count",
        ("empty?", 1) => "empty",
        ("first", 1) => "first",
        ("last", 1) => "last",
        ("contains?", 2) => "contains",
        ("rest", 1) => "rest",
        ("conj", 2) => "conj2",
        ("cons", 2) => "cons",
        ("assoc", 3) => "assoc3",
        ("str", 2) => "str2",
        _ => return None,
    })
}
