//! Raising, catching, `finally`, and what errors carry.

mod support;

use support::{check_table, run};

#[test]
fn catching() {
    check_table(
        r#"
        (try 1 (catch e 2)) ;=> 1
        (try (nope) (catch e 2)) ;=> 2
        (try (error "x") (catch e (getMessage e))) ;=> "x"
        (try (error "x" {:a 1}) (catch e (:data e))) ;=> {:a 1}
        (try (error "x" {:kind :mine}) (catch :other e 1) (catch :mine e 2)) ;=> 2
        (try (/ 1 0) (catch HostError h :host) (catch ArithmeticException a (:kind a))) ;=> :division-by-zero
        (try (/ 1 0) (catch DivisionByZero _ 1)) ;=> 1
        (try (/ 1 0) (catch HostError h 1)) ;=> !DivisionByZero "Division by zero"
        (try (inc "a") (catch IllegalArgumentException e 1) (catch RuntimeError e 2)) ;=> 2
        (try (inc) (catch IllegalArgumentException e 1)) ;=> 1
        (try ((fn [x:int] x) "a") (catch ValidationError e :v)) ;=> :v
        (try (error "x") (catch _ :any)) ;=> :any
        (try (error "x") (catch Exception e :all)) ;=> :all
        (try (error "x") (catch e e)) ;=> #<error: x>
        (try (catch e 1)) ;=> nil
        (try 1 2 (catch e 1)) ;=> 2
        [1 (try (error "x") (catch e 2)) 3] ;=> [1 2 3]
        [1 (try [2 (error "x")] (catch e 2)) 3] ;=> [1 2 3]
        (try (try (error "in") (catch e (error "out"))) (catch e (:message e))) ;=> "out"
        (try (try (error "in") (catch HostError e 1)) (catch e (:message e))) ;=> "in"
        (try (map (fn [x] (error (str x))) [1 2]) (catch e (:message e))) ;=> "1"
        (map (fn [x] (try (if (= x 2) (error "two") x) (catch e :caught))) [1 2 3]) ;=> [1 :caught 3]
        (defn f [] (try (g) (catch e :f))) (defn g [] (h)) (defn h [] (error "deep")) [(f) (f)] ;=> [:f :f]
        (let [e (try (error "x") (catch e e))] (try (throw e) (catch f (= e f)))) ;=> true
        (try (throw "text") (catch e (getMessage e))) ;=> "text"
        (try (throw {:message "m" :kind :k}) (catch :k e (:data e))) ;=> {:message "m" :kind :k}
        (try (throw 5) (catch e [(:message e) (:data e)])) ;=> ["5" 5]
        (try (throw (Exception. "late")) (catch e (:message e)) (finally (+ 1 1))) ;=> "late"
        (try (nth [1 2] 9) (catch e (getMessage e))) ;=> "Index 9 out of bounds for collection of length 2"
        (try (match 1 2 3) (catch MatchError e :m)) ;=> :m
        (try nope (catch UndefinedSymbol e (getMessage e))) ;=> "Undefined symbol: nope"
        (throw (try (error "again") (catch e e))) ;=> !ApplicationError "again"
        (try (call :shop.price "tea") (catch HostError e (:kind e))) ;=> :unknown-capability
        (call :shop.price) ;=> !UnknownCapability "Capability 'shop.price' not available in pure RTFS mode. Use CCOS host for full capability support."
    "#,
    );
}

#[test]
fn finally() {
    check_table(
        r#"
        (try 1 (finally 2)) ;=> 1
        (try (error "x") (finally 2)) ;=> !ApplicationError "x"
        (try 1 (finally (error "f"))) ;=> !ApplicationError "f"
        (try (error "x") (finally (error "f"))) ;=> !ApplicationError "f"
        (try (error "x") (catch e 3) (finally 2)) ;=> 3
        (try (error "x") (catch e (error "y")) (finally 2)) ;=> !ApplicationError "y"
        (try (error "x") (catch e (error "y")) (finally (error "z"))) ;=> !ApplicationError "z"
        (try (try (error "x") (finally 1)) (catch e (:message e))) ;=> "x"
        (try (try 1 (finally (error "f"))) (catch e (:message e))) ;=> "f"
        [0 (try [1 (error "x")] (catch e 1) (finally [2])) 2] ;=> [0 1 2]
        (try (try (error "a") (finally (try (error "b") (catch e 1)))) (catch e (:message e))) ;=> "a"
        (try 1 (finally (try 2 (finally (try 3 (finally 4)))))) ;=> 1
    "#,
    );
}

#[test]
fn the_stack_of_an_error_names_the_functions_it_left() {
    check_table(
        r#"
        (try (error "x") (catch e (:stack e))) ;=> []
        (defn f [] (error "x")) (try (f) (catch e (:stack e))) ;=> ["f"]
        (defn f [] [(g)]) (defn g [] [(error "x")]) (try (f) (catch e (:stack e))) ;=> ["g" "f"]
        (defn f [] (g)) (defn g [] (error "x")) (try (f) (catch e (:stack e))) ;=> ["g"]
        (defn f [] (try (g) (catch e (:stack e)))) (defn g [] (error "x")) (f) ;=> ["g" "f"]
        (defn f [] (map g [1])) (defn g [x] (error "x")) (try (f) (catch e (:stack e))) ;=> ["g" "f"]
        (defn f [] (inc "a")) (try (f) (catch e (:stack e))) ;=> ["f"]
        (try ((fn [] (error "x"))) (catch e (:stack e))) ;=> []
        (defn f [a] a) (defn g [] (f)) (try (g) (catch e (:stack e))) ;=> ["g"]
        (defn f [a:int] a) (defn g [] [(f "s")]) (try (g) (catch e (:stack e))) ;=> ["f" "g"]
        (defn f [] (try [(g)] (finally 1))) (defn g [] (error "x")) (try (f) (catch e (:stack e))) ;=> ["g" "f"]
        (defn f [] (error "x")) (try (throw (try (f) (catch e e))) (catch e (:stack e))) ;=> []
        (defn f [n] (if (= n 0) (error "x") [(f (- n 1))])) (try (f 99) (catch e (count (:stack e)))) ;=> 50
    "#,
    );
}

#[test]
fn an_error_that_leaves_the_program_knows_its_node() {
    let node = |source: &str| run(source).expect_err("raises").node();
    // Nodes are numbered in pre-order: the vector is 0, the call in it 1.
    assert_eq!(node("[(inc :a)]"), Some(1));
    assert_eq!(node("(inc [nope])"), Some(3));
    // Checks of parameters belong to the pending call.
    assert_eq!(node("(try ((fn [x:int] x) :a) (finally 1))"), Some(1));
    assert_eq!(node("(map (fn [x:int] x) [:a])"), Some(0));
}
