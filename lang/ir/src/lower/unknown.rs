//! Names that nothing in sight defines: what is said about them.

use rtfs_syntax::{Diagnostic, Form, FormKind, ParseErrorKind, Span, closest};
use rtfs_value::library;
use rtfs_value::types::{Constraint, Type};

use super::special::{self, is_reserved};
use super::{Lowerer, codes, split_qualified, suggest, type_form};

/// For how many unknown names the nearest known one is searched, among all names: a text with more of
/// them is not one that somebody mistyped.
const MAX_SEARCHED: usize = 50;

impl Lowerer<'_> {
    /// Warns where an unknown name first stands.
    pub(super) fn warn_unknown(&mut self, name: &str, span: Span) {
        if self.inside_unknown_form || !self.unknown.insert(name.to_owned()) {
            return;
        }
        let help = self.advice(name);
        let mut warning = Diagnostic::warning(
            codes::UNKNOWN_SYMBOL,
            ParseErrorKind::UnresolvedVariable,
            format!("nothing defines `{name}`"),
            span,
        );
        warning.help = help;
        self.report(warning);
    }

    fn advice(&self, name: &str) -> Option<String> {
        if let Some(known) = suggest::advice(name) {
            return Some(known.to_owned());
        }
        if special::names().any(|known| known == name) || suggest::is_derived(name) {
            return Some(format!(
                "`{name}` is a form and has no value of its own: write it first in a list"
            ));
        }
        if self.unknown.len() > MAX_SEARCHED {
            return None;
        }
        let mut candidates: Vec<&str> = self.scopes.names();
        candidates.extend(self.globals.names());
        candidates.extend(library::BUILTINS.iter().map(|builtin| builtin.name));
        special::names().for_each(|name| candidates.push(name));
        if let Some(meant) = closest(name, candidates) {
            return Some(format!("did you mean `{meant}`?"));
        }
        name.contains('.').then(|| {
            format!(
                "names of capabilities are keywords: `:{name}`; of modules, they stand in `import`"
            )
        })
    }

    /// Warns of `m/x` when nothing imports `m`. What a session imported from elsewhere is not known
    /// here.
    pub(super) fn warn_unknown_module(&mut self, name: &str, span: Span) {
        let Some((left, symbol)) = split_qualified(name) else {
            return;
        };
        let known = self.scope.aliases.contains_key(left) || self.options.environment.is_some();
        if known || self.inside_unknown_form || !self.unknown.insert(name.to_owned()) {
            return;
        }
        let aliases = self.scope.aliases.keys().map(String::as_str);
        let help = if library::lookup(symbol).is_some() {
            format!("did you mean `{symbol}`? Functions of the library belong to no module")
        } else if let Some(advice) = suggest::advice(symbol) {
            advice.to_owned()
        } else if let Some(alias) = closest(left, aliases) {
            format!("did you mean `{alias}/{symbol}`?")
        } else {
            format!("import the module first: (import module.name :as {left})")
        };
        let message = format!("nothing is imported as `{left}`");
        let kind = ParseErrorKind::UnresolvedVariable;
        self.report(
            Diagnostic::warning(codes::UNKNOWN_SYMBOL, kind, message, span).with_help(help),
        );
    }

    /// Warns of names in an annotation that are no types: checks of it can only fail.
    pub(super) fn warn_unknown_types(&mut self, ty: &Type, form: &Form) {
        let mut names = Vec::new();
        named_types(ty, &mut names);
        names.retain(|name| !self.is_struct(name));
        for name in names {
            let span = word_span(form, &name).unwrap_or(form.span);
            if !self.unknown.insert(format!(":{name}")) {
                continue;
            }
            let structs = self.scope.structs.keys().map(String::as_str);
            let meant = closest(&name, type_form::WORDS.iter().copied().chain(structs));
            let help = match meant {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => {
                    "types are keywords such as :int, brackets such as [:vector :int], or names of \
                         structs that stand at the top level"
                        .to_owned()
                }
            };
            let message = format!("there is no type `{name}`");
            let kind = ParseErrorKind::CustomError;
            let warning = Diagnostic::warning(codes::UNKNOWN_TYPE, kind, message, span);
            self.report(warning.with_help(help));
        }
    }
}

/// Whether a call of this name is meant as a form that binds names, as `loop` is elsewhere: what
/// stands inside was written for that form.
pub(super) fn is_unknown_form(name: &str) -> bool {
    is_reserved(name) || suggest::is_foreign_form(name)
}

/// The names in a type as it is written.
fn named_types(ty: &Type, found: &mut Vec<String>) {
    let mut all = |types: &[Type]| {
        for ty in types {
            named_types(ty, found);
        }
    };
    match ty {
        Type::TypeRef(name) => found.push(name.clone()),
        Type::Optional(inner) | Type::Vector(inner) | Type::List(inner) => {
            named_types(inner, found);
        }
        Type::Array { item, .. } => named_types(item, found),
        Type::Tuple(items) | Type::Union(items) => all(items),
        Type::MapOf(key, value) => {
            named_types(key, found);
            named_types(value, found);
        }
        Type::Map { entries, wildcard } => {
            for entry in entries {
                named_types(&entry.ty, found);
            }
            if let Some(wildcard) = wildcard {
                named_types(wildcard, found);
            }
        }
        Type::Function {
            params,
            rest,
            result,
        } => {
            all(params);
            if let Some(rest) = rest {
                named_types(rest, found);
            }
            named_types(result, found);
        }
        Type::Refinement { base, constraints } => {
            named_types(base, found);
            for constraint in constraints {
                if let Constraint::Type(ty) = constraint {
                    named_types(ty, found);
                }
            }
        }
        _ => {}
    }
}

/// Where a word stands in a type expression, with or without `?`.
fn word_span(form: &Form, word: &str) -> Option<Span> {
    match &form.kind {
        FormKind::Keyword(text) | FormKind::Symbol(text) => {
            (text.strip_suffix('?').unwrap_or(text) == word).then_some(form.span)
        }
        FormKind::Optional(inner) => word_span(inner, word),
        FormKind::Vector(items) => items.iter().find_map(|item| word_span(item, word)),
        FormKind::Map(entries) => entries.iter().find_map(|(_, ty)| word_span(ty, word)),
        _ => None,
    }
}
