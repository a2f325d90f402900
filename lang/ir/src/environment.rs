//! What a program can rely on because earlier programs of the same session ran.

use std::collections::BTreeSet;

use crate::lower::{LinkedModules, LowerResult, Macros, SessionScope};
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
    /// Modules that run-time imports find.
    modules: BTreeSet<String>,
    /// Modules whose names are globals, with their exports.
    linked: LinkedModules,
    /// Struct types, aliases of modules and imported names.
    pub(crate) scope: SessionScope,
}

impl Environment {
    /// Adds the names that a program defines or declares.
    pub fn extend(&mut self, program: &Program) {
        match &program.module {
            // The names of a module stay in it.
            Some(module) => {
                self.linked.remove(&module.name);
                self.modules.insert(module.name.clone());
            }
            None => self
                .globals
                .extend(program.globals.iter().map(|global| global.name.clone())),
        }
    }

    /// Makes the macros, struct types, imports and linked modules of a lowered program known, in
    /// the state that it leaves them in. A program that raised may have left a module half defined: then it is
    /// better not to.
    pub fn keep(&mut self, lowered: &LowerResult) {
        self.macros = lowered.macros.clone();
        self.linked = lowered.modules.clone();
        self.scope = lowered.scope.clone();
    }

    /// The names that programs can write besides definitions: macros, names bound by imports,
    /// exports behind the aliases of their modules.
    pub fn other_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.macros.names().map(str::to_owned).collect();
        names.extend(self.scope.imported().map(str::to_owned));
        for (alias, module) in self.scope.aliases() {
            let exports = self.linked.get(module);
            let exports = exports.into_iter().flatten();
            names.extend(exports.map(|name| format!("{alias}/{name}")));
        }
        names
    }

    /// Adds a module that the environment was given by its embedder.
    pub fn define_module(&mut self, name: impl Into<String>) {
        self.modules.insert(name.into());
    }

    /// Whether an import at run time finds the module.
    pub fn has_module(&self, name: &str) -> bool {
        self.modules.contains(name)
    }

    pub(crate) fn linked_modules(&self) -> LinkedModules {
        self.linked.clone()
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
