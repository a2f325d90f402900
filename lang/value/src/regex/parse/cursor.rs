//! A place in a pattern.

/// A place in a pattern.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'p> {
    rest: &'p str,
}

impl<'p> Cursor<'p> {
    pub(super) fn new(pattern: &'p str) -> Self {
        Self { rest: pattern }
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let next = chars.next();
        self.rest = chars.as_str();
        next
    }

    /// Takes a character if it is this one.
    pub(super) fn accept(&mut self, char: char) -> bool {
        let next = self.peek() == Some(char);
        if next {
            self.next();
        }
        next
    }

    /// Takes a text if it comes next.
    pub(super) fn accept_text(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Takes what comes before `end`, and `end`.
    pub(super) fn take_until(&mut self, end: &str) -> Option<&'p str> {
        let (taken, rest) = self.rest.split_once(end)?;
        self.rest = rest;
        Some(taken)
    }

    pub(super) fn skip_while(&mut self, skipped: fn(char) -> bool) {
        self.rest = self.rest.trim_start_matches(skipped);
    }

    /// Skips spaces and comments.
    pub(super) fn skip_space(&mut self) {
        self.skip_while(char::is_whitespace);
        while let Some(comment) = self.rest.strip_prefix('#') {
            self.rest = comment.split_once('\n').map_or("", |(_, rest)| rest);
            self.skip_while(char::is_whitespace);
        }
    }
}
