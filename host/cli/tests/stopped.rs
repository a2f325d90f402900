//! Runs that hit a limit say where they were.

mod support;

use serde_json::{Value, json};
use support::Rtfs;

/// A loop in a local function's callee, and what calls it.
const SPIN: &str = "\
(defn count-up [k]
  (if (= k -1)
    k
    (count-up (+ k 1))))

(defn outer [n]
  (let [start (fn [k] (+ 1 (count-up k)))]
    (+ 1 (start n))))

(outer 0)
";

const GROW: &str = "\
(defn grow [texts]
  (grow (conj texts (str \"text\" (count texts)))))

(defn start []
  (+ 1 (grow [])))

(start)
";

/// Standard error under a limit, which the run hits.
#[track_caller]
fn stopped(source: &str, engine: &str, limit: [&str; 2]) -> String {
    let rtfs = Rtfs::new();
    let file = rtfs.write("p.rtfs", source);
    let ended = rtfs.run(&["run", &file, "--engine", engine, limit[0], limit[1]]);
    assert_eq!(ended.status, 4, "{}", ended.stderr);
    let folder = file.strip_suffix("p.rtfs").expect("its own name");
    ended.stderr.replace(folder, "")
}

#[test]
fn an_endless_loop_is_shown_with_its_function_and_line() {
    for engine in ["evaluator", "component"] {
        let text = stopped(SPIN, engine, ["--fuel", "100001"]);
        assert!(text.contains("\n  at p.rtfs:"), "{engine}: {text}");
        let stack = ", in count-up, called by start, called by outer\n";
        assert!(text.contains(stack), "{engine}: {text}");
        assert_eq!(text, stopped(SPIN, engine, ["--fuel", "100001"]));
    }
}

#[test]
fn growth_is_shown_with_its_function_and_line() {
    for (engine, line) in [("evaluator", 2), ("component", 1)] {
        let text = stopped(GROW, engine, ["--memory", "16MiB"]);
        assert!(text.contains(&format!("\n  at p.rtfs:{line}:")), "{text}");
        assert!(text.contains(", in grow, called by start\n"), "{text}");
    }
}

#[test]
fn json_has_the_place_too() {
    let rtfs = Rtfs::new();
    let file = rtfs.write("p.rtfs", SPIN);
    let args = ["run", &file, "--engine", "component", "--fuel", "100000"];
    let ended = rtfs.run(&[&args[..], &["--format", "json"]].concat());
    let report: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    assert_eq!(report["stopped"]["file"], json!(file));
    assert_eq!(report["stopped"]["position"]["line"], json!(1));
    let stack = json!(["count-up", "start", "outer"]);
    assert_eq!(report["stopped"]["stack"], stack);
}

/// Two functions of one name: which one it was is not known.
#[test]
fn a_name_that_is_not_unique_has_no_line() {
    let source = "(defn f [x] (f x)) (defn g [] (let [f (fn [x] x)] (f 1))) (do (g) (f 1))";
    let text = stopped(source, "component", ["--fuel", "100000"]);
    assert!(
        text.contains("\n  in f\n") && !text.contains("p.rtfs"),
        "{text}"
    );
}
