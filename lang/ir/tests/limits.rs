//! Deep and long programs: a result or a finding, never a native stack overflow.

use rtfs_ir::{LowerOptions, LowerResult, dump, lower};
use rtfs_syntax::read;

fn lowered(source: &str) -> LowerResult {
    let read = read(source);
    assert!(read.diagnostics.is_empty(), "the program reads");
    lower(&read.forms, &LowerOptions::default())
}

/// Nests `n` times, as deep as the reader allows.
fn nested(n: usize, before: &str, inside: &str, after: &str) -> String {
    format!("{}{inside}{}", before.repeat(n), after.repeat(n))
}

#[track_caller]
fn check_lowers(source: &str) {
    let result = lowered(source);
    let program = result.program.expect("the program lowers");
    assert!(!dump(&program.clone()).is_empty());
}

#[track_caller]
fn check_refused(source: &str, code: &str) {
    let result = lowered(source);
    assert!(result.program.is_none());
    assert!(
        result
            .diagnostics
            .iter()
            .any(|diagnostic| diagnostic.code == code)
    );
}

#[test]
fn programs_as_deep_as_the_reader_allows_lower() {
    check_lowers(&nested(990, "(+ 1 ", "2", ")"));
    check_lowers(&nested(495, "(let [x ", "2", "] (def y x) y)"));
    check_lowers(&nested(990, "(let [] (def f (fn [] 1)) ", "2", ")"));
    check_lowers(&nested(
        990,
        "(fn [x] (def a (fn [] b)) (def b 1) ",
        "2",
        ")",
    ));
    check_lowers(&nested(990, "(try ", "2", " (catch e e))"));
    check_lowers(&nested(990, "[", "2", "]"));
    check_lowers(&format!("'{}", nested(990, "[", "2", "]")));
    check_lowers(&format!("(let [{} 1] 2)", nested(990, "[", "x", "]")));
    check_lowers(&format!("(match 1 {} 2)", nested(990, "[", "x", "]")));
}

#[test]
fn long_programs_lower() {
    check_lowers(&format!("(do {})", "(def x 1) ".repeat(20_000)));
    check_lowers(&format!("(let [{}] 1)", "x 1 ".repeat(20_000)));
    check_lowers(&format!("[{}]", "x ".repeat(20_000)));
    check_lowers(&format!("(fn [] {})", "(fn [] 1) ".repeat(20_000)));
    check_lowers(&format!("(let [{}] 1)", "x :k y ".repeat(5_000)));
}

#[test]
fn expansion_does_not_nest_without_limit() {
    check_lowers(&format!("(-> x {})", "f ".repeat(900)));
    check_refused(&format!("(-> x {})", "f ".repeat(20_000)), "E0125");
    check_refused(&format!("(->> x {})", "(f 1) ".repeat(20_000)), "E0125");
    check_lowers(&format!("(cond {})", "x 1 ".repeat(900)));
    check_refused(&format!("(cond {})", "x 1 ".repeat(20_000)), "E0125");
    check_refused(&nested(900, "(cond x 1 y 2 z 3 :else ", "1", ")"), "E0125");
}

#[test]
fn types_do_not_nest_without_limit() {
    check_refused(
        &format!("(let [x:{} 1] x)", nested(500, "[:vector ", ":int", "]")),
        "E0122",
    );
}

#[test]
fn types_as_deep_as_they_may_be_survive_encoding() {
    let structs: String = (1..90)
        .map(|n| format!("(defstruct S{n} :a S{}) ", n - 1))
        .collect();
    let mut lowering = 0;
    for n in 80..110 {
        for source in [
            format!("(fn [x:{}] x)", nested(n, "[:vector ", ":int", "]")),
            format!("(fn [x:{}] x)", nested(n - 80, "[:vector ", "S70", "]"))
                + &structs
                + "(defstruct S0 :a :int)",
        ] {
            let Some(program) = lowered(&source).program else {
                continue;
            };
            lowering += 1;
            assert!(
                rtfs_ir::Program::decode(&program.encode()).is_ok(),
                "{n} levels"
            );
        }
    }
    assert!(lowering > 30, "{lowering}");
}

#[test]
fn structs_that_name_each_other_often_are_not_written_out_without_limit() {
    let structs: String = (1..60)
        .map(|n| format!("(defstruct S{n} :a S{0} :b S{0}) ", n - 1))
        .collect();
    check_refused(&format!("(defstruct S0 :x :int) {structs}"), "E0129");
}

/// The known name nearest to each of them is not searched for all: that would take minutes.
#[test]
fn many_unknown_names_are_all_found() {
    let definitions: String = (0..10_000)
        .map(|n| format!("(defn the-function-{n} [] the-functoin-{n})\n"))
        .collect();
    let result = lowered(&definitions);
    assert!(result.program.is_some());
    let (first, last) = (&result.diagnostics[0], &result.diagnostics[9_999]);
    assert_eq!(
        first.help.as_deref(),
        Some("did you mean `the-function-0`?")
    );
    assert_eq!(last.message, "nothing defines `the-functoin-9999`");
}

/// Each module's struct holds fifty of the one before: written out, they would not end.
#[test]
fn structs_of_modules_that_hold_many_others_are_refused() {
    let mut source = String::from("(module m0 (:exports [S]) (defstruct S :x :int))\n");
    for n in 1..10 {
        let fields: String = (0..50).map(|field| format!(" :f{field} p/S")).collect();
        let before = n - 1;
        source += &format!(
            "(module m{n} (:exports [S]) (import m{before} :as p) (defstruct S{fields}))\n"
        );
    }
    source += "(import m2 :as p) (defn f [s:p/S] s)";
    let result = lowered(&source);
    assert!(!result.diagnostics.is_empty());
}
