//! How functions use their arguments, and how suspended ones go on.

use super::{apply, assert_equal, call, drive, function, run};
use crate::library::{self, Args, Imp, Next};
use crate::{Error, Map, Value, mem, readable};
use alloc::vec::Vec;

/// Calls a function whose arguments nobody else sees.
fn call_moving(name: &str, mut args: Vec<Value>) -> Value {
    match library::get(library::lookup(name).unwrap()).imp {
        Imp::Plain(function) => function(&mut args).unwrap(),
        Imp::Steps(function) => drive(function(&mut args).unwrap()).unwrap(),
        Imp::HostCall => panic!("not for these tests"),
    }
}

fn map_of_one() -> Value {
    let mut map = Map::with_capacity(4);
    map.assoc(Value::keyword("a"), Value::int(1)).unwrap();
    map.into_value()
}

/// The object of the first argument is the object of the result, and the result is right.
#[track_caller]
fn check_in_place(name: &str, args: Vec<Value>, expect: &str) {
    let before = args[0].bits();
    let result = call_moving(name, args);
    assert_eq!(readable(&result), expect);
    assert_eq!(result.bits(), before, "{name} copied its argument");
}

#[test]
fn unshared_collections_are_updated_in_place() {
    let key = Value::keyword("a");
    check_in_place(
        "assoc",
        [map_of_one(), key.clone(), Value::int(2)].into(),
        "{:a 2}",
    );
    check_in_place(
        "assoc",
        [run("[1 2]").unwrap(), Value::int(0), Value::int(9)].into(),
        "[9 2]",
    );
    check_in_place("dissoc", [map_of_one(), key.clone()].into(), "{}");
    check_in_place(
        "update",
        [map_of_one(), key.clone(), function("inc")].into(),
        "{:a 2}",
    );
    check_in_place("merge", [map_of_one(), map_of_one()].into(), "{:a 1}");
    check_in_place("into", [map_of_one(), map_of_one()].into(), "{:a 1}");
    check_in_place("conj", [map_of_one(), map_of_one()].into(), "{:a 1}");
    check_in_place("vec", [run("'(1)").unwrap()].into(), "[1]");
    let path = Value::vector([key]);
    check_in_place(
        "assoc-in",
        [map_of_one(), path.clone(), Value::int(3)].into(),
        "{:a 3}",
    );
    check_in_place(
        "update-in",
        [map_of_one(), path, function("dec")].into(),
        "{:a 0}",
    );
    check_in_place("string-trim", [Value::string("a")].into(), "\"a\"");
}

#[test]
fn shared_collections_are_left_alone() {
    for source in ["{:a {:b 1}}", "{:a [1]}"] {
        let shared = run(source).unwrap();
        let inner = call("get", [shared.clone(), Value::keyword("a")]).unwrap();
        let path = if source.contains(":b") {
            "[:a :b]"
        } else {
            "[:a 0]"
        };
        let args = [shared.clone(), run(path).unwrap(), Value::int(9)];
        assert!(readable(&call("assoc-in", args).unwrap()).contains('9'));
        let args = [shared.clone(), run(path).unwrap(), function("inc")];
        assert!(readable(&call("update-in", args).unwrap()).contains('2'));
        assert_eq!(readable(&shared), source);
        assert!(readable(&inner).contains('1'));
    }
}

/// The value of a key is moved out before the callback, so that `conj` has it for itself.
#[test]
fn update_hands_over_the_old_value() {
    let mut map = Map::new();
    let list = Value::vector((0..100).map(Value::int));
    let object = list.bits();
    map.assoc(Value::keyword("a"), list).unwrap();
    let args = [
        map.into_value(),
        Value::keyword("a"),
        function("assoc"),
        Value::int(0),
        Value::NIL,
    ];
    let updated = call_moving("update", args.into());
    let inner = call("get", [updated, Value::keyword("a")]).unwrap();
    assert_eq!(inner.bits(), object);
}

#[test]
fn map_hands_over_items_that_nobody_else_sees() {
    let items = Value::vector([map_of_one(), map_of_one()]);
    let objects: Vec<u64> = items.as_seq().unwrap().iter().map(Value::bits).collect();
    let Imp::Steps(map) = library::get(library::lookup("map").unwrap()).imp else {
        panic!()
    };
    let mut next = map(&mut [function("identity"), items]).unwrap();
    for object in objects {
        let Next::Call { mut args, then, .. } = next else {
            panic!("two items")
        };
        assert!(args[0].is_unshared());
        assert_eq!(args[0].bits(), object);
        next = library::resume(then, args.as_mut_slice()[0].take()).unwrap();
    }
    assert!(matches!(next, Next::Done(_)));
}

/// An engine may keep a suspended state and answer it twice, as a replay does.
#[test]
fn a_kept_state_does_not_see_later_steps() {
    let Imp::Steps(map) = library::get(library::lookup("map").unwrap()).imp else {
        panic!()
    };
    let next = map(&mut [function("inc"), run("[1 2]").unwrap()]).unwrap();
    let Next::Call { then, .. } = next else {
        panic!("an item")
    };
    let finish = |first: i64| {
        let next = library::resume(then.clone(), Value::int(first)).unwrap();
        readable(&drive(next).unwrap())
    };
    assert_eq!(finish(10), "[10 3]");
    assert_eq!(finish(20), "[20 3]");
}

#[test]
fn only_suspended_states_can_be_resumed() {
    assert!(matches!(
        library::resume(Value::NIL, Value::int(3)),
        Ok(Next::Done(_))
    ));
    assert!(library::resume(Value::int(1), Value::NIL).is_err());
    assert!(library::resume(run("(partial + 1)").unwrap(), Value::NIL).is_err());
    assert!(library::call_combinator(&Value::int(1), Args::none()).is_err());
}

#[test]
fn arguments_are_kept_in_order_however_many() {
    for n in 0..8 {
        let values: Vec<Value> = (0..n).map(Value::int).collect();
        let mut args = Args::new(values.clone());
        assert_eq!(args.len(), values.len());
        assert_eq!(
            readable(&Value::vector(args.to_vec())),
            readable(&Value::vector(values.clone()))
        );
        assert_eq!(args.as_mut_slice().len(), values.len());
        assert_eq!(args.into_vec().len(), values.len());
    }
}

/// Counts the questions a comparator is asked.
#[test]
fn sorting_asks_no_more_than_n_log_n_times() {
    let n = 1000;
    let items = Value::vector((0..n).map(|i| Value::int(i * 7919 % n)));
    let Imp::Steps(sort) = library::get(library::lookup("sort").unwrap()).imp else {
        panic!()
    };
    let mut next = sort(&mut [function("<"), items]).unwrap();
    let mut asked = 0;
    let sorted = loop {
        match next {
            Next::Done(sorted) => break sorted,
            Next::Call { f, args, then } => {
                asked += 1;
                next = library::resume(then, apply(&f, args.into_vec()).unwrap()).unwrap();
            }
        }
    };
    assert_equal(&sorted, &Value::vector((0..n).map(Value::int)));
    assert!(asked <= n * 10, "{asked} questions");
}

#[test]
fn deep_data_need_no_stack() {
    let mut deep = Value::vector([]);
    for _ in 0..200_000 {
        deep = Value::vector([deep]);
    }
    assert_eq!(
        library::check_call(&[Value::keyword("a"), deep.clone()]).unwrap(),
        "a"
    );
    let json = call("serialize-json", [deep]).unwrap();
    let error = call("parse-json", [json]).unwrap_err();
    assert!(
        error
            .text()
            .contains("nested too deep at line 1 column 513"),
        "{}",
        error.text()
    );
    assert!(run("(count (apply vector (range 100000)))").is_ok());
}

#[test]
fn a_memory_bomb_ends_in_a_typed_error() {
    let text = Value::string(&"ab".repeat(50_000));
    let numbers = run("(range 50000)").unwrap();
    let nested = Value::vector((0..200).map(|_| text.clone()));
    mem::set_limit(Some(mem::used() + 200_000));
    let bombs: [(&str, Vec<Value>); 16] = [
        ("range", [Value::int(1_000_000)].into()),
        ("range", [Value::int(0), Value::float(1e6)].into()),
        ("numbers", [Value::int(1), Value::int(1_000_000)].into()),
        ("split", [text.clone(), Value::string("")].into()),
        ("split", [text.clone(), Value::string("a")].into()),
        ("vec", [text.clone()].into()),
        ("join", [text.clone(), numbers.clone()].into()),
        ("str", [text.clone(), text.clone(), text.clone()].into()),
        ("concat", [numbers.clone(), numbers.clone()].into()),
        ("into", [numbers.clone(), numbers.clone()].into()),
        (
            "apply",
            [
                function("concat"),
                Value::vector([numbers.clone(), numbers.clone()]),
            ]
            .into(),
        ),
        ("reverse", [numbers.clone()].into()),
        ("sort", [numbers.clone()].into()),
        ("frequencies", [numbers.clone()].into()),
        ("partition", [Value::int(1), numbers.clone()].into()),
        ("serialize-json", [nested].into()),
    ];
    let results: Vec<(&str, Result<Value, Error>)> = bombs
        .into_iter()
        .map(|(name, args)| (name, call(name, args)))
        .collect();
    mem::set_limit(None);
    for (name, result) in results {
        let error = result.expect_err(name);
        assert_eq!(error.text(), "Budget exhausted: memory", "{name}");
    }
}

/// Whatever is done with it, memory is given back: also when a callback fails in the middle.
#[test]
fn nothing_leaks() {
    let before = mem::used();
    for source in [
        "(map (partial / 1) [3 2 1 0])",
        "(sort < [3 1 :k 2])",
        "(sort-by inc [1 2 \"x\"])",
        "(group-by inc [1 2 nil])",
        "(update {:a [1 2]} :a first 1)",
        "(update-in {:a {:b [1]}} [:a :b] inc)",
        "(reduce conj [1 2] [3 4])",
        "(assoc-in {:a 1} [:a :b] 2)",
        "((comp inc str) 1)",
        "(apply map [str [1 2] \"ab\"])",
        "(parse-json \"[1, {\\\"a\\\": [2\")",
        "(filter :a [{:a 1} 5])",
    ] {
        drop(run(source));
        assert_eq!(mem::used(), before, "{source}");
    }
}

#[test]
fn fixed_arity_forms_agree_with_the_general_ones() {
    use crate::library::direct;
    type Two = fn(Value, Value) -> Result<Value, Error>;
    let forms: [(&str, Two); 18] = [
        ("+", direct::add),
        ("-", direct::sub),
        ("*", direct::mul),
        ("/", direct::div),
        ("mod", direct::mod_),
        ("rem", direct::rem),
        ("quot", direct::quot),
        ("<", direct::lt),
        ("<=", direct::le),
        (">", direct::gt),
        (">=", direct::ge),
        ("=", direct::eq),
        ("not=", direct::not_eq),
        ("get", direct::get2),
        ("nth", direct::nth2),
        ("conj", direct::conj2),
        ("cons", direct::cons),
        ("str", direct::str2),
    ];
    let values =
        run("[nil true 0 1 -3 9223372036854775807 2.5 0.0 ##NaN \"a\" :k 'x [1 2] '(1) {:k 1}]");
    let values: Vec<Value> = values.unwrap().as_seq().unwrap().iter().cloned().collect();
    for (name, direct) in forms {
        for a in &values {
            for b in &values {
                let general = call(name, [a.clone(), b.clone()]).map(|value| readable(&value));
                let fixed = direct(a.clone(), b.clone()).map(|value| readable(&value));
                let text = |error: Error| alloc::string::String::from(error.text());
                assert_eq!(general.map_err(text), fixed.map_err(text), "{name}");
            }
        }
    }
}
