//! The locals of a function: parameters, fixed ones, those of slots, and temporaries.

use std::collections::BTreeMap;

use super::module::Val;
use super::shape::Local;

/// How many temporaries of each type are in use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark([usize; 3]);

/// Locals of one function.
#[derive(Debug, Default)]
pub(super) struct Locals {
    types: Vec<Val>,
    params: usize,
    by_slot: BTreeMap<(u32, Val), Local>,
    temporaries: [Vec<Local>; 3],
    used: [usize; 3],
    /// Temporaries that were used once.
    fresh: Vec<Local>,
    names: Vec<(Local, String)>,
    slot_names: BTreeMap<u32, String>,
}

/// Functions with fewer locals than this get a new one for each temporary: those that are never needed at
/// the same time become one when the whole function is known.
const MOST_FRESH: usize = 96;

const fn class(ty: Val) -> usize {
    match ty {
        Val::I32 => 0,
        Val::I64 => 1,
        Val::F64 => 2,
    }
}

impl Locals {
    /// Adds a parameter; all parameters come first.
    pub(super) fn param(&mut self, ty: Val) -> Local {
        debug_assert_eq!(self.params, self.types.len(), "parameters come first");
        self.params += 1;
        self.fixed(ty)
    }

    /// A local that is never given back.
    pub(super) fn fixed(&mut self, ty: Val) -> Local {
        self.types.push(ty);
        Local(u32::try_from(self.types.len() - 1).unwrap_or(u32::MAX))
    }

    /// The local of a type that belongs to a slot.
    pub(super) fn of_slot(&mut self, slot: u32, ty: Val) -> Local {
        if let Some(local) = self.by_slot.get(&(slot, ty)) {
            return *local;
        }
        let local = self.fixed(ty);
        self.by_slot.insert((slot, ty), local);
        local
    }

    /// A temporary, until [`Locals::release`].
    pub(super) fn temporary(&mut self, ty: Val) -> Local {
        let class = class(ty);
        if self.types.len() < MOST_FRESH {
            let local = self.fixed(ty);
            self.fresh.push(local);
            return local;
        }
        let next = self.used[class];
        self.used[class] += 1;
        match self.temporaries[class].get(next) {
            Some(local) => *local,
            None => {
                let local = self.fixed(ty);
                self.temporaries[class].push(local);
                local
            }
        }
    }

    /// The temporaries in use.
    pub(super) fn mark(&self) -> Mark {
        Mark(self.used)
    }

    /// Gives back the temporaries taken since the mark.
    pub(super) fn release(&mut self, mark: Mark) {
        self.used = mark.0;
    }

    /// Names a local, for people.
    pub(super) fn name(&mut self, local: Local, name: impl Into<String>) {
        self.names.push((local, name.into()));
    }

    /// Names the locals of a slot.
    pub(super) fn name_slot(&mut self, slot: u32, name: &str) {
        self.slot_names.insert(slot, name.to_owned());
    }

    /// The names of locals; one that has a tag beside its payload has two locals.
    pub(super) fn names(&self) -> Vec<(Local, String)> {
        let mut names = self.names.clone();
        for ((slot, ty), local) in &self.by_slot {
            let name = self.slot_names.get(slot).filter(|name| !name.is_empty());
            let is_tag = *ty == Val::I32 && self.by_slot.contains_key(&(*slot, Val::I64));
            names.extend(name.map(|name| match is_tag {
                true => (*local, format!("{name}.tag")),
                false => (*local, name.clone()),
            }));
        }
        names
    }

    /// Temporaries that may share a local.
    pub(super) fn take_fresh(&mut self) -> Vec<Local> {
        std::mem::take(&mut self.fresh)
    }

    /// The types of the locals behind the parameters.
    pub(super) fn into_declared(self) -> Vec<Val> {
        self.types[self.params..].to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporaries_are_reused_by_type() {
        let mut locals = Locals::default();
        for _ in 0..MOST_FRESH {
            locals.param(Val::I32);
        }
        let mark = locals.mark();
        let first = locals.temporary(Val::I64);
        let other = locals.temporary(Val::I32);
        assert_ne!(first, other);
        locals.release(mark);
        assert_eq!(locals.temporary(Val::I64), first);
        assert_eq!(locals.into_declared(), [Val::I64, Val::I32]);
    }
}
