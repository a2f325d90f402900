//! JSON.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "serialize-json",
        "Keywords become text without their colon. Functions, errors, NaN and infinities have no \
         JSON text.",
        "(serialize-json {:b [1 2.0] :a nil})  ;=> \"{\\\"a\\\":null,\\\"b\\\":[1,2.0]}\"\n\
         (serialize-json [:ok \"x\" true])       ;=> \"[\\\"ok\\\",\\\"x\\\",true]\"\n\
         (serialize-json inc)                  ;=> !JsonError \"JSON error: Cannot serialize function to JSON\"",
    ),
    (
        "tool/serialize-json",
        "The same as `serialize-json`.",
        "(tool/serialize-json [1 2])  ;=> \"[1,2]\"",
    ),
    (
        "serialize-json-pretty",
        "",
        "(serialize-json-pretty {:a 1})  ;=> \"{\\n  \\\"a\\\": 1\\n}\"\n\
         (serialize-json-pretty [])      ;=> \"[]\"",
    ),
    (
        "tool/serialize-json-pretty",
        "The same as `serialize-json-pretty`.",
        "(tool/serialize-json-pretty {})  ;=> \"{}\"",
    ),
    (
        "parse-json",
        "Keys of objects become strings, not keywords. A number without fraction and exponent \
         becomes an integer.",
        "(parse-json \"{\\\"k\\\": [1, 2.5, null]}\")  ;=> {\"k\" [1 2.5 nil]}\n\
         (get (parse-json \"{\\\"k\\\": 1}\") \"k\")     ;=> 1\n\
         (parse-json \"[1,\")                     ;=> !JsonError",
    ),
    (
        "tool/parse-json",
        "The same as `parse-json`.",
        "(tool/parse-json \"[true]\")  ;=> [true]",
    ),
];
