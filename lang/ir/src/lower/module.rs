//! Programs and source modules: what stands at the top level.

use rtfs_syntax::{Diagnostic, Form, ParseErrorKind, Span};
use rtfs_value::error::ErrorKind;

use super::definitions::{Definition, collect, without_metadata};
use super::special::Special;
use super::{Lowerer, codes, malformed, missing};
use crate::guard::nested;
use crate::node::{GlobalId, Import, ModuleInfo, Node, NodeKind};

impl Lowerer<'_> {
    /// The top-level forms of a program.
    pub(super) fn program(&mut self, forms: &[Form]) -> (Vec<Node>, Option<ModuleInfo>) {
        if let [form] = forms
            && let Some(items) = module_items(form)
        {
            return self.module(items, form.span);
        }
        self.collect_globals(forms);
        let mut nodes = Vec::with_capacity(forms.len());
        self.top_forms(forms, &mut nodes);
        (nodes, None)
    }

    /// Forms of the top level. A `do` has no scope of its own, so its forms are top-level forms
    /// too: what they define is defined the same way.
    fn top_forms(&mut self, forms: &[Form], nodes: &mut Vec<Node>) {
        for form in forms {
            match form.as_list() {
                Some([head, items @ ..]) if head.as_symbol() == Some("do") && !items.is_empty() => {
                    nested(|| self.top_forms(items, nodes));
                }
                _ => nodes.push(self.expression(form)),
            }
        }
    }

    fn collect_globals(&mut self, forms: &[Form]) {
        super::struct_types::collect(forms, &mut self.structs);
        let globals = &mut self.globals;
        collect(forms, &mut |definition, name| match definition {
            Definition::Declared => {
                globals.intern(name);
            }
            Definition::Value | Definition::Struct => globals.define(name),
        });
    }

    /// `(module name (:exports [...]) definition …)`.
    fn module(&mut self, items: &[Form], span: Span) -> (Vec<Node>, Option<ModuleInfo>) {
        let Some(name) = items.get(1).and_then(Form::as_symbol) else {
            self.report(missing(codes::MODULE, span, "`module` needs a name"));
            return (Vec::new(), None);
        };
        let (exports, body) = match items.get(2) {
            Some(form) if is_exports(form) => (Some(form), &items[3..]),
            _ => (None, &items[2..]),
        };
        self.check_module_body(body);
        self.collect_globals(body);
        let exports = exports.map_or_else(Vec::new, |form| self.exports(form));
        let mut nodes = self.expressions(body);
        let mut info = ModuleInfo {
            name: name.to_owned(),
            exports: Vec::new(),
        };
        let mut undefined = None;
        for export in exports {
            match self.globals.get(export) {
                Some(global) => info.exports.push(global),
                None => undefined = undefined.or(Some(export)),
            }
        }
        nodes.push(match undefined {
            Some(export) => self.undefined_export(export, name, span),
            None => self.nil(span),
        });
        info.exports = without_repeats(info.exports);
        (nodes, Some(info))
    }

    fn undefined_export(&mut self, export: &str, module: &str, span: Span) -> Node {
        let text = format!(
            "Module error: Symbol '{export}' is exported but not defined in module '{module}'"
        );
        self.node(
            span,
            NodeKind::Raise {
                kind: ErrorKind::ModuleError,
                text,
            },
        )
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
        let mut exported = Vec::with_capacity(names.len());
        for name in names {
            match name.as_symbol() {
                Some(symbol) => exported.push(symbol),
                None => self.report(malformed(
                    codes::MODULE,
                    name.span,
                    "an exported name is a symbol",
                )),
            }
        }
        exported
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
            self.report(malformed(codes::MODULE, form.span, message));
        }
    }

    /// A `module` form that is not the whole program.
    pub(super) fn misplaced_module(&mut self, span: Span) -> Node {
        self.report(
            Diagnostic::error(
                codes::NOT_IMPLEMENTED,
                ParseErrorKind::NotImplemented,
                "a `module` form beside other forms is not implemented yet",
                span,
            )
            .with_help("put the module alone into its own file"),
        );
        self.nil(span)
    }

    /// `(import name)`, `(import name :as alias)`, `(import name :only [names])`.
    pub(super) fn import(&mut self, items: &[Form], span: Span) -> Node {
        let Some(module) = items.get(1).and_then(Form::as_symbol) else {
            self.report(missing(
                codes::IMPORT,
                span,
                "`import` needs the name of a module",
            ));
            return self.nil(span);
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
                        return self.malformed(codes::IMPORT, names.span, message);
                    }
                },
                option => {
                    let message = "the options of `import` are `:as name` and `:only [names]`";
                    return self.malformed(codes::IMPORT, option[0].span, message);
                }
            }
        }
        for name in import.only.iter().flatten() {
            self.only_imports
                .insert(name.clone(), import.module.clone());
        }
        self.node(span, NodeKind::Import(import))
    }

    /// The export that an unqualified name means through an `:only` import.
    pub(super) fn imported(&self, name: &str) -> Option<(String, String)> {
        let module = self.only_imports.get(name)?;
        Some((module.clone(), name.to_owned()))
    }
}

fn module_items(form: &Form) -> Option<&[Form]> {
    without_metadata(form)
        .as_list()
        .filter(|items| items.first().and_then(Form::as_symbol) == Some("module"))
}

fn is_exports(form: &Form) -> bool {
    let head = form.as_list().and_then(<[Form]>::first);
    head.and_then(Form::as_keyword) == Some("exports")
}

fn only_names(form: &Form) -> Option<Vec<String>> {
    let names: Option<Vec<String>> = form
        .as_vector()?
        .iter()
        .map(|name| name.as_symbol().map(str::to_owned))
        .collect();
    names.filter(|names| !names.is_empty())
}

fn without_repeats(exports: Vec<GlobalId>) -> Vec<GlobalId> {
    let mut seen = std::collections::BTreeSet::new();
    exports
        .into_iter()
        .filter(|export| seen.insert(*export))
        .collect()
}
