//! Regular expressions: the linear-time dialect of regex-lite, in every engine.

#[cfg(feature = "regex")]
pub(super) use with_regex::{re_find, re_matches, re_seq};
#[cfg(not(feature = "regex"))]
pub(super) use without_regex::{re_find, re_matches, re_seq};

#[cfg(feature = "regex")]
mod with_regex {
    use crate::library::argument;
    use crate::{Error, Seq, Value, mem};
    use alloc::string::{String, ToString};
    use regex_lite::Regex;

    fn compiled(operation: &str, pattern: &Value) -> Result<Regex, Error> {
        let pattern = argument::text(operation, pattern)?;
        Regex::new(pattern).map_err(|error| invalid(pattern, &error.to_string()))
    }

    #[cold]
    fn invalid(pattern: &str, reason: &str) -> Error {
        let mut message = String::from("Invalid regex pattern '");
        message.push_str(pattern);
        message.push_str("': ");
        message.push_str(reason);
        Error::invalid_argument(&message)
    }

    /// `(re-find pattern text)`
    pub(in crate::library) fn re_find(a: Value, b: Value) -> Result<Value, Error> {
        argument::text("re-find", &a)?;
        let text = argument::text("re-find", &b)?;
        let found = compiled("re-find", &a)?.find(text);
        Ok(found
            .map(|found| Value::string(found.as_str()))
            .unwrap_or_default())
    }

    /// A pattern that matches where `pattern` matches the whole text.
    fn whole(pattern: &str) -> Result<Regex, regex_lite::Error> {
        // Alone first: in the group, a bad pattern could become a good one.
        Regex::new(pattern)?;
        // In verbose mode the pattern may end with a comment, which hides the end of the group
        // up to a line break.
        Regex::new(&[r"\A(?:", pattern, r")\z"].concat())
            .or_else(|_| Regex::new(&[r"\A(?:", pattern, "\n", r")\z"].concat()))
    }

    /// `(re-matches pattern text)`
    pub(in crate::library) fn re_matches(a: Value, b: Value) -> Result<Value, Error> {
        let pattern = argument::text("re-matches", &a)?;
        let text = argument::text("re-matches", &b)?;
        let regex = whole(pattern).map_err(|error| invalid(pattern, &error.to_string()))?;
        Ok(if regex.is_match(text) { b } else { Value::NIL })
    }

    /// `(re-seq pattern text)`
    pub(in crate::library) fn re_seq(a: Value, b: Value) -> Result<Value, Error> {
        argument::text("re-seq", &a)?;
        let text = argument::text("re-seq", &b)?;
        let mut matches = Seq::new();
        for found in compiled("re-seq", &a)?.find_iter(text) {
            matches.push(Value::string(found.as_str()));
            mem::guard()?;
        }
        Ok(matches.into_value())
    }
}

#[cfg(not(feature = "regex"))]
mod without_regex {
    use crate::{Error, Value};

    /// `(re-find pattern text)`
    pub(in crate::library) fn re_find(_: Value, _: Value) -> Result<Value, Error> {
        Err(Error::not_implemented("re-find"))
    }

    /// `(re-matches pattern text)`
    pub(in crate::library) fn re_matches(_: Value, _: Value) -> Result<Value, Error> {
        Err(Error::not_implemented("re-matches"))
    }

    /// `(re-seq pattern text)`
    pub(in crate::library) fn re_seq(_: Value, _: Value) -> Result<Value, Error> {
        Err(Error::not_implemented("re-seq"))
    }
}
