//! Tests: comparisons and questions about kinds, as values and as conditions of branches.

use rtfs_ir::{Node, NodeKind};
use rtfs_value::{layout, library, tag};
use wasm_encoder::{BlockType, Instruction};

use super::asm::Op;
use super::builtin_kinds::{accepted_kinds, asked_kinds};
use super::function::{Dest, FunctionBuilder, Target};
use super::kinds::Kinds;
use super::module::Val;
use super::shape::{Const, Operand, Shape, VarId};
use super::texts::comparable_text;

/// An evaluated test.
#[derive(Clone, Copy, Debug)]
pub(super) enum Test {
    /// An operand does not complete.
    Never,
    /// The answer is known.
    Known(bool),
    /// The answer is on the stack, 0 or 1.
    Answer,
    /// The same, from comparing floats.
    FloatAnswer,
    /// The answer is on the stack; it tells whether the variable is of these kinds.
    Kinds(VarId, Kinds),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
}

impl Comparison {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "<" => Self::Less,
            "<=" => Self::LessEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterEqual,
            "=" => Self::Equal,
            "not=" | "!=" => Self::NotEqual,
            _ => return None,
        })
    }

    const fn direct(self) -> &'static str {
        match self {
            Self::Less => "lt",
            Self::LessEqual => "le",
            Self::Greater => "gt",
            Self::GreaterEqual => "ge",
            Self::Equal => "eq",
            Self::NotEqual => "not_eq",
        }
    }

    const fn of_ints(self) -> Instruction<'static> {
        match self {
            Self::Less => Instruction::I64LtS,
            Self::LessEqual => Instruction::I64LeS,
            Self::Greater => Instruction::I64GtS,
            Self::GreaterEqual => Instruction::I64GeS,
            Self::Equal => Instruction::I64Eq,
            Self::NotEqual => Instruction::I64Ne,
        }
    }

    const fn of_floats(self) -> Instruction<'static> {
        match self {
            Self::Less => Instruction::F64Lt,
            Self::LessEqual => Instruction::F64Le,
            Self::Greater => Instruction::F64Gt,
            Self::GreaterEqual => Instruction::F64Ge,
            Self::Equal => Instruction::F64Eq,
            Self::NotEqual => Instruction::F64Ne,
        }
    }

    const fn is_order(self) -> bool {
        !matches!(self, Self::Equal | Self::NotEqual)
    }
}

impl<'p> FunctionBuilder<'_, 'p> {
    /// Evaluates a call that is a test; `None`, and nothing evaluated, when it is none.
    pub(super) fn test_call(
        &mut self,
        node: &'p Node,
        head: &Node,
        args: &'p [Node],
    ) -> Option<Test> {
        let NodeKind::Builtin(builtin) = head.kind else {
            return None;
        };
        if self.cx.options.opt_level == 0 || library::check_arity(builtin, args.len()).is_err() {
            return None;
        }
        self.named_test(node.id.0, library::get(builtin).name, args)
    }

    /// A test as a value.
    pub(super) fn test_value(
        &mut self,
        id: u32,
        name: &str,
        args: &'p [Node],
        dest: Dest,
    ) -> Option<Shape> {
        let shape = match self.named_test(id, name, args)? {
            Test::Never => return Some(Shape::Never),
            Test::Known(answer) => Shape::Const(Const::bool(answer)),
            Test::Answer | Test::FloatAnswer | Test::Kinds(..) => Shape::Bool,
        };
        Some(self.deliver(shape, dest))
    }

    fn named_test(&mut self, id: u32, name: &str, args: &'p [Node]) -> Option<Test> {
        match args {
            [a, b] => {
                let comparison = Comparison::of(name)?;
                Some(self.compare(id, comparison, a, b))
            }
            [a] => match name {
                "zero?" => Some(self.compare_with_zero(id, name, Comparison::Equal, a)),
                "pos?" => Some(self.compare_with_zero(id, name, Comparison::Greater, a)),
                "neg?" => Some(self.compare_with_zero(id, name, Comparison::Less, a)),
                "even?" => Some(self.parity(id, name, Comparison::Equal, a)),
                "odd?" => Some(self.parity(id, name, Comparison::NotEqual, a)),
                "not" => Some(self.negation(a)),
                "empty?" => Some(self.emptiness(id, a)),
                _ => {
                    let kinds = asked_kinds(name)?;
                    Some(self.kind_question(kinds, a))
                }
            },
            _ => None,
        }
    }

    fn negation(&mut self, a: &'p Node) -> Test {
        let Some(operand) = self.operand(a) else {
            return Test::Never;
        };
        if let Some(truth) = operand.truth() {
            self.discard(operand);
            return Test::Known(!truth);
        }
        self.push_truth(&operand);
        self.discard(operand);
        self.i(Instruction::I32Eqz);
        Test::Answer
    }

    /// `empty?` of a sequence or map: its length, which all have at the same place.
    fn emptiness(&mut self, id: u32, a: &'p Node) -> Test {
        const { assert!(layout::SEQ_LEN == layout::MAP_LEN) };
        let Some(a) = self.operand(a) else {
            return Test::Never;
        };
        let counted = Kinds::VECTOR.or(Kinds::LIST).or(Kinds::MAP);
        self.set_node(id);
        let mark = self.locals.mark();
        let answer = self.locals.temporary(Val::I32);
        let (slow, done) = (self.label(), self.label());
        self.block(done);
        self.block(slow);
        if a.kinds.meets(counted) {
            self.jump_unless(&a, counted, slow);
            self.push_items_left(&a);
            self.i(Instruction::I32Eqz);
            self.set(answer);
            self.give_up_if_owned(&a);
            self.op(Op::Br(done));
        }
        self.end();
        if a.kinds.is_within(counted) {
            self.consumed(&a);
            self.i(Instruction::Unreachable);
        } else {
            let a = self.settled(a);
            self.direct_call("empty", &[a]);
            self.get(self.fixed.result_bits);
            self.i(Instruction::I32WrapI64);
            self.set(answer);
        }
        self.end();
        self.get(answer);
        self.locals.release(mark);
        Test::Answer
    }

    fn kind_question(&mut self, kinds: Kinds, a: &'p Node) -> Test {
        let Some(operand) = self.operand(a) else {
            return Test::Never;
        };
        let known = if operand.kinds.is_within(kinds) {
            Some(true)
        } else if operand.kinds.meets(kinds) {
            None
        } else {
            Some(false)
        };
        if let Some(answer) = known {
            self.discard(operand);
            return Test::Known(answer);
        }
        self.push_is_of(&operand, kinds);
        self.discard(operand);
        match operand.var.filter(|_| !operand.owned) {
            Some(var) => Test::Kinds(var, kinds),
            None => Test::Answer,
        }
    }

    fn compare(&mut self, id: u32, comparison: Comparison, a: &'p Node, b: &'p Node) -> Test {
        let Some(operands) = self.operands([a, b].into_iter()) else {
            return Test::Never;
        };
        let [a, b] = [operands[0], operands[1]];
        if a.is_int() && b.is_int() {
            return self.compare_ints(comparison, &a, &b);
        }
        if a.kinds == Kinds::FLOAT && b.kinds == Kinds::FLOAT {
            self.push_f64(a.loc);
            self.push_f64(b.loc);
            self.i(comparison.of_floats());
            return Test::FloatAnswer;
        }
        if !comparison.is_order() {
            return self.compare_equal(comparison, a, b);
        }
        self.set_node(id);
        self.ints_or_direct(comparison, &a, &b);
        self.learn_comparable(comparison, &a, &b);
        Test::Answer
    }

    fn compare_ints(&mut self, comparison: Comparison, a: &Operand, b: &Operand) -> Test {
        if let (Some(a), Some(b)) = (a.loc.as_const(), b.loc.as_const())
            && let (Some(a), Some(b)) = (a.as_int(), b.as_int())
        {
            return Test::Known(match comparison {
                Comparison::Less => a < b,
                Comparison::LessEqual => a <= b,
                Comparison::Greater => a > b,
                Comparison::GreaterEqual => a >= b,
                Comparison::Equal => a == b,
                Comparison::NotEqual => a != b,
            });
        }
        self.push_bits(a.loc);
        self.push_bits(b.loc);
        self.i(comparison.of_ints());
        Test::Answer
    }

    /// Compares payloads when both are integers, else asks the runtime. The answer is on the
    /// stack.
    fn ints_or_direct(&mut self, comparison: Comparison, a: &Operand, b: &Operand) {
        let mark = self.locals.mark();
        let answer = self.locals.temporary(Val::I32);
        let (slow, done) = (self.label(), self.label());
        self.block(done);
        self.block(slow);
        let before = self.state.clone();
        if self.jump_unless_ints(slow, a, b) {
            self.push_bits(a.loc);
            self.push_bits(b.loc);
            self.i(comparison.of_ints());
            self.set(answer);
            self.op(Op::Br(done));
        }
        self.end();
        self.direct_call(comparison.direct(), &[*a, *b]);
        self.get(self.fixed.result_bits);
        self.i(Instruction::I32WrapI64);
        self.set(answer);
        self.end();
        debug_assert!(before.reachable, "operands completed");
        self.get(answer);
        self.locals.release(mark);
    }

    /// Jumps unless both operands are integers. False when they certainly are not both.
    pub(super) fn jump_unless_ints(
        &mut self,
        slow: super::asm::Label,
        a: &Operand,
        b: &Operand,
    ) -> bool {
        if self.cx.options.opt_level == 0
            || !a.kinds.meets(Kinds::INT)
            || !b.kinds.meets(Kinds::INT)
        {
            return false;
        }
        let mut tests = 0;
        for operand in [a, b] {
            if !operand.is_int() {
                self.push_tag(operand.loc);
                self.i32(tag::INT);
                if tests == 0 && (a.is_int() || b.is_int()) {
                    self.i(Instruction::I32Ne);
                } else {
                    self.i(Instruction::I32Xor);
                }
                tests += 1;
            }
        }
        if tests == 2 {
            self.i(Instruction::I32Or);
        }
        if tests > 0 {
            self.op(Op::BrIf(slow));
        }
        true
    }

    fn learn_comparable(&mut self, comparison: Comparison, a: &Operand, b: &Operand) {
        let kinds = [a.kinds, b.kinds];
        let name = if comparison.is_order() { "<" } else { "=" };
        self.learn(a, accepted_kinds(name, 0, &kinds));
        self.learn(b, accepted_kinds(name, 1, &kinds));
    }

    /// Equality never raises.
    fn compare_equal(&mut self, comparison: Comparison, a: Operand, b: Operand) -> Test {
        let equal = comparison == Comparison::Equal;
        if !a.kinds.may_equal(b.kinds) {
            self.discard(a);
            self.discard(b);
            return Test::Known(!equal);
        }
        let payloads = Kinds::NIL.or(Kinds::BOOL).or(Kinds::INT);
        let simple = [(a, b), (b, a)]
            .into_iter()
            .find(|(one, _)| one.kinds.is_within(payloads) || comparable_text(one).is_some());
        match simple {
            Some((one, other)) => self.push_equal_to_constant(&other, &one),
            None => self.push_equal(&a, &b),
        }
        self.discard(a);
        self.discard(b);
        if !equal {
            self.i(Instruction::I32Eqz);
        }
        Test::Answer
    }

    /// `one` is a scalar that is equal exactly when tag and payload are.
    fn push_same_scalar(&mut self, one: &Operand, other: &Operand) {
        let tags = match (one.loc.tag(), other.loc.tag()) {
            (Some(a), Some(b)) if a == b => 0,
            _ if one.kinds == other.kinds && one.kinds.only_tag().is_some() => 0,
            _ => {
                self.push_tag(one.loc);
                self.push_tag(other.loc);
                self.i(Instruction::I32Eq);
                1
            }
        };
        // There is only one nil.
        let payloads = if one.kinds == Kinds::NIL {
            0
        } else {
            self.push_bits(one.loc);
            self.push_bits(other.loc);
            self.i(Instruction::I64Eq);
            1
        };
        match tags + payloads {
            0 => self.i32(1),
            1 => {}
            _ => self.i(Instruction::I32And),
        }
    }

    /// Equal tags and payloads of integers are the common case; the runtime knows the rest.
    fn push_equal(&mut self, a: &Operand, b: &Operand) {
        let mark = self.locals.mark();
        let answer = self.locals.temporary(Val::I32);
        let (slow, done) = (self.label(), self.label());
        self.block(done);
        self.block(slow);
        if self.jump_unless_ints(slow, a, b) {
            self.push_bits(a.loc);
            self.push_bits(b.loc);
            self.i(Instruction::I64Eq);
            self.set(answer);
            self.op(Op::Br(done));
        }
        self.end();
        self.push_raw(a.loc);
        self.push_raw(b.loc);
        let params = [Val::I32, Val::I64, Val::I32, Val::I64];
        self.call_runtime("rt:equal", &params, &[Val::I32]);
        self.set(answer);
        self.end();
        self.get(answer);
        self.locals.release(mark);
    }

    /// Pushes whether a value equals a constant, or any scalar that is equal to nothing else.
    pub(super) fn push_equal_to_constant(&mut self, value: &Operand, constant: &Operand) {
        if !value.kinds.may_equal(constant.kinds) {
            self.i32(0);
        } else if constant
            .kinds
            .is_within(Kinds::NIL.or(Kinds::BOOL).or(Kinds::INT))
        {
            self.push_same_scalar(constant, value);
        } else if let Some((tag, text)) = comparable_text(constant) {
            self.push_same_text(value, tag, text);
        } else {
            self.push_equal(value, constant);
        }
    }

    fn compare_with_zero(
        &mut self,
        id: u32,
        name: &str,
        comparison: Comparison,
        a: &'p Node,
    ) -> Test {
        let Some(a) = self.operand(a) else {
            return Test::Never;
        };
        let zero = Operand::constant(Const::int(0));
        if a.is_int() {
            return self.compare_ints(comparison, &a, &zero);
        }
        self.number_test(id, name, a, |this| {
            this.push_bits(a.loc);
            this.i64(0);
            this.i(comparison.of_ints());
        })
    }

    /// `even?` and `odd?`: how the lowest bit compares with 0.
    fn parity(&mut self, id: u32, name: &str, comparison: Comparison, a: &'p Node) -> Test {
        let Some(a) = self.operand(a) else {
            return Test::Never;
        };
        if let Some(i) = a.loc.as_const().and_then(Const::as_int) {
            return Test::Known((i % 2 == 0) == (comparison == Comparison::Equal));
        }
        let lowest_bit = |this: &mut Self| {
            this.push_bits(a.loc);
            this.i64(1);
            this.i(Instruction::I64And);
            this.i64(0);
            this.i(comparison.of_ints());
        };
        if a.is_int() {
            lowest_bit(self);
            return Test::Answer;
        }
        self.number_test(id, name, a, lowest_bit)
    }

    /// A question about a number: `of_int` answers for integers, the library for the rest.
    fn number_test(
        &mut self,
        id: u32,
        name: &str,
        a: Operand,
        of_int: impl FnOnce(&mut Self),
    ) -> Test {
        let zero = Operand::constant(Const::int(0));
        self.set_node(id);
        let mark = self.locals.mark();
        let answer = self.locals.temporary(Val::I32);
        let (slow, done) = (self.label(), self.label());
        self.block(done);
        self.block(slow);
        if self.jump_unless_ints(slow, &a, &zero) {
            of_int(self);
            self.set(answer);
            self.op(Op::Br(done));
        }
        self.end();
        self.call_with_memory(&format!("lib:{name}"), &[a], 1);
        self.check_runtime_result();
        self.get(self.fixed.result_bits);
        self.i(Instruction::I32WrapI64);
        self.set(answer);
        self.end();
        self.get(answer);
        self.locals.release(mark);
        self.learn(&a, Kinds::NUMBER);
        Test::Answer
    }

    /// Jumps when the answer of a test is `sense`.
    pub(super) fn branch_on_test(&mut self, test: Test, sense: bool, target: &mut Target) {
        match test {
            Test::Never => {}
            Test::Known(answer) if answer == sense => self.br(target),
            Test::Known(_) => {}
            Test::Answer => {
                if !sense {
                    self.i(Instruction::I32Eqz);
                }
                self.br_if(target, None);
            }
            Test::FloatAnswer if sense => self.br_if(target, None),
            // Comparisons of floats have no opposite, so negating one costs.
            Test::FloatAnswer => {
                self.op(Op::If(BlockType::Empty));
                self.i(Instruction::Else);
                let going_on = self.state.clone();
                self.br(target);
                self.state = going_on;
                self.end();
            }
            Test::Kinds(var, kinds) => {
                if !sense {
                    self.i(Instruction::I32Eqz);
                }
                let others = self.kinds_of(var).without(kinds);
                let (there, here) = if sense {
                    (kinds, others)
                } else {
                    (others, kinds)
                };
                self.br_if(target, Some((var, there)));
                let here = self.kinds_of(var).and(here);
                self.state.learn(var, here);
            }
        }
    }
}
