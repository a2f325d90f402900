//! Functions that take functions.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "map",
        "With several collections the shortest decides. The result is a vector.",
        "(map inc [1 2 3])             ;=> [2 3 4]\n\
         (map + [1 2 3] [10 20])       ;=> [11 22]\n\
         (map :name [{:name \"Ada\"} {:name \"Bo\"}])  ;=> [\"Ada\" \"Bo\"]\n\
         (map string-upper \"ab\")       ;=> [\"A\" \"B\"]",
    ),
    (
        "map-indexed",
        "",
        "(map-indexed (fn [i x] [i x]) [:a :b])  ;=> [[0 :a] [1 :b]]",
    ),
    (
        "filter",
        "",
        "(filter odd? [1 2 3])                   ;=> [1 3]\n\
         (filter :done [{:done true} {:id 2}])   ;=> [{:done true}]",
    ),
    ("remove", "", "(remove odd? [1 2 3])  ;=> [2]"),
    (
        "reduce",
        "Without a first value the first item is it; an empty collection then is an error.",
        "(reduce + 0 [1 2 3])                 ;=> 6\n\
         (reduce max [3 9 4])                 ;=> 9\n\
         (reduce (fn [acc x] (conj acc (* x x))) [] [1 2 3])  ;=> [1 4 9]\n\
         (reduce + [])                        ;=> !InvalidArgument",
    ),
    (
        "every?",
        "It stops at the first item that f is false for.",
        "(every? even? [2 4])  ;=> true\n\
         (every? even? [])     ;=> true",
    ),
    (
        "some?",
        "It stops at the first item that f is true for.",
        "(some? even? [1 2 3])  ;=> true\n\
         (some? even? [])       ;=> false",
    ),
    (
        "some",
        "",
        "(some #(if (> % 2) (* 10 %)) [1 3 5])  ;=> 30\n\
         (some even? [1 3])                     ;=> nil",
    ),
    (
        "apply",
        "",
        "(apply + [1 2 3])      ;=> 6\n\
         (apply max 3 [9 4])    ;=> 9\n\
         (apply str [\"a\" 1 :b])  ;=> \"a1:b\"",
    ),
    (
        "sort-by",
        "",
        "(sort-by count [\"ccc\" \"a\" \"bb\"])          ;=> [\"a\" \"bb\" \"ccc\"]\n\
         (sort-by :age [{:age 40} {:age 7}])       ;=> [{:age 7} {:age 40}]",
    ),
    (
        "group-by",
        "Groups stand in the order in which they were met. A result of f that cannot be a key \
         becomes its text.",
        "(group-by count [\"a\" \"bb\" \"c\"])  ;=> {1 [\"a\" \"c\"] 2 [\"bb\"]}\n\
         (group-by even? [1 2 3])         ;=> {\"false\" [1 3] \"true\" [2]}",
    ),
    (
        "frequencies",
        "",
        "(frequencies [:a :b :a])  ;=> {:a 2 :b 1}\n\
         (frequencies \"abba\")      ;=> {\"a\" 2 \"b\" 2}",
    ),
    (
        "partition-by",
        "",
        "(partition-by odd? [1 3 2 4 5])  ;=> [[1 3] [2 4] [5]]",
    ),
];
