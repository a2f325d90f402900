//! Copying functions of the runtime: of their bodies only those numbers are encoded anew that
//! relocations point at. Decoding every instruction instead takes ten times as long.

use wasm_encoder::Encode as _;
use wasmparser::{BinaryReader, RelocationType};

use super::LinkError;
use super::merge::{IndexMap, Target};

/// Bytes that a relocatable number is padded to.
const PADDED: usize = 5;

// Opcodes.
const UNREACHABLE: u8 = 0x00;
const CALL: u8 = 0x10;
const GLOBAL_GET: u8 = 0x23;
const GLOBAL_SET: u8 = 0x24;
const I32_CONST: u8 = 0x41;

/// What a number in a function body stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Number {
    Function,
    Type,
    Global,
    /// Only loses its padding.
    Unsigned,
    /// Only loses its padding.
    Signed,
}

/// A number in a function body that linking changes or shortens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site {
    /// Where it begins in the body.
    at: usize,
    number: Number,
}

impl Site {
    /// What a relocation of code points at.
    pub(super) fn new(at: usize, ty: RelocationType) -> Result<Self, LinkError> {
        use RelocationType as R;
        let number = match ty {
            R::FunctionIndexLeb => Number::Function,
            R::TypeIndexLeb => Number::Type,
            R::GlobalIndexLeb => Number::Global,
            R::MemoryAddrLeb | R::TableNumberLeb => Number::Unsigned,
            R::MemoryAddrSleb | R::TableIndexSleb => Number::Signed,
            _ => return Err(LinkError::Malformed("unsupported relocation of code")),
        };
        Ok(Self { at, number })
    }

    /// Where it begins in the body.
    pub(super) fn at(&self) -> usize {
        self.at
    }
}

/// The body with its numbers translated. `sites` are in order; `type_index` gives the new index of a
/// function type.
pub(super) fn copy(
    body: &[u8],
    sites: &[Site],
    map: &IndexMap,
    mut type_index: impl FnMut(u32) -> Result<u32, LinkError>,
) -> Result<Vec<u8>, LinkError> {
    let mut copied = Vec::with_capacity(body.len());
    let mut done = 0;
    for site in sites {
        let end = site.at + PADDED;
        let (Some(before), Some(padded)) = (body.get(done..site.at), body.get(site.at..end)) else {
            return Err(LinkError::Malformed("relocations overlap"));
        };
        copied.extend_from_slice(before);
        let mut number = BinaryReader::new(padded, 0);
        match site.number {
            Number::Unsigned => number.read_var_u32()?.encode(&mut copied),
            Number::Signed => number.read_var_i32()?.encode(&mut copied),
            Number::Type => type_index(number.read_var_u32()?)?.encode(&mut copied),
            Number::Global => match map.globals.get(number.read_var_u32()? as usize) {
                Some(Target::Index(index)) => index.encode(&mut copied),
                _ => return Err(LinkError::Malformed("reference to a lost global")),
            },
            Number::Function => {
                let target = map.functions.get(number.read_var_u32()? as usize);
                function(&mut copied, target)?;
            }
        }
        done = end;
    }
    let rest = body.get(done..);
    copied.extend_from_slice(rest.ok_or(LinkError::Malformed("relocation behind a body"))?);
    Ok(copied)
}

/// Writes the index of a function, or what its call becomes. The opcode is written already.
fn function(copied: &mut Vec<u8>, target: Option<&Target>) -> Result<(), LinkError> {
    let mut instead = |opcode| match copied.last_mut() {
        Some(written) if *written == CALL => {
            *written = opcode;
            Ok(())
        }
        _ => Err(LinkError::Malformed("an intrinsic is not called")),
    };
    match target {
        Some(Target::Index(index)) => index.encode(copied),
        Some(Target::Constant(value)) => {
            instead(I32_CONST)?;
            value.encode(copied);
        }
        Some(Target::SetGlobal(index)) => {
            instead(GLOBAL_SET)?;
            index.encode(copied);
        }
        Some(Target::GetGlobal(index)) => {
            instead(GLOBAL_GET)?;
            index.encode(copied);
        }
        Some(Target::Unreachable) => instead(UNREACHABLE)?,
        Some(Target::Dead) | None => {
            return Err(LinkError::Malformed("reference to a lost function"));
        }
    }
    Ok(())
}
