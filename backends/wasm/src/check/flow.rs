//! What holds on every path: the height of the runtime's stack, and which values are gone.

use std::collections::{BTreeMap, BTreeSet};

use wasmparser::Operator;

use super::Generated;
use super::results::gives_value;

/// At a point of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
struct State {
    /// Bytes taken from the runtime's stack.
    taken: i64,
    /// How much was taken when a local got the address of what was taken.
    bases: BTreeMap<u32, i64>,
    /// Locals whose value was dropped on some path here.
    gone: BTreeSet<u32>,
    /// Locals whose value was counted once more on some path here: dropping it once leaves it.
    counted: BTreeSet<u32>,
    /// Payloads of calls whose tags nobody has looked at, with the locals of the tags.
    unseen: BTreeMap<u32, u32>,
}

impl State {
    /// What holds where two paths meet.
    fn join(&mut self, other: &State) -> Result<(), String> {
        if self.taken != other.taken {
            return Err(format!(
                "paths meet with {} and {} bytes of the stack taken",
                self.taken, other.taken
            ));
        }
        self.bases
            .retain(|local, taken| other.bases.get(local) == Some(taken));
        self.gone.extend(&other.gone);
        self.counted.extend(&other.counted);
        self.unseen.extend(&other.unseen);
        Ok(())
    }
}

/// An open block.
struct Block {
    is_loop: bool,
    /// Number of the instruction that opens it.
    start: usize,
    /// What holds at its end, from the branches there.
    end: Option<State>,
    /// What holds where an `else` begins.
    otherwise: Option<State>,
}

struct Walk<'g> {
    generated: &'g Generated<'g>,
    body: &'g [Operator<'g>],
    /// `None` where nothing gets to.
    state: Option<State>,
    open: Vec<Block>,
    /// What holds at the start of loops, with what their ends lead back.
    loops: BTreeMap<usize, State>,
    /// A loop leads more back than its start knew.
    again: bool,
}

/// Checks one function.
pub(super) fn check(generated: &Generated<'_>, body: &[Operator<'_>]) -> Result<(), String> {
    let mut loops = BTreeMap::new();
    loop {
        let mut walk = Walk {
            generated,
            body,
            state: Some(State {
                taken: 0,
                bases: BTreeMap::new(),
                gone: BTreeSet::new(),
                counted: BTreeSet::new(),
                unseen: BTreeMap::new(),
            }),
            open: vec![Block {
                is_loop: false,
                start: 0,
                end: None,
                otherwise: None,
            }],
            loops,
            again: false,
        };
        for (at, operator) in body.iter().enumerate() {
            walk.step(at)
                .map_err(|text| format!("instruction {at}, {operator:?}: {text}"))?;
        }
        if !walk.again {
            return Ok(());
        }
        // Sets only grow, so this ends.
        loops = walk.loops;
    }
}

impl Walk<'_> {
    fn step(&mut self, at: usize) -> Result<(), String> {
        let body = self.body;
        match &body[at] {
            Operator::Block { .. } => self.enter(at, false, None),
            Operator::Loop { .. } => {
                if let Some(state) = &self.state {
                    let known = self.loops.entry(at).or_insert_with(|| state.clone());
                    known.join(state)?;
                    self.state = Some(known.clone());
                }
                self.enter(at, true, None);
            }
            Operator::If { .. } => {
                let state = self.state.clone();
                self.enter(at, false, state);
            }
            Operator::Else => {
                let state = self.state.take();
                let block = self.open.last_mut().ok_or("`else` outside")?;
                let otherwise = block.otherwise.take();
                leave(block, state)?;
                self.state = otherwise;
            }
            Operator::End => self.end()?,
            Operator::Br { relative_depth } => {
                self.branch(*relative_depth)?;
                self.state = None;
            }
            Operator::BrIf { relative_depth } => self.branch(*relative_depth)?,
            Operator::BrTable { targets } => {
                for target in targets.targets() {
                    self.branch(target.map_err(|error| error.to_string())?)?;
                }
                self.branch(targets.default())?;
                self.state = None;
            }
            Operator::Unreachable => self.state = None,
            Operator::Return
            | Operator::ReturnCall { .. }
            | Operator::ReturnCallIndirect { .. } => {
                self.leave_function()?;
                self.state = None;
            }
            operator => self.simple(at, operator)?,
        }
        Ok(())
    }

    fn enter(&mut self, start: usize, is_loop: bool, otherwise: Option<State>) {
        self.open.push(Block {
            is_loop,
            start,
            end: None,
            otherwise,
        });
    }

    fn end(&mut self) -> Result<(), String> {
        let mut block = self.open.pop().ok_or("`end` outside")?;
        leave(&mut block, self.state.take())?;
        // Without an `else`, what does not enter an `if` goes on.
        let otherwise = block.otherwise.take();
        leave(&mut block, otherwise)?;
        self.state = block.end;
        if self.open.is_empty() {
            self.leave_function()?;
        }
        Ok(())
    }

    fn branch(&mut self, depth: u32) -> Result<(), String> {
        let Some(state) = &self.state else {
            return Ok(());
        };
        let index = self.open.len().checked_sub(1 + depth as usize);
        let block = &mut self.open[index.ok_or("a branch to nowhere")?];
        if !block.is_loop {
            return leave(block, Some(state.clone()));
        }
        let known = self
            .loops
            .entry(block.start)
            .or_insert_with(|| state.clone());
        let before = known.clone();
        known.join(state)?;
        self.again |= *known != before;
        Ok(())
    }

    fn leave_function(&self) -> Result<(), String> {
        match &self.state {
            Some(state) if state.taken != 0 => Err(format!(
                "{} bytes of the stack are still taken",
                state.taken
            )),
            _ => Ok(()),
        }
    }

    fn simple(&mut self, at: usize, operator: &Operator<'_>) -> Result<(), String> {
        let kept = self.kept(at);
        let Some(state) = &mut self.state else {
            return Ok(());
        };
        match operator {
            Operator::LocalGet { local_index }
                if state.gone.contains(local_index) && !is_compared(&self.body[at + 1..]) =>
            {
                return Err(format!("local {local_index} was dropped"));
            }
            Operator::LocalGet { local_index } => {
                if state.unseen.contains_key(local_index) {
                    return Err(format!(
                        "local {local_index} may be an error, and nobody looked"
                    ));
                }
                state.unseen.retain(|_, tag| tag != local_index);
            }
            Operator::LocalSet { local_index } | Operator::LocalTee { local_index } => {
                state.gone.remove(local_index);
                state.counted.remove(local_index);
                state.bases.remove(local_index);
                state.unseen.remove(local_index);
                if let (Operator::LocalSet { .. }, Some(payload)) = (operator, kept) {
                    state.unseen.insert(payload, *local_index);
                }
            }
            Operator::GlobalSet { global_index } if Some(*global_index) == self.generated.stack => {
                self.move_stack(at)?;
            }
            Operator::Call { function_index } => {
                let name = self.generated.runtime_name(*function_index);
                if let Some("rt:drop" | "rt:release") = name {
                    let dropped = payload(&self.body[..at]);
                    let dropped = dropped.filter(|local| !state.counted.contains(local));
                    state.gone.extend(dropped);
                }
            }
            Operator::I32Store { .. } => {
                state.counted.extend(counted(&self.body[..at]));
            }
            _ => {}
        }
        Ok(())
    }

    /// The local of the payload, when a call's tag is kept here.
    fn kept(&self, at: usize) -> Option<u32> {
        let before = &self.body[..at];
        match before {
            [
                ..,
                Operator::Call { function_index },
                Operator::LocalSet { local_index },
            ] => gives_value(self.generated.type_of(*function_index)).then_some(*local_index),
            _ => None,
        }
    }

    /// The global with the top of the stack is written. Taking reads it, subtracts a constant and
    /// keeps the address; giving back adds the constant to such an address.
    fn move_stack(&mut self, at: usize) -> Result<(), String> {
        let body = self.body;
        let Some(state) = &mut self.state else {
            return Ok(());
        };
        let stack = self.generated.stack;
        match &body[..at] {
            [
                ..,
                Operator::GlobalGet { global_index },
                Operator::I32Const { value },
                Operator::I32Sub,
                Operator::LocalTee { local_index },
            ] if Some(*global_index) == stack => {
                state.taken += i64::from(*value);
                state.bases.insert(*local_index, state.taken);
            }
            [
                ..,
                Operator::LocalGet { local_index },
                Operator::I32Const { value },
                Operator::I32Add,
            ] => {
                let base = state.bases.get(local_index);
                let base = base.ok_or("what is given back to the stack was not taken from it")?;
                state.taken = base - i64::from(*value);
            }
            _ => return Err("the stack is moved in an unknown way".to_owned()),
        }
        Ok(())
    }
}

/// A path leads to the end of a block.
fn leave(block: &mut Block, state: Option<State>) -> Result<(), String> {
    match (&mut block.end, state) {
        (Some(end), Some(state)) => end.join(&state),
        (end, Some(state)) => {
            *end = Some(state);
            Ok(())
        }
        (_, None) => Ok(()),
    }
}

/// Whether what was pushed is compared at once: nobody looks behind an address.
fn is_compared(after: &[Operator<'_>]) -> bool {
    matches!(
        after,
        [
            Operator::I32Eq | Operator::I32Ne | Operator::I64Eq | Operator::I64Ne,
            ..
        ]
    )
}

/// The local whose object gets a count of one more when this is stored.
fn counted(before: &[Operator<'_>]) -> Option<u32> {
    let [
        rest @ ..,
        Operator::I32Load { .. },
        Operator::I32Const { value: 1 },
        Operator::I32Add,
    ] = before
    else {
        return None;
    };
    match rest {
        [.., Operator::LocalGet { local_index }]
        | [.., Operator::LocalGet { local_index }, Operator::I32WrapI64] => Some(*local_index),
        _ => None,
    }
}

/// The local with the payload that was pushed last.
fn payload(before: &[Operator<'_>]) -> Option<u32> {
    match before {
        [.., Operator::LocalGet { local_index }]
        | [
            ..,
            Operator::LocalGet { local_index },
            Operator::I64ExtendI32U,
        ] => Some(*local_index),
        _ => None,
    }
}
