//! All functions of a program, numbered: the number is the code index of their values. No function
//! has the number 0, which is what every other value has in the place of the code index.

use std::collections::HashMap;
use std::ops::Range;

use rtfs_ir::{Lambda, Node, NodeId, NodeKind, Pattern, Program};

use super::nested;

/// One function literal.
#[derive(Clone, Debug)]
pub(super) struct FunctionInfo<'p> {
    /// The literal.
    pub(super) lambda: &'p Lambda,
    /// For people: the source name, or the enclosing function's with a number.
    pub(super) display_name: String,
}

/// All function literals of a program in the order of their nodes.
#[derive(Debug, Default)]
pub(super) struct Functions<'p> {
    infos: Vec<FunctionInfo<'p>>,
    by_node: HashMap<NodeId, u32>,
}

impl<'p> Functions<'p> {
    /// Finds them.
    pub(super) fn of(program: &'p Program) -> Self {
        let mut collector = Collector {
            functions: Self::default(),
            scope: Vec::new(),
        };
        for form in &program.forms {
            collector.node(&form.node);
        }
        collector.functions
    }

    /// The number of a literal.
    pub(super) fn code(&self, node: NodeId) -> Option<u32> {
        self.by_node.get(&node).copied()
    }

    /// The literal of a number.
    pub(super) fn get(&self, code: u32) -> &FunctionInfo<'p> {
        &self.infos[code as usize - 1]
    }

    /// Their numbers.
    pub(super) fn codes(&self) -> Range<u32> {
        1..self.next_code()
    }

    fn next_code(&self) -> u32 {
        u32::try_from(self.infos.len() + 1).unwrap_or(u32::MAX)
    }
}

struct Collector<'p> {
    functions: Functions<'p>,
    /// Names of the enclosing functions and how many nameless ones each has so far.
    scope: Vec<(String, u32)>,
}

impl<'p> Collector<'p> {
    fn node(&mut self, node: &'p Node) {
        nested(|| {
            if let NodeKind::Lambda(lambda) = &node.kind {
                let display_name = self.name(lambda);
                let code = self.functions.next_code();
                self.functions.by_node.insert(node.id, code);
                let info = FunctionInfo {
                    lambda,
                    display_name: display_name.clone(),
                };
                self.functions.infos.push(info);
                self.scope.push((display_name, 0));
                children(&node.kind, &mut |child| self.node(child));
                self.scope.pop();
            } else {
                children(&node.kind, &mut |child| self.node(child));
            }
        });
    }

    fn name(&mut self, lambda: &Lambda) -> String {
        if let Some(name) = &lambda.name {
            return name.clone();
        }
        match self.scope.last_mut() {
            Some((outer, count)) => {
                *count += 1;
                format!("{outer}.fn{count}")
            }
            None => format!("fn{}", self.functions.infos.len()),
        }
    }
}

/// Calls `each` on every child node, in the order of evaluation.
pub(super) fn children<'p>(kind: &'p NodeKind, each: &mut dyn FnMut(&'p Node)) {
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
            for param in &lambda.params {
                if let Some(pattern) = &param.pattern {
                    pattern_children(pattern, each);
                }
            }
            each(&lambda.body);
        }
        NodeKind::Call { head, args } => {
            each(head);
            args.iter().for_each(each);
        }
        NodeKind::If {
            test,
            then,
            otherwise,
        } => {
            each(test);
            each(then);
            each(otherwise);
        }
        NodeKind::Do(items)
        | NodeKind::And(items)
        | NodeKind::Or(items)
        | NodeKind::Vector(items) => {
            items.iter().for_each(each);
        }
        NodeKind::Scope { body, .. } => each(body),
        NodeKind::Let { bindings, body } => {
            for binding in bindings {
                each(&binding.init);
                pattern_children(&binding.pattern, each);
            }
            each(body);
        }
        NodeKind::Match { value, clauses } => {
            each(value);
            for clause in clauses {
                pattern_children(&clause.pattern, each);
                clause.guard.iter().for_each(&mut *each);
                each(&clause.body);
            }
        }
        NodeKind::Try {
            body,
            catches,
            finally,
        } => {
            each(body);
            catches.iter().for_each(|catch| each(&catch.body));
            finally.iter().for_each(|finally| each(finally));
        }
        NodeKind::Map(entries) => entries.iter().for_each(|(_, value)| each(value)),
        NodeKind::For { bindings, body } => {
            bindings.iter().for_each(|(_, collection)| each(collection));
            each(body);
        }
        NodeKind::DoTimes { count, body, .. } => {
            each(count);
            each(body);
        }
        NodeKind::HintScope { hints, body } => {
            hints.iter().for_each(|(_, value)| each(value));
            each(body);
        }
        NodeKind::Cast { value, .. } => each(value),
    }
}

/// Calls `each` on every node in a pattern.
pub(super) fn pattern_children<'p>(pattern: &'p Pattern, each: &mut dyn FnMut(&'p Node)) {
    nested(|| match pattern {
        Pattern::Wildcard | Pattern::Var(_) | Pattern::Literal(_) | Pattern::Type(_) => {}
        Pattern::As(_, inner) => pattern_children(inner, each),
        Pattern::Sequence { items, .. } => {
            items.iter().for_each(|item| pattern_children(item, each));
        }
        Pattern::Map { entries, .. } => {
            for entry in entries {
                entry.default.iter().for_each(&mut *each);
                pattern_children(&entry.pattern, each);
            }
        }
    });
}
