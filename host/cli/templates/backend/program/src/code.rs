//! What the backend embeds: the program's description and its functions as instructions.
//!
//! Numbers are little-endian. A text is its length (4 bytes) and its bytes; so is the description.
//! A function is its name, parameters, slots, and number of instructions (4 bytes each); an
//! instruction is its code (1 byte), its node (4) and its operand (8).

/// An instruction. Operands are on a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Pushes an integer.
    Int(i64),
    /// Pushes a boolean.
    Bool(bool),
    /// Pushes nil.
    Nil,
    /// Pushes the value of a slot.
    Load(u32),
    /// Pops the value of a slot.
    Store(u32),
    /// Drops the top.
    Pop,
    /// Pops the arguments of a library function, and pushes its result.
    Library { function: u16, argc: u32 },
    /// Goes on elsewhere.
    Jump(u32),
    /// Pops, and goes on elsewhere when that was nil or false.
    JumpUnless(u32),
    /// Pops the arguments of a function, and pushes its result.
    Call(u32),
    /// Goes on with another function instead of this one.
    TailCall(u32),
    /// Pushes a function that nothing can call: what definitions are worth.
    Definition,
    /// Ends the function; its result is on top.
    Return,
}

/// A function of the program. The first is its top level, the others are its exports, in order,
/// and what they need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Function {
    /// For the stacks of errors; empty for the top level.
    pub name: String,
    pub params: u32,
    /// Parameters and local variables.
    pub slots: u32,
    /// Instructions, each with the node of the program that it belongs to.
    pub ops: Vec<(u32, Op)>,
}

/// A program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// The encoded value of `describe`.
    pub description: Vec<u8>,
    /// How many of the functions, from the second on, are exports.
    pub exports: u32,
    pub functions: Vec<Function>,
}

impl Op {
    fn encode(self) -> (u8, i64) {
        match self {
            Op::Int(n) => (0, n),
            Op::Bool(value) => (1, i64::from(value)),
            Op::Nil => (2, 0),
            Op::Load(slot) => (3, i64::from(slot)),
            Op::Store(slot) => (4, i64::from(slot)),
            Op::Pop => (5, 0),
            Op::Library { function, argc } => (6, i64::from(function) << 32 | i64::from(argc)),
            Op::Jump(to) => (7, i64::from(to)),
            Op::JumpUnless(to) => (8, i64::from(to)),
            Op::Call(function) => (9, i64::from(function)),
            Op::TailCall(function) => (10, i64::from(function)),
            Op::Definition => (11, 0),
            Op::Return => (12, 0),
        }
    }

    fn decode(code: u8, operand: i64) -> Option<Self> {
        let index = u32::try_from(operand).ok();
        Some(match code {
            0 => Op::Int(operand),
            1 => Op::Bool(operand != 0),
            2 => Op::Nil,
            3 => Op::Load(index?),
            4 => Op::Store(index?),
            5 => Op::Pop,
            6 => Op::Library {
                function: u16::try_from(operand >> 32).ok()?,
                argc: u32::try_from(operand & 0xffff_ffff).ok()?,
            },
            7 => Op::Jump(index?),
            8 => Op::JumpUnless(index?),
            9 => Op::Call(index?),
            10 => Op::TailCall(index?),
            11 => Op::Definition,
            12 => Op::Return,
            _ => return None,
        })
    }
}

impl Image {
    /// The bytes to embed; `None` when something has more than 4 GiB.
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        write_text(&mut bytes, &self.description)?;
        write_number(&mut bytes, self.exports as usize)?;
        write_number(&mut bytes, self.functions.len())?;
        for function in &self.functions {
            write_text(&mut bytes, function.name.as_bytes())?;
            bytes.extend(function.params.to_le_bytes());
            bytes.extend(function.slots.to_le_bytes());
            write_number(&mut bytes, function.ops.len())?;
            for (node, op) in &function.ops {
                let (code, operand) = op.encode();
                bytes.push(code);
                bytes.extend(node.to_le_bytes());
                bytes.extend(operand.to_le_bytes());
            }
        }
        Some(bytes)
    }

    /// Reads embedded bytes; `None` when [`Image::to_bytes`] did not make them.
    pub fn read(mut bytes: &[u8]) -> Option<Self> {
        let bytes = &mut bytes;
        let description = read_text(bytes)?.to_vec();
        let exports = read_number(bytes)?;
        let count = read_number(bytes)?;
        let functions = (0..count).map(|_| read_function(bytes));
        Some(Self {
            description,
            exports,
            functions: functions.collect::<Option<_>>()?,
        })
    }
}

fn read_function(bytes: &mut &[u8]) -> Option<Function> {
    let name = String::from_utf8(read_text(bytes)?.to_vec()).ok()?;
    let params = read_number(bytes)?;
    let slots = read_number(bytes)?;
    let count = read_number(bytes)?;
    let ops = (0..count).map(|_| {
        let [code] = take(bytes)?;
        let node = read_number(bytes)?;
        Some((node, Op::decode(code, i64::from_le_bytes(take(bytes)?))?))
    });
    Some(Function {
        name,
        params,
        slots,
        ops: ops.collect::<Option<_>>()?,
    })
}

fn write_number(bytes: &mut Vec<u8>, number: usize) -> Option<()> {
    bytes.extend(u32::try_from(number).ok()?.to_le_bytes());
    Some(())
}

fn write_text(bytes: &mut Vec<u8>, text: &[u8]) -> Option<()> {
    write_number(bytes, text.len())?;
    bytes.extend(text);
    Some(())
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*first)
}

fn read_number(bytes: &mut &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(take(bytes)?))
}

fn read_text<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = read_number(bytes)? as usize;
    let (text, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(text)
}
