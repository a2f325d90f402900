//! Makes the code of a function shorter and easier to read, without changing what it does.
//!
//! Lowering decides where it stands, with labels for whatever may come up and locals for whatever
//! may be needed. Here the whole function is known: jumps that lead to jumps, blocks that nothing
//! leaves, comparisons of comparisons, and moves between locals go away.

mod control;
mod locals;
mod peephole;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::module::{Body, Val};
use super::shape::Local;

/// More rounds find hardly anything.
const ROUNDS: usize = 2;

/// Tidies a function with these parameters.
pub(super) fn tidy(params: &[Val], body: Body) -> Body {
    let mut ops = control::unique_labels(body.ops);
    for _ in 0..ROUNDS {
        let (tidier, changed) = control::tidy(ops);
        ops = tidier;
        if !changed {
            break;
        }
    }
    let tidied = locals::tidy(params, &body.locals, &body.temporaries, ops);
    Body {
        names: names(&body.names, &tidied),
        ops: peephole::tidy(tidied.ops),
        locals: tidied.types,
        temporaries: Vec::new(),
    }
}

/// The names of the locals that are left, each once, in the order of their numbers. One that several became has
/// the first of their names.
fn names(known: &[(Local, String)], tidied: &locals::Tidied) -> Vec<(Local, String)> {
    let mut names: BTreeMap<u32, String> = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for (local, name) in known {
        let Some(number) = tidied.numbers.get(local.0 as usize).copied().flatten() else {
            continue;
        };
        if names.contains_key(&number) {
            continue;
        }
        let mut own = name.clone();
        let mut copy = 2;
        while !taken.insert(own.clone()) {
            own = format!("{name}.{copy}");
            copy += 1;
        }
        names.insert(number, own);
    }
    names
        .into_iter()
        .map(|(number, name)| (Local(number), name))
        .collect()
}
