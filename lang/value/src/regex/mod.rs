//! Regular expressions: the dialect of the crate `regex-lite`, in every engine.
//!
//! Patterns match on characters; classes such as `\w`, word boundaries and case are ASCII. There is
//! no look-around and there are no back-references, so time is linear in the length of the text.
//! Nothing depends on the width of pointers: what is a pattern in one engine is one in the other.

mod class;
mod parse;
mod program;
mod search;
mod tree;

use alloc::vec::Vec;
use core::ops::Range;

use self::program::Program;
use self::search::{Goal, Search};

/// Why a text is no pattern.
pub(crate) type Reason = &'static str;

/// A pattern, ready to be searched for.
#[derive(Clone, Debug)]
pub(crate) struct Regex {
    program: Program,
}

impl Regex {
    /// Reads a pattern.
    pub(crate) fn new(pattern: &str) -> Result<Self, Reason> {
        let tree = parse::parse(pattern)?;
        Ok(Self {
            program: Program::new(&tree)?,
        })
    }

    /// The leftmost match.
    pub(crate) fn find(&self, text: &str) -> Option<Range<usize>> {
        Search::new(&self.program, text).run(0, Goal::Leftmost)
    }

    /// Whether there is a match anywhere.
    pub(crate) fn is_found(&self, text: &str) -> bool {
        let found = Search::new(&self.program, text).run(0, Goal::Any);
        found.is_some()
    }

    /// Whether the whole text can be a match.
    pub(crate) fn is_whole(&self, text: &str) -> bool {
        let found = Search::new(&self.program, text).run(0, Goal::Whole);
        found.is_some()
    }

    /// The matches one after the other. An empty one never touches the one before.
    pub(crate) fn find_all<'r>(&'r self, text: &'r str) -> Matches<'r> {
        Matches {
            search: Search::new(&self.program, text),
            text,
            at: 0,
            last_end: None,
        }
    }
}

/// The matches in a text.
pub(crate) struct Matches<'r> {
    search: Search<'r>,
    text: &'r str,
    at: usize,
    last_end: Option<usize>,
}

impl Iterator for Matches<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let mut found = self.search.run(self.at, Goal::Leftmost)?;
        if found.is_empty() && Some(found.end) == self.last_end {
            let next = self.text.get(self.at..)?.chars().next()?;
            found = self.search.run(self.at + next.len_utf8(), Goal::Leftmost)?;
        }
        self.at = found.end;
        self.last_end = Some(found.end);
        Some(found)
    }
}

/// Pushes and gives the position.
fn push<T>(items: &mut Vec<T>, item: T) -> u32 {
    let position = items.len() as u32;
    items.push(item);
    position
}

#[cfg(test)]
mod tests;
