//! Sequences against `Vec`: many handles that share objects, changed in random order.

use crate::data::Dice;
use proptest::prelude::*;
use rtfs_value::{Seq, Value, mem};

#[derive(Clone, Debug)]
enum Op {
    Push(i64),
    PushFront(i64),
    Pop,
    PopFront,
    Set(usize, i64),
    Keep(usize, usize),
    Extend(usize),
    Share,
    Forget,
    Mutate(usize),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => any::<i64>().prop_map(Op::Push),
        3 => any::<i64>().prop_map(Op::PushFront),
        3 => Just(Op::Pop),
        4 => Just(Op::PopFront),
        4 => (any::<usize>(), any::<i64>()).prop_map(|(i, x)| Op::Set(i, x)),
        2 => (any::<usize>(), any::<usize>()).prop_map(|(a, b)| Op::Keep(a, b)),
        2 => (0..200usize).prop_map(Op::Extend),
        4 => Just(Op::Share),
        2 => Just(Op::Forget),
        1 => any::<usize>().prop_map(Op::Mutate),
    ]
}

/// A value that counts: a leaked or doubly dropped item shows in the memory balance.
fn item(x: i64) -> Value {
    if x % 2 == 0 {
        Value::vector([Value::int(x)])
    } else {
        Value::int(x)
    }
}

fn apply(op: &Op, at: usize, all: &mut Vec<(Seq, Vec<Value>)>) {
    let (seq, model) = &mut all[at];
    match op {
        Op::Push(x) => {
            seq.push(item(*x));
            model.push(item(*x));
        }
        Op::PushFront(x) => {
            seq.push_front(item(*x));
            model.insert(0, item(*x));
        }
        Op::Pop => assert_eq!(seq.pop(), model.pop()),
        Op::PopFront => {
            let expect = (!model.is_empty()).then(|| model.remove(0));
            assert_eq!(seq.pop_front(), expect);
        }
        Op::Set(i, x) => {
            let i = i % (model.len() + 1);
            assert_eq!(seq.set(i, item(*x)), i < model.len());
            if i < model.len() {
                model[i] = item(*x);
            }
        }
        Op::Keep(a, b) => {
            // Mostly small cuts, so that sequences stay long.
            let n = model.len();
            let start = (a % 5).min(n);
            let end = n - (b % 5).min(n - start);
            seq.keep(start, end);
            *model = model[start..end].to_vec();
        }
        Op::Extend(n) => {
            for x in 0..*n as i64 {
                seq.push(item(x));
                model.push(item(x));
            }
        }
        Op::Share => {
            let copy = (seq.clone(), model.clone());
            all.push(copy);
        }
        Op::Forget => {
            if all.len() > 1 {
                all.swap_remove(at);
            }
        }
        Op::Mutate(i) => {
            let i = i % (model.len() + 1);
            if let Some(slot) = seq.get_mut(i) {
                *slot = Value::NIL;
                model[i] = Value::NIL;
            }
        }
    }
}

#[track_caller]
fn check(seq: &Seq, model: &[Value]) {
    assert_eq!(seq.len(), model.len());
    assert!(seq.iter().eq(model.iter()), "items in order");
    assert!(seq.iter().rev().eq(model.iter().rev()), "items in reverse");
    for i in [
        0,
        1,
        31,
        32,
        33,
        64,
        model.len().wrapping_sub(1),
        model.len(),
    ] {
        assert_eq!(seq.get(i), model.get(i));
    }
}

proptest! {
    #![proptest_config(crate::data::cases(200))]

    #[test]
    fn sequences_behave_like_vectors_and_keep_old_versions(
        ops in prop::collection::vec((any::<prop::sample::Index>(), op()), 0..150),
    ) {
        let start = mem::used();
        {
            let mut all = vec![(Seq::new(), Vec::new())];
            for (at, op) in &ops {
                let at = at.index(all.len());
                apply(op, at, &mut all);
            }
            for (seq, model) in &all {
                check(seq, model);
            }
            let (seq, model) = all.swap_remove(0);
            prop_assert_eq!(seq.into_vec(), model);
        }
        prop_assert_eq!(mem::used(), start);
    }

    #[test]
    fn parts_of_parts_are_parts(
        n in 0..300usize,
        cuts in prop::collection::vec((0..40usize, 0..40usize), 0..8),
        trie in any::<bool>(),
    ) {
        let mut whole: Seq = (0..n as i64).map(Value::int).collect();
        if trie {
            let other = whole.clone();
            whole.push(Value::NIL);
            whole.pop();
            drop(other);
        }
        let mut model: Vec<Value> = (0..n as i64).map(Value::int).collect();
        for (front, back) in cuts {
            let end = model.len().saturating_sub(back);
            whole = whole.slice(front, end);
            model = model.get(front.min(end)..end).unwrap_or_default().to_vec();
            prop_assert_eq!(whole.len(), model.len());
        }
        check(&whole, &model);
        prop_assert!(whole.into_iter().eq(model));
    }
}

#[test]
fn a_walk_over_all_forms() {
    let start = mem::used();
    for seed in 0..if cfg!(miri) { 3 } else { 200 } {
        let mut dice = Dice(seed);
        let mut all = vec![(Seq::new(), Vec::new())];
        for _ in 0..60 {
            let at = dice.roll(all.len());
            let op = match dice.roll(10) {
                0 => Op::Push(dice.roll(9) as i64),
                1 => Op::PushFront(dice.roll(9) as i64),
                2 => Op::Pop,
                3 => Op::PopFront,
                4 => Op::Set(dice.roll(1000), 2),
                5 => Op::Keep(dice.roll(50), dice.roll(50)),
                6 => Op::Extend(dice.roll(70)),
                7 => Op::Forget,
                8 => Op::Mutate(dice.roll(1000)),
                _ => Op::Share,
            };
            apply(&op, at, &mut all);
        }
        for (seq, model) in &all {
            check(seq, model);
        }
    }
    assert_eq!(mem::used(), start);
}

#[test]
fn both_ends_of_a_list_grow_in_place() {
    let mut seq = Seq::new();
    for i in 0..1000 {
        seq.push(Value::int(i));
        seq.push_front(Value::int(-i));
    }
    assert_eq!(seq.len(), 2000);
    assert_eq!(seq.first().and_then(Value::as_int), Some(-999));
    assert_eq!(seq.last().and_then(Value::as_int), Some(999));
}

#[test]
fn a_queue_does_not_grow() {
    for shared in [false, true] {
        let mut queue: Seq = (0..200).map(Value::int).collect();
        let keep = shared.then(|| queue.clone());
        queue.push(Value::NIL);
        drop(keep);
        for i in 0..if cfg!(miri) { 300 } else { 100_000 } {
            queue.push(Value::int(i));
            queue.pop_front();
        }
        assert_eq!(queue.len(), 201);
        assert!(mem::used() < 100_000, "{} bytes for 201 items", mem::used());
    }
}

#[test]
fn a_taken_item_is_unshared() {
    let mut outer = Seq::vector([Value::vector([Value::int(1)])]);
    let slot = outer.get_mut(0).expect("one item");
    let mut inner = slot.take();
    assert!(inner.is_unshared());
    inner.as_seq_mut().expect("a vector").push(Value::int(2));
    outer.set(0, inner);
    assert_eq!(rtfs_value::readable(outer.as_value()), "[[1 2]]");
}
