//! Calls that the embedder decides about.

mod support;

use rtfs_eval::{Environment, FunctionCall, Limits, Machine, MachineError, Status};
use rtfs_ir::{GlobalId, Program};
use rtfs_value::error::ErrorKind;
use rtfs_value::{Error, Value, readable};
use support::program;

fn global(program: &Program, name: &str) -> GlobalId {
    let found = program.globals.iter().position(|g| g.name == name);
    GlobalId(found.expect("the name exists") as u32)
}

/// A machine that asks before calls of `watched`.
fn machine(source: &str, watched: &[&str], limits: &Limits) -> Machine {
    let program = program(source);
    let mut environment = Environment::new();
    let unit = environment.load(&program).expect("the program loads");
    let mut machine = Machine::in_environment(environment, &unit, limits);
    machine.ask_before(&unit, watched.iter().map(|name| global(&program, name)));
    machine
}

fn watching(source: &str, watched: &[&str]) -> Machine {
    machine(source, watched, &Limits::default())
}

#[track_caller]
fn run(machine: &mut Machine) -> Status {
    loop {
        match machine.run(1000).expect("the machine may run") {
            Status::Running => {}
            status => return status,
        }
    }
}

#[track_caller]
fn asked(machine: &mut Machine) -> FunctionCall {
    match run(machine) {
        Status::RequiresDecision(call) => call,
        other => panic!("{other:?} instead of a question"),
    }
}

#[track_caller]
fn value(machine: &mut Machine) -> String {
    match run(machine) {
        Status::Done(value) => readable(&value),
        other => panic!("{other:?} instead of a value"),
    }
}

#[track_caller]
fn raised(machine: &mut Machine) -> Error {
    match run(machine) {
        Status::Raised(error) => error,
        other => panic!("{other:?} instead of an error"),
    }
}

#[test]
fn an_answer_stands_for_the_body() {
    let mut machine = watching("(defn add [x y] (+ x y)) [(add 1 2) :end]", &["add"]);
    let call = asked(&mut machine);
    assert_eq!(call.args, [Value::int(1), Value::int(2)]);
    assert_eq!(call.depth, 1);
    machine.resume(Value::int(30)).expect("it waits");
    assert_eq!(value(&mut machine), "[30 :end]");
}

#[test]
fn a_body_may_run_here_and_its_calls_ask_again() {
    let source = "(defn down [n] (if (= n 0) [] (conj (down (- n 1)) n))) (down 2)";
    let mut machine = watching(source, &["down"]);
    for (argument, depth) in [(2, 1), (1, 2), (0, 3)] {
        let call = asked(&mut machine);
        assert_eq!(call.args, [Value::int(argument)]);
        assert_eq!(call.depth, depth);
        machine.run_here().expect("it waits");
    }
    assert_eq!(value(&mut machine), "[1 2]");
}

#[test]
fn callbacks_of_library_functions_ask() {
    let mut machine = watching("(defn f [x] x) (map f [7 8])", &["f"]);
    assert_eq!(asked(&mut machine).depth, 1);
    machine.resume(Value::int(70)).expect("it waits");
    asked(&mut machine);
    machine.run_here().expect("it waits");
    assert_eq!(value(&mut machine), "[70 8]");
}

#[test]
fn tail_calls_take_answers_in_constant_depth() {
    let source = "(defn f [n] n) (defn g [n] (f n)) (defn h [n] (g n)) (h 5)";
    let mut machine = watching(source, &["f"]);
    assert_eq!(asked(&mut machine).depth, 1);
    machine.resume(Value::int(50)).expect("it waits");
    assert_eq!(value(&mut machine), "50");
}

#[test]
fn a_failed_call_leaves_the_stack_that_the_body_would_have_left() {
    let source = "(defn f [n] (/ n 0)) (defn tail [n] (f n)) (defn g [n] (+ 1 (tail n)))
                  (g 5)";
    let local = {
        let mut machine = watching(source, &[]);
        raised(&mut machine)
    };
    let mut machine = watching(source, &["f"]);
    asked(&mut machine);
    let mut error = Error::division_by_zero();
    error.set_node_if_unset(local.node().expect("errors have nodes"));
    error.push_frame("f");
    machine.resume_error(error).expect("it waits");
    let error = raised(&mut machine);
    assert_eq!(error.stack(), local.stack());
    assert_eq!(error.node(), local.node());
    assert_eq!(error.stack(), ["f", "g"]);
}

#[test]
fn programs_catch_what_a_decided_call_raises() {
    let source = "(defn f [n] n) (try (f 1) (catch ArithmeticException e (:kind e)))";
    let mut machine = watching(source, &["f"]);
    asked(&mut machine);
    machine
        .resume_error(Error::division_by_zero())
        .expect("it waits");
    assert_eq!(value(&mut machine), ":division-by-zero");
}

#[test]
fn wrong_arity_and_exhausted_depth_are_not_asked_about() {
    let mut machine = watching("(defn f [x] x) (f 1 2)", &["f"]);
    assert_eq!(raised(&mut machine).kind(), ErrorKind::ArityMismatch);
    let limits = Limits {
        depth: 0,
        ..Limits::default()
    };
    let source = "(defn f [x] x) (f 1)";
    let mut machine = self::machine(source, &["f"], &limits);
    assert_eq!(raised(&mut machine).kind(), ErrorKind::StackOverflow);
}

#[test]
fn a_stand_in_asks_and_is_undefined_here() {
    let program = program("(declare add [x y]) (add 1 2)");
    let add = global(&program, "add");
    for here in [false, true] {
        let mut environment = Environment::new();
        let unit = environment.load(&program).expect("the program loads");
        let mut machine = Machine::in_environment(environment, &unit, &Limits::default());
        machine.stand_in(&unit, add, 2, false);
        assert_eq!(asked(&mut machine).args.len(), 2);
        if here {
            machine.run_here().expect("it waits");
            let error = raised(&mut machine);
            assert_eq!(error.text(), "Undefined symbol: add");
        } else {
            machine.resume(Value::int(3)).expect("it waits");
            assert_eq!(value(&mut machine), "3");
        }
    }
}

#[test]
fn answers_fit_questions() {
    let mut machine = watching("(defn f [x] x) (f 1)", &["f"]);
    assert_eq!(machine.run_here(), Err(MachineError::NothingAwaited));
    asked(&mut machine);
    assert_eq!(machine.run(1), Err(MachineError::AnswerAwaited));
    machine.run_here().expect("it waits");
    assert_eq!(
        machine.resume(Value::NIL),
        Err(MachineError::NothingAwaited)
    );
    assert_eq!(value(&mut machine), "1");
}
