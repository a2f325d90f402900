//! Maps against an ordered list of pairs: many handles that share objects.

use crate::data::Dice;
use proptest::prelude::*;
use rtfs_value::{Map, Value, mem, readable};

#[derive(Clone, Debug)]
enum Op {
    Assoc(u16, i64),
    Dissoc(u16),
    Mutate(u16, i64),
    Extend(u16),
    Thin(u16),
    Share,
    Forget,
}

fn op() -> impl Strategy<Value = Op> {
    let key = || prop_oneof![0..20u16, 0..400u16];
    prop_oneof![
        6 => (key(), any::<i64>()).prop_map(|(k, x)| Op::Assoc(k, x)),
        5 => key().prop_map(Op::Dissoc),
        2 => (key(), any::<i64>()).prop_map(|(k, x)| Op::Mutate(k, x)),
        2 => (0..150u16).prop_map(Op::Extend),
        1 => (0..150u16).prop_map(Op::Thin),
        4 => Just(Op::Share),
        2 => Just(Op::Forget),
    ]
}

fn key(k: u16) -> Value {
    let text = k.to_string();
    match k % 3 {
        0 => Value::int(i64::from(k)),
        1 => Value::keyword(&text),
        _ => Value::string(&text),
    }
}

fn item(x: i64) -> Value {
    if x % 2 == 0 {
        Value::vector([Value::int(x)])
    } else {
        Value::int(x)
    }
}

type Model = Vec<(Value, Value)>;

fn assoc(map: &mut Map, model: &mut Model, k: u16, x: i64) {
    map.assoc(key(k), item(x)).expect("a key");
    match model.iter_mut().find(|(other, _)| *other == key(k)) {
        Some((_, value)) => *value = item(x),
        None => model.push((key(k), item(x))),
    }
}

fn dissoc(map: &mut Map, model: &mut Model, k: u16) {
    let at = model.iter().position(|(other, _)| *other == key(k));
    assert_eq!(map.dissoc(&key(k)), at.map(|at| model.remove(at).1));
}

fn apply(op: &Op, at: usize, all: &mut Vec<(Map, Model)>) {
    let (map, model) = &mut all[at];
    match op {
        Op::Assoc(k, x) => assoc(map, model, *k, *x),
        Op::Dissoc(k) => dissoc(map, model, *k),
        Op::Mutate(k, x) => {
            let slot = model.iter_mut().find(|(other, _)| *other == key(*k));
            match (map.get_mut(&key(*k)), slot) {
                (Some(a), Some((_, b))) => (*a, *b) = (item(*x), item(*x)),
                (a, b) => assert!(a.is_none() && b.is_none()),
            }
        }
        Op::Extend(n) => (0..*n).for_each(|k| assoc(map, model, k * 2, i64::from(k))),
        Op::Thin(n) => (0..*n).for_each(|k| dissoc(map, model, k * 2)),
        Op::Share => {
            let copy = (map.clone(), model.clone());
            all.push(copy);
        }
        Op::Forget => {
            if all.len() > 1 {
                all.swap_remove(at);
            }
        }
    }
}

#[track_caller]
fn check(map: &Map, model: &Model) {
    assert_eq!(map.len(), model.len());
    assert!(
        map.iter().eq(model.iter().map(|(k, v)| (k, v))),
        "entries in order"
    );
    for (k, v) in model {
        assert_eq!(map.get(k), Some(v));
        match (k.as_str(), k.as_keyword()) {
            (Some(text), _) => assert_eq!(map.get_str(text), Some(v)),
            (_, Some(name)) => assert_eq!(map.get_keyword(name), Some(v)),
            _ => {}
        }
    }
    for k in 0..30 {
        let expect = model.iter().find(|(other, _)| *other == key(k));
        assert_eq!(map.get(&key(k)), expect.map(|(_, v)| v));
    }
}

proptest! {
    #![proptest_config(crate::data::cases(200))]

    #[test]
    fn maps_keep_insertion_order_and_old_versions(
        ops in prop::collection::vec((any::<prop::sample::Index>(), op()), 0..120),
    ) {
        let start = mem::used();
        {
            let mut all = vec![(Map::new(), Model::new())];
            for (at, op) in &ops {
                let at = at.index(all.len());
                apply(op, at, &mut all);
            }
            for (map, model) in &all {
                check(map, model);
            }
        }
        prop_assert_eq!(mem::used(), start);
    }
}

#[test]
fn a_walk_over_all_forms() {
    let start = mem::used();
    for seed in 0..if cfg!(miri) { 3 } else { 200 } {
        let mut dice = Dice(seed);
        let mut all = vec![(Map::new(), Model::new())];
        for _ in 0..60 {
            let at = dice.roll(all.len());
            let key = dice.roll(100) as u16;
            let op = match dice.roll(8) {
                0 | 1 => Op::Assoc(key, 2),
                2 => Op::Dissoc(key),
                3 => Op::Mutate(key, 3),
                4 => Op::Extend(key),
                5 => Op::Thin(key),
                6 => Op::Forget,
                _ => Op::Share,
            };
            apply(&op, at, &mut all);
        }
        for (map, model) in &all {
            check(map, model);
        }
    }
    assert_eq!(mem::used(), start);
}

#[test]
fn replacing_keeps_the_position_and_adding_again_moves_to_the_end() {
    let mut map = Map::new();
    for k in ["a", "b", "c"] {
        map.assoc(Value::keyword(k), Value::int(1)).expect("a key");
    }
    map.assoc(Value::keyword("a"), Value::int(2))
        .expect("a key");
    map.dissoc(&Value::keyword("b"));
    map.assoc(Value::keyword("b"), Value::int(3))
        .expect("a key");
    assert_eq!(readable(map.as_value()), "{:a 2 :c 1 :b 3}");
}

#[test]
fn other_kinds_are_no_keys() {
    let mut map = Map::new();
    for key in [
        Value::NIL,
        Value::float(1.0),
        Value::bool(true),
        Value::vector([]),
        Value::symbol("a"),
    ] {
        let error = map.assoc(key.clone(), Value::NIL).expect_err("not a key");
        assert_eq!(
            error.text(),
            format!(
                "Type error in map key: expected string, keyword, or integer, got {}",
                key.type_name()
            )
        );
        assert_eq!(map.get(&key), None);
    }
    assert!(map.is_empty());
}

#[test]
fn keys_that_come_and_go_leave_nothing_behind() {
    for shared in [false, true] {
        let mut map = Map::new();
        for k in 0..100 {
            map.assoc(Value::int(k), Value::NIL).expect("a key");
        }
        let keep = shared.then(|| map.clone());
        for k in 100..if cfg!(miri) { 300 } else { 50_000 } {
            map.assoc(Value::int(k), Value::NIL).expect("a key");
            map.dissoc(&Value::int(k - 100));
        }
        drop(keep);
        assert_eq!(map.len(), 100);
        assert!(
            mem::used() < 60_000,
            "{} bytes for 100 entries",
            mem::used()
        );
    }
}
