//! `[:matches-regex "p"]`: whether a pattern is found in a text.

/// Whether the pattern is found; a pattern that cannot be read gives its message.
#[cfg(feature = "regex-types")]
pub(super) fn found(
    pattern: &str,
    value: &crate::Value,
) -> Option<Result<bool, alloc::string::String>> {
    let Ok(regex) = regex_lite::Regex::new(pattern) else {
        return Some(Err(["Invalid regex pattern '", pattern, "'"].concat()));
    };
    Some(Ok(value.as_str().is_some_and(|text| regex.is_match(text))))
}

/// Nothing is known without the engine of regular expressions, which would be linked into every
/// component that checks a type.
#[cfg(not(feature = "regex-types"))]
pub(super) fn found(_: &str, _: &crate::Value) -> Option<Result<bool, alloc::string::String>> {
    None
}
