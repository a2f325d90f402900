//! Sizes and durations as people type them.

use std::time::Duration;

/// Parses `4096`, `64KiB`, `512MiB`, `1GiB`, `10MB`.
pub(crate) fn parse_size(text: &str) -> Result<u64, String> {
    const UNITS: [(&str, u64); 10] = [
        ("", 1),
        ("B", 1),
        ("K", 1 << 10),
        ("KiB", 1 << 10),
        ("KB", 1_000),
        ("M", 1 << 20),
        ("MiB", 1 << 20),
        ("MB", 1_000_000),
        ("GiB", 1 << 30),
        ("GB", 1_000_000_000),
    ];
    let (number, unit) = split_unit(text);
    let number: u64 = number
        .parse()
        .map_err(|_| format!("`{text}` is not a size; write a number and a unit, e.g. `64MiB`"))?;
    let (_, factor) = UNITS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(unit))
        .ok_or_else(|| format!("unknown unit `{unit}`; use B, KiB, MiB, GiB, KB, MB or GB"))?;
    number
        .checked_mul(*factor)
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| format!("`{text}` is out of range"))
}

/// Parses `500ms`, `30s`, `2m`.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = split_unit(text);
    let number: u64 = number.parse().map_err(|_| {
        format!("`{text}` is not a duration; write a number and a unit, e.g. `30s`")
    })?;
    let millis = match unit {
        "ms" => Some(number),
        "s" => number.checked_mul(1_000),
        "m" | "min" => number.checked_mul(60_000),
        _ => return Err(format!("unknown unit `{unit}`; use ms, s or m")),
    };
    match millis {
        Some(millis @ 1..=86_400_000) => Ok(Duration::from_millis(millis)),
        _ => Err(format!("`{text}` is out of range; use 1ms to 24 hours")),
    }
}

/// Parses `0s`, `12h`, `14d`: an age, to the second.
pub(crate) fn parse_age(text: &str) -> Result<Duration, String> {
    let (number, unit) = split_unit(text);
    let number: u64 = number
        .parse()
        .map_err(|_| format!("`{text}` is not an age; write a number and a unit, e.g. `14d`"))?;
    let seconds = match unit {
        "s" => Some(number),
        "m" | "min" => number.checked_mul(60),
        "h" => number.checked_mul(60 * 60),
        "d" => number.checked_mul(24 * 60 * 60),
        _ => return Err(format!("unknown unit `{unit}`; use s, m, h or d")),
    };
    match seconds {
        // A hundred years: clocks can subtract it.
        Some(seconds @ 0..=3_153_600_000) => Ok(Duration::from_secs(seconds)),
        _ => Err(format!("`{text}` is out of range; use at most 36500d")),
    }
}

/// A size as people read it.
pub(crate) fn show_size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1 << 10 {
        return format!("{bytes} bytes");
    }
    let mut tenths = u128::from(bytes) * 10 / 1024;
    let mut unit = 0;
    while tenths >= 10_240 && unit + 1 < UNITS.len() {
        tenths /= 1024;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

fn split_unit(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(parse_size("4096"), Ok(4096));
        assert_eq!(parse_size("64MiB"), Ok(64 << 20));
        assert_eq!(parse_size("10mb"), Ok(10_000_000));
        for bad in ["", "MiB", "1.5GiB", "5XB", "0", "99999999999GiB", "-1"] {
            assert!(parse_size(bad).is_err(), "{bad} was taken");
        }
    }

    #[test]
    fn ages() {
        assert_eq!(parse_age("0s"), Ok(Duration::ZERO));
        assert_eq!(parse_age("14d"), Ok(Duration::from_secs(14 * 86_400)));
        for bad in ["", "5", "1w", "36501d", "-1s", "99999999999999999999s"] {
            assert!(parse_age(bad).is_err(), "{bad} was taken");
        }
    }

    #[test]
    fn sizes_are_shown_in_units() {
        assert_eq!(show_size(1023), "1023 bytes");
        assert_eq!(show_size(1536), "1.5 KiB");
        assert_eq!(show_size(3 << 20), "3.0 MiB");
        assert_eq!(show_size(u64::MAX), "16777215.9 TiB");
    }

    #[test]
    fn durations() {
        assert_eq!(parse_duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse_duration("2m"), Ok(Duration::from_secs(120)));
        for bad in ["", "5", "0s", "5h", "25000m", "-1s"] {
            assert!(parse_duration(bad).is_err(), "{bad} was taken");
        }
    }
}
