//! Which top-level functions are fixed: calls to them need no lookup at run time.

use std::collections::BTreeSet;

use crate::node::{NodeKind, Program, TopForm};
use crate::references::{definitions, references};

/// For each global, whether every reference to it that can be evaluated gives the same function
/// without captures.
///
/// Such a global is defined exactly once, by a top-level form that is a function literal, and no
/// code that runs before that form can reach it.
pub fn static_functions(program: &Program) -> Vec<bool> {
    let definitions = definitions(program);
    let mut fixed: Vec<bool> = (0..program.globals.len())
        .map(|global| {
            program.globals[global].definitions == 1
                && matches!(definitions[global].as_slice(), [form] if is_function(form, global))
        })
        .collect();
    let mut reachable = Reachable {
        program,
        definitions: &definitions,
        globals: BTreeSet::new(),
    };
    let mut defined = BTreeSet::new();
    for form in &program.forms {
        if !form.node.is_inert() {
            let before = reachable.globals.len();
            reachable.add(form);
            if reachable.globals.len() > before {
                for global in &reachable.globals {
                    fixed[*global] &= defined.contains(global);
                }
            }
        }
        if let NodeKind::Def { global, .. } = &form.node.kind {
            defined.insert(global.0 as usize);
        }
    }
    fixed
}

/// A definition whose value is one function for the whole run.
fn is_function(form: &TopForm, global: usize) -> bool {
    match &form.node.kind {
        NodeKind::Def {
            global: defined,
            annotation: None,
            init,
        } => {
            defined.0 as usize == global
                && matches!(&init.kind, NodeKind::Lambda(lambda) if lambda.captures.is_empty())
        }
        _ => false,
    }
}

/// The globals that code run so far can have read.
struct Reachable<'p> {
    program: &'p Program,
    definitions: &'p [Vec<&'p TopForm>],
    globals: BTreeSet<usize>,
}

impl Reachable<'_> {
    fn add(&mut self, form: &TopForm) {
        // What a definition stores is read only through references to its global.
        let own = match &form.node.kind {
            NodeKind::Def { global, .. } if !form.node.reads(*global) => Some(global.0 as usize),
            _ => None,
        };
        let mut todo = references(&[form]);
        todo.retain(|global| Some(*global) != own);
        while let Some(global) = todo.pop() {
            if !self.globals.insert(global) {
                continue;
            }
            let info = &self.program.globals[global];
            if info.definitions == 0 && info.declared.is_none() {
                // A definition of an earlier program may read anything by its name.
                self.globals.extend(0..self.program.globals.len());
                return;
            }
            todo.extend(references(&self.definitions[global]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::static_functions;

    #[track_caller]
    fn check(source: &str, expect: &str) {
        let forms = rtfs_syntax::read(source).forms;
        let program = crate::lower(&forms, &Default::default())
            .program
            .expect("lowers");
        let fixed = static_functions(&program);
        let names = program
            .globals
            .iter()
            .zip(fixed)
            .filter(|(_, fixed)| *fixed);
        let names: Vec<&str> = names.map(|(global, _)| global.name.as_str()).collect();
        assert_eq!(names.join(" "), expect, "{source}");
    }

    #[test]
    fn functions_defined_once_are_static() {
        check("(defn f [] (g)) (defn g [] (f)) (f)", "f g");
        check(
            "(def k 1) (def v [1 {:a 2}]) (declare f []) (defn f [] k) (f)",
            "f",
        );
        check("(module m (:exports [f]) (defn f [] 1))", "f");
    }

    #[test]
    fn values_and_redefined_or_conditional_functions_are_not() {
        check("(def f inc)", "");
        check("(defn f [] 1) (defn f [] 2)", "");
        check("(if true (defn f [] 1))", "");
        check("(let [x 1] x (def y 2)) (def f:int (fn [] 1))", "");
        check("(for [i [1]] (def f (fn [] i)))", "");
    }

    #[test]
    fn functions_that_code_before_them_can_reach_are_not() {
        check("(defn f [] (g)) (f) (defn g [] 1)", "f");
        check("(+ 1 2) (defn f [] 1) (f) (defn g [] (f))", "f g");
        check(
            "(def t (map (fn [x] (g x)) [1])) (defn g [x] x) (defn h [x] t)",
            "h",
        );
        check("(def k (h)) (defn f [] k) (defn h [] (f))", "");
    }
}
