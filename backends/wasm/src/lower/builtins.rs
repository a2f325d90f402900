//! Calls of library functions.

use rtfs_ir::Node;
use rtfs_value::library::{self, BuiltinId, Imp};
use rtfs_value::tag;

use super::function::{Dest, FunctionBuilder};
use super::helpers::Helper;
use super::kinds::Kinds;
use super::module::Val;
use super::shape::{Operand, Shape};

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
        let Some(operands) = self.operands(args.iter()) else { return Shape::Never };
        self.set_node(id);
        let kinds = result_kinds(entry.name);
        match entry.imp {
            Imp::Plain(_) => match direct_name(entry.name, args.len()) {
                Some(direct) => self.direct_call(direct, &operands),
                None => {
                    let function = format!("lib:{}", entry.name);
                    self.call_with_memory(&function, &operands, operands.len());
                    self.check_runtime_result();
                }
            },
            Imp::Steps(_) => {
                let function = format!("lib:{}", entry.name);
                self.call_with_memory(&function, &operands, operands.len());
                self.drive_result();
            }
            Imp::HostCall => self.host_call(&operands),
        }
        let shape = self.push_result(kinds);
        self.deliver(shape, dest)
    }

    fn builtin_arity_error(&mut self, id: u32, builtin: BuiltinId, args: &'p [Node]) -> Shape {
        let Some(operands) = self.operands(args.iter()) else { return Shape::Never };
        for operand in &operands {
            self.discard(*operand);
        }
        self.set_node(id);
        self.i32(builtin.0.into());
        self.i32(u32::try_from(args.len()).unwrap_or(u32::MAX));
        self.call_runtime("rt:raise_builtin_arity", &[Val::I32, Val::I32], &[Val::I64]);
        self.raise()
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
            self.push_owned(*operand);
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
        self.i32(0);
        self.i32(0);
        let params = [Val::I32, Val::I32, Val::I32, Val::I32];
        self.call_runtime("rt:host_call", &params, &[Val::I64]);
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
        let Some(operands) = self.operands(nodes) else { return Shape::Never };
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

/// What a library function gives.
pub(super) fn result_kinds(name: &str) -> Kinds {
    match name {
        "+" | "-" | "*" | "/" | "mod" | "rem" | "quot" | "inc" | "dec" | "abs" | "min" | "max"
        | "pow" => Kinds::NUMBER,
        "count" | "length" | "string-length" | "compare" | "factorial" | "int" => Kinds::INT,
        "sqrt" | "float" => Kinds::FLOAT,
        "=" | "not=" | "!=" | "<" | "<=" | ">" | ">=" | "not" | "empty?" | "contains?" | "even?"
        | "odd?" | "zero?" | "pos?" | "neg?" | "every?" | "some?" | "nil?" | "bool?" | "int?"
        | "float?" | "string?" | "symbol?" | "keyword?" | "vector?" | "list?" | "map?" | "number?"
        | "fn?" | "error?" | "timestamp?" | "uuid?" | "string-contains" | "string-contains?"
        | "starts-with?" | "ends-with?" | "string-p" => Kinds::BOOL,
        "str" | "substring" | "join" | "string-join" | "string-upper" | "string-lower"
        | "string-trim" | "type-name" | "serialize-json" | "serialize-json-pretty" => Kinds::STRING,
        "vector" | "vec" | "keys" | "vals" | "concat" | "subvec" | "partition" | "range" | "numbers"
        | "map" | "map-indexed" | "filter" | "remove" | "split" | "re-seq" => Kinds::VECTOR,
        "list" => Kinds::LIST,
        "hash-map" | "group-by" | "frequencies" => Kinds::MAP,
        "Exception." | "RuntimeError." | "HostError." | "ValidationError." => Kinds::ERROR,
        _ => Kinds::ANY.or(Kinds::of(tag::OPAQUE_FN)),
    }
}
