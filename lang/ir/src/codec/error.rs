//! Why bytes are not a program.

/// Why [`crate::Program::decode`] refused bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes are not CBOR of the expected shape.
    #[error("byte {at} of the program's encoding is not {expected}")]
    Malformed {
        /// Offset of the item.
        at: usize,
        /// What must stand there.
        expected: &'static str,
    },
    /// The encoding is of another schema version.
    #[error("schema version {0} of the program's encoding is not known")]
    UnknownVersion(u64),
    /// A node this version does not have.
    #[error("node code {0} is not known")]
    UnknownNode(u64),
    /// A library function this version does not have.
    #[error("library function `{0}` is not known")]
    UnknownBuiltin(String),
    /// A type that does not decode.
    #[error("byte {at} does not begin a type")]
    BadType {
        /// Offset of the type's byte string.
        at: usize,
    },
    /// A slot, capture, cell or global that does not exist where it is used.
    #[error("node {node} refers to {what} that does not exist there")]
    BadReference {
        /// Pre-order number of the node.
        node: u32,
        /// Kind of the reference.
        what: &'static str,
    },
    /// Nodes, patterns or data nest too deeply.
    #[error(
        "the program nests more than {} levels deep",
        super::MAX_ENCODED_NESTING
    )]
    TooDeep,
    /// The same program has other, canonical bytes.
    #[error("the encoding is not canonical")]
    NotCanonical,
}
