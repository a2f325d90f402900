//! Identities of programs and of their parts: hashes of canonical bytes, one type for each use.

mod artifact;
mod capability;
mod definition;
mod description;
mod groups;
mod interface;

pub use self::artifact::ArtifactKey;
pub use self::capability::CapabilityNeeds;
pub use self::definition::{DefinitionHash, DefinitionHashes};
pub use self::description::{Description, ExportDescription, FunctionDescription};
pub use self::interface::{Interface, InterfaceHash};

/// Version of the language, part of every hash that says what a program means.
pub const LANGUAGE_VERSION: &str = "2.0";

/// Why a text is no hash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no hash: it must be `sha256:` and 64 lower-case hexadecimal digits")]
pub struct ParseHashError(String);

const PREFIX: &str = "sha256:";

/// The text of a SHA-256 hash.
fn write_hash(hash: &[u8; 32], f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    f.write_str(PREFIX)?;
    hash.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

fn parse_hash(text: &str) -> Result<[u8; 32], ParseHashError> {
    let error = || ParseHashError(text.to_owned());
    let digits = text.strip_prefix(PREFIX).ok_or_else(error)?;
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if digits.len() != 64 || !digits.bytes().all(is_digit) {
        return Err(error());
    }
    let mut hash = [0; 32];
    for (byte, at) in hash.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&digits[at..at + 2], 16).map_err(|_| error())?;
    }
    Ok(hash)
}

/// The hash of what `write` writes.
fn hash_of(write: impl FnOnce(&mut crate::codec::Writer)) -> [u8; 32] {
    use sha2::Digest as _;
    let mut out = crate::codec::Writer::default();
    write(&mut out);
    sha2::Sha256::digest(&out.bytes).into()
}

macro_rules! hash_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 32]);

        impl $name {
            /// The hash with these bytes.
            pub fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// The bytes of the hash.
            pub fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                crate::identity::write_hash(&self.0, f)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::identity::ParseHashError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                crate::identity::parse_hash(text).map(Self)
            }
        }
    };
}

use hash_type;
