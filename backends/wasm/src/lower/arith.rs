//! Arithmetic with inlined paths for integers and floats. Everything else, and every overflow, is
//! left to the runtime, which also makes the errors.

use rtfs_ir::Node;
use rtfs_value::tag;
use wasm_encoder::Instruction;

use super::asm::{Label, Op};
use super::builtin_kinds::result_kinds;
use super::function::{Dest, FunctionBuilder};
use super::kinds::Kinds;
use super::module::Val;
use super::shape::{Const, Loc, Local, Operand, Shape};

/// A function of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arithmetic {
    Add,
    Sub,
    Mul,
    Rem,
    Quot,
}

impl Arithmetic {
    const fn direct(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Sub => "sub",
            Self::Mul => "mul",
            Self::Rem => "rem",
            Self::Quot => "quot",
        }
    }

    const fn of_floats(self) -> Option<Instruction<'static>> {
        match self {
            Self::Add => Some(Instruction::F64Add),
            Self::Sub => Some(Instruction::F64Sub),
            Self::Mul => Some(Instruction::F64Mul),
            Self::Rem | Self::Quot => None,
        }
    }

    /// The result for two integers, if it is one.
    fn fold(self, a: i64, b: i64) -> Option<i64> {
        match self {
            Self::Add => a.checked_add(b),
            Self::Sub => a.checked_sub(b),
            Self::Mul => a.checked_mul(b),
            Self::Rem => a.checked_rem(b),
            Self::Quot => a.checked_div(b),
        }
    }
}

impl<'p> FunctionBuilder<'_, 'p> {
    /// Arithmetic on one or two evaluated operands; `None`, and no code, for other functions.
    pub(super) fn arithmetic_on_operands(
        &mut self,
        name: &str,
        operands: &[Operand],
    ) -> Option<Shape> {
        let one = Operand::constant(Const::int(1));
        let (op, direct, a, b) = match (name, operands) {
            ("+", [a, b]) => (Arithmetic::Add, "add", *a, *b),
            ("-", [a, b]) => (Arithmetic::Sub, "sub", *a, *b),
            ("*", [a, b]) => (Arithmetic::Mul, "mul", *a, *b),
            ("inc", [a]) => (Arithmetic::Add, "inc", *a, one),
            ("dec", [a]) => (Arithmetic::Sub, "dec", *a, one),
            _ => return None,
        };
        Some(self.binary(op, direct, a, b))
    }

    /// A call of a library function that has inlined code; `None`, and nothing evaluated, when it
    /// has none.
    pub(super) fn inline_call(
        &mut self,
        id: u32,
        name: &str,
        args: &'p [Node],
        dest: Dest,
    ) -> Option<Shape> {
        if self.cx.options.opt_level == 0 {
            return None;
        }
        let arithmetic = match (name, args.len()) {
            ("+", 2..) => Arithmetic::Add,
            ("-", 2..) => Arithmetic::Sub,
            ("*", 2..) => Arithmetic::Mul,
            ("mod" | "rem", 2) => Arithmetic::Rem,
            ("quot", 2) => Arithmetic::Quot,
            ("inc", 1) => return Some(self.step(id, Arithmetic::Add, "inc", &args[0], dest)),
            ("dec", 1) => return Some(self.step(id, Arithmetic::Sub, "dec", &args[0], dest)),
            _ => {
                if let Some(shape) = self
                    .sequence_call(id, name, args)
                    .or_else(|| self.number_call(id, name, args))
                    .or_else(|| self.walk_call(id, name, args))
                {
                    return Some(self.deliver(shape, dest));
                }
                return self.test_value(id, name, args, dest);
            }
        };
        let Some(operands) = self.operands(args.iter()) else {
            return Some(Shape::Never);
        };
        self.set_node(id);
        let direct = if name == "mod" {
            "mod"
        } else {
            arithmetic.direct()
        };
        let mut shape = self.binary(arithmetic, direct, operands[0], operands[1]);
        for operand in &operands[2..] {
            let left = match shape {
                Shape::Const(value) => Operand::constant(value),
                shape => self.store(shape),
            };
            shape = self.binary(arithmetic, direct, left, *operand);
        }
        Some(self.deliver(shape, dest))
    }

    /// `inc` and `dec`
    fn step(
        &mut self,
        id: u32,
        arithmetic: Arithmetic,
        direct: &'static str,
        arg: &'p Node,
        dest: Dest,
    ) -> Shape {
        let Some(operand) = self.operand(arg) else {
            return Shape::Never;
        };
        self.set_node(id);
        let one = Operand::constant(Const::int(1));
        let shape = self.binary(arithmetic, direct, operand, one);
        self.deliver(shape, dest)
    }

    /// One operation; `direct` is the runtime's function for the slow path.
    fn binary(&mut self, op: Arithmetic, direct: &'static str, a: Operand, b: Operand) -> Shape {
        let float = |operand: &Operand| operand.kinds == Kinds::FLOAT;
        let constants = (
            a.loc.as_const().and_then(Const::as_int),
            b.loc.as_const().and_then(Const::as_int),
        );
        if let (Some(x), Some(y)) = constants
            && let Some(result) = op.fold(x, y)
        {
            return Shape::Const(Const::int(result));
        }
        if a.is_int() && b.is_int() {
            return self.of_ints(op, direct, &a, &b);
        }
        if let Some(instruction) = op.of_floats()
            && (float(&a) || float(&b))
            && (float(&a) || a.is_int())
            && (float(&b) || b.is_int())
        {
            self.push_as_f64(&a);
            self.push_as_f64(&b);
            self.i(instruction);
            return Shape::Float;
        }
        self.of_unknown(op, direct, &a, &b)
    }

    /// Pushes an integer or float as `f64`.
    pub(super) fn push_as_f64(&mut self, operand: &Operand) {
        if operand.is_int() {
            self.push_bits(operand.loc);
            self.i(Instruction::F64ConvertI64S);
        } else {
            self.push_f64(operand.loc);
        }
    }

    /// Both are integers: the result is one too, or an error.
    fn of_ints(&mut self, op: Arithmetic, direct: &'static str, a: &Operand, b: &Operand) -> Shape {
        let result = self.locals.temporary(Val::I64);
        match op {
            Arithmetic::Add | Arithmetic::Sub => {
                let pad = self.overflow_pad(direct, [a.loc, b.loc], |this| {
                    let operands = [*a, *b];
                    let n = if matches!(direct, "inc" | "dec") {
                        1
                    } else {
                        2
                    };
                    this.direct_payload(direct, &operands[..n]);
                });
                self.add_or_sub(op, a.loc, b.loc, result, pad);
                self.get(result);
                Shape::INT
            }
            Arithmetic::Mul | Arithmetic::Rem | Arithmetic::Quot => {
                let (slow, done) = (self.label(), self.label());
                self.block(done);
                self.block(slow);
                self.mul_or_div(op, a.loc, b.loc, result, slow);
                self.op(Op::Br(done));
                self.end();
                self.slow_path(direct, a, b);
                self.get(self.fixed.result_bits);
                self.set(result);
                self.end();
                self.get(result);
                Shape::INT
            }
        }
    }

    /// `result = a ± b`, or a jump.
    fn add_or_sub(&mut self, op: Arithmetic, a: Loc, b: Loc, result: Local, overflow: Label) {
        self.push_bits(a);
        self.push_bits(b);
        self.i(if op == Arithmetic::Add {
            Instruction::I64Add
        } else {
            Instruction::I64Sub
        });
        self.set(result);
        let constant = |loc: Loc| loc.as_const().and_then(Const::as_int);
        match (op, constant(a), constant(b)) {
            // Adding a positive number must not make it smaller, a negative one not larger.
            (Arithmetic::Add, Some(c), None) => self.push_wrapped(result, b, c > 0),
            (Arithmetic::Add, None, Some(c)) => self.push_wrapped(result, a, c > 0),
            (Arithmetic::Sub, None, Some(c)) => self.push_wrapped(result, a, c < 0),
            // Operands of like sign (of unlike sign for `-`) and a result of the other.
            _ => {
                self.push_bits(a);
                if op == Arithmetic::Add {
                    self.get(result);
                } else {
                    self.push_bits(b);
                }
                self.i(Instruction::I64Xor);
                self.push_bits(if op == Arithmetic::Add { b } else { a });
                self.get(result);
                self.i(Instruction::I64Xor);
                self.i(Instruction::I64And);
                self.i64(0);
                self.i(Instruction::I64LtS);
            }
        }
        self.op(Op::BrIf(overflow));
    }

    fn push_wrapped(&mut self, result: Local, operand: Loc, grows: bool) {
        self.get(result);
        self.push_bits(operand);
        self.i(if grows {
            Instruction::I64LtS
        } else {
            Instruction::I64GtS
        });
    }

    /// `result = a op b`, or a jump.
    fn mul_or_div(&mut self, op: Arithmetic, a: Loc, b: Loc, result: Local, slow: Label) {
        match op {
            Arithmetic::Mul => {
                self.jump_unless_small(a, b, slow);
                self.push_bits(a);
                self.push_bits(b);
                self.i(Instruction::I64Mul);
            }
            _ => {
                self.jump_for_divisor(b, slow);
                self.push_bits(a);
                self.push_bits(b);
                self.i(if op == Arithmetic::Rem {
                    Instruction::I64RemS
                } else {
                    Instruction::I64DivS
                });
            }
        }
        self.set(result);
    }

    /// Jumps unless the product certainly fits.
    fn jump_unless_small(&mut self, a: Loc, b: Loc, slow: Label) {
        let constant = |loc: Loc| loc.as_const().and_then(Const::as_int);
        if let Some((c, other)) = constant(a)
            .map(|c| (c, b))
            .or_else(|| constant(b).map(|c| (c, a)))
        {
            if matches!(c, 0 | 1) {
                return;
            }
            // |other| <= MAX / |c|
            let limit = i64::MAX.unsigned_abs() / c.unsigned_abs();
            self.push_bits(other);
            self.i64(limit.cast_signed());
            self.i(Instruction::I64Add);
            self.i64((2 * limit).cast_signed());
            self.i(Instruction::I64GtU);
            self.op(Op::BrIf(slow));
            return;
        }
        // Both fit in 32 bits.
        let half = 1_i64 << 31;
        self.push_bits(a);
        self.i64(half);
        self.i(Instruction::I64Add);
        if a != b {
            self.push_bits(b);
            self.i64(half);
            self.i(Instruction::I64Add);
            self.i(Instruction::I64Or);
        }
        self.i64(i64::from(u32::MAX));
        self.i(Instruction::I64GtU);
        self.op(Op::BrIf(slow));
    }

    /// Jumps for the divisors 0 and -1: `DivisionByZero`, and overflow of the smallest integer.
    fn jump_for_divisor(&mut self, b: Loc, slow: Label) {
        match b.as_const().and_then(Const::as_int) {
            Some(0 | -1) => self.op(Op::Br(slow)),
            Some(_) => {}
            None => {
                self.push_bits(b);
                self.i64(1);
                self.i(Instruction::I64Add);
                self.i64(1);
                self.i(Instruction::I64LeU);
                self.op(Op::BrIf(slow));
            }
        }
    }

    /// Calls the runtime; the result is in the result locals.
    fn slow_path(&mut self, direct: &'static str, a: &Operand, b: &Operand) {
        if matches!(direct, "inc" | "dec") {
            self.direct_call(direct, &[*a]);
        } else {
            self.direct_call(direct, &[*a, *b]);
        }
    }

    /// Integers are handled here, floats too where that is common, the rest by the runtime.
    fn of_unknown(
        &mut self,
        op: Arithmetic,
        direct: &'static str,
        a: &Operand,
        b: &Operand,
    ) -> Shape {
        let tag = self.locals.temporary(Val::I32);
        let bits = self.locals.temporary(Val::I64);
        let (slow, done) = (self.label(), self.label());
        self.block(done);
        self.block(slow);
        if self.jump_unless_ints(slow, a, b) {
            match op {
                Arithmetic::Add | Arithmetic::Sub => self.add_or_sub(op, a.loc, b.loc, bits, slow),
                _ => self.mul_or_div(op, a.loc, b.loc, bits, slow),
            }
            self.i32(tag::INT);
            self.set(tag);
            self.op(Op::Br(done));
        }
        self.end();
        if let Some(instruction) = op.of_floats()
            && a.kinds.or(b.kinds).is_within(Kinds::NUMBER)
            && !self.leaves_integers()
        {
            self.of_mixed(instruction, a, b, Loc::Fat(tag, bits), done);
        }
        self.slow_path(direct, a, b);
        self.get(self.fixed.result_tag);
        self.set(tag);
        self.get(self.fixed.result_bits);
        self.set(bits);
        self.end();
        self.learn(a, Kinds::NUMBER);
        self.learn(b, Kinds::NUMBER);
        self.get(tag);
        self.get(bits);
        Shape::Fat(result_kinds("+", &[a.kinds, b.kinds]))
    }

    /// Both are numbers: computes with floats unless both are integers.
    fn of_mixed(
        &mut self,
        instruction: Instruction<'static>,
        a: &Operand,
        b: &Operand,
        result: Loc,
        done: Label,
    ) {
        let integers = self.label();
        self.block(integers);
        if self.jump_unless_float(a, b, integers) {
            self.i32(tag::FLOAT);
            self.push_number_as_f64(a);
            self.push_number_as_f64(b);
            self.i(instruction);
            self.i(Instruction::I64ReinterpretF64);
            self.pop_into(result);
            self.op(Op::Br(done));
        }
        self.end();
    }

    /// Jumps when neither number is a float. False when certainly neither is.
    fn jump_unless_float(&mut self, a: &Operand, b: &Operand, neither: Label) -> bool {
        if a.kinds == Kinds::FLOAT || b.kinds == Kinds::FLOAT {
            return true;
        }
        let mut tests = 0;
        for operand in [a, b] {
            if operand.kinds.meets(Kinds::FLOAT) {
                self.push_tag(operand.loc);
                self.i32(tag::FLOAT);
                self.i(Instruction::I32Ne);
                tests += 1;
            }
        }
        match tests {
            0 => return false,
            1 => {}
            _ => self.i(Instruction::I32And),
        }
        self.op(Op::BrIf(neither));
        true
    }

    fn push_number_as_f64(&mut self, operand: &Operand) {
        if operand.is_int() || operand.kinds == Kinds::FLOAT {
            return self.push_as_f64(operand);
        }
        self.push_f64(operand.loc);
        self.push_bits(operand.loc);
        self.i(Instruction::F64ConvertI64S);
        self.push_tag(operand.loc);
        self.i32(tag::FLOAT);
        self.i(Instruction::I32Eq);
        self.i(Instruction::Select);
    }
}
