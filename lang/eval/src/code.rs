//! Compiled code: one row of instructions per function and per top-level form.
//!
//! The machine does not walk the IR tree: [`crate::compile`] flattens every function once. An
//! activation's part of the value stack is
//!
//! ```text
//! base-1  the closure that runs
//! base    slots: parameters, local variables, hidden temporaries
//!  …      operands
//! ```
//!
//! Instructions take their operands from the top of the stack and leave their result there.

use std::rc::Rc;

use rtfs_ir::{CatchSelector, Import, Place};
use rtfs_value::error::ErrorKind;
use rtfs_value::types::Type;
use rtfs_value::{BuiltinId, Error, Value};

use crate::arith::{Arithmetic, Operand};
use crate::direct::{Binary, Unary};

/// A library function that needs no callback.
pub(crate) type PlainFn = fn(&mut [Value]) -> Result<Value, Error>;

/// Marks instructions that belong to no form of their own: errors they raise get the node of the
/// pending call.
pub(crate) const NO_NODE: u32 = u32::MAX;

/// An instruction. `target` fields are positions in the same row; other fields are slots of the
/// activation or indices into the tables of [`Code`].
#[derive(Clone, Copy, Debug)]
pub(crate) enum Op {
    /// Push a constant.
    Const(u32),
    /// Push nil.
    Nil,
    /// Push the value of a slot.
    Local(u32),
    /// Push the value of a slot that is not read again, leaving nil.
    Take(u32),
    /// Push a captured value.
    Capture(u32),
    /// Push the running closure.
    SelfFn,
    /// Replace a cell by its content; an empty one raises `UndefinedSymbol` with this name.
    Uncell(u32),
    /// Push the value of a top-level name.
    Global(u32),
    /// Push the value of a name the program does not define.
    Free(u32),
    /// Push an export of a module; the two names.
    Qualified(u32, u32),
    /// Push the context value of a resource reference.
    ResourceRef(u32),
    /// Drop the top.
    Pop,
    /// Push the top once more.
    Dup,
    /// Pop into a slot.
    Store(u32),
    /// Pop into the cell of a slot.
    StoreCell(u32),
    /// Put a fresh empty cell into a slot.
    NewCell(u32),
    /// Put the value of a slot into a fresh cell in the same slot.
    Enclose(u32),
    /// Define a top-level name as the top, which stays.
    Define(u32),
    /// Check the type of the top, which stays.
    Check(u32),
    /// Check the type of a slot.
    CheckSlot { slot: u32, check: u32 },
    /// Check each item of the rest list in a slot.
    CheckRest { slot: u32, check: u32 },
    /// Push a new closure.
    Closure(u32),
    /// Pop items, push a vector.
    Vector(u32),
    /// Pop values, push a map with these keys.
    Map(u32),
    /// Push the result of an arithmetic function.
    Arith {
        function: Arithmetic,
        left: Operand,
        right: Operand,
    },
    /// Continue elsewhere when the result of an arithmetic function is false.
    Branch {
        function: Arithmetic,
        left: Operand,
        right: Operand,
        otherwise: u32,
    },
    /// Apply a library function to the top value.
    Unary(Unary),
    /// Apply a library function to the top two values.
    Binary(Binary),
    /// Apply a library function without callbacks to the top `argc` values.
    Plain { function: PlainFn, argc: u32 },
    /// Apply any library function, arity included, to the top `argc` values.
    Builtin { id: BuiltinId, argc: u32 },
    /// Apply the value below the top `argc` values.
    Call(u32),
    /// As `Call`, replacing the activation.
    TailCall(u32),
    /// As `TailCall` when the called value is the running closure, else as `Call`.
    SelfCall(u32),
    /// Ask a model instead of running the body.
    ModelCall(u32),
    /// Leave the activation with the top as its value.
    Return,
    /// Continue elsewhere.
    Jump(u32),
    /// Pop; continue elsewhere when it is false.
    JumpIfFalse(u32),
    /// Continue elsewhere when the top is false, else drop it.
    AndJump(u32),
    /// Continue elsewhere when the top is true, else drop it.
    OrJump(u32),
    /// From here to `PopHandler`, catchable errors continue at the target, with the error pushed.
    PushHandler(u32),
    /// End of a protected range.
    PopHandler,
    /// Continue elsewhere unless the selector takes the error on top.
    Catches { selector: u32, otherwise: u32 },
    /// The error on top was caught in this function.
    Caught,
    /// Raise the error on top again.
    Rethrow,
    /// Pop a flag: raise the error below it again when it is true.
    EndFinally,
    /// The sequence in a slot has exactly `count` items.
    ExpectExact { slot: u32, count: u32 },
    /// The sequence in a slot has at least `count` items.
    ExpectAtLeast { slot: u32, count: u32 },
    /// The slot holds a map.
    ExpectMap(u32),
    /// Push an item of the sequence in a slot.
    Item { slot: u32, index: u32 },
    /// Push a vector of the items from `start`.
    ItemsFrom { slot: u32, start: u32 },
    /// Push the value of a key of the map in a slot, nil when it is missing.
    Field { slot: u32, key: u32 },
    /// Push the value of a key of the map in a slot, or continue elsewhere when it is missing.
    FieldOr { slot: u32, key: u32, otherwise: u32 },
    /// Push the map in a slot without these keys.
    Without { slot: u32, keys: u32 },
    /// Continue elsewhere unless the slot holds a sequence of exactly `count` items.
    TestExact {
        slot: u32,
        count: u32,
        otherwise: u32,
    },
    /// Continue elsewhere unless the slot holds a sequence of at least `count` items.
    TestAtLeast {
        slot: u32,
        count: u32,
        otherwise: u32,
    },
    /// Continue elsewhere unless the slot holds a map.
    TestMap { slot: u32, otherwise: u32 },
    /// Continue elsewhere unless the slot equals the constant.
    TestEqual {
        slot: u32,
        constant: u32,
        otherwise: u32,
    },
    /// Continue elsewhere unless the slot fits the type.
    TestType {
        slot: u32,
        check: u32,
        otherwise: u32,
    },
    /// No clause was taken.
    NoMatch,
    /// Pop a collection; put its items into the slot and 0 into the next one.
    ForItems(u32),
    /// Push the next item of a `for`, or continue elsewhere after the last.
    ForNext { slot: u32, done: u32 },
    /// Pop a value and append it to the vector in the slot.
    Append(u32),
    /// Pop the count of a `dotimes` into the slot and put 0 into the next one.
    Count(u32),
    /// Push the next number of a `dotimes`, or continue elsewhere after the last.
    CountNext { slot: u32, done: u32 },
    /// Pop the values of these hints and put them in force.
    PushHints(u32),
    /// End of the innermost hints.
    PopHints,
    /// Import a module.
    Import(u32),
    /// Raise a new error.
    Raise(u32),
}

impl Op {
    /// The position this instruction may continue at, if it can jump.
    pub(crate) fn target_mut(&mut self) -> Option<&mut u32> {
        match self {
            Op::Jump(target)
            | Op::JumpIfFalse(target)
            | Op::AndJump(target)
            | Op::OrJump(target)
            | Op::PushHandler(target)
            | Op::Branch {
                otherwise: target, ..
            }
            | Op::Catches {
                otherwise: target, ..
            }
            | Op::FieldOr {
                otherwise: target, ..
            }
            | Op::TestExact {
                otherwise: target, ..
            }
            | Op::TestAtLeast {
                otherwise: target, ..
            }
            | Op::TestMap {
                otherwise: target, ..
            }
            | Op::TestEqual {
                otherwise: target, ..
            }
            | Op::TestType {
                otherwise: target, ..
            }
            | Op::ForNext { done: target, .. }
            | Op::CountNext { done: target, .. } => Some(target),
            _ => None,
        }
    }
}

/// What a closure is made of.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    /// Index in the environment's table of functions.
    pub(crate) code: u32,
    /// Read when the closure is made.
    pub(crate) captures: Vec<Place>,
}

/// A type check and the start of its message.
#[derive(Clone, Debug)]
pub(crate) struct Check {
    pub(crate) ty: Type,
    pub(crate) context: String,
}

/// The instructions of one function or top-level form, with their tables.
#[derive(Clone, Debug, Default)]
pub(crate) struct Code {
    /// Name in messages and in `:stack`.
    pub(crate) name: Option<Rc<str>>,
    /// Fixed parameters; they arrive in the first slots.
    pub(crate) params: u32,
    /// The slot after the parameters receives the list of the other arguments.
    pub(crate) variadic: bool,
    /// How many slots an activation has.
    pub(crate) slots: u32,
    /// The source module's names and imports this code sees.
    pub(crate) scope: u32,
    /// It does not see what other programs defined at their top level.
    pub(crate) isolated: bool,
    pub(crate) ops: Vec<Op>,
    /// The node of each instruction.
    pub(crate) nodes: Vec<u32>,
    pub(crate) constants: Vec<Value>,
    pub(crate) names: Vec<Rc<str>>,
    pub(crate) checks: Vec<Check>,
    pub(crate) templates: Vec<Template>,
    pub(crate) selectors: Vec<CatchSelector>,
    /// Keys of map literals and map patterns.
    pub(crate) key_rows: Vec<Vec<Value>>,
    /// Keys of hint scopes.
    pub(crate) hint_rows: Vec<Vec<Rc<str>>>,
    pub(crate) imports: Vec<Import>,
    /// Errors that are raised as soon as evaluation comes by.
    pub(crate) raises: Vec<(ErrorKind, String)>,
}

impl Code {
    /// The function's name in messages.
    pub(crate) fn display_name(&self) -> &str {
        self.name.as_deref().unwrap_or("fn")
    }
}
