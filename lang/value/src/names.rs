//! Which texts are names and literals, so that a value made of one reads back.

use crate::tag;

/// Whether the reader takes all of `text` as one name: `item`, `shop/item`, `org.tools:v1.2/clean`.
pub fn is_name(text: &str) -> bool {
    match text.split_once(":v") {
        None => is_simple(text),
        Some((before, after)) => match after.split_once('/') {
            None => false,
            Some((version, rest)) => {
                let mut numbers = version.split('.');
                let is_number = |n: &str| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit());
                is_simple(before) && numbers.all(is_number) && is_simple(rest)
            }
        },
    }
}

fn is_simple(text: &str) -> bool {
    let is_start = |byte: u8| byte.is_ascii_alphabetic() || b"_$+-*/=<>!?%".contains(&byte);
    let is_rest = |byte: u8| is_start(byte) || byte.is_ascii_digit() || b".@".contains(&byte);
    match text.as_bytes() {
        [first, rest @ ..] => is_start(*first) && rest.iter().all(|byte| is_rest(*byte)),
        [] => false,
    }
}

/// Whether the reader takes `text` as a timestamp: `2026-03-01T08:00:00Z`, with `.250` or `_250` before
/// the `Z` for milliseconds, a day and a time that exist.
pub fn is_timestamp(text: &str) -> bool {
    let text = text.as_bytes();
    let shape: &[u8] = if text.len() == 20 {
        b"0000-00-00T00:00:00Z"
    } else {
        b"0000-00-00T00:00:00.000Z"
    };
    if !has_shape(text, shape) {
        return false;
    }
    let Some(text) = text.first_chunk::<20>() else {
        return false;
    };
    let two = |at: usize| u32::from(text[at] & 15) * 10 + u32::from(text[at + 1] & 15);
    let (century, year, month, day) = (two(0), two(2), two(5), two(8));
    let leap = if year == 0 { century } else { year }.is_multiple_of(4);
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    // Numbers below the first that fits are large ones here.
    month.wrapping_sub(1) < 12
        && day.wrapping_sub(1) < days
        && two(11) < 24
        && two(14) < 60
        && two(17) < 60
}

/// Whether the reader takes `text` as a uuid: 8-4-4-4-12 hexadecimal digits.
pub fn is_uuid(text: &str) -> bool {
    has_shape(text.as_bytes(), b"xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")
}

/// Whether `text` has a digit for each `0` of the shape, a hexadecimal one for each `x`, a point or
/// underscore for `.`, and what the shape has elsewhere.
fn has_shape(text: &[u8], shape: &[u8]) -> bool {
    text.len() == shape.len()
        && text.iter().zip(shape).all(|(&byte, &wanted)| match wanted {
            b'0' => byte.is_ascii_digit(),
            b'x' => byte.is_ascii_hexdigit(),
            b'.' => matches!(byte, b'.' | b'_'),
            _ => byte == wanted,
        })
}

/// Whether decoders ask [`is_readable`]. Those of compiled components do not: it would be a twelfth of
/// a small one, and what they are given they hand to a host, which asks.
pub(crate) const CHECKED: bool = cfg!(feature = "std");

/// Whether the reader makes a value with this tag and text. Every string is read, and symbols may
/// have any text, because macros make `&` and `:` with them.
pub(crate) fn is_readable(tag: u32, text: &str) -> bool {
    if !CHECKED {
        return true;
    }
    match tag {
        tag::KEYWORD => is_name(text),
        tag::TIMESTAMP => is_timestamp(text),
        tag::UUID => is_uuid(text),
        // `#resource-handle("…")` takes any text but none.
        tag::RESOURCE => !text.is_empty(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_simple_qualified_or_versioned() {
        for name in [
            "a",
            "/",
            "-",
            "a.b",
            "a/b",
            "a@1",
            "%1",
            "a:v1/b",
            "org.tools:v1.2/clean",
            "a/b:v10/c/d",
        ] {
            assert!(is_name(name), "{name}");
        }
        for text in [
            "",
            "1a",
            ".a",
            "a b",
            "a:",
            "a:b",
            "a:v",
            "a:v/b",
            "a:v1",
            "a:v1.",
            "a:v1./b",
            "a:v.1/b",
            "a:v1/",
            "a:v1/2",
            "a:v1/b:v2/c",
            ":v1/b",
            "é",
            "a,",
            "a(",
        ] {
            assert!(!is_name(text), "{text}");
        }
    }

    #[test]
    fn timestamps_are_days_and_times_that_exist() {
        for text in [
            "2026-03-01T08:00:00Z",
            "2026-12-31T23:59:59.999Z",
            "2026-03-01T08:00:00_250Z",
            "2024-02-29T00:00:00Z",
            "2000-02-29T00:00:00Z",
            "0000-02-29T00:00:00Z",
        ] {
            assert!(is_timestamp(text), "{text}");
        }
        for text in [
            "",
            "now",
            "2026-03-01",
            "2026-03-01T08:00:00",
            "2026-03-01T08:00:00z",
            "2026-03-01T08:00:00.25Z",
            "2026-03-01 08:00:00Z",
            "2026-00-01T08:00:00Z",
            "2026-13-01T08:00:00Z",
            "2026-03-00T08:00:00Z",
            "2026-04-31T08:00:00Z",
            "2026-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2026-03-01T24:00:00Z",
            "2026-03-01T08:60:00Z",
            "2026-03-01T08:00:60Z",
            "2026-03-01T08:00:00:250Z",
            "２026-03-01T08:00:0",
        ] {
            assert!(!is_timestamp(text), "{text}");
        }
    }

    #[test]
    fn uuids_are_digits_in_groups() {
        assert!(is_uuid("0f0e0d0c-0b0a-0908-0706-050403020100"));
        assert!(is_uuid("ABCDEFab-cdef-ABCD-EFab-cdefABCDEFab"));
        for text in [
            "",
            "u",
            "0f0e0d0c-0b0a-0908-0706-05040302010",
            "0f0e0d0c-0b0a-0908-0706-0504030201000",
            "0f0e0d0c0-b0a-0908-0706-050403020100",
            "0g0e0d0c-0b0a-0908-0706-050403020100",
        ] {
            assert!(!is_uuid(text), "{text}");
        }
    }
}
