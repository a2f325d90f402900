//! Whether a program has anything to compile, and what it leaves to others.

use crate::guard::nested;
use crate::node::{Declaration, GlobalId, GlobalInfo, Node, NodeKind, Program};
use crate::walk::children;

impl Program {
    /// Whether a function literal or a struct constructor stands anywhere in the program. One
    /// without is a single expression, which is evaluated faster than compiled.
    pub fn has_functions(&self) -> bool {
        self.forms.iter().any(|form| has_function(&form.node))
    }

    /// The functions that the program declares and nothing defines, neither it nor the library: their
    /// calls are answered outside.
    pub fn only_declared(&self) -> impl Iterator<Item = (GlobalId, &GlobalInfo, &Declaration)> {
        (0..).zip(&self.globals).filter_map(|(index, info)| {
            let declared = info.declared.as_ref()?;
            let undefined = info.definitions == 0 && info.fallback.is_none();
            undefined.then_some((GlobalId(index), info, declared))
        })
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
    #[test]
    fn functions_that_nothing_defines_are_only_declared() {
        let source = "(declare here [x]) (declare count [x]) (declare there [x]) (def here inc)
                      (defn mine [x] x)";
        let forms = rtfs_syntax::read(source).forms;
        let program = crate::lower(&forms, &crate::LowerOptions::default()).program;
        let program = program.expect("the program lowers");
        let names: Vec<&str> = program
            .only_declared()
            .map(|(global, info, _)| {
                assert_eq!(&program.globals[global.0 as usize], info);
                info.name.as_str()
            })
            .collect();
        assert_eq!(names, ["there"]);
    }

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
