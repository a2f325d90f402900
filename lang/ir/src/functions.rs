//! Whether a program has anything to compile.

use crate::guard::nested;
use crate::node::{Node, NodeKind, Program};
use crate::walk::children;

impl Program {
    /// Whether a function literal or a struct constructor stands anywhere in the program. One
    /// without is a single expression, which is evaluated faster than compiled.
    pub fn has_functions(&self) -> bool {
        self.forms.iter().any(|form| has_function(&form.node))
    }
}

fn has_function(node: &Node) -> bool {
    if matches!(node.kind, NodeKind::Lambda(_) | NodeKind::DefStruct { .. }) {
        return true;
    }
    let mut found = false;
    nested(|| {
        children(&node.kind, &mut |child| {
            found = found || has_function(child)
        })
    });
    found
}

#[cfg(test)]
mod tests {
    #[track_caller]
    fn check(source: &str, expected: bool) {
        let forms = rtfs_syntax::read(source).forms;
        let program = crate::lower(&forms, &crate::LowerOptions::default()).program;
        assert_eq!(
            program.map(|program| program.has_functions()),
            Some(expected),
            "{source}"
        );
    }

    #[test]
    fn function_literals_count_wherever_they_stand() {
        check("(+ 1 2)", false);
        check("(def x (map inc [1 2]))", false);
        check("(defn f [] 1)", true);
        check("(let [[a] [#(+ % 1)]] (a 1))", true);
        check("(defstruct Point :x :int)", true);
    }
}
