//! Sets of characters in brackets.

use alloc::vec::Vec;

use super::super::class::Class;
use super::escape::Escape;
use super::{Parser, Reason};

const UNCLOSED: Reason = "a class has no closing ']'";

/// An item of a set.
enum Item {
    Char(char),
    Class(Class),
}

impl Parser<'_> {
    /// The set whose bracket comes next.
    pub(super) fn set(&mut self) -> Result<Class, Reason> {
        self.step();
        let negated = self.cursor.peek() == Some('^');
        if negated {
            self.step();
        }
        let mut ranges = Vec::new();
        while self.cursor.peek() == Some('-') {
            ranges.push(single('-'));
            self.step();
        }
        if ranges.is_empty() && self.cursor.peek() == Some(']') {
            ranges.push(single(']'));
            self.step();
        }
        loop {
            self.skip_space();
            match self.cursor.peek() {
                None => return Err(UNCLOSED),
                Some(']') => break,
                Some('[') => match self.named_set() {
                    Some(class) => ranges.extend_from_slice(class.ranges()),
                    None => return Err("classes within classes are not supported"),
                },
                Some('&') if self.is_next_too('&') => {
                    return Err("intersections of classes are not supported");
                }
                Some('-') if self.is_next_too('-') => {
                    return Err("differences of classes are not supported");
                }
                Some('~') if self.is_next_too('~') => {
                    return Err("symmetric differences of classes are not supported");
                }
                Some(_) => self.range(&mut ranges)?,
            }
        }
        self.cursor.next();
        let mut class = Class::new(ranges);
        // Before it is negated: `(?i)[^x]` has no `X`.
        if self.flags.ignore_case {
            class = class.folded();
        }
        Ok(match negated {
            true => class.negated(),
            false => class,
        })
    }

    /// Whether the character after the next one is this one.
    fn is_next_too(&self, char: char) -> bool {
        let mut ahead = self.cursor.clone();
        ahead.next();
        ahead.peek() == Some(char)
    }

    /// A character, a range or an escaped class.
    fn range(&mut self, ranges: &mut Vec<(u32, u32)>) -> Result<(), Reason> {
        let first = self.item()?;
        self.skip_space();
        let mut ahead = self.cursor.clone();
        let dash = ahead.accept('-');
        if self.flags.verbose {
            ahead.skip_space();
        }
        // A dash at the end of the set is a dash.
        if !dash || matches!(ahead.peek(), Some(']' | '-')) {
            match first {
                Item::Char(char) => ranges.push(single(char)),
                Item::Class(class) => ranges.extend_from_slice(class.ranges()),
            }
            return Ok(());
        }
        self.cursor = ahead;
        if self.cursor.peek().is_none() {
            return Err(UNCLOSED);
        }
        let (Item::Char(first), Item::Char(last)) = (first, self.item()?) else {
            return Err("a range does not start and end with a character");
        };
        if first > last {
            return Err("a range ends before it starts");
        }
        ranges.push((u32::from(first), u32::from(last)));
        Ok(())
    }

    fn item(&mut self) -> Result<Item, Reason> {
        match self.cursor.next() {
            None => Err(UNCLOSED),
            Some('\\') => match self.escaped()? {
                Escape::Char(char) => Ok(Item::Char(char)),
                Escape::Class(class) => Ok(Item::Class(class)),
                Escape::Look(_) => Err("an escape stands for no character of a class"),
            },
            Some(char) => Ok(Item::Char(char)),
        }
    }

    /// `[:NAME:]` or `[:^NAME:]`; what is not one of them is not taken.
    fn named_set(&mut self) -> Option<Class> {
        let mut ahead = self.cursor.clone();
        if !ahead.accept_text("[:") {
            return None;
        }
        let negated = ahead.accept('^');
        let class = Class::named(ahead.take_until(":]")?)?;
        self.cursor = ahead;
        Some(match negated {
            true => class.negated(),
            false => class,
        })
    }
}

fn single(char: char) -> (u32, u32) {
    (u32::from(char), u32::from(char))
}
