//! Lists: special forms and calls.

use rtfs_syntax::{Form, FormKind, Span};

use super::function::LambdaContext;
use super::special::Special;
use super::{Lowerer, codes, malformed, unknown};
use crate::node::{Datum, Node, NodeKind};

impl Lowerer<'_> {
    /// A list in value position.
    pub(super) fn list(&mut self, items: &[Form], span: Span) -> Node {
        let Some(head) = items.first() else {
            return self.node(span, NodeKind::Quote(Datum::List(Vec::new())));
        };
        match head.as_symbol().and_then(Special::named) {
            Some(special) => self.special(special, items, span),
            None => self.call(items, span),
        }
    }

    fn call(&mut self, items: &[Form], span: Span) -> Node {
        let head = Box::new(self.expression(&items[0]));
        let outside = self.inside_unknown_form;
        let name = items[0].as_symbol();
        if matches!(head.kind, NodeKind::Free(_) | NodeKind::Raise { .. }) {
            // Its names are bound by the form that was meant; evaluation ends before any is read.
            self.inside_unknown_form |= name.is_some_and(unknown::is_unknown_form);
        }
        let args = self.expressions(&items[1..]);
        self.inside_unknown_form = outside;
        self.node(span, NodeKind::Call { head, args })
    }

    fn special(&mut self, special: Special, items: &[Form], span: Span) -> Node {
        match special {
            Special::And => self.and_or(items, span, NodeKind::And),
            Special::Or => self.and_or(items, span, NodeKind::Or),
            Special::Cond => self.cond(items, span),
            Special::If => self.if_form(items, span),
            Special::Do => self.do_form(items, span),
            Special::Def => self.def(items, span),
            Special::Defn => self.defn(items, span),
            Special::DefStruct => self.defstruct(items, span),
            Special::Declare => self.declare(items, span),
            Special::Fn | Special::Lambda => {
                self.function(items, span, LambdaContext::default(), None)
            }
            Special::Let => self.let_form(items, span),
            Special::Match => self.match_form(items, span),
            Special::Try => self.try_form(items, span),
            Special::For => self.for_form(items, span),
            Special::DoTimes => self.dotimes(items, span),
            Special::Quote => self.quote(items, span),
            Special::ResourceRef => self.resource_ref(items, span),
            Special::Module => self.misplaced("module", codes::MODULE, span),
            Special::Import => self.misplaced("import", codes::IMPORT, span),
            // Expansion took these out.
            Special::DefMacro => self.nil(span),
            Special::Quasiquote => self.quasiquote(items, span),
            Special::Unquote | Special::UnquoteSplicing => {
                let message = "an unquote only means something inside a quasiquote";
                self.malformed(codes::UNQUOTE, span, message)
            }
            Special::SetBang => {
                self.report(
                    malformed(
                        codes::SET,
                        span,
                        "there is no `set!`: bindings are immutable",
                    )
                    .with_help(
                        "bind a new name with `let`, or pass the new value to a function call",
                    ),
                );
                self.nil(span)
            }
        }
    }

    /// `(resource:ref "name")`.
    fn resource_ref(&mut self, items: &[Form], span: Span) -> Node {
        match items {
            [
                _,
                Form {
                    kind: FormKind::Str(name),
                    ..
                },
            ] => self.node(span, NodeKind::ResourceRef(name.clone())),
            _ => self.malformed(
                codes::RESOURCE_REF,
                span,
                "`resource:ref` takes one literal string",
            ),
        }
    }
}
