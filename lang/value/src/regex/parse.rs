//! Reading patterns.

mod cursor;
mod escape;
mod group;
mod set;

use alloc::string::String;
use alloc::vec::Vec;

use self::cursor::Cursor;
use super::Reason;
use super::class::Class;
use super::tree::{Look, Repeat, Tree};

/// The deepest nesting of groups, and of what they and repetitions make.
const DEEPEST: u32 = 50;

/// What `(?imsURx)` switches.
#[derive(Clone, Copy, Debug, Default)]
struct Flags {
    ignore_case: bool,
    lines: bool,
    dot_is_all: bool,
    swap_greed: bool,
    crlf: bool,
    verbose: bool,
}

/// A group that is open.
#[derive(Debug, Default)]
struct Open {
    /// The branches before the last `|`.
    branches: Vec<u32>,
    /// What follows it.
    sequence: Vec<u32>,
    /// The flags outside of the group.
    outside: Flags,
}

struct Parser<'p> {
    cursor: Cursor<'p>,
    flags: Flags,
    tree: Tree,
    open: Open,
    /// The groups around `open`.
    around: Vec<Open>,
    names: Vec<String>,
}

/// Reads a pattern.
pub(super) fn parse(pattern: &str) -> Result<Tree, Reason> {
    let mut parser = Parser {
        cursor: Cursor::new(pattern),
        flags: Flags::default(),
        tree: Tree::default(),
        open: Open::default(),
        around: Vec::new(),
        names: Vec::new(),
    };
    parser.pattern()?;
    let root = parser.close();
    parser.tree.root = root;
    let height = parser.tree.part(root).map(|part| part.height);
    if height.is_some_and(|height| height > DEEPEST) {
        return Err("the pattern is nested too deeply");
    }
    Ok(parser.tree)
}

impl Parser<'_> {
    fn pattern(&mut self) -> Result<(), Reason> {
        loop {
            self.skip_space();
            let Some(char) = self.cursor.peek() else {
                break;
            };
            match char {
                '(' => self.open_group()?,
                ')' => self.close_group()?,
                '|' => {
                    self.cursor.next();
                    let sequence = core::mem::take(&mut self.open.sequence);
                    let branch = self.tree.sequence(sequence);
                    self.open.branches.push(branch);
                }
                '?' | '*' | '+' => self.repetition(char)?,
                '{' => self.counted_repetition()?,
                _ => {
                    let part = self.primitive(char)?;
                    self.open.sequence.push(part);
                }
            }
        }
        match self.around.is_empty() {
            true => Ok(()),
            false => Err("a group has no closing ')'"),
        }
    }

    /// The node of the open group, which is left empty.
    fn close(&mut self) -> u32 {
        let open = core::mem::take(&mut self.open);
        let last = self.tree.sequence(open.sequence);
        let mut branches = open.branches;
        branches.push(last);
        self.tree.choice(branches)
    }

    fn close_group(&mut self) -> Result<(), Reason> {
        let Some(around) = self.around.pop() else {
            return Err("a ')' closes no group");
        };
        self.cursor.next();
        self.flags = self.open.outside;
        let group = self.close();
        self.open = around;
        self.open.sequence.push(group);
        Ok(())
    }

    fn primitive(&mut self, char: char) -> Result<u32, Reason> {
        if char == '[' {
            let class = self.set()?;
            return Ok(self.tree.class(class));
        }
        self.cursor.next();
        Ok(match char {
            '\\' => return self.escape(),
            '.' => {
                let class = match (self.flags.dot_is_all, self.flags.crlf) {
                    (true, _) => Class::all_but(&[]),
                    (false, true) => Class::all_but(&['\r', '\n']),
                    (false, false) => Class::all_but(&['\n']),
                };
                self.tree.class(class)
            }
            '^' => self.look(Look::Start, Look::LineStart, Look::CrlfStart),
            '$' => self.look(Look::End, Look::LineEnd, Look::CrlfEnd),
            char => self.char(char),
        })
    }

    fn look(&mut self, of_text: Look, of_line: Look, of_crlf: Look) -> u32 {
        self.tree.look(match (self.flags.lines, self.flags.crlf) {
            (false, _) => of_text,
            (true, false) => of_line,
            (true, true) => of_crlf,
        })
    }

    fn char(&mut self, char: char) -> u32 {
        if self.flags.ignore_case && char.is_ascii_alphabetic() {
            let code = u32::from(char);
            let class = Class::new([(code, code)].into());
            return self.tree.class(class.folded());
        }
        self.tree.char(char)
    }

    /// `?`, `*` or `+`
    fn repetition(&mut self, operator: char) -> Result<(), Reason> {
        self.cursor.next();
        let lazy = self.cursor.accept('?');
        let (min, max) = match operator {
            '?' => (0, Some(1)),
            '*' => (0, None),
            _ => (1, None),
        };
        self.repeat(min, max, lazy)
    }

    /// `{n}`, `{n,}` or `{n,m}`
    fn counted_repetition(&mut self) -> Result<(), Reason> {
        const UNCLOSED: Reason = "a repetition has no closing '}'";
        self.step();
        let min = self.number()?;
        let max = match self.cursor.peek() {
            Some(',') => {
                self.step();
                match self.cursor.peek() {
                    None => return Err(UNCLOSED),
                    Some('}') => None,
                    Some(_) => Some(self.number()?),
                }
            }
            _ => Some(min),
        };
        if self.cursor.peek() != Some('}') {
            return Err(UNCLOSED);
        }
        self.step();
        let lazy = self.cursor.accept('?');
        if max.is_some_and(|max| max < min) {
            return Err("a repetition has a minimum above its maximum");
        }
        self.repeat(min, max, lazy)
    }

    fn repeat(&mut self, min: u32, max: Option<u32>, lazy: bool) -> Result<(), Reason> {
        let Some(what) = self.open.sequence.pop() else {
            return Err("a repetition repeats nothing");
        };
        let repeated = self.tree.repeat(Repeat {
            what,
            min,
            max,
            greedy: lazy == self.flags.swap_greed,
        });
        self.open.sequence.push(repeated);
        Ok(())
    }

    /// A decimal number between spaces.
    fn number(&mut self) -> Result<u32, Reason> {
        self.cursor.skip_while(char::is_whitespace);
        let mut number = None;
        while let Some(digit) = self.cursor.peek().and_then(|char| char.to_digit(10)) {
            let more = number.unwrap_or(0_u32).checked_mul(10);
            let more = more.and_then(|number| number.checked_add(digit));
            number = Some(more.ok_or("the number of repetitions is too large")?);
            self.step();
        }
        self.cursor.skip_while(char::is_whitespace);
        self.skip_space();
        number.ok_or("a repetition lacks its number")
    }

    /// Skips spaces and comments in verbose mode.
    fn skip_space(&mut self) {
        if self.flags.verbose {
            self.cursor.skip_space();
        }
    }

    /// Goes on by a character, and by spaces and comments in verbose mode.
    fn step(&mut self) {
        self.cursor.next();
        self.skip_space();
    }
}
