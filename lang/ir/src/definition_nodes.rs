//! Which nodes belong to which definition.
//!
//! Equal definition hashes mean equal numbering from the definition's first node on. So a node that
//! one program's component reports leads to the node of another program that defines the same.

use std::ops::Range;

use crate::identity::{DefinitionHash, DefinitionHashes};
use crate::node::{GlobalId, NodeId, NodeKind, Program};
use crate::references::each_node;

/// The definitions of a program with their nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DefinitionNodes {
    /// In the order of the nodes.
    definitions: Vec<(Range<u32>, DefinitionHash)>,
}

impl DefinitionNodes {
    /// The nodes of the definitions that have a hash.
    pub fn new(program: &Program, hashes: &DefinitionHashes) -> Self {
        let mut definitions = Vec::new();
        for form in &program.forms {
            each_node(&form.node, &mut |node| {
                let (NodeKind::Def { global, .. } | NodeKind::DefStruct { global, .. }) =
                    &node.kind
                else {
                    return;
                };
                if let Some(hash) = hashes.get(GlobalId(global.0)) {
                    let mut end = node.id.0;
                    each_node(node, &mut |inner| end = end.max(inner.id.0));
                    definitions.push((node.id.0..end.saturating_add(1), hash));
                }
            });
        }
        definitions.sort_by_key(|(nodes, _)| nodes.start);
        Self { definitions }
    }

    /// The innermost definition that a node belongs to, and its place in it.
    pub fn locate(&self, node: NodeId) -> Option<(DefinitionHash, u32)> {
        let holds = |(nodes, _): &&(Range<u32>, DefinitionHash)| nodes.contains(&node.0);
        let (nodes, hash) = self.definitions.iter().rev().find(holds)?;
        Some((*hash, node.0 - nodes.start))
    }

    /// The node at a place of a definition; `None` when the program does not have it.
    pub fn node(&self, definition: &DefinitionHash, place: u32) -> Option<NodeId> {
        let mut same = self
            .definitions
            .iter()
            .filter(|(_, hash)| hash == definition);
        let (nodes, _) = same.next()?;
        let id = nodes.start.checked_add(place)?;
        nodes.contains(&id).then_some(NodeId(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtfs_value::types::Level;

    fn nodes(source: &str) -> (Program, DefinitionNodes) {
        let forms = rtfs_syntax::read(source).forms;
        let program = crate::lower(&forms, &crate::LowerOptions::default()).program;
        let program = program.expect("the source is well formed");
        let hashes = program.hashes(Level::Standard);
        let nodes = DefinitionNodes::new(&program, &hashes);
        (program, nodes)
    }

    fn node_of_zero(program: &Program) -> NodeId {
        let mut found = None;
        for form in &program.forms {
            each_node(&form.node, &mut |node| {
                if matches!(&node.kind, NodeKind::Literal(crate::Literal::Int(0))) {
                    found = Some(node.id);
                }
            });
        }
        found.expect("there is a zero")
    }

    #[test]
    fn a_node_is_found_again_in_another_program() {
        let (one, in_one) = nodes("(defn other [a b] (* a b)) (defn f [x] (+ 1 (/ x 0))) (f 3)");
        let (two, in_two) = nodes("(def t 5)\n(defn g [] [1 2 3]) (do (defn f [y] (+ 1 (/ y 0))))");
        let (hash, place) = in_one.locate(node_of_zero(&one)).expect("inside f");
        assert_eq!(in_two.node(&hash, place), Some(node_of_zero(&two)));
        assert_eq!(in_two.node(&hash, 10_000), None);
    }

    #[test]
    fn nodes_outside_definitions_belong_to_none() {
        let (program, nodes) = nodes("(defn f [x] x) (f 0)");
        assert_eq!(nodes.locate(node_of_zero(&program)), None);
    }
}
