//! Runtime hints reach the host, and are taken back.

use super::leaks::leaves_nothing;
use super::program;
use super::runner::{Answer, Running};
use crate::Options;

/// What a program answers whose host tells the hints that are in force.
#[track_caller]
fn check(source: &str, want: &str) {
    let program = program(source);
    for opt_level in [0, 2] {
        let options = Options {
            opt_level,
            ..Options::default()
        };
        let mut running = Running::new(&program, &options).expect("the program is supported");
        for _ in 0..2 {
            let got = running.invoke(0, &[]);
            assert_eq!(got, Answer::Value(want.to_owned()), "{source}");
        }
    }
}

#[test]
fn the_innermost_hint_counts() {
    check(r#"(call "hints")"#, "nil");
    check(r#"^{:runtime.a 1} (call "hints")"#, "{:runtime.a 1}");
    check(
        r#"^{:runtime.b 1 :runtime.a (+ 1 1)} (call "hints")"#,
        "{:runtime.a 2 :runtime.b 1}",
    );
    check(
        r#"^{:runtime.a 1 :runtime.b [2]} (vector ^{:runtime.a 3} (call "hints") (call "hints"))"#,
        "[{:runtime.a 3 :runtime.b [2]} {:runtime.a 1 :runtime.b [2]}]",
    );
}

#[test]
fn hints_are_in_force_in_functions_that_are_called() {
    check(
        r#"(defn ask [] (call "hints")) (vector ^{:runtime.a 1} (ask) (ask))"#,
        "[{:runtime.a 1} nil]",
    );
}

#[test]
fn errors_end_the_scopes_they_leave() {
    check(
        r#"(vector (try ^{:runtime.a 1} (nth [1] 5) (catch e (call "hints"))) (call "hints"))"#,
        "[nil nil]",
    );
    check(
        r#"(defn f [] ^{:runtime.b 1} (nth [1] 5))
           ^{:runtime.a 1} (try (f) (catch e (call "hints")))"#,
        "{:runtime.a 1}",
    );
}

#[test]
fn hints_leave_nothing_behind() {
    for source in [
        r#"^{:runtime.a (str "a" 1)} (str "b" 2)"#,
        r#"(try ^{:runtime.a (str "a" 1)} (nth [1] 5) (catch e 1))"#,
        r#"^{:runtime.a (str "a" 1)} (nth [1] 5)"#,
    ] {
        assert_eq!(leaves_nothing(&program(source), 2), Ok(()), "{source}");
    }
}
