//! Hot library functions with their arguments in registers: `op:NAME (tag, payload, …)`.

use crate::exporting::operators;

operators! {
    add "add" (a x, b y);
    sub "sub" (a x, b y);
    mul "mul" (a x, b y);
    div "div" (a x, b y);
    mod_ "mod" (a x, b y);
    rem "rem" (a x, b y);
    quot "quot" (a x, b y);
    negate "negate" (a x);
    inc "inc" (a x);
    dec "dec" (a x);
    abs "abs" (a x);
    lt "lt" (a x, b y);
    le "le" (a x, b y);
    gt "gt" (a x, b y);
    ge "ge" (a x, b y);
    eq "eq" (a x, b y);
    not_eq "not_eq" (a x, b y);
    not "not" (a x);
    is_nil "is_nil" (a x);
    get2 "get2" (a x, b y);
    get3 "get3" (a x, b y, c z);
    nth2 "nth2" (a x, b y);
    count "count" (a x);
    empty "empty" (a x);
    first "first" (a x);
    last "last" (a x);
    contains "contains" (a x, b y);
    rest "rest" (a x);
    conj2 "conj2" (a x, b y);
    cons "cons" (a x, b y);
    assoc3 "assoc3" (a x, b y, c z);
    str2 "str2" (a x, b y);
}
