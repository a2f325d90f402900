//! Programs and source modules: what stands at the top level.

use std::collections::{BTreeMap, BTreeSet};

use rtfs_syntax::{Form, Span, closest};
use rtfs_value::error::ErrorKind;

use super::definitions::{Definition, collect, without_metadata};
use super::linking::ModuleScope;
use super::special::Special;
use super::{Lowerer, codes, malformed, missing};
use crate::guard::nested;
use crate::node::{GlobalId, ModuleInfo, Node, NodeKind};

/// What an `import` or `module` form does, found out before the forms around it are lowered.
pub(super) struct Prepared {
    /// The forms of modules that run here, then the form's own value.
    pub(super) nodes: Vec<Node>,
    /// Left sides of qualified names that are in force from here on, with their modules.
    pub(super) aliases: Vec<(String, String)>,
}

/// A `module` form taken apart.
pub(super) struct ModuleForm<'f> {
    pub(super) name: &'f str,
    exports: Option<&'f Form>,
    body: &'f [Form],
    span: Span,
}

impl Lowerer<'_> {
    /// The top-level forms of a program.
    pub(super) fn program(&mut self, forms: &[Form]) -> (Vec<Node>, Option<ModuleInfo>) {
        if let [form] = forms
            && is_module(form)
        {
            let Some(form) = self.module_parts(form) else {
                return (Vec::new(), None);
            };
            return self.whole_module(&form);
        }
        let mut flat = Vec::with_capacity(forms.len());
        flatten(forms, &mut flat);
        self.collect_globals(flat.iter().copied());
        (self.scope_forms(&flat), None)
    }

    /// A program that is one `module` form: its names are the program's.
    fn whole_module(&mut self, form: &ModuleForm<'_>) -> (Vec<Node>, Option<ModuleInfo>) {
        self.modules.begin(form.name);
        self.enter(ModuleScope::of_program_module());
        let (nodes, exports) = self.module_body(form);
        let structs = self.exported_structs(&exports);
        self.modules.structs.insert(form.name.to_owned(), structs);
        self.modules.end(None);
        let exports = exports
            .into_iter()
            .filter_map(|name| self.global_in_scope(name));
        let info = ModuleInfo {
            name: form.name.to_owned(),
            exports: without_repeats(exports),
        };
        (nodes, Some(info))
    }

    /// A module whose names stand beside those of the program.
    pub(super) fn linked_module(&mut self, form: &ModuleForm<'_>) -> Vec<Node> {
        self.modules.begin(form.name);
        let outside = self.enter(ModuleScope::of_linked(form.name));
        let macros = std::mem::take(&mut self.macro_names);
        let (nodes, exports) = nested(|| self.module_body(form));
        let structs = self.exported_structs(&exports);
        self.modules.structs.insert(form.name.to_owned(), structs);
        self.macro_names = macros;
        self.enter(outside);
        let exports = exports.into_iter().map(str::to_owned).collect();
        self.modules.end(Some(exports));
        nodes
    }

    /// The forms of a module, ending with one for its value, and what it exports.
    fn module_body<'f>(&mut self, form: &ModuleForm<'f>) -> (Vec<Node>, Vec<&'f str>) {
        self.check_module_body(form.body);
        self.collect_globals(form.body);
        let exports = form
            .exports
            .map_or_else(Vec::new, |exports| self.exports(exports));
        let body: Vec<&Form> = form.body.iter().collect();
        let mut nodes = self.scope_forms(&body);
        let undefined = exports
            .iter()
            .find(|export| self.global_in_scope(export).is_none());
        nodes.push(match undefined {
            Some(export) => self.undefined_export(export, form.name, form.span),
            None => self.nil(form.span),
        });
        (nodes, exports)
    }

    /// The forms of one top level or module. Modules and imports come first, because names in
    /// functions may mean what a later import brings.
    fn scope_forms(&mut self, forms: &[&Form]) -> Vec<Node> {
        let prepared: Vec<Option<Prepared>> =
            forms.iter().map(|form| self.prepared(form)).collect();
        let mut nodes = Vec::with_capacity(forms.len());
        for (form, prepared) in forms.iter().zip(prepared) {
            match prepared {
                Some(prepared) => {
                    nodes.extend(prepared.nodes);
                    self.scope.aliases.extend(prepared.aliases);
                }
                None => nodes.push(self.expression(form)),
            }
        }
        nodes
    }

    fn prepared(&mut self, form: &Form) -> Option<Prepared> {
        let span = form.span;
        let items = without_metadata(form).as_list()?;
        let prepared = match Special::named(items.first()?.as_symbol()?)? {
            Special::Import => self.import(items, span),
            Special::Module => {
                let nodes = match self.module_parts(form) {
                    Some(form) if self.modules.is_open(form.name) => {
                        vec![self.cycle(form.name, span)]
                    }
                    Some(form) => self.linked_module(&form),
                    None => Vec::new(),
                };
                let aliases = Vec::new();
                Prepared { nodes, aliases }
            }
            _ => return None,
        };
        // What stands before the import already means its module, unless an earlier one does.
        for (alias, module) in &prepared.aliases {
            let aliases = &mut self.scope.aliases;
            aliases
                .entry(alias.clone())
                .or_insert_with(|| module.clone());
        }
        Some(prepared)
    }

    fn collect_globals<'f>(&mut self, forms: impl IntoIterator<Item = &'f Form>) {
        for form in forms {
            let form = std::slice::from_ref(form);
            super::struct_types::collect(form, &mut self.scope.structs);
            let (globals, scope) = (&mut self.globals, &self.scope);
            collect(form, &mut |definition, name| {
                let full = scope.full_name(name);
                match definition {
                    Definition::Declared => {
                        globals.intern(&full, name);
                    }
                    Definition::Value | Definition::Struct => globals.define(&full, name),
                }
            });
        }
    }

    /// Takes `(module name (:exports [...]) definition …)` apart.
    pub(super) fn module_parts<'f>(&mut self, form: &'f Form) -> Option<ModuleForm<'f>> {
        let items = without_metadata(form).as_list()?;
        let Some(name) = items.get(1).and_then(Form::as_symbol) else {
            let finding = if items.len() > 1 { malformed } else { missing };
            self.report(finding(codes::MODULE, form.span, "`module` needs a name"));
            return None;
        };
        let (exports, body) = match items.get(2) {
            Some(form) if is_exports(form) => (Some(form), &items[3..]),
            _ => (None, &items[2..]),
        };
        Some(ModuleForm {
            name,
            exports,
            body,
            span: form.span,
        })
    }

    fn undefined_export(&mut self, export: &str, module: &str, span: Span) -> Node {
        let text = format!("Symbol '{export}' is exported but not defined in module '{module}'");
        self.module_error(&text, span)
    }

    /// A node that raises a `ModuleError`.
    pub(super) fn module_error(&mut self, text: &str, span: Span) -> Node {
        let kind = ErrorKind::ModuleError;
        let text = format!("Module error: {text}");
        self.node(span, NodeKind::Raise { kind, text })
    }

    /// The names of `(:exports [a b])`.
    fn exports<'f>(&mut self, form: &'f Form) -> Vec<&'f str> {
        let names = match form.as_list() {
            Some([_, names]) => names.as_vector(),
            _ => None,
        };
        let Some(names) = names else {
            self.report(
                malformed(
                    codes::MODULE,
                    form.span,
                    "`:exports` takes one vector of names",
                )
                .with_help("write (:exports [first-name second-name])"),
            );
            return Vec::new();
        };
        let mut exported: BTreeMap<&str, Span> = BTreeMap::new();
        let mut in_order = Vec::with_capacity(names.len());
        for name in names {
            let Some(symbol) = name.as_symbol() else {
                let message = "an exported name is a symbol";
                self.report(malformed(codes::MODULE, name.span, message));
                continue;
            };
            match exported.get(symbol) {
                Some(first) => {
                    let message = format!("`{symbol}` is exported twice");
                    let found = malformed(codes::DUPLICATE_EXPORT, name.span, message);
                    self.report(found.with_related(*first, "exported here first"));
                }
                None => {
                    exported.insert(symbol, name.span);
                    in_order.push(symbol);
                }
            }
        }
        in_order
    }

    fn check_module_body(&mut self, body: &[Form]) {
        for form in body {
            let head = without_metadata(form).as_list().and_then(<[Form]>::first);
            let special = head.and_then(Form::as_symbol).and_then(Special::named);
            let allowed = matches!(
                special,
                Some(
                    Special::Def
                        | Special::Defn
                        | Special::DefStruct
                        | Special::DefMacro
                        | Special::Declare
                        | Special::Import
                )
            );
            if allowed {
                continue;
            }
            let message = if is_exports(form) {
                "`:exports` stands first in a module, once"
            } else {
                "a module holds definitions and imports only"
            };
            let found = malformed(codes::MODULE, form.span, message);
            self.report(match is_nearly_exports(form) {
                true => found.with_help("write (:exports [first-name second-name])"),
                false => found,
            });
        }
    }

    /// A `module` or `import` form below the top level.
    pub(super) fn misplaced(&mut self, head: &str, code: &'static str, span: Span) -> Node {
        let place = match head {
            "module" => "stands at the top level",
            _ => "stands at the top level or directly in a module",
        };
        self.malformed(code, span, format!("`{head}` {place}"))
    }
}

/// Forms of the top level. A `do` has no scope of its own, so its forms are top-level forms too:
/// what they define is defined the same way.
fn flatten<'f>(forms: &'f [Form], flat: &mut Vec<&'f Form>) {
    for form in forms {
        match form.as_list() {
            Some([head, items @ ..]) if head.as_symbol() == Some("do") && !items.is_empty() => {
                nested(|| flatten(items, flat));
            }
            _ => flat.push(form),
        }
    }
}

/// Whether a form is a `module` form.
pub(super) fn is_module(form: &Form) -> bool {
    without_metadata(form).is_call_of("module")
}

fn is_exports(form: &Form) -> bool {
    let head = form.as_list().and_then(<[Form]>::first);
    head.and_then(Form::as_keyword) == Some("exports")
}

/// Whether a form was meant to be `(:exports [a])`.
fn is_nearly_exports(form: &Form) -> bool {
    let head = form.as_list().and_then(<[Form]>::first);
    let word = head.and_then(|head| head.as_keyword().or_else(|| head.as_symbol()));
    word.is_some_and(|word| word != "exports" && closest(word, ["exports", "export"]).is_some())
}

fn without_repeats(exports: impl Iterator<Item = GlobalId>) -> Vec<GlobalId> {
    let mut seen = BTreeSet::new();
    exports.filter(|export| seen.insert(*export)).collect()
}
