//! Numbers.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "+",
        "Integers stay exact; a float among them makes the sum a float.",
        "(+ 1 2 3)                  ;=> 6\n\
         (+ 1 2.5)                  ;=> 3.5\n\
         (+ 9223372036854775807 1)  ;=> !Overflow",
    ),
    (
        "*",
        "",
        "(* 2 3 4)  ;=> 24\n\
         (* 2 0.5)  ;=> 1.0",
    ),
    (
        "-",
        "",
        "(- 10 1 2)  ;=> 7\n\
         (- 5)       ;=> -5",
    ),
    (
        "/",
        "Integers that divide exactly give an integer, others a float. A result that is a whole \
         number below 2^53 is an integer, even when an argument was a float.",
        "(/ 12 4)     ;=> 3\n\
         (/ 7 2)      ;=> 3.5\n\
         (/ 9.0 3)    ;=> 3\n\
         (/ 4)        ;=> 0.25\n\
         (/ 1 0)      ;=> !DivisionByZero",
    ),
    (
        "mod",
        "The same as `rem`.",
        "(mod 7 3)   ;=> 1\n\
         (mod -7 3)  ;=> -1\n\
         (mod 7.5 2) ;=> 1.5",
    ),
    (
        "rem",
        "",
        "(rem 7 3)   ;=> 1\n\
         (rem -7 3)  ;=> -1",
    ),
    (
        "quot",
        "",
        "(quot 7 2)    ;=> 3\n\
         (quot -7 2)   ;=> -3\n\
         (quot 7.5 2)  ;=> 3.0",
    ),
    ("inc", "", "(inc 4)    ;=> 5\n(inc 1.5)  ;=> 2.5"),
    ("dec", "", "(dec 4)  ;=> 3"),
    (
        "max",
        "The argument is returned as it is, so an integer stays an integer.",
        "(max 3 9 4)  ;=> 9\n\
         (max 1 2.5)  ;=> 2.5\n\
         (max 3 1.0)  ;=> 3",
    ),
    ("min", "", "(min 3 9 4)  ;=> 3"),
    ("abs", "", "(abs -3)    ;=> 3\n(abs -2.5)  ;=> 2.5"),
    (
        "sqrt",
        "",
        "(sqrt 9)   ;=> 3.0\n\
         (sqrt -1)  ;=> !InvalidArgument \"Invalid argument: Cannot take square root of negative number\"",
    ),
    (
        "pow",
        "",
        "(pow 2 10)    ;=> 1024\n\
         (pow 2 -2)    ;=> 0.25\n\
         (pow 2.0 3)   ;=> 8.0\n\
         (pow 10 100)  ;=> !Overflow",
    ),
    (
        "factorial",
        "Above 20 the result does not fit an integer.",
        "(factorial 5)   ;=> 120\n\
         (factorial 21)  ;=> !Overflow",
    ),
    (
        "even?",
        "A float counts when it is a whole number; other floats raise `TypeError`.",
        "(even? 4)               ;=> true\n\
         (filter even? [1 2 3])  ;=> [2]",
    ),
    ("odd?", "", "(odd? 4)  ;=> false"),
    ("zero?", "", "(zero? 0)    ;=> true\n(zero? 0.0)  ;=> true"),
    ("pos?", "", "(pos? 3)  ;=> true\n(pos? 0)  ;=> false"),
    ("neg?", "", "(neg? -3)  ;=> true"),
    (
        "int",
        "Floats lose their fraction. It never fails: text that is no integer gives 0. Use \
         `parse-int` to tell that apart.",
        "(int 3.9)    ;=> 3\n\
         (int \"42\")   ;=> 42\n\
         (int true)   ;=> 1\n\
         (int \"abc\")  ;=> 0",
    ),
    (
        "float",
        "It never fails: text that is no number gives 0.0.",
        "(float 3)      ;=> 3.0\n\
         (float \"2.5\")  ;=> 2.5\n\
         (float \"abc\")  ;=> 0.0",
    ),
    (
        "parse-int",
        "Space around the text does not count.",
        "(parse-int \" 42 \")  ;=> 42\n\
         (parse-int \"4.9\")   ;=> nil\n\
         (parse-int 4.9)     ;=> 4",
    ),
    (
        "parse-float",
        "Space around the text does not count.",
        "(parse-float \"2.5\")  ;=> 2.5\n\
         (parse-float \"7\")    ;=> 7.0\n\
         (parse-float \"x\")    ;=> nil",
    ),
];
