//! Depth, tail calls, budgets: all on a thread with a small native stack.

mod support;

use rtfs_eval::{Limits, PureHost, evaluate};
use support::{program, show};

/// Native stack of the thread that evaluates.
const NATIVE_STACK: usize = 256 * 1024;

/// Runs on a small native stack and shows how it ended.
#[track_caller]
fn run_small(source: &str, limits: &Limits) -> String {
    let program = program(source);
    let limits = limits.clone();
    let run = move || {
        let outcome = evaluate(&program, &mut PureHost, &limits);
        // The value stays on this thread: values are not Send.
        let shown = show(&outcome.result);
        drop(outcome);
        (shown, program)
    };
    let thread = std::thread::Builder::new()
        .stack_size(NATIVE_STACK)
        .spawn(run);
    // The program goes back to this thread: freeing it is not the evaluator's business.
    thread
        .expect("the thread starts")
        .join()
        .expect("nothing panics")
        .0
}

#[track_caller]
fn check(source: &str, expect: &str) {
    assert_eq!(run_small(source, &Limits::default()), expect, "{source}");
}

#[track_caller]
fn check_with(source: &str, limits: &Limits, expect: &str) {
    assert_eq!(run_small(source, limits), expect, "{source}");
}

fn steps(steps: u64) -> Limits {
    Limits {
        steps: Some(steps),
        ..Limits::default()
    }
}

fn memory(bytes: usize) -> Limits {
    Limits {
        memory: Some(bytes),
        ..Limits::default()
    }
}

fn depth(depth: u32) -> Limits {
    Limits {
        depth,
        ..Limits::default()
    }
}

#[test]
fn ten_thousand_pending_calls() {
    check(
        "(defn f [n] (if (= n 0) 0 (+ 1 (f (- n 1))))) (f 10000)",
        "10000",
    );
    check(
        "(let [f (fn [n] (if (= n 0) [] [(f (- n 1))]))] (count (f 10000)))",
        "1",
    );
}

#[test]
fn ten_thousand_pending_calls_through_callbacks() {
    check(
        "(defn f [n] (if (= n 0) 0 (+ 1 (first (map f [(- n 1)]))))) (f 9999)",
        "9999",
    );
    check(
        "(defn f [acc n] (if (= n 0) acc (reduce f (inc acc) [(- n 1)]))) (f 0 9999)",
        "9999",
    );
    check(
        "(defn f [n] (if (= n 0) 0 (inc (apply f [(- n 1)])))) (f 9999)",
        "9999",
    );
}

#[test]
fn deeply_nested_combinators() {
    check(
        "((reduce (fn [f _] (comp f inc)) inc (range 5000)) 0)",
        "5001",
    );
    check("((reduce (fn [f _] (partial f)) inc (range 5000)) 0)", "1");
}

#[test]
fn deeply_nested_expressions() {
    let nested = format!("{}1{}", "[".repeat(900), "]".repeat(900));
    check(&format!("(count {nested})"), "1");
    let calls = format!("{}1{}", "(inc ".repeat(900), ")".repeat(900));
    check(&calls, "901");
    let tries = format!(
        "{}(error \"x\"){}",
        "(try ".repeat(400),
        " (finally 1))".repeat(400)
    );
    check(&tries, r#"!ApplicationError "x""#);
    let threaded = format!("(-> 1 {})", "inc ".repeat(400));
    check(&threaded, "401");
}

#[test]
fn tail_calls_run_in_constant_space() {
    let limits = Limits {
        depth: 3,
        memory: Some(64 * 1024),
        ..Limits::default()
    };
    let check = |source: &str, expect: &str| check_with(source, &limits, expect);
    check(
        "(defn f [n] (if (= n 0) :done (f (- n 1)))) (f 1000000)",
        ":done",
    );
    check(
        "(let [f (fn [n] (if (= n 0) :done (f (- n 1))))] (f 1000000))",
        ":done",
    );
    check(
        "(defn even-n [n] (if (= n 0) true (odd-n (dec n))))
         (defn odd-n [n] (if (= n 0) false (even-n (dec n))))
         (even-n 1000001)",
        "false",
    );
    check(
        "(let [a? (fn [n] (if (= n 0) true (b? (- n 1))))
               b? (fn [n] (if (= n 0) false (a? (- n 1))))] (a? 100000))",
        "true",
    );
    check(
        "(defn f [n] (cond (= n 0) :done :else (do 1 (let [m (- n 1)] (f m))))) (f 100000)",
        ":done",
    );
    check(
        "(defn f [n] (match n 0 :done m (and true (or false (f (- m 1)))))) (f 100000)",
        ":done",
    );
    check(
        "(defn f [n & r] (if (= n 0) r (f (- n 1) n))) (f 100000)",
        "(1)",
    );
    check(
        "(defn f [n] (if (= n 0) :done (g f (- n 1)))) (defn g [f n] (f n)) (f 100000)",
        ":done",
    );
}

#[test]
fn self_calls_keep_the_frame_under_a_return_annotation() {
    let limits = depth(3);
    check_with(
        "(defn f [n] :int (if (= n 0) 7 (f (- n 1)))) (f 100000)",
        &limits,
        "7",
    );
    check_with(
        "(let [f (fn [n] :int (if (= n 0) 7 (f (- n 1))))] (f 100000))",
        &limits,
        "7",
    );
    check_with(
        "(defn f [n] :int (if (= n 0) :no (f (- n 1)))) (f 100)",
        &limits,
        r#"!TypeValidationError "Type validation error: fn return: Type mismatch: expected :int, got keyword""#,
    );
    // The check of another function has to run afterwards.
    check_with(
        "(defn f [n] :int (if (= n 0) 7 (g (- n 1)))) (defn g [n] :int (f n)) (f 100)",
        &limits,
        r#"!StackOverflow "Stack overflow: maximum recursion depth (3) exceeded""#,
    );
}

#[test]
fn positions_that_are_not_tail() {
    let limits = depth(50);
    let overflow = r#"!StackOverflow "Stack overflow: maximum recursion depth (50) exceeded""#;
    for source in [
        "(defn f [n] (if (= n 0) 0 (try (f (- n 1)) (finally 1)))) (f 100)",
        "(defn f [n] (if (= n 0) 0 (for [x [1]] (f (- n 1))))) (f 100)",
        "(defn f [n] (if (= n 0) 0 (dotimes [i 1] (f (- n 1))))) (f 100)",
        "(defn f [n] (if (= n 0) 0 [(f (- n 1))])) (f 100)",
        "(defn f [n] (if (= n 0) 0 (apply f [(- n 1)]))) (f 100)",
        "(defn f [n] (if (= n 0) 0 (do (f (- n 1)) 1))) (f 100)",
        "(defn f [n] (if (= n 0) 0 (and (f (- n 1)) 1))) (f 100)",
        "(defn f [n] (if (f (- n 1)) 0 1)) (f 100)",
        "(defn f [n] (let [x (f (- n 1))] x)) (f 100)",
    ] {
        check_with(source, &limits, overflow);
    }
}

#[test]
fn the_depth_limit_is_exact_and_catchable() {
    let source = |n: u32| format!("(defn f [n] (if (= n 1) 1 (+ 1 (f (- n 1))))) (f {n})");
    check(&source(20_000), "20000");
    check(
        &source(20_001),
        r#"!StackOverflow "Stack overflow: maximum recursion depth (20000) exceeded""#,
    );
    check(
        "(defn f [] [(f)]) (try (f) (catch StackOverflow e :caught))",
        ":caught",
    );
    check(
        "(defn f [] [(f)]) (try (f) (catch e (count (:stack e))))",
        "50",
    );
    check(
        "(defn f [n] (try [(f (+ n 1))] (catch StackOverflow e n))) (vector? (f 1))",
        "true",
    );
}

#[test]
fn a_callback_counts_one() {
    let overflow = r#"!StackOverflow "Stack overflow: maximum recursion depth (2) exceeded""#;
    let limits = depth(2);
    // f and the callback.
    check_with("(defn f [] (map (fn [x] x) [1])) (f)", &limits, "[1]");
    // f, g and the callback.
    check_with(
        "(defn f [] [(g)]) (defn g [] (map (fn [x] x) [1])) (f)",
        &limits,
        overflow,
    );
    // A library function as callback counts as well.
    check_with(
        "(defn f [] [(g)]) (defn g [] (map inc [1])) (f)",
        &limits,
        overflow,
    );
    // Callbacks of callbacks.
    check_with("(map (fn [x] (map (fn [y] y) x)) [[1]])", &limits, "[[1]]");
    check_with(
        "(map (fn [x] (map (fn [y] (map inc y)) x)) [[[1]]])",
        &limits,
        overflow,
    );
    // Tail calls of a callback do not count.
    check_with(
        "(defn f [x] (g x)) (defn g [x] x) (map f [1])",
        &depth(1),
        "[1]",
    );
    // After the call everything is given back.
    check_with(
        "(defn f [] 1) (defn g [] (do (f) (f) (map (fn [x] x) [1]) (f))) (g)",
        &limits,
        "1",
    );
    check_with(
        "(defn f [n] (if (= n 0) (error \"x\") [(f (- n 1))]))
         (defn g [] (try (f 0) (catch e 1)))
         (do (g) (g) (g))",
        &limits,
        "1",
    );
}

#[test]
fn an_endless_program_ends_by_its_step_budget() {
    let exhausted = r#"!BudgetExhausted "Budget exhausted: steps""#;
    check_with("(defn f [] (f)) (f)", &steps(10_000), exhausted);
    check_with(
        "(try ((fn [] (f))) (catch e 1) (finally 2)) (defn f [] (f))",
        &steps(9),
        exhausted,
    );
    check_with(
        "(dotimes [i 9223372036854775807] i)",
        &steps(10_000),
        exhausted,
    );
    check_with(
        "(defn f [] (try (f) (catch e (f)) (finally (f)))) (f)",
        &steps(10_000),
        exhausted,
    );
    check_with(
        "(reduce (fn [a b] a) 0 (range 100000))",
        &steps(10_000),
        exhausted,
    );
    check_with("(reduce + 0 (range 100000))", &steps(10_000), exhausted);
}

#[test]
fn budget_errors_cannot_be_caught() {
    check_with(
        "(defn f [] (f)) (try (f) (catch BudgetExhausted e 1) (catch e 2) (finally (error \"x\")))",
        &steps(1000),
        r#"!BudgetExhausted "Budget exhausted: steps""#,
    );
    check_with(
        "(try (call :x) (call :x) (catch e 1))",
        &Limits {
            host_calls: Some(0),
            ..Limits::default()
        },
        r#"!BudgetExhausted "Budget exhausted: host-calls""#,
    );
}

#[test]
fn the_same_program_takes_the_same_steps() {
    let program = program("(defn f [n] (if (= n 0) 0 (+ 1 (f (- n 1))))) (map f [10 20 30])");
    let run = || evaluate(&program, &mut PureHost, &Limits::default());
    let (first, second) = (run(), run());
    assert_eq!(first.steps, second.steps);
    assert!(first.steps > 0);
    let enough = evaluate(&program, &mut PureHost, &steps(first.steps));
    assert_eq!(show(&enough.result), "[10 20 30]");
    let short = evaluate(&program, &mut PureHost, &steps(first.steps - 1));
    assert_eq!(
        show(&short.result),
        r#"!BudgetExhausted "Budget exhausted: steps""#
    );
}

#[test]
fn memory_is_limited() {
    let exhausted = r#"!BudgetExhausted "Budget exhausted: memory""#;
    let limits = memory(4 << 20);
    check_with("(defn f [v] (f (conj v 1))) (f [])", &limits, exhausted);
    check_with("(defn f [s] (f (str s s))) (f \"ab\")", &limits, exhausted);
    check_with("(defn f [v] (f [v v])) (f 1)", &limits, exhausted);
    check_with("(defn f [v] (f {:a v})) (f 1)", &limits, exhausted);
    check_with("(defn f [g] (f (fn [] g))) (f 1)", &limits, exhausted);
    check_with("(try (range 10000000) (catch e 1))", &limits, exhausted);
    check_with(
        "(for [a (range 1000) b (range 1000)] [a b])",
        &limits,
        exhausted,
    );
    check_with(
        "(map (fn [x] [x x x x]) (range 100000))",
        &limits,
        exhausted,
    );
}

#[test]
fn frames_and_stacks_count_as_memory() {
    let source = "(defn f [a b c d e] (if (= a 0) 0 (+ 1 (f (- a 1) b c d e)))) (f 19000 1 2 3 4)";
    check_with(source, &memory(64 << 20), "19000");
    check_with(
        source,
        &memory(1 << 20),
        r#"!BudgetExhausted "Budget exhausted: memory""#,
    );
    check_with(
        "(defn f [& r] (count r)) (apply f (range 100000))",
        &memory(8 << 20),
        "100000",
    );
    check_with(
        "(defn f [& r] (count r)) (apply f (range 100000))",
        &memory(3 << 20),
        r#"!BudgetExhausted "Budget exhausted: memory""#,
    );
}

#[test]
fn a_collection_built_in_a_loop_is_updated_in_place() {
    // Copying 20,000 items 20,000 times would take 3 GB of traffic and many seconds.
    let build = "(defn f [v n] (if (= n 0) (count v) (f (conj v n) (- n 1)))) (f [] 20000)";
    check_with(build, &memory(2 << 20), "20000");
    let reduce = "(count (reduce (fn [m k] (assoc m k k)) {} (range 2000)))";
    check_with(reduce, &memory(2 << 20), "2000");
}

#[test]
fn peak_memory_is_reported() {
    let small = evaluate(&program("1"), &mut PureHost, &Limits::default());
    let large = evaluate(
        &program("(count (range 100000))"),
        &mut PureHost,
        &Limits::default(),
    );
    assert!(
        large.peak_memory > small.peak_memory + 1_000_000,
        "{}",
        large.peak_memory
    );
}

#[test]
fn mutually_recursive_local_functions_do_not_leak() {
    // Each round makes a group of closures that refer to each other.
    let source = "
        (defn round [n]
          (let [a? (fn [n] (if (= n 0) true (b? (- n 1))))
                b? (fn [n] (if (= n 0) false (a? (- n 1))))]
            (a? n)))
        (defn f [n] (if (= n 0) :done (do (round 3) (f (- n 1)))))
        (f 100000)";
    check_with(source, &memory(2 << 20), ":done");
    let tail = "
        (defn f [n]
          (let [a? (fn [n] (if (= n 0) true (b? (- n 1)))) b? (fn [n] (a? n))]
            (if (= n 0) :done (f (- n 1)))))
        (f 100000)";
    check_with(tail, &memory(2 << 20), ":done");
}

#[test]
fn data_a_million_levels_deep_are_printed_compared_and_dropped() {
    let nested = "(defn nested [n inner] (if (= n 0) inner (nested (- n 1) (list inner))))";
    let answers = "(let [a (nested 1000000 1) b (nested 1000000 1) c (nested 1000000 2)]
        [(= a b) (= a c) (distinct [a b]) (sort [c a])])";
    check(
        &format!(
            "{nested} (let [found {answers}] [(first found) (nth found 1)
                (count (nth found 2)) (= (nested 1000000 2) (last (nth found 3)))])"
        ),
        "[true false 1 true]",
    );
    check(
        &format!("{nested} (count (str (nested 1000000 1)))"),
        "2000001",
    );
}
