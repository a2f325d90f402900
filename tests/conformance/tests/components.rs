//! What is inside a component: compiled functions, and nothing that interprets.

mod support;

use std::collections::BTreeSet;
use support::{compile, repository};
use wasmparser::{KnownCustom, Name, Parser, Payload};

/// Names of the functions in the name sections of all core modules.
fn function_names(component: &[u8]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for payload in Parser::new(0).parse_all(component) {
        let Payload::CustomSection(section) = payload.expect("a valid component") else {
            continue;
        };
        let KnownCustom::Name(reader) = section.as_known() else {
            continue;
        };
        for subsection in reader {
            if let Name::Function(map) = subsection.expect("a valid name section") {
                names.extend(
                    map.into_iter()
                        .map(|naming| naming.expect("a valid name").name.to_owned()),
                );
            }
        }
    }
    names
}

/// The names of every `defn` in a text.
fn defined(source: &str) -> BTreeSet<String> {
    source
        .split("(defn ")
        .skip(1)
        .filter_map(|rest| rest.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_function_of_the_examples_is_a_wasm_function() {
    for name in ["pricing.rtfs", "numeric.rtfs", "text.rtfs"] {
        let source = std::fs::read_to_string(repository().join("examples").join(name))
            .expect("the example exists");
        let names = function_names(&compile(&source).component);
        let missing: Vec<_> = defined(&source).difference(&names).cloned().collect();
        assert!(
            missing.is_empty(),
            "{name}: {missing:?} not among {names:?}"
        );
    }
}

#[test]
fn components_hold_neither_source_nor_ir() {
    for name in ["pricing.rtfs", "numeric.rtfs", "text.rtfs"] {
        let source = std::fs::read_to_string(repository().join("examples").join(name))
            .expect("the example exists");
        let component = compile(&source).component;
        let ir = support::program(&source).encode();
        assert!(!contains(&component, &ir), "{name} holds its IR");
        // Any window of the IR longer than names and literals would give it away too.
        let held = ir
            .windows(96)
            .filter(|window| contains(&component, window))
            .count();
        assert_eq!(held, 0, "{name} holds a part of its IR");
        assert!(!contains(&component, b"(defn "), "{name} holds its source");
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

#[test]
fn a_numeric_module_has_a_bounded_size() {
    for fib in ["(defn fib [n]", "(defn fib [n :int] :int"] {
        let source = format!("{fib} (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))");
        let component = compile(&source).component;
        assert!(component.len() <= 12_000, "{} bytes", component.len());
    }
}

#[test]
fn the_same_program_gives_the_same_bytes() {
    let source = "(defn f [x] (map (fn [y] {:a y \"b\" [x y]}) (range x))) (f 3)";
    assert_eq!(compile(source).component, compile(source).component);
}
