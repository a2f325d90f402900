//! What a blob is.

use std::fmt;

use rtfs_ir::Program;

/// What a blob is. The store knows only bytes; whoever puts them there says what they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum BlobKind {
    /// A WebAssembly component.
    Component,
    /// A source text as one zstd frame.
    CompressedSource,
    /// A program in its canonical encoding.
    Ir,
    /// Code of another backend.
    Bytecode,
    /// Anything else: documents, vectors, keys.
    Opaque,
}

/// The start of every WebAssembly binary.
const WASM_MAGIC: &[u8] = b"\0asm";
/// The start of every zstd frame.
const ZSTD_MAGIC: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

impl BlobKind {
    /// The kind's name in messages and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Component => "component",
            Self::CompressedSource => "compressed-source",
            Self::Ir => "ir",
            Self::Bytecode => "bytecode",
            Self::Opaque => "opaque",
        }
    }

    /// The media type under which registries know it.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Component => "application/wasm",
            Self::CompressedSource => "application/vnd.rtfs.source.v1+zstd",
            Self::Ir => "application/vnd.rtfs.ir.v1+cbor",
            Self::Bytecode | Self::Opaque => "application/octet-stream",
        }
    }

    /// Whether bytes can be of this kind. A look that catches mistakes, not a validation.
    pub(crate) fn fits(self, bytes: &[u8]) -> bool {
        match self {
            Self::Component => bytes.starts_with(WASM_MAGIC),
            Self::CompressedSource => bytes.starts_with(ZSTD_MAGIC),
            Self::Ir => Program::decode(bytes).is_ok(),
            Self::Bytecode | Self::Opaque => true,
        }
    }
}

impl fmt::Display for BlobKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
