//! RTFS names as WIT labels.
//!
//! A label is words of lower-case letters and digits, each starting with a letter, joined by
//! single hyphens; labels of one scope must differ even without case and hyphens. RTFS names are
//! almost free, so what a label cannot hold is spelled out:
//!
//! | in the name | in the label |
//! |---|---|
//! | `?`, `!`, `/` | word `p`, `x`, `s` |
//! | other character, or a hyphen with nothing on one side | word `u` + its code point in hexadecimal |
//! | upper case | lower case, a new word after a lower-case letter (`parseJSON` is `parse-json`) |
//! | digit at the start of a word | `n` before it (`2x` is `n2x`) |
//!
//! Two names may come out the same; [`Labels`] then numbers them, in the order of the names.

use std::collections::{BTreeMap, BTreeSet};

/// Longest label before numbering. Longer names are cut; WebAssembly itself allows more, but not
/// every tool does.
const MAX_LENGTH: usize = 200;

/// The label a name gets where no other name is in the way.
pub(crate) fn label(name: &str) -> String {
    let mut words = Words::default();
    let mut characters = name.chars().peekable();
    let mut previous = None;
    while let Some(c) = characters.next() {
        match c {
            'a'..='z' | '0'..='9' => words.push(c),
            'A'..='Z' => {
                if previous.is_some_and(|p: char| p.is_ascii_lowercase() || p.is_ascii_digit()) {
                    words.end();
                }
                words.push(c.to_ascii_lowercase());
            }
            // A hyphen between two other characters separates words, as it does in WIT.
            '-' if previous.is_some_and(|p| p != '-')
                && characters.peek().is_some_and(|&next| next != '-') =>
            {
                words.end();
            }
            '?' => words.whole("p"),
            '!' => words.whole("x"),
            '/' => words.whole("s"),
            other => words.whole(&format!("u{:x}", u32::from(other))),
        }
        previous = Some(c);
    }
    words.finish()
}

/// A label under construction.
#[derive(Default)]
struct Words {
    label: String,
    /// The next character starts a word.
    ended: bool,
}

impl Words {
    fn push(&mut self, c: char) {
        let first = self.label.is_empty() || self.ended;
        if self.ended && !self.label.is_empty() {
            self.label.push('-');
        }
        if first && c.is_ascii_digit() {
            self.label.push('n');
        }
        self.label.push(c);
        self.ended = false;
    }

    fn end(&mut self) {
        self.ended = true;
    }

    /// A word on its own.
    fn whole(&mut self, word: &str) {
        self.end();
        for c in word.chars() {
            self.push(c);
        }
        self.end();
    }

    fn finish(mut self) -> String {
        self.label.truncate(MAX_LENGTH);
        while self.label.ends_with('-') {
            self.label.pop();
        }
        if self.label.is_empty() {
            self.label.push('u');
        }
        self.label
    }
}

/// Core names that no typed export can have: the core module exports `memory`, and the world uses
/// the type `error`.
const RESERVED: [&str; 2] = ["memory", "error"];

/// The labels that the typed exports of one component get, in the order of the names given.
/// Exports of a source module are mapped under their qualified names (`acme.pricing/total!`).
pub fn export_labels<'n>(names: impl IntoIterator<Item = &'n str>) -> Vec<String> {
    let names: Vec<&str> = names.into_iter().collect();
    let labels = Labels::new(names.iter().copied(), &RESERVED);
    let labels = names
        .iter()
        .map(|name| labels.get(name).unwrap_or_default());
    labels.map(str::to_owned).collect()
}

/// The labels of one scope.
#[derive(Clone, Debug, Default)]
pub(crate) struct Labels {
    labels: BTreeMap<String, String>,
    /// Used labels without hyphens.
    taken: BTreeSet<String>,
}

impl Labels {
    /// Labels for `names`, none of them equal to a `reserved` one.
    pub(crate) fn new<'n>(names: impl IntoIterator<Item = &'n str>, reserved: &[&str]) -> Self {
        let mut labels = Self::default();
        labels
            .taken
            .extend(reserved.iter().map(|label| squash(label)));
        let names: BTreeSet<&str> = names.into_iter().collect();
        // Names that already are labels keep them, whatever else there is: sorting puts
        // `f!` before `f-x`, but `f-x` is the one a caller would look for.
        let (exact, other): (Vec<&str>, Vec<&str>) =
            names.into_iter().partition(|name| label(name) == *name);
        for name in exact.into_iter().chain(other) {
            let free = labels.free(&label(name));
            labels.labels.insert(name.to_owned(), free);
        }
        labels
    }

    /// The label of one of the names.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.labels.get(name).map(String::as_str)
    }

    /// Takes `wanted`, or `wanted2`, `wanted3` and so on, whichever is free first.
    pub(crate) fn free(&mut self, wanted: &str) -> String {
        let numbered = (2..).map(|n: u32| format!("{wanted}{n}"));
        let mut candidates = std::iter::once(wanted.to_owned()).chain(numbered);
        let free = candidates.find(|label| self.taken.insert(squash(label)));
        free.unwrap_or_else(|| wanted.to_owned())
    }
}

/// What must differ between labels of one scope.
fn squash(label: &str) -> String {
    label.replace('-', "").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(name: &str, want: &str) {
        assert_eq!(label(name), want, "label of {name:?}");
    }

    #[test]
    fn kebab_names_are_their_own_labels() {
        for name in ["add", "string-length", "a1-b2", "list", "interface"] {
            check(name, name);
        }
    }

    #[test]
    fn marks_become_words() {
        check("even-n?", "even-n-p");
        check("total!", "total-x");
        check("a/b", "a-s-b");
        check("a?b", "a-p-b");
        check("+", "u2b");
        check("->x", "u2d-u3e-x");
        check("*limit*", "u2a-limit-u2a");
        check("größe", "gr-uf6-udf-e");
    }

    #[test]
    fn hyphens_never_meet() {
        check("a--b", "a-u2d-u2d-b");
        check("-a", "u2d-a");
        check("a-", "a-u2d");
        check("-", "u2d");
        check("a-?", "a-p");
        check("", "u");
    }

    #[test]
    fn words_start_with_a_letter() {
        check("2x", "n2x");
        check("area-2d", "area-n2d");
        check("a/1", "a-s-n1");
    }

    #[test]
    fn capitals_start_words() {
        check("parseJSON", "parse-json");
        check("HTTP", "http");
        check("Point", "point");
        check("x2Y", "x2-y");
    }

    #[test]
    fn long_names_are_cut() {
        assert!(label(&"ab-".repeat(200)).len() <= MAX_LENGTH);
    }

    #[test]
    fn collisions_are_numbered_in_name_order() {
        let labels = Labels::new(["map-of", "mapof", "f-x", "f!", "memory"], &["memory"]);
        assert_eq!(labels.get("map-of"), Some("map-of"));
        assert_eq!(labels.get("mapof"), Some("mapof2"));
        assert_eq!(labels.get("f-x"), Some("f-x"));
        assert_eq!(labels.get("f!"), Some("f-x2"));
        assert_eq!(labels.get("memory"), Some("memory2"));
    }

    fn is_label(label: &str) -> bool {
        label.split('-').all(|word| {
            let rest = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
            word.starts_with(|c: char| c.is_ascii_lowercase()) && word.chars().all(rest)
        })
    }

    proptest! {
        #[test]
        fn labels_are_valid_and_distinct(names in proptest::collection::btree_set("[a-cA-C0-2?!/_+ä-]{0,6}", 0..60)) {
            let labels = Labels::new(names.iter().map(String::as_str), &["memory"]);
            let mut seen = BTreeSet::new();
            for name in &names {
                let label = labels.get(name).expect("every name has a label");
                prop_assert!(is_label(label), "{name:?} gives {label:?}");
                prop_assert!(seen.insert(squash(label)), "{label:?} twice");
            }
        }

        #[test]
        fn any_name_has_a_label(name in "\\PC{0,300}") {
            prop_assert!(is_label(&label(&name)));
        }
    }
}
