//! The same programs on the evaluator and compiled.

use rtfs_eval::{Limits, PureHost, evaluate};
use rtfs_ir::Program;
use rtfs_value::{cbor, readable};

use super::program;
use super::runner::{Answer, Running, on_large_stack};
use crate::Options;
use crate::testing::RaisedError;

const DEPTH: u32 = 20_000;

/// What the evaluator answers.
pub(super) fn evaluated(program: &Program, depth: u32) -> Answer {
    let limits = Limits {
        depth,
        ..Limits::default()
    };
    match evaluate(program, &mut PureHost, &limits).result {
        Ok(value) => match cbor::encode(&value)
            .ok()
            .and_then(|bytes| cbor::decode(&bytes).ok())
        {
            Some(value) => Answer::Value(readable(&value)),
            None => Answer::Broken("the value cannot cross the boundary".to_owned()),
        },
        Err(error) => Answer::Raised(RaisedError {
            class: error.class_name().to_owned(),
            kind: error.kind_keyword().to_owned(),
            message: error.text().to_owned(),
            data: cbor::encode(&error.data()).unwrap_or_default(),
            node: error.node().unwrap_or(u32::MAX),
            stack: error.stack(),
        }),
    }
}

fn compiled(program: &Program, depth: u32, opt_level: u8) -> Answer {
    let options = Options {
        opt_level,
        ..Options::default()
    };
    let run = || match Running::new(program, &options) {
        Ok(mut running) => {
            running.limit_depth(depth);
            running.invoke(0, &[])
        }
        Err(error) => Answer::Broken(error),
    };
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(run))
        .unwrap_or_else(|_| Answer::Broken("panic".to_owned()))
}

/// How the engines differ on a program, if they do.
pub(super) fn difference(
    source: &str,
    program: &Program,
    depth: u32,
    opt_levels: &[u8],
) -> Option<String> {
    let expect = evaluated(program, depth);
    opt_levels.iter().find_map(|opt_level| {
        let got = compiled(program, depth, *opt_level);
        (got != expect).then(|| {
            format!("{source} (level {opt_level})\n  evaluator {expect:?}\n  compiled  {got:?}")
        })
    })
}

/// Compares each non-empty line of a table.
#[track_caller]
fn check_table(table: &str, depth: u32) {
    let failures = on_large_stack(|| {
        let rows = table.lines().map(str::trim).filter(|line| !line.is_empty());
        rows.filter_map(|source| difference(source, &program(source), depth, &[0, 2]))
            .collect::<Vec<_>>()
    });
    assert!(
        failures.is_empty(),
        "{} rows fail:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn from_the_command_line() {
    if let Ok(source) = std::env::var("SRC") {
        check_table(&source, DEPTH);
    }
}

#[test]
fn literals_and_arithmetic() {
    check_table(
        r#"
        1
        nil
        "text"
        :key
        [1 2.5 "a" :b nil true]
        {:a 1 "b" [2] 3 {}}
        '(1 (2 x) [y] {:k z})
        (+ 1 2)
        (+ 1 2 3 4)
        (- 5)
        (+ 1 2.5)
        (+ 9223372036854775807 1)
        (- -9223372036854775807 2)
        (* 4611686018427387904 2)
        (* 3037000500 3037000500)
        (* 3037000499 3037000499)
        (* -1 -9223372036854775808)
        (mod -7 3)
        (mod 7 0)
        (quot 7 -2)
        (quot -9223372036854775808 -1)
        (/ 7 2)
        (+ 1 "a")
        (+ "a" 1)
        (inc 9223372036854775807)
        (dec -9223372036854775808)
        (inc "a")
        (< 1 2)
        (< 1 2.5)
        (< "a" "b")
        (< 1 "b")
        (= 1 1.0)
        (= [1 2] '(1 2))
        (= {:a 1} {:a 1})
        (not= nil false)
        (zero? 0.0)
        (neg? -3)
        (pos? "x")
        (nil? nil)
        (+)
        (count)
        "#,
        DEPTH,
    );
}

#[test]
fn functions_and_control() {
    check_table(
        r#"
        (defn fib [n] (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))) (fib 20)
        (defn fib [n] (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))) (fib 10.0)
        (defn fib [n] (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))) (fib "x")
        (defn f [x y] [x y x]) (f "a" {:b 1})
        (defn f [x] x) (f)
        (defn f [x] :nil (if true 1 x)) (f 1)
        (defn f [x] :nil (do x (and 1))) (f 1)
        (defn f [x & r] [x r]) [(f 1) (f 1 2 3)]
        (defn f [x & r] [x r]) (f)
        ((fn [x] (* x x)) 7)
        ((fn [x y] x) 1)
        (let [f (fn [n] (if (= n 0) :done (f (- n 1))))] (f 100000))
        (let [a? (fn [n] (if (= n 0) true (b? (- n 1)))) b? (fn [n] (if (= n 0) false (a? (- n 1))))] (a? 70001))
        (defn even-n [n] (if (= n 0) true (odd-n (dec n)))) (defn odd-n [n] (if (= n 0) false (even-n (dec n)))) (even-n 100000)
        (defn sum [n acc] (if (= n 0) acc (sum (- n 1) (+ acc n)))) (sum 1000000 0)
        (defn down [n] (if (= n 0) 0 (+ 1 (down (- n 1))))) (down 19000)
        (defn down [n] (if (= n 0) 0 (+ 1 (down (- n 1))))) (down 30000)
        (defn down [n] (if (= n 0) 0 (+ 1 (down (- n 1))))) (try (down 30000) (catch e [(:message e) (count (:stack e))]))
        (let [x "a" y x] [x y x])
        (let [x 5 x (+ x 1)] x)
        (and 1 nil 2)
        (and 1 2)
        (and)
        (or nil false 3)
        (or nil false)
        (or)
        (let [x "s"] (or x "t"))
        (let [x nil] (or x "t"))
        (let [x "s"] (and x "t"))
        (let [x "s" y "t"] (if (and x y) [x y] :no))
        (let [x "s" y nil] (if (and x (or y x)) [x y] :no))
        (cond false 1 nil 2 :else 3)
        (if nil 1)
        (do 1 "a" 2)
        (do)
        (undefined-name 1)
        (1 2)
        ("f" 2)
        (:a {:a 5})
        (:a nil)
        (:a 5)
        (:a {:b 1} :default)
        (def k 42) (def k2 (+ k 1)) [k k2]
        (def s "text") (defn f [] s) (f)
        (defn f [] later) (def later (vector 1 2)) (f)
        (defn f [] later) (f) (def later 1)
        (def f (fn [x] (inc x))) (f 1)
        (def f inc) (f 1)
        (def count 5) count
        (defn f [x] (def y (str x "!")) [y y]) (f "a")
        (defn adder [n] (fn [x] (+ x n))) ((adder 5) 10)
        (defn adder [n] (fn [x] (str x n))) (let [a (adder "n")] [(a "x") (a "y")])
        (defn compose [f g] (fn [x] (f (g x)))) ((compose inc dec) 5)
        (defn twice [f x] (f (f x))) (twice (fn [y] (str y "!")) "a")
        (map inc [1 2 3])
        (map (fn [x] (* x 2)) [1 2 3])
        (reduce + 0 [1 2 3])
        (filter (fn [x] (> x 1)) [1 2 3])
        (map (fn [x] (error "bad" x)) [1 2])
        (let [k 10] (map (fn [x] (+ x k)) [1 2]))
        (apply + 1 [2 3])
        (apply (fn [& xs] (count xs)) [1 2 3 4 5 6 7])
        (sort-by (fn [x] (- x)) [3 1 2])
        ((partial + 1) 2)
        (map (partial + 1) [1 2])
        (str "a" 1 :b nil)
        (assoc {:a 1} :b 2)
        (conj [1] 2)
        (get {:a 1} :a)
        (nth [1 2] 5)
        "#,
        DEPTH,
    );
}

#[test]
fn a_part_of_the_corpus() {
    let failures = on_large_stack(|| {
        corpus_programs(1)
            .into_iter()
            .filter_map(|(name, program, depth)| difference(&name, &program, depth, &[2]))
            .collect::<Vec<_>>()
    });
    assert!(
        failures.is_empty(),
        "{} cases fail:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// How many parts the programs of the corpus are divided into.
const PARTS: usize = 8;

/// Programs of the corpus that need no particular host, with their place and source, and their
/// depth limit: one part of them, since translating each to native code takes a while, or all with
/// `RTFS_WHOLE_CORPUS=1`.
pub(super) fn corpus_programs(part: usize) -> Vec<(String, Program, u32)> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/corpus");
    let mut files = Vec::new();
    collect(std::path::Path::new(root), &mut files);
    assert!(!files.is_empty(), "there is a corpus");
    let all = files.iter().flat_map(|path| programs_in(path));
    match std::env::var_os("RTFS_WHOLE_CORPUS") {
        Some(_) => all.collect(),
        None => all.skip(part).step_by(PARTS).collect(),
    }
}

fn programs_in(path: &std::path::Path) -> Vec<(String, Program, u32)> {
    let text = std::fs::read_to_string(path).expect("corpus files can be read");
    let file = rtfs_syntax::case_file::parse_cases(&text).expect("corpus files are case files");
    let engines = &file.directives.engines;
    if file.directives.host.is_some() || engines.is_some() {
        return Vec::new();
    }
    let depth = file.directives.max_depth.unwrap_or(DEPTH);
    let mut programs = Vec::new();
    for case in &file.cases {
        let read = rtfs_syntax::read(&case.source);
        let lowered = rtfs_ir::lower(&read.forms, &rtfs_eval::lower_options());
        // Programs that are not well formed never reach a backend.
        if let Some(program) = lowered.program.filter(|_| read.diagnostics.is_empty()) {
            let name = path.file_name().unwrap_or_default().display();
            programs.push((
                format!("{name}:{}: {}", case.line, case.source),
                program,
                depth,
            ));
        }
    }
    programs
}

fn collect(dir: &std::path::Path, files: &mut Vec<std::path::PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(dir)
        .expect("corpus directories can be read")
        .map(|entry| entry.expect("corpus entries can be read").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, files);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "rtfs")
        {
            files.push(path);
        }
    }
}
