//! What hashes keep and what they drop.

mod noise;

use noise::Noise;
use rtfs_ir::{ArtifactKey, DefinitionHash, GlobalId, LowerOptions, Program, lower};
use rtfs_syntax::read;
use rtfs_value::Value;
use rtfs_value::types::Level;

fn program(source: &str) -> Program {
    let read = read(source);
    assert!(read.diagnostics.is_empty(), "{source} does not read");
    let lowered = lower(&read.forms, &LowerOptions::default());
    lowered
        .program
        .unwrap_or_else(|| panic!("{source} does not lower: {:?}", lowered.diagnostics))
}

fn global(program: &Program, name: &str) -> GlobalId {
    let index = program
        .globals
        .iter()
        .position(|global| global.name == name);
    GlobalId(u32::try_from(index.expect("a global of the program")).expect("few globals"))
}

/// The hash of the definition `f`.
fn hash(source: &str) -> DefinitionHash {
    let program = program(source);
    let f = global(&program, "f");
    program
        .hashes(Level::Standard)
        .get(f)
        .unwrap_or_else(|| panic!("{source} gives f no hash"))
}

#[track_caller]
fn check_same(a: &str, b: &str) {
    assert_eq!(hash(a), hash(b), "{a} / {b}");
}

#[track_caller]
fn check_other(a: &str, b: &str) {
    assert_ne!(hash(a), hash(b), "{a} / {b}");
}

#[test]
fn names_and_layout_that_nobody_can_observe_are_dropped() {
    check_same(
        "(defn f [x] (+ x 1))",
        "(defn  f\n [y]\n (+ y 1)) ; one more",
    );
    check_same(
        "(defn f [a & b] (let [c a] [c b]))",
        "(defn f [x & y] (let [z x] [z y]))",
    );
    check_same(
        "(defn f [x] (match x [a] a _ 0))",
        "(defn f [x] (match x [b] b _ 0))",
    );
    check_same("(defn f [x] (+ x 1))", "(def f (fn [x] (+ x 1)))");
}

#[test]
fn unrelated_definitions_and_their_order_are_dropped() {
    check_same(
        "(defn f [x] x)",
        "(defn g [x] (* x 2)) (defn f [x] x) (g 3)",
    );
    check_same(
        "(defn f [x] (g x)) (defn g [x] x)",
        "(defn g [x] x) (def k 1) (defn f [x] (g x))",
    );
    check_same(
        "(defn f [x] x)",
        "(do (defn h [] (let [a 1] a)) (defn f [x] x))",
    );
    check_same(
        "(defn f [] (g)) (defn g [] (f))",
        "(defn h [] 1) (defn g [] (f)) (defn f [] (g))",
    );
}

#[test]
fn names_in_messages_are_kept() {
    check_other("(defn f [a:int] a)", "(defn f [b:int] b)");
    check_other(
        "(defn f [] (let [a:int 1] a))",
        "(defn f [] (let [b:int 1] b))",
    );
    check_other(
        "(defn f [] (let [g (fn [] 1)] g))",
        "(defn f [] (let [h (fn [] 1)] h))",
    );
    check_other("(defn f [] (def a 1) a)", "(defn f [] (def b 1) b)");
}

#[test]
fn every_change_of_meaning_changes_the_hash() {
    check_other("(defn f [x] (+ x 1))", "(defn f [x] (+ x 2))");
    check_other("(defn f [x] (+ x 1))", "(defn f [x] (- x 1))");
    check_other("(defn f [x] (+ x 1))", "(defn f [x] (+ 1 x))");
    check_other("(defn f [x y] x)", "(defn f [x y] y)");
    check_other("(defn f [x] x)", "(defn f [x] : int x)");
    check_other(
        "(defn f [x] (g x)) (defn g [x] x)",
        "(defn f [x] (g x)) (defn g [x] [x])",
    );
    check_other(
        "(defn f [x] (g x)) (defn g [x] x)",
        "(defn f [x] (g x)) (declare g [x])",
    );
    check_other(
        "(defn f [] (g)) (defn g [] (f))",
        "(defn f [] (g)) (defn g [] (g))",
    );
    check_other("(defn f [] k) (def k 1)", "(defn f [] k) (def k 2)");
    check_other(
        "(defn f [] k) (def k 1)",
        "(defn f [] k) (def k 1) (def k 2)",
    );
    check_other(
        "(defn f [] (inc 1))",
        "(defn f [] (inc 1)) (defn inc [x] x)",
    );
    check_other("(defn f [x] x)", "(defn f [x] x) (defn f [x] x)");
}

#[test]
fn the_validation_level_is_part_of_the_meaning() {
    let program = program("(defn f [x] x)");
    let f = global(&program, "f");
    let at = |level| program.hashes(level).get(f);
    assert_ne!(at(Level::Basic), at(Level::Standard));
    assert_ne!(at(Level::Standard), at(Level::Strict));
}

#[test]
fn definitions_whose_meaning_lies_elsewhere_have_no_hash() {
    let program = program("(import m) (defn f [] (m/x)) (defn g [] (f)) (defn h [] 1)");
    let hashes = program.hashes(Level::Standard);
    assert_eq!(hashes.get(global(&program, "f")), None);
    assert_eq!(hashes.get(global(&program, "g")), None);
    assert!(hashes.get(global(&program, "h")).is_some());
}

#[test]
fn hashes_guard_the_format() {
    assert_eq!(
        hash("(defn f [n:int] : int (if (< n 2) n (+ (f (- n 1)) (f (- n 2)))))").to_string(),
        "sha256:a177b955daf0a65f1563f72ebf18f14f80d65ac55df3624fd2ff99e20e05dff5"
    );
}

#[test]
fn hashes_survive_encoding_and_their_own_text() {
    let program = program("(defn f [n] (if (= n 0) [] (conj (f (- n 1)) n))) (f 3)");
    let decoded = Program::decode(&program.encode()).expect("canonical bytes");
    assert_eq!(
        program.hashes(Level::Standard),
        decoded.hashes(Level::Standard)
    );
    let hash = hash("(defn f [] 1)");
    assert_eq!(hash.to_string().parse(), Ok(hash));
    assert!("sha256:12".parse::<DefinitionHash>().is_err());
    assert!(
        hash.to_string()
            .to_uppercase()
            .parse::<DefinitionHash>()
            .is_err()
    );
}

#[test]
fn interfaces_say_what_a_function_looks_like() {
    let interface = |source: &str| {
        let program = program(source);
        program
            .interface(global(&program, "f"))
            .expect("a function")
    };
    let same = |a: &str, b: &str| assert_eq!(interface(a).hash(), interface(b).hash(), "{a} / {b}");
    let differ =
        |a: &str, b: &str| assert_ne!(interface(a).hash(), interface(b).hash(), "{a} / {b}");
    same(
        "(defn f [x:int] : string (str x))",
        "(declare f [y:int] : string)",
    );
    same("(defn f [x] x)", "(defn f [y] [y])");
    differ("(defn f [x] x)", "(defn f [x y] x)");
    differ("(defn f [x] x)", "(defn f [x:int] x)");
    differ("(defn f [x] x)", "(defn f [& x] x)");
    differ("(defn f [x] x)", "(module m (:exports [f]) (defn f [x] x))");
    differ("(defn f [x] x)", "(defn f [x] (call :a.b x))");
    differ("(defn f [x] (call :a.b x))", "(defn f [x] (call x))");
    same(
        "(defn f [x] (call :a.b x))",
        "(defn f [x] (g x)) (defn g [x] (call \"a.b\" x))",
    );
    same(
        "(defn f [x] (g x)) (declare g ^{:capabilities [:a.b]} [x])",
        "(defn f [x] (call :a.b))",
    );
}

#[test]
fn capability_needs_follow_the_calls() {
    let needs = |source: &str| {
        let program = program(source);
        let needs = program.capability_needs(global(&program, "f"));
        (
            needs.ids.into_iter().collect::<Vec<_>>().join(" "),
            needs.dynamic,
        )
    };
    assert_eq!(
        needs("(defn f [] (call :b (call \"a\")))"),
        ("a b".to_owned(), false)
    );
    assert_eq!(needs("(defn f [] (map call [:a]))"), (String::new(), true));
    assert_eq!(
        needs("(defn f [] 1) (defn g [] (call :a))"),
        (String::new(), false)
    );
    assert_eq!(
        needs("(defn f [] (g)) (defn g [] (f) (call :a))"),
        ("a".to_owned(), false)
    );
}

#[test]
fn exports_are_functions_in_source_order_or_what_the_module_says() {
    let names = |source: &str| {
        let program = program(source);
        let exports = program.exports();
        let names = exports
            .iter()
            .map(|id| program.globals[id.0 as usize].name.as_str());
        names.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        names("(def k 1) (defn g [] 1) (do (def f (fn [] 2)))"),
        "g f"
    );
    assert_eq!(names("(defn f [] 1) (def f 2)"), "");
    assert_eq!(
        names("(module m (:exports [k f]) (defn f [] 1) (defn g [] 2) (def k 3))"),
        "k f"
    );
}

#[test]
fn module_interfaces_ignore_what_is_not_exported() {
    let hash = |source: &str| program(source).interface_hash();
    let module = "(module m (:exports [a b]) (defn a [x:int] x) (defn b [] 1))";
    assert_eq!(
        hash(module),
        hash("(module m (:exports [b a]) (defn b [] 2) (defn c [] 1) (defn a [y:int] 0))")
    );
    assert_ne!(
        hash(module),
        hash("(module m (:exports [a]) (defn a [x:int] x) (defn b [] 1))")
    );
    assert_ne!(
        hash(module),
        hash("(module n (:exports [a b]) (defn a [x:int] x) (defn b [] 1))")
    );
}

#[test]
fn artifact_keys_cover_program_backend_and_options() {
    let one = program("(defn f [] 1)");
    let key = |program: &Program, id: &str, version: &str, options: &str| {
        ArtifactKey::new(program, id, version, options)
    };
    let base = key(&one, "wasm", "1", "opt=1");
    assert_eq!(base, key(&program("(defn f []   1)"), "wasm", "1", "opt=1"));
    assert_ne!(base, key(&program("(defn f [] 2)"), "wasm", "1", "opt=1"));
    assert_ne!(base, key(&one, "wasm2", "1", "opt=1"));
    assert_ne!(base, key(&one, "wasm", "2", "opt=1"));
    assert_ne!(base, key(&one, "wasm", "1", "opt=2"));
    assert_ne!(key(&one, "a", "bc", ""), key(&one, "ab", "c", ""));
}

/// Writes random expressions; local names begin with `prefix`, gaps are random.
struct Writer {
    choices: Noise,
    layout: Noise,
    prefix: &'static str,
    text: String,
}

impl Writer {
    fn source(functions: &[&str], seed: u64, layout: u64, prefix: &'static str) -> String {
        let mut writer = Writer {
            choices: Noise(seed),
            layout: Noise(layout),
            prefix,
            text: String::new(),
        };
        for function in functions {
            writer.word(&format!("(defn {function} [{prefix}0 {prefix}1]"));
            writer.expression(4, 2);
            writer.word(")");
        }
        writer.text
    }

    fn word(&mut self, word: &str) {
        self.text.push_str(word);
        self.text
            .push_str([" ", "\n", "  ", " ; note\n", " #| x |# "][self.layout.below(5)]);
    }

    /// An expression with `n_locals` names in scope.
    fn expression(&mut self, depth: usize, n_locals: usize) {
        let prefix = self.prefix;
        match self.choices.below(if depth == 0 { 3 } else { 10 }) {
            0 => {
                let number = self.choices.below(5);
                self.word(&number.to_string());
            }
            1 | 2 => {
                let local = self.choices.below(n_locals);
                self.word(&format!("{prefix}{local}"));
            }
            3 => {
                self.word("(if");
                (0..3).for_each(|_| self.expression(depth - 1, n_locals));
                self.word(")");
            }
            4 => {
                // A function bound directly would be named after the local.
                self.word(&format!("(let [{prefix}{n_locals} (do"));
                self.expression(depth - 1, n_locals);
                self.word(")]");
                self.expression(depth - 1, n_locals + 1);
                self.word(")");
            }
            5 => {
                self.word(&format!("(fn [{prefix}{n_locals}]"));
                self.expression(depth - 1, n_locals + 1);
                self.word(")");
            }
            6 => {
                self.word(&format!(
                    "(let [[{prefix}{n_locals} & {prefix}{}]",
                    n_locals + 1
                ));
                self.expression(depth - 1, n_locals);
                self.word("]");
                self.expression(depth - 1, n_locals + 2);
                self.word(")");
            }
            7 => {
                self.word("(match");
                self.expression(depth - 1, n_locals);
                self.word(&format!("{prefix}{n_locals}"));
                self.expression(depth - 1, n_locals + 1);
                self.word(")");
            }
            _ => {
                let head = ["(+", "(g", "(f", "(vector"][self.choices.below(4)];
                self.word(head);
                (0..2).for_each(|_| self.expression(depth - 1, n_locals));
                self.word(")");
            }
        }
    }
}

#[test]
fn random_programs_keep_their_hashes_when_locals_are_renamed_and_text_is_laid_out_anew() {
    for seed in 0..300 {
        let one = program(&Writer::source(&["g", "f"], seed, 1, "x"));
        let two = program(&Writer::source(&["g", "f"], seed, seed + 7, "local-"));
        assert_eq!(one.encode(), two.encode());
        assert_eq!(one.hashes(Level::Standard), two.hashes(Level::Standard));
    }
}

#[test]
fn random_programs_that_differ_have_different_hashes() {
    let mut seen = std::collections::BTreeMap::new();
    for seed in 0..300 {
        let source = Writer::source(&["f"], seed, 1, "x");
        let program = program(&source);
        let f = global(&program, "f");
        let hash = program
            .hashes(Level::Standard)
            .get(f)
            .expect("a closed definition");
        if let Some(other) = seen.insert(hash, program.encode()) {
            assert_eq!(other, program.encode(), "{source}");
        }
    }
    assert!(seen.len() > 200);
}

/// What a component may say of itself and what not: each key that is ours counts.
#[test]
fn an_account_that_differs_anywhere_is_noticed() {
    let text = "(module acme.sums (:exports [add limit])
                  (def limit 3)
                  (defn add [a:int & b:int] :int (+ a limit)))";
    let program = program(text);
    let wanted = rtfs_ir::Description::of(&program, Level::Standard);
    let account = wanted.to_value("any");
    assert_eq!(wanted.difference(&account), None);

    let with = |key: &str, value: Value| {
        let mut map = account.clone().into_map().expect("a map");
        let _ = map.assoc(Value::keyword(key), value);
        wanted.difference(&map.into_value())
    };
    assert_eq!(with("backend", Value::int(1)), None);
    assert_eq!(with("more", Value::int(1)), None);
    let other = with("module", Value::string("acme.other"));
    assert_eq!(other.as_deref(), Some("`:module` is another"));
    let none = with("exports", Value::NIL);
    assert_eq!(none.as_deref(), Some("`:exports` is no vector"));

    let exports = account.as_map().and_then(|map| map.get_keyword("exports"));
    let exports = exports.and_then(Value::as_seq).expect("a vector");
    for (index, export) in exports.iter().enumerate() {
        let own = export.as_map().expect("a map");
        let keys: Vec<Value> = own.iter().map(|(key, _)| key.clone()).collect();
        assert!(keys.len() >= 3);
        for key in keys {
            let mut altered = export.clone().into_map().expect("a map");
            let _ = altered.assoc(key.clone(), Value::keyword("altered"));
            let altered = exports
                .iter()
                .enumerate()
                .map(|(at, export)| match at == index {
                    true => altered.clone().into_value(),
                    false => export.clone(),
                });
            let got = with("exports", Value::vector(altered.collect::<Vec<_>>()));
            let key = rtfs_value::readable(&key);
            let got = got.expect("it differs");
            assert!(got.ends_with(&format!("`{key}` differs")), "{got}");
        }
    }
}
