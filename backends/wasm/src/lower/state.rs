//! What is known at the current point of the code.

use std::collections::BTreeMap;

use super::kinds::Kinds;
use super::shape::VarId;

/// No node: errors keep the node they have.
pub(super) const NO_NODE: u32 = 0;

/// The state at one point.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// What must be dropped when an error leaves from here, ascending. Never-heap values are not
    /// listed.
    pub(super) owned: Vec<VarId>,
    /// Owned variables that an operand has taken over from their slots.
    pub(super) taken: Vec<VarId>,
    /// What tests on the way here have shown.
    pub(super) facts: BTreeMap<VarId, Kinds>,
    /// The node of errors that come up here without one (node id + 1), when it is the same on all
    /// ways here.
    pub(super) node: Option<u32>,
    /// A call may still be made: the remaining depth is not 0.
    pub(super) depth_checked: bool,
    /// The point can be reached.
    pub(super) reachable: bool,
}

impl State {
    /// The state at the start of a function.
    pub(super) fn start() -> Self {
        Self {
            node: Some(NO_NODE),
            reachable: true,
            ..Self::default()
        }
    }

    /// What must be dropped.
    pub(super) fn owned(&self) -> &[VarId] {
        &self.owned
    }

    /// Whether a variable must be dropped.
    pub(super) fn owns(&self, var: VarId) -> bool {
        self.owned.binary_search(&var).is_ok()
    }

    /// From here on the variable must be dropped.
    pub(super) fn own(&mut self, var: VarId) {
        if let Err(at) = self.owned.binary_search(&var) {
            self.owned.insert(at, var);
        }
    }

    /// The variable was consumed.
    pub(super) fn disown(&mut self, var: VarId) {
        if let Ok(at) = self.owned.binary_search(&var) {
            self.owned.remove(at);
        }
        self.taken.retain(|taken| *taken != var);
    }

    /// An operand owns the variable from here on, whatever becomes of its slot.
    pub(super) fn take(&mut self, var: VarId) {
        if !self.is_taken(var) {
            self.taken.push(var);
        }
    }

    /// Whether an operand owns the variable.
    pub(super) fn is_taken(&self, var: VarId) -> bool {
        self.taken.contains(&var)
    }

    /// What is known about a variable beyond its declaration.
    pub(super) fn fact(&self, var: VarId) -> Option<Kinds> {
        self.facts.get(&var).copied()
    }

    /// Learns something about a variable.
    pub(super) fn learn(&mut self, var: VarId, kinds: Kinds) {
        self.facts.insert(var, kinds);
    }

    /// The variable was given another value.
    pub(super) fn forget(&mut self, var: VarId) {
        self.facts.remove(&var);
    }

    /// The state where two ways meet.
    pub(super) fn join(self, other: &Self) -> Self {
        if !other.reachable {
            return self;
        }
        if !self.reachable {
            return other.clone();
        }
        debug_assert_eq!(
            self.owned, other.owned,
            "all ways to a point own the same values"
        );
        let facts = self
            .facts
            .iter()
            .filter_map(|(var, kinds)| Some((*var, kinds.or(other.fact(*var)?))))
            .collect();
        Self {
            // A value that only one way owns would be freed twice; leaking it is harmless.
            owned: self
                .owned
                .into_iter()
                .filter(|var| other.owns(*var))
                .collect(),
            taken: self
                .taken
                .into_iter()
                .filter(|var| other.is_taken(*var))
                .collect(),
            facts,
            node: self.node.filter(|_| self.node == other.node),
            depth_checked: self.depth_checked && other.depth_checked,
            reachable: true,
        }
    }
}
