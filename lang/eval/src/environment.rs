//! What persists from one program to the next: top-level names, functions, modules.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use rtfs_value::{BuiltinId, Cells, Value};

use crate::code::Code;

/// Code indices have 24 bits in a function value.
pub(crate) const MAX_FUNCTIONS: usize = 1 << 24;

/// The names, functions and modules that programs defined. Function values only mean something
/// together with the environment whose programs made them.
///
/// Programs of one environment see each other's top-level names, as in a session; a `module` form
/// has its own names.
///
/// Dropping the environment empties the cells of recursive local functions, which would keep each
/// other alive otherwise. Values taken out of it stay valid as data.
#[derive(Debug)]
pub struct Environment {
    pub(crate) globals: Vec<Global>,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) modules: BTreeMap<String, Module>,
    pub(crate) functions: Vec<Rc<Code>>,
    pub(crate) cells: Cells,
}

/// A top-level name.
#[derive(Debug)]
pub(crate) struct Global {
    pub(crate) name: Rc<str>,
    /// `None` until a definition was evaluated.
    pub(crate) value: Option<Value>,
    /// The library function of the same name.
    pub(crate) fallback: Option<BuiltinId>,
}

/// What the code of one source module (or of all programs without a `module` form) sees.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    pub(crate) names: BTreeMap<String, u32>,
    /// Left sides of qualified names: aliases and full names of imported modules.
    pub(crate) aliases: BTreeMap<String, String>,
    /// Names bound by `:only`.
    pub(crate) imported: BTreeMap<String, u32>,
}

/// What a source module gives to others.
#[derive(Debug, Default)]
pub(crate) struct Module {
    pub(crate) exports: BTreeMap<String, u32>,
}

/// The scope of programs without a `module` form.
pub(crate) const TOP_SCOPE: u32 = 0;

impl Default for Environment {
    fn default() -> Self {
        Environment {
            globals: Vec::new(),
            scopes: vec![Scope::default()],
            modules: BTreeMap::new(),
            functions: Vec::new(),
            cells: Cells::default(),
        }
    }
}

impl Environment {
    /// An environment in which nothing is defined.
    pub fn new() -> Self {
        Environment::default()
    }

    /// The value of a top-level name, if a definition of it was evaluated.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let index = *self.scopes.first()?.names.get(name)?;
        self.global_value(index)
    }

    /// The defined top-level names with their values, in the order of the names.
    pub fn definitions(&self) -> impl Iterator<Item = (&str, &Value)> {
        let names = self.scopes.iter().take(1).flat_map(|scope| &scope.names);
        names.filter_map(|(name, index)| Some((name.as_str(), self.global_value(*index)?)))
    }

    /// Defines a top-level name, as `def` does.
    pub fn define(&mut self, name: &str, value: Value) {
        let index = self.intern(TOP_SCOPE, name, rtfs_value::library::lookup(name));
        self.define_global(index, value);
    }

    /// Registers a source module that `import` finds. A module of the same name is replaced.
    pub fn register_module(
        &mut self,
        name: &str,
        exports: impl IntoIterator<Item = (String, Value)>,
    ) {
        let mut module = Module::default();
        for (export, value) in exports {
            let index = self.add_global(&export, None);
            self.define_global(index, value);
            module.exports.insert(export, index);
        }
        self.modules.insert(name.to_owned(), module);
    }

    /// The names of the source modules that `import` finds.
    pub fn module_names(&self) -> BTreeSet<&str> {
        self.modules.keys().map(String::as_str).collect()
    }

    /// The value of an export of a source module.
    pub fn module_export(&self, module: &str, name: &str) -> Option<&Value> {
        let index = *self.modules.get(module)?.exports.get(name)?;
        self.global_value(index)
    }

    /// Frees recursive local functions that nothing else refers to any more. The environment does
    /// so itself now and then while many are made; embedders that keep one for long may do it
    /// between runs.
    pub fn sweep(&mut self) {
        self.cells.sweep();
    }

    pub(crate) fn global_value(&self, index: u32) -> Option<&Value> {
        self.globals.get(index as usize)?.value.as_ref()
    }

    pub(crate) fn global_name(&self, index: u32) -> Option<Rc<str>> {
        let global = self.globals.get(index as usize)?;
        Some(global.name.clone())
    }

    pub(crate) fn define_global(&mut self, index: u32, value: Value) {
        if let Some(global) = self.globals.get_mut(index as usize) {
            global.value = Some(value);
        }
    }

    /// The index of a name in a scope, new if necessary.
    pub(crate) fn intern(&mut self, scope: u32, name: &str, fallback: Option<BuiltinId>) -> u32 {
        let known = self
            .scopes
            .get(scope as usize)
            .and_then(|scope| scope.names.get(name));
        if let Some(index) = known {
            return *index;
        }
        let index = self.add_global(name, fallback);
        if let Some(scope) = self.scopes.get_mut(scope as usize) {
            scope.names.insert(name.to_owned(), index);
        }
        index
    }

    fn add_global(&mut self, name: &str, fallback: Option<BuiltinId>) -> u32 {
        self.globals.push(Global {
            name: Rc::from(name),
            value: None,
            fallback,
        });
        self.globals.len() as u32 - 1
    }

    pub(crate) fn new_scope(&mut self) -> u32 {
        self.scopes.push(Scope::default());
        self.scopes.len() as u32 - 1
    }

    pub(crate) fn function(&self, code: u32) -> Option<&Rc<Code>> {
        self.functions.get(code as usize)
    }
}

impl Drop for Environment {
    fn drop(&mut self) {
        self.cells.clear();
    }
}
