//! Kinds of values.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "nil?",
        "",
        "(nil? nil)    ;=> true\n(nil? false)  ;=> false",
    ),
    (
        "bool?",
        "",
        "(bool? false)  ;=> true\n(bool? nil)    ;=> false",
    ),
    ("int?", "", "(int? 3)    ;=> true\n(int? 3.0)  ;=> false"),
    ("float?", "", "(float? 3.0)  ;=> true"),
    (
        "string?",
        "",
        "(string? \"a\")  ;=> true\n(string? :a)   ;=> false",
    ),
    (
        "symbol?",
        "",
        "(symbol? 'a)  ;=> true\n(symbol? :a)  ;=> false",
    ),
    (
        "keyword?",
        "",
        "(keyword? :a)   ;=> true\n(keyword? \"a\")  ;=> false",
    ),
    (
        "vector?",
        "",
        "(vector? [1])   ;=> true\n(vector? '(1))  ;=> false",
    ),
    (
        "list?",
        "The rest of a parameter list is a list.",
        "(list? '(1 2))                 ;=> true\n\
         ((fn [& more] (list? more)) 1) ;=> true\n\
         (list? [1 2])                  ;=> false",
    ),
    (
        "map?",
        "",
        "(map? {:a 1})  ;=> true\n(map? [])      ;=> false",
    ),
    (
        "number?",
        "",
        "(number? 3)    ;=> true\n(number? 3.5)  ;=> true",
    ),
    (
        "fn?",
        "",
        "(fn? inc)          ;=> true\n\
         (fn? (fn [x] x))   ;=> true\n\
         (fn? :a)           ;=> false",
    ),
    (
        "error?",
        "",
        "(error? (Exception. \"late\"))           ;=> true\n\
         (try (/ 1 0) (catch e (error? e)))     ;=> true",
    ),
    (
        "timestamp?",
        "",
        "(timestamp? 2026-03-01T08:00:00Z)  ;=> true",
    ),
    (
        "uuid?",
        "",
        "(uuid? 123e4567-e89b-12d3-a456-426614174000)  ;=> true",
    ),
    (
        "type-name",
        "",
        "(type-name 1)       ;=> \"integer\"\n\
         (type-name 1.5)     ;=> \"float\"\n\
         (type-name {:a 1})  ;=> \"map\"\n\
         (type-name inc)     ;=> \"function\"",
    ),
    (
        "keyword",
        "",
        "(keyword \"price\")  ;=> :price\n(keyword 'price)   ;=> :price",
    ),
    ("symbol", "", "(symbol \"x\")  ;=> x"),
    (
        "name",
        "The name of a keyword has no colon.",
        "(name :price)   ;=> \"price\"\n\
         (name 'x)       ;=> \"x\"\n\
         (name \"text\")   ;=> \"text\"",
    ),
];
