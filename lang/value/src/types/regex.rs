//! `[:matches-regex "p"]`: whether a pattern is found in a text.

use alloc::string::String;

use super::{Constraint, MapEntry, Predicate, Type};
use crate::Value;

impl Type {
    /// Whether checking it may look for a pattern. Recurses at most [`super::MAX_DEPTH`] deep.
    pub fn has_pattern(&self) -> bool {
        let in_entries = |entries: &[MapEntry]| entries.iter().any(|entry| entry.ty.has_pattern());
        match self {
            Self::Optional(ty) | Self::Vector(ty) | Self::List(ty) => ty.has_pattern(),
            Self::Array { item, .. } => item.has_pattern(),
            Self::MapOf(key, value) => key.has_pattern() || value.has_pattern(),
            Self::Tuple(types) | Self::Union(types) => types.iter().any(Self::has_pattern),
            Self::Map { entries, wildcard } => {
                in_entries(entries) || wildcard.as_ref().is_some_and(|ty| ty.has_pattern())
            }
            Self::Struct { entries, .. } => in_entries(entries),
            Self::Refinement { base, constraints } => {
                let asks = |constraint: &Constraint| match constraint {
                    Constraint::Type(ty) => ty.has_pattern(),
                    Constraint::Predicate(predicate) => {
                        matches!(predicate, Predicate::MatchesRegex(_))
                    }
                };
                base.has_pattern() || constraints.iter().any(asks)
            }
            // Any function fits a function type; the others have no parts.
            _ => false,
        }
    }
}

/// Whether the pattern is found in a text, or `None` for what is no pattern.
pub fn is_found(pattern: &str, text: &str) -> Option<bool> {
    let regex = crate::regex::Regex::new(pattern).ok()?;
    Some(regex.is_found(text))
}

/// Whether the pattern is found; a pattern that cannot be read gives its message.
pub(super) fn found(pattern: &str, value: &Value) -> Result<bool, String> {
    let Some(found) = searched(pattern, value.as_str().unwrap_or_default()) else {
        return Err(["Invalid regex pattern '", pattern, "'"].concat());
    };
    Ok(found && value.as_str().is_some())
}

#[cfg(not(feature = "linked-regex"))]
fn searched(pattern: &str, text: &str) -> Option<bool> {
    is_found(pattern, text)
}

/// Asks a function that is only there in programs with such types: the others need no regular
/// expressions to check theirs.
#[cfg(feature = "linked-regex")]
fn searched(pattern: &str, text: &str) -> Option<bool> {
    #[link(wasm_import_module = "intrinsic")]
    unsafe extern "C" {
        fn regex_found(pattern: *const u8, len: usize, text: *const u8, text_len: usize) -> u32;
    }
    // SAFETY: the function reads both texts and keeps nothing.
    match unsafe { regex_found(pattern.as_ptr(), pattern.len(), text.as_ptr(), text.len()) } {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}
