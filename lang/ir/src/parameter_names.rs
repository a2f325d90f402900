//! The names of exported functions' parameters, which the canonical encoding leaves out where no
//! message shows them.
//!
//! They are no part of a program's meaning, but people who look at a component want to see them.
//! Whoever sends a program to a backend in its encoding sends them along.

use crate::node::{GlobalId, Lambda, NodeKind, Program};

impl Program {
    /// For each export, in order, the names of its parameters, that of the rest parameter last.
    /// Empty for exports that are no functions.
    ///
    /// ```
    /// let forms = rtfs_syntax::read("(defn scale [x by:int & more:int] (* x by))").forms;
    /// let program = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default()).program.unwrap();
    /// let names = program.parameter_names();
    /// assert_eq!(names, [["x", "by", "more"]]);
    ///
    /// let mut decoded = rtfs_ir::Program::decode(&program.encode()).unwrap();
    /// assert_eq!(decoded.parameter_names(), [["", "by", ""]]);
    /// decoded.set_parameter_names(&names);
    /// assert_eq!(decoded.parameter_names(), names);
    /// ```
    pub fn parameter_names(&self) -> Vec<Vec<String>> {
        let names = |global: GlobalId| {
            let Some(lambda) = self.function(global) else {
                return Vec::new();
            };
            let params = lambda.params.iter().map(|param| param.name.clone());
            params
                .chain(lambda.rest.iter().map(|rest| rest.name.clone()))
                .collect()
        };
        self.exports().into_iter().map(names).collect()
    }

    /// Gives the parameters of exports the names that [`Program::parameter_names`] gave. Names of
    /// annotated fixed parameters are part of the program and stay; rows and names that are missing
    /// leave parameters as they are.
    pub fn set_parameter_names(&mut self, names: &[Vec<String>]) {
        for (global, names) in self.exports().into_iter().zip(names) {
            if let Some(lambda) = self.last_definition(global) {
                set_names(lambda, names);
            }
        }
    }

    fn last_definition(&mut self, wanted: GlobalId) -> Option<&mut Lambda> {
        let forms = self.forms.iter_mut().rev();
        let definition = forms
            .filter_map(|form| match &mut form.node.kind {
                NodeKind::Def { global, init, .. } if *global == wanted => Some(init),
                _ => None,
            })
            .next()?;
        match &mut definition.kind {
            NodeKind::Lambda(lambda) => Some(lambda),
            _ => None,
        }
    }
}

fn set_names(lambda: &mut Lambda, names: &[String]) {
    let params = lambda.params.iter_mut();
    let params = params.map(|param| (&mut param.name, param.annotation.is_none()));
    let rest = lambda.rest.iter_mut();
    // No encoding keeps a rest parameter's name.
    let rest = rest.map(|rest| (&mut rest.name, true));
    for ((name, is_free), new) in params.chain(rest).zip(names) {
        if is_free {
            new.clone_into(name);
        }
    }
}
