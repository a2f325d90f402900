//! Names that are looked up when they are used.

use std::rc::Rc;

use rtfs_ir::Import;
use rtfs_value::{Error, Value};

use crate::environment::{Scope, TOP_SCOPE};
use crate::machine::{Flow, Machine};

impl Machine {
    /// Pushes the value of a top-level name, if it has one.
    pub(super) fn push_global(&mut self, index: u32) -> bool {
        match self.environment.global_value(index) {
            Some(value) => {
                self.stack.push(value.clone());
                true
            }
            None => false,
        }
    }

    /// A top-level name without a definition so far.
    #[cold]
    pub(super) fn undefined_global(&mut self, index: u32) -> Result<Flow, Error> {
        let Some(global) = self.environment.globals.get(index as usize) else {
            return Err(Error::internal("unknown top-level name"));
        };
        match global.fallback {
            Some(id) => self.push(Value::builtin(id)),
            None => self.context_symbol(global.name.clone()),
        }
    }

    /// A name the program does not define: a definition of another program, an import, the host
    /// context.
    pub(super) fn free(&mut self, name: u32) -> Result<Flow, Error> {
        let name: Rc<str> = Rc::from(self.name(name));
        let isolated = self.code().is_some_and(|code| code.isolated);
        let index = self.scope().and_then(|scope| {
            let defined = scope.names.get(&*name).filter(|_| !isolated);
            defined.or_else(|| scope.imported.get(&*name)).copied()
        });
        match index.and_then(|index| self.environment.global_value(index)) {
            Some(value) => self.push(value.clone()),
            None => self.context_symbol(name),
        }
    }

    fn context_symbol(&mut self, name: Rc<str>) -> Result<Flow, Error> {
        match self.context.get(&*name) {
            Some(Some(value)) => self.push(value.clone()),
            Some(None) => Err(Error::undefined_symbol(&name)),
            None => self.ask_context(name),
        }
    }

    pub(super) fn resource_ref(&mut self, name: u32) -> Result<Flow, Error> {
        let name: Rc<str> = Rc::from(self.name(name));
        match self.context.get(&*name) {
            Some(Some(value)) => self.push(value.clone()),
            Some(None) => self.push(Value::string(&format!("@{name}"))),
            None => self.ask_context(name),
        }
    }

    pub(super) fn qualified(&mut self, module: u32, symbol: u32) -> Result<Flow, Error> {
        let (module, symbol) = (self.name(module), self.name(symbol));
        let value = self
            .scope()
            .and_then(|scope| scope.aliases.get(module))
            .and_then(|module| self.environment.module_export(module, symbol));
        match value {
            Some(value) => self.push(value.clone()),
            None => Err(Error::symbol_not_found(&format!("{module}/{symbol}"))),
        }
    }

    /// What the running code's source module sees.
    fn scope(&self) -> Option<&Scope> {
        let scope = self.code().map_or(TOP_SCOPE, |code| code.scope);
        self.environment.scopes.get(scope as usize)
    }

    pub(super) fn import(&mut self, import: u32) -> Result<Flow, Error> {
        let Some(code) = self.code() else {
            return Err(Error::internal("unknown import"));
        };
        let scope = code.scope;
        let Some(import) = code.imports.get(import as usize).cloned() else {
            return Err(Error::internal("unknown import"));
        };
        self.bind_import(scope, import)?;
        self.push(Value::NIL)
    }

    /// Modules of the environment. Those that a loader finds became part of the program before.
    fn bind_import(&mut self, scope: u32, import: Import) -> Result<(), Error> {
        if import.alias.is_some() && import.only.is_some() {
            return Err(Error::module(
                "Invalid import specification: cannot combine :as with :only",
            ));
        }
        let environment = &mut self.environment;
        let Some(module) = environment.modules.get(&import.module) else {
            return Err(Error::module_not_found(&import.module));
        };
        let Some(scope) = environment.scopes.get_mut(scope as usize) else {
            return Err(Error::internal("unknown scope"));
        };
        let Some(only) = import.only else {
            scope
                .aliases
                .extend(import.alias.map(|alias| (alias, import.module.clone())));
            scope.aliases.insert(import.module.clone(), import.module);
            return Ok(());
        };
        for name in only {
            let Some(index) = module.exports.get(&name) else {
                let text = format!("Symbol '{name}' not exported by module '{}'", import.module);
                return Err(Error::module(&text));
            };
            if scope
                .imported
                .get(&name)
                .is_some_and(|known| known != index)
            {
                return Err(Error::module(&format!("Symbol '{name}' is imported twice")));
            }
            scope.imported.insert(name, *index);
        }
        Ok(())
    }
}
