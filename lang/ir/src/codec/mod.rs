//! The canonical encoding of programs: deterministic CBOR, specified in `ir.cddl`.
//!
//! Equal programs have equal bytes. What nobody can observe is left out: node ids (they are the
//! pre-order numbers), static types, names of slots and of parameters without annotation.

mod decode;
mod encode;
mod error;
mod wire;

pub use self::error::DecodeError;

pub(crate) use self::encode::{Encoder, GlobalWriter};
pub(crate) use self::wire::Writer;

use crate::node::Program;

/// Version of the encoding; its first item. A change of the encoding counts it up.
pub const SCHEMA_VERSION: u32 = 1;

/// How deeply nodes, patterns and quoted data may nest in an encoding. Lowering stays below.
pub const MAX_ENCODED_NESTING: usize = 7_000;

impl Program {
    /// The canonical bytes of the program.
    ///
    /// ```
    /// let forms = rtfs_syntax::read("").forms;
    /// let program = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default()).program.unwrap();
    /// // Version, globals, module and forms.
    /// assert_eq!(program.encode(), [0x84, 0x01, 0x80, 0xf6, 0x80]);
    /// ```
    pub fn encode(&self) -> Vec<u8> {
        encode::program(self)
    }

    /// The program of canonical bytes. Names of slots and of parameters without annotation come
    /// back empty, static types unknown.
    ///
    /// # Errors
    /// Bytes that [`Program::encode`] does not produce, of whatever origin: other encodings of
    /// the same items, unknown versions, nodes or library functions, references to slots,
    /// captures, cells and globals that do not exist, nesting beyond [`MAX_ENCODED_NESTING`].
    ///
    /// ```
    /// # use rtfs_ir::Program;
    /// assert!(Program::decode(&[0x84, 0x01, 0x80, 0xf6, 0x80]).is_ok());
    /// // A version that does not exist yet, and one byte too many.
    /// assert!(Program::decode(&[0x84, 0x02, 0x80, 0xf6, 0x80]).is_err());
    /// assert!(Program::decode(&[0x84, 0x01, 0x80, 0xf6, 0x80, 0x00]).is_err());
    /// ```
    pub fn decode(bytes: &[u8]) -> Result<Program, DecodeError> {
        let program = decode::program(bytes)?;
        crate::check_places::check_places(&program)?;
        // The decoder is lenient where CBOR has several ways to say the same; the encoder is not.
        if program.encode() != bytes {
            return Err(DecodeError::NotCanonical);
        }
        Ok(program)
    }
}
