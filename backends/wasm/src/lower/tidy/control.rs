//! Blocks and jumps.

use std::collections::BTreeMap;

use wasm_encoder::{BlockType, Instruction};

use super::super::asm::{Label, Op};
use super::peephole;

/// Gives every block a label of its own: copies of code have those of what they were copied from.
pub(super) fn unique_labels(ops: Vec<Op>) -> Vec<Op> {
    let mut open: Vec<Option<(Label, Label)>> = Vec::new();
    let mut n_labels = 0;
    let renamed = |open: &[Option<(Label, Label)>], label: Label| {
        let known = open.iter().rev().flatten().find(|(old, _)| *old == label);
        known.map_or(label, |(_, new)| *new)
    };
    ops.into_iter()
        .map(|op| match op {
            Op::Block(label, ty) | Op::Loop(label, ty) => {
                let new = Label(n_labels);
                n_labels += 1;
                open.push(Some((label, new)));
                match op {
                    Op::Block(..) => Op::Block(new, ty),
                    _ => Op::Loop(new, ty),
                }
            }
            Op::If(ty) => {
                open.push(None);
                Op::If(ty)
            }
            Op::End => {
                open.pop();
                Op::End
            }
            Op::Br(label) => Op::Br(renamed(&open, label)),
            Op::BrIf(label) => Op::BrIf(renamed(&open, label)),
            Op::BrTable(labels, default) => Op::BrTable(
                labels.iter().map(|label| renamed(&open, *label)).collect(),
                renamed(&open, default),
            ),
            op => op,
        })
        .collect()
}

/// Leaves out what cannot be reached, jumps to where the code goes anyway, and blocks that nothing
/// leaves; turns blocks around a condition into `if`. True when another round may find more.
pub(super) fn tidy(ops: Vec<Op>) -> (Vec<Op>, bool) {
    let mut tidier = Tidier {
        further: further_targets(&ops),
        out: Vec::with_capacity(ops.len()),
        open: Vec::new(),
        depths: Vec::new(),
        reachable: true,
        skipped: 0,
        changed: false,
    };
    for op in ops {
        tidier.step(op);
    }
    let changed = tidier.changed;
    let mut ops = Vec::with_capacity(tidier.out.len());
    for item in tidier.out {
        match item {
            Item::Gone => {}
            Item::Op(op) => peephole::push(&mut ops, op),
            Item::Unless(op) => {
                peephole::push(&mut ops, Op::I(Instruction::I32Eqz));
                peephole::push(&mut ops, op);
            }
        }
    }
    (ops, changed)
}

/// Where jumps to a label lead in the end: behind its block there is only a jump, or the end of
/// another block.
fn further_targets(ops: &[Op]) -> BTreeMap<Label, Label> {
    let mut open: Vec<Option<(Label, bool)>> = Vec::new();
    let mut empty = BTreeMap::new();
    let mut found: BTreeMap<Label, Label> = BTreeMap::new();
    for (index, op) in ops.iter().enumerate() {
        match op {
            Op::Block(label, ty) | Op::Loop(label, ty) => {
                empty.insert(*label, matches!(ty, BlockType::Empty));
                open.push(Some((*label, matches!(op, Op::Block(..)))));
            }
            Op::If(_) => open.push(None),
            Op::End => {
                let Some(Some((label, true))) = open.pop() else {
                    continue;
                };
                let next = match (ops.get(index + 1), open.last()) {
                    (Some(Op::Br(next)), _) => Some(*next),
                    (Some(Op::End), Some(Some((outer, true)))) => Some(*outer),
                    _ => None,
                };
                let is_empty = |label: &Label| empty.get(label) == Some(&true);
                if let Some(next) = next
                    && is_empty(&next)
                    && is_empty(&label)
                {
                    found.insert(label, next);
                }
            }
            _ => {}
        }
    }
    // Outer blocks end later, and loops are not followed: chains end.
    let direct = found.clone();
    for target in found.values_mut() {
        while let Some(next) = direct.get(target) {
            *target = *next;
        }
    }
    found
}

enum Item {
    Gone,
    Op(Op),
    /// The opposite of the condition.
    Unless(Op),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Block,
    Loop,
    If,
}

struct Open {
    kind: Kind,
    label: Option<Label>,
    /// Where it starts.
    start: usize,
    is_empty: bool,
    /// Jumps to its label.
    n_jumps: usize,
    /// The last `br_if` to its label that stands directly in it.
    own_br_if: Option<usize>,
    /// Whether the code before an `else` goes on behind the end.
    completes: Option<bool>,
}

struct Tidier {
    further: BTreeMap<Label, Label>,
    out: Vec<Item>,
    open: Vec<Open>,
    /// Positions of labels among what is open.
    depths: Vec<usize>,
    reachable: bool,
    /// Blocks that were opened in code that cannot be reached.
    skipped: usize,
    changed: bool,
}

impl Tidier {
    fn step(&mut self, op: Op) {
        if !self.reachable {
            return self.skip(op);
        }
        match op {
            Op::Block(label, ty) => self.enter(Kind::Block, Some(label), ty, op),
            Op::Loop(label, ty) => self.enter(Kind::Loop, Some(label), ty, op),
            Op::If(ty) => self.enter(Kind::If, None, ty, op),
            Op::End => self.end(),
            Op::I(Instruction::Else) => self.otherwise(),
            Op::Br(label) => {
                let label = self.jump(label);
                self.out.push(Item::Op(Op::Br(label)));
                self.reachable = false;
            }
            Op::BrIf(label) => {
                let label = self.jump(label);
                let at = self.out.len();
                if let Some(open) = self.open.last_mut()
                    && open.label == Some(label)
                {
                    open.own_br_if = Some(at);
                }
                self.out.push(Item::Op(Op::BrIf(label)));
            }
            Op::BrTable(labels, default) => {
                let labels = labels.iter().map(|label| self.jump(*label)).collect();
                let default = self.jump(default);
                self.out.push(Item::Op(Op::BrTable(labels, default)));
                self.reachable = false;
            }
            Op::I(Instruction::Return | Instruction::Unreachable)
            | Op::ReturnCall(_)
            | Op::ReturnCallIndirect(_) => {
                self.out.push(Item::Op(op));
                self.reachable = false;
            }
            op => self.out.push(Item::Op(op)),
        }
    }

    fn skip(&mut self, op: Op) {
        match op {
            Op::Block(..) | Op::Loop(..) | Op::If(_) => self.skipped += 1,
            Op::End if self.skipped > 0 => self.skipped -= 1,
            Op::End => return self.end(),
            Op::I(Instruction::Else) if self.skipped == 0 => return self.otherwise(),
            Op::I(Instruction::Unreachable) => return,
            _ => {}
        }
        self.changed = true;
    }

    fn enter(&mut self, kind: Kind, label: Option<Label>, ty: BlockType, op: Op) {
        if let Some(label) = label {
            let index = label.0 as usize;
            if self.depths.len() <= index {
                self.depths.resize(index + 1, 0);
            }
            self.depths[index] = self.open.len();
        }
        self.open.push(Open {
            kind,
            label,
            start: self.out.len(),
            is_empty: matches!(ty, BlockType::Empty),
            n_jumps: 0,
            own_br_if: None,
            completes: None,
        });
        self.out.push(Item::Op(op));
    }

    /// Where a jump leads; counts it.
    fn jump(&mut self, label: Label) -> Label {
        let further = self.further.get(&label).copied();
        self.changed |= further.is_some();
        let label = further.unwrap_or(label);
        let depth = self.depths.get(label.0 as usize);
        if let Some(open) = depth.and_then(|depth| self.open.get_mut(*depth)) {
            open.n_jumps += 1;
        }
        label
    }

    fn otherwise(&mut self) {
        if let Some(open) = self.open.last_mut() {
            open.completes = Some(self.reachable);
        }
        self.out.push(Item::Op(Op::I(Instruction::Else)));
        self.reachable = true;
    }

    fn end(&mut self) {
        let Some(open) = self.open.pop() else {
            return;
        };
        match open.kind {
            Kind::Block => self.end_block(open),
            Kind::Loop if open.n_jumps == 0 => self.unwrap(&open),
            Kind::Loop => self.close(),
            Kind::If => {
                if self.is_conditional_jump(&open) {
                    return;
                }
                self.reachable |= open.completes.unwrap_or(true);
                self.close();
            }
        }
    }

    /// The block stays.
    fn close(&mut self) {
        self.out.push(Item::Op(Op::End));
        if !self.reachable {
            // What follows an end counts as reachable where code is validated.
            let unreachable = Op::I(Instruction::Unreachable);
            self.out.push(Item::Op(unreachable));
        }
    }

    fn unwrap(&mut self, open: &Open) {
        self.out[open.start] = Item::Gone;
        self.changed = true;
    }

    /// `if br l end`
    fn is_conditional_jump(&mut self, open: &Open) -> bool {
        let [Item::Op(Op::If(_)), Item::Op(Op::Br(label))] = self.out[open.start..] else {
            return false;
        };
        self.out.truncate(open.start);
        if let Some(outer) = self.open.last_mut()
            && outer.label == Some(label)
        {
            outer.own_br_if = Some(open.start);
        }
        self.out.push(Item::Op(Op::BrIf(label)));
        self.reachable = true;
        self.changed = true;
        true
    }

    fn end_block(&mut self, mut open: Open) {
        let label = open.label;
        if open.is_empty {
            self.drop_last_jump(&mut open);
        }
        if open.n_jumps == 0 {
            return self.unwrap(&open);
        }
        if let (1, true, Some(at)) = (open.n_jumps, open.is_empty, open.own_br_if) {
            debug_assert!(matches!(&self.out[at], Item::Op(Op::BrIf(to)) if Some(*to) == label));
            self.unwrap(&open);
            if at + 1 == self.out.len() {
                self.out[at] = Item::Op(Op::I(Instruction::Drop));
                return;
            }
            self.out[at] = Item::Unless(Op::If(BlockType::Empty));
            self.out.push(Item::Op(Op::End));
            self.reachable = true;
            return;
        }
        self.out.push(Item::Op(Op::End));
        self.reachable = true;
    }

    /// `br l end` and `br_if l br m end`, where `l` is the block that ends.
    fn drop_last_jump(&mut self, open: &mut Open) {
        match &self.out[..] {
            [.., Item::Op(Op::Br(label))] if Some(*label) == open.label => {
                self.out.pop();
                open.n_jumps -= 1;
            }
            [.., Item::Op(Op::BrIf(label)), Item::Op(Op::Br(other))]
                if Some(*label) == open.label && open.own_br_if == Some(self.out.len() - 2) =>
            {
                let unless = Item::Unless(Op::BrIf(*other));
                self.out.truncate(self.out.len() - 2);
                self.out.push(unless);
                open.n_jumps -= 1;
                open.own_br_if = None;
            }
            _ => return,
        }
        self.reachable = true;
        self.changed = true;
    }
}
