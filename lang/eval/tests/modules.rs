//! Modules: linked into one program, from its own text or a loader's.

mod support;

use std::collections::BTreeMap;

use rtfs_eval::{Limits, PureHost, evaluate, lower_options};
use rtfs_ir::{LowerOptions, LowerResult, ModuleLoader, lower};
use rtfs_syntax::SourceText;
use support::show;

/// Files in memory.
#[derive(Debug, Default)]
struct Files(BTreeMap<&'static str, &'static str>);

impl ModuleLoader for Files {
    fn load(&self, name: &str) -> Result<Option<SourceText>, String> {
        let file = format!("{}.rtfs", name.replace('.', "/"));
        match self.0.get(file.as_str()) {
            Some(&"unreadable") => Err("permission denied".to_owned()),
            Some(text) => Ok(Some(SourceText::new(file, (*text).to_owned()))),
            None => Ok(None),
        }
    }
}

fn lowered(files: &[(&'static str, &'static str)], source: &str) -> LowerResult {
    let loader = Files(files.iter().copied().collect());
    let read = rtfs_syntax::read(source);
    assert!(read.diagnostics.is_empty(), "{source} reads");
    let options = LowerOptions {
        loader: Some(&loader),
        ..lower_options()
    };
    lower(&read.forms, &options)
}

#[track_caller]
fn check(files: &[(&'static str, &'static str)], source: &str, expect: &str) {
    let lowered = lowered(files, source);
    let Some(program) = &lowered.program else {
        panic!("{source}: {:?}", lowered.diagnostics);
    };
    let outcome = evaluate(program, &mut PureHost, &Limits::default());
    assert_eq!(show(&outcome.result), expect, "{source}");
}

const GEOMETRY: (&str, &str) = (
    "acme/geometry.rtfs",
    "(module acme.geometry (:exports [area scale]) (import acme.numbers :as num)
       (def factor 2) (defn area [w h] (* w h)) (defn scale [x] (num/times x factor)))",
);
const NUMBERS: (&str, &str) = (
    "acme/numbers.rtfs",
    "(module acme.numbers (:exports [times]) (defn times [a b] (* a b)))",
);

#[test]
fn loaded_modules_are_part_of_the_program() {
    let files = [GEOMETRY, NUMBERS];
    check(
        &files,
        "(import acme.geometry) (acme.geometry/area 2 3)",
        "6",
    );
    check(
        &files,
        "(import acme.geometry :as g) [(g/area 2 3) (acme.geometry/scale 4)]",
        "[6 8]",
    );
    check(
        &files,
        "(import acme.geometry :only [area]) (area 2 3)",
        "6",
    );
    check(&files, "(import acme.geometry)", "nil");
    check(
        &files,
        "(defn f [] (g/area 1 2)) (import acme.geometry :as g) (f)",
        "2",
    );
    check(
        &files,
        "(do (import acme.geometry :as g) (g/area 1 5))",
        "5",
    );
}

#[test]
fn what_is_not_exported_is_not_found() {
    let files = [GEOMETRY, NUMBERS];
    check(
        &files,
        "(import acme.geometry :as g) g/factor",
        "!SymbolNotFound \"Symbol not found: g/factor\"",
    );
    check(
        &files,
        "(import acme.geometry :only [factor])",
        "!ModuleError \"Module error: Symbol 'factor' not exported by module 'acme.geometry'\"",
    );
    check(
        &files,
        "(import acme.geometry :only [area]) (acme.geometry/scale 1)",
        "!SymbolNotFound \"Symbol not found: acme.geometry/scale\"",
    );
    check(
        &files,
        "(import acme.geometry) (acme.numbers/times 1 2)",
        "!SymbolNotFound \"Symbol not found: acme.numbers/times\"",
    );
    check(
        &files,
        "(import acme.geometry) (area 1 2)",
        "!UndefinedSymbol \"Undefined symbol: area\"",
    );
}

#[test]
fn modules_run_once_and_see_only_the_library() {
    let files = [
        ("a.rtfs", "(module a (:exports [x]) (import c) (def x c/v))"),
        ("b.rtfs", "(module b (:exports [x]) (import c) (def x c/v))"),
        ("c.rtfs", "(module c (:exports [v]) (def v (call :next)))"),
        ("d.rtfs", "(module d (:exports [f]) (defn f [] outside))"),
    ];
    let program = lowered(&files, "(import a) (import b) (import c) [a/x b/x c/v]").program;
    let calls = std::cell::Cell::new(0);
    struct Counting<'c>(&'c std::cell::Cell<i64>);
    impl rtfs_eval::Host for Counting<'_> {
        fn execute_capability(
            &mut self,
            _: &rtfs_eval::HostCall,
        ) -> Result<rtfs_value::Value, rtfs_value::Error> {
            self.0.set(self.0.get() + 1);
            Ok(rtfs_value::Value::int(self.0.get()))
        }
    }
    let outcome = evaluate(
        &program.expect("lowers"),
        &mut Counting(&calls),
        &Limits::default(),
    );
    assert_eq!(show(&outcome.result), "[1 1 1]");
    check(
        &files,
        "(def outside 1) (import d) (d/f)",
        "!UndefinedSymbol \"Undefined symbol: outside\"",
    );
}

#[test]
fn cycles_are_raised_by_the_import_that_closes_them() {
    let files = [
        ("a.rtfs", "(module a (:exports [x]) (import b) (def x 1))"),
        ("b.rtfs", "(module b (:exports [y]) (import a) (def y 1))"),
        ("me.rtfs", "(module me (import me))"),
    ];
    let text = "!ModuleError \"Module error: Circular dependency: a -> b -> a\"";
    check(&files, "(import a)", text);
    check(
        &files,
        "(module a (:exports [x]) (import b) (def x 1))",
        text,
    );
    check(
        &files,
        "(import me)",
        "!ModuleError \"Module error: Circular dependency: me -> me\"",
    );
    let found = lowered(&files, "(import a)").diagnostics;
    assert_eq!(found[0].code, "W0107");
}

#[test]
fn files_must_hold_their_module() {
    let files = [
        ("a.rtfs", "(module other (def x 1))"),
        ("b.rtfs", "(+ 1 2) (module b (:exports [x]) (def x 1))"),
        ("c.rtfs", "unreadable"),
        ("d.rtfs", "(module d (defn f [x)"),
    ];
    check(
        &files,
        "(import a)",
        "!ModuleError \"Module error: 'a.rtfs' does not define module 'a'\"",
    );
    check(&files, "(import b) b/x", "1");
    check(
        &files,
        "(import c)",
        "!ModuleError \"Module error: cannot read module 'c': permission denied\"",
    );
    check(
        &files,
        "(import no.such)",
        "!ModuleNotFound \"Module not found: no.such\"",
    );
    check(
        &files,
        "(import a..b)",
        "!ModuleNotFound \"Module not found: a..b\"",
    );
    assert!(lowered(&files, "(import d)").program.is_none());
}

#[test]
fn findings_and_errors_point_into_the_files_they_are_in() {
    let files = [(
        "a.rtfs",
        "(module a (:exports [f])\n  (defn f [x] (+ x :k)))",
    )];
    let source = "(import a) (a/f 1)";
    let lowered = lowered(&files, source);
    let outcome = evaluate(
        &lowered.program.expect("lowers"),
        &mut PureHost,
        &Limits::default(),
    );
    let node = outcome.result.expect_err("adds a keyword").node();
    let span = lowered
        .spans
        .get(rtfs_ir::NodeId(node.expect("has a place")));
    let mut text = SourceText::new("main.rtfs".into(), source.into());
    for (offset, other) in lowered.sources {
        text.attach(offset, other);
    }
    let shown = rtfs_syntax::render_error("TypeError", "no", span, &[], &text, false);
    assert!(shown.contains("a.rtfs:2:15"), "{shown}");
}

#[test]
fn modules_of_the_same_text() {
    check(
        &[],
        "(module m (:exports [x]) (def x 4)) (import m) m/x",
        "4",
    );
    check(
        &[],
        "(module m (:exports [x]) (def x 4)) (import m :as k) (+ 1 k/x)",
        "5",
    );
    check(&[], "(module m (:exports [x]) (def x 4)) 7", "7");
    check(&[], "7 (module m (:exports [x]) (def x 4))", "nil");
    check(
        &[],
        "(module m (:exports [x]) (def x 4)) m/x",
        "!SymbolNotFound \"Symbol not found: m/x\"",
    );
    check(
        &[],
        "(def x 1) (module m (:exports [f]) (def x 2) (defn f [] x)) (import m :only [f]) [x (f)]",
        "[1 2]",
    );
    check(
        &[],
        "(module a (:exports [x]) (def x 1)) (module b (:exports [y]) (import a) (def y [a/x])) (import b) b/y",
        "[1]",
    );
    check(
        &[],
        "(import later) (module later (def x 1))",
        "!ModuleNotFound \"Module not found: later\"",
    );
    check(
        &[],
        "(module m (:exports [x]) (def x 1)) (module m (:exports [x]) (def x 2)) (import m) m/x",
        "2",
    );
    check(
        &[],
        "(module a (:exports [x]) (def x 1)) (module b (:exports [x]) (def x 2)) (import a :only [x]) (import b :only [x])",
        "!ModuleError \"Module error: Symbol 'x' is imported twice\"",
    );
    check(
        &[],
        "(module a (:exports [x]) (def x 1)) (import a :only [x]) (def x 5) x",
        "5",
    );
    check(
        &[],
        "(module a (:exports [x]) (def x 1)) (import a :as k :only [x])",
        "!ModuleError \"Module error: Invalid import specification: cannot combine :as with :only\"",
    );
}

#[test]
fn long_chains_of_imports_need_little_stack() {
    #[derive(Debug)]
    struct Chain;
    impl ModuleLoader for Chain {
        fn load(&self, name: &str) -> Result<Option<SourceText>, String> {
            let index: u32 = name[1..].parse().expect("is made below");
            let text = if index == 3000 {
                format!("(module {name} (:exports [v]) (def v 0))")
            } else {
                let next = index + 1;
                format!("(module {name} (:exports [v]) (import m{next} :as n) (def v (inc n/v)))")
            };
            Ok(Some(SourceText::new(name.to_owned(), text)))
        }
    }
    let forms = rtfs_syntax::read("(import m0) m0/v").forms;
    let options = LowerOptions {
        loader: Some(&Chain),
        ..lower_options()
    };
    let program = lower(&forms, &options).program.expect("lowers");
    let outcome = evaluate(&program, &mut PureHost, &Limits::default());
    assert_eq!(show(&outcome.result), "3000");
}

#[test]
fn sessions_keep_linked_modules() {
    let mut names = rtfs_ir::Environment::default();
    let mut environment = rtfs_eval::Environment::new();
    let loader = Files([GEOMETRY, NUMBERS].into_iter().collect());
    let mut run = |source: &str| {
        let forms = rtfs_syntax::read(source).forms;
        let options = LowerOptions {
            environment: Some(&names),
            loader: Some(&loader),
            ..lower_options()
        };
        let lowered = lower(&forms, &options);
        let program = lowered.program.clone().expect("lowers");
        names.extend(&program);
        names.keep(&lowered);
        let outcome = rtfs_eval::evaluate_in(
            &mut environment,
            &program,
            &mut PureHost,
            &Limits::default(),
        );
        show(&outcome.result)
    };
    assert_eq!(run("(import acme.geometry :as g) (g/area 2 3)"), "6");
    assert_eq!(run("(import acme.geometry :only [scale]) (scale 3)"), "6");
    assert_eq!(
        run(
            "(module user (:exports [f]) (import acme.geometry) (defn f [] (acme.geometry/area 2 2)))"
        ),
        "nil"
    );
    assert_eq!(run("(import user) (user/f)"), "4");
}
