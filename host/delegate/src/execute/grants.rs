//! Which capabilities a call may use: a value that is only ever narrowed.

use std::collections::BTreeSet;

use crate::fingerprint::SecurityLevel;

/// Ids with this prefix are calls of declared functions, which the delegation engine answers. They
/// are part of the program's meaning, not an effect, and need no grant.
pub const DECLARED_PREFIX: &str = "declared:";

/// Capability ids the caller may use. Code runs with its caller's grants, never with those of who
/// published it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapabilityGrants {
    /// `None` grants every id.
    ids: Option<BTreeSet<String>>,
    dynamic: bool,
}

impl Default for CapabilityGrants {
    fn default() -> Self {
        Self::none()
    }
}

impl CapabilityGrants {
    /// Nothing.
    pub fn none() -> Self {
        Self {
            ids: Some(BTreeSet::new()),
            dynamic: false,
        }
    }

    /// Everything, computed ids too: for code the operator trusts as their own.
    pub fn all() -> Self {
        Self {
            ids: None,
            dynamic: true,
        }
    }

    /// Adds one id.
    #[must_use]
    pub fn with_capability(mut self, id: impl Into<String>) -> Self {
        if let Some(ids) = &mut self.ids {
            ids.insert(id.into());
        }
        self
    }

    /// Allows ids that stand nowhere in the source, where they are granted.
    #[must_use]
    pub fn with_dynamic(mut self) -> Self {
        self.dynamic = true;
        self
    }

    /// What both grant.
    #[must_use]
    pub fn narrow(&self, other: &Self) -> Self {
        let ids = match (&self.ids, &other.ids) {
            (None, ids) | (ids, None) => ids.clone(),
            (Some(a), Some(b)) => Some(a.intersection(b).cloned().collect()),
        };
        Self {
            ids,
            dynamic: self.dynamic && other.dynamic,
        }
    }

    /// Whether code that declares the ids in `declared` may call `id`.
    pub fn allows(&self, id: &str, declared: &BTreeSet<String>) -> bool {
        let is_granted = self.ids.as_ref().is_none_or(|ids| ids.contains(id));
        let is_declared = self.dynamic || declared.contains(id);
        id.starts_with(DECLARED_PREFIX) || is_granted && is_declared
    }

    /// The granted ids; `None` is all.
    pub fn ids(&self) -> Option<&BTreeSet<String>> {
        self.ids.as_ref()
    }

    /// Whether computed ids are allowed.
    pub fn is_dynamic(&self) -> bool {
        self.dynamic
    }

    /// The security level in messages and fingerprints.
    pub fn level(&self) -> SecurityLevel {
        match &self.ids {
            None => SecurityLevel::Full,
            Some(ids) if ids.is_empty() => SecurityLevel::Pure,
            Some(_) => SecurityLevel::Controlled,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_keys_are_needed() {
        let declared = BTreeSet::from(["a".to_owned()]);
        let grants = CapabilityGrants::none()
            .with_capability("a")
            .with_capability("b");
        assert!(grants.allows("a", &declared));
        assert!(!grants.allows("b", &declared), "not declared");
        assert!(grants.clone().with_dynamic().allows("b", &declared));
        assert!(!CapabilityGrants::none().allows("a", &declared));
        assert!(CapabilityGrants::none().allows("declared:f", &declared));
    }

    #[test]
    fn narrowing_never_widens() {
        let some = CapabilityGrants::none().with_capability("a").with_dynamic();
        assert_eq!(CapabilityGrants::all().narrow(&some), some);
        assert_eq!(
            some.narrow(&CapabilityGrants::none()),
            CapabilityGrants::none()
        );
        assert_eq!(CapabilityGrants::default().level(), SecurityLevel::Pure);
        assert_eq!(CapabilityGrants::all().level(), SecurityLevel::Full);
    }
}
