//! Library functions of numbers with inlined paths, beside arithmetic: `max`, `min`, `abs`,
//! `sqrt`, `/`, `int`, `float`. Everything else, and every error, is left to the runtime.

use rtfs_ir::Node;
use rtfs_value::tag;
use wasm_encoder::{BlockType, Instruction};

use super::asm::{Label, Op};
use super::function::FunctionBuilder;
use super::kinds::Kinds;
use super::module::Val;
use super::shape::{Const, Loc, Operand, Shape};

/// Integral floats below this are exact, so that `/` makes integers of them.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl<'p> FunctionBuilder<'_, 'p> {
    /// A call of a function of numbers; `None`, and nothing evaluated, when it has no inlined
    /// code.
    pub(super) fn number_call(&mut self, id: u32, name: &str, args: &'p [Node]) -> Option<Shape> {
        Some(match (name, args.len()) {
            ("max", 2) => self.extreme(id, "max", Instruction::I64GeS, args),
            ("min", 2) => self.extreme(id, "min", Instruction::I64LeS, args),
            ("/", 2) => self.quotient(id, args),
            ("abs" | "sqrt" | "int" | "float", 1) => self.function_of_number(id, name, &args[0]),
            _ => return None,
        })
    }

    /// The first of two integers unless only the second is `better`.
    fn extreme(
        &mut self,
        id: u32,
        name: &str,
        better: Instruction<'static>,
        args: &'p [Node],
    ) -> Shape {
        let Some(operands) = self.operands(args.iter()) else {
            return Shape::Never;
        };
        let (a, b) = (operands[0], operands[1]);
        let select = |this: &mut Self| {
            this.push_bits(a.loc);
            this.push_bits(b.loc);
            this.push_bits(a.loc);
            this.push_bits(b.loc);
            this.i(better);
            this.i(Instruction::Select);
        };
        if a.is_int() && b.is_int() {
            select(self);
            return Shape::INT;
        }
        self.set_node(id);
        let kinds = a.kinds.or(b.kinds).and(Kinds::NUMBER);
        let shape = self.fast_or_library(&format!("lib:{name}"), &[a, b], kinds, |this, slow| {
            if !this.jump_unless_ints(slow, &a, &b) {
                return false;
            }
            this.i32(tag::INT);
            select(this);
            true
        });
        self.learn(&a, Kinds::NUMBER);
        self.learn(&b, Kinds::NUMBER);
        shape
    }

    /// Functions of one number of which the kind is known; others are the library's.
    fn function_of_number(&mut self, id: u32, name: &str, arg: &'p Node) -> Shape {
        let Some(a) = self.operand(arg) else {
            return Shape::Never;
        };
        match (name, a.kinds) {
            ("int", Kinds::INT) | ("float", Kinds::FLOAT) => return self.result(a),
            ("int", Kinds::FLOAT) => {
                self.push_f64(a.loc);
                self.i(Instruction::I64TruncSatF64S);
                return Shape::INT;
            }
            ("float", Kinds::INT) => {
                self.push_bits(a.loc);
                self.i(Instruction::F64ConvertI64S);
                return Shape::Float;
            }
            ("abs", Kinds::FLOAT) => {
                self.push_f64(a.loc);
                self.i(Instruction::F64Abs);
                return Shape::Float;
            }
            _ => {}
        }
        self.set_node(id);
        let function = match name {
            "abs" => "op:abs".to_owned(),
            name => format!("lib:{name}"),
        };
        let kinds = super::builtin_kinds::result_kinds(name, &[a.kinds]);
        let shape = self.fast_or_library(&function, &[a], kinds, |this, slow| match name {
            "abs" => this.absolute_int(&a, slow),
            "sqrt" if a.kinds == Kinds::FLOAT => this.square_root(&a, slow),
            "float" => this.float_of_int(&a, slow),
            _ => false,
        });
        if matches!(name, "abs" | "sqrt") {
            self.learn(&a, Kinds::NUMBER);
        }
        shape
    }

    fn absolute_int(&mut self, a: &Operand, slow: Label) -> bool {
        if !self.jump_unless_int(slow, a) {
            return false;
        }
        self.push_bits(a.loc);
        self.i64(i64::MIN);
        self.i(Instruction::I64Eq);
        self.op(Op::BrIf(slow));
        self.i32(tag::INT);
        self.i64(0);
        self.push_bits(a.loc);
        self.i(Instruction::I64Sub);
        self.push_bits(a.loc);
        self.push_bits(a.loc);
        self.i64(0);
        self.i(Instruction::I64LtS);
        self.i(Instruction::Select);
        true
    }

    fn square_root(&mut self, a: &Operand, slow: Label) -> bool {
        self.push_f64(a.loc);
        self.i(Instruction::F64Const(0.0.into()));
        self.i(Instruction::F64Lt);
        self.op(Op::BrIf(slow));
        self.i32(tag::FLOAT);
        self.push_f64(a.loc);
        self.i(Instruction::F64Sqrt);
        self.i(Instruction::I64ReinterpretF64);
        true
    }

    fn float_of_int(&mut self, a: &Operand, slow: Label) -> bool {
        if !self.jump_unless_int(slow, a) {
            return false;
        }
        self.i32(tag::FLOAT);
        self.push_bits(a.loc);
        self.i(Instruction::F64ConvertI64S);
        self.i(Instruction::I64ReinterpretF64);
        true
    }

    /// Jumps unless the operand is an integer. False when it certainly is none.
    fn jump_unless_int(&mut self, slow: Label, a: &Operand) -> bool {
        let zero = Operand::constant(Const::int(0));
        self.jump_unless_ints(slow, a, &zero)
    }

    /// `(/ a b)` of floats, or of a float and an integer: an integer when the quotient is one.
    fn quotient(&mut self, id: u32, args: &'p [Node]) -> Shape {
        let Some(operands) = self.operands(args.iter()) else {
            return Shape::Never;
        };
        let (a, b) = (operands[0], operands[1]);
        self.set_node(id);
        let known = |operand: &Operand| operand.is_int() || operand.kinds == Kinds::FLOAT;
        let floats = known(&a) && known(&b) && !(a.is_int() && b.is_int());
        let shape = self.fast_or_library("op:div", &[a, b], Kinds::NUMBER, |this, slow| {
            if floats {
                this.float_quotient(&a, &b, slow);
            }
            floats
        });
        self.learn(&a, Kinds::NUMBER);
        self.learn(&b, Kinds::NUMBER);
        shape
    }

    fn float_quotient(&mut self, a: &Operand, b: &Operand, slow: Label) {
        let quotient = self.locals.temporary(Val::F64);
        self.push_as_f64(b);
        self.i(Instruction::F64Const(0.0.into()));
        self.i(Instruction::F64Eq);
        self.op(Op::BrIf(slow));
        self.push_as_f64(a);
        self.push_as_f64(b);
        self.i(Instruction::F64Div);
        self.tee(quotient);
        self.i(Instruction::F64Trunc);
        self.get(quotient);
        self.i(Instruction::F64Eq);
        self.get(quotient);
        self.i(Instruction::F64Abs);
        self.i(Instruction::F64Const(EXACT.into()));
        self.i(Instruction::F64Lt);
        self.i(Instruction::I32And);
        let fat = super::module::Signature::new(&[], &[Val::I32, Val::I64]);
        let ty = self.cx.module.ty(fat);
        self.op(Op::If(BlockType::FunctionType(ty)));
        self.i32(tag::INT);
        self.get(quotient);
        self.i(Instruction::I64TruncSatF64S);
        self.i(Instruction::Else);
        self.i32(tag::FLOAT);
        self.get(quotient);
        self.i(Instruction::I64ReinterpretF64);
        self.end();
    }

    /// A result that inlined code gives as tag and payload, or jumps to have the library give it;
    /// `fast` is false when it has nothing for these operands. All operands are numbers or never
    /// counted on the fast way.
    fn fast_or_library(
        &mut self,
        function: &str,
        operands: &[Operand],
        kinds: Kinds,
        fast: impl FnOnce(&mut Self, Label) -> bool,
    ) -> Shape {
        let tag = self.locals.temporary(Val::I32);
        let bits = self.locals.temporary(Val::I64);
        let result = Loc::Fat(tag, bits);
        let (slow, done) = (self.label(), self.label());
        self.block(done);
        self.block(slow);
        if fast(self, slow) {
            self.pop_into(result);
            self.op(Op::Br(done));
        }
        self.end();
        match function.strip_prefix("op:") {
            Some(direct) => self.direct_call(direct, operands),
            None => {
                self.call_with_memory(function, operands, operands.len());
                self.check_runtime_result();
            }
        }
        self.get(self.fixed.result_tag);
        self.get(self.fixed.result_bits);
        self.pop_into(result);
        self.end();
        match kinds.only_tag() {
            Some(known) => {
                self.get(bits);
                self.known_shape(known)
            }
            None => {
                self.push_raw(result);
                Shape::Fat(kinds)
            }
        }
    }
}
