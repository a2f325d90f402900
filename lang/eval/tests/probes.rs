//! The conformance probes of the language reference.

mod support;

use support::check_table;

#[test]
fn conformance_probes() {
    check_table(
        r##"
        (str "n=" 4 " " :ok " " [1.0 "z" nil]) ;=> "n=4 :ok [1.0 \"z\" nil]"
        {:b 1 :a {"k" (/ 3 2)}} ;=> {:b 1 :a {"k" 1.5}}
        (do (def t 2) (defn f [] t) (def t 5) (f)) ;=> 5
        ((fn [a & more] [a (count more) (list? more)]) 1 2 3) ;=> [1 2 true]
        (let [[p & q] [1 2 3]] (vector? q)) ;=> true
        (let [[p q] [1]] p) ;=> !TypeError
        (let [{:keys [u v] :as all} {:u 1}] [u v (count all)]) ;=> [1 nil 1]
        (= [1 [2]] (list 1 (list 2))) ;=> true
        (= 2 2.0) ;=> false
        (sort [:b "a" 2 nil 1.5 true]) ;=> [nil true 1.5 2 "a" :b]
        (if 0 :yes :no) ;=> :yes
        (or nil false) ;=> false
        (and 1 nil 2) ;=> nil
        (cond (< 3 2) 1 nil 2 :else 3) ;=> 3
        (do (defn sum-to [n acc] (if (= n 0) acc (sum-to (- n 1) (+ acc n)))) (sum-to 200000 0)) ;=> 20000100000
        (+ 9223372036854775807 1) ;=> !Overflow
        (get {:a nil} :a :d) ;=> nil
        (:a {"a" 1} :none) ;=> :none
        (get "text" 0) ;=> !TypeError
        (map (fn [x y] (* x y)) [1 2 3] [10 20]) ;=> [10 40]
        (map #(+ % %2) [1 2] [3 4]) ;=> [4 6]
        (-> {:n 1} (update :n inc) (assoc :m 2)) ;=> {:n 2 :m 2}
        (reduce + []) ;=> !InvalidArgument
        (apply max 3 [9 4]) ;=> 9
        (group-by even? [1 2 3]) ;=> {"false" [1 3] "true" [2]}
        (partition 2 [1 2 3 4 5]) ;=> [[1 2] [3 4]]
        (substring "naïve" 2 4) ;=> "ïv"
        (match {:t :line :pts [[0 0] [3 4]]} {:t :line :pts [[x _] & r]} [x (count r)]) ;=> [0 1]
        (do (defmacro swap2 [f a b] `(~f ~b ~a)) (swap2 - 1 10)) ;=> 9
        (let [xs '(2 3)] `(1 ~@xs ~(+ 2 2))) ;=> (1 2 3 4)
        (try (call :shop.price "tea") (catch HostError e (:kind e))) ;=> :unknown-capability
        ((fn [n:int] n) "1") ;=> !TypeValidationError
        (do (defstruct Point :x :int :y :int?) (Point {:x 1})) ;=> {:x 1}
        (dotimes [i 4] (* i i)) ;=> 9
        ((fn [n:[:and :int [:> 0]]] (* n 2)) 4) ;=> 8
        ((fn [n:[:and :int [:> 0]]] (* n 2)) -4) ;=> !TypeValidationError
        (let [down (fn [n] (if (= n 0) :done (down (- n 1))))] (down 9000)) ;=> :done
        (try (error "too big" {:kind :limit :max 3}) (catch :limit e (get (:data e) :max))) ;=> 3
    "##,
    );
}
