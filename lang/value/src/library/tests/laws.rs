//! Laws that hold for all arguments.

use super::{assert_equal, call, run};
use crate::{Value, compare, equal, readable};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cmp::Ordering;
use proptest::prelude::*;

/// Scalars that collide often: equal by value across kinds, equal to nothing, one text twice.
fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::NIL),
        any::<bool>().prop_map(Value::bool),
        (-3i64..4).prop_map(Value::int),
        any::<i64>().prop_map(Value::int),
        (-3i32..4).prop_map(|i| Value::float(f64::from(i) / 2.0)),
        Just(Value::float(f64::NAN)),
        "[aé日]{0,2}".prop_map(|text| Value::string(&text)),
        "[ab]".prop_map(|name| Value::keyword(&name)),
        "[ab]".prop_map(|name| Value::symbol(&name)),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(2, 12, 3, |inner| {
        let items = prop::collection::vec(inner, 0..3);
        prop_oneof![
            items.clone().prop_map(Value::vector),
            items.prop_map(Value::list),
        ]
    })
}

fn items() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(value(), 0..40)
}

fn ok(name: &str, args: impl IntoIterator<Item = Value>) -> Value {
    call(name, args).expect("this call does not fail")
}

fn vec_of(value: &Value) -> Vec<Value> {
    value
        .as_seq()
        .expect("a sequence")
        .iter()
        .cloned()
        .collect()
}

/// Pairs of a sort key that collides and a number that tells equal keys apart.
fn numbered(keys: Vec<Value>) -> Vec<Value> {
    let pair = |(i, key)| Value::vector([key, Value::int(i as i64)]);
    keys.into_iter().enumerate().map(pair).collect()
}

fn key(pair: &Value) -> Value {
    pair.as_seq()
        .and_then(|pair| pair.first())
        .cloned()
        .expect("a pair")
}

fn position(pair: &Value) -> i64 {
    pair.as_seq()
        .and_then(|pair| pair.last())
        .and_then(Value::as_int)
        .expect("a pair")
}

/// Whether pairs are in the order of their keys, and equal keys in the order of their numbers.
fn is_stably_sorted(pairs: &[Value]) -> bool {
    pairs
        .windows(2)
        .all(|two| match compare(&key(&two[0]), &key(&two[1])) {
            Ordering::Less => true,
            Ordering::Equal => position(&two[0]) < position(&two[1]),
            Ordering::Greater => false,
        })
}

proptest! {
    #[test]
    fn sort_by_is_a_stable_permutation(keys in items()) {
        let pairs = numbered(keys);
        let sorted = vec_of(&ok("sort-by", [run("first").unwrap(), Value::vector(pairs.clone())]));
        prop_assert!(is_stably_sorted(&sorted));
        let mut positions: Vec<i64> = sorted.iter().map(position).collect();
        positions.sort_unstable();
        prop_assert!(positions.into_iter().eq(0..pairs.len() as i64));
    }

    #[test]
    fn a_comparator_sorts_like_the_total_order(items in items()) {
        let sorted = ok("sort", [Value::vector(items.clone())]);
        let compared = ok("sort", [run("compare").unwrap(), Value::vector(items)]);
        prop_assert_eq!(readable(&sorted), readable(&compared));
        let sorted = vec_of(&sorted);
        prop_assert!(sorted.windows(2).all(|two| compare(&two[0], &two[1]) != Ordering::Greater));
    }

    #[test]
    fn distinct_keeps_first_appearances(items in items()) {
        let mut expected: Vec<Value> = Vec::new();
        for item in &items {
            if !expected.iter().any(|seen| equal(seen, item)) {
                expected.push(item.clone());
            }
        }
        let distinct = ok("distinct", [Value::vector(items)]);
        prop_assert_eq!(readable(&distinct), readable(&Value::vector(expected)));
    }

    #[test]
    fn groups_hold_every_item_once_in_order(items in items()) {
        let n = items.len();
        let coll = Value::vector(items);
        let groups = ok("group-by", [run("type-name").unwrap(), coll.clone()]);
        let groups = groups.as_map().unwrap();
        let counts = groups.values().map(|group| group.as_seq().unwrap().len());
        prop_assert_eq!(counts.sum::<usize>(), n);
        for (name, group) in groups {
            let expected = vec_of(&coll).into_iter().filter(|item| Some(item.type_name()) == name.as_str());
            prop_assert_eq!(readable(group), readable(&Value::vector(expected)));
        }
        let counts = ok("frequencies", [coll]);
        let total: i64 = counts.as_map().unwrap().values().filter_map(Value::as_int).sum();
        prop_assert_eq!(total, n as i64);
    }

    #[test]
    fn neighbours_join_to_the_whole(items in items()) {
        let coll = Value::vector(items);
        let parts = ok("partition-by", [run("type-name").unwrap(), coll.clone()]);
        let joined = ok("apply", [run("concat").unwrap(), parts.clone()]);
        prop_assert_eq!(readable(&joined), readable(&coll));
        prop_assert!(vec_of(&parts).iter().all(|part| !part.as_seq().unwrap().is_empty()));
    }

    #[test]
    fn split_and_join_are_inverse(text in "[ab,日;\0]{0,40}", separator in "[,;a日\0]{1,2}") {
        let (text, separator) = (Value::string(&text), Value::string(&separator));
        let parts = ok("split", [text.clone(), separator.clone()]);
        let joined = ok("join", [separator.clone(), parts.clone()]);
        assert_equal(&joined, &text);
        prop_assert_eq!(joined.char_count(), text.char_count());
        let expected = text.as_str().unwrap().split(separator.as_str().unwrap());
        let parts = vec_of(&parts);
        prop_assert!(parts.iter().map(|part| part.as_str().unwrap()).eq(expected));
        for part in parts {
            prop_assert_eq!(part.char_count(), Some(part.as_str().unwrap().chars().count()));
        }
    }

    #[test]
    fn case_is_that_of_every_character(text in "([a-zA-Z@\\[`{]{0,12}|[éÉßλΣ日]){0,40}") {
        // One character for one: a sharp s has no capital then.
        let upper = |c: char| if c == 'ß' { c } else { c.to_uppercase().next().unwrap() };
        let lower = |c: char| c.to_lowercase().next().unwrap();
        let (upper, lower): (String, String) =
            (text.chars().map(upper).collect(), text.chars().map(lower).collect());
        for (name, expected) in [("string-upper", upper), ("string-lower", lower)] {
            let mapped = ok(name, [Value::string(&text)]);
            prop_assert_eq!(mapped.as_str(), Some(&*expected));
            prop_assert_eq!(mapped.char_count(), Some(text.chars().count()));
        }
    }

    #[test]
    fn str_appends_to_what_is_shared_or_not(texts in prop::collection::vec("[aé日]{0,30}", 1..4), i in any::<i64>()) {
        let mut args: Vec<Value> = texts.iter().map(|text| Value::string(text)).collect();
        args.push(Value::int(i));
        args.push(Value::TRUE);
        let expected = [texts.concat(), i.to_string(), "true".into()].concat();
        let shared = args.clone();
        for args in [shared, args] {
            let text = ok("str", args);
            prop_assert_eq!(text.as_str(), Some(&*expected));
            prop_assert_eq!(text.char_count(), Some(expected.chars().count()));
        }
    }

    #[test]
    fn substring_counts_characters(text in "\\PC{0,12}", start in 0usize..14, end in 0usize..14) {
        let characters: Vec<char> = text.chars().collect();
        let args = [Value::string(&text), Value::int(start as i64), Value::int(end as i64)];
        match call("substring", args) {
            Ok(part) => {
                let expected: String = characters[start..end].iter().collect();
                prop_assert_eq!(part.as_str(), Some(expected.as_str()));
            }
            Err(_) => prop_assert!(start > end || end > characters.len()),
        }
    }

    #[test]
    fn take_and_drop_split_what_they_get(items in items(), n in -2i64..45) {
        for coll in [Value::vector(items.clone()), Value::list(items.clone())] {
            let (head, tail) = (ok("take", [Value::int(n), coll.clone()]), ok("drop", [Value::int(n), coll.clone()]));
            let joined = ok("concat", [head, tail]);
            prop_assert_eq!(readable(&joined), readable(&coll.into_vector()));
        }
    }

    #[test]
    fn reverse_twice_is_nothing(text in "\\PC{0,12}", items in items()) {
        for coll in [Value::string(&text), Value::vector(items.clone()), Value::list(items)] {
            let twice = ok("reverse", [ok("reverse", [coll.clone()])]);
            prop_assert_eq!(readable(&twice), readable(&coll));
        }
    }

    #[test]
    fn json_reads_what_it_wrote(text in "\\PC{0,8}", i in any::<i64>(), x in any::<f64>()) {
        prop_assume!(x.is_finite());
        let value = Value::vector([Value::string(&text), Value::int(i), Value::float(x), Value::NIL]);
        for writer in ["serialize-json", "serialize-json-pretty"] {
            let json = ok(writer, [value.clone()]);
            assert_equal(&ok("parse-json", [json]), &value);
        }
    }

    #[test]
    fn no_text_makes_the_json_reader_panic(text in "[\\[\\]{}\",:0-9eu\\\\a-f.+ -]{0,24}") {
        if let Ok(value) = call("parse-json", [Value::string(&text)]) {
            let json = ok("serialize-json", [value.clone()]);
            prop_assert_eq!(readable(&ok("parse-json", [json])), readable(&value));
        }
    }

    #[test]
    fn division_is_exact_or_rounded_once(a in any::<i64>(), b in any::<i64>()) {
        prop_assume!(b != 0 && !(a == i64::MIN && b == -1));
        let quotient = ok("/", [Value::int(a), Value::int(b)]);
        if a % b == 0 {
            prop_assert_eq!(quotient.as_int(), Some(a / b));
        } else {
            let rounded = a as f64 / b as f64;
            let number = quotient.as_float().or(quotient.as_int().map(|i| i as f64));
            prop_assert_eq!(number, Some(rounded));
        }
    }

    #[test]
    fn ranges_have_the_right_items(start in -50i64..50, end in -50i64..50, step in -7i64..8) {
        prop_assume!(step != 0);
        let range = ok("range", [start, end, step].map(Value::int));
        let mut expected = Vec::new();
        let mut item = start;
        while if step > 0 { item < end } else { item > end } {
            expected.push(Value::int(item));
            item += step;
        }
        assert_equal(&range, &Value::vector(expected));
    }
}
