//! Rewriting programs without changing what they do.
//!
//! An optimised program gives the same values, errors (with their nodes), order of host calls
//! and depth of calls. Its nodes keep the ids of the program it was made from, so it is for
//! whoever runs or compiles it: what is stored and hashed is the program before.

mod fold;
mod kinds;

pub(crate) use self::kinds::call_type;

use rtfs_value::types::Type;

use crate::node::{Node, NodeKind, Program};

/// How much a program is rewritten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OptLevel {
    /// Not at all.
    None,
    /// Constants are folded, branches that cannot run are dropped, static kinds are noted in
    /// [`crate::Node::ty`].
    #[default]
    Basic,
    /// At present the same as `Basic`.
    Full,
}

impl OptLevel {
    /// The level of a number from 0 to 2, as in `--opt-level`.
    pub fn from_number(level: u8) -> Option<OptLevel> {
        match level {
            0 => Some(OptLevel::None),
            1 => Some(OptLevel::Basic),
            2 => Some(OptLevel::Full),
            _ => None,
        }
    }
}

/// Rewrites a program.
///
/// ```
/// // (if true (+ 1 2) 0)
/// # let forms = rtfs_syntax::read("(if true (+ 1 2) 0)").forms;
/// # let lowered = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default());
/// # let program = lowered.program.expect("the text is a program");
/// use rtfs_ir::{Literal, NodeKind, OptLevel, optimise};
///
/// let program = optimise(program, OptLevel::Basic);
/// assert_eq!(program.forms[0].node.kind, NodeKind::Literal(Literal::Int(3)));
/// ```
pub fn optimise(mut program: Program, level: OptLevel) -> Program {
    if level == OptLevel::None {
        return program;
    }
    for form in &mut program.forms {
        fold_form(&mut form.node);
        kinds::note_kinds(&mut form.node);
    }
    program
}

/// Folds a top-level form. Callers of single exports run the definition forms of a program only,
/// so a form that is none must not become one.
fn fold_form(node: &mut Node) {
    let was_definition = is_definition(node);
    let id = node.id;
    fold::fold(node);
    if !was_definition && is_definition(node) {
        let form = Node {
            id,
            ty: Type::Any,
            kind: NodeKind::Do(Vec::new()),
        };
        let definition = std::mem::replace(node, form);
        node.kind = NodeKind::Do(vec![definition]);
    }
}

fn is_definition(node: &Node) -> bool {
    matches!(
        node.kind,
        NodeKind::Def { .. } | NodeKind::DefStruct { .. } | NodeKind::Declare(_)
    )
}
