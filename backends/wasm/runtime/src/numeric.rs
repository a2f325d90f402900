//! The library functions of programs that never look inside a collection.

use crate::exporting::{functions, operators};

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
    not "not" (a x);
    is_nil "is_nil" (a x);
}

functions! {
    sum "+";
    product "*";
    difference "-";
    quotients "/";
    mod_ "mod";
    rem "rem";
    quot "quot";
    inc "inc";
    dec "dec";
    max "max";
    min "min";
    abs "abs";
    sqrt "sqrt";
    pow "pow";
    factorial "factorial";
    is_even "even?";
    is_odd "odd?";
    is_zero "zero?";
    is_pos "pos?";
    is_neg "neg?";
    lt "<";
    le "<=";
    gt ">";
    ge ">=";
    not "not";
    is_nil "nil?";
    is_bool "bool?";
    is_int "int?";
    is_float "float?";
    is_number "number?";
}
