//! Programs that never look inside a collection: their arguments stay encoded, and nobody notices.

use rtfs_eval::{Limits, PureHost, evaluate};
use rtfs_value::Value;

use super::differential::evaluated;
use super::program;
use super::runner::{Answer, Running, on_large_stack};
use crate::testing::{CoreRun, RaisedError};
use crate::{Artifact, Options, compile};

/// More than any of the programs below needs without the code of collections.
const LEAN_BYTES: usize = 20_000;

const PROGRAMS: &str = r#"
    (defn f [x] x)
    (defn f [x] [x 1 [x x] []])
    (defn f [x] (+ x 1))
    (defn f [x] (- 2.5 x))
    (defn f [x] (* x x))
    (defn f [x] (/ 7 x))
    (defn f [x] (quot 7 x))
    (defn f [x] (mod x 3))
    (defn f [x] (< x 2))
    (defn f [x] (>= "b" x))
    (defn f [x] (inc x))
    (defn f [x] (even? x))
    (defn f [x] (max 1 x 2))
    (defn f [x] (= x 1))
    (defn f [x] (= nil x))
    (defn f [x] (if x 1 2))
    (defn f [x] (and x (not x)))
    (defn f [x] (int? x))
    (defn f [x:int] x)
    (defn f [x:string] x)
    (defn f [x] :float x)
    (defn f [x y] x)
    (defn g [x] (+ 1 (f x))) (defn f [x] (- x))
    (defn f [x] (let [g (fn [y] (+ x y))] (g x)))
    (defn f [x] (if (= x 0) x (+ 0 (f (- x 1)))))
"#;

const ARGUMENTS: &str = r#"
    nil
    true
    0
    -5
    9223372036854775807
    2.5
    -0.0
    1e300
    ""
    "aä€😀"
    :key
    'symbol
    []
    [1 [2.5 "x"] nil]
    '(1 (2) [])
    {}
    {:a 1 "b" [2] 3 {:a {}}}
    [{:a 1} {:a 1}]
"#;

fn rows(table: &str) -> impl Iterator<Item = &str> {
    table.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// The value of an expression.
fn value(text: &str) -> Value {
    let evaluated = evaluate(&program(text), &mut PureHost, &Limits::default());
    evaluated.result.expect("a literal has a value")
}

/// The component's number of `f`.
fn number_of_f(artifact: &Artifact) -> u32 {
    let position = artifact
        .exports
        .iter()
        .position(|export| export.name == "f");
    1 + u32::try_from(position.expect("defined")).expect("a small number")
}

/// The arguments for which `f` of the program is not the same on both engines.
fn differences(source: &str) -> Vec<String> {
    let options = Options::default();
    let definitions = program(source);
    let artifact = compile(&definitions, &options).expect("the program is supported");
    if artifact.component.len() > LEAN_BYTES {
        return vec![format!("{source} has {} bytes", artifact.component.len())];
    }
    let number = number_of_f(&artifact);
    let mut running = Running::new(&definitions, &options).expect("the component is valid");
    let mut failures = Vec::new();
    for argument in rows(ARGUMENTS) {
        let expect = evaluated(&program(&format!("{source} (f {argument})")), 20_000);
        let got = running.invoke(number, &[value(argument)]);
        let same = match (&got, &expect) {
            // An error of the call itself gets the node of the caller, which here is the host.
            (Answer::Raised(got), Answer::Raised(expect)) if got.node == u32::MAX => {
                let node = got.node;
                *got == RaisedError {
                    node,
                    ..expect.clone()
                }
            }
            (got, expect) => got == expect,
        };
        if !same {
            failures.push(format!(
                "{source} of {argument}\n  evaluator {expect:?}\n  compiled  {got:?}"
            ));
        }
    }
    failures
}

#[test]
fn encoded_arguments_behave_like_values() {
    let failures = on_large_stack(|| rows(PROGRAMS).flat_map(differences).collect::<Vec<_>>());
    assert!(
        failures.is_empty(),
        "{} rows fail:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn encoded_arguments_are_freed() {
    for source in rows(PROGRAMS) {
        let (definitions, options) = (program(source), Options::default());
        let number = number_of_f(&compile(&definitions, &options).expect("supported"));
        let mut run = CoreRun::new(&definitions, &options);
        let mut used = [0; 3];
        for used in &mut used {
            for argument in ["\"text\"", "[1 [2.5 \"x\"] nil]", "{:a 1}", "7"] {
                let _ = run.invoke(number, &[value(argument)]);
            }
            *used = run.in_use();
        }
        assert_eq!(used[1], used[2], "{source}");
    }
}
