//! Which definitions mention which globals.

use std::collections::BTreeSet;

use crate::guard::nested;
use crate::node::{Node, NodeKind, Program, TopForm};

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
pub fn each_node<'n>(node: &'n Node, each: &mut dyn FnMut(&'n Node)) {
    each(node);
    nested(|| {
        crate::walk::children(&node.kind, &mut |child| each_node(child, each));
    });
}
