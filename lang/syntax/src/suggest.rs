//! "Did you mean": the known word nearest to a mistyped one.

/// The candidate nearest to `word`, if one is near enough to be what was meant.
///
/// A typing error is one inserted, dropped, replaced or swapped letter; letter case is free. A
/// third of the word may be wrong. Of equally near candidates the first wins.
pub fn closest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let word: Vec<char> = word.to_lowercase().chars().take(MAX_LEN + 1).collect();
    if word.len() > MAX_LEN {
        return None;
    }
    let limit = (word.len() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let letters: Vec<char> = candidate.to_lowercase().chars().collect();
        // A one-letter word is near to every other: only its case may differ.
        let limit = if word.len().min(letters.len()) < 2 {
            0
        } else {
            limit
        };
        if letters.len().abs_diff(word.len()) > limit {
            continue;
        }
        let distance = distance(&word, &letters);
        if distance <= limit && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Words longer than this are data, not typing errors.
const MAX_LEN: usize = 64;

/// Number of typing errors between two words (optimal string alignment).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut two_back = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(two_back[j - 2] + 1);
            }
        }
        two_back = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(word: &str, expect: Option<&str>) {
        assert_eq!(
            closest(word, ["defn", "def", "reduce", "filter", "+", "Inf"]),
            expect
        );
    }

    #[test]
    fn near_words_are_found() {
        check("dfen", Some("defn"));
        check("DEFN", Some("defn"));
        check("reduec", Some("reduce"));
        check("fliter", Some("filter"));
        check("inf", Some("Inf"));
    }

    #[test]
    fn far_words_are_not() {
        check("map", None);
        check("-", None);
        check("", None);
        check(&"x".repeat(10_000), None);
    }
}
