//! `reduce`, `map` and their relatives as loops, and inlined functions of numbers: the same as the
//! library does, without leaks, and in fact a loop.

use super::differential::difference;
use super::leaks::leaves_nothing;
use super::runner::on_large_stack;
use super::{program, wat};

/// Calls with the collection left open as `C` and the function as `F`.
const CALLS: [&str; 9] = [
    "(reduce F C)",
    "(reduce F 0 C)",
    "(reduce F \"s\" C)",
    "(map F C)",
    "(map-indexed F C)",
    "(filter F C)",
    "(remove F C)",
    "(every? F C)",
    "(some? F C)",
];

/// In every one there is a text `t`, which nobody else has, a number `k` and a function `g`.
const FUNCTIONS: [&str; 22] = [
    "+",
    "inc",
    "str",
    "odd?",
    "conj",
    "vector",
    "nil?",
    "max",
    "identity",
    ":a",
    "nil",
    "t",
    "g",
    "named",
    "named2",
    "(fn [x] (+ x 1))",
    "(fn [x] [x t])",
    "(fn [a x] (+ a x))",
    "(fn [a x] (if (= x 2) (error \"two\" [a t]) x))",
    "(fn [a & r] [a r])",
    "(fn [x] (= x k))",
    "(fn [a x] (str a x t))",
];

/// Collections that are made first.
const MADE: &str = "[] [1 2 3] [1 2.5 nil] (list (str t 1) {:a t}) nil \"abc\" {:a 1 :b t} 5 \
    (reduce conj [] (range 100))";

/// Collections in place.
const COLLECTIONS: [&str; 7] = [
    "[(str t 1) (str t 2) [t]]",
    "(let [v [(str t 1) 2]] [(first v) v v])",
    "(range k)",
    "(range -1 3)",
    "(range 0.0 2)",
    "(range t)",
    "(range 9223372036854775807 -9223372036854775808)",
];

/// All calls of a function, with all collections, in one program.
fn product(function: &str) -> String {
    let mut text = "(defn named [x] (* x 2)) (defn named2 [a x] (if (< x 0) (named) [a x])) \
        (defn all [g k t] ["
        .to_owned();
    let caught = |call: &str| {
        format!("(try {call} (catch e [(:message e) (:data e) (map str (:stack e))])) ")
    };
    for call in CALLS {
        let call = call.replace('F', function);
        text += &format!(
            "(map (fn [c] {}) [{MADE}])",
            caught(&call.replace('C', "c"))
        );
        for coll in COLLECTIONS {
            text += &caught(&call.replace('C', coll));
        }
    }
    text + "]) (let [c (str \"c\" 1)] (all (fn [x] (str c x)) 3 (str \"t\" 0)))"
}

#[track_caller]
fn check(sources: impl IntoIterator<Item = String> + Send) {
    let failures = on_large_stack(|| {
        let mut failures = Vec::new();
        for source in sources {
            let program = program(&source);
            failures.extend(difference(&source, &program, 20_000, &[0, 2]));
            if let Err(left) = leaves_nothing(&program, 2) {
                failures.push(format!("{source} {left}"));
            }
        }
        failures
    });
    assert!(
        failures.is_empty(),
        "{} programs fail:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn walks_of_everything() {
    check(FUNCTIONS.map(product));
}

/// Errors that nobody catches show their node and stack.
#[test]
fn uncaught_errors_of_walks() {
    let rows = r#"
        (reduce (fn [a x] (+ a x)) "s" [1 2])
        (defn f [a x] (+ a x)) (defn g [] (reduce f "s" (range 3))) (g)
        (defn f [x] (error "bad" x)) (defn g [c] (map f c)) (g [1 2])
        (defn f [x] x) (map f (range 2.5 "x"))
        (defn f [x] x) (map f (range 20000000))
        (defn f [x] x) (reduce f (range 5))
        (reduce + (range 0))
        (reduce + "s" (range 3))
        (reduce + 9223372036854775807 (range 3))
        (defn f [g] (map g [1 2])) (f 5)
        (defn f [g] (map g [1 2])) (f (fn [x y] x))
        (defn f [g] (filter g (range 4))) (f odd?)
        (defn f [g k] (filter g (map (fn [x] (+ x k)) (range 4)))) (f (fn [x] (> x 2)) 1)
        (map inc 5)
        (every? (fn [x] (error "no" x)) (range 3))
        (defn f [t] (reduce (fn [a x] (conj a [x t])) [t] (range 3))) (f (str "a" 1))
        (defn f [m] (reduce (fn [a x] (assoc a x (+ 1 (get a x 0)))) m (range 9))) (f {1 5})
        (let [v [1 2 3]] [(map (fn [x] (conj v x)) v) v])
        (let [v [[1] [2]]] [(map (fn [x] (conj x 3)) v) v])
        (map (fn [x] (conj x 3)) [[1] [2]])
        (filter (fn [x] (conj x 3)) [[1] [2]])
    "#;
    check(
        rows.lines()
            .map(str::trim)
            .filter(|row| !row.is_empty())
            .map(str::to_owned),
    );
}

/// A callback counts as a pending call, whatever it calls.
#[test]
fn walks_count_depth() {
    let rows = [
        "(defn f [n] (if (= n 0) (reduce + 0 [1]) (+ 1 (f (- n 1))))) (f D)",
        "(defn f [n] (if (= n 0) (reduce + 0 (range 0)) (+ 1 (f (- n 1))))) (f D)",
        "(defn f [n] (if (= n 0) (map inc (range 1)) (first (list (f (- n 1)))))) (f D)",
        "(defn f [n] (if (= n 0) (map (fn [x] n) (range 1)) (first (list (f (- n 1)))))) (f D)",
        "(defn f [n] (if (= n 0) (map (fn [x y] n) (range 1)) (first (list (f (- n 1)))))) (f D)",
        "(defn f [n g] (if (= n 0) (map g (range 1)) (first (list (f (- n 1) g))))) (f D (fn [x y] x))",
        "(defn f [n] (if (= n 0) 1 (reduce (fn [a x] (f (- n 1))) 0 [1]))) (f D)",
    ];
    let failures = on_large_stack(|| {
        let mut failures = Vec::new();
        for row in rows {
            for depth in 3..=12 {
                let source = row.replace('D', &depth.to_string());
                failures.extend(difference(&source, &program(&source), 10, &[0, 2]));
            }
        }
        failures
    });
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn functions_of_numbers() {
    let numbers = [
        "0",
        "1",
        "-3",
        "9223372036854775807",
        "-9223372036854775808",
        "4611686018427387905",
        "0.0",
        "-0.0",
        "2.5",
        "-7.0",
        "1e300",
        "9007199254740992.0",
        "9007199254740991.0",
        "(/ 0.0 -1e300)",
        "(- 1e308 -1e308)",
        "\"x\"",
        "nil",
        "true",
    ];
    let calls = [
        "(even? x)",
        "(odd? x)",
        "(abs x)",
        "(sqrt x)",
        "(int x)",
        "(float x)",
        "(max x y)",
        "(min x y)",
        "(/ x y)",
        "(* x y)",
        "(+ (float x) y)",
        "(* (int x) (int y))",
        "(/ (float x) (float y))",
        "(/ (float x) (int y))",
        "(abs (float x))",
        "(abs (int x))",
        "(sqrt (float x))",
        "(int (float x))",
        "(even? (int x))",
        "(max (int x) (int y))",
        "(- (float x) (int y))",
        "(let [a (/ (float x) 3) b (/ y 2.0)] (+ a b))",
        "(let [a (max x y)] (* a (min x y)))",
        "(* (int x) (int x))",
        "(if (odd? x) y x)",
    ];
    let caught = |call: &str| format!("(try {call} (catch e (:message e))) ");
    let body: String = calls.iter().map(|call| caught(call)).collect();
    check(numbers.map(|x| {
        let mut text = format!("(defn f [x y] [{body}]) [");
        for y in numbers {
            text += &format!("(f {x} {y}) ");
        }
        text + "]"
    }));
}

#[test]
fn walks_are_loops() {
    let text = wat("(defn f [n] (reduce + 0 (map (fn [x] (* x x)) (range n)))) (f 9)");
    assert!(text.matches("loop").count() >= 2, "{text}");
    // Without bounds that are integers the library walks.
    assert!(text.contains("lib:range"), "{text}");
    let text = wat("(reduce (fn [a x] (+ a x)) 0 (range 1 100))");
    assert!(text.contains("loop"), "{text}");
    // The value of the fold stays in a local, unboxed.
    assert!(
        text.contains("(param i64 i64 i32) (result i32 i64)"),
        "{text}"
    );
}

#[test]
fn numbers_are_computed_in_place() {
    let text = wat("(defn f [x:int y:int] (if (even? x) (max x y) (abs y))) (f 1 2)");
    assert!(!text.contains("lib:"), "{text}");
    let text = wat("(defn f [x:int] (/ (float x) 2.0)) (f 1)");
    assert!(text.contains("f64.div"), "{text}");
}
