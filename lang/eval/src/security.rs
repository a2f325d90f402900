//! Which capabilities a run may ask for at all.
//!
//! The machine checks before anything leaves it; what a host grants within these bounds is the
//! host's own affair.

use std::collections::BTreeSet;

use rtfs_value::Error;

/// How far a program is trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecurityLevel {
    /// No capabilities.
    Pure,
    /// Those of an allow-list.
    Controlled,
    /// All: the host alone decides.
    #[default]
    Full,
}

impl SecurityLevel {
    /// The name, as messages have it.
    pub fn name(self) -> &'static str {
        match self {
            SecurityLevel::Pure => "Pure",
            SecurityLevel::Controlled => "Controlled",
            SecurityLevel::Full => "Full",
        }
    }

    /// How long a run may take by default, in milliseconds. The machine has no clock: whoever runs
    /// it keeps the time.
    pub fn time_ms(self) -> Option<u64> {
        match self {
            SecurityLevel::Pure => Some(1_000),
            SecurityLevel::Controlled => Some(5_000),
            SecurityLevel::Full => None,
        }
    }

    /// How much memory a run may use by default, for [`crate::Limits::memory`].
    pub fn memory_bytes(self) -> Option<usize> {
        match self {
            SecurityLevel::Pure => Some(16 << 20),
            SecurityLevel::Controlled => Some(64 << 20),
            SecurityLevel::Full => None,
        }
    }
}

/// What a run may ask for. The default leaves everything to the host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecurityContext {
    level: SecurityLevel,
    allowed: BTreeSet<String>,
    /// `None` allows all effects.
    allowed_effects: Option<BTreeSet<String>>,
    denied_effects: BTreeSet<String>,
}

impl SecurityContext {
    /// No capability at all.
    pub fn pure() -> Self {
        SecurityContext {
            level: SecurityLevel::Pure,
            ..SecurityContext::default()
        }
    }

    /// These capabilities and no others.
    pub fn controlled<'c>(capabilities: impl IntoIterator<Item = &'c str>) -> Self {
        SecurityContext {
            level: SecurityLevel::Controlled,
            allowed: capabilities.into_iter().map(str::to_owned).collect(),
            ..SecurityContext::default()
        }
    }

    /// Every capability.
    pub fn full() -> Self {
        SecurityContext::default()
    }

    /// The same, but only capabilities all of whose effects are among these labels.
    #[must_use]
    pub fn with_allowed_effects<'e>(mut self, effects: impl IntoIterator<Item = &'e str>) -> Self {
        self.allowed_effects = Some(effects.into_iter().map(label).collect());
        self
    }

    /// The same without capabilities that have one of these effects, even an allowed one.
    #[must_use]
    pub fn with_denied_effects<'e>(mut self, effects: impl IntoIterator<Item = &'e str>) -> Self {
        self.denied_effects = effects.into_iter().map(label).collect();
        self
    }

    /// The level.
    pub fn level(&self) -> SecurityLevel {
        self.level
    }

    /// Whether a program may ask for a capability with the effects it has by default.
    ///
    /// # Errors
    /// `SecurityViolation` naming the level or the effect.
    pub fn check(&self, capability: &str) -> Result<(), Error> {
        self.check_effects(capability, default_effects(capability))
    }

    /// Whether a program may ask for a capability whose manifest names these effects.
    ///
    /// # Errors
    /// `SecurityViolation` naming the level or the effect.
    pub fn check_effects<'e>(
        &self,
        capability: &str,
        effects: impl IntoIterator<Item = &'e &'e str>,
    ) -> Result<(), Error> {
        let refuse = |context: &str| Err(Error::security_violation("call", capability, context));
        let in_level = match self.level {
            SecurityLevel::Pure => false,
            SecurityLevel::Controlled => self.allowed.contains(capability),
            SecurityLevel::Full => true,
        };
        if !in_level {
            return refuse(self.level.name());
        }
        for effect in effects.into_iter().map(|effect| label(effect)) {
            let allowed = self.allowed_effects.as_ref();
            if self.denied_effects.contains(&effect) {
                return refuse(&format!("{} without effect {effect}", self.level.name()));
            }
            if allowed.is_some_and(|allowed| !allowed.contains(&effect)) {
                return refuse(&format!("{} without effect {effect}", self.level.name()));
            }
        }
        Ok(())
    }
}

/// An effect label as it is compared: lower case, with a colon.
fn label(text: &str) -> String {
    let lower = text.trim().to_lowercase();
    match lower.starts_with(':') {
        true => lower,
        false => format!(":{lower}"),
    }
}

/// The effects of a capability whose manifest names none.
pub fn default_effects(capability: &str) -> &'static [&'static str] {
    match capability {
        "ccos.network.http-fetch" => &[":network"],
        "ccos.user.ask" => &[":io", ":user-interaction"],
        "ccos.ai.llm-execute" => &[":ai"],
        "ccos.io.file-exists"
        | "ccos.io.open-file"
        | "ccos.io.read-line"
        | "ccos.io.write-line"
        | "ccos.io.close-file"
        | "ccos.io.read-file"
        | "ccos.io.write-file" => &[":filesystem"],
        id if id.starts_with("ccos.system.") => &[":system"],
        id if id.starts_with("ccos.stream.") => &[":streaming"],
        _ => &[":compute"],
    }
}
