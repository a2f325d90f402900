//! Programs that are compiled, run on the machine, natively.

use crate::compile;
use __ident___program::{Image, Machine};
use rtfs_guest::testing;
use rtfs_guest::{DynamicModule as _, Error, Value};

/// The value of a program's top level.
fn run(source: &str) -> Result<Value, Error> {
    let program = testing::program(source).expect("the text is a program");
    let (exports, functions) = compile::program(&program).expect("it is supported");
    let image = Image {
        exports,
        functions,
        ..Image::default()
    };
    let bytes = image.to_bytes().expect("it is short");
    assert_eq!(Image::read(&bytes).as_ref(), Some(&image));
    Machine::of(&bytes).invoke(0, vec![])
}

#[track_caller]
fn check(source: &str, expected: i64) {
    assert_eq!(run(source).expect("it has a value"), Value::int(expected));
}

#[test]
fn expressions_have_values() {
    check("(+ 1 2 3)", 6);
    check("(let [x 3 y (+ x 1)] (if (< x y) (* x y) 0))", 12);
    check("(do 1 2)", 2);
}

#[test]
fn functions_are_called() {
    check("(defn fib [n] (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))) (fib 15)", 610);
    check("(defn down [n] (if (= n 0) 7 (down (- n 1)))) (down 100000)", 7);
}

#[test]
fn errors_say_where_they_were_raised() {
    let error = run("(defn f [n] (+ n 1)) (defn g [n] (- (f n))) (g 9223372036854775807)");
    let error = error.expect_err("it overflows");
    assert_eq!(error.class(), "Overflow");
    assert_eq!(error.stack(), ["f", "g"]);
    assert!(error.node().is_some());
    let error = run("(defn f [n] (+ 1 (f n))) (f 1)").expect_err("it never ends");
    assert_eq!(error.class(), "StackOverflow");
}

#[test]
fn what_is_not_known_is_not_compiled() {
    for source in ["\"text\"", "[1 2]", "(map inc [1])", "(defn f [x :int] x)"] {
        let program = testing::program(source).expect("the text is a program");
        let refused = compile::program(&program).expect_err(source);
        assert_eq!(refused.code, "unsupported", "{source}");
    }
}
