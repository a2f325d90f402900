use alloc::string::String;
use alloc::vec::Vec;

use proptest::prelude::*;
use regex_lite::Regex as Model;

use super::Regex;

/// Pieces that patterns are put together from.
const PIECES: &[&str] = &[
    "a",
    "b",
    "A",
    "é",
    "日",
    ".",
    "^",
    "$",
    "\\b",
    "\\B",
    "\\<",
    "\\>",
    "\\A",
    "\\z",
    "\\d",
    "\\W",
    "\\s",
    "\\n",
    "\\x41",
    "\\x{e9}",
    "\\u0062",
    "(",
    "(?:",
    "(?i)",
    "(?i:",
    "(?m)",
    "(?s)",
    "(?U)",
    "(?R)",
    "(?x)",
    "(?-i)",
    "(?mR)",
    "(?P<n>",
    "(?<m>",
    ")",
    ")",
    ")",
    "|",
    "|",
    "*",
    "+",
    "?",
    "*?",
    "+?",
    "??",
    "{2}",
    "{0}",
    "{1,2}",
    "{2,}",
    "{0,1}?",
    "{,2}",
    "{3,1}",
    "[ab]",
    "[^a]",
    "[a-z]",
    "[]a]",
    "[^]a]",
    "[-a]",
    "[a-]",
    "[[:alpha:]]",
    "[[:^digit:]é]",
    "[\\d-]",
    "[^\\W]",
    "[b-a]",
    "[a&&b]",
    "[a--b]",
    "[[a]]",
    "[",
    "]",
    "{",
    "}",
    "\\",
    " ",
    "#",
    "\\b{start}",
    "\\b{end-half}",
    "\\1",
    "\\pL",
    "\\q",
    "(?=a)",
    "(?",
    "\\-",
    "-",
    "\\é",
];

/// Pieces of texts to search.
const TEXTS: &[&str] = &[
    "a", "b", "A", "B", "é", "日", "\n", "\r", " ", "1", "_", "#", "-", "c",
];

fn joined(pieces: &'static [&'static str], most: usize) -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(pieces), 0..most)
        .prop_map(|pieces| pieces.concat())
}

/// Compares with the crate whose dialect this is.
fn agrees(pattern: &str, text: &str) -> Result<(), TestCaseError> {
    let (ours, model) = (Regex::new(pattern), Model::new(pattern));
    prop_assert_eq!(
        ours.is_ok(),
        model.is_ok(),
        "{:?}: {:?}",
        pattern,
        model.err()
    );
    let (Ok(ours), Ok(model)) = (ours, model) else {
        return Ok(());
    };
    let found = model.find(text).map(|found| found.range());
    prop_assert_eq!(
        ours.find(text),
        found.clone(),
        "{:?} in {:?}",
        pattern,
        text
    );
    prop_assert_eq!(ours.is_found(text), found.is_some());
    let all: Vec<_> = ours.find_all(text).collect();
    let wanted: Vec<_> = model.find_iter(text).map(|found| found.range()).collect();
    prop_assert_eq!(all, wanted, "{:?} in {:?}", pattern, text);
    // The line break ends a comment of a verbose pattern.
    let whole = Model::new(&[r"\A(?:", pattern, r")\z"].concat())
        .or_else(|_| Model::new(&[r"\A(?:", pattern, "\n", r")\z"].concat()));
    if let Ok(whole) = whole {
        prop_assert_eq!(
            ours.is_whole(text),
            whole.is_match(text),
            "{:?} is {:?}",
            pattern,
            text
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]
    #[test]
    fn patterns_mean_what_they_mean_to_the_model(
        pattern in joined(PIECES, 8),
        text in joined(TEXTS, 10),
    ) {
        agrees(&pattern, &text)?;
    }
}

#[test]
fn patterns_nest_and_repeat_within_limits() {
    let nested = |n: usize| ["(".repeat(n), ")".repeat(n)].join("a");
    assert!(Regex::new(&nested(50)).is_ok());
    assert!(Regex::new(&nested(51)).is_err());
    assert!(Regex::new(&nested(100_000)).is_err());
    assert!(Regex::new(&["a", &"+".repeat(50)].concat()).is_ok());
    assert!(Regex::new(&["a", &"+".repeat(1_000_000)].concat()).is_err());
    assert!(Regex::new("a{100000}").is_ok());
    for large in [
        "a{300000}",
        "((a{1000}){1000}){1000}",
        "(){4000000000}",
        "(?:a?|b{0,4000000000})",
    ] {
        assert!(Regex::new(large).is_err(), "{large}");
    }
    assert!(Regex::new("a{4294967296}").is_err());
}

#[test]
fn time_is_linear() {
    let text = "a".repeat(20_000);
    let regex = Regex::new("(a*)*(a|aa)*b").expect("a pattern");
    assert!(!regex.is_found(&text));
    assert!(
        Regex::new("(a?){50}a{50}")
            .expect("a pattern")
            .is_whole(&text[..50])
    );
}

#[test]
fn reasons_name_what_is_wrong() {
    for (pattern, reason) in [
        ("(", "a group has no closing ')'"),
        (")", "a ')' closes no group"),
        ("[", "a class has no closing ']'"),
        ("*", "a repetition repeats nothing"),
        ("a{2", "a repetition has no closing '}'"),
        ("\\1", "back-references are not supported"),
        ("(?<=a)", "look-around is not supported"),
        ("[a-\\d]", "a range does not start and end with a character"),
        ("\\x{110000}", "no character has this code"),
        ("(?z)", "a flag is unknown"),
    ] {
        assert_eq!(Regex::new(pattern).err(), Some(reason), "{pattern}");
    }
}
