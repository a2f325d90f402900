//! Errors of stored code, pointed into the caller's source.

use std::cell::RefCell;
use std::collections::HashMap;

use rtfs_delegate::ModuleRegistry;
use rtfs_ir::{DefinitionNodes, NodeId, Program};
use rtfs_store::Digest;
use rtfs_value::Error;
use rtfs_value::types::Level;

/// Leads nodes of stored programs to nodes of the program that runs.
#[derive(Debug)]
pub(crate) struct Nodes {
    level: Level,
    here: DefinitionNodes,
    /// By the digest of the stored IR; `None` where it cannot be had.
    stored: RefCell<HashMap<Digest, Option<DefinitionNodes>>>,
}

impl Nodes {
    pub(crate) fn new(program: &Program, level: Level) -> Self {
        Self {
            level,
            here: DefinitionNodes::new(program, &program.hashes(level)),
            stored: RefCell::default(),
        }
    }

    /// The same error with the node of this program that stands where the stored one's node does.
    /// Without such a node it gets that of the call.
    pub(crate) fn localise(
        &self,
        error: Error,
        registry: &ModuleRegistry,
        record: &Digest,
    ) -> Error {
        let Some(node) = error.node() else {
            return error;
        };
        let node = self.lead(NodeId(node), registry, record);
        let (kind, data) = (error.kind(), error.data());
        let mut made = Error::with_data(kind, error.text(), data, Some(error.kind_keyword()));
        if let Some(node) = node {
            made.set_node_if_unset(node.0);
        }
        error.stack().iter().for_each(|name| made.push_frame(name));
        made
    }

    fn lead(&self, node: NodeId, registry: &ModuleRegistry, record: &Digest) -> Option<NodeId> {
        let l4 = registry.l4_cache()?;
        let ir = l4.module(record).ok()?.record().ir?.digest;
        let mut stored = self.stored.borrow_mut();
        let there = stored.entry(ir).or_insert_with(|| {
            let program = l4.get_ir(&ir).ok()??;
            Some(DefinitionNodes::new(&program, &program.hashes(self.level)))
        });
        let (definition, place) = there.as_ref()?.locate(node)?;
        self.here.node(&definition, place)
    }
}
