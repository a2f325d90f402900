//! `if`, `do`, `cond`, `and`, `or`.

use rtfs_syntax::{Form, Span};

use super::{Lowerer, MAX_EXPANDED_NESTING, codes, malformed, missing};
use crate::guard::nested;
use crate::node::{Node, NodeKind};

impl Lowerer<'_> {
    pub(super) fn if_form(&mut self, items: &[Form], span: Span) -> Node {
        let (test, then, otherwise) = match items {
            [_, test, then] => (test, then, None),
            [_, test, then, otherwise] => (test, then, Some(otherwise)),
            _ => {
                let n_operands = items.len() - 1;
                let message =
                    format!("`if` takes two or three operands, this one has {n_operands}");
                let help = if n_operands > 3 {
                    "group several forms with `do`, or several conditions with `cond`"
                } else {
                    "write (if condition then) or (if condition then otherwise)"
                };
                let finding = if n_operands > 3 { malformed } else { missing };
                self.report(finding(codes::IF, span, message).with_help(help));
                return self.nil(span);
            }
        };
        let test = self.expression(test);
        let mut branches =
            self.alternatives([Some(then), otherwise], |this, branch| match branch {
                Some(form) => this.expression(form),
                None => this.nil(span),
            });
        let (otherwise, then) = (branches.pop(), branches.pop());
        self.if_node(span, test, then, otherwise)
    }

    /// An `if` whose missing branches are `nil`.
    fn if_node(
        &mut self,
        span: Span,
        test: Node,
        then: Option<Node>,
        otherwise: Option<Node>,
    ) -> Node {
        let then = then.unwrap_or_else(|| self.nil(span));
        let otherwise = otherwise.unwrap_or_else(|| self.nil(span));
        let (test, then, otherwise) = (Box::new(test), Box::new(then), Box::new(otherwise));
        self.node(
            span,
            NodeKind::If {
                test,
                then,
                otherwise,
            },
        )
    }

    pub(super) fn do_form(&mut self, items: &[Form], span: Span) -> Node {
        let nodes = self.expressions(&items[1..]);
        self.node(span, NodeKind::Do(nodes))
    }

    pub(super) fn cond(&mut self, items: &[Form], span: Span) -> Node {
        let operands = &items[1..];
        if let (1, Some(last)) = (operands.len() % 2, operands.last()) {
            let message = "`cond` takes pairs of a condition and a value; this value is missing";
            self.report(
                missing(codes::COND, last.span, message)
                    .with_label("a condition without its value")
                    .with_help("write `:else` before the value for all other cases"),
            );
            return self.nil(span);
        }
        self.cond_clauses(operands, span)
    }

    /// One `if` per clause, each in the else branch of the one before.
    fn cond_clauses(&mut self, operands: &[Form], span: Span) -> Node {
        let [test, value, others @ ..] = operands else {
            return self.nil(span);
        };
        if self.depth >= MAX_EXPANDED_NESTING {
            return self.too_deep(test.span);
        }
        self.depth += 1;
        let clause = test.span.to(value.span);
        let test = self.expression(test);
        let mut branches = self.alternatives([Some(value), None], |this, branch| match branch {
            Some(value) => this.expression(value),
            None => nested(|| this.cond_clauses(others, span)),
        });
        let (otherwise, then) = (branches.pop(), branches.pop());
        self.depth -= 1;
        self.if_node(clause, test, then, otherwise)
    }

    pub(super) fn and_or(
        &mut self,
        items: &[Form],
        span: Span,
        make: fn(Vec<Node>) -> NodeKind,
    ) -> Node {
        let mut nodes = Vec::with_capacity(items.len() - 1);
        for (index, item) in items[1..].iter().enumerate() {
            nodes.push(match index {
                0 => self.expression(item),
                _ => self.maybe_skipped(|this| this.expression(item)),
            });
        }
        self.node(span, make(nodes))
    }
}
