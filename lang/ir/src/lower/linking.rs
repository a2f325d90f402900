//! Linking: `import` forms and the modules they bring in.
//!
//! Modules that the program holds, or that its loader finds, become part of the program: their
//! forms run at the first import, and their names are globals such as `acme.geometry/area`. So no
//! engine has to know modules. Others may be known to the environment that runs the program; an
//! [`Import`] node asks it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rtfs_syntax::{Diagnostic, Form, MAX_SOURCE_BYTES, ParseErrorKind, SourceText, Span, read_at};
use rtfs_value::error::ErrorKind;

use super::definitions::without_metadata;
use super::expand::expand;
use super::module::{Prepared, is_module};
use super::struct_types::{ExportedStructs, Structs};
use super::symbol::split_qualified;
use super::{LowerOptions, Lowerer, codes, malformed, missing};
use crate::environment::Environment;
use crate::guard::nested;
use crate::node::{GlobalId, Import, Node, NodeKind};

/// How many modules a program can load.
pub const MAX_MODULES: usize = 10_000;

/// Finds the source text of modules.
///
/// Lowering touches no files: whoever may, hands it a loader.
pub trait ModuleLoader: fmt::Debug {
    /// The source text of a module, named as reports should name it; `None` when there is none.
    /// The parts of `name` (between its dots) are fit to be file names.
    ///
    /// # Errors
    /// A few words about why the text that is there cannot be had.
    fn load(&self, name: &str) -> Result<Option<SourceText>, String>;
}

/// Exports of modules that are part of a program, by the names of the modules.
pub type LinkedModules = BTreeMap<String, BTreeSet<String>>;

/// Texts of loaded modules, by the offset at which their spans begin.
pub type LoadedSources = Vec<(u32, SourceText)>;

/// The modules of a program.
#[derive(Debug, Default)]
pub(super) struct Modules {
    /// Exports of the modules that are part of the program.
    linked: LinkedModules,
    /// The structs among those exports.
    pub(super) structs: ExportedStructs,
    /// Modules that are being lowered, outermost first.
    open: Vec<String>,
    /// Texts that were loaded, by the offset at which their spans begin.
    sources: LoadedSources,
    /// Where the spans of the first of them begin.
    first_offset: usize,
}

impl Modules {
    pub(super) fn with_linked(
        linked: LinkedModules,
        structs: ExportedStructs,
        first_offset: Option<u32>,
    ) -> Self {
        Modules {
            linked,
            structs,
            first_offset: first_offset.map_or(MAX_SOURCE_BYTES + 1, |offset| offset as usize),
            ..Modules::default()
        }
    }

    pub(super) fn begin(&mut self, name: &str) {
        self.open.push(name.to_owned());
    }

    pub(super) fn end(&mut self, exports: Option<BTreeSet<String>>) {
        if let (Some(name), Some(exports)) = (self.open.pop(), exports) {
            self.linked.insert(name, exports);
        }
    }

    pub(super) fn is_open(&self, name: &str) -> bool {
        self.open.iter().any(|open| open == name)
    }

    /// What lowering leaves behind.
    pub(super) fn into_parts(self) -> (LinkedModules, LoadedSources) {
        (self.linked, self.sources)
    }

    /// Where the spans of the next text begin; `None` when there is no more room.
    fn next_offset(&self, text: &SourceText) -> Option<u32> {
        let free = match self.sources.last() {
            Some((offset, last)) => *offset as usize + last.text().len() + 1,
            None => self.first_offset,
        };
        let end = free.checked_add(text.text().len())?;
        let fits = self.sources.len() < MAX_MODULES && u32::try_from(end).is_ok();
        u32::try_from(free).ok().filter(|_| fits)
    }
}

/// What the names of the current module (or of the program outside modules) mean.
#[derive(Debug, Default)]
pub(super) struct ModuleScope {
    /// The linked module; its globals begin with its name.
    module: Option<String>,
    /// It sees the library only, not what earlier programs of the session defined.
    isolated: bool,
    pub(super) structs: Structs,
    /// Left sides of qualified names, with their modules.
    pub(super) aliases: BTreeMap<String, String>,
    /// Names bound by `:only`, with their modules.
    pub(super) only: BTreeMap<String, String>,
    /// Aliases of earlier programs of the session for modules that are found at run time.
    pub(super) of_structs: BTreeMap<String, String>,
}

/// What names of the top level mean, besides definitions, to the next program of a session.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct SessionScope {
    structs: Structs,
    aliases: BTreeMap<String, String>,
    only: BTreeMap<String, String>,
    of_structs: BTreeMap<String, String>,
    /// Those of modules.
    exported: ExportedStructs,
}

impl SessionScope {
    /// Left sides of qualified names, with their modules.
    pub(crate) fn aliases(&self) -> impl Iterator<Item = (&str, &str)> {
        let aliases = self.aliases.iter();
        aliases.map(|(alias, module)| (alias.as_str(), module.as_str()))
    }

    /// The structs that linked modules export.
    pub(super) fn exported(&self) -> &ExportedStructs {
        &self.exported
    }

    /// Names that imports bound.
    pub(crate) fn imported(&self) -> impl Iterator<Item = &str> {
        self.only.keys().map(String::as_str)
    }
}

impl ModuleScope {
    /// The scope of a program of a session.
    pub(super) fn of_session(environment: Option<&Environment>) -> Self {
        let before = environment.map_or_else(SessionScope::default, |it| it.scope.clone());
        ModuleScope {
            structs: before.structs,
            aliases: before.aliases,
            only: before.only,
            of_structs: before.of_structs,
            ..ModuleScope::default()
        }
    }

    /// What the next program of the session sees of it; of a module nothing.
    pub(super) fn into_session(
        mut self,
        environment: Option<&Environment>,
        linked: &LinkedModules,
        exported: ExportedStructs,
    ) -> SessionScope {
        if self.isolated {
            let before = environment.map_or_else(SessionScope::default, |it| it.scope.clone());
            return SessionScope { exported, ..before };
        }
        // Whoever runs programs keeps the aliases of modules that are found at run time; here they
        // only say which structs are meant.
        let found_later = |module: &String| !linked.contains_key(module);
        let aliases = self
            .aliases
            .iter()
            .filter(|(_, module)| found_later(module));
        let aliases = aliases.map(|(alias, module)| (alias.clone(), module.clone()));
        self.of_structs.extend(aliases);
        self.aliases.retain(|_, module| linked.contains_key(module));
        SessionScope {
            structs: self.structs,
            aliases: self.aliases,
            only: self.only,
            of_structs: self.of_structs,
            exported,
        }
    }

    /// Whether names of types may be those of structs.
    pub(super) fn may_name_structs(&self) -> bool {
        let imported = [&self.aliases, &self.only, &self.of_structs];
        !self.structs.is_empty() || imported.iter().any(|names| !names.is_empty())
    }

    pub(super) fn of_linked(module: &str) -> Self {
        ModuleScope {
            module: Some(module.to_owned()),
            isolated: true,
            ..ModuleScope::default()
        }
    }

    pub(super) fn of_program_module() -> Self {
        ModuleScope {
            isolated: true,
            ..ModuleScope::default()
        }
    }

    /// The name of a global of this scope.
    pub(super) fn full_name(&self, name: &str) -> String {
        match &self.module {
            Some(module) => format!("{module}/{name}"),
            None => name.to_owned(),
        }
    }
}

/// Where a module is.
enum Found {
    /// In the program; these forms of it run now.
    Linked(Vec<Node>),
    /// In the environment, if anywhere.
    Elsewhere,
    /// Nowhere, for this reason.
    Refused(Node),
}

impl Lowerer<'_> {
    /// Makes another scope the current one; gives back the one before.
    pub(super) fn enter(&mut self, scope: ModuleScope) -> ModuleScope {
        std::mem::replace(&mut self.scope, scope)
    }

    /// The global that a definition in the current scope makes.
    pub(super) fn intern_global(&mut self, name: &str) -> GlobalId {
        self.globals.intern(&self.scope.full_name(name), name)
    }

    /// The global with this name in the current scope.
    pub(super) fn global_in_scope(&self, name: &str) -> Option<GlobalId> {
        self.globals.get(&self.scope.full_name(name))
    }

    /// The global that a name means: defined here, or by an earlier program of the session.
    pub(super) fn global(&mut self, name: &str) -> Option<GlobalId> {
        if split_qualified(name).is_some() {
            return None;
        }
        if let Some(global) = self.global_in_scope(name) {
            return Some(global);
        }
        let environment = self.options.environment?;
        let known = !self.scope.isolated && environment.contains(name);
        known.then(|| self.globals.intern(name, name))
    }

    /// `(import name)`, `(import name :as alias)`, `(import name :only [names])`.
    pub(super) fn import(&mut self, items: &[Form], span: Span) -> Prepared {
        let mut prepared = Prepared {
            nodes: Vec::new(),
            aliases: Vec::new(),
        };
        let Some(import) = self.import_parts(items, span) else {
            return prepared;
        };
        if import.alias.is_some() && import.only.is_some() {
            let text = "Invalid import specification: cannot combine :as with :only";
            prepared.nodes.push(self.module_error(text, span));
            return prepared;
        }
        match self.find_module(&import.module, span) {
            Found::Refused(node) => prepared.nodes.push(node),
            Found::Elsewhere => {
                if import.only.is_none() {
                    prepared.aliases = aliases(&import);
                }
                for name in import.only.iter().flatten() {
                    self.scope.only.insert(name.clone(), import.module.clone());
                }
                prepared
                    .nodes
                    .push(self.node(span, NodeKind::Import(import)));
            }
            Found::Linked(nodes) => {
                prepared.nodes = nodes;
                if import.only.is_none() {
                    prepared.aliases = aliases(&import);
                }
                let end = self.bound_only(&import, span);
                prepared.nodes.push(end);
            }
        }
        prepared
    }

    fn import_parts(&mut self, items: &[Form], span: Span) -> Option<Import> {
        let Some(module) = items.get(1).and_then(Form::as_symbol) else {
            let message = "`import` needs the name of a module";
            let finding = if items.len() > 1 { malformed } else { missing };
            self.report(finding(codes::IMPORT, span, message));
            return None;
        };
        let mut import = Import {
            module: module.to_owned(),
            alias: None,
            only: None,
        };
        for option in items[2..].chunks(2) {
            match option {
                [key, alias] if key.as_keyword() == Some("as") && alias.as_symbol().is_some() => {
                    import.alias = alias.as_symbol().map(str::to_owned);
                }
                [key, names] if key.as_keyword() == Some("only") => match only_names(names) {
                    Some(names) => import.only = Some(names),
                    None => {
                        let message = "`:only` takes a vector of at least one name";
                        self.report(malformed(codes::IMPORT, names.span, message));
                        return None;
                    }
                },
                option => {
                    let message = "the options of `import` are `:as name` and `:only [names]`";
                    let found = malformed(codes::IMPORT, option[0].span, message);
                    self.report(found.with_help(option_help(module, &option[0])));
                    return None;
                }
            }
        }
        Some(import)
    }

    /// Binds the names of `:only`; the node is the value of the import.
    fn bound_only(&mut self, import: &Import, span: Span) -> Node {
        for name in import.only.iter().flatten() {
            let exports = self.modules.linked.get(&import.module);
            if !exports.is_some_and(|exports| exports.contains(name)) {
                let text = format!("Symbol '{name}' not exported by module '{}'", import.module);
                return self.module_error(&text, span);
            }
            let before = self.scope.only.insert(name.clone(), import.module.clone());
            if before.is_some_and(|before| before != import.module) {
                return self.module_error(&format!("Symbol '{name}' is imported twice"), span);
            }
        }
        self.nil(span)
    }

    fn find_module(&mut self, name: &str, span: Span) -> Found {
        if self.modules.is_open(name) {
            return Found::Refused(self.cycle(name, span));
        }
        if self.modules.linked.contains_key(name) {
            return Found::Linked(Vec::new());
        }
        let environment = self.options.environment;
        if environment.is_some_and(|environment| environment.has_module(name)) {
            return Found::Elsewhere;
        }
        let Some(loader) = self.options.loader else {
            return Found::Elsewhere;
        };
        if name.split('.').any(|part| !is_file_name(part)) {
            return self.not_found(name, span);
        }
        match loader.load(name) {
            Ok(Some(source)) => nested(|| self.loaded(name, source, span)),
            Ok(None) => self.not_found(name, span),
            Err(reason) => {
                let text = format!("cannot read module '{name}': {reason}");
                Found::Refused(self.module_error(&text, span))
            }
        }
    }

    fn not_found(&mut self, name: &str, span: Span) -> Found {
        let message = format!("there is no module `{name}`");
        let kind = ParseErrorKind::CustomError;
        let found = Diagnostic::warning(codes::NO_MODULE, kind, message, span);
        let file = name.replace('.', "/");
        self.report(found.with_help(format!("its file would be `{file}.rtfs`")));
        Found::Elsewhere
    }

    /// An import that closes a cycle.
    pub(super) fn cycle(&mut self, name: &str, span: Span) -> Node {
        let open = &self.modules.open;
        let first = open.iter().position(|open| open == name).unwrap_or(0);
        let mut path: Vec<&str> = open[first..].iter().map(String::as_str).collect();
        path.push(name);
        let path = path.join(" -> ");
        self.report(Diagnostic::warning(
            codes::IMPORT_CYCLE,
            ParseErrorKind::CustomError,
            format!("modules import each other: {path}"),
            span,
        ));
        self.module_error(&format!("Circular dependency: {path}"), span)
    }

    /// The module in a text that was loaded.
    fn loaded(&mut self, name: &str, source: SourceText, span: Span) -> Found {
        let Some(offset) = self.modules.next_offset(&source) else {
            let text = format!("cannot read module '{name}': the program is too large");
            return Found::Refused(self.module_error(&text, span));
        };
        let file = source.name().to_owned();
        let read = read_at(source.text(), offset);
        self.modules.sources.push((offset, source));
        self.diagnostics.extend(read.diagnostics);
        let options = LowerOptions {
            macros: self.options.macros,
            ..LowerOptions::default()
        };
        let expansion = expand(&read.forms, &options);
        self.diagnostics.extend(expansion.diagnostics);
        self.expanded.push(expansion.chain);
        let mut wanted = None;
        for form in &expansion.forms {
            let found = without_metadata(form)
                .as_list()
                .and_then(|form| form.get(1));
            if is_module(form) && found.and_then(Form::as_symbol) == Some(name) {
                wanted = wanted.or(Some(form));
            } else {
                self.warn_ignored(name, form.span);
            }
        }
        let Some(form) = wanted.and_then(|form| self.module_parts(form)) else {
            let text = format!("'{file}' does not define module '{name}'");
            return Found::Refused(self.module_error(&text, span));
        };
        Found::Linked(self.linked_module(&form))
    }

    fn warn_ignored(&mut self, name: &str, span: Span) {
        let message = format!("only the module `{name}` is taken from this file");
        self.report(Diagnostic::warning(
            codes::IGNORED_FORM,
            ParseErrorKind::CustomError,
            message,
            span,
        ));
    }

    /// What an unqualified name means through an `:only` import.
    pub(super) fn imported(&mut self, name: &str) -> Option<NodeKind> {
        let module = self.scope.only.get(name)?;
        Some(if self.modules.linked.contains_key(module) {
            NodeKind::Global(self.globals.intern(&format!("{module}/{name}"), name))
        } else {
            NodeKind::Free(name.to_owned())
        })
    }

    /// What `m/x` means.
    pub(super) fn qualified(&mut self, name: &str) -> Option<NodeKind> {
        let (left, symbol) = split_qualified(name)?;
        let module = self.scope.aliases.get(left);
        let exports = module.and_then(|module| Some((module, self.modules.linked.get(module)?)));
        Some(match exports {
            Some((module, exports)) if exports.contains(symbol) => {
                NodeKind::Global(self.globals.intern(&format!("{module}/{symbol}"), symbol))
            }
            Some(_) => {
                let kind = ErrorKind::SymbolNotFound;
                let text = format!("Symbol not found: {name}");
                NodeKind::Raise { kind, text }
            }
            None => NodeKind::Qualified {
                module: module.map_or(left, String::as_str).to_owned(),
                symbol: symbol.to_owned(),
            },
        })
    }
}

/// How an import would be written whose option is none.
fn option_help(module: &str, option: &Form) -> String {
    match option.as_keyword().or_else(|| option.as_symbol()) {
        Some("as") => format!("write (import {module} :as short)"),
        _ => format!(
            "write (import {module} :as short) for `short/name`, or (import {module} :only [name]) for \
             `name`"
        ),
    }
}

/// Whether a part of a module name can be the name of a file or directory.
fn is_file_name(part: &str) -> bool {
    !part.is_empty() && part != ".." && !part.contains(['/', '\\', ':'])
}

/// The left sides of qualified names that an import makes known.
fn aliases(import: &Import) -> Vec<(String, String)> {
    let names = import.alias.iter().chain([&import.module]);
    names
        .map(|name| (name.clone(), import.module.clone()))
        .collect()
}

fn only_names(form: &Form) -> Option<Vec<String>> {
    let names: Option<Vec<String>> = form
        .as_vector()?
        .iter()
        .map(|name| name.as_symbol().map(str::to_owned))
        .collect();
    names.filter(|names| !names.is_empty())
}
