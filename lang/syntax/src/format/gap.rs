//! What stands between two tokens: white space and comments.

use crate::source_text::BYTE_ORDER_MARK;

/// White space.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Gap {
    /// Line breaks.
    pub(super) breaks: usize,
    /// Other characters behind the last line break.
    pub(super) spaces: usize,
}

impl Gap {
    pub(super) fn is_none(self) -> bool {
        self == Gap::default()
    }

    pub(super) fn and(self, after: Gap) -> Gap {
        Gap {
            breaks: self.breaks + after.breaks,
            spaces: if after.breaks > 0 {
                after.spaces
            } else {
                self.spaces + after.spaces
            },
        }
    }
}

/// A comment as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comment<'t> {
    /// `; …`, without what is blank at its end.
    Line(&'t str),
    /// `#| … |#`
    Block(&'t str),
}

impl<'t> Comment<'t> {
    pub(super) fn text(&self) -> &'t str {
        match self {
            Comment::Line(text) | Comment::Block(text) => text,
        }
    }
}

/// A part of what stands between two tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    Blank(Gap),
    Comment(Comment<'t>),
}

/// The parts of a text without tokens.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (piece, len) = if rest.starts_with(';') {
            let len = rest.find('\n').unwrap_or(rest.len());
            (Piece::Comment(Comment::Line(rest[..len].trim_end())), len)
        } else if rest.starts_with("#|") {
            let len = rest.find("|#").map_or(rest.len(), |at| at + 2);
            (Piece::Comment(Comment::Block(&rest[..len])), len)
        } else {
            let end = [rest.find(';'), rest.find("#|")];
            let len = end.into_iter().flatten().min().unwrap_or(rest.len());
            (Piece::Blank(blank(&rest[..len])), len)
        };
        pieces.push(piece);
        rest = &rest[len..];
    }
    pieces
}

fn blank(text: &str) -> Gap {
    let last_line = text.rsplit('\n').next().unwrap_or_default();
    Gap {
        breaks: text.matches('\n').count(),
        spaces: last_line
            .chars()
            .filter(|c| *c != BYTE_ORDER_MARK && *c != '\r')
            .count(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_blanks_and_comments() {
        let gap = |breaks, spaces| Piece::Blank(Gap { breaks, spaces });
        assert_eq!(pieces(""), []);
        assert_eq!(pieces(" \n  "), [gap(1, 2)]);
        assert_eq!(
            pieces(" ; a #| b \n, #|;|#;c"),
            [
                gap(0, 1),
                Piece::Comment(Comment::Line("; a #| b")),
                gap(1, 2),
                Piece::Comment(Comment::Block("#|;|#")),
                Piece::Comment(Comment::Line(";c")),
            ]
        );
    }
}
