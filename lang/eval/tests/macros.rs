//! Macros: what they cost, what they leave behind, where their errors point.

use rtfs_eval::lower_options;
use rtfs_ir::{LowerOptions, LowerResult, lower};
use rtfs_value::types::Level;

fn lowered(source: &str) -> LowerResult {
    let read = rtfs_syntax::read(source);
    assert!(read.diagnostics.is_empty(), "{source} reads");
    lower(&read.forms, &lower_options())
}

fn first_error(source: &str) -> (&'static str, String) {
    let found = lowered(source).diagnostics;
    let error = found.into_iter().find(rtfs_syntax::Diagnostic::is_error);
    let error = error.unwrap_or_else(|| panic!("{source} lowers"));
    (error.kind.name(), error.message)
}

/// The hash of the last definition.
fn hash(source: &str) -> String {
    let program = lowered(source).program.expect("lowers");
    let global = program.globals.len() - 1;
    let hashes = program.hashes(Level::Standard);
    format!("{:?}", hashes.get(rtfs_ir::GlobalId(global as u32)))
}

#[test]
fn definitions_are_identified_by_their_expansion() {
    let plain = hash("(defn f [x] (if x nil (do 1)))");
    let unless = "(defmacro unless [c & body] `(if ~c nil (do ~@body))) (defn f [x] (unless x 1))";
    assert_eq!(hash(unless), plain);
    let unused = "(defmacro other [x] [x]) (defn f [x] (if x nil (do 1)))";
    assert_eq!(hash(unused), plain);
    let changed = "(defmacro unless [c & body] `(if ~c 0 (do ~@body))) (defn f [x] (unless x 1))";
    assert_ne!(hash(changed), plain);
}

#[test]
fn growth_has_a_limit() {
    let doubling =
        "(defmacro grow [n] (if (= n 0) 1 `(do (grow ~(- n 1)) (grow ~(- n 1))))) (grow 40)";
    let (kind, text) = first_error(doubling);
    assert!(
        kind == "InvalidProgram" || kind == "BudgetExhausted",
        "{kind}: {text}"
    );
    let wide = "(defmacro wide [] (cons 'do (range 2000000))) (wide)";
    assert_eq!(
        first_error(wide).1,
        "Invalid program: macros gave more than 1000000 forms"
    );
    let shared = "(defmacro shared [] (reduce (fn [x _] [x x]) [] (range 60))) (shared)";
    assert_eq!(first_error(shared).0, "InvalidProgram");
    let deep = "(defmacro deep [] (reduce (fn [x _] [x]) [] (range 100000))) (deep)";
    assert_eq!(
        first_error(deep).1,
        "Invalid program: the form that `deep` gave nests too deep"
    );
}

#[test]
fn steps_are_counted_over_all_calls() {
    let spin = "(defmacro spin [n] (let [go (fn [i] (if (= i 0) nil (go (- i 1))))] (go n)))";
    let calls = "(spin 3000000) ".repeat(6);
    assert_eq!(first_error(&format!("{spin} {calls}")).0, "BudgetExhausted");
}

#[test]
fn errors_point_into_what_was_passed_on() {
    let source = "(defmacro twice [x] `(do ~x ~x))\n(twice (let [a] a))";
    let found = lowered(source).diagnostics;
    let at = source.find("a] a").expect("is there") as u32;
    let starts: Vec<u32> = found.iter().map(|error| error.span.start).collect();
    assert_eq!(starts, [at], "once, though the form stands in two places");
    let source = "(defmacro add [x] `(+ 1 ~x))\n(add :k)";
    let lowered = lowered(source);
    let program = lowered.program.expect("lowers");
    let outcome = rtfs_eval::evaluate(&program, &mut rtfs_eval::PureHost, &Default::default());
    let error = outcome.result.expect_err("adds a keyword");
    let node = error.node().expect("has a place");
    let span = lowered
        .spans
        .get(rtfs_ir::NodeId(node))
        .expect("has a span");
    assert_eq!(span.start as usize, source.find("(add").expect("is there"));
}

#[test]
fn without_an_evaluator_macro_calls_are_refused() {
    let forms = rtfs_syntax::read("(defmacro m [] 1) (m)").forms;
    let lowered = lower(&forms, &LowerOptions::default());
    assert!(lowered.program.is_none());
    assert_eq!(lowered.diagnostics[0].code, "E0129");
    let forms = rtfs_syntax::read("(defmacro m [] 1) (+ 1 2)").forms;
    assert!(lower(&forms, &LowerOptions::default()).program.is_some());
}

/// What a macro costs does not depend on what ran before it on the same thread.
#[test]
fn every_call_of_a_macro_costs_the_same() {
    use rtfs_ir::MacroEvaluator as _;
    let functions: Vec<_> = (0..20)
        .map(|n| {
            let source =
                format!("(fn [x] (let [f (fn [i] (if (< i {n}) (f (inc i)) [x i]))] (f 0)))");
            lowered(&source).program.expect("lowers")
        })
        .collect();
    let run = |function, granted: u64| {
        let mut steps = granted;
        let result =
            rtfs_eval::MacroRunner.apply(function, vec![rtfs_value::Value::TRUE], &mut steps);
        (
            result
                .map(|value| rtfs_value::readable(&value))
                .map_err(|error| error.to_string()),
            steps,
        )
    };
    for round in 0..3 {
        for (n, function) in functions.iter().enumerate() {
            let (result, left) = run(function, 10_000);
            assert_eq!(result, Ok(format!("[true {n}]")), "round {round}");
            let fresh = std::thread::scope(|scope| {
                scope
                    .spawn(|| run(function, 10_000))
                    .join()
                    .expect("it ends")
            });
            assert_eq!(fresh.1, left);
            let taken = 10_000 - left;
            assert!(run(function, taken).0.is_ok());
            assert!(run(function, taken - 1).0.is_err());
            assert!(run(function, 1).0.is_err());
        }
    }
}
