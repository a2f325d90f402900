//! Top-level names: which ones always mean the same thing, and reading and writing the others.

use std::collections::BTreeSet;

use rtfs_ir::{GlobalId, Literal, Node, NodeKind, Program};

use super::functions::{Functions, children};
use super::nested;

/// A name that has one definition, which every read that can happen comes after.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum StaticGlobal<'p> {
    /// A function without captures, by number.
    Function(u32),
    /// A literal.
    Literal(&'p Literal),
}

/// For every global: what it always is, if it always is the same.
pub(super) fn static_globals<'p>(
    program: &'p Program,
    functions: &Functions<'p>,
) -> Vec<Option<StaticGlobal<'p>>> {
    let mut globals = vec![None; program.globals.len()];
    let mut defined_at = vec![usize::MAX; program.globals.len()];
    for (position, form) in program.forms.iter().enumerate() {
        let NodeKind::Def {
            global,
            init,
            annotation: None,
        } = &form.node.kind
        else {
            continue;
        };
        let index = global.0 as usize;
        if program
            .globals
            .get(index)
            .is_none_or(|info| info.definitions != 1)
        {
            continue;
        }
        globals[index] = match &init.kind {
            NodeKind::Lambda(lambda) if lambda.captures.is_empty() => {
                functions.code(init.id).map(StaticGlobal::Function)
            }
            NodeKind::Literal(literal) => Some(StaticGlobal::Literal(literal)),
            _ => None,
        };
        defined_at[index] = position;
    }
    for early in read_early(program, &globals, &defined_at) {
        globals[early.0 as usize] = None;
    }
    globals
}

/// The candidates that some form may read before their definition was evaluated.
fn read_early(
    program: &Program,
    candidates: &[Option<StaticGlobal<'_>>],
    defined_at: &[usize],
) -> BTreeSet<GlobalId> {
    let mut bodies: Vec<Vec<GlobalId>> = vec![Vec::new(); program.globals.len()];
    for form in &program.forms {
        def_bodies(&form.node, &mut bodies);
    }
    let mut early = BTreeSet::new();
    let mut seen = vec![false; program.globals.len()];
    for (position, form) in program.forms.iter().enumerate() {
        if let NodeKind::Def { global, .. } = &form.node.kind
            && candidates[global.0 as usize].is_some()
        {
            // Making a function and evaluating a literal read nothing.
            continue;
        }
        // Everything the form mentions may be called by it. What an earlier form could reach was
        // judged there, more strictly.
        let mut work = mentioned(&form.node);
        while let Some(global) = work.pop() {
            if std::mem::replace(&mut seen[global.0 as usize], true) {
                continue;
            }
            if defined_at[global.0 as usize] > position {
                early.insert(global);
            }
            work.extend(&bodies[global.0 as usize]);
        }
    }
    early
}

fn mentioned(node: &Node) -> Vec<GlobalId> {
    let mut all = Vec::new();
    mention(node, &mut all);
    all
}

fn mention(node: &Node, all: &mut Vec<GlobalId>) {
    nested(|| {
        if let NodeKind::Global(global) = &node.kind {
            all.push(*global);
        }
        children(&node.kind, &mut |child| mention(child, all));
    });
}

/// What the definitions of each global mention, wherever they stand.
fn def_bodies(node: &Node, bodies: &mut [Vec<GlobalId>]) {
    nested(|| {
        if let NodeKind::Def { global, init, .. } = &node.kind {
            mention(init, &mut bodies[global.0 as usize]);
        }
        children(&node.kind, &mut |child| def_bodies(child, bodies));
    });
}
