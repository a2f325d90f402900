//! Which definitions mention which globals.

use std::collections::BTreeSet;

use crate::guard::nested;
use crate::node::{GlobalId, Node, NodeKind, Program, TopForm};

/// For each global, the top-level forms that define it.
pub(crate) fn definitions(program: &Program) -> Vec<Vec<&TopForm>> {
    let mut definitions: Vec<Vec<&TopForm>> = vec![Vec::new(); program.globals.len()];
    for form in &program.forms {
        each_node(&form.node, &mut |node| {
            let (NodeKind::Def { global, .. } | NodeKind::DefStruct { global, .. }) = &node.kind
            else {
                return;
            };
            if let Some(forms) = definitions.get_mut(global.0 as usize)
                && !forms.last().is_some_and(|last| std::ptr::eq(*last, form))
            {
                forms.push(form);
            }
        });
    }
    definitions
}

/// The globals that forms mention, themselves included, without repeats.
pub(crate) fn references(forms: &[&TopForm]) -> Vec<usize> {
    let mut found = BTreeSet::new();
    for form in forms {
        each_node(&form.node, &mut |node| {
            if let NodeKind::Global(id)
            | NodeKind::Def { global: id, .. }
            | NodeKind::DefStruct { global: id, .. } = &node.kind
            {
                found.insert(id.0 as usize);
            }
        });
    }
    found.into_iter().collect()
}

/// Calls `each` for a node and everything inside it.
///
/// ```
/// // (+ 1 (* 2 3))
/// # let forms = rtfs_syntax::read("(+ 1 (* 2 3))").forms;
/// # let lowered = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default());
/// # let program = lowered.program.expect("the text is a program");
/// let mut calls = 0;
/// rtfs_ir::each_node(&program.forms[0].node, &mut |node| {
///     calls += usize::from(matches!(node.kind, rtfs_ir::NodeKind::Call { .. }));
/// });
/// assert_eq!(calls, 2);
/// ```
pub fn each_node<'n>(node: &'n Node, each: &mut dyn FnMut(&'n Node)) {
    each(node);
    nested(|| {
        crate::walk::children(&node.kind, &mut |child| each_node(child, each));
    });
}

/// Calls `each` for a node and everything that is inside it then.
pub fn each_node_mut(node: &mut Node, each: &mut dyn FnMut(&mut Node)) {
    each(node);
    nested(|| {
        crate::walk::children_mut(&mut node.kind, &mut |child| each_node_mut(child, each));
    });
}

impl Node {
    /// Whether evaluating it calls nothing, reads no global and cannot raise.
    pub fn is_inert(&self) -> bool {
        match &self.kind {
            NodeKind::Literal(_)
            | NodeKind::Quote(_)
            | NodeKind::Builtin(_)
            | NodeKind::Lambda(_)
            | NodeKind::Declare(_)
            | NodeKind::DefStruct { .. } => true,
            NodeKind::Def {
                annotation: None,
                init,
                ..
            } => init.is_inert(),
            NodeKind::Vector(items) => items.iter().all(Node::is_inert),
            NodeKind::Map(entries) => entries.iter().all(|(_, value)| value.is_inert()),
            _ => false,
        }
    }

    /// Whether it or anything inside it reads the global.
    pub fn reads(&self, global: GlobalId) -> bool {
        let mut found = false;
        each_node(self, &mut |node| {
            found |= matches!(&node.kind, NodeKind::Global(id) if *id == global);
        });
        found
    }
}
