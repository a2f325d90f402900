//! Formatting: idempotent, and the program stays the same, definition hashes included.

use rtfs_syntax::{format, read};
use rtfs_value::types::Level;

use crate::pipeline::{check_diagnostics, digest, lowered};

pub(super) fn check(text: &str) -> u64 {
    let formatted = match format(text) {
        Ok(formatted) => formatted,
        Err(found) => {
            check_diagnostics(&found, text);
            return 0;
        }
    };
    let again = format(&formatted).unwrap_or_else(|found| panic!("{formatted}: {found:?}"));
    assert_eq!(again, formatted, "not idempotent");
    assert_eq!(solid(&formatted), solid(text), "more than layout changed");
    let (before, after) = (read(text), read(&formatted));
    assert!(after.forms == before.forms, "other forms: {formatted}");
    let programs = [before, after].map(|read| lowered(&read.forms, false).program);
    let [before, after] = &programs;
    assert!(before == after, "another program: {formatted}");
    if let (Some(before), Some(after)) = (before, after) {
        assert_eq!(
            before.hashes(Level::Standard),
            after.hashes(Level::Standard)
        );
    }
    digest((before.is_some(), text == formatted, shape(&formatted)))
}

/// What a text consists of, and how often in order of magnitude.
fn shape(text: &str) -> [Option<u32>; 12] {
    let parts = [
        "\n", "\n\n", ";", "#|", "(", "[", "{", "#(", "^", "`", "~", "\"",
    ];
    parts.map(|part| text.matches(part).count().checked_ilog2())
}

/// A text without its layout.
fn solid(text: &str) -> String {
    let layout = |c: char| c.is_whitespace() || c == ',';
    text.chars().filter(|c| !layout(*c)).collect()
}
