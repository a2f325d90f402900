//! Copying, comparing and debug printing of trees as deep as programs can be.
//!
//! Derived implementations recurse without looking at the stack. So does dropping, and everything
//! derived on patterns and quoted data; but that takes so little stack per level that the nesting
//! limits of lowering and decoding are enough.

use std::fmt;

use crate::guard::nested;
use crate::node::Node;

impl Clone for Node {
    fn clone(&self) -> Self {
        nested(|| Node {
            id: self.id,
            ty: self.ty.clone(),
            kind: self.kind.clone(),
        })
    }
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        nested(|| self.id == other.id && self.ty == other.ty && self.kind == other.kind)
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        nested(|| {
            let Node { id, ty, kind } = self;
            f.debug_struct("Node")
                .field("id", id)
                .field("ty", ty)
                .field("kind", kind)
                .finish()
        })
    }
}
