//! The static stage: the same every time, and what it refuses would have failed.

use rtfs_ir::{Node, NodeKind, Program, each_node};

use crate::pipeline::{STEPS, check_diagnostics, codes, digest, lowered, outcome, show};

pub(super) fn check(text: &str) -> u64 {
    let read = rtfs_syntax::read(text);
    if !read.diagnostics.is_empty() {
        return 0;
    }
    let without = lowered(&read.forms, false);
    let Some(program) = &without.program else {
        return 1;
    };
    let with = lowered(&read.forms, true);
    check_diagnostics(&with.diagnostics, text);
    assert_eq!(lowered(&read.forms, true).diagnostics, with.diagnostics);
    let refused = with.program.is_none();
    if let Some(accepted) = &with.program {
        assert!(accepted == program, "the static stage changed the program");
    }
    let straight = is_straight(program);
    if refused && straight {
        let outcome = outcome(program);
        assert!(
            outcome.result.is_err() || outcome.steps >= STEPS,
            "{:?}, but the program gives {}",
            with.diagnostics,
            show(&outcome.result)
        );
    }
    digest((codes(&with.diagnostics), refused, straight))
}

/// Whether each node is evaluated unless one before it raises.
fn is_straight(program: &Program) -> bool {
    program.forms.iter().all(|form| {
        let mut straight = true;
        let mut called = Vec::new();
        each_node(&form.node, &mut |node| {
            straight &= runs_on(node, &mut called)
        });
        straight
    })
}

fn runs_on<'p>(node: &'p Node, called: &mut Vec<&'p Node>) -> bool {
    match &node.kind {
        NodeKind::Call { head, .. } => {
            called.push(head);
            true
        }
        // A body runs when its function is called where it stands.
        NodeKind::Lambda(_) => called.iter().any(|head| std::ptr::eq(*head, node)),
        NodeKind::Literal(_)
        | NodeKind::Quote(_)
        | NodeKind::Var(_)
        | NodeKind::Builtin(_)
        | NodeKind::Do(_)
        | NodeKind::Let { .. }
        | NodeKind::Vector(_)
        | NodeKind::Map(_)
        | NodeKind::Def { .. }
        | NodeKind::Cast { .. } => true,
        _ => false,
    }
}
