//! Which locals are read later.

use std::collections::BTreeMap;

use wasm_encoder::Instruction as I;

use super::super::super::asm::{Label, Op};

/// A set of locals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn new(n: usize) -> Self {
        Self(vec![0; n.div_ceil(64)])
    }

    pub(super) fn has(&self, local: u32) -> bool {
        let word = self.0.get(local as usize / 64);
        word.is_some_and(|word| word >> (local % 64) & 1 == 1)
    }

    pub(super) fn add(&mut self, local: u32) {
        if let Some(word) = self.0.get_mut(local as usize / 64) {
            *word |= 1 << (local % 64);
        }
    }

    pub(super) fn meets(&self, other: &Self) -> bool {
        let mut words = self.0.iter().zip(&other.0);
        words.any(|(word, other)| word & other != 0)
    }

    fn remove(&mut self, local: u32) {
        if let Some(word) = self.0.get_mut(local as usize / 64) {
            *word &= !(1 << (local % 64));
        }
    }

    /// True when there was something new.
    pub(super) fn add_all(&mut self, other: &Self) -> bool {
        let mut grew = false;
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            grew |= *more & !*word != 0;
            *word |= more;
        }
        grew
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0u32..).zip(&self.0).flat_map(|(index, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros();
                left &= left.checked_sub(1)?;
                Some(index * 64 + bit)
            })
        })
    }
}

/// Operations that run one after the other.
struct Stretch {
    start: usize,
    end: usize,
    followers: Vec<usize>,
    /// Locals that are read before or at its end or later.
    live_in: Bits,
}

/// The stretches of a function.
pub(super) struct Flow {
    stretches: Vec<Stretch>,
    n_locals: usize,
}

impl Flow {
    /// `None` when it would need more bits than these.
    pub(super) fn of(ops: &[Op], n_locals: usize, most_bits: usize) -> Option<Self> {
        let (mut stretches, numbers) = stretches(ops);
        if stretches.len().saturating_mul(n_locals) > most_bits {
            return None;
        }
        link(ops, &mut stretches, &numbers);
        for stretch in &mut stretches {
            stretch.live_in = Bits::new(n_locals);
        }
        let mut flow = Self {
            stretches,
            n_locals,
        };
        flow.solve(ops);
        Some(flow)
    }

    /// Locals that are read before they are written.
    pub(super) fn live_at_entry(&self) -> Bits {
        let first = self.stretches.first();
        first.map_or_else(Bits::default, |first| first.live_in.clone())
    }

    fn solve(&mut self, ops: &[Op]) {
        let mut changed = true;
        while changed {
            changed = false;
            for index in (0..self.stretches.len()).rev() {
                let mut live = self.live_out(index);
                let stretch = &self.stretches[index];
                for op in ops[stretch.start..stretch.end].iter().rev() {
                    step(op, &mut live);
                }
                changed |= self.stretches[index].live_in.add_all(&live);
            }
        }
    }

    fn live_out(&self, index: usize) -> Bits {
        let mut live = Bits::new(self.n_locals);
        for follower in &self.stretches[index].followers {
            live.add_all(&self.stretches[*follower].live_in);
        }
        live
    }

    /// Visits all operations with the locals that are read after each.
    pub(super) fn backward(&self, ops: &[Op], mut visit: impl FnMut(usize, &Op, &Bits)) {
        for (index, stretch) in self.stretches.iter().enumerate() {
            let mut live = self.live_out(index);
            for at in (stretch.start..stretch.end).rev() {
                visit(at, &ops[at], &live);
                step(&ops[at], &mut live);
            }
        }
    }
}

fn step(op: &Op, live: &mut Bits) {
    match op {
        Op::I(I::LocalGet(local)) => live.add(*local),
        Op::I(I::LocalSet(local) | I::LocalTee(local)) => live.remove(*local),
        _ => {}
    }
}

/// Whether a stretch ends behind an operation.
fn ends_stretch(op: &Op) -> bool {
    matches!(
        op,
        Op::If(_)
            | Op::Br(_)
            | Op::BrIf(_)
            | Op::BrTable(..)
            | Op::ReturnCall(_)
            | Op::ReturnCallIndirect(_)
            | Op::I(I::Else | I::Return | I::Unreachable)
    )
}

/// The stretches without what follows them, and the numbers of those at each start.
fn stretches(ops: &[Op]) -> (Vec<Stretch>, Vec<Option<usize>>) {
    let mut stretches: Vec<Stretch> = Vec::new();
    let mut numbers = vec![None; ops.len() + 1];
    let mut start = 0;
    let mut close = |start: &mut usize, end: usize| {
        if *start < end {
            numbers[*start] = Some(stretches.len());
            stretches.push(Stretch {
                start: *start,
                end,
                followers: Vec::new(),
                live_in: Bits::default(),
            });
            *start = end;
        }
    };
    for (at, op) in ops.iter().enumerate() {
        if matches!(op, Op::End | Op::Loop(..)) {
            close(&mut start, at);
        }
        if ends_stretch(op) {
            close(&mut start, at + 1);
        }
    }
    close(&mut start, ops.len());
    (stretches, numbers)
}

/// What follows each stretch.
fn link(ops: &[Op], stretches: &mut [Stretch], numbers: &[Option<usize>]) {
    let targets = Targets::of(ops);
    for stretch in stretches {
        let at = stretch.end - 1;
        let next = numbers[stretch.end];
        let to = |at: &usize| numbers[*at];
        let label = |label: &Label| targets.labels.get(label.0 as usize).and_then(to);
        let mut follow = |followers: &[Option<usize>]| {
            stretch.followers.extend(followers.iter().flatten());
        };
        match &ops[at] {
            Op::Br(target) => follow(&[label(target)]),
            Op::BrIf(target) => follow(&[next, label(target)]),
            Op::BrTable(labels, default) => {
                labels
                    .iter()
                    .chain([default])
                    .for_each(|target| follow(&[label(target)]));
            }
            Op::If(_) | Op::I(I::Else) => {
                let other = targets.others.get(&at).and_then(to);
                match &ops[at] {
                    Op::If(_) => follow(&[next, other]),
                    // What completes before an `else` goes on at the end.
                    _ => follow(&[other]),
                }
            }
            Op::ReturnCall(_) | Op::ReturnCallIndirect(_) | Op::I(I::Return | I::Unreachable) => {}
            _ => follow(&[next]),
        }
    }
}

/// Where jumps lead.
#[derive(Default)]
struct Targets {
    /// By label; they count up.
    labels: Vec<usize>,
    /// From an `if` to where its condition does not hold, from an `else` to the end.
    others: BTreeMap<usize, usize>,
}

impl Targets {
    fn of(ops: &[Op]) -> Self {
        let mut targets = Self::default();
        let place = |labels: &mut Vec<usize>, label: Label, at: usize| {
            let index = label.0 as usize;
            if labels.len() <= index {
                labels.resize(index + 1, 0);
            }
            labels[index] = at;
        };
        let mut open: Vec<(Option<Label>, usize)> = Vec::new();
        for (at, op) in ops.iter().enumerate() {
            match op {
                Op::Block(label, _) => open.push((Some(*label), at)),
                Op::Loop(label, _) => {
                    place(&mut targets.labels, *label, at);
                    open.push((None, at));
                }
                Op::If(_) => open.push((None, at)),
                Op::I(I::Else) => {
                    if let Some((_, start)) = open.last_mut() {
                        targets.others.insert(*start, at + 1);
                        *start = at;
                    }
                }
                Op::End => match open.pop() {
                    Some((Some(label), _)) => {
                        place(&mut targets.labels, label, at);
                    }
                    Some((None, start)) if !matches!(ops[start], Op::Loop(..)) => {
                        targets.others.insert(start, at);
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        targets
    }
}
