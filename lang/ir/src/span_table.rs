//! Where nodes come from: node id to source position, beside the program and not part of it.

use rtfs_syntax::Span;

use crate::node::NodeId;

/// Source positions of a program's nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpanTable {
    /// The id of the first node.
    first: u32,
    spans: Vec<Span>,
}

impl SpanTable {
    /// The position of the form a node was lowered from; `None` for an id that the program does
    /// not have.
    pub fn get(&self, id: NodeId) -> Option<Span> {
        let index = id.0.checked_sub(self.first)?;
        self.spans.get(index as usize).copied()
    }

    /// How many nodes the table knows.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether the program has no nodes.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// An empty table whose first node will have this id.
    pub(crate) fn starting_at(first: u32) -> SpanTable {
        SpanTable {
            first,
            spans: Vec::new(),
        }
    }

    /// Adds the positions of a program whose nodes were numbered on from this table's (see
    /// [`crate::LowerOptions::first_node`]).
    pub fn extend(&mut self, next: &SpanTable) {
        if self.is_empty() {
            self.first = next.first;
        }
        self.spans.extend(&next.spans);
    }

    /// The id after the last node's.
    pub fn end(&self) -> u32 {
        let len = u32::try_from(self.spans.len()).unwrap_or(u32::MAX);
        self.first.saturating_add(len)
    }

    /// Appends the position of the next node and returns its id.
    pub(crate) fn push(&mut self, span: Span) -> NodeId {
        let id = NodeId(self.end());
        self.spans.push(span);
        id
    }
}
