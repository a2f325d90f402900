//! Searching: all ways through the program at once, a character at a time.

use alloc::vec;
use alloc::vec::Vec;
use core::mem;
use core::ops::Range;

use super::program::{Program, Step};

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// The first match, by place and then by preference.
    Leftmost,
    /// Any match; its bounds do not matter.
    Any,
    /// A match that is all of the text.
    Whole,
}

/// Ways through the program, at most one at each step, the preferred one first.
#[derive(Debug)]
struct Ways {
    steps: Vec<u32>,
    /// Where the match of each way starts.
    starts: Vec<usize>,
    /// Position in `steps`, if the step is there.
    places: Vec<u32>,
}

impl Ways {
    fn new(program: &Program) -> Self {
        Self {
            steps: Vec::new(),
            starts: Vec::new(),
            places: vec![0; program.steps.len()],
        }
    }

    fn clear(&mut self) {
        self.steps.clear();
        self.starts.clear();
    }

    /// Whether the step is new.
    fn insert(&mut self, step: u32, start: usize) -> bool {
        let Some(place) = self.places.get_mut(step as usize) else {
            return false;
        };
        if self.steps.get(*place as usize) == Some(&step) {
            return false;
        }
        *place = self.steps.len() as u32;
        self.steps.push(step);
        self.starts.push(start);
        true
    }
}

/// Searches of one text.
#[derive(Debug)]
pub(super) struct Search<'s> {
    program: &'s Program,
    text: &'s str,
    now: Ways,
    next: Ways,
    stack: Vec<u32>,
}

impl<'s> Search<'s> {
    pub(super) fn new(program: &'s Program, text: &'s str) -> Self {
        Self {
            program,
            text,
            now: Ways::new(program),
            next: Ways::new(program),
            stack: Vec::new(),
        }
    }

    /// Looks for a match that starts at `from` or behind it.
    pub(super) fn run(&mut self, from: usize, goal: Goal) -> Option<Range<usize>> {
        let mut found: Option<Range<usize>> = None;
        let mut at = from;
        self.now.clear();
        loop {
            if self.now.steps.is_empty() {
                let over = found.is_some() || (goal == Goal::Whole && at > from);
                if over || at > self.text.len() {
                    break;
                }
                if let Some(Step::Char(first)) = self.program.steps.first()
                    && goal != Goal::Whole
                {
                    at += self.text.get(at..)?.find(*first)?;
                }
            }
            if found.is_none() && (goal != Goal::Whole || at == from) {
                self.enter(0, at, at, false);
            }
            let char = self.text.get(at..).and_then(|rest| rest.chars().next());
            if let Some(start) = self.advance(at, char, goal) {
                found = Some(start..at);
                if goal != Goal::Leftmost {
                    break;
                }
            }
            let Some(char) = char else { break };
            mem::swap(&mut self.now, &mut self.next);
            self.next.clear();
            at += char.len_utf8();
        }
        self.next.clear();
        found
    }

    /// Takes a character along each way. Gives the start of the match that ends before it, and
    /// forgets the ways that are worse than that one.
    fn advance(&mut self, at: usize, char: Option<char>, goal: Goal) -> Option<usize> {
        for i in 0..self.now.steps.len() {
            let (Some(&step), Some(&start)) = (self.now.steps.get(i), self.now.starts.get(i))
            else {
                break;
            };
            let takes = match self.program.steps.get(step as usize) {
                Some(Step::Match) if goal != Goal::Whole || char.is_none() => {
                    return Some(start);
                }
                Some(Step::Char(wanted)) => char == Some(*wanted),
                Some(Step::Class(class)) => char.is_some_and(|char| {
                    let class = self.program.classes.get(*class as usize);
                    class.is_some_and(|class| class.contains(char))
                }),
                _ => false,
            };
            if let Some(char) = char.filter(|_| takes) {
                self.enter(step + 1, at + char.len_utf8(), start, true);
            }
        }
        None
    }

    /// Adds a step and those that it leads to without taking a character.
    fn enter(&mut self, step: u32, at: usize, start: usize, next: bool) {
        let ways = match next {
            true => &mut self.next,
            false => &mut self.now,
        };
        self.stack.push(step);
        while let Some(step) = self.stack.pop() {
            if !ways.insert(step, start) {
                continue;
            }
            match self.program.steps.get(step as usize) {
                Some(Step::Split(first, second)) => {
                    self.stack.push(*second);
                    self.stack.push(*first);
                }
                Some(Step::Jump(target)) => self.stack.push(*target),
                Some(Step::Look(look)) if look.holds(self.text.as_bytes(), at) => {
                    self.stack.push(step + 1);
                }
                _ => {}
            }
        }
    }
}
