//! Numbers, timestamps and uuids: which texts are literals, and advice for those that nearly are.

use crate::codes;
use crate::name::is_name;
use crate::{Diagnostic, FormKind, ParseErrorKind, Span};

/// Reads a token that begins with a digit, or with a sign and a digit.
///
/// # Errors
/// A diagnostic for a text that is not a literal.
pub(crate) fn read_number(text: &str, span: Span) -> Result<FormKind, Diagnostic> {
    if is_timestamp_shape(text) {
        return match timestamp_fault(text) {
            None => Ok(FormKind::Timestamp(text.to_owned())),
            Some(fault) => Err(bad_timestamp(text, fault, span)),
        };
    }
    if is_uuid(text) {
        return Ok(FormKind::Uuid(text.to_owned()));
    }
    if is_float_shape(text) {
        return match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(FormKind::Float(value)),
            _ => Err(float_out_of_range(text, span)),
        };
    }
    if is_integer_shape(text) {
        return match text.parse::<i64>() {
            Ok(value) => Ok(FormKind::Int(value)),
            Err(_) => Err(integer_out_of_range(text, span)),
        };
    }
    if looks_like_date(text) {
        return Err(bad_timestamp(
            text,
            "it does not have the form of one",
            span,
        ));
    }
    Err(bad_number(text, span))
}

/// Reads the text of `#timestamp("…")`.
///
/// # Errors
/// A diagnostic for a text that is not a timestamp.
pub(crate) fn read_timestamp(text: &str, span: Span) -> Result<FormKind, Diagnostic> {
    let fault = if is_timestamp_shape(text) {
        timestamp_fault(text)
    } else {
        Some("it does not have the form of one")
    };
    match fault {
        None => Ok(FormKind::Timestamp(text.to_owned())),
        Some(fault) => Err(bad_timestamp(text, fault, span)),
    }
}

/// Whether the text is 8-4-4-4-12 hexadecimal digits.
pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['+', '-']).unwrap_or(text)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_integer_shape(text: &str) -> bool {
    is_digits(unsigned(text))
}

fn is_float_shape(text: &str) -> bool {
    let text = unsigned(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let mantissa_fits = match mantissa.split_once('.') {
        Some((whole, fraction)) => is_digits(whole) && is_digits(fraction),
        None => exponent.is_some() && is_digits(mantissa),
    };
    mantissa_fits && exponent.is_none_or(is_integer_shape)
}

/// `dddd-dd-ddTdd:dd:ddZ`, with `.ddd` or `_ddd` before the `Z`.
fn is_timestamp_shape(text: &str) -> bool {
    let fits = |text: &str, shape: &str| {
        text.len() == shape.len()
            && text
                .bytes()
                .zip(shape.bytes())
                .all(|(b, wanted)| match wanted {
                    b'd' => b.is_ascii_digit(),
                    b'.' => matches!(b, b'.' | b'_'),
                    _ => b == wanted,
                })
    };
    fits(text, "dddd-dd-ddTdd:dd:ddZ") || fits(text, "dddd-dd-ddTdd:dd:dd.dddZ")
}

/// What is out of range in a text of timestamp shape.
fn timestamp_fault(text: &str) -> Option<&'static str> {
    let field = |at: usize, len: usize| -> u32 {
        text.get(at..at + len)
            .and_then(|digits| digits.parse().ok())
            .unwrap_or(u32::MAX)
    };
    let (year, month, day) = (field(0, 4), field(5, 2), field(8, 2));
    if !(1..=12).contains(&month) {
        return Some("months go from 01 to 12");
    }
    if day == 0 || day > days_in_month(year, month) {
        return Some("that month has no such day");
    }
    if field(11, 2) > 23 {
        return Some("hours go from 00 to 23");
    }
    if field(14, 2) > 59 {
        return Some("minutes go from 00 to 59");
    }
    if field(17, 2) > 59 {
        return Some("seconds go from 00 to 59");
    }
    None
}

fn days_in_month(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// `dddd-dd` at the beginning: nobody writes that for a subtraction without spaces.
fn looks_like_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 10
        && bytes.get(4) == Some(&b'-')
        && bytes.get(7) == Some(&b'-')
        && [0, 1, 2, 3, 5, 6, 8, 9]
            .iter()
            .all(|&at: &usize| bytes[at].is_ascii_digit())
}

fn bad_timestamp(text: &str, fault: &str, span: Span) -> Diagnostic {
    let kind = ParseErrorKind::InvalidLiteral;
    let message = format!("{} is not a timestamp: {fault}", shown(text));
    Diagnostic::error(codes::BAD_TIMESTAMP, kind, message, span).with_help(
        "a timestamp is written `2026-03-01T08:00:00Z`, in UTC, with `.250` before the `Z` for \
         milliseconds",
    )
}

fn float_out_of_range(text: &str, span: Span) -> Diagnostic {
    let infinity = if text.starts_with('-') {
        "##-Inf"
    } else {
        "##Inf"
    };
    let kind = ParseErrorKind::InvalidLiteral;
    let message = format!("the float {} is too large", shown(text));
    Diagnostic::error(codes::NUMBER_RANGE, kind, message, span)
        .with_label("floats reach about 1.8e308")
        .with_help(format!("write `{infinity}` if you mean infinity"))
}

fn integer_out_of_range(text: &str, span: Span) -> Diagnostic {
    let limit = if text.starts_with('-') {
        i64::MIN
    } else {
        i64::MAX
    };
    let size = if text.starts_with('-') {
        "smallest"
    } else {
        "largest"
    };
    let kind = ParseErrorKind::InvalidLiteral;
    let message = format!("the integer {} does not fit 64 bits", shown(text));
    let found = Diagnostic::error(codes::NUMBER_RANGE, kind, message, span)
        .with_label(format!("the {size} integer is {limit}"));
    if text.len() <= 40 {
        found.with_help(format!("write `{text}.0` if a float is precise enough"))
    } else {
        found
    }
}

fn bad_number(text: &str, span: Span) -> Diagnostic {
    let kind = ParseErrorKind::InvalidLiteral;
    let message = format!("{} is not a number", shown(text));
    let found = Diagnostic::error(codes::BAD_NUMBER, kind, message, span);
    match number_advice(text) {
        Some(advice) => found.with_help(advice),
        None => found.with_help(
            "numbers look like `42`, `-7`, `0.5` or `1e-3`, and names do not begin with a digit",
        ),
    }
}

/// What was probably meant by a text that only looks like a number.
fn number_advice(text: &str) -> Option<String> {
    let (sign, digits) = text.split_at(text.len() - unsigned(text).len());
    if text.len() > 60 {
        return None;
    }
    let hexadecimal = digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"));
    if let Some(value) = hexadecimal.and_then(|hex| i64::from_str_radix(hex, 16).ok()) {
        return Some(format!(
            "there are no hexadecimal numbers: write `{sign}{value}`"
        ));
    }
    if let Some((top, bottom)) = digits.split_once('/')
        && is_digits(top)
        && is_digits(bottom)
    {
        return Some(format!(
            "there are no ratios: write `(/ {sign}{top} {bottom})`"
        ));
    }
    let joined = digits.replace('_', "");
    if joined != digits && (is_digits(&joined) || is_float_shape(&joined)) {
        return Some(format!(
            "there are no digit separators: write `{sign}{joined}`"
        ));
    }
    if let Some(whole) = digits.strip_suffix('.').filter(|whole| is_digits(whole)) {
        return Some(format!("write `{sign}{whole}.0`"));
    }
    if let Some(fraction) = digits
        .strip_prefix('.')
        .filter(|fraction| is_digits(fraction) || is_float_shape(&format!("0.{fraction}")))
    {
        return Some(format!("write `{sign}0.{fraction}`"));
    }
    if let Some(plain) = digits.strip_suffix(['N', 'M', 'n', 'f', 'L'])
        && (is_digits(plain) || is_float_shape(plain))
    {
        return Some(format!("numbers have no suffix: write `{sign}{plain}`"));
    }
    operator_advice(text)
}

/// `1-2` and the like: an operator between two numbers, without spaces.
fn operator_advice(text: &str) -> Option<String> {
    let is_number = |text: &str| is_integer_shape(text) || is_float_shape(text);
    let at = text.char_indices().skip(1).map(|(at, _)| at).find(|&at| {
        text[at..].starts_with(['+', '-', '*'])
            && is_number(&text[..at])
            && (is_number(&text[at + 1..]) || is_name(&text[at + 1..]))
    })?;
    let (left, operator, right) = (&text[..at], &text[at..=at], &text[at + 1..]);
    Some(format!(
        "the operator comes first: write `({operator} {left} {right})`"
    ))
}

/// A text for a message: quoted, cut when it is long.
pub(crate) fn shown(text: &str) -> String {
    const LONGEST: usize = 40;
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("`{}…`", &text[..at]),
        None => format!("`{text}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let got = match read_number(text, Span::default()) {
            Ok(kind) => format!("{kind:?}"),
            Err(found) => {
                format!(
                    "{} {}",
                    found.code,
                    found
                        .help
                        .or(found.label.map(String::from))
                        .unwrap_or_default()
                )
            }
        };
        assert!(got.contains(expect), "{text} gave {got}");
    }

    #[test]
    fn integers_have_64_bits() {
        check("0", "Int(0)");
        check("+5", "Int(5)");
        check("-5", "Int(-5)");
        check("007", "Int(7)");
        check("9223372036854775807", "Int(9223372036854775807)");
        check("-9223372036854775808", "Int(-9223372036854775808)");
        check("9223372036854775808", "E0022 write `9223372036854775808.0`");
        check("-9223372036854775809", "E0022");
        check(&"9".repeat(5000), "E0022 the largest integer");
    }

    #[test]
    fn floats_need_digits_on_both_sides_or_an_exponent() {
        check("2.5", "Float(2.5)");
        check("-0.0", "Float(-0.0)");
        check("1e-3", "Float(0.001)");
        check("1E3", "Float(1000.0)");
        check("1.5e+3", "Float(1500.0)");
        check("1e-999", "Float(0.0)");
        check("1e999", "E0022 write `##Inf`");
        check("-1e999", "E0022 write `##-Inf`");
        check("1.", "E0021 write `1.0`");
        check("-1.", "write `-1.0`");
        check("1.e5", "E0021");
        check("1e", "E0021");
        check("1.5e", "E0021");
        check("1.2.3", "E0021");
    }

    #[test]
    fn foreign_numbers_are_explained() {
        check("0x1F", "there are no hexadecimal numbers: write `31`");
        check("-0x10", "write `-16`");
        check("3/4", "there are no ratios: write `(/ 3 4)`");
        check("1_000", "there are no digit separators: write `1000`");
        check("1N", "numbers have no suffix: write `1`");
        check("1.5M", "numbers have no suffix: write `1.5`");
        check("1-2", "the operator comes first: write `(- 1 2)`");
        check("2*x", "the operator comes first: write `(* 2 x)`");
        check("12ab", "names do not begin with a digit");
        check("1é", "E0021");
    }

    #[test]
    fn timestamps_are_real_days_and_times() {
        check(
            "2026-03-01T08:00:00Z",
            "Timestamp(\"2026-03-01T08:00:00Z\")",
        );
        check("2026-03-01T08:00:00.250Z", "Timestamp");
        check("2026-03-01T08:00:00_250Z", "Timestamp");
        check("2024-02-29T23:59:59Z", "Timestamp");
        check("2000-02-29T00:00:00Z", "Timestamp");
        check("1900-02-29T00:00:00Z", "E0023");
        check("2026-02-29T00:00:00Z", "E0023");
        check("2026-13-01T00:00:00Z", "E0023");
        check("2026-00-01T00:00:00Z", "E0023");
        check("2026-04-31T00:00:00Z", "E0023");
        check("2026-04-00T00:00:00Z", "E0023");
        check("2026-04-01T24:00:00Z", "E0023");
        check("2026-04-01T00:60:00Z", "E0023");
        check("2026-04-01T00:00:60Z", "E0023");
        check("2026-04-01T00:00:00.1Z", "E0023");
        check("2026-04-01T00:00:00", "E0023");
        check("2026-04-01", "E0023");
    }

    #[test]
    fn uuids_keep_their_case() {
        check(
            "01234567-89AB-cdef-0123-456789abcdef",
            "Uuid(\"01234567-89AB-cdef-0123-456789abcdef\")",
        );
        check("01234567-89AB-cdef-0123-456789abcdeg", "E0021");
        check("01234567-89AB-cdef-0123-456789abcde", "E0021");
    }
}
