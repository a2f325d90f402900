//! A sample RTFS module in Rust: stateless text functions.

use rtfs_guest::{Error, Value, module};
use std::collections::BTreeMap;

module! {
    /// How many words a text has.
    "word-count" => word_count(text: String) -> i64;
    /// How often each word occurs, letters' case aside.
    "frequencies" => frequencies(text: String) -> BTreeMap<String, i64>;
    /// The text in lines of at most `width` characters, broken between words.
    "wrap" => wrap(text: String, width: i64) -> Result<Vec<String>, Error>;
    /// The text as a URL-safe identifier; nil when nothing is left of it.
    "slug" => slug(text: String) -> Option<String>;
    /// The text read backwards, character by character.
    "reverse" => reverse(text: String) -> String;
    /// The given value, unchanged.
    "identity" => identity(value: Value) -> Value;
    /// A greeting for the user the host's context names.
    "greeting" => greeting() -> Result<String, Error>;
    /// The price of an item, as the host's capability `shop.price` knows it.
    "price" => price(item: String) -> Result<Value, Error>;
}

fn word_count(text: String) -> i64 {
    i64::try_from(text.split_whitespace().count()).unwrap_or(i64::MAX)
}

fn frequencies(text: String) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    for word in text.split_whitespace() {
        *counts.entry(word.to_lowercase()).or_insert(0) += 1;
    }
    counts
}

fn wrap(text: String, width: i64) -> Result<Vec<String>, Error> {
    let width = usize::try_from(width).unwrap_or(0);
    if width == 0 {
        return Err(Error::invalid_argument("the width must be positive"));
    }
    let mut lines: Vec<String> = Vec::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        match lines.last_mut() {
            Some(line) if used + 1 + length <= width => {
                line.push(' ');
                line.push_str(word);
                used += 1 + length;
            }
            _ => {
                lines.push(word.to_owned());
                used = length;
            }
        }
    }
    Ok(lines)
}

fn slug(text: String) -> Option<String> {
    let words: Vec<String> = text
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    (!words.is_empty()).then(|| words.join("-"))
}

fn reverse(text: String) -> String {
    text.chars().rev().collect()
}

fn identity(value: Value) -> Value {
    value
}

fn greeting() -> Result<String, Error> {
    let user = rtfs_guest::context("user")?;
    let name = user.as_ref().and_then(Value::as_str).unwrap_or("world");
    Ok(format!("hello {name}"))
}

fn price(item: String) -> Result<Value, Error> {
    rtfs_guest::call_capability("shop.price", &[Value::string(&item)])
}

#[cfg(test)]
mod tests {
    use super::RTFS_EXPORTS;
    use rtfs_guest::{Value, testing};

    #[track_caller]
    fn check(name: &str, args: &[Value], expect: &Value) {
        let answer = testing::call(RTFS_EXPORTS, name, args).expect("a value");
        assert_eq!(answer, *expect, "{name}");
    }

    fn text(text: &str) -> Value {
        Value::string(text)
    }

    #[test]
    fn texts_are_counted_wrapped_and_turned() {
        check("word-count", &[text(" a  b c ")], &Value::int(3));
        check("reverse", &[text("größe")], &text("eßörg"));
        check("slug", &[text("Hello, World!")], &text("hello-world"));
        check("slug", &[text("…")], &Value::NIL);
        check(
            "wrap",
            &[text("the quick brown fox"), Value::int(9)],
            &Value::vector([text("the quick"), text("brown fox")]),
        );
    }

    #[test]
    fn a_width_of_zero_is_refused() {
        let error =
            testing::call(RTFS_EXPORTS, "wrap", &[text("a"), Value::int(0)]).expect_err("no width");
        assert_eq!(error.class(), "InvalidArgument");
    }
}
