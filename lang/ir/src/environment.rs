//! What a program can rely on because earlier programs of the same session ran.

use std::collections::BTreeSet;

use crate::lower::{LowerResult, Macros};
use crate::node::Program;

/// Names that earlier programs of a session defined.
///
/// A name in the environment lowers to [`crate::NodeKind::Global`] even when the program itself
/// does not define it; whoever runs the program finds the value by the name in
/// [`crate::GlobalInfo`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Environment {
    globals: BTreeSet<String>,
    pub(crate) macros: Macros,
}

impl Environment {
    /// Adds the names that a program defines or declares.
    pub fn extend(&mut self, program: &Program) {
        self.globals
            .extend(program.globals.iter().map(|global| global.name.clone()));
    }

    /// Makes the macros of a lowered program known, in the state that it leaves them in.
    pub fn take_macros(&mut self, lowered: &LowerResult) {
        self.macros = lowered.macros.clone();
    }

    /// Adds one name.
    pub fn define(&mut self, name: impl Into<String>) {
        self.globals.insert(name.into());
    }

    /// Whether an earlier program defined the name.
    pub fn contains(&self, name: &str) -> bool {
        self.globals.contains(name)
    }

    /// All names in text order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.globals.iter().map(String::as_str)
    }
}
