//! What makes stored code good enough to stand in for a call.

use std::fmt;
use std::str::FromStr;

/// What must agree before a stored module answers a call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Policy {
    /// The definition hash: the same meaning. A hit never changes what a program does.
    #[default]
    Exact,
    /// As [`Policy::Exact`], and for functions that are only declared: name and interface hash of
    /// a module whose cases passed.
    Interface,
    /// Nothing is good enough.
    Off,
}

/// Why a policy cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// This version does not have it yet.
    #[error(
        "policy `{policy}` is not available in this version; use `exact`, `interface` or `off`"
    )]
    NotAvailable {
        /// Its name.
        policy: &'static str,
    },
    /// No policy has this name.
    #[error("unknown policy `{name}`; use `exact`, `interface` or `off`")]
    Unknown {
        /// The text, cut to 100 characters.
        name: String,
    },
}

impl Policy {
    /// The policy's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Interface => "interface",
            Self::Off => "off",
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Policy {
    type Err = PolicyError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "exact" => Ok(Self::Exact),
            "interface" => Ok(Self::Interface),
            "off" => Ok(Self::Off),
            "semantic" => Err(PolicyError::NotAvailable { policy: "semantic" }),
            other => Err(PolicyError::Unknown {
                name: other.chars().take(100).collect(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_and_semantic_is_not_available() {
        for policy in [Policy::Exact, Policy::Interface, Policy::Off] {
            assert_eq!(policy.name().parse(), Ok(policy));
        }
        let semantic = "semantic".parse::<Policy>();
        assert!(matches!(semantic, Err(PolicyError::NotAvailable { .. })));
        assert!(matches!(
            "".parse::<Policy>(),
            Err(PolicyError::Unknown { .. })
        ));
    }
}
