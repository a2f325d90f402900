//! Where nodes come from: node id to source position, beside the program and not part of it.

use rtfs_syntax::Span;

use crate::node::NodeId;

/// Source positions of a program's nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpanTable {
    spans: Vec<Span>,
}

impl SpanTable {
    /// The position of the form a node was lowered from; `None` for an id that the program does
    /// not have.
    pub fn get(&self, id: NodeId) -> Option<Span> {
        self.spans.get(id.0 as usize).copied()
    }

    /// How many nodes the table knows.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether the program has no nodes.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Appends the position of the next node and returns its id.
    pub(crate) fn push(&mut self, span: Span) -> NodeId {
        let id = NodeId(u32::try_from(self.spans.len()).unwrap_or(u32::MAX));
        self.spans.push(span);
        id
    }
}
