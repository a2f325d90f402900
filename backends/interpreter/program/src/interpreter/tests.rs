use super::*;
use crate::image::Image;
use rtfs_guest::testing::{MockHost, program};
use rtfs_ir::Description;

fn interpreter(source: &str) -> Interpreter {
    let program = program(source).expect("the test's text is a program");
    let about = Description::of(&program, Level::Standard).to_value("test 1");
    let description = rtfs_value::cbor::encode(&about).expect("it is shallow");
    let image = Image {
        opt_level: 2,
        validation: Level::Standard,
        description: &description,
        ir: &program.encode(),
    };
    Interpreter::of(&image.to_bytes().expect("it is short"))
}

#[track_caller]
fn check(interpreter: &mut Interpreter, export: u32, args: &[Value], expect: &str) {
    let value = interpreter.invoke(export, args.to_vec()).expect("a value");
    assert_eq!(rtfs_value::readable(&value), expect);
}

#[test]
fn export_0_runs_everything_and_the_others_only_define() {
    let mut module = interpreter("(defn f [x] (* x n)) (def n 5) (call \"note\" 1) (f 2)");
    let mut host = MockHost::new().capability("note", |_| Ok(Value::NIL));
    host.run(|| check(&mut module, 1, &[Value::int(3)], "15"));
    assert!(host.calls().is_empty());
    host.run(|| check(&mut module, 0, &[], "10"));
    assert_eq!(host.calls().len(), 1);
}

#[test]
fn definitions_are_evaluated_once() {
    let mut module = interpreter("(def n (call :next)) (defn f [] n)");
    let mut host = MockHost::new().capability("next", |_| Ok(Value::int(7)));
    host.run(|| {
        check(&mut module, 1, &[], "7");
        check(&mut module, 1, &[], "7");
    });
    assert_eq!(host.calls().len(), 1);
}

#[test]
fn definitions_that_failed_are_evaluated_again() {
    let mut module = interpreter("(def n (call :next)) (defn f [] n)");
    let error = module.invoke(1, vec![]).expect_err("nobody answers");
    assert_eq!(error.class(), "UnknownCapability");
    let mut host = MockHost::new().capability("next", |_| Ok(Value::int(7)));
    host.run(|| check(&mut module, 1, &[], "7"));
}

#[test]
fn values_of_modules_are_exports() {
    let mut module = interpreter("(module shop (:exports [tax f]) (def tax 2) (defn f [] tax))");
    check(&mut module, 1, &[], "2");
    check(&mut module, 2, &[], "2");
    let error = module.invoke(1, vec![Value::int(1)]).expect_err("a value");
    assert_eq!(
        error.to_string(),
        "Arity mismatch in tax: expected 0, got 1"
    );
}

#[test]
fn errors_keep_node_and_stack() {
    let mut module = interpreter("(defn g [x] (+ 1 (/ 1 x))) (defn f [x] (+ 1 (g x)))");
    let error = module.invoke(2, vec![Value::int(0)]).expect_err("1/0");
    assert_eq!(error.class(), "DivisionByZero");
    assert_eq!(error.stack(), ["g", "f"]);
    assert!(error.node().is_some());
    check(&mut module, 2, &[Value::int(1)], "3");
}

#[test]
fn depth_is_limited_and_counts_the_caller_s() {
    let mut module = interpreter("(defn f [n] (if (= n 0) 0 (+ 1 (f (- n 1)))))");
    module.limits(90, 100);
    check(&mut module, 1, &[Value::int(9)], "9");
    let error = module
        .invoke(1, vec![Value::int(10)])
        .expect_err("too deep");
    assert_eq!(error.class(), "StackOverflow");
}

#[test]
fn hints_travel_with_host_calls() {
    let mut module = interpreter("(defn f [] ^{:runtime.timeout 5} (call :slow 1))");
    let mut host = MockHost::new().capability("slow", |_| Ok(Value::int(2)));
    host.run(|| check(&mut module, 1, &[], "2"));
    assert_eq!(
        rtfs_value::readable(&host.calls()[0].hints),
        "{:runtime.timeout 5}"
    );
}

#[test]
fn host_errors_can_be_caught() {
    let source = "(defn f [] (try (call :pay) (catch :no-money e (:message e))))";
    let mut module = interpreter(source);
    let refuse = |_: &[Value]| Err(Error::new("Host", "no-money", "there is none"));
    let mut host = MockHost::new().capability("pay", refuse);
    let answer = host.run(|| module.invoke(1, vec![]));
    assert_eq!(answer.expect("caught").as_str(), Some("there is none"));
}

#[test]
fn the_context_is_looked_up() {
    let mut module = interpreter("(defn f [] user)");
    let mut host = MockHost::new().context("user", Value::string("ada"));
    host.run(|| check(&mut module, 1, &[], "\"ada\""));
    let error = module.invoke(1, vec![]).expect_err("nobody knows");
    assert_eq!(error.class(), "UndefinedSymbol");
}

#[test]
fn bytes_that_are_no_program_say_so() {
    let mut module = Interpreter::of(b"nonsense");
    let error = module.invoke(1, vec![]).expect_err("no program");
    assert_eq!(error.class(), "InvalidProgram");
    assert!(module.describe().is_nil());
}

#[test]
fn there_are_no_other_exports() {
    let mut module = interpreter("(defn f [] 1)");
    let error = module.invoke(2, vec![]).expect_err("there is one");
    assert_eq!(error.class(), "InvalidArgument");
}

#[test]
fn calls_of_declared_functions_leave_the_component() {
    let mut module = interpreter(
        "(declare add [a:int & more:int] : int) (defn f [n] (+ 1 (add n 2 3))) (defn g [n] [(add n)])",
    );
    // Nobody answers.
    let error = module
        .invoke(1, vec![Value::int(1)])
        .expect_err("undefined");
    assert_eq!(error.class(), "UndefinedSymbol");
    let mut host = MockHost::new()
        .context("declared:add", Value::TRUE)
        .capability("declared:add", |args| Ok(Value::vector(args[1..].to_vec())));
    host.run(|| check(&mut module, 2, &[Value::int(7)], "[[7 ()]]"));
    let mut host = MockHost::new()
        .context("declared:add", Value::TRUE)
        .capability("declared:add", |args| Ok(args[0].clone()));
    module.limits(10, 100);
    // Another call of the same instance: of 100, 12 are pending.
    host.run(|| check(&mut module, 1, &[Value::int(1)], "89"));
}
