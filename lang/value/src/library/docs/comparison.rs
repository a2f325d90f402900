//! Equality, order and logic.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "=",
        "Integers and floats are never equal to each other; a vector and a list with equal items \
         are.",
        "(= [1 2] [1 2])     ;=> true\n\
         (= [1 2] '(1 2))    ;=> true\n\
         (= 1 1.0)           ;=> false\n\
         (= {:a 1 :b 2} {:b 2 :a 1})  ;=> true",
    ),
    ("not=", "", "(not= 1 2)    ;=> true\n(not= 1 1 2)  ;=> true"),
    ("!=", "", "(!= :a :b)  ;=> true"),
    (
        "<",
        "",
        "(< 1 2 3)      ;=> true\n\
         (< 1 3 2)      ;=> false\n\
         (< \"ab\" \"b\")   ;=> true\n\
         (< 1 \"2\")      ;=> !TypeError",
    ),
    ("<=", "", "(<= 1 1 2)  ;=> true"),
    (">", "", "(> 3 2 1)  ;=> true"),
    (">=", "", "(>= 2 2 1)  ;=> true"),
    (
        "compare",
        "Every two values have an order: nil, booleans, numbers, strings, keywords, symbols, \
         sequences, maps.",
        "(compare 1 2)      ;=> -1\n\
         (compare \"b\" \"a\")  ;=> 1\n\
         (compare [1] [1])  ;=> 0\n\
         (compare 9 \"1\")    ;=> -1",
    ),
    (
        "not",
        "Only nil and false are false.",
        "(not nil)  ;=> true\n\
         (not 0)    ;=> false",
    ),
    (
        "and",
        "At the head of a list `and` is a form that stops at the first false operand; as a value it \
         is this function, whose arguments are all evaluated.",
        "(and 1 nil 2)            ;=> nil\n\
         (and 1 2)                ;=> 2\n\
         (apply and [true false]) ;=> false",
    ),
    (
        "or",
        "At the head of a list `or` is a form that stops at the first true operand; as a value it \
         is this function, whose arguments are all evaluated.",
        "(or nil 2 3)             ;=> 2\n\
         (or nil false)           ;=> false\n\
         (reduce or [nil false 7]) ;=> 7",
    ),
    (
        "identity",
        "",
        "(identity 5)                        ;=> 5\n\
         (filter identity [1 nil 2 false])   ;=> [1 2]",
    ),
    (
        "constantly",
        "",
        "(map (constantly 0) [1 2 3])  ;=> [0 0 0]",
    ),
    (
        "comp",
        "",
        "((comp inc abs) -4)               ;=> 5\n\
         (map (comp string-upper name) [:a :b])  ;=> [\"A\" \"B\"]",
    ),
    (
        "partial",
        "",
        "((partial + 10) 5)            ;=> 15\n\
         (map (partial * 2) [1 2 3])   ;=> [2 4 6]",
    ),
];
