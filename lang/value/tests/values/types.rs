//! Types: printed form, checks, encoding.

use proptest::prelude::*;
use rtfs_value::Value;
use rtfs_value::types::{
    Constraint, Level, Literal, MapEntry, Predicate, Type, check, check_encoded, decode, encode,
};

fn vector(item: Type) -> Type {
    Type::Vector(Box::new(item))
}

fn entry(key: &str, ty: Type, optional: bool) -> MapEntry {
    MapEntry {
        key: key.into(),
        ty,
        optional,
    }
}

fn record(entries: Vec<MapEntry>) -> Type {
    Type::Map {
        entries,
        wildcard: None,
    }
}

fn and(base: Type, predicate: Predicate) -> Type {
    Type::Refinement {
        base: Box::new(base),
        constraints: vec![Constraint::Predicate(predicate)],
    }
}

fn map(entries: &[(&str, Value)]) -> Value {
    crate::data::map(
        entries
            .iter()
            .map(|(k, v)| (Value::keyword(k), v.clone()))
            .collect(),
    )
}

#[test]
fn types_print_as_in_messages() {
    let check = |ty: Type, expect: &str| {
        assert_eq!(ty.printed(), expect);
        assert_eq!(decode(&encode(&ty)), Ok(ty));
    };
    check(Type::Int, ":int");
    check(Type::Int.optional(), ":int?");
    check(vector(Type::Int), "[:vector :int]");
    check(vector(Type::Int).optional(), "[:vector :int]?");
    check(Type::any_list(), ":list");
    check(
        Type::Tuple(vec![Type::Int, Type::String]),
        "[:tuple :int :string]",
    );
    check(
        record(vec![
            entry("a", Type::Int, false),
            entry("b", Type::String, true),
        ]),
        "[:map [:a :int] [:b :string ?]]",
    );
    check(
        Type::Map {
            entries: vec![],
            wildcard: Some(Box::new(Type::Bool)),
        },
        "[:map [:* :bool]]",
    );
    check(
        Type::MapOf(Box::new(Type::String), Box::new(Type::Int)),
        "[:map-of :string :int]",
    );
    check(
        Type::Function {
            params: vec![Type::Int],
            rest: Some(Box::new(Type::String)),
            result: Box::new(Type::Bool),
        },
        "[:fn [:int & :string] :bool]",
    );
    check(
        Type::Function {
            params: vec![],
            rest: None,
            result: Box::new(Type::Nil),
        },
        "[:fn [] :nil]",
    );
    check(Type::any_function(), "[:fn [& :any] :any]");
    check(
        Type::Union(vec![Type::Int, Type::Nil]),
        "[:union :int :nil]",
    );
    check(
        Type::Enum(vec![
            Literal::Keyword("a".into()),
            Literal::Keyword("b".into()),
        ]),
        "[:enum :a :b]",
    );
    check(
        and(Type::Int, Predicate::Greater(Literal::Int(0))),
        "[:and :int [:> 0]]",
    );
    check(
        and(
            Type::String,
            Predicate::RequiredKeys(vec!["a".into(), "b".into()]),
        ),
        "[:and :string [:required-keys [:a :b]]]",
    );
    check(Type::Literal(Literal::Int(5)), "[:val 5]");
    check(
        Type::Array {
            item: Box::new(Type::Float),
            shape: vec![Some(3), None],
        },
        "[:array :float [3 ?]]",
    );
    check(
        Type::Array {
            item: Box::new(Type::Float),
            shape: vec![],
        },
        "[:array :float]",
    );
    check(Type::Resource("File".into()), "[:resource File]");
    check(Type::TypeRef("Point".into()), "Point");
}

#[track_caller]
fn fits(value: Value, ty: &Type) {
    assert_eq!(check(&value, ty, Level::Standard), Ok(()));
    check_encoded(&value, (&encode(ty), Level::Standard), "param x").expect("fits");
}

#[track_caller]
fn fails(value: Value, ty: &Type, detail: &str) {
    let error =
        check_encoded(&value, (&encode(ty), Level::Standard), "param x").expect_err("does not fit");
    assert_eq!(
        error.text(),
        format!("Type validation error: param x: {detail}")
    );
    let same = check(&value, ty, Level::Standard)
        .expect_err("does not fit")
        .into_error("param x");
    assert_eq!(same, error);
}

#[test]
fn primitives_fit_their_kind() {
    fits(Value::int(3), &Type::Int);
    fits(Value::int(3), &Type::Float);
    fits(Value::float(3.0), &Type::number());
    fails(
        Value::float(3.0),
        &Type::Int,
        "Type mismatch: expected :int, got float",
    );
    fails(
        Value::NIL,
        &Type::Never,
        "Type mismatch: expected :never, got nil",
    );
    fits(Value::NIL, &Type::Int.optional());
    fails(
        Value::bool(true),
        &Type::Int.optional(),
        "Type mismatch: expected :int?, got boolean",
    );
    fits(Value::list([]), &Type::any_vector());
    fails(
        Value::vector([]),
        &Type::any_list(),
        "Type mismatch: expected :list, got vector",
    );
    fits(Value::static_fn(0), &Type::any_function());
    fails(
        Value::keyword("k"),
        &Type::any_function(),
        "Type mismatch: expected [:fn [& :any] :any], got keyword",
    );
    fails(
        Value::int(1),
        &Type::TypeRef("Point".into()),
        "Unknown type: Point",
    );
}

#[test]
fn violations_name_their_path() {
    let rows = record(vec![entry(
        "rows",
        vector(record(vec![entry("id", Type::Int, false)])),
        false,
    )]);
    let good = map(&[("id", Value::int(1))]);
    let bad = map(&[("id", Value::string("x"))]);
    fits(map(&[("rows", Value::vector([good.clone()]))]), &rows);
    fails(
        map(&[("rows", Value::vector([good.clone(), good.clone(), bad]))]),
        &rows,
        "Type mismatch at .rows[2].id: expected :int, got string",
    );
    fails(
        map(&[("rows", Value::vector([map(&[])]))]),
        &rows,
        "Missing required key :id at .rows[0]",
    );
    fails(map(&[]), &rows, "Missing required key :rows");
    let ages = Type::MapOf(Box::new(Type::Keyword), Box::new(Type::Int));
    fails(
        map(&[("ann", Value::NIL)]),
        &ages,
        "Type mismatch at .ann: expected :int, got nil",
    );
    let string_key = crate::data::map(vec![(Value::string("b"), Value::int(1))]);
    fails(
        string_key,
        &ages,
        "Type mismatch at .b: expected :keyword, got string",
    );
}

#[test]
fn records_are_open_and_take_string_keys() {
    let ty = record(vec![
        entry("id", Type::Int, false),
        entry("a", Type::Int, true),
        entry("b", Type::Int.optional(), false),
    ]);
    let parsed = crate::data::map(vec![
        (Value::string("id"), Value::int(7)),
        (Value::keyword("z"), Value::int(1)),
    ]);
    fits(parsed, &ty);
    fits(map(&[("id", Value::int(1)), ("b", Value::NIL)]), &ty);
    fails(
        map(&[("id", Value::int(1)), ("a", Value::NIL)]),
        &ty,
        "Type mismatch at .a: expected :int, got nil",
    );
    let closed = Type::Map {
        entries: vec![entry("id", Type::Int, false)],
        wildcard: Some(Box::new(Type::String)),
    };
    fits(
        map(&[("id", Value::int(1)), ("x", Value::string("s"))]),
        &closed,
    );
    fails(
        map(&[("id", Value::int(1)), ("x", Value::int(2))]),
        &closed,
        "Type mismatch at .x: expected :string, got integer",
    );
}

#[test]
fn tuples_enums_and_arrays_show_what_they_got() {
    let pair = Type::Tuple(vec![Type::Int, Type::Int]);
    fits(Value::vector([Value::int(1), Value::int(2)]), &pair);
    fails(
        Value::vector([Value::int(1)]),
        &pair,
        "Type mismatch: expected [:tuple :int :int], got tuple of length 1",
    );
    fails(
        Value::vector([Value::int(1), Value::NIL]),
        &pair,
        "Type mismatch at [1]: expected :int, got nil",
    );
    fails(
        Value::int(3),
        &vector(Type::Any),
        "Type mismatch: expected [:vector :any], got integer",
    );
    fails(
        Value::int(3),
        &Type::Literal(Literal::Int(5)),
        "Type mismatch: expected [:val 5], got 3",
    );
    let colour = Type::Enum(vec![
        Literal::Keyword("red".into()),
        Literal::Keyword("blue".into()),
    ]);
    fits(Value::keyword("red"), &colour);
    fails(
        Value::keyword("tea"),
        &colour,
        "Type mismatch: expected [:enum :red :blue], got :tea",
    );
    fails(
        Value::string("red"),
        &colour,
        "Type mismatch: expected [:enum :red :blue], got \"red\"",
    );
    let grid = Type::Array {
        item: Box::new(Type::Int),
        shape: vec![Some(2), None],
    };
    let row = |n: i64| Value::vector((0..n).map(Value::int));
    fits(Value::vector([row(1), row(3)]), &grid);
    fails(
        Value::vector([row(1), row(1), row(1)]),
        &grid,
        "Shape violation: expected [2], got [3]",
    );
    fails(
        Value::vector([row(1), Value::int(2)]),
        &grid,
        "Type mismatch at [1]: expected [:array :int [?]], got integer",
    );
    let inner = Type::Array {
        item: Box::new(Type::Int),
        shape: vec![None, Some(2)],
    };
    fails(
        Value::vector([row(2), row(3)]),
        &inner,
        "Shape violation at [1]: expected [2], got [3]",
    );
}

#[test]
fn refinements_check_base_then_predicates() {
    let positive = and(Type::Int, Predicate::Greater(Literal::Int(0)));
    fits(Value::int(4), &positive);
    fails(
        Value::int(-3),
        &positive,
        "Predicate violation: [:> 0] failed for value -3",
    );
    fails(
        Value::vector([Value::int(1), Value::int(-3)]),
        &vector(positive.clone()),
        "Predicate violation at [1]: [:> 0] failed for value -3",
    );
    fails(
        Value::string("x"),
        &positive,
        "Type mismatch: expected :int, got string",
    );
    fits(
        Value::int(2),
        &and(
            Type::Any,
            Predicate::InRange(Literal::Float(1.5f64.to_bits()), Literal::Int(2)),
        ),
    );
    fits(
        Value::int(1),
        &and(Type::Any, Predicate::Equal(Literal::Float(1f64.to_bits()))),
    );
    fits(Value::string("é"), &and(Type::String, Predicate::Length(1)));
    fails(
        Value::int(1),
        &and(Type::Any, Predicate::MinLength(0)),
        "Predicate violation: [:min-length 0] failed for value 1",
    );
    fits(
        Value::string("https://x"),
        &and(Type::String, Predicate::IsUrl),
    );
    fails(
        Value::string("https://"),
        &and(Type::String, Predicate::IsUrl),
        "Predicate violation: :is-url failed for value \"https://\"",
    );
    fits(
        Value::string("a@b.c"),
        &and(Type::String, Predicate::IsEmail),
    );
    for bad in ["a@b", "@b.c", "a@b@c.d", "a.b"] {
        assert!(
            check(
                &Value::string(bad),
                &and(Type::String, Predicate::IsEmail),
                Level::Standard
            )
            .is_err()
        );
    }
    fits(
        map(&[("a", Value::NIL)]),
        &and(Type::Any, Predicate::HasKey("a".into())),
    );
    fails(
        Value::vector([]),
        &and(Type::Any, Predicate::NonEmpty),
        "Predicate violation: :non-empty failed for value []",
    );
    fails(
        Value::int(1),
        &and(Type::Int, Predicate::Unknown("odd-ish".into())),
        "Unknown predicate: odd-ish",
    );
}

#[test]
fn unions_report_themselves() {
    let ty = Type::Union(vec![Type::Int, vector(Type::Int)]);
    fits(Value::vector([Value::int(1)]), &ty);
    fails(
        Value::NIL,
        &ty,
        "Type mismatch: expected [:union :int [:vector :int]], got nil",
    );
    fails(
        Value::vector([Value::NIL]),
        &ty,
        "Type mismatch: expected [:union :int [:vector :int]], got vector",
    );
}

#[test]
fn the_basic_level_looks_at_kinds_only() {
    let ty = and(vector(Type::Int), Predicate::NonEmpty);
    assert_eq!(check(&Value::vector([]), &ty, Level::Basic), Ok(()));
    assert_eq!(
        check(&Value::vector([Value::NIL]), &ty, Level::Basic),
        Ok(())
    );
    assert!(check(&Value::NIL, &ty, Level::Basic).is_err());
}

/// `(defstruct Node :next T)`, and a chain of `n` nodes with this end.
fn node(next: Type) -> Type {
    Type::Struct {
        name: "Node".into(),
        entries: vec![MapEntry {
            key: "next".into(),
            ty: next,
            optional: false,
        }],
    }
}

fn chain(n: usize, end: Value) -> Value {
    (0..n).fold(end, |next, _| map(&[("next", next)]))
}

#[test]
fn structs_that_contain_themselves_are_checked_all_the_way() {
    let name = || Box::new(Type::TypeRef("Node".into()));
    let ty = node(Type::Optional(name()));
    fits(chain(1, Value::NIL), &ty);
    fits(chain(300_000, Value::NIL), &ty);
    fails(
        chain(6, Value::int(5)),
        &ty,
        "Type mismatch at .next.next.next.next.next.next: expected Node?, got integer",
    );
    assert!(check(&chain(300_000, Value::int(5)), &ty, Level::Standard).is_err());
    fails(
        Value::int(5),
        &ty,
        "Type mismatch: expected Node, got integer",
    );
    fails(
        Value::int(5),
        &Type::TypeRef("Node".into()),
        "Unknown type: Node",
    );
    let lists = node(vector(*name()));
    fails(
        map(&[("next", Value::vector([map(&[("next", Value::NIL)])]))]),
        &lists,
        "Type mismatch at .next[0].next: expected [:vector Node], got nil",
    );
}

#[test]
fn shared_parts_and_choices_do_not_multiply_the_work() {
    let name = || Type::TypeRef("Node".into());
    let both = node(Type::Tuple(vec![name().optional(), name().optional()]));
    let end = map(&[("next", Value::vector([Value::NIL, Value::NIL]))]);
    let shared = (0..100).fold(end, |node, _| {
        map(&[("next", Value::vector([node.clone(), node]))])
    });
    fits(shared, &both);
    let either = node(Type::Union(vec![name(), name(), Type::Nil]));
    fits(chain(100, Value::NIL), &either);
    fails(
        chain(100, Value::int(1)),
        &either,
        "Type mismatch at .next: expected [:union Node Node :nil], got map",
    );
    let twice = node(Type::Optional(Box::new(Type::Refinement {
        base: Box::new(name()),
        constraints: vec![Constraint::Type(name())],
    })));
    fits(chain(100, Value::NIL), &twice);
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        Just(Literal::Nil),
        any::<bool>().prop_map(Literal::Bool),
        any::<i64>().prop_map(Literal::Int),
        any::<i32>().prop_map(|x| Literal::Float(f64::from(x).to_bits())),
        "[a-z]{0,3}".prop_map(Literal::Str),
        "[a-z]{1,3}".prop_map(Literal::Keyword),
    ]
}

fn predicate() -> impl Strategy<Value = Predicate> {
    prop_oneof![
        literal().prop_map(Predicate::Greater),
        (literal(), literal()).prop_map(|(a, b)| Predicate::InRange(a, b)),
        any::<u32>().prop_map(Predicate::MinLength),
        Just(Predicate::IsUrl),
        Just(Predicate::NonEmpty),
        "[a-z]{1,3}".prop_map(Predicate::MatchesRegex),
        prop::collection::vec("[a-z]{1,3}", 0..3).prop_map(Predicate::RequiredKeys),
    ]
}

fn ty() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![
        Just(Type::Any),
        Just(Type::Int),
        Just(Type::Error),
        literal().prop_map(Type::Literal),
        prop::collection::vec(literal(), 0..3).prop_map(Type::Enum),
        "[A-Z][a-z]{0,2}".prop_map(Type::TypeRef),
    ];
    leaf.prop_recursive(4, 30, 4, |inner| {
        let boxed = || inner.clone().prop_map(Box::new);
        let list = || prop::collection::vec(inner.clone(), 0..3);
        let entries = prop::collection::vec(
            ("[a-z]{1,2}", inner.clone(), any::<bool>()).prop_map(|(k, t, o)| MapEntry {
                key: k,
                ty: t,
                optional: o,
            }),
            0..3,
        );
        let constraint = prop_oneof![
            inner.clone().prop_map(Constraint::Type),
            predicate().prop_map(Constraint::Predicate),
        ];
        prop_oneof![
            boxed().prop_map(Type::Optional),
            boxed().prop_map(Type::Vector),
            boxed().prop_map(Type::List),
            list().prop_map(Type::Tuple),
            list().prop_map(Type::Union),
            (entries.clone(), prop::option::of(boxed()))
                .prop_map(|(entries, wildcard)| Type::Map { entries, wildcard }),
            ("[A-C]", entries).prop_map(|(name, entries)| Type::Struct { name, entries }),
            (boxed(), boxed()).prop_map(|(k, v)| Type::MapOf(k, v)),
            (list(), prop::option::of(boxed()), boxed()).prop_map(|(params, rest, result)| {
                Type::Function {
                    params,
                    rest,
                    result,
                }
            }),
            (boxed(), prop::collection::vec(constraint, 0..3))
                .prop_map(|(base, constraints)| Type::Refinement { base, constraints }),
            (
                boxed(),
                prop::collection::vec(prop::option::of(any::<u32>()), 0..3)
            )
                .prop_map(|(item, shape)| Type::Array { item, shape }),
        ]
    })
}

proptest! {
    #![proptest_config(crate::data::cases(256))]

    #[test]
    fn types_survive_a_round_trip(ty in ty()) {
        prop_assert_eq!(decode(&encode(&ty)), Ok(ty));
    }

    #[test]
    fn type_bytes_are_canonical(ty in ty(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = encode(&ty);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(ty) = decode(&bytes) {
            prop_assert_eq!(encode(&ty), bytes);
        }
    }

    #[test]
    fn compiled_checks_agree_with_the_evaluator(ty in ty(), value in crate::data::value()) {
        let direct = check(&value, &ty, Level::Standard).map_err(|detail| detail.into_error("c"));
        prop_assert_eq!(check_encoded(&value, (&encode(&ty), Level::Standard), "c"), direct);
    }
}
