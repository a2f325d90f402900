//! The children of a node, in the order of their numbers.
//!
//! Every pass that treats all nodes alike goes through here, so that the order is written once:
//! the order of evaluation, with pattern defaults where the pattern stands.

use crate::node::{CatchClause, Lambda, MatchClause, Node, NodeKind, Pattern};

macro_rules! walker {
    ($doc:literal, $pattern_doc:literal, $name:ident, $pattern_name:ident, $iter:ident $(, $mutable:tt)?) => {
        #[doc = $doc]
        pub(crate) fn $name<'n>(
            kind: &'n $($mutable)? NodeKind,
            each: &mut dyn FnMut(&'n $($mutable)? Node),
        ) {
            match kind {
                NodeKind::Literal(_)
                | NodeKind::Quote(_)
                | NodeKind::Var(_)
                | NodeKind::CellGet { .. }
                | NodeKind::Global(_)
                | NodeKind::Builtin(_)
                | NodeKind::Free(_)
                | NodeKind::Raise { .. }
                | NodeKind::Qualified { .. }
                | NodeKind::ResourceRef(_)
                | NodeKind::Declare(_)
                | NodeKind::DefStruct { .. }
                | NodeKind::Import(_) => {}
                NodeKind::Def { init, .. } | NodeKind::LocalDef { init, .. } => each(init),
                NodeKind::Lambda(lambda) => {
                    let Lambda { params, body, .. } = &$($mutable)? **lambda;
                    for param in params.$iter() {
                        if let Some(pattern) = & $($mutable)? param.pattern {
                            $pattern_name(pattern, each);
                        }
                    }
                    each(body);
                }
                NodeKind::Call { head, args } => {
                    each(head);
                    args.$iter().for_each(each);
                }
                NodeKind::If { test, then, otherwise } => {
                    each(test);
                    each(then);
                    each(otherwise);
                }
                NodeKind::Do(items)
                | NodeKind::And(items)
                | NodeKind::Or(items)
                | NodeKind::Vector(items) => items.$iter().for_each(each),
                NodeKind::Scope { body, .. } => each(body),
                NodeKind::Let { bindings, body } => {
                    for binding in bindings.$iter() {
                        each(& $($mutable)? binding.init);
                        $pattern_name(& $($mutable)? binding.pattern, each);
                    }
                    each(body);
                }
                NodeKind::Match { value, clauses } => {
                    each(value);
                    for MatchClause { pattern, guard, body } in clauses.$iter() {
                        $pattern_name(pattern, each);
                        if let Some(guard) = guard {
                            each(guard);
                        }
                        each(body);
                    }
                }
                NodeKind::Try { body, catches, finally } => {
                    each(body);
                    for CatchClause { body, .. } in catches.$iter() {
                        each(body);
                    }
                    if let Some(finally) = finally {
                        each(finally);
                    }
                }
                NodeKind::Map(entries) => {
                    for (_, value) in entries.$iter() {
                        each(value);
                    }
                }
                NodeKind::For { bindings, body } => {
                    for (_, collection) in bindings.$iter() {
                        each(collection);
                    }
                    each(body);
                }
                NodeKind::DoTimes { count, body, .. } => {
                    each(count);
                    each(body);
                }
                NodeKind::HintScope { hints, body } => {
                    for (_, value) in hints.$iter() {
                        each(value);
                    }
                    each(body);
                }
                NodeKind::Cast { value, .. } => each(value),
            }
        }

        #[doc = $pattern_doc]
        pub(crate) fn $pattern_name<'n>(
            pattern: &'n $($mutable)? Pattern,
            each: &mut dyn FnMut(&'n $($mutable)? Node),
        ) {
            crate::guard::nested(|| match pattern {
                Pattern::Wildcard | Pattern::Var(_) | Pattern::Literal(_) | Pattern::Type(_) => {}
                Pattern::As(_, inner) => $pattern_name(inner, each),
                Pattern::Sequence { items, .. } => {
                    for item in items.$iter() {
                        $pattern_name(item, each);
                    }
                }
                Pattern::Map { entries, .. } => {
                    for entry in entries.$iter() {
                        if let Some(default) = & $($mutable)? entry.default {
                            each(default);
                        }
                        $pattern_name(& $($mutable)? entry.pattern, each);
                    }
                }
            });
        }
    };
}

walker!(
    "Calls `each` on every child node.",
    "Calls `each` on the default expressions of a pattern.",
    children,
    pattern_children,
    iter
);
walker!(
    "Calls `each` on every child node, mutably.",
    "Calls `each` on the default expressions of a pattern, mutably.",
    children_mut,
    pattern_children_mut,
    iter_mut,
    mut
);
