//! Errors: texts, families, readers, stack.

use rtfs_value::error::{ErrorKind, Family};
use rtfs_value::{Error, Value, mem, readable};

#[track_caller]
fn check(error: Error, text: &str, keyword: &str) {
    assert_eq!((error.text(), error.kind_keyword()), (text, keyword));
}

#[test]
fn texts_about_names_and_calls() {
    check(
        Error::type_error("+", "number", "string"),
        "Type error in +: expected number, got string",
        "type-error",
    );
    check(
        Error::undefined_symbol("x"),
        "Undefined symbol: x",
        "undefined-symbol",
    );
    check(
        Error::symbol_not_found("m/x"),
        "Symbol not found: m/x",
        "symbol-not-found",
    );
    check(
        Error::arity("f", 2, Some(2), 3),
        "Arity mismatch in f: expected 2, got 3",
        "arity-mismatch",
    );
    check(
        Error::arity("f", 1, None, 0),
        "Arity mismatch in f: expected at least 1, got 0",
        "arity-mismatch",
    );
    check(
        Error::arity("f", 1, Some(3), 4),
        "Arity mismatch in f: expected 1 to 3, got 4",
        "arity-mismatch",
    );
    check(
        Error::invalid_argument("m"),
        "Invalid argument: m",
        "invalid-argument",
    );
}

#[test]
fn texts_about_values() {
    check(
        Error::division_by_zero(),
        "Division by zero",
        "division-by-zero",
    );
    check(Error::overflow("+"), "Integer overflow in +", "overflow");
    check(
        Error::index_out_of_bounds(-1, 2),
        "Index -1 out of bounds for collection of length 2",
        "index-out-of-bounds",
    );
    check(
        Error::key_not_found(&Value::keyword("k")),
        "Key not found: :k",
        "key-not-found",
    );
    check(
        Error::no_matching_clause(),
        "Match error: No matching clause",
        "match-error",
    );
    check(Error::json("m"), "JSON error: m", "json-error");
    check(
        Error::type_validation("param x", "d"),
        "Type validation error: param x: d",
        "type-validation-error",
    );
}

#[test]
fn texts_about_programs() {
    check(Error::module("m"), "Module error: m", "module-error");
    check(
        Error::module_not_found("a.b"),
        "Module not found: a.b",
        "module-not-found",
    );
    check(
        Error::stack_overflow(20_000),
        "Stack overflow: maximum recursion depth (20000) exceeded",
        "stack-overflow",
    );
    check(
        Error::invalid_program("m"),
        "Invalid program: m",
        "invalid-program",
    );
    check(
        Error::not_implemented("step"),
        "Not implemented: step",
        "not-implemented",
    );
}

#[test]
fn texts_that_programs_and_hosts_give() {
    check(Error::runtime("m"), "Runtime error: m", "runtime-error");
    check(
        Error::application("m", Value::NIL, None),
        "m",
        "application-error",
    );
    check(
        Error::application("m", Value::NIL, Some("limit")),
        "m",
        "limit",
    );
    check(
        Error::unknown_capability("a.b"),
        "Capability 'a.b' not available in pure RTFS mode. Use CCOS host for full capability support.",
        "unknown-capability",
    );
    check(
        Error::security_violation("call", "a", "pure"),
        "Security violation: call operation on capability 'a' not allowed in context: pure",
        "security-violation",
    );
    check(Error::host("m", Value::NIL, Some("busy")), "m", "busy");
    check(
        Error::budget("memory", "limit"),
        "Budget exhausted: memory",
        "budget-exhausted",
    );
}

#[test]
fn families_follow_the_table() {
    for kind in ErrorKind::ALL {
        let error = Error::new(kind, "x");
        let main = [
            Family::Runtime,
            Family::Validation,
            Family::Host,
            Family::Uncatchable,
        ];
        assert_eq!(
            main.iter().filter(|family| error.is_in(**family)).count(),
            1,
            "{kind:?}"
        );
        assert_eq!(ErrorKind::from_class(kind.class()), Some(kind));
        assert_eq!(ErrorKind::from_keyword(kind.keyword()), Some(kind));
    }
    assert!(Error::division_by_zero().is_in(Family::Arithmetic));
    assert!(Error::overflow("+").is_in(Family::Arithmetic));
    assert!(Error::arity("f", 1, None, 0).is_in(Family::IllegalArgument));
    assert!(!Error::budget("steps", "limit").is_catchable());
    assert!(!Error::internal("x").is_catchable());
    assert_eq!(Family::from_class("HostError"), Some(Family::Host));
    assert_eq!(Family::from_class("TypeError"), None);
}

#[test]
fn programs_read_errors_by_keyword() {
    let data = Value::vector([Value::int(3)]);
    let mut error = Error::application("too big", data.clone(), Some("limit"));
    error.push_frame("inner");
    error.push_frame("outer");
    let field = |name: &str| error.field(&Value::keyword(name));
    assert_eq!(field("message"), Some(Value::string("too big")));
    assert_eq!(field("kind"), Some(Value::keyword("limit")));
    assert_eq!(field("type"), Some(Value::keyword("limit")));
    assert_eq!(field("data"), Some(data));
    assert_eq!(
        field("stack"),
        Some(Value::vector([
            Value::string("inner"),
            Value::string("outer")
        ]))
    );
    assert_eq!(field("other"), None);
    assert_eq!(error.field(&Value::string("message")), None);
    let value = error.into_value();
    assert_eq!(
        (readable(&value).as_str(), value.type_name()),
        ("#<error: too big>", "error")
    );
}

#[test]
fn unwinding_copies_an_error_that_someone_holds() {
    let start = mem::used();
    {
        let mut error = Error::division_by_zero();
        error.set_node_if_unset(7);
        error.set_node_if_unset(8);
        error.push_frame("f");
        let held = error.clone().into_value();
        error.push_frame("g");
        error.set_node_if_unset(9);
        assert_eq!(
            held.as_error().map(|e| e.stack()),
            Some(vec!["f".to_owned()])
        );
        assert_eq!(
            (error.stack(), error.node()),
            (vec!["f".to_owned(), "g".to_owned()], Some(7))
        );
        let mut again = Error::from_value(held.clone()).expect("an error");
        again.reset_stack();
        assert_eq!((again.stack().len(), again.node()), (0, Some(7)));
        assert_eq!(held, again.into_value());
    }
    assert_eq!(mem::used(), start);
}

#[test]
fn at_most_fifty_frames_are_kept() {
    let mut error = Error::division_by_zero();
    for i in 0..60 {
        error.push_frame(&i.to_string());
    }
    let stack = error.stack();
    assert_eq!(
        (stack.len(), stack.first().map(String::as_str)),
        (50, Some("0"))
    );
}

#[test]
fn error_values_are_equal_by_kind_message_and_data() {
    let error = |text: &str, data: Value| Error::application(text, data, None).into_value();
    let mut framed = Error::application("a", Value::int(1), None);
    framed.push_frame("f");
    assert_eq!(framed.into_value(), error("a", Value::int(1)));
    assert_ne!(error("a", Value::int(1)), error("a", Value::int(2)));
    assert_ne!(error("a", Value::NIL), error("b", Value::NIL));
    assert_ne!(
        error("a", Value::NIL),
        Error::application("a", Value::NIL, Some("k")).into_value()
    );
}
