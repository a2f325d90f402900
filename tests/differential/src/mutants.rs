//! Defects to plant, in order to see that they are found.
//!
//! A mutant is a compiler that is wrong in one way: it compiles another program than the one that
//! was written, or its generated code is changed before it is linked.

use rtfs_ir::{CatchSelector, Literal, Node, NodeKind, Program, each_node_mut};
use rtfs_value::library;

use crate::code;

/// A planted defect.
pub struct Mutant {
    /// As the command line calls it.
    pub name: &'static str,
    /// What the compiler does wrong.
    pub what: &'static str,
    /// Changes a node of the program.
    node: Option<fn(&mut Node)>,
    /// Changes the generated code.
    code: Option<fn(Vec<u8>) -> Vec<u8>>,
}

/// All of them.
pub const MUTANTS: &[Mutant] = &[
    in_program(
        "swapped-operands",
        "`(- a b)` computes `b - a`",
        swapped_operands,
    ),
    in_code(
        "lost-overflow",
        "additions of integers wrap",
        code::lost_overflow,
    ),
    in_program(
        "wrong-branch",
        "`if` with a condition of several parts takes the other branch",
        wrong_branch,
    ),
    in_program(
        "long-range",
        "`range` with a constant end has one item more",
        long_range,
    ),
    in_program(
        "skipped-finally",
        "`finally` is left out where there are clauses",
        skipped_finally,
    ),
    in_program(
        "reordered-calls",
        "the first two forms of a `do` run in the other order",
        reordered_calls,
    ),
    in_program(
        "clause-order",
        "the first two clauses of a `match` are tried in the other order",
        clause_order,
    ),
    in_code(
        "missing-retain",
        "one place of a program does not count a reference",
        code::missing_retain,
    ),
    in_program(
        "lost-update",
        "`assoc` with a known key leaves the collection as it is",
        lost_update,
    ),
    in_program(
        "truncated-string",
        "string constants of more than 20 bytes lose their last character",
        truncated_string,
    ),
    in_code(
        "missing-drop",
        "one place of a program does not drop a value",
        code::missing_drop,
    ),
    in_program(
        "wrong-line",
        "errors of calls with three arguments point to the form before",
        wrong_line,
    ),
    in_program(
        "catches-all",
        "`catch` with the name of a kind takes every error",
        catches_all,
    ),
    in_code(
        "wrong-comparison",
        "`<` and `>` of integers hold for equal ones too",
        code::wrong_comparison,
    ),
];

const fn in_program(name: &'static str, what: &'static str, node: fn(&mut Node)) -> Mutant {
    Mutant {
        name,
        what,
        node: Some(node),
        code: None,
    }
}

const fn in_code(name: &'static str, what: &'static str, code: fn(Vec<u8>) -> Vec<u8>) -> Mutant {
    Mutant {
        name,
        what,
        node: None,
        code: Some(code),
    }
}

impl Mutant {
    /// What it compiles instead of a program.
    pub fn program(&self, mut program: Program) -> Program {
        if let Some(change) = self.node {
            for form in &mut program.forms {
                each_node_mut(&mut form.node, &mut |node| change(node));
            }
        }
        program
    }

    /// What it makes of generated code.
    pub fn code(&self, code: Vec<u8>) -> Vec<u8> {
        match self.code {
            Some(change) => change(code),
            None => code,
        }
    }
}

/// The arguments of a call of this library function.
fn args_of<'n>(node: &'n mut Node, name: &str) -> Option<&'n mut Vec<Node>> {
    let NodeKind::Call { head, args } = &mut node.kind else {
        return None;
    };
    match &head.kind {
        NodeKind::Builtin(id) if library::get(*id).name == name => Some(args),
        _ => None,
    }
}

fn swapped_operands(node: &mut Node) {
    if let Some([a, b]) = args_of(node, "-").map(Vec::as_mut_slice) {
        std::mem::swap(a, b);
    }
}

fn wrong_branch(node: &mut Node) {
    if let NodeKind::If {
        test,
        then,
        otherwise,
    } = &mut node.kind
        && matches!(test.kind, NodeKind::And(_) | NodeKind::Or(_))
    {
        std::mem::swap(then, otherwise);
    }
}

fn long_range(node: &mut Node) {
    if let Some(end) = args_of(node, "range").and_then(|args| args.last_mut())
        && let NodeKind::Literal(Literal::Int(end)) = &mut end.kind
    {
        *end = end.saturating_add(1);
    }
}

fn skipped_finally(node: &mut Node) {
    if let NodeKind::Try {
        catches, finally, ..
    } = &mut node.kind
        && !catches.is_empty()
    {
        *finally = None;
    }
}

fn reordered_calls(node: &mut Node) {
    if let NodeKind::Do(forms) = &mut node.kind
        && forms.len() > 2
    {
        forms.swap(0, 1);
    }
}

fn clause_order(node: &mut Node) {
    if let NodeKind::Match { clauses, .. } = &mut node.kind
        && clauses.len() > 2
    {
        clauses.swap(0, 1);
    }
}

fn lost_update(node: &mut Node) {
    let Some(args) = args_of(node, "assoc") else {
        return;
    };
    if args.len() == 3 && matches!(args[1].kind, NodeKind::Literal(_)) {
        let collection = args.swap_remove(0);
        node.kind = collection.kind;
    }
}

fn truncated_string(node: &mut Node) {
    if let NodeKind::Literal(Literal::Str(text)) = &mut node.kind
        && text.len() > 20
    {
        text.pop();
    }
}

fn wrong_line(node: &mut Node) {
    if let NodeKind::Call { args, .. } = &node.kind
        && args.len() == 3
    {
        node.id.0 = node.id.0.saturating_sub(1);
    }
}

fn catches_all(node: &mut Node) {
    if let NodeKind::Try { catches, .. } = &mut node.kind {
        for catch in catches {
            if matches!(catch.selector, CatchSelector::Kind(_)) {
                catch.selector = CatchSelector::All;
            }
        }
    }
}
