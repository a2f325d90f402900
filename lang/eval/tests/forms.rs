//! What the forms of the language mean. Library functions are tested where they are written;
//! here they only make differences visible.

mod support;

use support::check_table;

#[test]
fn literals_and_quotes() {
    check_table(
        r#"
        nil ;=> nil
        42 ;=> 42
        -0.5 ;=> -0.5
        "a\n" ;=> "a\n"
        :k/x ;=> :k/x
        () ;=> ()
        [1 [2 "x"] :k] ;=> [1 [2 "x"] :k]
        {:a 1 "b" {3 nil}} ;=> {:a 1 "b" {3 nil}}
        {:a 1 :b 2 :a 3} ;=> {:a 3 :b 2}
        'x ;=> x
        '(a [b :c] {:k d} 1) ;=> (a [b :c] {:k d} 1)
        '() ;=> ()
        (quote (quote x)) ;=> (quote x)
        2026-03-01T08:00:00Z ;=> #timestamp("2026-03-01T08:00:00Z")
        (fn [x] x) ;=> #<function>
        1 2 3 ;=> 3
    "#,
    );
}

#[test]
fn an_empty_program_is_nil() {
    support::check("", "nil");
    support::check("; nothing", "nil");
}

#[test]
fn control() {
    check_table(
        r#"
        (if true 1 2) ;=> 1
        (if nil 1 2) ;=> 2
        (if false 1) ;=> nil
        (if 0 :t :f) ;=> :t
        (if "" :t :f) ;=> :t
        (if [] :t :f) ;=> :t
        (do) ;=> nil
        (do 1 2) ;=> 2
        (cond) ;=> nil
        (cond false 1 nil 2 :else 3) ;=> 3
        (cond false 1) ;=> nil
        (and) ;=> true
        (and 1) ;=> 1
        (and 1 nil 2) ;=> nil
        (and 1 2 3) ;=> 3
        (or) ;=> false
        (or nil false) ;=> false
        (or nil 2 3) ;=> 2
        (when 1 2 3) ;=> 3
        (when nil 2 3) ;=> nil
        (when-not nil 2 3) ;=> 3
        (when-not 1 2) ;=> nil
        (and false (nope)) ;=> false
        (or 1 (nope)) ;=> 1
    "#,
    );
}

#[test]
fn bindings() {
    check_table(
        r#"
        (let [x 1] x) ;=> 1
        (let [x 5 x [x]] x) ;=> [5]
        (let [x 1 y [x x]] x y) ;=> [1 1]
        (let [x 1] (let [x 2] x)) ;=> 2
        (let [x 1] [(let [x 2] x) x]) ;=> [2 1]
        (let [_ 1] 2) ;=> 2
        (let [x :int 10] x) ;=> 10
        (let [x :red] x) ;=> :red
        (let [x :red y 1] [x y]) ;=> [:red 1]
        (let [x:float 3] x) ;=> 3
        (let [x:int 3.0] x) ;=> !TypeValidationError "Type validation error: let x: Type mismatch: expected :int, got float"
        (let [x:int? nil] x) ;=> nil
        (let [x:[:vector :int] [1 "b"]] x) ;=> !TypeValidationError "Type validation error: let x: Type mismatch at [1]: expected :int, got string"
        (def x 1) ;=> 1
        (def x 1) x ;=> 1
        (def n:int 3) ;=> 3
        (def n:int "3") ;=> !TypeValidationError "Type validation error: def n: Type mismatch: expected :int, got string"
        (def x 1) (def x 2) x ;=> 2
        (defn f [] (def k 3) [k k]) (f) ;=> [3 3]
        (defn f [] (def k 3) k) (f) k ;=> !UndefinedSymbol "Undefined symbol: k"
        (defn f [] (def k:int :no) k) (f) ;=> !TypeValidationError "Type validation error: def k: Type mismatch: expected :int, got keyword"
        nope ;=> !UndefinedSymbol "Undefined symbol: nope"
        (do (def y 4) y) ;=> 4
        (if true (def z 1)) z ;=> 1
        later (def later 1) ;=> !UndefinedSymbol "Undefined symbol: later"
    "#,
    );
}

#[test]
fn functions_and_closures() {
    check_table(
        r#"
        ((fn [x] x) 1) ;=> 1
        ((fn [] 1)) ;=> 1
        ((fn [a b] [b a]) 1 2) ;=> [2 1]
        ((fn [a & r] [a r]) 1 2 3) ;=> [1 (2 3)]
        ((fn [a & r] r) 1) ;=> ()
        ((fn [& r] r)) ;=> ()
        ((fn [x x] x) 1 2) ;=> 2
        (#(do %2) 1 2) ;=> 2
        ((lambda [x] [x]) 1) ;=> [1]
        (defn f [x] [x x]) (f 1) ;=> [1 1]
        (defn f [] (g)) (defn g [] 1) (f) ;=> 1
        (defn f [] t) (def t 1) (def t 2) (f) ;=> 2
        (let [a 1] ((fn [b] [a b]) 2)) ;=> [1 2]
        (let [a 1 f (fn [] a) a 2] (f)) ;=> 1
        ((((fn [a] (fn [b] (fn [c] [a b c]))) 1) 2) 3) ;=> [1 2 3]
        (let [f (fn [n] (if n (f nil) :done))] (f 1)) ;=> :done
        (let [a? (fn [n] (if n (b? nil) :a)) b? (fn [n] (if n (a? nil) :b))] [(a? 1) (b? 1)]) ;=> [:b :a]
        (let [f (fn [] g) x (f) g (fn [] 1)] x) ;=> !UndefinedSymbol "Undefined symbol: g"
        (let [f (fn [] 1) f (fn [] (f))] 2) ;=> 2
        (defn f [] (def g (fn [n] (if n (h nil) :g))) (def h (fn [n] (if n (g nil) :h))) (g 1)) (f) ;=> :h
        (defn f [] (defn g [] (h)) (defn h [] 5) (g)) (f) ;=> 5
        (let [f (fn [] (fn [] f))] (fn? ((f)))) ;=> true
        (let [f (fn [x] x)] (= f f)) ;=> true
        (= (fn [x] x) (fn [x] x)) ;=> false
        (let [mk (fn [a] (fn [] a))] (= (mk 1) (mk 1))) ;=> false
        (= inc inc) ;=> true
        (def twice (fn [f x] (f (f x)))) (twice (fn [x] [x]) 1) ;=> [[1]]
    "#,
    );
}

#[test]
fn callable_values() {
    check_table(
        r#"
        (:k {:k 1}) ;=> 1
        (:k {:j 1} :d) ;=> :d
        (:k nil) ;=> nil
        (:k nil 3) ;=> 3
        (:k {"k" 1}) ;=> nil
        (:k 1) ;=> !TypeError "Type error in keyword lookup: expected map, got integer"
        (:k) ;=> !ArityMismatch
        (:k {} 1 2) ;=> !ArityMismatch
        (1 2) ;=> !TypeError "Type error in function call: expected function, got integer"
        ({:a 1} :a) ;=> !TypeError "Type error in function call: expected function, got map"
        ([1] 0) ;=> !TypeError "Type error in function call: expected function, got vector"
        (nil) ;=> !TypeError "Type error in function call: expected function, got nil"
        ("s" 1) ;=> !TypeError "Type error in function call: expected function, got string"
        ('s 1) ;=> !TypeError "Type error in function call: expected function, got symbol"
        ((partial + 1) 2) ;=> 3
        ((comp inc inc) 1) ;=> 3
        (let [f +] (f 1 2)) ;=> 3
        (map :a [{:a 1} {:a 2}]) ;=> [1 2]
        ((if true + -) 1 2) ;=> 3
    "#,
    );
}

#[test]
fn arity() {
    check_table(
        r#"
        (defn f [a b] a) (f 1) ;=> !ArityMismatch "Arity mismatch in f: expected 2, got 1"
        (defn f [a b] a) (f 1 2 3) ;=> !ArityMismatch "Arity mismatch in f: expected 2, got 3"
        ((fn [] 1) 2) ;=> !ArityMismatch "Arity mismatch in fn: expected 0, got 1"
        ((fn [a & r] a)) ;=> !ArityMismatch "Arity mismatch in fn: expected at least 1, got 0"
        (let [g (fn [x] x)] (g)) ;=> !ArityMismatch "Arity mismatch in g: expected 1, got 0"
        (def h (fn [x] x)) (h) ;=> !ArityMismatch "Arity mismatch in h: expected 1, got 0"
        (inc) ;=> !ArityMismatch "Arity mismatch in inc: expected 1, got 0"
        (nth [1]) ;=> !ArityMismatch "Arity mismatch in nth: expected 2 to 3, got 1"
        (+) ;=> !ArityMismatch "Arity mismatch in +: expected at least 1, got 0"
        (inc (nope)) ;=> !UndefinedSymbol
        ((fn [[a b]] a) [1 2] 3) ;=> !ArityMismatch "Arity mismatch in fn: expected 1, got 2"
        ((fn [x:int] x)) ;=> !ArityMismatch
    "#,
    );
}

#[test]
fn evaluation_order() {
    check_table(
        r#"
        (nope-head (nope-arg)) ;=> !UndefinedSymbol "Undefined symbol: nope-head"
        (1 (nope-arg)) ;=> !UndefinedSymbol "Undefined symbol: nope-arg"
        ((fn [x] x) (error "first") (error "second")) ;=> !ApplicationError "first"
        [(error "first") (error "second")] ;=> !ApplicationError "first"
        {:a (error "first") :b (error "second")} ;=> !ApplicationError "first"
        (let [x (error "first")] (error "second")) ;=> !ApplicationError "first"
        (if (error "test") 1 2) ;=> !ApplicationError "test"
    "#,
    );
}

#[test]
fn parameter_and_return_checks() {
    check_table(
        r#"
        ((fn [n:int] n) 1) ;=> 1
        ((fn [n:int] n) "1") ;=> !TypeValidationError "Type validation error: param n: Type mismatch: expected :int, got string"
        ((fn [a:int b:int] a) 1 :b) ;=> !TypeValidationError "Type validation error: param b: Type mismatch: expected :int, got keyword"
        ((fn [& xs:int] xs) 1 2) ;=> (1 2)
        ((fn [& xs:int] xs) 1 "2") ;=> !TypeValidationError "Type validation error: variadic param item 1: Type mismatch: expected :int, got string"
        ((fn [a:string & xs:int] xs) 1 "2") ;=> !TypeValidationError "Type validation error: param a: Type mismatch: expected :string, got integer"
        ((fn [x] :int x) 1) ;=> 1
        ((fn [x] : int x) "1") ;=> !TypeValidationError "Type validation error: fn return: Type mismatch: expected :int, got string"
        ((fn [x] :ok) 1) ;=> :ok
        (defn f [x]:string x) (f 1) ;=> !TypeValidationError "Type validation error: fn return: Type mismatch: expected :string, got integer"
        ((fn [[a b]:[:tuple :int :int]] b) [1 2]) ;=> 2
        ((fn [x [a b]:[:tuple :int :int]] b) 0 [1]) ;=> !TypeValidationError "Type validation error: param 1: Type mismatch: expected [:tuple :int :int], got tuple of length 1"
        ((fn [[a] b:int] a) 5 "x") ;=> !TypeValidationError
        ((fn [[a] b:int] a) 5 6) ;=> !TypeError "Type error in vector destructuring: expected vector, got integer"
        (defn f [n:int acc]:int (if (= n 0) acc (f (- n 1) (+ acc n)))) (f 10 0) ;=> 55
    "#,
    );
}

#[test]
fn destructuring() {
    check_table(
        r#"
        (let [[a b] [1 2]] [b a]) ;=> [2 1]
        (let [[a b] '(1 2)] [b a]) ;=> [2 1]
        (let [[a & r] [1 2 3]] [a r]) ;=> [1 [2 3]]
        (let [[a & r] '(1 2)] r) ;=> [2]
        (let [[a & _] [1 2 3]] a) ;=> 1
        (let [[& r] []] r) ;=> []
        (let [[_ [b _]] [1 [2 3]]] b) ;=> 2
        (let [[a :as all] [1]] all) ;=> [1]
        (let [[a [b & c] :as d] [1 [2 3]]] [a b c d]) ;=> [1 2 [3] [1 [2 3]]]
        (let [[a b] [1]] a) ;=> !TypeError "Type error in vector destructuring: expected vector with exactly 2 elements, got vector with 1 elements"
        (let [[a b & c] [1]] a) ;=> !TypeError "Type error in vector destructuring: expected vector with at least 2 elements, got vector with 1 elements"
        (let [[a] nil] a) ;=> !TypeError "Type error in vector destructuring: expected vector, got nil"
        (let [[a] "x"] a) ;=> !TypeError "Type error in vector destructuring: expected vector, got string"
        (let [{:keys [a b]} {:a 1}] [a b]) ;=> [1 nil]
        (let [{:k [x y]} {:k [1 2]}] [y x]) ;=> [2 1]
        (let [{"s" x 3 y} {"s" 1 3 2}] [x y]) ;=> [1 2]
        (let [{x :k} {:k 7}] x) ;=> 7
        (let [{:keys [a] & r} {:a 1 :b 2}] r) ;=> {:b 2}
        (let [{:keys [a] :as m} {:a 1 :b 2}] m) ;=> {:a 1 :b 2}
        (let [{:keys [a b] :or {b 9}} {:a 1}] [a b]) ;=> [1 9]
        (let [{:keys [a] :or {a 9}} {:a nil}] a) ;=> nil
        (let [{:keys [a]} nil] a) ;=> !TypeError "Type error in map destructuring: expected map, got nil"
        (let [{:keys [a]} [1]] a) ;=> !TypeError "Type error in map destructuring: expected map, got vector"
        ((fn [[a b] {:keys [c]}] [a b c]) [1 2] {:c 3}) ;=> [1 2 3]
        ((fn [[a & r] & s] [a r s]) [1 2] 3) ;=> [1 [2] (3)]
        (let [[a {:keys [b] :or {b a}}] [5 {}]] b) ;=> 5
        (let [[x] [1] [x] [[x]]] x) ;=> [1]
        (let [[a b]:[:tuple :int :int] [1 2]] a) ;=> 1
    "#,
    );
}

#[test]
fn match_forms() {
    check_table(
        r#"
        (match 1 1 :one) ;=> :one
        (match 1.0 1 :one _ :other) ;=> :other
        (match "q" 1 :one) ;=> !MatchError "Match error: No matching clause"
        (match 12 n when (> n 100) :large (:int n) [n]) ;=> [12]
        (match [3 4 5] [] :none [h & t] [h t]) ;=> [3 [4 5]]
        (match '(1 2) [a b] [b a]) ;=> [2 1]
        (match [1 [2 3]] [a [b]] :short [a [b c]] [a b c]) ;=> [1 2 3]
        (match {:kind :circle :r 2 :id 9} {:kind :circle :r r} [:c r] _ 0) ;=> [:c 2]
        (match {:a nil} {:a x} [x]) ;=> [nil]
        (match {} {:a x} [x] _ :none) ;=> :none
        (match {:a 1 :b 2} {:a a & r} r) ;=> {:b 2}
        (match {:a 1 :b 2} {:keys [a b]} [b a]) ;=> [2 1]
        (match [1 2] (:as all [a b]) [all a b]) ;=> [[1 2] 1 2]
        (match "s" (:int n) n (:string s) [s]) ;=> ["s"]
        (match 5 (:float f) [:f f]) ;=> [:f 5]
        (match 5 [:union :string :int] :fits) ;=> :fits
        (match 'a (quote b) 1 (quote a) 2) ;=> 2
        (match nil nil :nil) ;=> :nil
        (match 1 x (match x 2 :two y [x y])) ;=> [1 1]
        (match [1 2] [a b] when (match a 2 true _ false) :no [a b] when (match b 2 true) :yes) ;=> :yes
        (match [1 [2]] [a [3]] :no [x y] [x y]) ;=> [1 [2]]
        (match (error "value") _ 1) ;=> !ApplicationError "value"
        (defn f [x] (match x 0 :done n (f (- n 1)))) (f 1000) ;=> :done
    "#,
    );
}

#[test]
fn loops() {
    check_table(
        r#"
        (for [x [1 2]] [x]) ;=> [[1] [2]]
        (for [a [1 2] b [:x :y]] [a b]) ;=> [[1 :x] [1 :y] [2 :x] [2 :y]]
        (for [a [[1 2] [3]] b a] b) ;=> [1 2 3]
        (for [] 1) ;=> [1]
        (for [x nil] x) ;=> []
        (for [x "ab"] x) ;=> ["a" "b"]
        (for [x {:a 1}] x) ;=> [[:a 1]]
        (for [x '(1 2)] x) ;=> [1 2]
        (for [x 5] x) ;=> !TypeError "Type error in for: expected collection, got integer"
        (for [x [1 2]] (for [y [x]] y)) ;=> [[1] [2]]
        (map (fn [f] (f)) (for [x [1 2 3]] (fn [] x))) ;=> [1 2 3]
        (for [x [1 2]] (match x 1 :one _ :more)) ;=> [:one :more]
        (dotimes [i 4] (* i i)) ;=> 9
        (dotimes [i 0] i) ;=> nil
        (dotimes [i -3] i) ;=> nil
        (dotimes [i 2] 1 (dotimes [j 3] [i j])) ;=> [1 2]
        (dotimes [i "3"] i) ;=> !TypeError "Type error in dotimes: expected integer, got string"
        (dotimes [i 3] (error (str "at " i))) ;=> !ApplicationError "at 0"
        [1 (dotimes [i 2] i) (for [x [1]] x) 2] ;=> [1 1 [1] 2]
    "#,
    );
}

#[test]
fn modules() {
    check_table(
        r#"
        (module a.b (:exports [f]) (defn f [] (g)) (defn g [] 1)) ;=> nil
        (module a.b (def x 1)) ;=> nil
        (import no.such) ;=> !ModuleNotFound "Module not found: no.such"
        no.such/x ;=> !SymbolNotFound "Symbol not found: no.such/x"
    "#,
    );
}

#[test]
fn structs() {
    check_table(
        r#"
        (defstruct Point :x :int :y :int?) (Point {:x 1}) ;=> {:x 1}
        (defstruct Point :x :int :y :int?) (Point {:x 1 :y 2 :z 3}) ;=> {:x 1 :y 2 :z 3}
        (defstruct Point :x :int :y :int) (Point {:x 1}) ;=> !TypeValidationError "Type validation error: field y: Required field y is missing"
        (defstruct Point :x :int) (Point {:x "a"}) ;=> !TypeValidationError
        (defstruct Point :x :int) (Point 5) ;=> !TypeError "Type error in Point: expected map, got integer"
        (defstruct Point :x :int) (map Point [{:x 1} {:x 2}]) ;=> [{:x 1} {:x 2}]
        (defstruct Point :x :int) ((fn [p:Point] (:x p)) {:x 7}) ;=> 7
        (defstruct Point :x :int) ((fn [p:Point] (:x p)) {:y 7}) ;=> !TypeValidationError
        (defstruct Point :x :int) (fn? Point) ;=> true
    "#,
    );
}
