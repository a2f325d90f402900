//! The functions that calls of unknown values mostly reach. A program is compiled as a whole, so
//! when few of its functions go around as values, a call compares the callee with each of them and
//! calls it directly, which costs half of a call through the table.

use std::collections::BTreeMap;

use rtfs_ir::{GlobalId, Node, NodeKind, Program};

use super::functions::{Functions, children};
use super::globals::StaticGlobal;
use super::nested;

/// With more functions of one arity than this, calls go through the table.
const MOST: usize = 3;

/// Functions that go around as values, by number of parameters.
#[derive(Debug, Default)]
pub(super) struct Callees {
    by_arity: BTreeMap<usize, Vec<u32>>,
}

impl Callees {
    /// Finds them. Functions that are only called by name or handed to library functions, where
    /// they mostly become loops, do not count.
    pub(super) fn of(
        program: &Program,
        functions: &Functions<'_>,
        statics: &[Option<StaticGlobal<'_>>],
    ) -> Self {
        let mut search = Search {
            functions,
            statics,
            found: Self::default(),
        };
        for form in &program.forms {
            search.value(&form.node);
        }
        search.found
    }

    /// The functions to compare with in a call with so many arguments.
    pub(super) fn with_arity(&self, argc: usize) -> &[u32] {
        match self.by_arity.get(&argc) {
            Some(codes) if codes.len() <= MOST => codes,
            _ => &[],
        }
    }
}

struct Search<'s, 'p> {
    functions: &'s Functions<'p>,
    statics: &'s [Option<StaticGlobal<'p>>],
    found: Callees,
}

impl Search<'_, '_> {
    fn add(&mut self, code: u32) {
        let lambda = self.functions.get(code).lambda;
        let codes = self.found.by_arity.entry(lambda.params.len()).or_default();
        if lambda.rest.is_none() && !codes.contains(&code) {
            codes.push(code);
        }
    }

    fn global(&self, global: GlobalId) -> Option<u32> {
        match self.statics.get(global.0 as usize).copied().flatten()? {
            StaticGlobal::Function(code) => Some(code),
            StaticGlobal::Literal(_) => None,
        }
    }

    /// A node whose value may go anywhere.
    fn value(&mut self, node: &Node) {
        let code = match &node.kind {
            NodeKind::Lambda(_) => self.functions.code(node.id),
            NodeKind::Global(global) => self.global(*global),
            _ => None,
        };
        if let Some(code) = code {
            self.add(code);
        }
        self.inside(node);
    }

    fn inside(&mut self, node: &Node) {
        nested(|| match &node.kind {
            NodeKind::Call { head, args } => {
                self.inside(head);
                let library = matches!(head.kind, NodeKind::Builtin(_));
                for arg in args {
                    if library {
                        self.inside(arg);
                    } else {
                        self.value(arg);
                    }
                }
            }
            NodeKind::Def { init, .. } | NodeKind::LocalDef { init, .. } => self.inside(init),
            NodeKind::Let { bindings, body } => {
                for binding in bindings {
                    self.inside(&binding.init);
                }
                self.value(body);
            }
            kind => children(kind, &mut |child| self.value(child)),
        });
    }
}
