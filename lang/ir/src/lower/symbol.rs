//! What a symbol in value position means.

use rtfs_syntax::Span;
use rtfs_value::error::ErrorKind;
use rtfs_value::library;

use super::Lowerer;
use super::special::{Special, is_reserved};
use crate::node::{Node, NodeKind, Place};

impl Lowerer<'_> {
    /// A symbol as an expression: local, top level, library, module export, host context.
    pub(super) fn symbol(&mut self, name: &str, span: Span) -> Node {
        let kind = self.resolve(name, span);
        self.node(span, kind)
    }

    fn resolve(&mut self, name: &str, span: Span) -> NodeKind {
        if let Some(var) = self.scopes.lookup(name) {
            return NodeKind::Var(Place::Slot(var.as_slot()));
        }
        if let Some(global) = self.global(name) {
            return NodeKind::Global(global);
        }
        if let Some(kind) = self.imported(name) {
            return kind;
        }
        if self.macro_names.contains(name) {
            let kind = ErrorKind::UndefinedSymbol;
            let text = format!("Undefined symbol: {name}");
            return NodeKind::Raise { kind, text };
        }
        let is_form_name = Special::named(name).is_some() && name != "and" && name != "or";
        if !is_form_name && let Some(builtin) = library::lookup(name) {
            return NodeKind::Builtin(builtin);
        }
        if let Some(kind) = self.qualified(name) {
            if matches!(kind, NodeKind::Qualified { .. }) {
                self.warn_unknown_module(name, span);
            }
            return kind;
        }
        if is_reserved(name) {
            let kind = ErrorKind::NotImplemented;
            return NodeKind::Raise {
                kind,
                text: format!("Not implemented: {name}"),
            };
        }
        self.warn_unknown(name, span);
        NodeKind::Free(name.to_owned())
    }
}

/// Splits `m/x` at the first `/` that has text on both sides.
pub(crate) fn split_qualified(name: &str) -> Option<(&str, &str)> {
    name.char_indices()
        .skip(1)
        .filter(|(_, c)| *c == '/')
        .find_map(|(at, _)| {
            let (module, symbol) = (&name[..at], &name[at + 1..]);
            (!symbol.is_empty()).then_some((module, symbol))
        })
}

#[cfg(test)]
mod tests {
    use super::split_qualified;

    #[test]
    fn qualified_names_split_at_the_first_slash_with_text_on_both_sides() {
        assert_eq!(split_qualified("a.b/c"), Some(("a.b", "c")));
        assert_eq!(split_qualified("a/b/c"), Some(("a", "b/c")));
        assert_eq!(
            split_qualified("org.tools:v1.2/clean"),
            Some(("org.tools:v1.2", "clean"))
        );
        assert_eq!(split_qualified("/"), None);
        assert_eq!(split_qualified("/a"), None);
        assert_eq!(split_qualified("a/"), None);
        assert_eq!(split_qualified("plain"), None);
    }
}
