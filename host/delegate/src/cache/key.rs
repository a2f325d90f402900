//! Keys, and their texts. A part that contains `::` cannot imitate another key.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// Key of the delegation cache: who asks, for what. Text: `AGENT::TASK`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DelegationKey {
    /// Who: in engines the function's symbol.
    pub agent: String,
    /// For what: in engines the fingerprints.
    pub task: String,
}

impl DelegationKey {
    /// The key of an agent and a task.
    pub fn new(agent: impl Into<String>, task: impl Into<String>) -> Self {
        Self {
            agent: agent.into(),
            task: task.into(),
        }
    }
}

impl fmt::Display for DelegationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_composite(f, &[&self.agent, &self.task])
    }
}

/// Key of the inference cache: model and hash of the request. Text: `MODEL::HASH`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InferenceKey {
    /// The model.
    pub model: String,
    /// SHA-256 of everything that can change its answer.
    pub input: [u8; 32],
}

impl fmt::Display for InferenceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_composite(f, &[&self.model, &hex(&self.input)])
    }
}

/// Key of the semantic cache: hash of scope and question. Text: `semantic:HASH`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SemanticKey(pub [u8; 32]);

impl fmt::Display for SemanticKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "semantic:{}", hex(&self.0))
    }
}

/// Key of content: its hash. Text: `rtfs:HASH`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentKey(pub [u8; 32]);

impl ContentKey {
    /// The key of bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for ContentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rtfs:{}", hex(&self.0))
    }
}

/// Parts joined with `::`. Inside a part, `%` and `:` are written as `%25` and `%3A`.
fn write_composite(f: &mut fmt::Formatter<'_>, parts: &[&str]) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str("::")?;
        }
        for c in part.chars() {
            match c {
                '%' => f.write_str("%25")?,
                ':' => f.write_str("%3A")?,
                c => write!(f, "{c}")?,
            }
        }
    }
    Ok(())
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 over parts, each with its length before it, so that no two lists of parts run together.
#[derive(Default)]
pub(super) struct PartsHash(Sha256);

impl PartsHash {
    pub(super) fn part(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
        self
    }

    pub(super) fn optional(&mut self, bytes: Option<&[u8]>) -> &mut Self {
        match bytes {
            Some(bytes) => self.part(&[1]).part(bytes),
            None => self.part(&[0]),
        }
    }

    pub(super) fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}
