//! The machine from its embedder's side: slices, suspension, environments.

mod support;

use rtfs_eval::{
    Environment, HintChange, Host, HostCall, Limits, Machine, MachineError, PureHost, Status,
    evaluate_in,
};
use rtfs_ir::{LowerOptions, lower};
use rtfs_value::types::Type;
use rtfs_value::{Error, Value, mem, readable};
use support::{program, run_with, show};

fn machine(source: &str) -> Machine {
    Machine::new(&program(source), &Limits::default())
}

/// Runs to the next event that is not the end of a slice.
#[track_caller]
fn next(machine: &mut Machine) -> Status {
    loop {
        match machine.run(1000).expect("the machine may run") {
            Status::Running => {}
            status => return status,
        }
    }
}

#[track_caller]
fn next_call(machine: &mut Machine) -> HostCall {
    match next(machine) {
        Status::RequiresHost(call) => call,
        other => panic!("{other:?} instead of a host call"),
    }
}

#[track_caller]
fn value(machine: &mut Machine) -> String {
    match next(machine) {
        Status::Done(value) => readable(&value),
        other => panic!("{other:?} instead of a value"),
    }
}

#[test]
fn stepping_gives_the_same_as_running() {
    let mut machine =
        machine("(defn f [n] (if (= n 0) [] (map inc [n (count (f (- n 1)))]))) (f 3)");
    let mut steps = 0;
    let result = loop {
        steps += 1;
        match machine.step().expect("the machine may run") {
            Status::Running => assert!(steps < 10_000),
            status => break status,
        }
    };
    assert_eq!(
        result,
        Status::Done(Value::vector([Value::int(4), Value::int(3)]))
    );
    assert_eq!(machine.run(1), Err(MachineError::Finished));
    assert_eq!(
        machine.resume(Value::NIL),
        Err(MachineError::NothingAwaited)
    );
}

#[test]
fn a_host_call_suspends_and_resumes() {
    let mut machine = machine("(+ 1 (call :shop.price \"tea\" [1 {:a 2}]))");
    let call = next_call(&mut machine);
    assert_eq!(call.capability_id, "shop.price");
    assert_eq!(readable(&Value::vector(call.args)), "[\"tea\" [1 {:a 2}]]");
    assert_eq!(machine.run(1), Err(MachineError::AnswerAwaited));
    machine.resume(Value::int(41)).expect("a call is awaited");
    assert_eq!(value(&mut machine), "42");
    assert_eq!(machine.host_calls(), 1);
}

#[test]
fn an_answer_is_taken_once() {
    let mut machine = machine("[(call \"a\") (call \"b\")]");
    assert_eq!(
        machine.resume(Value::NIL),
        Err(MachineError::NothingAwaited)
    );
    assert_eq!(
        machine.resume_error(Error::internal("x")),
        Err(MachineError::NothingAwaited)
    );
    next_call(&mut machine);
    machine.resume(Value::int(1)).expect("a call is awaited");
    assert_eq!(
        machine.resume(Value::int(2)),
        Err(MachineError::NothingAwaited)
    );
    assert_eq!(
        machine.resume_error(Error::internal("x")),
        Err(MachineError::NothingAwaited)
    );
    assert_eq!(
        machine.answer_context(None),
        Err(MachineError::NothingAwaited)
    );
    next_call(&mut machine);
    machine.resume(Value::int(2)).expect("a call is awaited");
    assert_eq!(value(&mut machine), "[1 2]");
}

#[test]
fn suspension_in_the_middle_of_callbacks() {
    let mut machine = machine(
        "(defn price [x] (inc (call :price x)))
         (reduce + 0 (map (fn [row] (apply + (map price row))) [[1 2] [3]]))",
    );
    for expected in 1..=3 {
        let call = next_call(&mut machine);
        assert_eq!(call.args, [Value::int(expected)]);
        assert_eq!(call.metadata.index, expected as u64 - 1);
        machine
            .resume(Value::int(10 * expected))
            .expect("a call is awaited");
    }
    assert_eq!(value(&mut machine), "63");
}

#[test]
fn call_is_a_function_value() {
    let mut machine = machine("[(map call [:a :b]) (apply call [:c 1 2]) ((partial call :d) 3)]");
    for (id, args) in [("a", "[]"), ("b", "[]"), ("c", "[1 2]"), ("d", "[3]")] {
        let call = next_call(&mut machine);
        assert_eq!(call.capability_id, id);
        assert_eq!(readable(&Value::vector(call.args)), args);
        machine
            .resume(Value::string(id))
            .expect("a call is awaited");
    }
    assert_eq!(value(&mut machine), r#"[["a" "b"] "c" "d"]"#);
}

#[test]
fn a_refused_call_raises_at_the_call_form() {
    let source = "(defn f [] [(call :x)]) (map (fn [x] (try (f) (catch HostError e [(:kind e) (:stack e)]))) [1])";
    let mut machine = machine(source);
    next_call(&mut machine);
    machine
        .resume_error(Error::unknown_capability("x"))
        .expect("a call is awaited");
    assert_eq!(value(&mut machine), r#"[[:unknown-capability ["f"]]]"#);
}

#[test]
fn an_uncaught_refusal_ends_the_program() {
    let mut machine = machine("(try (call :x) (finally (call :y)))");
    next_call(&mut machine);
    machine
        .resume_error(Error::host("no", Value::NIL, Some("mine")))
        .expect("a call is awaited");
    assert_eq!(next_call(&mut machine).capability_id, "y");
    machine.resume(Value::NIL).expect("a call is awaited");
    match next(&mut machine) {
        Status::Raised(error) => {
            assert_eq!((error.kind_keyword(), error.text()), ("mine", "no"));
            assert_eq!(error.node(), Some(1));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_uncatchable_answer_runs_no_finally() {
    let mut machine = machine("(try (call :x) (catch e 1) (finally (call :y)))");
    next_call(&mut machine);
    machine
        .resume_error(Error::budget("cancelled", "host"))
        .expect("a call is awaited");
    assert!(matches!(next(&mut machine), Status::Raised(_)));
}

#[test]
fn what_cannot_cross_the_boundary() {
    for (source, text) in [
        (
            "(call 1)",
            "Type error in call: expected string or keyword, got integer",
        ),
        (
            "(call nil)",
            "Type error in call: expected string or keyword, got nil",
        ),
        (
            "(call :x inc)",
            "Type error in call: expected data, got function",
        ),
        (
            "(call :x [{:a (fn [] 1)}])",
            "Type error in call: expected data, got function",
        ),
        (
            "(call :x (Exception. \"e\" {:f inc}))",
            "Type error in call: expected data, got function",
        ),
        (
            "(call)",
            "Arity mismatch in call: expected at least 1, got 0",
        ),
        ("(call \"\")", "Invalid argument: capability name is empty"),
    ] {
        match next(&mut machine(source)) {
            Status::Raised(error) => assert_eq!(error.text(), text, "{source}"),
            other => panic!("{source}: {other:?}"),
        }
    }
}

#[test]
fn sharing_does_not_make_a_host_call_slow() {
    // 2^60 paths lead to the innermost value.
    let source = "(call :x (reduce (fn [v _] [v v]) 1 (range 60)))";
    assert_eq!(next_call(&mut machine(source)).capability_id, "x");
}

/// Answers with numbers counting up and knows one name.
#[derive(Default)]
struct Counter {
    calls: i64,
    asked: Vec<String>,
    events: Vec<String>,
}

impl Host for Counter {
    fn execute_capability(&mut self, call: &HostCall) -> Result<Value, Error> {
        self.calls += 1;
        let hints: Vec<String> = call
            .metadata
            .execution_hints
            .iter()
            .map(|(key, value)| format!("{key}={}", readable(value)))
            .collect();
        self.events
            .push(format!("call {} {}", call.capability_id, hints.join(",")));
        Ok(Value::int(self.calls))
    }

    fn get_capability_input_schema(&self, id: &str) -> Option<Type> {
        (id == "typed").then(|| Type::Tuple(vec![Type::Int, Type::String]))
    }

    fn get_capability_output_schema(&self, id: &str) -> Option<Type> {
        (id == "typed").then_some(Type::String)
    }

    fn get_context_value(&mut self, key: &str) -> Option<Value> {
        self.asked.push(key.to_owned());
        (key == "tenant").then(|| Value::string("acme"))
    }

    fn set_execution_hint(&mut self, key: &str, value: &Value) {
        self.events.push(format!("set {key} {}", readable(value)));
    }

    fn clear_execution_hint(&mut self, key: &str) {
        self.events.push(format!("clear {key}"));
    }
}

#[test]
fn context_values_are_asked_once() {
    let mut host = Counter::default();
    let source = "[tenant tenant (map (fn [x] tenant) [1 2]) @tenant @other
                   (try missing (catch UndefinedSymbol e (:message e)))
                   (try missing (catch UndefinedSymbol e 2))]";
    let outcome = run_with(source, &mut host, &Limits::default());
    assert_eq!(
        show(&outcome.result),
        r#"["acme" "acme" ["acme" "acme"] "acme" "@other" "Undefined symbol: missing" 2]"#
    );
    assert_eq!(host.asked, ["tenant", "other", "missing"]);
}

#[test]
fn context_given_beforehand_takes_the_same_steps() {
    let source = "[tenant tenant]";
    let mut asked = machine(source);
    assert_eq!(
        next(&mut asked),
        Status::RequiresContext("tenant".to_owned())
    );
    assert_eq!(asked.run(1), Err(MachineError::AnswerAwaited));
    assert_eq!(asked.resume(Value::NIL), Err(MachineError::NothingAwaited));
    asked
        .answer_context(Some(Value::int(1)))
        .expect("a name is awaited");
    assert_eq!(value(&mut asked), "[1 1]");
    let mut given = machine(source);
    given.set_context("tenant", Value::int(1));
    assert_eq!(value(&mut given), "[1 1]");
    assert_eq!(asked.steps(), given.steps());
}

#[test]
fn hints_are_told_and_travel_with_calls() {
    let mut host = Counter::default();
    let source = "
        (call :plain)
        ^{:runtime.timeout (+ 1 4) :doc \"dropped\"} (do
          (call :outer)
          ^{:runtime.timeout 9 :runtime.idempotent true} (call :inner)
          (call :outer))
        (try ^{:runtime.timeout 7} (error \"x\") (catch e 1))
        (call :plain)";
    run_with(source, &mut host, &Limits::default())
        .result
        .expect("nothing raises");
    assert_eq!(
        host.events,
        [
            "call plain ",
            "set runtime.timeout 5",
            "call outer runtime.timeout=5",
            "set runtime.timeout 9",
            "set runtime.idempotent true",
            "call inner runtime.idempotent=true,runtime.timeout=9",
            "set runtime.timeout 5",
            "clear runtime.idempotent",
            "call outer runtime.timeout=5",
            "clear runtime.timeout",
            "set runtime.timeout 7",
            "clear runtime.timeout",
            "call plain ",
        ]
    );
}

#[test]
fn hints_end_with_the_program() {
    let mut machine = machine("^{:runtime.timeout 7} (error \"x\")");
    let mut changes = Vec::new();
    while machine.run(1).expect("the machine may run") == Status::Running {
        changes.extend(machine.take_hint_changes());
    }
    changes.extend(machine.take_hint_changes());
    assert_eq!(
        changes,
        [
            HintChange::Set("runtime.timeout".to_owned(), Value::int(7)),
            HintChange::Clear("runtime.timeout".to_owned()),
        ]
    );
}

#[test]
fn schemas_are_checked_on_both_sides_of_a_call() {
    for (source, text) in [
        (
            "(call :typed \"1\" \"s\")",
            "Type validation error: call typed argument 0: Type mismatch: expected :int, got string",
        ),
        (
            "(call :typed 1 2)",
            "Type validation error: call typed argument 1: Type mismatch: expected :string, got integer",
        ),
        (
            "(call :typed 1)",
            "Arity mismatch in call typed: expected 2, got 1",
        ),
        (
            "(call :typed 1 \"s\")",
            "Type validation error: call typed result: Type mismatch: expected :string, got integer",
        ),
    ] {
        let outcome = run_with(source, &mut Counter::default(), &Limits::default());
        assert_eq!(outcome.result.expect_err("raises").text(), text, "{source}");
    }
}

#[test]
fn a_hinted_function_asks_its_model() {
    let source =
        "(defn ^:delegation :remote \"m1\" f [a:int [b] & r] : string (nope)) [(f 1 [2] 3 4)]";
    let mut asked = machine(source);
    let call = next_call(&mut asked);
    assert_eq!(call.capability_id, "model-call:m1");
    assert_eq!(readable(&Value::vector(call.args)), "[1 [2] 3 4]");
    asked
        .resume(Value::string("ok"))
        .expect("a call is awaited");
    assert_eq!(value(&mut asked), r#"["ok"]"#);
    // The answer is checked.
    let mut wrong = machine(source);
    next_call(&mut wrong);
    wrong.resume(Value::int(1)).expect("a call is awaited");
    assert!(
        matches!(next(&mut wrong), Status::Raised(error) if error.class_name() == "TypeValidationError")
    );
    // So are the arguments.
    for bad in ["(f 1)", "(f :a [2])", "(f 1 2)"] {
        let source = source.replace("[(f 1 [2] 3 4)]", bad);
        assert!(
            matches!(next(&mut machine(&source)), Status::Raised(_)),
            "{bad}"
        );
    }
    let mut local = machine("(defn ^:delegation :local f [] 1) (f)");
    assert_eq!(value(&mut local), "1");
}

/// A session: programs of one environment.
#[derive(Default)]
struct Session {
    names: rtfs_ir::Environment,
    environment: Environment,
}

impl Session {
    #[track_caller]
    fn run(&mut self, source: &str) -> String {
        let read = rtfs_syntax::read(source);
        let lowered = lower(
            &read.forms,
            &LowerOptions {
                environment: Some(&self.names),
                ..rtfs_eval::lower_options()
            },
        );
        let program = lowered
            .program
            .clone()
            .unwrap_or_else(|| panic!("{:?}", lowered.diagnostics));
        self.names.extend(&program);
        self.names.keep(&lowered);
        show(
            &evaluate_in(
                &mut self.environment,
                &program,
                &mut PureHost,
                &Limits::default(),
            )
            .result,
        )
    }
}

#[test]
fn macros_outlive_their_programs() {
    let mut session = Session::default();
    assert_eq!(session.run("(defmacro twice [x] `(do ~x ~x))"), "nil");
    assert_eq!(session.run("(twice (def n 4))"), "4");
    assert_eq!(
        session.run("(defmacro twice [x] `[~x ~x]) (twice n)"),
        "[4 4]"
    );
    assert_eq!(
        session.run("(module a.b (:exports [f]) (defn f [] (twice 1)))"),
        "nil"
    );
    assert_eq!(
        session.run("(import a.b) (a.b/f)"),
        "!UndefinedSymbol \"Undefined symbol: twice\"",
        "a module does not see the macros around it"
    );
}

#[test]
fn an_environment_outlives_its_programs() {
    let mut session = Session::default();
    assert_eq!(session.run("(def x 1) (defn f [y] [x y])"), "#<function>");
    assert_eq!(session.run("(f 2)"), "[1 2]");
    assert_eq!(session.run("(def x 5) (f 2)"), "[5 2]");
    assert_eq!(session.run("(defn g [] (h))"), "#<function>");
    assert_eq!(
        session.run("(g)"),
        "!UndefinedSymbol \"Undefined symbol: h\""
    );
    assert_eq!(session.run("(defn h [] :late) (g)"), ":late");
    assert_eq!(session.run("(error \"x\")"), "!ApplicationError \"x\"");
    assert_eq!(session.run("(f 3)"), "[5 3]");
    assert_eq!(session.environment.get("x"), Some(&Value::int(5)));
    assert_eq!(session.environment.get("nope"), None);
    let names: Vec<&str> = session
        .environment
        .definitions()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names, ["f", "g", "h", "x"]);
}

#[test]
fn closures_of_a_session_keep_their_cells() {
    let mut session = Session::default();
    session.run(
        "(def f (let [a? (fn [n] (if (= n 0) true (b? (- n 1))))
                      b? (fn [n] (if (= n 0) false (a? (- n 1))))] a?))",
    );
    // Make the registry of cells sweep several times.
    session.run(
        "(defn g [n] (let [p (fn [] (q)) q (fn [] (p))] (if (= n 0) 0 (g (- n 1))))) (g 10000)",
    );
    assert_eq!(session.run("[(f 7) (f 8)]"), "[false true]");
}

#[test]
fn values_outlive_their_environment() {
    let source = "(let [a? (fn [n] (b? n)) b? (fn [n] (a? n))] [a? {:b b?} a? \"text\"])";
    let value = run_with(source, &mut PureHost, &Limits::default())
        .result
        .expect("a value");
    assert_eq!(
        readable(&value),
        "[#<function> {:b #<function>} #<function> \"text\"]"
    );
    let items = value.as_seq().expect("a vector");
    assert_eq!(items.get(0), items.get(2));
    assert_ne!(items.get(0), items.get(1));
}

#[test]
fn nothing_is_left_when_everything_is_dropped() {
    let before = mem::used();
    for source in [
        "(let [a? (fn [n] (b? n)) b? (fn [n] (a? n))] [a? b?])",
        "(defn f [] (def g (fn [] (h))) (def h (fn [] (g))) (def v [g h]) v) (map (fn [x] (f)) (range 2000))",
        "(defn f [n] (if (= n 0) (error \"x\" {:f f}) [(f (- n 1))])) (f 50)",
        "(defn f [] (f)) (f)",
    ] {
        let limits = Limits {
            steps: Some(100_000),
            ..Limits::default()
        };
        drop(run_with(source, &mut PureHost, &limits));
        assert_eq!(mem::used(), before, "{source}");
    }
}

#[test]
fn an_embedder_calls_a_function_of_an_environment() {
    let mut environment = Environment::new();
    let source = "(defn add [a b] (+ a b)) (error \"a bare expression\")";
    let unit = environment.load(&program(source)).expect("well formed");
    let mut machine = Machine::in_environment(environment, &unit.definitions(), &Limits::default());
    assert!(matches!(next(&mut machine), Status::Done(_)));
    let environment = machine.into_environment();
    let add = environment.get("add").expect("it was defined").clone();
    let args = vec![Value::int(1), Value::int(2)];
    let mut call = Machine::call(environment, add.clone(), args, &Limits::default());
    assert_eq!(value(&mut call), "3");
    let mut call = Machine::call(call.into_environment(), add, vec![], &Limits::default());
    assert!(
        matches!(next(&mut call), Status::Raised(error) if error.class_name() == "ArityMismatch")
    );
}

#[test]
fn a_function_of_another_environment_is_refused() {
    let function = run_with("(fn [] 1)", &mut PureHost, &Limits::default())
        .result
        .expect("a value");
    let mut machine = Machine::call(Environment::new(), function, vec![], &Limits::default());
    assert!(
        matches!(next(&mut machine), Status::Raised(error) if error.class_name() == "InternalError")
    );
}

#[test]
fn modules_of_an_environment_are_imported() {
    let mut session = Session::default();
    let module = "(module acme.geo (:exports [area unit]) (def unit :m) (defn area [w] [(secret w) unit]) (defn secret [w] w))";
    assert_eq!(session.run(module), "nil");
    assert_eq!(
        session.run("acme.geo/unit"),
        "!SymbolNotFound \"Symbol not found: acme.geo/unit\""
    );
    assert_eq!(
        session.run("(import acme.geo :as g) [(g/area 2) (acme.geo/area 3)]"),
        "[[2 :m] [3 :m]]"
    );
    assert_eq!(
        session.run("g/secret"),
        "!SymbolNotFound \"Symbol not found: g/secret\""
    );
    session
        .environment
        .register_module("host.consts", [("pi".to_owned(), Value::int(3))]);
    assert_eq!(session.run("(import host.consts) host.consts/pi"), "3");
    assert_eq!(
        session.run("(import acme.geo :only [secret])"),
        "!ModuleError \"Module error: Symbol 'secret' not exported by module 'acme.geo'\""
    );
    assert_eq!(
        session.run("(module m (:exports [a b]) (def a 1) (declare b [] : int))"),
        "!ModuleError \"Module error: Symbol 'b' is exported but not defined in module 'm'\""
    );
}
