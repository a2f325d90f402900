//! What the machine's continuation stack is made of.

use std::rc::Rc;

use rtfs_value::Value;

use crate::code::Code;

/// What happens when the value above it is known.
#[derive(Debug)]
pub(crate) enum Frame {
    /// A function or top-level form goes on.
    Code(Activation),
    /// A library function that called back goes on.
    Library {
        /// Its suspended rest.
        then: Value,
    },
}

/// A running function or top-level form.
#[derive(Debug)]
pub(crate) struct Activation {
    pub(crate) code: Rc<Code>,
    /// The next instruction.
    pub(crate) pc: u32,
    /// Where its slots begin on the value stack.
    pub(crate) base: usize,
}

impl Activation {
    /// The node of the instruction that runs, or that waits for the frame above.
    pub(crate) fn node(&self) -> u32 {
        let index = (self.pc as usize).saturating_sub(1);
        self.code
            .nodes
            .get(index)
            .copied()
            .unwrap_or(crate::code::NO_NODE)
    }
}

/// A protected range that is being executed.
#[derive(Debug)]
pub(crate) struct Handler {
    /// Length of the continuation stack with the protecting frame on top.
    pub(crate) frames: usize,
    /// Length of the value stack at the start of the range.
    pub(crate) stack: usize,
    /// Number of hint scopes around it.
    pub(crate) hints: usize,
    /// Where the frame continues with the error.
    pub(crate) target: u32,
}
