//! Nothing is leaked and nothing is freed twice: the heap is as large after a run as before it.

use rtfs_ir::Program;
use rtfs_value::Value;

use super::differential::corpus_programs;
use super::program;
use super::runner::on_large_stack;
use crate::Options;
use crate::testing::CoreRun;

/// Why nobody can say that a program leaves nothing behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// The heap grew.
    Bytes(i64),
    /// Host calls and very deep recursion end in a trap here.
    Trap,
}

impl std::fmt::Display for Left {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "grows by {bytes} bytes"),
            Self::Trap => f.write_str("traps"),
        }
    }
}

/// Runs the top level again and again: the heap must not grow in the last round.
pub(super) fn leaves_nothing(program: &Program, opt_level: u8) -> Result<(), Left> {
    let options = Options {
        opt_level,
        ..Options::default()
    };
    let run = || {
        let mut run = CoreRun::new(program, &options);
        // The first rounds may leave caches behind: room of the result, definitions.
        let mut used = [0; 3];
        for used in &mut used {
            let _ = run.invoke(0, &[]);
            *used = i64::from(run.in_use());
        }
        used[2] - used[1]
    };
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)) {
        Ok(0) => Ok(()),
        Ok(bytes) => Err(Left::Bytes(bytes)),
        Err(_) => Err(Left::Trap),
    }
}

#[track_caller]
fn check_table(table: &str) {
    let failures = on_large_stack(|| {
        let rows = table.lines().map(str::trim).filter(|line| !line.is_empty());
        rows.flat_map(|source| {
            [0, 2].map(|level| {
                let left = leaves_nothing(&program(source), level).err()?;
                Some(format!("{source} (level {level}) {left}"))
            })
        })
        .flatten()
        .collect::<Vec<_>>()
    });
    assert!(
        failures.is_empty(),
        "{} rows leak:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn from_the_command_line() {
    if let Ok(source) = std::env::var("SRC") {
        check_table(&source);
    }
}

#[test]
fn branches_and_errors() {
    check_table(
        r#"
        (defn f [x y] (if (= x y) x nil)) (f (str "a" 1) (str "b" 2))
        (defn f [x y] (if x y)) (f (str "a" 1) (str "b" 2))
        (defn f [x] nil) (f (str "a" 1))
        (defn f [x] (let [y (str x "!") z (str y "?")] y)) (f (str "a" 1))
        (defn f [x] (nth [(str x "!")] 5)) (f (str "a" 1))
        (defn f [x] (+ (str x "!") 1)) (f (str "a" 1))
        (defn f [x y] (vector (str x "!") (nth y 9) x)) (f (str "a" 1) [1])
        (defn f [x] (try (nth [x] 5) (catch e x))) (f (str "a" 1))
        (defn f [x] (try (nth [x] 5) (catch e (:message e)))) (f (str "a" 1))
        (defn f [x] (try (nth [x] 0) (catch e x) (finally (str x "?")))) (f (str "a" 1))
        (defn f [x] (try (error x) (catch :other e x) (finally (str x "?")))) (f (str "a" 1))
        (defn f [x] (try (error x) (catch e (throw e)) (finally (str x "?")))) (f (str "a" 1))
        (defn f [x] (try x (finally (error (str x "?"))))) (f (str "a" 1))
        (let [a (vector 1)] [a (try (try (nth a 5) (catch TypeError e 1)) (finally 1))])
        (let [a (vector 1)] [a (try (try (nth a 5) (catch TypeError e a)) (catch e 2))])
        (let [a (vector 1)] (try (try (nth a 5) (catch TypeError e a)) (catch e 2)))
        (defn f [x] (try (str x "1") (catch e (str x "2")))) (f (str "a" 1))
        (defn f [x] (let [g (fn [y] (str x y))] (g (g "b")))) (f (str "a" 1))
        (defn f [x] (fn [y] (str x y))) ((f (str "a" 1)) (str "b" 2))
        (defn f [x] (fn [y] (fn [z] (str x y z)))) (((f (str "a" 1)) (str "b" 2)) (str "c" 3))
        (defn f [x] (let [loop (fn [n acc] (if (= n 0) [x acc] (loop (- n 1) (str acc x))))] (loop 5 ""))) (f (str "a" 1))
        (defn f [x & r] (if (empty? r) x (apply f r))) (f (str "a") (str "b") (str "c"))
        (defn f [x & r] 1) (f (str "a") (str "b") (str "c"))
        (defn f [[a b & r :as all] {:keys [k] z :z :or {z (str "d" 1)} :as m}] [a r k z all m]) (f [(str "a") 2 (str "c")] {:k (str "k")})
        (defn f [[a b]] a) (f [(str "a")])
        (defn f [[a [b c]]] c) (f [(str "a") 5])
        (defn f [x] (and x (str x "1") (str x "2"))) (f (str "a"))
        (defn f [x] (or nil x (str x "2"))) (f (str "a"))
        (defn f [x y] (or x y)) (f (str "a") (str "b"))
        (defn f [x y] (and x y)) (f (str "a") (str "b"))
        (defn f [x y] (if (and x (or nil y)) x y)) (f (str "a") (str "b"))
        (defn f [x y] (if (or (nil? x) (= x y)) x [x y])) (f (str "a") (str "b"))
        (defn f [x] (match x [a b] [b a] {:k v} v (:string s) (str s "!") _ nil)) [(f [(str "a") 1]) (f {:k (str "b")}) (f (str "c")) (f 5)]
        (defn f [x] (match x [a b] when (= a b) a [a b] [b] _ nil)) [(f [(str "a") (str "a")]) (f [(str "a") (str "b")])]
        (defn f [x] (match x 1 2)) (f (str "a"))
        (defn f [n s] (match s 0.0 s x when x [n x] _ n)) [(f 7 (vector 1 2)) (f (vector 1) nil) (f 7 0.0)]
        (defn f [n s] (match s x when (= (count s) 0) :none [a b] [b a] _ n)) [(f 7 (vector 1 2)) (f 7 (vector)) (f (vector 2) (vector 1))]
        (defn f [s] (fn [k] (match k 1 s 2 k s when s [s] _ nil))) [((f (str "a" 1)) (str 2)) ((f (str "a" 1)) 1) ((f nil) nil)]
        (defn f [s] (match s 1 s 2 s)) (f (str "a"))
        (defn f [a] (try (match (count a) 7 a 8 1) (finally (str a)))) (try (f (vector 1)) (catch e 1))
        (defn f [x] (for [a x b [1 2]] (str a b x))) (f ["x" "y"])
        (defn f [x] (for [a x] (nth a 5))) (f [[1] [2]])
        (defn f [x] (dotimes [i 3] (str x i))) (f (str "a"))
        (defn f [x] (dotimes [i 3] (nth x i))) (f [1 2])
        (map (fn [x] (str x "!")) ["a" "b"])
        (map (fn [x] (error (str x "!"))) ["a" "b"])
        (reduce (fn [a x] (str a x)) "" ["a" "b"])
        (defn down [n s] (if (= n 0) (error s) (str s (down (- n 1) (str s n))))) (down 20 (str "a"))
        (defn down [n s] (if (= n 0) s (down (- n 1) (str s n)))) (down 20 (str "a"))
        (def g (str "a" 1)) (defn f [] [g g]) (f)
        (def g (str "a" 1)) (def g (str g "b")) g
        (defn f [x] (def y (str x 1)) (def z [y y]) z) (f (str "a"))
        (let [x [1 2 3] y (assoc x 0 "a")] [x y])
        (defn f [x y] x) (f (str "a" 1))
        (1 (str "a" 1))
        ((str "a" 1) (str "b" 1))
        (:k (str "a" 1))
        (:k {:k (str "v")} (str "d"))
        ((partial str (str "a" 1)) (str "b"))
        (apply str ["a" (str "b")])
        (defn f [x:int y:string] [x y]) (f (str "a") (str "b"))
        (defn f [x:string] :int (str x "1")) (f (str "b"))
        (defn f [x] (let [g (fn [h n] (if (= n 0) x (h h (- n 1))))] (g g 3))) (f (str "a" 1))
        (let [a (str "x" 1)] (map (fn [b] (map (fn [c] (str a b c)) ["p"])) ["q"]))
        '(a [b "c"] {:k (d)})
        (let [f (fn [x] (if (> (count x) 3) x (f (str x "y"))))] (f (str "a")))
        (let [e (fn [n] (if (= n 0) true (o (- n 1)))) o (fn [n] (if (= n 0) false (e (- n 1))))] (e 10))
        (let [e (fn [n] (if (= n 0) true (o (- n 1)))) o (fn [n] (if (= n 0) false (e (- n 1))))] [e o])
        (let [s (str "a" 1) e (fn [n] (if (= n 0) (error s) (o (- n 1)))) o (fn [n] (e n))] (e 10))
        (let [f (fn [n] (if (= n 0) g (f (- n 1)))) g (fn [] [f {:k f}])] (count ((f 2))))
        (let [f (fn [] g) g (partial f 1)] (g))
        (dotimes [i 3000] (let [e (fn [n] (if (= n 0) i (o (- n 1)))) o (fn [n] (e n))] (e 1)))
        "#,
    );
}

/// Programs of the corpus that run without a host and without very deep recursion.
#[test]
fn a_part_of_the_corpus() {
    let (failures, n_traps, n) = on_large_stack(|| {
        let (mut failures, mut n_traps) = (Vec::new(), 0);
        let programs = corpus_programs(3);
        for (name, program, _) in &programs {
            match leaves_nothing(program, 2) {
                Ok(()) => {}
                Err(Left::Trap) => n_traps += 1,
                Err(left) => failures.push(format!("{name} {left}")),
            }
        }
        (failures, n_traps, programs.len())
    });
    assert!(
        n_traps * 20 <= n,
        "{n_traps} of {n} cases trap, so that nobody looked"
    );
    assert!(
        failures.is_empty(),
        "{} cases leak:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// Functions that were defined stay usable when the call that defined them is over.
#[test]
fn cells_that_are_in_use_survive_calls() {
    let source = "
        (def even (let [e (fn [n] (if (= n 0) true (o (- n 1))))
                        o (fn [n] (if (= n 0) false (e (- n 1))))]
                    {:even e :odd o}))
        (defn check [n] [((:even even) n) ((:odd even) n)])";
    let mut run = CoreRun::new(&program(source), &Options::default());
    let mut used = Vec::new();
    for n in 0..4 {
        let value = run
            .invoke(1, &[Value::int(n)])
            .expect("the call is correct");
        let want = [Value::bool(n % 2 == 0), Value::bool(n % 2 == 1)];
        assert_eq!(value, Value::vector(want));
        used.push(run.in_use());
    }
    assert_eq!(used[1..], [used[1]; 3]);
}
