//! Library functions that take their arguments one by one, for engines that know the count.
//!
//! They share the code of [`entry`](super::entry) and give the same results and errors; compiled
//! code calls them where a general call would have to put its arguments into memory.

use super::{arithmetic, comparison, kinds, path, reading, sequence, text, updating};
use crate::{Error, Value};

macro_rules! direct {
    ($($name:ident ($($arg:ident),+) $module:ident::$path:ident $call:literal;)*) => { $(
        #[doc = concat!("`", $call, "`")]
        ///
        /// # Errors
        /// As the library function.
        #[inline]
        pub fn $name($($arg: Value),+) -> Result<Value, Error> {
            $module::$path($($arg),+)
        }
    )* };
}

direct! {
    add (a, b) arithmetic::add "(+ a b)";
    sub (a, b) arithmetic::sub "(- a b)";
    mul (a, b) arithmetic::mul "(* a b)";
    div (a, b) arithmetic::div "(/ a b)";
    mod_ (a, b) arithmetic::mod_ "(mod a b)";
    rem (a, b) arithmetic::rem "(rem a b)";
    quot (a, b) arithmetic::quot "(quot a b)";
    negate (a) arithmetic::negate "(- a)";
    inc (a) arithmetic::inc "(inc a)";
    dec (a) arithmetic::dec "(dec a)";
    abs (a) arithmetic::abs "(abs a)";
    lt (a, b) comparison::lt "(< a b)";
    le (a, b) comparison::le "(<= a b)";
    gt (a, b) comparison::gt "(> a b)";
    ge (a, b) comparison::ge "(>= a b)";
    eq (a, b) comparison::eq "(= a b)";
    not_eq (a, b) comparison::not_eq "(not= a b)";
    not (a) comparison::not "(not a)";
    is_nil (a) kinds::is_nil "(nil? a)";
    get2 (coll, key) reading::get2 "(get coll key)";
    get3 (coll, key, default) reading::get3 "(get coll key default)";
    nth2 (coll, index) reading::nth2 "(nth coll index)";
    count (coll) reading::count "(count coll)";
    empty (coll) reading::empty "(empty? coll)";
    first (coll) reading::first "(first coll)";
    last (coll) reading::last "(last coll)";
    contains (coll, key) reading::contains "(contains? coll key)";
    rest (coll) sequence::rest "(rest coll)";
    conj2 (coll, item) updating::conj2 "(conj coll item)";
    cons (item, coll) updating::cons "(cons item coll)";
    assoc3 (coll, key, value) path::assoc3 "(assoc coll key value)";
    str2 (a, b) text::str2 "(str a b)";
}
