//! Arithmetic and comparison of two operands that are often integers.
//!
//! Two integers are computed here; everything else, overflow included, is left to the library
//! function. Operands that are variables or constants are read where they are.

use rtfs_value::library::direct;
use rtfs_value::{Error, Value};

use crate::direct::Binary;

/// A library function of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
}

impl Arithmetic {
    /// The function of a name.
    pub(crate) fn named(name: &str) -> Option<Arithmetic> {
        Some(match name {
            "+" => Arithmetic::Add,
            "-" => Arithmetic::Subtract,
            "*" => Arithmetic::Multiply,
            "<" => Arithmetic::Less,
            "<=" => Arithmetic::LessOrEqual,
            ">" => Arithmetic::Greater,
            ">=" => Arithmetic::GreaterOrEqual,
            "=" => Arithmetic::Equal,
            _ => return None,
        })
    }

    /// The result for two integers, unless it overflows.
    #[inline]
    pub(crate) fn of_integers(self, a: i64, b: i64) -> Option<Value> {
        match self {
            Arithmetic::Add => a.checked_add(b).map(Value::int),
            Arithmetic::Subtract => a.checked_sub(b).map(Value::int),
            Arithmetic::Multiply => a.checked_mul(b).map(Value::int),
            Arithmetic::Less => Some(Value::bool(a < b)),
            Arithmetic::LessOrEqual => Some(Value::bool(a <= b)),
            Arithmetic::Greater => Some(Value::bool(a > b)),
            Arithmetic::GreaterOrEqual => Some(Value::bool(a >= b)),
            Arithmetic::Equal => Some(Value::bool(a == b)),
        }
    }

    /// The result for any two values.
    pub(crate) fn of_values(self, a: Value, b: Value) -> Result<Value, Error> {
        let function: Binary = match self {
            Arithmetic::Add => direct::add,
            Arithmetic::Subtract => direct::sub,
            Arithmetic::Multiply => direct::mul,
            Arithmetic::Less => direct::lt,
            Arithmetic::LessOrEqual => direct::le,
            Arithmetic::Greater => direct::gt,
            Arithmetic::GreaterOrEqual => direct::ge,
            Arithmetic::Equal => direct::eq,
        };
        function(a, b)
    }
}

/// Where an operand is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// On top of the stack, or below the other operand.
    Stack,
    /// In a slot.
    Local(u32),
    /// Among the constants.
    Const(u32),
}

/// A [`Source`] in four bytes, so that an instruction has room for two and a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operand(u32);

const LOCAL: u32 = 1 << 30;
const CONST: u32 = 2 << 30;
const INDEX: u32 = LOCAL - 1;

impl Operand {
    pub(crate) const STACK: Operand = Operand(0);

    /// A slot; `None` when its number is too large.
    pub(crate) fn local(slot: u32) -> Option<Operand> {
        (slot <= INDEX).then_some(Operand(LOCAL | slot))
    }

    /// A constant; `None` when its number is too large.
    pub(crate) fn constant(index: u32) -> Option<Operand> {
        (index <= INDEX).then_some(Operand(CONST | index))
    }

    #[inline]
    pub(crate) fn source(self) -> Source {
        match self.0 & !INDEX {
            LOCAL => Source::Local(self.0 & INDEX),
            CONST => Source::Const(self.0 & INDEX),
            _ => Source::Stack,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtfs_value::library::BUILTINS;

    #[test]
    fn the_short_way_gives_what_the_library_gives() {
        let numbers = [i64::MIN, -2, -1, 0, 1, 2, 3, 1 << 40, i64::MAX];
        let mut functions = 0;
        for function in BUILTINS
            .iter()
            .filter_map(|builtin| Arithmetic::named(builtin.name))
        {
            functions += 1;
            for (a, b) in numbers.into_iter().flat_map(|a| numbers.map(|b| (a, b))) {
                let library = function.of_values(Value::int(a), Value::int(b));
                assert_eq!(
                    function.of_integers(a, b),
                    library.ok(),
                    "{function:?} {a} {b}"
                );
            }
        }
        assert_eq!(functions, 8);
    }

    #[test]
    fn operands_keep_their_source() {
        assert_eq!(Operand::STACK.source(), Source::Stack);
        assert_eq!(
            Operand::local(INDEX).map(Operand::source),
            Some(Source::Local(INDEX))
        );
        assert_eq!(
            Operand::constant(0).map(Operand::source),
            Some(Source::Const(0))
        );
        assert_eq!(Operand::local(INDEX + 1), None);
        assert_eq!(Operand::constant(INDEX + 1), None);
    }
}
