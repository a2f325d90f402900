//! Code as a list of operations with symbolic labels and functions.
//!
//! Lowering finds out late where the clean-up code of a function stands and which functions of the
//! runtime a program needs, so branches name labels and calls name functions; [`encode`] turns
//! both into the numbers of the binary format.

use wasm_encoder::{BlockType, Instruction};

/// A branch target within one function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Label(pub(super) u32);

/// A function of the module, imported or defined: index in the module's table of functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FuncRef(pub(super) u32);

/// A global of the module, imported or its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum GlobalRef {
    /// Bound by the linker.
    Runtime(RuntimeGlobal),
    /// Own global by number.
    Own(u32),
}

/// The globals that the runtime shares with generated code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RuntimeGlobal {
    /// Tag of the last result of a runtime function.
    Tag,
    /// Top of the runtime's stack in memory.
    Sp,
    /// Address of the static data.
    DataBase,
    /// First table slot.
    TableBase,
    /// Address of the record of the pending callback.
    Pending,
}

impl RuntimeGlobal {
    /// What the linker knows it as.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Tag => "tag",
            Self::Sp => "sp",
            Self::DataBase => "data_base",
            Self::TableBase => "table_base",
            Self::Pending => "pending",
        }
    }
}

/// One operation.
#[derive(Clone, Debug)]
pub(super) enum Op {
    /// An instruction without labels or symbolic indices.
    I(Instruction<'static>),
    /// Start of a block that branches to its label leave.
    Block(Label, BlockType),
    /// Start of a block that branches to its label repeat.
    Loop(Label, BlockType),
    /// `if`; no branch targets it.
    If(BlockType),
    /// End of the innermost block, loop or `if`.
    End,
    /// Branch.
    Br(Label),
    /// Branch when the operand is not 0.
    BrIf(Label),
    /// Branch by number.
    BrTable(Vec<Label>, Label),
    /// Direct call.
    Call(FuncRef),
    /// Direct tail call.
    ReturnCall(FuncRef),
    /// Call through the table; the type's index.
    CallIndirect(u32),
    /// Tail call through the table; the type's index.
    ReturnCallIndirect(u32),
    /// Reads a global.
    GlobalGet(GlobalRef),
    /// Writes a global.
    GlobalSet(GlobalRef),
}

/// Final numbers of functions and globals.
pub(super) trait Indices {
    /// Index of a function.
    fn function(&self, function: FuncRef) -> u32;
    /// Index of a global.
    fn global(&self, global: GlobalRef) -> u32;
}

/// Appends `ops` and the final `end` to a function.
pub(super) fn encode(ops: &[Op], indices: &dyn Indices, function: &mut wasm_encoder::Function) {
    // The innermost label last; `if` has none of its own but counts.
    let mut open: Vec<Option<Label>> = Vec::new();
    for op in ops {
        let instruction = match op {
            Op::I(instruction) => instruction.clone(),
            Op::Block(label, ty) => {
                open.push(Some(*label));
                Instruction::Block(*ty)
            }
            Op::Loop(label, ty) => {
                open.push(Some(*label));
                Instruction::Loop(*ty)
            }
            Op::If(ty) => {
                open.push(None);
                Instruction::If(*ty)
            }
            Op::End => {
                open.pop();
                Instruction::End
            }
            Op::Br(label) => Instruction::Br(depth(&open, *label)),
            Op::BrIf(label) => Instruction::BrIf(depth(&open, *label)),
            Op::BrTable(labels, default) => Instruction::BrTable(
                labels.iter().map(|label| depth(&open, *label)).collect(),
                depth(&open, *default),
            ),
            Op::Call(callee) => Instruction::Call(indices.function(*callee)),
            Op::ReturnCall(callee) => Instruction::ReturnCall(indices.function(*callee)),
            Op::CallIndirect(ty) => Instruction::CallIndirect {
                type_index: *ty,
                table_index: 0,
            },
            Op::ReturnCallIndirect(ty) => Instruction::ReturnCallIndirect {
                type_index: *ty,
                table_index: 0,
            },
            Op::GlobalGet(global) => Instruction::GlobalGet(indices.global(*global)),
            Op::GlobalSet(global) => Instruction::GlobalSet(indices.global(*global)),
        };
        function.instruction(&instruction);
    }
    function.instruction(&Instruction::End);
}

fn depth(open: &[Option<Label>], label: Label) -> u32 {
    let distance = open.iter().rev().position(|known| *known == Some(label));
    debug_assert!(distance.is_some(), "a branch leaves the block of {label:?}");
    // A wrong distance would not pass validation, which follows.
    u32::try_from(distance.unwrap_or(open.len())).unwrap_or(u32::MAX)
}
