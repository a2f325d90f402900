//! Runtime hints in force.

use std::collections::BTreeMap;
use std::rc::Rc;

use rtfs_value::Value;

/// A change of the runtime hints in force, to be told to the host.
#[derive(Clone, Debug, PartialEq)]
pub enum HintChange {
    /// The hint now has this value.
    Set(String, Value),
    /// The hint is no longer in force.
    Clear(String),
}

/// Hints nest: the innermost value of a key counts.
#[derive(Debug, Default)]
pub(crate) struct Hints {
    rows: Vec<Vec<(Rc<str>, Value)>>,
    changes: Vec<HintChange>,
}

impl Hints {
    pub(crate) fn push(&mut self, row: Vec<(Rc<str>, Value)>) {
        for (key, value) in &row {
            self.changes
                .push(HintChange::Set(key.to_string(), value.clone()));
        }
        self.rows.push(row);
    }

    pub(crate) fn pop(&mut self) {
        for (key, _) in self.rows.pop().into_iter().flatten() {
            let change = match self.get(&key) {
                Some(value) => HintChange::Set(key.to_string(), value.clone()),
                None => HintChange::Clear(key.to_string()),
            };
            self.changes.push(change);
        }
    }

    /// Ends all scopes above a height.
    pub(crate) fn truncate(&mut self, height: usize) {
        while self.rows.len() > height {
            self.pop();
        }
    }

    pub(crate) fn height(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn take_changes(&mut self) -> Vec<HintChange> {
        std::mem::take(&mut self.changes)
    }

    /// What is in force, by key.
    pub(crate) fn in_force(&self) -> BTreeMap<String, Value> {
        let hints = self.rows.iter().flatten();
        hints
            .map(|(key, value)| (key.to_string(), value.clone()))
            .collect()
    }

    fn get(&self, key: &str) -> Option<&Value> {
        let mut hints = self.rows.iter().rev().flat_map(|row| row.iter().rev());
        hints.find_map(|(name, value)| (&**name == key).then_some(value))
    }
}
