//! Which reads of a slot are the last ones.
//!
//! The last read moves the value out of its slot ([`Op::Take`]) instead of sharing it, so that a
//! library function which gets it finds it unshared and updates it in place: building a vector by
//! `conj` in a loop takes linear time.
//!
//! One pass from the end to the start. Jumps lead forward, where the answer is known already; the
//! only backward jumps close loops, for which everything the loop reads counts as needed.

use std::collections::BTreeMap;

use rtfs_ir::Place;

use crate::arith::Source;
use crate::code::{Code, Op};

/// Words of saved sets beyond which the pass is left out: it would take too long.
const MAX_SAVED_WORDS: usize = 1 << 22;

/// Turns the last reads of slots into moves.
pub(crate) fn move_last_reads(code: &mut Code) {
    let jumps = code.ops.iter_mut().filter_map(Op::target_mut).count();
    if jumps * Slots::words(code.slots) > MAX_SAVED_WORDS {
        return;
    }
    let ranges = protected_ranges(&code.ops);
    let mut pass = Pass {
        live: Slots::new(code.slots),
        saved: targets(&code.ops, code.slots),
        handlers: Vec::new(),
    };
    for pc in (0..code.ops.len()).rev() {
        pass.instruction(code, pc, &ranges);
    }
}

struct Pass {
    /// Slots whose value is needed after the instruction at hand, then before it.
    live: Slots,
    /// What is needed at the targets of jumps.
    saved: BTreeMap<u32, Slots>,
    /// Targets of the handlers around the instruction.
    handlers: Vec<u32>,
}

impl Pass {
    fn instruction(&mut self, code: &mut Code, pc: usize, ranges: &BTreeMap<usize, u32>) {
        let op = code.ops[pc];
        self.successors(code, pc, op);
        match op {
            Op::PopHandler => self.handlers.extend(ranges.get(&pc)),
            Op::PushHandler(_) => {
                self.handlers.pop();
            }
            _ => {}
        }
        writes(op, |slot| self.live.remove(slot));
        self.protect();
        if let Op::Local(slot) = op
            && !self.live.contains(slot)
        {
            code.ops[pc] = Op::Take(slot);
        }
        reads(code, op, |slot| self.live.insert(slot));
        if let Some(saved) = self.saved.get_mut(&(pc as u32)) {
            saved.clone_from(&self.live);
        }
    }

    /// What is needed after the instruction.
    fn successors(&mut self, code: &Code, pc: usize, mut op: Op) {
        let falls_through = !matches!(
            op,
            Op::Return | Op::Jump(_) | Op::Rethrow | Op::NoMatch | Op::Raise(_)
        );
        match op.target_mut().copied() {
            Some(target) if target as usize <= pc => {
                for op in &code.ops[target as usize..=pc] {
                    reads(code, *op, |slot| self.live.insert(slot));
                }
            }
            Some(target) => {
                if !falls_through {
                    self.live.clear();
                }
                self.live.union(self.saved.get(&target));
            }
            None if !falls_through => self.live.clear(),
            None => {}
        }
    }

    /// Whatever the instruction does, it may raise and continue at the innermost handler. What the
    /// handlers around that one need is needed there already: it may raise, too.
    fn protect(&mut self) {
        if let Some(target) = self.handlers.last() {
            self.live.union(self.saved.get(target));
        }
    }
}

/// The handler target of the protected range that each `PopHandler` ends. Ranges nest.
fn protected_ranges(ops: &[Op]) -> BTreeMap<usize, u32> {
    let mut open = Vec::new();
    let mut ranges = BTreeMap::new();
    for (pc, op) in ops.iter().enumerate() {
        match op {
            Op::PushHandler(target) => open.push(*target),
            Op::PopHandler => ranges.extend(open.pop().map(|target| (pc, target))),
            _ => {}
        }
    }
    ranges
}

fn targets(ops: &[Op], slots: u32) -> BTreeMap<u32, Slots> {
    let targets = ops.iter().filter_map(|op| {
        let mut op = *op;
        op.target_mut().copied()
    });
    targets.map(|target| (target, Slots::new(slots))).collect()
}

/// The slots an instruction overwrites without reading them.
fn writes(op: Op, mut each: impl FnMut(u32)) {
    match op {
        Op::Store(slot) | Op::NewCell(slot) => each(slot),
        Op::ForItems(slot) | Op::Count(slot) => {
            each(slot);
            each(slot + 1);
        }
        _ => {}
    }
}

/// The slots an instruction reads.
fn reads(code: &Code, op: Op, mut each: impl FnMut(u32)) {
    match op {
        Op::Local(slot)
        | Op::Take(slot)
        | Op::StoreCell(slot)
        | Op::Enclose(slot)
        | Op::Append(slot)
        | Op::CheckSlot { slot, .. }
        | Op::CheckRest { slot, .. }
        | Op::ExpectExact { slot, .. }
        | Op::ExpectAtLeast { slot, .. }
        | Op::ExpectMap(slot)
        | Op::Item { slot, .. }
        | Op::ItemsFrom { slot, .. }
        | Op::Field { slot, .. }
        | Op::FieldOr { slot, .. }
        | Op::Without { slot, .. }
        | Op::TestExact { slot, .. }
        | Op::TestAtLeast { slot, .. }
        | Op::TestMap { slot, .. }
        | Op::TestEqual { slot, .. }
        | Op::TestType { slot, .. } => each(slot),
        Op::Arith { left, right, .. } | Op::Branch { left, right, .. } => {
            for operand in [left, right] {
                if let Source::Local(slot) = operand.source() {
                    each(slot);
                }
            }
        }
        Op::ForNext { slot, .. } | Op::CountNext { slot, .. } => {
            each(slot);
            each(slot + 1);
        }
        Op::Closure(template) => {
            let captures = code
                .templates
                .get(template as usize)
                .map(|template| &template.captures);
            for place in captures.into_iter().flatten() {
                if let Place::Slot(slot) = place {
                    each(slot.0);
                }
            }
        }
        Op::ModelCall(_) => (0..code.params + u32::from(code.variadic)).for_each(each),
        _ => {}
    }
}

/// A set of slots.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Slots(Vec<u64>);

impl Slots {
    fn words(slots: u32) -> usize {
        (slots as usize).div_ceil(64)
    }

    fn new(slots: u32) -> Self {
        Slots(vec![0; Slots::words(slots)])
    }

    fn insert(&mut self, slot: u32) {
        self.0[slot as usize / 64] |= 1 << (slot % 64);
    }

    fn remove(&mut self, slot: u32) {
        self.0[slot as usize / 64] &= !(1 << (slot % 64));
    }

    fn contains(&self, slot: u32) -> bool {
        self.0[slot as usize / 64] & (1 << (slot % 64)) != 0
    }

    fn clear(&mut self) {
        self.0.fill(0);
    }

    fn union(&mut self, other: Option<&Slots>) {
        for (word, more) in self
            .0
            .iter_mut()
            .zip(other.into_iter().flat_map(|other| &other.0))
        {
            *word |= more;
        }
    }
}

#[cfg(test)]
#[allow(
    clippy::disallowed_methods,
    reason = "a test measures with the system's clock"
)]
mod tests {
    use super::*;
    use crate::Environment;

    /// The reads of slots in the first function of a program, moves in brackets.
    #[track_caller]
    fn check(source: &str, expect: &str) {
        let forms = rtfs_syntax::read(source).forms;
        let program = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default()).program;
        let mut environment = Environment::new();
        environment
            .load(&program.expect("well formed"))
            .expect("well formed");
        let reads = environment.functions[0]
            .ops
            .iter()
            .filter_map(|op| match op {
                Op::Local(slot) => Some(slot.to_string()),
                Op::Take(slot) => Some(format!("[{slot}]")),
                _ => None,
            });
        assert_eq!(reads.collect::<Vec<_>>().join(" "), expect, "{source}");
    }

    #[test]
    fn handlers_take_as_long_nested_as_in_a_row() {
        let time = |body: &str| {
            let forms = rtfs_syntax::read(&format!("(fn [x] [{body}])")).forms;
            let program = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default()).program;
            let program = program.expect("well formed");
            let rounds = (0..5).map(|_| {
                let start = std::time::Instant::now();
                Environment::new().load(&program).expect("well formed");
                start.elapsed()
            });
            rounds.min().expect("some rounds")
        };
        let flat = time(&"(try x (catch e x)) ".repeat(900));
        let nested = time(&format!(
            "{}x{}",
            "(try ".repeat(900),
            " (catch e x))".repeat(900)
        ));
        // Looking at every handler around every instruction takes a hundred times as long.
        assert!(nested < flat * 20, "{nested:?}, in a row {flat:?}");
    }

    #[test]
    fn the_last_read_moves() {
        check("(fn [x] x)", "[0]");
        check("(fn [x y] [x y x])", "0 [1] [0]");
        check("(fn [x] (let [y x] [y y]))", "[0] 1 [1]");
    }

    #[test]
    fn each_branch_has_its_own_last_read() {
        check("(fn [x] (if x x 1))", "0 [0]");
        check("(fn [x y] (if x [y y] y))", "[0] 1 [1] [1]");
        check("(fn [x y] [(if x y 1) y])", "[0] 1 [1]");
        check("(fn [x] (and x x x))", "0 0 [0]");
    }

    #[test]
    fn what_a_handler_needs_stays() {
        check("(fn [x y] (try [x y] (catch e x)))", "0 [1] [0]");
        check(
            "(fn [x y] (try [x y] (catch e 1) (finally [y y])))",
            "[0] 1 1 [1]",
        );
        check(
            "(fn [x y] (try (try [y] (catch e x)) (catch e y)))",
            "1 [0] [1]",
        );
        check(
            "(fn [x y] (try (try (try y (catch :a e 1)) (catch :b e 2)) (catch e [x y y])))",
            "1 [0] 1 [1]",
        );
    }

    #[test]
    fn what_a_loop_needs_again_stays() {
        check("(fn [x] (for [a [1 2]] x))", "0 [2]");
        check("(fn [x] [(dotimes [i 3] [x i]) x])", "0 1 [0]");
        check(
            "(fn [x n] (do (dotimes [i n] 1) (dotimes [i 2] x)))",
            "[1] 0",
        );
    }

    #[test]
    fn captured_values_are_reads() {
        check("(fn [x] [(fn [] x) x])", "[0]");
        check("(fn [x] [x (fn [] x)])", "0");
    }

    #[test]
    fn a_clause_that_may_not_be_taken_keeps_the_value() {
        // v, then a, the value again for the second clause, then b.
        check("(fn [v] (match v [a] a b b))", "[0] [1] [3] [2]");
    }
}
