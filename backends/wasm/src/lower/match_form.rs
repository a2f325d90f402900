//! `match`: clauses tried in order.
//!
//! A pattern is tested first and binds afterwards, so a pattern that does not fit has nothing to
//! undo.

use rtfs_ir::{MatchClause, Node, Pattern};
use rtfs_value::types::Type;
use rtfs_value::{layout, tag};
use wasm_encoder::Instruction;

use super::asm::{Label, Op};
use super::binding::Checked;
use super::function::{Arm, Dest, FunctionBuilder, Target};
use super::kinds::Kinds;
use super::liveness::{MATCH_GUARD_FAILED, MATCH_PATTERN_FAILED, MATCH_TAKEN};
use super::module::Val;
use super::nested;
use super::shape::{Loc, Operand, Shape};

impl<'p> FunctionBuilder<'_, 'p> {
    /// `(match value clauses…)`
    pub(super) fn match_form(
        &mut self,
        id: u32,
        value: &'p Node,
        clauses: &'p [MatchClause],
        dest: Dest,
    ) -> Shape {
        let Some(value) = self.operand(value) else {
            return Shape::Never;
        };
        let mut arms: Vec<Arm> = Vec::new();
        let mut starts = Vec::new();
        for (clause, index) in clauses.iter().zip(0u32..) {
            let mut next = self.target();
            let arm =
                self.arm(|this| this.match_clause(id, 3 * index, clause, value, &mut next, dest));
            arms.push(arm);
            starts.push(next.label);
            match next.into_state() {
                Some(state) => self.state = state,
                None => return self.chain(arms, &starts),
            }
        }
        arms.push(self.arm(|this| {
            this.discard(value);
            this.set_node(id);
            this.call_runtime("rt:raise_match_error", &[], &[Val::I64]);
            this.raise()
        }));
        self.chain(arms, &starts)
    }

    fn match_clause(
        &mut self,
        id: u32,
        edges: u32,
        clause: &'p MatchClause,
        value: Operand,
        next: &mut Target,
        dest: Dest,
    ) -> Shape {
        let mark = self.locals.mark();
        self.go_on_unless_fits(
            &clause.pattern,
            &value,
            (id, edges + MATCH_PATTERN_FAILED),
            next,
        );
        let borrowed = Operand {
            owned: false,
            ..value
        };
        if !self.state.reachable
            || self
                .destructure(Checked::Before, id, &clause.pattern, borrowed)
                .is_none()
        {
            return Shape::Never;
        }
        self.locals.release(mark);
        if let Some(guard) = &clause.guard {
            self.go_on_unless(guard, (id, edges + MATCH_GUARD_FAILED), next);
            if !self.state.reachable {
                return Shape::Never;
            }
        }
        self.drop_on_edge((id, edges + MATCH_TAKEN));
        self.discard(value);
        self.expr(&clause.body, dest)
    }

    fn go_on_unless_fits(
        &mut self,
        pattern: &'p Pattern,
        value: &Operand,
        edge: super::liveness::At,
        next: &mut Target,
    ) {
        if always_fits(pattern) {
            return;
        }
        let fits = self.label();
        self.block(fits);
        let failed = self.label();
        self.block(failed);
        self.test_pattern(pattern, value, failed);
        self.op(Op::Br(fits));
        self.end();
        let before = self.state.clone();
        self.drop_on_edge(edge);
        self.br(next);
        self.end();
        self.state = before;
    }

    fn go_on_unless(&mut self, guard: &'p Node, edge: super::liveness::At, next: &mut Target) {
        let mut taken = self.target();
        let arm = self.arm(|this| {
            this.branch(guard, true, &mut taken);
            if this.state.reachable {
                this.drop_on_edge(edge);
                this.br(next);
            }
            Shape::Never
        });
        self.block(taken.label);
        self.extend(arm.ops);
        self.end();
        self.state = taken.into_state().unwrap_or_default();
    }

    /// Jumps to `failed` unless the value fits.
    fn test_pattern(&mut self, pattern: &'p Pattern, value: &Operand, failed: Label) {
        nested(|| match pattern {
            Pattern::Wildcard | Pattern::Var(_) => {}
            Pattern::As(_, inner) => self.test_pattern(inner, value, failed),
            Pattern::Literal(literal) => {
                let literal = Operand::constant(self.literal(literal));
                self.push_equal_to_constant(value, &literal);
                self.jump_if_zero(failed);
            }
            Pattern::Type(ty) => self.test_type(ty, value, failed),
            Pattern::Sequence { items, rest, .. } => {
                self.test_kinds(Kinds::VECTOR.or(Kinds::LIST), value, failed);
                self.push_address(value.loc);
                self.i(Instruction::I32Load(Self::mem(layout::SEQ_LEN, 2)));
                self.i32(u32::try_from(items.len()).unwrap_or(u32::MAX));
                self.i(if rest.is_some() {
                    Instruction::I32GeU
                } else {
                    Instruction::I32Eq
                });
                self.jump_if_zero(failed);
                for (item, index) in items.iter().zip(0u32..) {
                    self.test_item(item, index, value, failed);
                }
            }
            Pattern::Map { entries, .. } => {
                self.test_kinds(Kinds::MAP, value, failed);
                for entry in entries {
                    let key = Loc::Const(self.literal(&entry.key));
                    self.push_raw(value.loc);
                    self.push_raw(key);
                    let params = [Val::I32, Val::I64, Val::I32, Val::I64];
                    self.call_runtime("rt:map_find", &params, &[Val::I64]);
                    self.test_found(&entry.pattern, failed);
                }
            }
        });
    }

    fn jump_if_zero(&mut self, failed: Label) {
        self.i(Instruction::I32Eqz);
        self.op(Op::BrIf(failed));
    }

    fn test_kinds(&mut self, kinds: Kinds, value: &Operand, failed: Label) {
        if self.push_is_of(value, kinds) {
            self.jump_if_zero(failed);
        } else {
            self.op(Op::Br(failed));
        }
    }

    fn test_type(&mut self, ty: &Type, value: &Operand, failed: Label) {
        // As annotations.
        let level = self.cx.options.validation;
        if Kinds::decide_type(ty, level) {
            return self.test_kinds(Kinds::of_type(ty), value, failed);
        }
        self.push_raw(value.loc);
        self.type_descriptor(ty, level);
        let params = [Val::I32, Val::I64, Val::I32, Val::I32];
        self.call_runtime("rt:fits", &params, &[Val::I32]);
        self.jump_if_zero(failed);
    }

    fn test_item(&mut self, item: &'p Pattern, index: u32, value: &Operand, failed: Label) {
        if always_fits(item) {
            return;
        }
        self.push_raw(value.loc);
        self.i32(index);
        self.call_runtime("rt:seq_item", &[Val::I32, Val::I64, Val::I32], &[Val::I64]);
        let mark = self.locals.mark();
        let part = self.runtime_value(Kinds::ANY);
        self.test_part(item, part, failed);
        self.locals.release(mark);
    }

    /// The payload that `rt:map_find` gave is on the stack.
    fn test_found(&mut self, pattern: &'p Pattern, failed: Label) {
        let mark = self.locals.mark();
        let part = self.runtime_value(Kinds::ANY);
        let Loc::Fat(tag, _) = part.loc else { return };
        self.get(tag);
        self.i32(tag::UNSET);
        self.i(Instruction::I32Eq);
        self.op(Op::BrIf(failed));
        self.test_part(pattern, part, failed);
        self.locals.release(mark);
    }

    /// Tests an extracted part and drops it whatever comes out.
    fn test_part(&mut self, pattern: &'p Pattern, part: Operand, failed: Label) {
        if always_fits(pattern) {
            return self.discard(part);
        }
        let (part_failed, fits) = (self.label(), self.label());
        self.block(fits);
        self.block(part_failed);
        self.test_pattern(pattern, &part, part_failed);
        let before = self.state.clone();
        self.discard(part);
        self.op(Op::Br(fits));
        self.end();
        self.state = before;
        self.discard(part);
        self.op(Op::Br(failed));
        self.end();
    }
}

/// Whether a pattern fits every value.
fn always_fits(pattern: &Pattern) -> bool {
    match pattern {
        Pattern::Wildcard | Pattern::Var(_) => true,
        Pattern::As(_, inner) => always_fits(inner),
        _ => false,
    }
}
