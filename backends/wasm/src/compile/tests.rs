use rtfs_ir::ExportDescription;
use rtfs_value::types::{MapEntry, Type};
use rtfs_value::{Map, Value};

use super::*;
use crate::export_labels;
use crate::testing::{CoreRun, Hand, RaisedError, Running, int, param, program};

fn artifact(hand: Hand) -> Artifact {
    let generated = hand.generate();
    let exports = generated.exports.iter().map(|export| ExportDescription {
        name: export.name.clone(),
        definition: None,
        function: None,
    });
    let description = Description {
        module: None,
        exports: exports.collect(),
    };
    assemble(&description, &generated).expect("the hand-made module links")
}

fn numeric() -> Hand {
    Hand::default().function("add", vec![int("x"), int("y")], Some(Type::Int))
}

fn run(hand: Hand) -> Running {
    Running::new(&artifact(hand).component)
}

#[test]
fn export_0_is_the_top_level() {
    assert_eq!(run(numeric()).invoke(0, &[]), Ok(Value::int(7)));
}

#[test]
fn invoke_passes_any_value() {
    let mut running = run(numeric().function("id", vec![param("x", None)], None));
    let mut map = Map::new();
    map.assoc(
        Value::keyword("a"),
        Value::vector([Value::int(1), Value::float(1.5)]),
    )
    .expect("a keyword is a key");
    for value in [
        Value::NIL,
        Value::int(-5),
        Value::string("ä"),
        Value::list([Value::TRUE]),
        map.into_value(),
    ] {
        assert_eq!(running.invoke(2, std::slice::from_ref(&value)), Ok(value));
    }
    assert_eq!(
        running.invoke(1, &[Value::int(2), Value::int(3)]),
        Ok(Value::int(5))
    );
}

#[test]
fn typed_numbers_are_called_directly() {
    let mut running = run(numeric());
    let sum: Result<i64, _> = running.call("add", (40_i64, 2_i64));
    assert_eq!(sum, Ok(42));
}

#[test]
fn errors_carry_class_node_and_stack() {
    let mut running = run(numeric().function("fail", vec![], None));
    let error = running.invoke(2, &[]).expect_err("fail raises");
    let want = RaisedError {
        class: "UndefinedSymbol".to_owned(),
        kind: "undefined-symbol".to_owned(),
        message: "Undefined symbol: missing".to_owned(),
        data: vec![0xf6],
        node: 7,
        stack: vec!["missing".to_owned()],
    };
    assert_eq!(error, want);
    assert_eq!(running.call::<_, Vec<u8>>("fail", ()), Err(want));
    assert_eq!(
        running.invoke(0, &[]),
        Ok(Value::int(7)),
        "the instance stays usable"
    );
}

#[test]
fn limits_reach_typed_calls() {
    let mut running = run(numeric());
    running.limits(11, 10);
    let sum: Result<i64, _> = running.call("add", (1_i64, 2_i64));
    assert!(sum.is_err());
    running.limits(10, 10);
    let sum: Result<i64, _> = running.call("add", (1_i64, 2_i64));
    assert_eq!(sum, Ok(3));
}

#[test]
fn bad_arguments_are_errors() {
    let mut running = run(numeric());
    for (export, bytes) in [(0, &[0xff][..]), (9, &[0x80]), (1, &[0x18, 0x01])] {
        let error = running.invoke_bytes(export, bytes).expect_err("refused");
        assert_eq!(error.class, "InvalidArgument");
    }
}

#[test]
fn unannotated_parameters_are_encoded_values() {
    let mut running = run(Hand::default().function("id", vec![param("x", None)], None));
    let bytes = vec![0x83_u8, 1, 2, 3];
    assert_eq!(running.call("id", (bytes.clone(),)), Ok(bytes));
    let refused: Result<Vec<u8>, _> = running.call("id", (vec![0xff_u8],));
    assert_eq!(refused.expect_err("not a value").class, "InvalidArgument");
}

#[derive(
    Clone,
    Debug,
    PartialEq,
    wasmtime::component::ComponentType,
    wasmtime::component::Lift,
    wasmtime::component::Lower,
)]
#[component(record)]
struct Item {
    #[component(name = "item-name")]
    name: String,
    price: f64,
    tags: Vec<String>,
    note: Option<String>,
}

fn item_type() -> Type {
    let entry = |key: &str, ty, optional| MapEntry {
        key: key.to_owned(),
        ty,
        optional,
    };
    Type::Map {
        entries: vec![
            entry("item-name", Type::String, false),
            entry("price", Type::Float, false),
            entry("tags", Type::Vector(Box::new(Type::String)), false),
            entry("note", Type::String, true),
        ],
        wildcard: None,
    }
}

#[test]
fn records_and_lists_cross_as_component_types() {
    let items = Type::Vector(Box::new(item_type()));
    let hand = Hand::default().function(
        "same",
        vec![param("items", Some(items.clone()))],
        Some(items),
    );
    let mut running = run(hand);
    let item = |name: &str, note: Option<&str>| Item {
        name: name.to_owned(),
        price: 2.5,
        tags: vec!["a".to_owned(), String::new()],
        note: note.map(str::to_owned),
    };
    let list = vec![item("one", None), item("", Some("x"))];
    for _ in 0..3 {
        assert_eq!(running.call("same", (list.clone(),)), Ok(list.clone()));
    }
    assert_eq!(
        running.call("same", (Vec::<Item>::new(),)),
        Ok(Vec::<Item>::new())
    );
}

#[test]
fn many_parameters_are_passed_in_memory() {
    let string = || Some(Type::String);
    let params = (0..9).map(|i| param(&i.to_string(), string())).collect();
    let mut running = run(Hand::default().function("first", params, string()));
    let s = |text: &str| text.to_owned();
    let args = (
        s("a"),
        s("b"),
        s("c"),
        s("d"),
        s("e"),
        s("f"),
        s("g"),
        s("h"),
        s("i"),
    );
    assert_eq!(running.call("first", args), Ok(s("a")));
}

#[test]
fn rest_parameters_are_lists() {
    let hand = Hand::default()
        .function("first", vec![], Some(Type::Int))
        .rest(int("xs"));
    let mut running = run(hand);
    assert_eq!(running.call("first", (vec![4_i64, 5],)), Ok(4_i64));
}

#[test]
fn the_host_is_imported_only_when_it_is_used() {
    let import = "rtfs:host/capability";
    assert!(!artifact(numeric()).wit.contains(import));
    let asking = artifact(numeric().function("ask", vec![], None));
    assert!(asking.wit.contains(import));
    assert_eq!(
        Running::new(&asking.component).invoke(2, &[]),
        Ok(Value::int(42))
    );
}

#[test]
fn descriptions_keep_the_true_names() {
    let mut running = run(numeric().value("limit").function("even?", vec![], None));
    let description = running.describe();
    let exports = description
        .as_map()
        .and_then(|map| map.get_keyword("exports").cloned());
    let exports = exports.expect("a description lists exports");
    let names: Vec<String> = exports
        .as_seq()
        .expect("a vector")
        .iter()
        .filter_map(|export| {
            export
                .as_map()?
                .get_keyword("name")?
                .as_str()
                .map(str::to_owned)
        })
        .collect();
    assert_eq!(names, ["add", "limit", "even?"]);
}

/// Other hosts and tools read the interface out of the component.
#[test]
fn tools_for_wit_read_components() {
    use wit_component::DecodedWasm;

    let structs = "(defstruct Item :price float) (defn price [item:Item] :float (:price item))";
    for text in ["(defn id [x] x)", FIB, structs] {
        let component = source(text).component;
        let decoded = wit_component::decode(&component).unwrap_or_else(|error| panic!("{error:?}"));
        let DecodedWasm::Component(resolve, world) = decoded else {
            panic!("a package, not a component");
        };
        let world = &resolve.worlds[world];
        let exports: Vec<String> = world
            .exports
            .keys()
            .map(|key| resolve.name_world_key(key))
            .collect();
        assert!(
            exports.contains(&"rtfs:module/dynamic@0.1.0".to_owned()),
            "{exports:?}"
        );
    }
}

#[test]
fn equal_programs_give_equal_bytes() {
    let make = || artifact(numeric().function("ask", vec![], Some(item_type()))).component;
    assert_eq!(make(), make());
}

#[test]
fn numeric_components_are_small() {
    let numeric = artifact(numeric());
    assert!(
        numeric.component.len() <= 12_000,
        "the component has {} bytes, the core module {}",
        numeric.component.len(),
        numeric.core.len()
    );
}

/// From source text, through the real lowering.
fn source(text: &str) -> Artifact {
    let options = Options::default();
    compile(&program(text), &options).unwrap_or_else(|error| panic!("{error:?}"))
}

const FIB: &str = "(defn fib [n:int] :int (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))) (fib 10)";

#[test]
fn source_programs_run_in_components() {
    let mut running = Running::new(&source(FIB).component);
    assert_eq!(running.invoke(0, &[]), Ok(Value::int(55)));
    assert_eq!(running.invoke(1, &[Value::int(20)]), Ok(Value::int(6765)));
    assert_eq!(running.call("fib", (15_i64,)), Ok(610_i64));
}

#[test]
fn module_exports_have_qualified_labels() {
    let text = "(module acme.pricing (:exports [total!]) (defn total! [x:int] :int (* x 2)))";
    let artifact = source(text);
    let label = export_labels(["acme.pricing/total!"]).concat();
    assert_eq!(artifact.exports[0].label.as_deref(), Some(label.as_str()));
    assert_eq!(
        Running::new(&artifact.component).call(&label, (21_i64,)),
        Ok(42_i64)
    );
}

#[test]
fn calls_leave_nothing_on_the_heap() {
    let text = "(defn pairs [m] (map (fn [k] [k (get m k)]) (keys m)))
        (defn fail [x] (let [y [x x]] (nth y 9)))";
    let mut run = CoreRun::new(&program(text), &Options::default());
    let mut map = Map::new();
    for i in 0..100 {
        map.assoc(Value::int(i), Value::string("text"))
            .expect("an integer is a key");
    }
    let args = [map.into_value()];
    let mut in_use = Vec::new();
    for _ in 0..4 {
        run.invoke(1, &args).expect("does not raise");
        run.invoke(2, &args).expect_err("raises");
        in_use.push(run.in_use());
    }
    assert!(
        in_use.windows(2).all(|pair| pair[0] == pair[1]),
        "{in_use:?}"
    );
}
