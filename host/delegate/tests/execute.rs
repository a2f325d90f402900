//! Stored functions run without WebAssembly, as the evaluator would run them.

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::*;
use rtfs_delegate::*;
use rtfs_eval::{Host, HostCall};
use rtfs_store::Validation;
use rtfs_value::types::Level;
use rtfs_value::{Error, Value, readable};

/// Answers `shop.price` with 42 and knows the context value `user`; moves the clock when asked.
struct Shop(Arc<ManualClock>);

impl Host for Shop {
    fn execute_capability(&mut self, call: &HostCall) -> Result<Value, Error> {
        self.0.advance(Duration::from_millis(10));
        match call.capability_id.as_str() {
            "shop.price" => Ok(Value::int(42)),
            other => Err(Error::unknown_capability(other)),
        }
    }

    fn get_context_value(&mut self, key: &str) -> Option<Value> {
        (key == "user").then(|| Value::string("ann"))
    }
}

struct Case {
    fixture: Fixture,
    limits: ExecutionLimits,
    grants: CapabilityGrants,
}

impl Case {
    fn new() -> Self {
        Self {
            fixture: Fixture::new(),
            limits: ExecutionLimits::default(),
            grants: CapabilityGrants::none(),
        }
    }

    /// Publishes a program and calls one of its functions through the store.
    fn call(&self, source: &str, name: &str, args: &[Value]) -> Result<Execution, RunStoredError> {
        let registry = self.fixture.registry();
        self.call_by(&registry, source, name, args)
    }

    fn call_by(
        &self,
        registry: &ModuleRegistry,
        source: &str,
        name: &str,
        args: &[Value],
    ) -> Result<Execution, RunStoredError> {
        self.call_program(registry, &program(source), source, name, args)
    }

    fn call_program(
        &self,
        registry: &ModuleRegistry,
        program: &rtfs_ir::Program,
        source: &str,
        name: &str,
        args: &[Value],
    ) -> Result<Execution, RunStoredError> {
        publish_with(
            &self.fixture.l4,
            program,
            source,
            Validation::Verified,
            |_| (),
        );
        let context = context(program, name);
        let Lookup::Hit(hit) = self.fixture.l4.lookup(&context, Policy::Exact) else {
            panic!("{name} is not found");
        };
        let call = StoredCall {
            args,
            validation: Level::Standard,
            limits: &self.limits,
            grants: &self.grants,
            host: &mut Shop(self.fixture.clock.clone()),
        };
        registry.run_stored(&hit, call)
    }

    #[track_caller]
    fn check(&self, source: &str, name: &str, args: &[Value], expected: &str) {
        let ran = self.call(source, name, args).expect("it runs");
        let shown = match &ran.result {
            Ok(value) => readable(value),
            Err(error) => format!("!{} {:?}", error.class_name(), error.text()),
        };
        assert_eq!(shown, expected, "{source}");
        assert!(ran.usage.fuel > 0);
    }
}

#[test]
fn values_and_errors_come_back() {
    let case = Case::new();
    let int = Value::int;
    case.check("(defn add [x y] (+ x y))", "add", &[int(1), int(2)], "3");
    case.check(
        "(def k {:a 1}) (defn g [x] (assoc k :b x)) (defn f [x] (g x))",
        "f",
        &[value("[1 \"two\"]")],
        "{:a 1 :b [1 \"two\"]}",
    );
    case.check(
        "(defn f [x] (/ 1 x))",
        "f",
        &[int(0)],
        "!DivisionByZero \"Division by zero\"",
    );
    case.check(
        "(defn f [x:int] x)",
        "f",
        &[value("\"a\"")],
        "!TypeValidationError \"Type validation error: param x: Type mismatch: expected :int, got string\"",
    );
}

#[test]
fn functions_of_modules_are_found_by_their_qualified_names() {
    let case = Case::new();
    let source = "(module acme.sums (:exports [twice]) (defn twice [x] (* 2 x)))";
    case.check(source, "twice", &[Value::int(4)], "8");
}

#[test]
fn other_forms_of_a_module_run_where_no_executor_fits() {
    let case = Case::new();
    let source = "(defn add [x y] (+ x y))";
    let args = [Value::int(1), Value::int(2)];
    let l4 = case.fixture.l4.clone();
    let by_source = ModuleRegistry::new()
        .with_l4_cache(l4.clone())
        .with_executor(Arc::new(SourceExecutor::new(case.fixture.clock.clone())));
    let ran = case.call_by(&by_source, source, "add", &args).unwrap();
    assert_eq!(ran.result, Ok(Value::int(3)));
    let by_none = ModuleRegistry::new().with_l4_cache(l4);
    let none = case.call_by(&by_none, source, "add", &args).unwrap_err();
    assert!(matches!(none, RunStoredError::NoExecutor { available } if available.len() == 3));
}

/// Knows one module.
#[derive(Debug)]
struct Sums;

impl rtfs_ir::ModuleLoader for Sums {
    fn load(&self, name: &str) -> Result<Option<rtfs_syntax::SourceText>, String> {
        let text = "(module acme.sums (:exports [twice]) (defn twice [x] (* 2 x)))";
        Ok((name == "acme.sums")
            .then(|| rtfs_syntax::SourceText::new("sums".to_owned(), text.to_owned())))
    }
}

#[test]
fn a_source_whose_imports_are_missing_is_not_run_and_not_called_altered() {
    let case = Case::new();
    let source = "(import acme.sums :as sums) (defn add [x y] (+ x y))
                  (defn four [x] (sums/twice (sums/twice x)))";
    let options = rtfs_ir::LowerOptions {
        loader: Some(&Sums),
        ..rtfs_eval::lower_options()
    };
    let forms = rtfs_syntax::read(source).forms;
    let program = rtfs_ir::lower(&forms, &options).program.expect("lowers");
    let by_source = |executor| {
        ModuleRegistry::new()
            .with_l4_cache(case.fixture.l4.clone())
            .with_executor(Arc::new(executor))
    };
    let executor = || SourceExecutor::new(case.fixture.clock.clone());
    let call = |registry: &ModuleRegistry, name| {
        case.call_program(
            registry,
            &program,
            source,
            name,
            &[Value::int(3), Value::int(4)],
        )
    };
    // `add` needs nothing of it, but evaluating the text does.
    let missing = call(&by_source(executor()), "add").unwrap_err();
    let RunStoredError::Execute(ExecuteError::MissingModule { module, .. }) = missing else {
        panic!("{missing:?}");
    };
    assert_eq!(module, "acme.sums");
    assert!(case.fixture.events.take().is_empty());
    let with_modules = by_source(executor().with_modules(Arc::new(Sums)));
    let ran = call(&with_modules, "add").unwrap();
    assert_eq!(ran.result, Ok(Value::int(7)));
}

#[test]
fn host_calls_need_both_keys() {
    let source = "(defn f [] (call :shop.price))";
    let mut case = Case::new();
    case.check(
        source,
        "f",
        &[],
        "!SecurityViolation \"Security violation: call operation on capability 'shop.price' not \
         allowed in context: Pure\"",
    );
    case.grants = CapabilityGrants::none().with_capability("shop.price");
    case.check(source, "f", &[], "42");
    let dynamic = "(defn g [id] (call id))";
    case.check(
        dynamic,
        "g",
        &[value("\"shop.price\"")],
        "!SecurityViolation \"Security violation: call operation on capability 'shop.price' not \
         allowed in context: Controlled\"",
    );
    case.grants = case.grants.with_dynamic();
    case.check(dynamic, "g", &[value("\"shop.price\"")], "42");
    case.check("(defn h [] @user)", "h", &[], "\"ann\"");
}

#[test]
fn limits_are_named_errors() {
    let source = "(defn f [n] (if (> n 0) (+ 1 (f (- n 1))) 0))";
    let mut case = Case::new();
    case.check(source, "f", &[Value::int(100)], "100");
    case.limits.depth_used = 19_950;
    case.check(
        source,
        "f",
        &[Value::int(100)],
        "!StackOverflow \"Stack overflow: maximum recursion depth (20000) exceeded\"",
    );
    case.limits = ExecutionLimits {
        fuel: 500,
        ..ExecutionLimits::default()
    };
    case.check(
        source,
        "f",
        &[Value::int(1000)],
        "!BudgetExhausted \"Budget exhausted: steps\"",
    );
    case.limits = ExecutionLimits {
        deadline: Duration::from_millis(15),
        ..ExecutionLimits::default()
    };
    case.grants = CapabilityGrants::all();
    case.check(
        "(defn g [] (dotimes [i 3] (call :shop.price)))",
        "g",
        &[],
        "!BudgetExhausted \"Budget exhausted: deadline\"",
    );
}

#[test]
fn functions_do_not_cross() {
    let case = Case::new();
    let result = case.call("(defn f [x] [(fn [] x)])", "f", &[Value::int(1)]);
    assert!(matches!(
        result,
        Err(RunStoredError::Execute(ExecuteError::FunctionResult { .. }))
    ));
    let result = case.call("(defn g [x] x)", "g", &[Value::opaque_fn()]);
    assert!(matches!(
        result,
        Err(RunStoredError::Execute(ExecuteError::FunctionArgument {
            index: 0
        }))
    ));
}

#[test]
fn a_program_that_is_not_what_its_record_says_does_not_run() {
    let case = Case::new();
    let honest = program("(defn add [x y] (+ x y))");
    let facts = publish(
        &case.fixture.l4,
        "(defn add [x y] (+ x y))",
        Validation::Verified,
    );
    let mut facts = facts.record().facts.clone();
    facts.claimed_unix_seconds = Some(1_900_000_000);
    // Signed by a trusted key all the same: a mistake of the publisher, or worse.
    let wrong = program("(defn add [x y] nil)").encode();
    let publication = rtfs_store::Publication {
        component: &wrong,
        source: None,
        ir: None,
        facts,
        name: None,
    };
    let published = case.fixture.l4.publish(&publication).unwrap();
    let lookup = case
        .fixture
        .l4
        .lookup(&context(&honest, "add"), Policy::Exact);
    let Lookup::Hit(hit) = lookup else {
        panic!("{lookup:?}");
    };
    assert_eq!(
        hit.signature.record, published.record,
        "the newest is taken"
    );
    let call = StoredCall {
        args: &[Value::int(1), Value::int(2)],
        validation: Level::Standard,
        limits: &case.limits,
        grants: &case.grants,
        host: &mut Shop(case.fixture.clock.clone()),
    };
    let ran = case.fixture.registry().run_stored(&hit, call);
    let refused = matches!(
        ran,
        Err(RunStoredError::Execute(ExecuteError::Malformed { .. }))
    );
    assert!(refused, "{ran:?}");
    let events = case.fixture.events.take();
    assert!(matches!(
        events[0].incident,
        SecurityIncident::Content { .. }
    ));
    // The next best answers from now on.
    let lookup = (case.fixture.l4).lookup(&context(&honest, "add"), Policy::Exact);
    assert!(matches!(lookup, Lookup::Hit(next) if next.signature != hit.signature));
}
