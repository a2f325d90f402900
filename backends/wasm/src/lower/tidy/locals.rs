//! Locals: stores that nothing reads, and moves between locals that can be one.

mod flow;

use std::collections::BTreeSet;

use wasm_encoder::Instruction as I;

use self::flow::{Bits, Flow};
use super::super::asm::Op;
use super::super::module::Val;
use super::super::shape::Local;

/// Functions in which more bits would have to be looked at keep their moves.
const MOST_BITS: usize = 1 << 23;

/// A function with fewer locals.
pub(super) struct Tidied {
    pub(super) ops: Vec<Op>,
    /// Of the locals behind the parameters.
    pub(super) types: Vec<Val>,
    /// What each local became; `None` for those that nothing uses.
    pub(super) numbers: Vec<Option<u32>>,
}

/// Tidies a function.
pub(super) fn tidy(
    params: &[Val],
    declared: &[Val],
    temporaries: &[Local],
    mut ops: Vec<Op>,
) -> Tidied {
    let types: Vec<Val> = params.iter().chain(declared).copied().collect();
    let flow = Flow::of(&ops, types.len(), MOST_BITS);
    if let Some(flow) = &flow {
        // What is read later stays the same.
        drop_dead_stores(&mut ops, flow);
    }
    if types.len() * types.len() <= MOST_BITS
        && let Some(flow) = flow
    {
        let (becomes, apart) = merge(&ops, &flow, &types, params.len());
        let merged = colour(&types, temporaries, becomes, &apart);
        rename(&mut ops, |local| merged[local as usize]);
        let mut tidied = compact(params.len(), &types, ops);
        tidied.numbers = merged
            .iter()
            .map(|local| tidied.numbers[*local as usize])
            .collect();
        return tidied;
    }
    compact(params.len(), &types, ops)
}

/// A store that nothing reads drops its value.
fn drop_dead_stores(ops: &mut [Op], flow: &Flow) {
    let mut dead = Vec::new();
    flow.backward(ops, |at, op, live| match op {
        Op::I(I::LocalSet(local) | I::LocalTee(local)) if !live.has(*local) => dead.push(at),
        _ => {}
    });
    for at in dead {
        ops[at] = match &ops[at] {
            Op::I(I::LocalSet(_)) => Op::I(I::Drop),
            // Nothing happens to the value.
            _ => Op::I(I::Nop),
        };
    }
}

/// For each store of `local.get a local.get b local.set c local.set d`, what it moves.
fn moves(ops: &[Op]) -> Vec<Option<u32>> {
    let mut sources = vec![None; ops.len()];
    let mut pushed = Vec::new();
    let mut stored = Vec::new();
    for (at, op) in ops.iter().enumerate() {
        match op {
            Op::I(I::LocalGet(local)) => {
                if !stored.is_empty() {
                    pushed.clear();
                    stored.clear();
                }
                pushed.push(*local);
            }
            Op::I(I::LocalSet(local)) => {
                let source = pushed.pop();
                // What was stored over meanwhile is no longer what was pushed.
                sources[at] = source.filter(|source| !stored.contains(source));
                stored.push(*local);
            }
            _ => {
                pushed.clear();
                stored.clear();
            }
        }
    }
    sources
}

/// For each local, the one that it becomes by moves, and what that must be apart from.
fn merge(ops: &[Op], flow: &Flow, types: &[Val], n_params: usize) -> (Vec<u32>, Vec<Bits>) {
    let sources = moves(ops);
    let mut apart = vec![Bits::new(types.len()); types.len()];
    let at_entry = flow.live_at_entry();
    // Other locals that are read before they are written are 0 there, and parameters are not.
    for local in at_entry.iter().filter(|local| *local as usize >= n_params) {
        let others = at_entry.iter().chain(0..n_params as u32);
        for other in others.filter(|other| *other != local) {
            apart[local as usize].add(other);
            apart[other as usize].add(local);
        }
    }
    flow.backward(ops, |at, op, live| {
        let Op::I(I::LocalSet(local) | I::LocalTee(local)) = op else {
            return;
        };
        for other in live.iter() {
            if other != *local && sources[at] != Some(other) {
                apart[*local as usize].add(other);
                apart[other as usize].add(*local);
            }
        }
    });
    let mut becomes: Vec<u32> = (0..types.len() as u32).collect();
    for (at, op) in ops.iter().enumerate() {
        let (Op::I(I::LocalSet(to)), Some(from)) = (op, sources[at]) else {
            continue;
        };
        let (to, from) = (find(&becomes, *to), find(&becomes, from));
        let both_are_params = (to as usize) < n_params && (from as usize) < n_params;
        if to == from
            || both_are_params
            || types[to as usize] != types[from as usize]
            || apart[to as usize].has(from)
        {
            continue;
        }
        // Parameters keep their numbers.
        let (kept, gone) = (to.min(from), to.max(from));
        becomes[gone as usize] = kept;
        let others = std::mem::take(&mut apart[gone as usize]);
        for other in others.iter() {
            apart[other as usize].add(kept);
        }
        apart[kept as usize].add_all(&others);
    }
    (becomes, apart)
}

/// Makes temporaries that are never needed at the same time one.
fn colour(types: &[Val], temporaries: &[Local], mut becomes: Vec<u32>, apart: &[Bits]) -> Vec<u32> {
    let mut is_temporary = Bits::new(types.len());
    temporaries
        .iter()
        .for_each(|local| is_temporary.add(local.0));
    let mut lasting = Bits::new(types.len());
    for local in (0..types.len() as u32).filter(|local| !is_temporary.has(*local)) {
        lasting.add(find(&becomes, local));
    }
    let mut members: Vec<(u32, Bits)> = Vec::new();
    for local in 0..types.len() as u32 {
        if becomes[local as usize] != local || lasting.has(local) {
            continue;
        }
        let mine = &apart[local as usize];
        let fits = |(first, all): &&mut (u32, Bits)| {
            types[*first as usize] == types[local as usize] && !all.meets(mine)
        };
        match members.iter_mut().find(fits) {
            Some((first, all)) => {
                all.add(local);
                becomes[local as usize] = *first;
            }
            None => {
                let mut all = Bits::new(types.len());
                all.add(local);
                members.push((local, all));
            }
        }
    }
    (0..types.len() as u32)
        .map(|local| find(&becomes, local))
        .collect()
}

fn find(becomes: &[u32], mut local: u32) -> u32 {
    while becomes[local as usize] != local {
        local = becomes[local as usize];
    }
    local
}

fn rename(ops: &mut [Op], new: impl Fn(u32) -> u32) {
    for op in ops {
        if let Op::I(I::LocalGet(local) | I::LocalSet(local) | I::LocalTee(local)) = op {
            *local = new(*local);
        }
    }
}

/// Leaves out locals that are not used, and what does nothing.
fn compact(n_params: usize, types: &[Val], mut ops: Vec<Op>) -> Tidied {
    ops.retain(|op| !matches!(op, Op::I(I::Nop)));
    let mut used = BTreeSet::new();
    for op in &ops {
        if let Op::I(I::LocalGet(local) | I::LocalSet(local) | I::LocalTee(local)) = op {
            used.insert(*local);
        }
    }
    let params = 0..n_params as u32;
    let mut numbers = vec![None; types.len()];
    let mut kept = Vec::new();
    for (number, local) in
        (0..).zip(params.chain(used.into_iter().filter(|local| *local as usize >= n_params)))
    {
        numbers[local as usize] = Some(number);
        kept.push(types[local as usize]);
    }
    rename(&mut ops, |local| numbers[local as usize].unwrap_or(local));
    Tidied {
        ops,
        types: kept.split_off(n_params),
        numbers,
    }
}
