//! Whether a growing text is in the middle of something.

/// Follows a text that arrives in pieces, and knows whether it ends inside brackets, a string or a
/// block comment. It is only a guess at what the reader would say, but it looks at every byte
/// once, however many pieces there are.
///
/// ```
/// let mut balance = rtfs_syntax::Balance::default();
/// balance.feed("(str \"a\n");
/// assert!(balance.is_open());
/// balance.feed("b)\")\n");
/// assert!(!balance.is_open());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Balance {
    /// The closing brackets that are missing, outermost first.
    closers: Vec<u8>,
    state: State,
    /// A bracket closed nothing: more text will not help.
    broken: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Code,
    /// After `#`, which may begin a block comment.
    Hash,
    String,
    /// After a backslash in a string.
    Escape,
    LineComment,
    BlockComment,
    /// After `|` in a block comment.
    Bar,
}

impl Balance {
    /// The next piece of the text.
    pub fn feed(&mut self, piece: &str) {
        for byte in piece.bytes() {
            self.state = self.after(byte);
        }
    }

    /// Whether the text ends inside something that more text could close.
    pub fn is_open(&self) -> bool {
        let inside = match self.state {
            State::Code | State::Hash | State::LineComment => !self.closers.is_empty(),
            State::String | State::Escape | State::BlockComment | State::Bar => true,
        };
        inside && !self.broken
    }

    fn after(&mut self, byte: u8) -> State {
        match (self.state, byte) {
            (State::LineComment, b'\n') => State::Code,
            (State::LineComment, _) => State::LineComment,
            (State::Bar, b'#') => State::Code,
            (State::BlockComment | State::Bar, b'|') => State::Bar,
            (State::BlockComment | State::Bar, _) => State::BlockComment,
            (State::String, b'\\') => State::Escape,
            (State::String, b'"') => State::Code,
            (State::String | State::Escape, _) => State::String,
            (State::Hash, b'|') => State::BlockComment,
            (State::Code | State::Hash, byte) => self.after_code(byte),
        }
    }

    fn after_code(&mut self, byte: u8) -> State {
        match byte {
            b'"' => return State::String,
            b';' => return State::LineComment,
            b'#' => return State::Hash,
            b'(' => self.closers.push(b')'),
            b'[' => self.closers.push(b']'),
            b'{' => self.closers.push(b'}'),
            b')' | b']' | b'}' => self.broken |= self.closers.pop() != Some(byte),
            _ => {}
        }
        State::Code
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, open: bool) {
        let mut balance = Balance::default();
        balance.feed(text);
        assert_eq!(balance.is_open(), open, "{text}");
        let mut in_pieces = Balance::default();
        text.chars().for_each(|c| in_pieces.feed(&c.to_string()));
        assert_eq!(in_pieces.is_open(), open, "{text} in pieces");
        if open {
            assert!(crate::read(text).incomplete, "{text}");
        }
    }

    #[test]
    fn unfinished_texts_are_open() {
        for text in [
            "(",
            "(let [x 1]\n",
            "{:a [",
            "\"abc",
            "\"a\\\"",
            "#| note",
            "(f) #(+",
            "(a ; )\n",
        ] {
            check(text, true);
        }
    }

    #[test]
    fn finished_and_hopeless_texts_are_not() {
        for text in [
            "", "1", "(f)", "\"(\"", "; (", "#| ( |#", "\"\\\\\"", "(]", ")", "([)", "{} # |",
        ] {
            check(text, false);
        }
    }
}
