//! `for` and `dotimes`.

use rtfs_syntax::{Form, Span};

use super::scope::Scope;
use super::{Lowerer, codes, malformed, missing};
use crate::node::{Node, NodeKind, Slot};

impl Lowerer<'_> {
    /// `(for [s c …] body)`.
    pub(super) fn for_form(&mut self, items: &[Form], span: Span) -> Node {
        let [_, vector, body] = items else {
            let message =
                "`for` takes a vector of symbols and collections, and exactly one body form";
            let finding = if items.len() > 3 { malformed } else { missing };
            self.report(
                finding(codes::FOR, span, message).with_help("group several body forms with `do`"),
            );
            return self.nil(span);
        };
        let Some(forms) = vector.as_vector() else {
            return self.malformed(
                codes::FOR,
                vector.span,
                "the bindings of `for` stand in a vector",
            );
        };
        if forms.len() % 2 == 1 {
            let message = "for requires an even number of binding elements [sym coll ...]";
            return self.malformed(codes::FOR, vector.span, message);
        }
        self.scopes.push(Scope::Names(Vec::new()));
        let mut bindings: Vec<(Slot, Node)> = Vec::new();
        for pair in forms.chunks_exact(2) {
            let collection = match bindings.len() {
                0 => self.expression(&pair[1]),
                _ => self.maybe_skipped(|this| this.expression(&pair[1])),
            };
            bindings.push((self.loop_variable(&pair[0], codes::FOR, "for"), collection));
        }
        let body = Box::new(self.maybe_skipped(|this| this.expression(body)));
        self.scopes.pop();
        self.node(span, NodeKind::For { bindings, body })
    }

    /// `(dotimes [i n] body …)`.
    pub(super) fn dotimes(&mut self, items: &[Form], span: Span) -> Node {
        let pair = items.get(1).and_then(Form::as_vector);
        let Some([variable, count]) = pair else {
            let span = items.get(1).map_or(span, |form| form.span);
            let message = "`dotimes` takes a vector of one symbol and a count: [i n]";
            return match items.len() {
                1 => self.incomplete(codes::DOTIMES, span, message),
                _ => self.malformed(codes::DOTIMES, span, message),
            };
        };
        if items.len() < 3 {
            self.report(missing(codes::DOTIMES, span, "`dotimes` needs a body"));
            return self.nil(span);
        }
        let count = Box::new(self.expression(count));
        self.scopes.push(Scope::Names(Vec::new()));
        let slot = self.loop_variable(variable, codes::DOTIMES, "dotimes");
        let body = Box::new(self.maybe_skipped(|this| this.sequence(&items[2..], span)));
        self.scopes.pop();
        self.node(span, NodeKind::DoTimes { slot, count, body })
    }

    fn loop_variable(&mut self, form: &Form, code: &'static str, head: &str) -> Slot {
        match form.as_symbol() {
            Some("_") => self.scopes.variable("").as_slot(),
            Some(name) => {
                self.check_name(name, form.span);
                self.scopes.bind(name).as_slot()
            }
            None => {
                let mut error = malformed(
                    code,
                    form.span,
                    format!("a symbol must stand here in `{head}`"),
                );
                if form.as_keyword().is_some() {
                    error.help = Some(
                        "`for` has no :when, :let or :while: use `filter` and `let`".to_owned(),
                    );
                }
                self.report(error);
                self.scopes.variable("").as_slot()
            }
        }
    }
}
