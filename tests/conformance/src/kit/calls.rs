//! Calls with arguments that the functions of some groups are tried on.

/// A call: its name, the export, and its arguments as text.
pub(super) type Call = (&'static str, &'static str, &'static str);

/// Of functions with types that the smallest backend has.
const SCALARS: &[Call] = &[
    ("added", "add", "2 3"),
    ("added-overflowing", "add", "9223372036854775807 1"),
    ("halved", "half", "5.0"),
    ("halved-negative-zero", "half", "-0.0"),
    ("negated-truth", "negated", "true"),
    ("nothing-given", "or-else", "nil 4"),
    ("something-given", "or-else", "3 4"),
    ("without-arguments", "add", ""),
    ("too-few", "add", "1"),
    ("too-many", "add", "1 2 3"),
    ("given-to-none", "constant", "1"),
    ("float-for-integer", "add", "1 2.0"),
    ("integer-for-float", "half", "5"),
    ("text-for-integer", "add", "\"1\" 2"),
    ("nil-for-integer", "add", "nil 2"),
    ("integer-for-truth", "negated", "0"),
    ("vector-for-integer", "add", "[1] 2"),
    ("text-for-optional", "or-else", "\"3\" 4"),
    ("first-of-two-wrong", "add", "true {:a 1}"),
];

/// Of functions with parameters of every form.
const PARAMETERS: &[Call] = &[
    ("anything", "untyped", "{:a [1 \"b\"]}"),
    ("anything-but-twice", "untyped", "1 2"),
    ("no-others", "total", "1"),
    ("many-others", "total", "1 2 3 4"),
    ("not-even-the-first", "total", ""),
    ("wrong-other", "total", "1 2 \"3\""),
    ("taken-apart", "pair", "[1 2]"),
    ("taken-apart-too-short", "pair", "[1]"),
    ("taken-apart-no-sequence", "pair", "5"),
    ("keys-taken", "named", "{:name \"Ada\" :age 36}"),
    ("keys-missing", "named", "{:name \"Ada\"}"),
    ("keys-of-no-map", "named", "[1]"),
    ("right-parts", "corners", "[[1 2] [3 4]]"),
    ("wrong-part", "corners", "[[1 2] [3 :x]]"),
    ("part-too-long", "corners", "[[1 2 3]]"),
    ("one-of-them", "shade", ":red"),
    ("none-of-them", "shade", ":blue"),
    ("right-map", "width", "{:w 3 :more :allowed}"),
    ("wrong-field", "width", "{:w 3 :label 5}"),
    ("missing-field", "width", "{:label \"x\"}"),
    ("predicate-holds", "adult", "18"),
    ("predicate-fails", "adult", "17"),
    ("text", "shout", "\"grüße\""),
    ("no-text", "shout", ":k"),
];

/// Of values and functions of a source module.
const EXPORTS: &[Call] = &[
    ("function-called", "twice", "21"),
    ("function-without", "twice", ""),
    ("value-with-argument", "answer", "1"),
    ("function-value-with-argument", "table", ":low"),
];

/// The calls of a group.
pub(super) fn of(group: &str) -> &'static [Call] {
    match group {
        "scalars" => SCALARS,
        "parameters" => PARAMETERS,
        "exports" => EXPORTS,
        "top-level" => &[("plus-base", "plus-base", "2")],
        "settings-scalars" => &[("added", "add", "2 3"), ("text-added", "add", "1 \"2\"")],
        "settings" => &[("given-names", "names", "[\"a\" 1]")],
        _ => &[],
    }
}
