//! Predicates of refinements.

use super::{Literal, Predicate};
use crate::equality::equal;
use crate::order::compare_numbers;
use crate::value::Value;
use core::cmp::Ordering;

/// Whether a value satisfies a predicate. A kind the predicate does not apply to never does;
/// regular expressions and unknown predicates are the caller's business.
pub(super) fn holds(predicate: &Predicate, value: &Value) -> bool {
    match predicate {
        Predicate::Greater(n) => is(value, n, Ordering::is_gt),
        Predicate::GreaterEqual(n) => is(value, n, Ordering::is_ge),
        Predicate::Less(n) => is(value, n, Ordering::is_lt),
        Predicate::LessEqual(n) => is(value, n, Ordering::is_le),
        Predicate::Equal(v) => same(value, v),
        Predicate::NotEqual(v) => !same(value, v),
        Predicate::InRange(a, b) => is(value, a, Ordering::is_ge) && is(value, b, Ordering::is_le),
        Predicate::MinLength(n) => length(value).is_some_and(|len| len >= *n as usize),
        Predicate::MaxLength(n) => length(value).is_some_and(|len| len <= *n as usize),
        Predicate::Length(n) => length(value).is_some_and(|len| len == *n as usize),
        Predicate::IsUrl => value.as_str().is_some_and(is_url),
        Predicate::IsEmail => value.as_str().is_some_and(is_email),
        Predicate::MinCount(n) => count(value).is_some_and(|len| len >= *n as usize),
        Predicate::MaxCount(n) => count(value).is_some_and(|len| len <= *n as usize),
        Predicate::Count(n) => count(value).is_some_and(|len| len == *n as usize),
        Predicate::NonEmpty => count(value)
            .or_else(|| length(value))
            .is_some_and(|len| len > 0),
        Predicate::HasKey(key) => has_key(value, key),
        Predicate::RequiredKeys(keys) => {
            keys.iter().all(|key| has_key(value, key)) && value.as_map().is_some()
        }
        Predicate::MatchesRegex(_) | Predicate::Unknown(_) => false,
    }
}

fn is(value: &Value, limit: &Literal, test: impl Fn(Ordering) -> bool) -> bool {
    compare_numbers(value, &limit.value()).is_some_and(test)
}

/// Equality, of numbers by value.
fn same(value: &Value, literal: &Literal) -> bool {
    let literal = literal.value();
    match compare_numbers(value, &literal) {
        Some(order) => order.is_eq(),
        None => equal(value, &literal),
    }
}

fn length(value: &Value) -> Option<usize> {
    value.as_str().and_then(|_| value.char_count())
}

fn count(value: &Value) -> Option<usize> {
    value
        .as_seq()
        .map(crate::Seq::len)
        .or_else(|| value.as_map().map(crate::Map::len))
}

fn has_key(value: &Value, key: &str) -> bool {
    value
        .as_map()
        .is_some_and(|map| map.get_keyword(key).is_some())
}

fn is_url(text: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|head| text.len() > head.len() && text.starts_with(head))
}

fn is_email(text: &str) -> bool {
    let Some((user, domain)) = text.split_once('@') else {
        return false;
    };
    !user.is_empty() && !domain.is_empty() && !domain.contains('@') && domain.contains('.')
}
