//! Upper and lower case: the simple mappings of Unicode, one character for one, no locale.

use super::argument;
use super::text::Builder;
use crate::bytes::{HIGH, other_case};
use crate::{Error, Value, mem};

/// `(string-upper s)`
pub(super) fn string_upper(a: Value) -> Result<Value, Error> {
    mapped("string-upper", &a, b'a', upper)
}

/// `(string-lower s)`
pub(super) fn string_lower(a: Value) -> Result<Value, Error> {
    mapped("string-lower", &a, b'A', lower)
}

/// Bytes of ASCII that are mapped at once, a multiple of 8.
const RUN: usize = 256;

/// Maps a text: bytes of ASCII in rows, of which the 26 letters from `first` on change, other
/// characters one by one.
fn mapped(
    operation: &str,
    value: &Value,
    first: u8,
    map: impl Fn(char) -> char,
) -> Result<Value, Error> {
    let text = argument::text(operation, value)?;
    mem::reserve(text.len())?;
    let mut builder = Builder::with_capacity(text.len());
    let mut buffer = [0; RUN];
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let run = map_ascii(rest.as_bytes(), &mut buffer, first);
        if let Some(Ok(mapped)) = buffer.get(..run).map(str::from_utf8)
            && run > 0
        {
            builder.push_counted(mapped, run)?;
            rest = rest.get(run..).unwrap_or_default();
        } else {
            builder.push_counted(map(c).encode_utf8(&mut [0; 4]), 1)?;
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        }
    }
    Ok(builder.finish())
}

/// Maps the bytes of ASCII at the start of a text, as many as there is room for. Gives how many
/// they are.
fn map_ascii(from: &[u8], to: &mut [u8; RUN], first: u8) -> usize {
    let mut run = 0;
    for (to, from) in to.as_chunks_mut().0.iter_mut().zip(from.as_chunks().0) {
        let word = u64::from_le_bytes(*from);
        if word & HIGH != 0 {
            break;
        }
        *to = other_case(word, first).to_le_bytes();
        run += 8;
    }
    for (to, from) in to.iter_mut().zip(from).skip(run) {
        if !from.is_ascii() {
            break;
        }
        *to = other_case(u64::from(*from), first) as u8;
        run += 1;
    }
    run
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
