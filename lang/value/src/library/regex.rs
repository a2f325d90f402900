//! Regular expressions.

use alloc::string::String;

use crate::library::argument;
use crate::regex::{Reason, Regex};
use crate::{Error, Seq, Value, mem};

fn compiled(pattern: &str) -> Result<Regex, Error> {
    Regex::new(pattern).map_err(|reason| invalid(pattern, reason))
}

#[cold]
fn invalid(pattern: &str, reason: Reason) -> Error {
    let mut message = String::from("Invalid regex pattern '");
    message.push_str(pattern);
    message.push_str("': ");
    message.push_str(reason);
    Error::invalid_argument(&message)
}

/// `(re-find pattern text)`
pub(super) fn re_find(a: Value, b: Value) -> Result<Value, Error> {
    let pattern = argument::text("re-find", &a)?;
    let text = argument::text("re-find", &b)?;
    let found = compiled(pattern)?.find(text);
    Ok(found
        .and_then(|found| text.get(found))
        .map(Value::string)
        .unwrap_or_default())
}

/// `(re-matches pattern text)`
pub(super) fn re_matches(a: Value, b: Value) -> Result<Value, Error> {
    let pattern = argument::text("re-matches", &a)?;
    let text = argument::text("re-matches", &b)?;
    let fits = compiled(pattern)?.is_whole(text);
    Ok(if fits { b } else { Value::NIL })
}

/// `(re-seq pattern text)`
pub(super) fn re_seq(a: Value, b: Value) -> Result<Value, Error> {
    let pattern = argument::text("re-seq", &a)?;
    let text = argument::text("re-seq", &b)?;
    let regex = compiled(pattern)?;
    let mut matches = Seq::new();
    for found in regex.find_all(text) {
        matches.push(Value::string(text.get(found).unwrap_or_default()));
        mem::guard()?;
    }
    Ok(matches.into_value())
}
