//! `match`: clauses tried in order.
//!
//! A pattern is tested first and binds afterwards, so a pattern that does not fit has nothing to
//! undo.

use rtfs_ir::{MapPatternEntry, MatchClause, Node, NodeKind, Pattern};
use rtfs_value::layout;
use rtfs_value::types::Type;
use wasm_encoder::{BlockType, Instruction};

use super::asm::{Label, Op};
use super::binding::Checked;
use super::function::{Arm, Dest, FunctionBuilder, Target};
use super::kinds::Kinds;
use super::liveness::{MATCH_GUARD_FAILED, MATCH_PATTERN_FAILED, MATCH_TAKEN, PART};
use super::module::Val;
use super::nested;
use super::shape::{Loc, Local, Operand, Shape};

/// What clauses are tried on. Consumed by the clause that is taken.
#[derive(Clone)]
enum Subject {
    Value(Operand),
    /// The items of a vector literal that no clause binds as a whole, so it is never made. All are
    /// owned or constant.
    Items(Vec<Operand>),
}

impl Subject {
    /// A vector of another length than the pattern's.
    fn never_fits(&self, pattern: &Pattern) -> bool {
        match (self, pattern) {
            (Self::Items(values), Pattern::Sequence { items, rest, .. }) => match rest {
                Some(_) => items.len() > values.len(),
                None => items.len() != values.len(),
            },
            _ => false,
        }
    }
}

impl Subject {
    fn is_taken_apart_by(&self, pattern: &Pattern) -> bool {
        matches!((self, pattern), (Self::Items(_), Pattern::Sequence { .. }))
    }
}

impl<'p> FunctionBuilder<'_, 'p> {
    /// `(match value clauses…)`
    pub(super) fn match_form(
        &mut self,
        id: u32,
        value: &'p Node,
        clauses: &'p [MatchClause],
        dest: Dest,
    ) -> Shape {
        let Some(subject) = self.subject(value, clauses) else {
            return Shape::Never;
        };
        let mut arms: Vec<Arm> = Vec::new();
        let mut starts = Vec::new();
        for (clause, index) in clauses.iter().zip(0u32..) {
            let mut next = self.target();
            let arm = self
                .arm(|this| this.match_clause(id, 3 * index, clause, &subject, &mut next, dest));
            arms.push(arm);
            starts.push(next.label);
            match next.into_state() {
                Some(state) => self.state = state,
                None => return self.chain(arms, &starts),
            }
        }
        arms.push(self.arm(|this| {
            this.discard_subject(&subject);
            this.set_node(id);
            this.call_runtime("rt:raise_match_error", &[], &[Val::I64]);
            this.raise()
        }));
        self.chain(arms, &starts)
    }

    fn subject(&mut self, value: &'p Node, clauses: &[MatchClause]) -> Option<Subject> {
        let items = match &value.kind {
            NodeKind::Vector(items)
                if self.cx.options.opt_level > 0
                    && items.len() <= PART
                    && clauses
                        .iter()
                        .all(|clause| only_takes_apart(&clause.pattern)) =>
            {
                items
            }
            _ => return Some(Subject::Value(self.operand(value)?)),
        };
        let mut operands = self.operands(items.iter())?;
        for operand in &mut operands {
            // Later clauses look at an item even if its variable ends in an earlier one.
            if !operand.owned && operand.loc.as_const().is_none() {
                let shape = self.result(*operand);
                *operand = self.store(shape);
            }
        }
        Some(Subject::Items(operands))
    }

    fn match_clause(
        &mut self,
        id: u32,
        edges: u32,
        clause: &'p MatchClause,
        subject: &Subject,
        next: &mut Target,
        dest: Dest,
    ) -> Shape {
        let mark = self.locals.mark();
        let edge = (id, edges + MATCH_PATTERN_FAILED);
        self.go_on_unless_fits(&clause.pattern, subject, edge, next);
        // Only a guard may still need the items.
        let moves = clause.guard.is_none();
        if !self.state.reachable
            || self
                .take_apart((id, edges + MATCH_TAKEN), &clause.pattern, subject, moves)
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
        if !moves || !subject.is_taken_apart_by(&clause.pattern) {
            self.discard_subject(subject);
        }
        self.expr(&clause.body, dest)
    }

    fn discard_subject(&mut self, subject: &Subject) {
        match subject {
            Subject::Value(value) => self.discard(*value),
            Subject::Items(items) => items.iter().for_each(|item| self.discard(*item)),
        }
    }

    /// Binds what a pattern that fits names. The subject stays, but for what may be moved: its items,
    /// or all of it if it ends where the clause is taken.
    fn take_apart(
        &mut self,
        (id, taken): super::liveness::At,
        pattern: &'p Pattern,
        subject: &Subject,
        moves: bool,
    ) -> Option<()> {
        let borrowed = |value: &Operand| Operand {
            owned: false,
            ..*value
        };
        match (subject, pattern) {
            (Subject::Value(value), _) => {
                let owned = moves.then(|| self.ends((id, taken), value)).flatten();
                let value = owned.unwrap_or_else(|| borrowed(value));
                self.destructure(Checked::Before, id, pattern, value)
            }
            (Subject::Items(values), Pattern::Sequence { items, .. }) => {
                items.iter().zip(values).try_for_each(|(item, value)| {
                    let value = if moves { *value } else { borrowed(value) };
                    self.destructure(Checked::Before, id, item, value)
                })
            }
            (Subject::Items(_), _) => Some(()),
        }
    }

    /// The subject as an operand to consume, if it is one or its variable ends on this edge.
    fn ends(&mut self, edge: super::liveness::At, value: &Operand) -> Option<Operand> {
        let var = value.var.filter(|var| self.state.owns(*var))?;
        if value.owned {
            return Some(*value);
        }
        let slots = self.liveness.drops(edge);
        let ends = |slot: &u32| self.slots.get(*slot as usize) == Some(&Some(var));
        if self.state.is_taken(var) || !slots.iter().any(ends) {
            return None;
        }
        Some(Operand {
            kinds: value.kinds,
            ..self.operand_of(var, true)
        })
    }

    fn go_on_unless_fits(
        &mut self,
        pattern: &'p Pattern,
        subject: &Subject,
        edge: super::liveness::At,
        next: &mut Target,
    ) {
        if always_fits(pattern) {
            return;
        }
        if subject.never_fits(pattern) {
            // The clause is not lowered: nothing would bind its variables.
            self.drop_on_edge(edge);
            return self.br(next);
        }
        let fits = self.label();
        self.block(fits);
        let failed = self.label();
        self.block(failed);
        match subject {
            Subject::Value(value) => self.test_pattern(pattern, value, failed),
            Subject::Items(values) => self.test_items(pattern, values, failed),
        }
        self.op(Op::Br(fits));
        self.end();
        let before = self.state.clone();
        self.drop_on_edge(edge);
        self.br(next);
        self.end();
        self.state = before;
    }

    /// Tests the items of a vector that is not made.
    fn test_items(&mut self, pattern: &'p Pattern, values: &[Operand], failed: Label) {
        let Pattern::Sequence { items, .. } = pattern else {
            return;
        };
        for (item, value) in items.iter().zip(values) {
            self.test_pattern(item, value, failed);
        }
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
        self.state = self.place_before(arm, taken).unwrap_or_default();
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
                    self.test_entry(entry, value, failed);
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
        let mark = self.locals.mark();
        let part = self.borrowed_item(index, value);
        self.test_pattern(item, &part, failed);
        self.locals.release(mark);
    }

    /// An item that exists, without a reference of its own.
    pub(super) fn borrowed_item(&mut self, index: u32, value: &Operand) -> Operand {
        let item = self.locals.temporary(Val::I32);
        self.push_address(value.loc);
        self.i(Instruction::I32Load(Self::mem(layout::SEQ_ITEMS, 2)));
        self.tee(item);
        self.i(Instruction::I32Eqz);
        self.op(Op::If(BlockType::Empty));
        // In trie form.
        self.push_raw(value.loc);
        self.i32(index);
        self.call_runtime("rt:seq_at", &[Val::I32, Val::I64, Val::I32], &[Val::I32]);
        if index > 0 {
            self.i32(index.wrapping_mul(layout::VALUE_SIZE));
            self.i(Instruction::I32Sub);
        }
        self.set(item);
        self.end();
        self.borrowed_value(item, index)
    }

    /// The value number `index` from an address on, borrowed.
    pub(super) fn borrowed_value(&mut self, address: Local, index: u32) -> Operand {
        let (tag, bits) = (
            self.locals.temporary(Val::I32),
            self.locals.temporary(Val::I64),
        );
        let at = index.wrapping_mul(layout::VALUE_SIZE);
        self.get(address);
        self.i(Instruction::I32Load(Self::mem(at + layout::VALUE_TAG, 2)));
        self.set(tag);
        self.get(address);
        self.i(Instruction::I64Load(Self::mem(at + layout::VALUE_BITS, 3)));
        self.set(bits);
        let var = self.unowned_var(Loc::Fat(tag, bits), Kinds::ANY);
        self.operand_of(var, false)
    }

    fn test_entry(&mut self, entry: &'p MapPatternEntry, value: &Operand, failed: Label) {
        let mark = self.locals.mark();
        let key = Loc::Const(self.literal(&entry.key));
        let found = self.locals.temporary(Val::I32);
        self.push_raw(value.loc);
        self.push_raw(key);
        let params = [Val::I32, Val::I64, Val::I32, Val::I64];
        self.call_runtime("rt:map_at", &params, &[Val::I32]);
        self.tee(found);
        self.jump_if_zero(failed);
        if !always_fits(&entry.pattern) {
            let part = self.borrowed_value(found, 0);
            self.test_pattern(&entry.pattern, &part, failed);
        }
        self.locals.release(mark);
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

/// Whether a pattern looks at the items of a vector only, one by one.
fn only_takes_apart(pattern: &Pattern) -> bool {
    match pattern {
        Pattern::Wildcard => true,
        Pattern::Sequence { rest, whole, .. } => {
            whole.is_none() && matches!(rest, None | Some(None))
        }
        _ => false,
    }
}
