//! Collections.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    ("vector", "", "(vector 1 2 (+ 1 2))  ;=> [1 2 3]"),
    (
        "list",
        "",
        "(list 1 2 3)  ;=> (1 2 3)\n(list)        ;=> ()",
    ),
    (
        "vec",
        "",
        "(vec '(1 2))  ;=> [1 2]\n\
         (vec \"ab\")    ;=> [\"a\" \"b\"]\n\
         (vec {:a 1})  ;=> [[:a 1]]",
    ),
    (
        "hash-map",
        "This is how a map with computed keys is made. Keys are keywords, strings or integers.",
        "(hash-map :a 1 (str \"b\" 2) 2)  ;=> {:a 1 \"b2\" 2}\n\
         (hash-map :a)                  ;=> !ArityMismatch\n\
         (hash-map 1.5 :x)              ;=> !TypeError",
    ),
    (
        "get",
        "A key that is there with the value nil gives nil, not the default. Strings have no `get`; \
         use `nth`.",
        "(get {:a 1} :a)        ;=> 1\n\
         (get {:a 1} :z :none)  ;=> :none\n\
         (get [10 20] 1)        ;=> 20\n\
         (get [10 20] 9)        ;=> nil\n\
         (get nil :a :none)     ;=> :none",
    ),
    (
        "get-in",
        "",
        "(get-in {:user {:tags [\"x\" \"y\"]}} [:user :tags 1])  ;=> \"y\"\n\
         (get-in {:user {}} [:user :name] \"?\")             ;=> \"?\"",
    ),
    (
        "nth",
        "An index outside is an error unless there is a default.",
        "(nth [10 20 30] 1)  ;=> 20\n\
         (nth \"abc\" 2)       ;=> \"c\"\n\
         (nth [1] 5 :none)   ;=> :none\n\
         (nth [1 2] 9)       ;=> !IndexOutOfBounds \"Index 9 out of bounds for collection of length 2\"",
    ),
    (
        "first",
        "",
        "(first [1 2])  ;=> 1\n\
         (first \"abc\") ;=> \"a\"\n\
         (first [])     ;=> nil",
    ),
    ("last", "", "(last [1 2 3])  ;=> 3\n(last [])       ;=> nil"),
    (
        "rest",
        "A vector stays a vector, a list a list and a string a string.",
        "(rest [1 2 3])  ;=> [2 3]\n\
         (rest \"abc\")    ;=> \"bc\"\n\
         (rest [])       ;=> []",
    ),
    (
        "count",
        "",
        "(count [1 2 3])  ;=> 3\n\
         (count \"naïve\")  ;=> 5\n\
         (count {:a 1})   ;=> 1\n\
         (count nil)      ;=> 0",
    ),
    (
        "empty?",
        "",
        "(empty? [])   ;=> true\n\
         (empty? nil)  ;=> true\n\
         (empty? \"a\")  ;=> false",
    ),
    (
        "contains?",
        "In a vector or list it looks for the item, not for the index.",
        "(contains? {:a nil} :a)    ;=> true\n\
         (contains? [10 20] 20)     ;=> true\n\
         (contains? \"haystack\" \"st\")  ;=> true",
    ),
    ("keys", "", "(keys {:b 1 :a 2})  ;=> [:b :a]"),
    ("vals", "", "(vals {:b 1 :a 2})  ;=> [1 2]"),
    (
        "find",
        "Tells a key with the value nil from a missing key.",
        "(find {:a nil} :a)  ;=> [:a nil]\n\
         (find {:a nil} :b)  ;=> nil",
    ),
    (
        "assoc",
        "A new key goes to the end of a map; in a vector the index must exist.",
        "(assoc {:a 1} :b 2 :a 9)  ;=> {:a 9 :b 2}\n\
         (assoc [1 2 3] 1 :x)      ;=> [1 :x 3]\n\
         (assoc [1] 1 :x)          ;=> !IndexOutOfBounds",
    ),
    (
        "assoc-in",
        "",
        "(assoc-in {:a {:b 1}} [:a :c] 2)  ;=> {:a {:b 1 :c 2}}\n\
         (assoc-in {} [:x :y] 1)           ;=> {:x {:y 1}}",
    ),
    (
        "dissoc",
        "",
        "(dissoc {:a 1 :b 2} :a)  ;=> {:b 2}\n\
         (dissoc {:a 1} :z)       ;=> {:a 1}",
    ),
    (
        "update",
        "For a missing key the function gets nil.",
        "(update {:n 1} :n inc)                 ;=> {:n 2}\n\
         (update {:n 1} :n + 10)                ;=> {:n 11}\n\
         (update {} :n (fn [old] (or old 0)))   ;=> {:n 0}",
    ),
    (
        "update-in",
        "",
        "(update-in {:a {:n 1}} [:a :n] inc)  ;=> {:a {:n 2}}",
    ),
    (
        "select-keys",
        "",
        "(select-keys {:a 1 :b 2 :c 3} [:c :a :z])  ;=> {:c 3 :a 1}",
    ),
    (
        "merge",
        "nil counts as an empty map.",
        "(merge {:a 1 :b 2} {:b 3} {:c 4})  ;=> {:a 1 :b 3 :c 4}\n\
         (merge {:a 1} nil)                 ;=> {:a 1}",
    ),
    (
        "conj",
        "New items go to the end, also of a list. A map takes pairs and maps.",
        "(conj [1] 2 3)       ;=> [1 2 3]\n\
         (conj '(1) 2)        ;=> (1 2)\n\
         (conj {:a 1} [:b 2]) ;=> {:a 1 :b 2}",
    ),
    (
        "cons",
        "A vector stays a vector; everything else gives a list.",
        "(cons 1 [2 3])   ;=> [1 2 3]\n\
         (cons 1 '(2 3))  ;=> (1 2 3)\n\
         (cons 1 nil)     ;=> (1)",
    ),
    (
        "concat",
        "",
        "(concat [1] '(2) nil [3 4])  ;=> [1 2 3 4]\n\
         (concat)                     ;=> []",
    ),
    (
        "into",
        "",
        "(into [1] '(2 3))       ;=> [1 2 3]\n\
         (into {} [[:a 1] [:b 2]])  ;=> {:a 1 :b 2}",
    ),
    (
        "subvec",
        "",
        "(subvec [1 2 3 4] 1 3)  ;=> [2 3]\n\
         (subvec [1 2 3] 1)      ;=> [2 3]\n\
         (subvec [1] 0 5)        ;=> !IndexOutOfBounds",
    ),
    (
        "take",
        "More than there is gives all; a string stays a string.",
        "(take 2 [1 2 3])  ;=> [1 2]\n\
         (take 9 [1 2])    ;=> [1 2]\n\
         (take 2 \"abc\")    ;=> \"ab\"",
    ),
    (
        "drop",
        "",
        "(drop 2 [1 2 3])  ;=> [3]\n\
         (drop 1 \"abc\")    ;=> \"bc\"",
    ),
    (
        "reverse",
        "",
        "(reverse [1 2 3])  ;=> [3 2 1]\n\
         (reverse \"abc\")    ;=> \"cba\"",
    ),
    (
        "distinct",
        "",
        "(distinct [3 1 3 2 1])  ;=> [3 1 2]\n\
         (distinct \"banana\")     ;=> \"ban\"",
    ),
    (
        "partition",
        "",
        "(partition 2 [1 2 3 4 5])  ;=> [[1 2] [3 4]]",
    ),
    (
        "range",
        "The end is left out. There are no endless ranges: nothing is lazy.",
        "(range 4)         ;=> [0 1 2 3]\n\
         (range 2 5)       ;=> [2 3 4]\n\
         (range 10 0 -3)   ;=> [10 7 4 1]\n\
         (range 0 1 0.25)  ;=> [0.0 0.25 0.5 0.75]",
    ),
    ("numbers", "", "(numbers 1 4)  ;=> [1 2 3 4]"),
    (
        "sort",
        "Values of all kinds have an order. A comparator gives a number, or says whether its first \
         argument comes first.",
        "(sort [3 1 2])                  ;=> [1 2 3]\n\
         (sort > [3 1 2])                ;=> [3 2 1]\n\
         (sort [:b \"a\" 2 nil 1.5 true])  ;=> [nil true 1.5 2 \"a\" :b]\n\
         (sort \"banana\")                 ;=> \"aaabnn\"",
    ),
];
