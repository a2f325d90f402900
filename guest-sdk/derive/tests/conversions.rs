//! Derived conversions, there and back.

#![allow(missing_docs, reason = "types of tests")]

use rtfs_guest::{FromValue, IntoValue, Map, Value};
use std::fmt::Debug;

#[track_caller]
fn check<T: FromValue + IntoValue + Clone + PartialEq + Debug>(value: T, name: &str, text: &str) {
    assert_eq!(<T as IntoValue>::type_name(), name);
    assert_eq!(<T as FromValue>::type_name(), name);
    let made = value.clone().into_value();
    assert_eq!(rtfs_value::readable(&made), text);
    assert_eq!(T::from_value(made), Ok(value));
}

fn keyword(name: &str) -> Value {
    Value::keyword(name)
}

#[derive(Clone, Debug, PartialEq, FromValue, IntoValue)]
struct Item {
    name: String,
    unit_price: f64,
    #[rtfs(name = "in-stock?")]
    in_stock: bool,
    r#type: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, FromValue, IntoValue)]
struct Cents(i64);

#[derive(Clone, Debug, PartialEq, FromValue, IntoValue)]
struct Point(i64, f64);

#[derive(Clone, Copy, Debug, PartialEq, FromValue, IntoValue)]
enum Colour {
    Red,
    DarkBlue,
    #[rtfs(name = "see-through")]
    Transparent,
}

#[derive(Clone, Debug, PartialEq, FromValue, IntoValue)]
enum Shape {
    Empty,
    Circle(f64),
    Line(Point, Point),
    Box { width: i64, colour: Option<Colour> },
}

#[derive(Clone, Debug, PartialEq, FromValue, IntoValue)]
struct Pair<T, U> {
    left: T,
    right: Vec<U>,
}

#[test]
fn structs_are_records() {
    let item = Item {
        name: "tea".to_owned(),
        unit_price: 2.5,
        in_stock: true,
        r#type: None,
    };
    let name = "[:map [:name :string] [:unit-price :float] [:in-stock? :bool] [:type :int? ?]]";
    let text = "{:name \"tea\", :unit-price 2.5, :in-stock? true}";
    check(item.clone(), name, &text.replace(',', ""));
    let with_type = Item {
        r#type: Some(3),
        ..item
    };
    let text = text.replace(',', "").replace('}', " :type 3}");
    check(with_type, name, &text);
}

#[test]
fn tuple_structs_are_their_field_or_vectors() {
    check(Cents(5), ":int", "5");
    check(Point(1, 0.5), "[:tuple :int :float]", "[1 0.5]");
}

#[test]
fn enums_are_keywords_or_vectors() {
    let colours = "[:enum :red :dark-blue :see-through]";
    check(Colour::Red, colours, ":red");
    check(Colour::DarkBlue, colours, ":dark-blue");
    check(Colour::Transparent, colours, ":see-through");
    let shapes = format!(
        "[:union [:enum :empty] [:tuple [:val :circle] :float] \
         [:tuple [:val :line] [:tuple :int :float] [:tuple :int :float]] \
         [:tuple [:val :box] [:map [:width :int] [:colour {colours}? ?]]]]"
    );
    check(Shape::Empty, &shapes, ":empty");
    check(Shape::Circle(1.5), &shapes, "[:circle 1.5]");
    let line = Shape::Line(Point(1, 2.5), Point(3, 4.5));
    check(line, &shapes, "[:line [1 2.5] [3 4.5]]");
    let square = Shape::Box {
        width: 2,
        colour: Some(Colour::Red),
    };
    check(square, &shapes, "[:box {:width 2 :colour :red}]");
}

#[test]
fn type_parameters_are_converted_too() {
    let pair = Pair {
        left: Cents(1),
        right: vec![Colour::Red],
    };
    let name = "[:map [:left :int] [:right [:vector [:enum :red :dark-blue :see-through]]]]";
    check(pair, name, "{:left 1 :right [:red]}");
}

#[test]
fn what_does_not_fit_is_given_back() {
    assert_eq!(Colour::from_value(keyword("green")), Err(keyword("green")));
    assert_eq!(Shape::from_value(keyword("circle")), Err(keyword("circle")));
    let empty = Value::vector([keyword("empty")]);
    assert_eq!(Shape::from_value(empty.clone()), Err(empty));
    let long = Value::vector([keyword("circle"), Value::float(1.0), Value::int(2)]);
    assert_eq!(Shape::from_value(long.clone()), Err(long));
    let list = Value::list([keyword("circle"), Value::float(1.0)]);
    assert_eq!(Shape::from_value(list.clone()), Err(list));
    let circle = Value::vector([keyword("circle"), keyword("wide")]);
    assert_eq!(Shape::from_value(circle), Err(keyword("wide")));
}

#[test]
fn missing_keys_are_the_record_s_fault_and_unknown_ones_nobody_s() {
    let mut map = Map::new();
    map.assoc(keyword("left"), Value::int(1)).unwrap();
    let without = map.clone().into_value();
    let read = Pair::<i64, i64>::from_value(without.clone());
    assert_eq!(read, Err(without));
    map.assoc(keyword("right"), Value::vector([])).unwrap();
    map.assoc(keyword("more"), Value::int(2)).unwrap();
    let read = Pair::<i64, i64>::from_value(map.into_value());
    assert_eq!(read.map(|pair| pair.left), Ok(1));
}
