//! Bodies and alternatives: where local definitions live and which of them are in force.

use rtfs_syntax::{Form, Span};

use super::Lowerer;
use super::definitions::{Definition, collect};
use super::scope::{BodyName, Scope};
use crate::node::{Node, NodeKind};

impl Lowerer<'_> {
    /// The body of a function or `let`: its own definition scope.
    pub(super) fn body(&mut self, forms: &[Form], span: Span) -> Node {
        let names = self.body_names(forms);
        let cells = names
            .iter()
            .map(|entry| entry.var.as_slot())
            .collect::<Vec<_>>();
        let outside = std::mem::take(&mut self.scopes.conditional);
        self.scopes.push(Scope::Body(names));
        let body = self.sequence(forms, span);
        self.scopes.pop();
        self.scopes.conditional = outside;
        if cells.is_empty() {
            return body;
        }
        self.node(
            span,
            NodeKind::Scope {
                cells,
                body: Box::new(body),
            },
        )
    }

    fn body_names(&mut self, forms: &[Form]) -> Vec<BodyName> {
        let mut names: Vec<BodyName> = Vec::new();
        let scopes = &mut self.scopes;
        collect(forms, &mut |definition, name| {
            if definition == Definition::Declared {
                return;
            }
            if let Some(known) = names.iter().find(|known| known.name == name) {
                scopes.variables[known.var.0 as usize].redefined = true;
                return;
            }
            let var = scopes.variable(name);
            names.push(BodyName {
                name: name.to_owned(),
                var,
                visible: false,
            });
        });
        names
    }

    /// Forms in order; a single one stands for itself.
    pub(super) fn sequence(&mut self, forms: &[Form], span: Span) -> Node {
        if let [form] = forms {
            return self.expression(form);
        }
        let nodes = self.expressions(forms);
        let span = match (forms.first(), forms.last()) {
            (Some(first), Some(last)) => first.span.to(last.span),
            _ => span,
        };
        self.node(span, NodeKind::Do(nodes))
    }

    /// Runs `lower` on something that may be skipped or repeated. Definitions in it are in force
    /// afterwards only for those who read through a cell.
    pub(super) fn maybe_skipped<R>(&mut self, lower: impl FnOnce(&mut Self) -> R) -> R {
        self.scopes.conditional += 1;
        let result = lower(self);
        self.scopes.conditional -= 1;
        result
    }

    /// Lowers alternatives of which one runs: a definition in one is not in force in the others,
    /// and is in force after them.
    pub(super) fn alternatives<T, R>(
        &mut self,
        alternatives: impl IntoIterator<Item = T>,
        mut lower: impl FnMut(&mut Self, T) -> R,
    ) -> Vec<R> {
        let before = self.scopes.visible();
        let mut after = before.clone();
        let mut results = Vec::new();
        for alternative in alternatives {
            self.scopes.set_visible(&before);
            results.push(self.maybe_skipped(|this| lower(this, alternative)));
            for (after, now) in after.iter_mut().zip(self.scopes.visible()) {
                *after |= now;
            }
        }
        self.scopes.set_visible(&after);
        results
    }
}
