//! Sessions: what stays from one text to the next, and what an error leaves behind.

use rtfs_eval::{Evaluated, Host, HostCall, Limits, PureHost, Session, Surroundings, TypeOf};
use rtfs_ir::ModuleLoader;
use rtfs_syntax::SourceText;
use rtfs_value::{Error, Value, readable};

/// A session with what it showed last.
#[derive(Default)]
struct Shown {
    session: Session,
    n_texts: usize,
}

#[derive(Debug)]
struct Geometry;

impl ModuleLoader for Geometry {
    fn load(&self, name: &str) -> Result<Option<SourceText>, String> {
        let text = "(module geometry (:exports [area fail])\n  \
                    (defn area [w h] (* w h))\n  (defn fail [] (nth [] 3)))";
        Ok((name == "geometry").then(|| SourceText::new("geometry.rtfs".into(), text.into())))
    }
}

impl Shown {
    /// What a text gives, one line a form: values, `!Kind`, codes of diagnostics.
    fn enter(&mut self, text: &str) -> Vec<String> {
        self.enter_with(text, &mut PureHost, Limits::default(), &mut || None)
    }

    fn enter_with(
        &mut self,
        text: &str,
        host: &mut dyn Host,
        limits: Limits,
        stop: &mut dyn FnMut() -> Option<Error>,
    ) -> Vec<String> {
        self.n_texts += 1;
        let name = format!("<{}>", self.n_texts);
        let read = self
            .session
            .read(&name, text.to_owned())
            .expect("there is room");
        let mut lines: Vec<String> = read
            .diagnostics
            .iter()
            .map(|it| it.code.to_owned())
            .collect();
        let mut surroundings = Surroundings {
            host,
            limits,
            modules: Some(&Geometry),
            static_checks: true,
            stop,
        };
        self.session.run(
            &read.forms,
            &mut surroundings,
            &mut |session, found, evaluated| {
                lines.extend(found.iter().map(|it| it.code.to_owned()));
                match evaluated {
                    Evaluated::Value(value) => lines.push(readable(value)),
                    Evaluated::Refused => lines.push("refused".to_owned()),
                    Evaluated::Raised(error) => {
                        let place = session.span_of(error).map(|span| {
                            let (source, span) = session.sources().locate(span);
                            let text = &source.text()[span.start as usize..span.end as usize];
                            format!(" at {text} in {}", source.name())
                        });
                        lines.push(format!(
                            "!{}{}",
                            error.class_name(),
                            place.unwrap_or_default()
                        ));
                    }
                }
            },
        );
        lines
    }

    #[track_caller]
    fn check(&mut self, text: &str, expect: &[&str]) {
        assert_eq!(self.enter(text), expect, "{text}");
    }

    fn type_of(&mut self, text: &str) -> String {
        let mut surroundings = Surroundings {
            host: &mut PureHost,
            limits: Limits::default(),
            modules: None,
            static_checks: true,
            stop: &mut || None,
        };
        match self.session.type_of(text, &mut surroundings) {
            TypeOf::Type(ty) => ty.to_string(),
            TypeOf::Raised(error) => format!("!{}", error.class_name()),
            TypeOf::Refused(found) => found[0].code.to_owned(),
            TypeOf::NoExpression => "no expression".to_owned(),
        }
    }
}

#[test]
fn definitions_stay_and_can_be_replaced() {
    let mut shown = Shown::default();
    shown.check("(def rate 20)", &["20"]);
    shown.check("(defn tax [n] (/ (* n rate) 100))", &["#<function>"]);
    shown.check("(tax 200)", &["40"]);
    shown.check("(def rate 10) (tax 200)", &["10", "20"]);
    shown.check("(defn inc [n] :mine) (inc 1)", &["#<function>", ":mine"]);
    shown.check("", &[]);
}

#[test]
fn what_was_defined_before_an_error_stays() {
    let mut shown = Shown::default();
    shown.check(
        "(def a 1) (nth [] a) (def b 2)",
        &["1", "!IndexOutOfBounds at (nth [] a) in <1>"],
    );
    shown.check("a", &["1"]);
    shown.check("b", &["W0101", "!UndefinedSymbol at b in <3>"]);
    shown.check("(def c (inc a", &["E0010"]);
    shown.check("(let [x:int \"one\"] x)", &["E0201", "refused"]);
    shown.check("a", &["1"]);
}

#[test]
fn errors_point_into_the_text_that_defined_the_function() {
    let mut shown = Shown::default();
    shown.check("(+ 1 2)", &["3"]);
    shown.check("(defn pick [xs] (nth xs 9))", &["#<function>"]);
    shown.check("(str 1 2 3 4 5 6 7 8)", &["\"12345678\""]);
    shown.check("(pick [1])", &["!IndexOutOfBounds at (nth xs 9) in <2>"]);
    shown.check("(import geometry :as g)", &["nil"]);
    shown.check(
        "(g/fail)",
        &["!IndexOutOfBounds at (nth [] 3) in geometry.rtfs"],
    );
    shown.check("(pick [1])", &["!IndexOutOfBounds at (nth xs 9) in <2>"]);
}

#[test]
fn forms_of_one_text_may_refer_to_later_ones() {
    let mut shown = Shown::default();
    shown.check(
        "(defn a? [n] (if (= n 0) true (b? (dec n)))) (defn b? [n] (if (= n 0) false (a? (dec n)))) (a? 10)",
        &["#<function>", "#<function>", "true"],
    );
    shown.check("(defn f [] (nowhere))", &["W0101", "#<function>"]);
}

#[test]
fn structs_macros_modules_and_imports_stay() {
    let mut shown = Shown::default();
    shown.check("(defstruct Point :x :int)", &["#<function>"]);
    shown.check(
        "(defn left [p:Point] (:x p)) (left {:x 4})",
        &["#<function>", "4"],
    );
    shown.check(
        "(left {:y 4})",
        &["!TypeValidationError at (left {:y 4}) in <3>"],
    );
    shown.check("(defmacro unless [c x] `(if ~c nil ~x))", &["nil"]);
    shown.check("(unless false 1)", &["1"]);
    shown.check("(import geometry :as g)", &["nil"]);
    shown.check("(g/area 2 3)", &["6"]);
    shown.check("(import geometry :only [area])", &["nil"]);
    shown.check("(area 2 5)", &["10"]);
    shown.check("(module own (:exports [k]) (def k 7))", &["nil"]);
    shown.check("(import own :as o)", &["nil"]);
    shown.check("o/k", &["7"]);
    shown.check(
        "(module shapes (:exports [Box]) (defstruct Box :w :int))",
        &["nil"],
    );
    shown.check("(import shapes :as s)", &["nil"]);
    shown.check("(defn wide [b:s/Box] (:w b))", &["#<function>"]);
    shown.check("(wide {:w 3})", &["3"]);
    shown.check(
        "(wide {:w nil})",
        &["!TypeValidationError at (wide {:w nil}) in <17>"],
    );
    shown.check("left", &["#<function>"]);
}

/// Answers everything with its arguments.
struct Echo;

impl Host for Echo {
    fn execute_capability(&mut self, call: &HostCall) -> Result<Value, Error> {
        Ok(Value::vector(call.args.iter().cloned()))
    }
}

#[test]
fn hosts_and_limits_hold_for_each_form() {
    let mut shown = Shown::default();
    let limits = Limits {
        steps: Some(1_000),
        ..Limits::default()
    };
    let entered = shown.enter_with(
        "(call :x 1) (+ 1 1)",
        &mut Echo,
        limits.clone(),
        &mut || None,
    );
    assert_eq!(entered, ["[1]", "2"]);
    let entered = shown.enter_with(
        "(defn spin [] (spin)) (spin)",
        &mut Echo,
        limits,
        &mut || None,
    );
    assert_eq!(entered[0], "#<function>");
    assert!(entered[1].starts_with("!BudgetExhausted"), "{entered:?}");
}

#[test]
fn an_endless_loop_can_be_stopped_and_definitions_stay() {
    let mut shown = Shown::default();
    shown.check(
        "(def kept 5) (defn spin [] (try (spin) (catch e 1)))",
        &["5", "#<function>"],
    );
    let mut left = 20;
    let mut stop = || {
        left -= 1;
        (left == 0).then(|| Error::budget("interrupt", "user"))
    };
    let limits = Limits {
        depth: u32::MAX,
        ..Limits::default()
    };
    let text = "(defn turn [n] (turn (+ n 1))) (turn 0)";
    let entered = shown.enter_with(text, &mut PureHost, limits, &mut stop);
    assert_eq!(entered, ["#<function>", "!BudgetExhausted"]);
    shown.check("kept", &["5"]);
}

#[test]
fn types_are_those_of_values_and_of_written_signatures() {
    let mut shown = Shown::default();
    for (text, ty) in [
        ("(+ 1 2)", ":int"),
        ("[1 2.5 nil]", "[:vector [:union :int :float]?]"),
        ("[]", "[:vector :any]"),
        (
            "{:a 1 :b [\"x\"]}",
            "[:map [:a :int] [:b [:vector :string]]]",
        ),
        ("(hash-map 1 :a 2 :b)", "[:map-of :int :keyword]"),
        ("inc", "[:fn [& :any] :any]"),
        ("(nth [] 1)", "!IndexOutOfBounds"),
        ("(call :x)", "!UnknownCapability"),
        ("(let [x] x)", "E0105"),
        ("1 2", "no expression"),
        ("", "no expression"),
    ] {
        assert_eq!(shown.type_of(text), ty, "{text}");
    }
    shown.check(
        "(defn f [n:int & xs:string] : float (/ n 2)) (declare g [x] : int)",
        &["#<function>", "nil"],
    );
    assert_eq!(shown.type_of("f"), "[:fn [:int & :string] :float]");
    assert_eq!(shown.type_of("g"), "[:fn [:any] :int]");
    assert_eq!(shown.type_of("(def z 1)"), ":int");
    shown.check("z", &["W0101", "!UndefinedSymbol at z in <2>"]);
    shown.check("(def f 3)", &["3"]);
    assert_eq!(shown.type_of("f"), ":int");
}

#[test]
fn names_are_completed_and_explained() {
    let mut shown = Shown::default();
    shown.check(
        "(defn string-shout [s] (str s \"!\")) (import geometry :as geo)",
        &["#<function>", "nil"],
    );
    let names = |prefix: &str| -> Vec<String> {
        shown
            .session
            .complete(prefix)
            .into_iter()
            .map(|name| name.text)
            .collect()
    };
    assert_eq!(names("string-u"), ["string-upper"]);
    assert_eq!(names("string-sh"), ["string-shout"]);
    assert_eq!(names("geo/"), ["geo/area", "geo/fail"]);
    assert_eq!(names("defm"), ["defmacro"]);
    assert!(names("").len() > 150);
    let doc = shown.session.doc("string-shout").expect("it is defined");
    assert_eq!(
        doc,
        "defined in <1>\n\n(defn string-shout [s] (str s \"!\"))"
    );
    let doc = shown.session.doc("nth").expect("the library has it");
    assert!(
        doc.starts_with("(nth c i default?)\nThe item at an index."),
        "{doc}"
    );
    assert!(doc.contains("\n  (nth [10 20 30] 1)  ;=> 20"), "{doc}");
    assert!(shown.session.doc("let").is_some());
    assert_eq!(shown.session.doc("nowhere"), None);
}

#[test]
fn text_that_is_not_utf8_is_a_diagnostic() {
    let mut session = Session::new();
    let read = session
        .read_bytes("bad.rtfs", b"(+ 1 \xff)".to_vec())
        .expect("there is room");
    assert!(read.forms.is_empty());
    let rendered = rtfs_syntax::render(&read.diagnostics, session.sources(), false);
    assert!(
        rendered.contains("E0001") && rendered.contains("bad.rtfs:1:6"),
        "{rendered}"
    );
}
