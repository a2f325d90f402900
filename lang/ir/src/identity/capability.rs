//! Which capabilities the code of a definition can ask for.

use std::collections::{BTreeMap, BTreeSet};

use rtfs_value::library;

use crate::node::{GlobalId, Literal, Node, NodeKind, Program};
use crate::references::{definitions, each_node, references};

/// What a function may ask the host to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CapabilityNeeds {
    /// Ids that stand literally in `call` forms or in `:capabilities` of declarations.
    pub ids: BTreeSet<String>,
    /// Some `call` computes its id, or `call` is passed on as a value.
    pub dynamic: bool,
}

impl Program {
    /// The capabilities that a definition can ask for, itself or through others that it mentions.
    pub fn capability_needs(&self, global: GlobalId) -> CapabilityNeeds {
        let definitions = definitions(self);
        let mut needs = CapabilityNeeds::default();
        let mut seen = BTreeSet::new();
        let mut todo = vec![global.0 as usize];
        while let Some(next) = todo.pop() {
            if !seen.insert(next) {
                continue;
            }
            let Some(forms) = definitions.get(next) else {
                continue;
            };
            let declared = self.globals[next]
                .declared
                .as_ref()
                .filter(|_| forms.is_empty());
            needs.ids.extend(
                declared
                    .into_iter()
                    .flat_map(|declared| declared.capabilities.clone()),
            );
            forms.iter().for_each(|form| needs.add(&form.node));
            todo.extend(references(forms));
        }
        needs
    }

    /// The capabilities that the program's own top level can ask for.
    pub fn all_capability_needs(&self) -> CapabilityNeeds {
        let mut needs = CapabilityNeeds::default();
        self.forms.iter().for_each(|form| needs.add(&form.node));
        for declared in self
            .globals
            .iter()
            .filter_map(|global| global.declared.as_ref())
        {
            needs.ids.extend(declared.capabilities.iter().cloned());
        }
        needs
    }
}

impl CapabilityNeeds {
    fn add(&mut self, node: &Node) {
        // `call` in head position is seen at the call; everywhere else it is a value.
        let mut heads = BTreeMap::new();
        each_node(node, &mut |node| match &node.kind {
            NodeKind::Call { head, args } if is_call(&head.kind) => {
                heads.insert(head.id, ());
                match args.first().map(|id| &id.kind) {
                    Some(NodeKind::Literal(Literal::Keyword(id) | Literal::Str(id))) => {
                        self.ids.insert(id.clone());
                    }
                    // Calls without arguments or with another literal fail before the host.
                    None | Some(NodeKind::Literal(_)) => {}
                    Some(_) => self.dynamic = true,
                }
            }
            kind if is_call(kind) && heads.remove(&node.id).is_none() => self.dynamic = true,
            _ => {}
        });
    }
}

fn is_call(kind: &NodeKind) -> bool {
    matches!(kind, NodeKind::Builtin(id) if library::get(*id).name == "call")
}
