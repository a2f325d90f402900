//! Thirty-two-byte identities, each its own type: `Digest` addresses bytes, the others are keys
//! computed elsewhere and carried here.
//!
//! All print as `sha256:` and 64 lower-case hexadecimal digits, and read back only that form, so
//! that one identity has one spelling in file names, JSON and messages.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};

/// How every identity begins when it is printed.
pub(crate) const PREFIX: &str = "sha256:";

/// Text that is not `sha256:` followed by 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not `sha256:` and 64 lower-case hexadecimal digits")]
pub struct ParseDigestError {
    /// The refused text, cut to 100 characters.
    pub text: String,
}

impl ParseDigestError {
    fn new(text: &str) -> Self {
        Self {
            text: text.chars().take(100).collect(),
        }
    }
}

macro_rules! identity {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 32]);

        impl $name {
            /// Wraps thirty-two bytes.
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// The thirty-two bytes.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }

            /// The 64 hexadecimal digits, without the prefix.
            pub fn hex(&self) -> String {
                hex(&self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{PREFIX}{}", hex(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), hex(&self.0))
            }
        }

        impl FromStr for $name {
            type Err = ParseDigestError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.strip_prefix(PREFIX)
                    .and_then(parse_hex)
                    .map(Self)
                    .ok_or_else(|| ParseDigestError::new(text))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    };
}

identity! {
    /// The SHA-256 of a blob's or a record's bytes: its address.
    Digest
}
identity! {
    /// Which definition an export has: equal hashes mean equal meaning. Opaque to the store.
    DefinitionHash
}
identity! {
    /// Which signature an export has: equal hashes mean substitutable. Opaque to the store.
    InterfaceHash
}
identity! {
    /// What a component was compiled from, by what and how. Opaque to the store.
    ArtifactKey
}
identity! {
    /// A public key: the SHA-256 of its SubjectPublicKeyInfo in DER.
    KeyId
}

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Reads the 64 digits of a file name.
    pub(crate) fn from_hex(text: &str) -> Option<Self> {
        parse_hex(text).map(Self)
    }
}

impl KeyId {
    /// Reads the 64 digits of a file name or a DSSE `keyid`.
    pub(crate) fn from_hex(text: &str) -> Option<Self> {
        parse_hex(text).map(Self)
    }
}

/// Computes a [`Digest`] over bytes that arrive in pieces.
#[derive(Default)]
pub(crate) struct Hasher(Sha256);

impl Hasher {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

/// Lower-case hexadecimal digits of `bytes`.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|nibble| char::from(DIGITS[usize::from(nibble)]))
        .collect()
}

fn parse_hex(text: &str) -> Option<[u8; 32]> {
    let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(bytes)
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn prints_and_reads_the_standard_form() {
        let digest = Digest::of(b"abc");
        assert_eq!(digest.to_string(), ABC);
        assert_eq!(ABC.parse(), Ok(digest));
        assert_eq!(
            serde_json::to_string(&digest).unwrap(),
            format!("\"{ABC}\"")
        );
    }

    #[test]
    fn reads_no_other_spelling() {
        for text in [
            "",
            "sha256:",
            &ABC[7..],
            &ABC.to_uppercase(),
            &format!("{ABC}0"),
            &ABC[..70],
            &format!("sha256:{}é", &ABC[7..69]),
        ] {
            assert!(text.parse::<Digest>().is_err(), "{text}");
        }
    }

    #[test]
    fn pieces_hash_like_the_whole() {
        let mut hasher = Hasher::default();
        hasher.update(b"a");
        hasher.update(b"bc");
        assert_eq!(hasher.finish(), Digest::of(b"abc"));
    }
}
