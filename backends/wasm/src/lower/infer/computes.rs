//! Which parameters functions compute with, so that versions for numbers are worth lowering.

use rtfs_ir::{Node, NodeKind, Place};
use rtfs_value::library;

use super::super::builtin_kinds::accepted_kinds;
use super::super::functions::children;
use super::super::kinds::Kinds;
use super::super::nested;
use super::Inference;

impl Inference<'_, '_> {
    pub(super) fn describe_functions(&mut self) {
        // In the place of number 0.
        self.found.computes_with.push(Vec::new());
        self.found.recursive.push(false);
        for code in self.functions.codes() {
            let lambda = self.functions.get(code).lambda;
            let mut computes_with = vec![false; lambda.params.len()];
            let mut recursive = false;
            self.describe(&lambda.body, code, &mut computes_with, &mut recursive);
            self.found.computes_with.push(computes_with);
            self.found.recursive.push(recursive);
        }
        self.compute_through_calls();
    }

    /// What a function hands on to one that computes with it counts, too.
    fn compute_through_calls(&mut self) {
        let mut changed = true;
        while std::mem::take(&mut changed) {
            for code in self.functions.codes() {
                let lambda = self.functions.get(code).lambda;
                let mut computes_with = self.found.computes_with[code as usize].clone();
                self.hand_on(&lambda.body, &mut computes_with);
                let known = &mut self.found.computes_with[code as usize];
                if *known != computes_with {
                    *known = computes_with;
                    changed = true;
                }
            }
        }
    }

    fn hand_on(&self, node: &Node, computes_with: &mut [bool]) {
        nested(|| {
            if let NodeKind::Call { head, args } = &node.kind
                && let Some(callee) = self.callee(head)
            {
                let computed = &self.found.computes_with[callee as usize];
                for (arg, _) in args.iter().zip(computed).filter(|(_, computed)| **computed) {
                    if let NodeKind::Var(Place::Slot(slot)) = arg.kind
                        && let Some(computes) = computes_with.get_mut(slot.0 as usize)
                    {
                        *computes = true;
                    }
                }
            }
            if !matches!(node.kind, NodeKind::Lambda(_)) {
                children(&node.kind, &mut |child| self.hand_on(child, computes_with));
            }
        });
    }

    fn describe(&self, node: &Node, code: u32, computes_with: &mut [bool], recursive: &mut bool) {
        nested(|| {
            if let NodeKind::Call { head, args } = &node.kind {
                *recursive |= self.callee(head) == Some(code);
                if let NodeKind::Builtin(id) = head.kind
                    && accepted_kinds(library::get(id).name, 0, &[Kinds::INT; 2])
                        .is_within(Kinds::NUMBER)
                {
                    for arg in args {
                        if let NodeKind::Var(Place::Slot(slot)) = arg.kind
                            && let Some(computes) = computes_with.get_mut(slot.0 as usize)
                        {
                            *computes = true;
                        }
                    }
                }
            }
            if !matches!(node.kind, NodeKind::Lambda(_)) {
                children(&node.kind, &mut |child| {
                    self.describe(child, code, computes_with, recursive);
                });
            }
        });
    }
}
