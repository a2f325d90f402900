//! Binding and match patterns.
//!
//! A pattern takes its value apart in a slot, never on the operand stack: a refuted `match`
//! pattern then has nothing to clean up.

use rtfs_ir::{MapPatternEntry, Pattern, Slot};

use super::{At, Compiler, Label, Plan};
use crate::code::Op;
use crate::load::LoadError;

/// The value that a pattern takes apart.
#[derive(Clone, Copy)]
struct Source {
    slot: u32,
    refuted: Option<Label>,
    at: At,
}

impl<'p> Compiler<'_, '_, 'p> {
    /// Binds the top to a pattern that always fits or raises.
    pub(super) fn bind(&mut self, pattern: &'p Pattern, at: At) -> Result<(), LoadError> {
        let mut plan = Plan::default();
        self.receive(&mut plan, pattern, None, at)?;
        self.schedule(plan);
        Ok(())
    }

    /// Pops a part into its pattern.
    fn receive(
        &mut self,
        plan: &mut Plan<'p>,
        pattern: &'p Pattern,
        refuted: Option<Label>,
        at: At,
    ) -> Result<(), LoadError> {
        match pattern {
            Pattern::Wildcard => plan.op(Op::Pop, at),
            Pattern::Var(slot) => plan.op(self.store(*slot)?, at),
            _ => {
                let slot = self.temps(at, 1);
                plan.op(Op::Store(slot), at);
                plan.unpack(pattern, slot, refuted, at.with_temps(1));
            }
        }
        Ok(())
    }

    pub(super) fn unpack(
        &mut self,
        pattern: &'p Pattern,
        slot: u32,
        refuted: Option<Label>,
        at: At,
    ) -> Result<(), LoadError> {
        let source = Source { slot, refuted, at };
        let mut plan = Plan::default();
        match pattern {
            Pattern::Wildcard => {}
            Pattern::Var(variable) => self.copy(&mut plan, source, Some(*variable))?,
            Pattern::Literal(literal) => {
                let constant = self.constant(literal.value());
                let otherwise = self.refuted(source)?;
                plan.op(
                    Op::TestEqual {
                        slot,
                        constant,
                        otherwise,
                    },
                    at,
                );
            }
            Pattern::Type(ty) => {
                let check = self.check(ty, String::new());
                let otherwise = self.refuted(source)?;
                plan.op(
                    Op::TestType {
                        slot,
                        check,
                        otherwise,
                    },
                    at,
                );
            }
            Pattern::As(variable, inner) => {
                self.copy(&mut plan, source, Some(*variable))?;
                plan.unpack(inner, slot, refuted, at);
            }
            Pattern::Sequence { items, rest, whole } => {
                self.expect_sequence(&mut plan, source, items.len() as u32, rest.is_some());
                for (index, item) in (0..).zip(items) {
                    if !matches!(item, Pattern::Wildcard) {
                        plan.op(Op::Item { slot, index }, at);
                        self.receive(&mut plan, item, refuted, at)?;
                    }
                }
                if let Some(Some(rest)) = rest {
                    plan.op(
                        Op::ItemsFrom {
                            slot,
                            start: items.len() as u32,
                        },
                        at,
                    );
                    plan.op(self.store(*rest)?, at);
                }
                self.copy(&mut plan, source, *whole)?;
            }
            Pattern::Map {
                entries,
                rest,
                whole,
            } => {
                self.unpack_map(&mut plan, source, entries, *rest)?;
                self.copy(&mut plan, source, *whole)?;
            }
        }
        self.schedule(plan);
        Ok(())
    }

    /// Binds the whole value to a variable.
    fn copy(
        &mut self,
        plan: &mut Plan<'p>,
        source: Source,
        variable: Option<Slot>,
    ) -> Result<(), LoadError> {
        if let Some(variable) = variable {
            plan.op(Op::Local(source.slot), source.at);
            plan.op(self.store(variable)?, source.at);
        }
        Ok(())
    }

    fn refuted(&self, source: Source) -> Result<u32, LoadError> {
        source
            .refuted
            .map(Label::target)
            .ok_or(LoadError::RefutableBinding)
    }

    fn expect_sequence(&mut self, plan: &mut Plan<'p>, source: Source, count: u32, more: bool) {
        let slot = source.slot;
        let otherwise = source.refuted.map(Label::target);
        let op = match (otherwise, more) {
            (None, false) => Op::ExpectExact { slot, count },
            (None, true) => Op::ExpectAtLeast { slot, count },
            (Some(otherwise), false) => Op::TestExact {
                slot,
                count,
                otherwise,
            },
            (Some(otherwise), true) => Op::TestAtLeast {
                slot,
                count,
                otherwise,
            },
        };
        plan.op(op, source.at);
    }

    fn unpack_map(
        &mut self,
        plan: &mut Plan<'p>,
        source: Source,
        entries: &'p [MapPatternEntry],
        rest: Option<Option<Slot>>,
    ) -> Result<(), LoadError> {
        let (slot, at) = (source.slot, source.at);
        plan.op(
            match source.refuted {
                None => Op::ExpectMap(slot),
                Some(label) => Op::TestMap {
                    slot,
                    otherwise: label.target(),
                },
            },
            at,
        );
        for entry in entries {
            self.unpack_entry(plan, source, entry)?;
        }
        if let Some(Some(rest)) = rest {
            let keys = self.key_row(entries.iter().map(|entry| &entry.key));
            plan.op(Op::Without { slot, keys }, at);
            plan.op(self.store(rest)?, at);
        }
        Ok(())
    }

    fn unpack_entry(
        &mut self,
        plan: &mut Plan<'p>,
        source: Source,
        entry: &'p MapPatternEntry,
    ) -> Result<(), LoadError> {
        let (slot, at) = (source.slot, source.at);
        let key = self.constant(entry.key.value());
        match (&entry.default, source.refuted) {
            (Some(default), _) => {
                let (missing, found) = (self.new_label(), self.new_label());
                plan.op(
                    Op::FieldOr {
                        slot,
                        key,
                        otherwise: missing.target(),
                    },
                    at,
                );
                plan.op(Op::Jump(found.target()), at);
                plan.label(missing);
                plan.node(default, at);
                plan.label(found);
            }
            (None, Some(label)) => {
                plan.op(
                    Op::FieldOr {
                        slot,
                        key,
                        otherwise: label.target(),
                    },
                    at,
                );
            }
            (None, None) => plan.op(Op::Field { slot, key }, at),
        }
        self.receive(plan, &entry.pattern, source.refuted, at)
    }
}
