//! Calls of functions that a program only declares, on both engines: the same values, errors and
//! host calls.

mod support;

use rtfs_delegate::{BackendOptions, CapabilityGrants, ExecutionLimits, Policy};
use rtfs_eval::Host;
use rtfs_runtime::{Declares, Ending, Ran, Unit, call};
use rtfs_value::types::Level;
use support::{Asked, Events, Runs, World, program, shown};

/// A store in which a library is published, with its cases passed.
fn world(library: &str) -> (World, tempfile::TempDir) {
    let root = tempfile::tempdir().expect("a directory");
    let world = World::open(root.path());
    world.publish(library, true);
    (world, root)
}

/// Runs a program as a component.
fn in_component(
    world: &World,
    source: &str,
    policy: Policy,
    limits: &ExecutionLimits,
    host: &mut dyn Host,
) -> (Ran, Events) {
    let program = program(source);
    let options = BackendOptions::default();
    let unit = Unit {
        program: &program,
        source: Some(source),
        options: &options,
    };
    let events = Events::default();
    let module = world.units.load(&unit, &Events::default());
    let module = module.expect("it compiles");
    let delegation = world.delegation(policy);
    let declares = Declares {
        program: &program,
        delegation: &delegation,
        validation: Level::Standard,
        observer: &events,
    };
    let grants = CapabilityGrants::all();
    let ran = call(&module, 0, &[], (limits, &grants), host, Some(declares));
    (ran.expect("there are no arguments"), events)
}

/// Errors with their text and frames; nodes and the frames inside the other component stay there.
#[track_caller]
fn both(world: &World, source: &str, policy: Policy) -> (String, Vec<String>) {
    let (mut here, mut there) = (Asked::default(), Asked::default());
    let (ran, _) = world.run(source, policy, &mut here);
    let evaluated = shown(&ran);
    let limits = ExecutionLimits::default();
    let (ran, events) = in_component(world, source, policy, &limits, &mut there);
    assert_eq!(ran.engine, "component");
    assert_eq!(shown(&ran), evaluated, "{source}");
    assert_eq!(there.calls, here.calls, "{source}");
    (evaluated, events.lines())
}

#[test]
fn a_component_calls_what_somebody_published() {
    let (world, _root) = world("(defn add [x:int y:int] : int (+ x y))");
    let source = "(declare add [a:int b:int] : int) (defn twice [n] (add n n)) (twice (add 1 2))";
    let (shown, events) = both(&world, source, Policy::Interface);
    assert_eq!(shown, "6");
    assert_eq!(events, ["hit add interface", "ran add component 2"]);
    // As a value, in callbacks, with the wrong number of arguments, in tail position.
    let declare = "(declare add [a:int b:int] : int)";
    for (body, expected) in [
        ("(map add [1 2] [10 20])", "[11 22]"),
        ("(reduce add 0 (range 100))", "4950"),
        ("(let [f add] (f 1 2))", "3"),
        ("[(= add add) (fn? add)]", "[true true]"),
        (
            "(defn sum [n acc] (if (= n 0) (add acc 0) (sum (- n 1) (add acc n)))) (sum 50 0)",
            "1275",
        ),
    ] {
        let (shown, _) = both(&world, &format!("{declare} {body}"), Policy::Interface);
        assert_eq!(shown, expected, "{body}");
    }
    for body in [
        "(add 1)",
        "(try (add) (catch ArityMismatch e (:message e)))",
    ] {
        both(&world, &format!("{declare} {body}"), Policy::Interface);
    }
}

#[test]
fn without_a_policy_that_answers_the_name_is_undefined() {
    let (world, _root) = world("(defn add [x y] (+ x y))");
    for body in [
        "(add 1 2)",
        "(add (call :count) 2)",
        "(try (add 1 2) (catch UndefinedSymbol e (:message e)))",
        "(map add [1] [2])",
        "add",
    ] {
        let source = format!("(declare add [a b]) {body}");
        let (shown, _) = both(&world, &source, Policy::Exact);
        assert!(shown.contains("Undefined symbol: add"), "{shown}");
        // Another interface under the same name.
        let source = format!("(declare add [a:int b]) {body}");
        let (shown, _) = both(&world, &source, Policy::Interface);
        assert!(shown.contains("Undefined symbol: add"), "{shown}");
    }
}

#[test]
fn arguments_and_results_are_checked_as_declared() {
    let (world, _root) = world("(defn half [n:int] : int (/ n 2)) (defn same [x] x)");
    let declare = "(declare half [count:int] : int) (declare same [x])";
    let (shown, _) = both(
        &world,
        &format!("{declare} (half \"4\")"),
        Policy::Interface,
    );
    assert!(shown.contains("param count"), "{shown}");
    let (shown, _) = both(&world, &format!("{declare} (half 3)"), Policy::Interface);
    assert!(shown.contains("fn return"), "{shown}");
    assert_eq!(
        both(&world, &format!("{declare} (half 4)"), Policy::Interface).0,
        "2"
    );
}

#[test]
fn functions_do_not_cross() {
    let (world, _root) = world("(defn same [x] x) (defn adder [n] (fn [x] (+ x n)))");
    let declare = "(declare same [x]) (declare adder [n])";
    for body in ["(same inc)", "(same [1 {:f (fn [x] x)}])"] {
        let (shown, _) = both(&world, &format!("{declare} {body}"), Policy::Interface);
        assert!(shown.starts_with("TypeError"), "{shown}");
    }
    let (shown, events) = both(&world, &format!("{declare} (adder 1)"), Policy::Interface);
    assert!(shown.starts_with("TypeError"), "{shown}");
    assert_eq!(events, ["local adder function-result"]);
}

#[test]
fn errors_arrive_with_class_text_and_data() {
    let (world, _root) = world(
        "(defn fail [x] (throw :late {:by x})) (defn zero [] (/ 1 0))
         (defn deep [n] (+ 1 (deep n)))",
    );
    let declare = "(declare fail [x]) (declare zero []) (declare deep [n])";
    for body in [
        "(fail 3)",
        "(zero)",
        "(try (fail 3) (catch :late e [(:message e) (:data e)]))",
        "(try (zero) (catch DivisionByZero e (:message e)))",
        "(defn outer [] (+ 1 (zero))) (outer)",
        "(try (deep 1) (catch StackOverflow e (:message e)))",
    ] {
        both(&world, &format!("{declare} {body}"), Policy::Interface);
    }
}

#[test]
fn host_calls_inside_keep_their_order_and_numbers() {
    let library = "(defn ask [x] [x (call :count x) user])
                   (defn broken [] (call :fail))";
    let (world, _root) = world(library);
    let program = "(declare ask [x]) (declare broken [])
                   [(call :count 0) (ask 5) user (call :count 1) (ask 6)
                    (try (broken) (catch HostError e (:message e)))]";
    // Capabilities are a part of the interface.
    let (shown, _) = both(&world, program, Policy::Interface);
    assert!(shown.starts_with("UndefinedSymbol"), "{shown}");
    let program = program.replace("ask [x]", "ask ^{:capabilities [:count]} [x]");
    let program = program.replace("broken []", "broken ^{:capabilities [:fail]} []");
    let (shown, events) = both(&world, &program, Policy::Interface);
    assert_eq!(
        shown, "[1 [5 2 \"ada\"] \"ada\" 4 [6 5 \"ada\"] \"out of paper\"]",
        "{events:?}"
    );
}

#[test]
fn depth_is_counted_across_the_border() {
    let (world, _root) = world("(defn down [n:int] : int (if (= n 0) 0 (+ 1 (down (- n 1)))))");
    for n in [19_998, 19_999] {
        let source = format!("(declare down [n:int] : int) (defn up [n] (+ 0 (down n))) (up {n})");
        both(&world, &source, Policy::Interface);
    }
}

#[test]
fn a_component_that_answers_may_declare_functions_itself() {
    let (world, _root) = world("(defn leaf [n] (* n 2))");
    world.publish("(declare leaf [n]) (defn middle [n] (+ 1 (leaf n)))", true);
    let (shown, events) = both(&world, "(declare middle [n]) (middle 4)", Policy::Interface);
    assert_eq!(shown, "9");
    assert_eq!(events[0], "hit leaf interface");
    assert!(
        events.contains(&"ran middle component 1".to_owned()),
        "{events:?}"
    );
}

#[test]
fn stored_ir_that_answers_may_declare_functions_itself() {
    let (components, root) = world(
        "(defn leaf [n] (if (= n 0) (throw :done \"no more\") (* n 2)))
         (defn asks [x & more] [(call :count x) more])",
    );
    components.publish(
        "(declare leaf [n]) (defn middle [n] (+ 1 (leaf n)))
         (declare asks ^{:capabilities [:count]} [x & more])
         (defn both ^{:capabilities [:count]} [n]
           [(call :count n) (asks n) (call :count n) (map (fn [f] (f n 1 2)) [asks])])",
        true,
    );
    let ir = World::with_executor(root.path(), Runs::Ir);
    for body in [
        "(middle 4)",
        "(try (middle 0) (catch e (:message e)))",
        "[(call :count 0) (both 7) (call :count 0)]",
        "(middle \"x\")",
    ] {
        let source =
            format!("(declare middle [n]) (declare both ^{{:capabilities [:count]}} [n]) {body}");
        let (mut by_ir, mut by_component) = (Asked::default(), Asked::default());
        let (ran, events) = ir.run(&source, Policy::Interface, &mut by_ir);
        let events = events.lines();
        assert!(
            events
                .iter()
                .any(|line| line.starts_with("ran ") && line.contains(" ir ")),
            "{events:?}"
        );
        let (other, _) = components.run(&source, Policy::Interface, &mut by_component);
        assert_eq!(shown(&ran), shown(&other), "{body}");
        assert_eq!(by_ir.calls, by_component.calls, "{body}");
    }
}

#[test]
fn components_that_call_each_other_without_end_are_stopped() {
    let (world, _root) = world("(declare pong [n]) (defn ping [n] (pong (+ n 1)))");
    world.publish("(declare ping [n]) (defn pong [n] (ping (+ n 1)))", true);
    let source = "(declare ping [n]) (ping 0)";
    for ran in [
        world
            .run(source, Policy::Interface, &mut Asked::default())
            .0,
        in_component(
            &world,
            source,
            Policy::Interface,
            &ExecutionLimits::default(),
            &mut Asked::default(),
        )
        .0,
    ] {
        let Ending::Limit { which, .. } = &ran.ending else {
            panic!("{ran:?}");
        };
        assert_eq!(which, "nested-components");
    }
}

#[test]
fn what_answers_has_no_more_fuel_than_its_caller() {
    let (world, _root) = world("(defn spin [n] (if (= n 0) 0 (spin (- n 1))))");
    let limits = ExecutionLimits {
        fuel: 1_000_000,
        ..ExecutionLimits::default()
    };
    let source = "(declare spin [n]) (spin 1000000000)";
    let (ran, _) = in_component(
        &world,
        source,
        Policy::Interface,
        &limits,
        &mut Asked::default(),
    );
    let Ending::Limit { which, .. } = &ran.ending else {
        panic!("{ran:?}");
    };
    assert_eq!(which, "fuel");
}

#[test]
fn altered_code_answers_nothing() {
    let (_, root) = world("(defn add [x y] (+ x y))");
    let blobs = root.path().join("store/blobs/sha256");
    for entry in std::fs::read_dir(blobs).expect("blobs") {
        let path = entry.expect("an entry").path();
        let mut bytes = std::fs::read(&path).expect("a blob");
        if bytes.starts_with(b"\0asm") {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
                .expect("ours");
            std::fs::write(&path, bytes).expect("ours");
        }
    }
    let world = World::open(root.path());
    let (shown, _) = both(&world, "(declare add [x y]) (add 1 2)", Policy::Interface);
    assert!(shown.contains("Undefined symbol: add"), "{shown}");
    assert!(!world.security.lock().expect("sound").is_empty());
}
