//! Names of projects: of a Cargo package, and of a backend or module in the store.

/// Longest name, in bytes: a program's own package has a name a little longer.
const MAX_BYTES: usize = 48;

/// Crates that are always there, directories that Cargo makes, and the backend that is built in.
const TAKEN: &[&str] = &[
    "alloc",
    "build",
    "core",
    "deps",
    "examples",
    "incremental",
    "proc-macro",
    "proc_macro",
    "rtfs-guest",
    "std",
    "test",
    "wasm",
];

/// Words of Rust, which no crate can be called.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// The name of a project: lower-case words of letters and digits, joined by hyphens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ProjectName(String);

impl ProjectName {
    /// The name, or why a text is none.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let is_word = |word: &str| {
            let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
            !word.is_empty() && word.bytes().all(fits)
        };
        if text.len() > MAX_BYTES {
            return Err("it has more than 48 characters");
        }
        if !text.split('-').all(is_word) {
            return Err("it is not lower-case letters and digits in words joined by hyphens");
        }
        if !text.starts_with(|first: char| first.is_ascii_lowercase()) {
            return Err("it does not begin with a letter");
        }
        match TAKEN.contains(&text) || KEYWORDS.contains(&text) {
            true => Err("the word has a meaning already"),
            false => Ok(Self(text.to_owned())),
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// As an identifier of Rust, which is how Cargo names its files.
    pub(super) fn identifier(&self) -> String {
        self.0.replace('-', "_")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_joined_by_hyphens_are_names() {
        for name in ["words", "text-tools", "area-2d", "x1"] {
            assert!(ProjectName::parse(name).is_ok(), "{name}");
        }
        let name = ProjectName::parse("text-tools").expect("it is one");
        assert_eq!(name.identifier(), "text_tools");
    }

    #[test]
    fn other_texts_are_not() {
        let long = "a".repeat(49);
        for name in [
            "", "-", "a-", "-a", "a--b", "A", "2d", "a_b", "a/b", "../x", "a b", "é", "fn", "wasm",
            "core", &long,
        ] {
            assert!(ProjectName::parse(name).is_err(), "{name}");
        }
    }
}
