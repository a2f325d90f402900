//! Short hashes that are equal on every machine: the first eight bytes of SHA-256 over a canonical
//! text.

use std::collections::{BTreeMap, BTreeSet};

use rtfs_value::Value;
use sha2::{Digest as _, Sha256};

/// How much a run may ask of its host.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecurityLevel {
    /// Nothing.
    #[default]
    Pure,
    /// What an allow-list names.
    Controlled,
    /// Everything.
    Full,
}

impl SecurityLevel {
    /// The name in messages and fingerprints: `Pure`, `Controlled`, `Full`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pure => "Pure",
            Self::Controlled => "Controlled",
            Self::Full => "Full",
        }
    }
}

/// What of a run's surroundings may change where its calls run. Values of context variables are
/// not among it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuntimeContext {
    /// How much the run may ask for.
    pub security_level: SecurityLevel,
    /// Capability ids it may call.
    pub allowed_capabilities: BTreeSet<String>,
    /// Effect labels it may have; `None` allows all that are not denied.
    pub allowed_effects: Option<BTreeSet<String>>,
    /// Effect labels it may not have.
    pub denied_effects: BTreeSet<String>,
    /// `runtime.*` hints in force, values in readable form.
    pub hints: BTreeMap<String, String>,
}

impl RuntimeContext {
    /// The fingerprint of the context.
    pub fn hash(&self) -> u64 {
        let mut text = Canonical::default();
        text.line("level", self.security_level.name());
        each(&mut text, "capability", &self.allowed_capabilities);
        match &self.allowed_effects {
            Some(effects) => {
                text.line("effects", "listed");
                each(&mut text, "effect", effects);
            }
            None => text.line("effects", "all"),
        }
        each(&mut text, "denied", &self.denied_effects);
        for (key, value) in &self.hints {
            text.line("hint", key);
            text.line("value", value);
        }
        text.fingerprint()
    }
}

fn each(text: &mut Canonical, word: &str, items: &BTreeSet<String>) {
    items.iter().for_each(|item| text.line(word, item));
}

/// The fingerprint of the kinds of a call's arguments, in order. Values never enter.
pub fn arg_type_fingerprint(args: &[Value]) -> u64 {
    let mut hasher = Sha256::new();
    for arg in args {
        hasher.update(arg.type_name().as_bytes());
        hasher.update(b"\n");
    }
    first_eight(hasher)
}

/// `word=text` lines whose texts cannot imitate further lines.
#[derive(Default)]
struct Canonical(Sha256);

impl Canonical {
    fn line(&mut self, word: &str, text: &str) {
        self.0.update(word.as_bytes());
        self.0.update(b"=");
        for byte in text.as_bytes() {
            match byte {
                b'\n' => self.0.update(b"\\n"),
                b'\\' => self.0.update(b"\\\\"),
                byte => self.0.update([*byte]),
            }
        }
        self.0.update(b"\n");
    }

    fn fingerprint(self) -> u64 {
        first_eight(self.0)
    }
}

fn first_eight(hasher: Sha256) -> u64 {
    let hash: [u8; 32] = hasher.finalize().into();
    u64::from_be_bytes([
        hash[0], hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7],
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_count_and_values_do_not() {
        let one = arg_type_fingerprint(&[Value::int(1), Value::string("a")]);
        assert_eq!(
            one,
            arg_type_fingerprint(&[Value::int(2), Value::string("")])
        );
        assert_ne!(
            one,
            arg_type_fingerprint(&[Value::string(""), Value::int(2)])
        );
        // `printf 'integer\nstring\n' | sha256sum | cut -c1-16`
        assert_eq!(format!("{one:016x}"), "693f682336eb2833");
    }

    #[test]
    fn a_text_cannot_imitate_other_lines() {
        let mut one = RuntimeContext::default();
        one.allowed_capabilities.insert("a\ncapability=b".into());
        let mut two = RuntimeContext::default();
        two.allowed_capabilities.extend(["a".into(), "b".into()]);
        assert_ne!(one.hash(), two.hash());
    }

    #[test]
    fn everything_that_may_matter_enters() {
        let base = RuntimeContext::default();
        let mut others = vec![base.clone(); 5];
        others[0].security_level = SecurityLevel::Full;
        others[1].allowed_capabilities.insert("x".into());
        others[2].allowed_effects = Some(BTreeSet::new());
        others[3].denied_effects.insert(":network".into());
        others[4].hints.insert("runtime.timeout".into(), "5".into());
        let mut hashes: BTreeSet<u64> = others.iter().map(RuntimeContext::hash).collect();
        hashes.insert(base.hash());
        assert_eq!(hashes.len(), 6);
    }
}
