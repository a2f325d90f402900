//! Patterns as instructions.

use alloc::vec::Vec;

use super::class::Class;
use super::tree::{Look, Node, Repeat, Tree};
use super::{Reason, push};

/// The most instructions of a program, nodes counted as often as they are repeated.
const LARGEST: u32 = 1 << 18;

/// A step of a search. Steps go on with the next one unless they say otherwise.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// Takes this character.
    Char(char),
    /// Takes a character of a class.
    Class(u32),
    /// Holds only in certain places.
    Look(Look),
    /// Goes on with the first, or with the second if that leads nowhere.
    Split(u32, u32),
    Jump(u32),
    Match,
}

/// A pattern as steps; the first one is where matches start.
#[derive(Clone, Debug)]
pub(super) struct Program {
    pub(super) steps: Vec<Step>,
    pub(super) classes: Vec<Class>,
}

impl Program {
    pub(super) fn new(tree: &Tree) -> Result<Self, Reason> {
        let mut compiler = Compiler {
            tree,
            steps: Vec::new(),
            size: 0,
        };
        compiler.part(tree.root)?;
        compiler.emit(Step::Match);
        Ok(Self {
            steps: compiler.steps,
            classes: tree.classes.clone(),
        })
    }
}

struct Compiler<'t> {
    tree: &'t Tree,
    steps: Vec<Step>,
    size: u32,
}

impl Compiler<'_> {
    /// Recursion goes as deep as the tree, which the parser limits.
    fn part(&mut self, at: u32) -> Result<(), Reason> {
        self.size += 1;
        if self.size > LARGEST {
            return Err("the pattern is too large when its repetitions are written out");
        }
        let Some(part) = self.tree.part(at) else {
            return Ok(());
        };
        match &part.node {
            Node::Empty => {}
            Node::Char(char) => {
                self.emit(Step::Char(*char));
            }
            Node::Class(class) => {
                self.emit(Step::Class(*class));
            }
            Node::Look(look) => {
                self.emit(Step::Look(*look));
            }
            Node::Sequence(parts) => {
                for &part in parts {
                    self.part(part)?;
                }
            }
            Node::Choice(parts) => self.choice(parts)?,
            Node::Repeat(repeat) => self.repeat(repeat)?,
        }
        Ok(())
    }

    fn choice(&mut self, parts: &[u32]) -> Result<(), Reason> {
        let Some((&last, others)) = parts.split_last() else {
            return Ok(());
        };
        let mut ends = Vec::with_capacity(others.len());
        for &part in others {
            let split = self.emit(Step::Split(0, 0));
            self.part(part)?;
            ends.push(self.emit(Step::Jump(0)));
            self.set(split, Step::Split(split + 1, self.here()));
        }
        self.part(last)?;
        for end in ends {
            self.set(end, Step::Jump(self.here()));
        }
        Ok(())
    }

    fn repeat(&mut self, repeat: &Repeat) -> Result<(), Reason> {
        let Some(max) = repeat.max else {
            return self.endless(repeat);
        };
        for _ in 0..repeat.min {
            self.part(repeat.what)?;
        }
        let mut splits = Vec::new();
        for _ in repeat.min..max {
            splits.push(self.emit(Step::Split(0, 0)));
            self.part(repeat.what)?;
        }
        for split in splits {
            self.set(split, repeat.fork(split + 1, self.here()));
        }
        Ok(())
    }

    fn endless(&mut self, repeat: &Repeat) -> Result<(), Reason> {
        for _ in 1..repeat.min {
            self.part(repeat.what)?;
        }
        let empty = self.tree.part(repeat.what);
        let empty = empty.is_some_and(|part| part.may_be_empty);
        if repeat.min == 0 && !empty {
            let split = self.emit(Step::Split(0, 0));
            self.part(repeat.what)?;
            self.emit(Step::Jump(split));
            self.set(split, repeat.fork(split + 1, self.here()));
            return Ok(());
        }
        // What may be empty is tried once before it is decided whether to go on: otherwise the
        // empty way round would come before ways out that are preferred to it.
        let skip = (repeat.min == 0).then(|| self.emit(Step::Split(0, 0)));
        let start = self.here();
        self.part(repeat.what)?;
        let split = self.emit(Step::Split(0, 0));
        self.set(split, repeat.fork(start, split + 1));
        if let Some(skip) = skip {
            self.set(skip, repeat.fork(skip + 1, self.here()));
        }
        Ok(())
    }

    fn here(&self) -> u32 {
        self.steps.len() as u32
    }

    fn emit(&mut self, step: Step) -> u32 {
        push(&mut self.steps, step)
    }

    fn set(&mut self, at: u32, step: Step) {
        if let Some(place) = self.steps.get_mut(at as usize) {
            *place = step;
        }
    }
}

impl Repeat {
    /// Once more, or on.
    fn fork(&self, again: u32, on: u32) -> Step {
        match self.greedy {
            true => Step::Split(again, on),
            false => Step::Split(on, again),
        }
    }
}
