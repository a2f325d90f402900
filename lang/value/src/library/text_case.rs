//! Upper and lower case: the simple mappings of Unicode, one character for one, no locale.

use super::argument;
use super::text::Builder;
use crate::{Error, Value};

/// `(string-upper s)`
pub(super) fn string_upper(a: Value) -> Result<Value, Error> {
    mapped("string-upper", &a, u8::to_ascii_uppercase, upper)
}

/// `(string-lower s)`
pub(super) fn string_lower(a: Value) -> Result<Value, Error> {
    mapped("string-lower", &a, u8::to_ascii_lowercase, lower)
}

/// Bytes of ASCII that are mapped at once.
const RUN: usize = 64;

/// Maps a text: bytes of ASCII in rows, other characters one by one.
fn mapped(
    operation: &str,
    value: &Value,
    map_ascii: impl Fn(&u8) -> u8,
    map: impl Fn(char) -> char,
) -> Result<Value, Error> {
    let text = argument::text(operation, value)?;
    let mut builder = Builder::new();
    let mut buffer = [0; RUN];
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let mut run = 0;
        for (to, from) in buffer.iter_mut().zip(rest.as_bytes()) {
            if !from.is_ascii() {
                break;
            }
            *to = map_ascii(from);
            run += 1;
        }
        if run > 0 {
            builder.push_str(core::str::from_utf8(&buffer[..run]).unwrap_or_default())?;
            rest = rest.get(run..).unwrap_or_default();
        } else {
            builder.push_str(map(c).encode_utf8(&mut [0; 4]))?;
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        }
    }
    Ok(builder.finish())
}

/// `core` knows the full mappings. Where they give several characters, the simple one is either
/// the character itself or, for Greek letters with iota below, the title case letter.
fn upper(c: char) -> char {
    let mut full = c.to_uppercase();
    match (full.next(), full.next()) {
        (Some(single), None) => single,
        _ => upper_with_iota(c),
    }
}

fn upper_with_iota(c: char) -> char {
    let distance = match c {
        '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => 8,
        '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => 9,
        _ => 0,
    };
    char::from_u32(c as u32 + distance).unwrap_or(c)
}

/// The only letter with a longer full mapping is capital I with a dot.
fn lower(c: char) -> char {
    let mut full = c.to_lowercase();
    match (full.next(), full.next()) {
        (Some(single), None) => single,
        _ => 'i',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_letters_with_iota_have_a_special_simple_mapping() {
        for c in '\0'..=char::MAX {
            if c.to_uppercase().count() > 1 && upper_with_iota(c) != c {
                // The capital's lower case is the letter it came from.
                assert_eq!(lower(upper(c)), c, "U+{:04X}", c as u32);
            }
            let longer = c.to_lowercase().count() > 1;
            assert_eq!(longer, c == '\u{130}', "U+{:04X}", c as u32);
        }
        assert_eq!(upper('ᾳ'), 'ᾼ');
        assert_eq!(upper('ß'), 'ß');
        assert_eq!(lower('Σ'), 'σ');
        assert_eq!(lower('İ'), 'i');
    }
}
