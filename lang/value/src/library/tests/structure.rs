//! Constructors of structs.

use super::{apply, run};
use crate::library::struct_constructor;
use crate::types::Type;
use crate::{Value, readable};
use alloc::string::String;

/// `(defstruct Point :x :int :y :int? :tags [:vector :string])`
fn point() -> Value {
    let field = |name: &str, ty: Type| (String::from(name), ty);
    let fields = [
        field("x", Type::Int),
        field("y", Type::Int.optional()),
        field("tags", Type::Vector(Type::String.into()).optional()),
    ];
    struct_constructor("Point", &fields)
}

#[track_caller]
fn check(args: &str, expect: &str) {
    let args = run(args).expect("arguments");
    let got = apply(
        &point(),
        args.as_seq().expect("a vector").iter().cloned().collect(),
    );
    let got = got.map_or_else(|error| String::from(error.text()), |value| readable(&value));
    assert_eq!(got, expect);
}

#[test]
fn a_map_with_the_fields_comes_back_unchanged() {
    check("[{:x 1}]", "{:x 1}");
    check("[{:x 1 :y nil}]", "{:x 1 :y nil}");
    check(
        "[{\"x\" 1 :z 2 :tags [\"a\"]}]",
        "{\"x\" 1 :z 2 :tags [\"a\"]}",
    );
}

#[test]
fn the_first_violation_is_reported() {
    check("[]", "Arity mismatch in Point: expected 1, got 0");
    check("[{} {}]", "Arity mismatch in Point: expected 1, got 2");
    check("[[1]]", "Type error in Point: expected map, got vector");
    check(
        "[{:y \"a\"}]",
        "Type validation error: field x: Required field x is missing",
    );
    check(
        "[{:x \"1\"}]",
        "Type validation error: field x: Type mismatch at .x: expected :int, got string",
    );
    check(
        "[{:x 1 :tags [\"a\" 2]}]",
        "Type validation error: field tags: Type mismatch at .tags[1]: expected :string, got integer",
    );
}

#[test]
fn it_is_a_function() {
    let point = point();
    assert!(point.is_function());
    assert_eq!(readable(&point), "#<function>");
    assert_eq!(point, point.clone());
}
