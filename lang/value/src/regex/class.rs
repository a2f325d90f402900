//! Sets of characters.

use alloc::vec::Vec;

/// The greatest code of a character.
const LAST: u32 = char::MAX as u32;

/// A set of characters: ranges in order that neither overlap nor touch. The codes of surrogates
/// may be in it; no text contains them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Class {
    ranges: Vec<(u32, u32)>,
    /// The characters below 128 as bits. No `u128`: the allocator of components aligns to 8.
    ascii: [u64; 2],
}

impl Class {
    /// The characters of ranges in any order.
    pub(super) fn new(mut ranges: Vec<(u32, u32)>) -> Self {
        ranges.sort_unstable();
        let mut joined: Vec<(u32, u32)> = Vec::with_capacity(ranges.len());
        for (first, last) in ranges {
            match joined.last_mut() {
                Some(before) if first <= before.1.saturating_add(1) => {
                    before.1 = before.1.max(last);
                }
                _ => joined.push((first, last)),
            }
        }
        let mut ascii = [0; 2];
        for &(first, last) in &joined {
            for code in first..=last.min(127) {
                let half: &mut u64 = &mut ascii[usize::from(code >= 64)];
                *half |= 1 << (code % 64);
            }
        }
        Self {
            ranges: joined,
            ascii,
        }
    }

    /// All characters but these.
    pub(super) fn negated(&self) -> Self {
        let mut others = Vec::with_capacity(self.ranges.len() + 1);
        let mut next = 0;
        for &(first, last) in &self.ranges {
            if first > next {
                others.push((next, first - 1));
            }
            next = last + 1;
        }
        if next <= LAST {
            others.push((next, LAST));
        }
        Self::new(others)
    }

    /// These characters and, of ASCII letters, those of the other case.
    pub(super) fn folded(&self) -> Self {
        let mut ranges = self.ranges.clone();
        for &(first, last) in &self.ranges {
            for (start, end, other) in [('A', 'Z', 'a'), ('a', 'z', 'A')] {
                let (start, end) = (u32::from(start), u32::from(end));
                let (low, high) = (first.max(start), last.min(end));
                if low <= high {
                    let shift = |code| code - start + u32::from(other);
                    ranges.push((shift(low), shift(high)));
                }
            }
        }
        Self::new(ranges)
    }

    pub(super) fn ranges(&self) -> &[(u32, u32)] {
        &self.ranges
    }

    pub(super) fn contains(&self, char: char) -> bool {
        let code = u32::from(char);
        if code < 128 {
            return self.ascii[usize::from(code >= 64)] >> (code % 64) & 1 == 1;
        }
        let after = self.ranges.partition_point(|range| range.0 <= code);
        after.checked_sub(1).is_some_and(|i| {
            let range = self.ranges.get(i);
            range.is_some_and(|range| code <= range.1)
        })
    }

    /// The class that `[:NAME:]` stands for.
    pub(super) fn named(name: &str) -> Option<Self> {
        let ranges: &[(char, char)] = match name {
            "alnum" => &[('0', '9'), ('A', 'Z'), ('a', 'z')],
            "alpha" => &[('A', 'Z'), ('a', 'z')],
            "ascii" => &[('\0', '\x7f')],
            "blank" => &[('\t', '\t'), (' ', ' ')],
            "cntrl" => &[('\0', '\x1f'), ('\x7f', '\x7f')],
            "digit" => &[('0', '9')],
            "graph" => &[('!', '~')],
            "lower" => &[('a', 'z')],
            "print" => &[(' ', '~')],
            "punct" => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
            "space" => &[('\t', '\r'), (' ', ' ')],
            "upper" => &[('A', 'Z')],
            "word" => &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
            "xdigit" => &[('0', '9'), ('A', 'F'), ('a', 'f')],
            _ => return None,
        };
        let code = |&(first, last): &(char, char)| (u32::from(first), u32::from(last));
        Some(Self::new(ranges.iter().map(code).collect()))
    }

    /// The class that `\d`, `\s`, `\w` or a capital one of these stands for.
    pub(super) fn escaped(letter: char) -> Option<Self> {
        let class = match letter.to_ascii_lowercase() {
            'd' => Self::named("digit"),
            's' => Self::named("space"),
            'w' => Self::named("word"),
            _ => None,
        }?;
        Some(match letter.is_ascii_uppercase() {
            true => class.negated(),
            false => class,
        })
    }

    /// All characters but some.
    pub(super) fn all_but(chars: &[char]) -> Self {
        let code = |&char: &char| (u32::from(char), u32::from(char));
        Self::new(chars.iter().map(code).collect()).negated()
    }
}
