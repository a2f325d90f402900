//! What a pattern means, as a tree in one array: however deep it is, freeing it does not recurse.

use alloc::vec::Vec;

use super::class::Class;

/// A condition on a place between characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// `\A`
    Start,
    /// `\z`
    End,
    /// `(?m)^`
    LineStart,
    /// `(?m)$`
    LineEnd,
    /// `(?mR)^`
    CrlfStart,
    /// `(?mR)$`
    CrlfEnd,
    /// `\b`
    Word,
    /// `\B`
    NotWord,
    /// `\<`
    WordStart,
    /// `\>`
    WordEnd,
    /// `\b{start-half}`
    WordStartHalf,
    /// `\b{end-half}`
    WordEndHalf,
}

impl Look {
    /// Whether it holds at a place of a text.
    pub(super) fn holds(self, text: &[u8], at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|i| text.get(i)).copied();
        let after = text.get(at).copied();
        let is_word =
            |byte: Option<u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_');
        match self {
            Self::Start => before.is_none(),
            Self::End => after.is_none(),
            Self::LineStart => matches!(before, None | Some(b'\n')),
            Self::LineEnd => matches!(after, None | Some(b'\n')),
            Self::CrlfStart => match before {
                None | Some(b'\n') => true,
                Some(b'\r') => after != Some(b'\n'),
                Some(_) => false,
            },
            Self::CrlfEnd => match after {
                None | Some(b'\r') => true,
                Some(b'\n') => before != Some(b'\r'),
                Some(_) => false,
            },
            Self::Word => is_word(before) != is_word(after),
            Self::NotWord => is_word(before) == is_word(after),
            Self::WordStart => !is_word(before) && is_word(after),
            Self::WordEnd => is_word(before) && !is_word(after),
            Self::WordStartHalf => !is_word(before),
            Self::WordEndHalf => !is_word(after),
        }
    }
}

/// Part of a pattern; numbers are positions in [`Tree::nodes`].
#[derive(Clone, Debug)]
pub(super) enum Node {
    Empty,
    Char(char),
    /// Position in [`Tree::classes`].
    Class(u32),
    Look(Look),
    /// One after the other.
    Sequence(Vec<u32>),
    /// One of them, the first that leads to a match.
    Choice(Vec<u32>),
    Repeat(Repeat),
}

/// Something again and again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Repeat {
    pub(super) what: u32,
    pub(super) min: u32,
    /// `None`: without end.
    pub(super) max: Option<u32>,
    /// As often as possible.
    pub(super) greedy: bool,
}

/// A node and what follows from its parts.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) node: Node,
    /// It can match the empty text.
    pub(super) may_be_empty: bool,
    /// Levels of nodes below.
    pub(super) height: u32,
}

/// A pattern.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Part>,
    pub(super) classes: Vec<Class>,
    pub(super) root: u32,
}

impl Tree {
    pub(super) fn part(&self, at: u32) -> Option<&Part> {
        self.nodes.get(at as usize)
    }

    fn add(&mut self, node: Node, may_be_empty: bool, height: u32) -> u32 {
        let part = Part {
            node,
            may_be_empty,
            height,
        };
        super::push(&mut self.nodes, part)
    }

    pub(super) fn empty(&mut self) -> u32 {
        self.add(Node::Empty, true, 0)
    }

    pub(super) fn char(&mut self, char: char) -> u32 {
        self.add(Node::Char(char), false, 0)
    }

    pub(super) fn class(&mut self, class: Class) -> u32 {
        let class = super::push(&mut self.classes, class);
        self.add(Node::Class(class), false, 0)
    }

    pub(super) fn look(&mut self, look: Look) -> u32 {
        self.add(Node::Look(look), true, 0)
    }

    pub(super) fn sequence(&mut self, parts: Vec<u32>) -> u32 {
        match *parts.as_slice() {
            [] => self.empty(),
            [only] => only,
            _ => {
                let empty = self.parts(&parts).all(|part| part.may_be_empty);
                let height = self.height_above(&parts);
                self.add(Node::Sequence(parts), empty, height)
            }
        }
    }

    pub(super) fn choice(&mut self, parts: Vec<u32>) -> u32 {
        match *parts.as_slice() {
            [only] => only,
            _ => {
                let empty = self.parts(&parts).any(|part| part.may_be_empty);
                let height = self.height_above(&parts);
                self.add(Node::Choice(parts), empty, height)
            }
        }
    }

    pub(super) fn repeat(&mut self, repeat: Repeat) -> u32 {
        match (repeat.min, repeat.max) {
            (0, Some(0)) => self.empty(),
            (1, Some(1)) => repeat.what,
            (min, _) => {
                let what = [repeat.what];
                let empty = min == 0 || self.parts(&what).all(|part| part.may_be_empty);
                let height = self.height_above(&what);
                self.add(Node::Repeat(repeat), empty, height)
            }
        }
    }

    fn parts(&self, parts: &[u32]) -> impl Iterator<Item = &Part> {
        parts.iter().filter_map(|&part| self.part(part))
    }

    fn height_above(&self, parts: &[u32]) -> u32 {
        let heights = self.parts(parts).map(|part| part.height);
        heights.max().unwrap_or_default().saturating_add(1)
    }
}
