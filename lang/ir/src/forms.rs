//! What people are told about the forms of the language.
//!
//! `:doc` of the command line and the forms pages of the guide are made from this table, and every
//! example is run by the tests of the evaluator.

/// A form of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormInfo {
    /// As programs write it.
    pub name: &'static str,
    /// How it looks.
    pub syntax: &'static str,
    /// What it does.
    pub about: &'static str,
    /// Programs with what they give, in the notation of case files.
    pub examples: &'static str,
}

/// A group of forms.
#[derive(Clone, Copy, Debug)]
pub struct FormGroup {
    /// A short name that is fit for a file.
    pub key: &'static str,
    /// The heading.
    pub title: &'static str,
    /// What the forms are for.
    pub about: &'static str,
    /// The forms.
    pub forms: &'static [FormInfo],
}

/// The form of a name.
pub fn form_info(name: &str) -> Option<&'static FormInfo> {
    let mut forms = FORM_GROUPS.iter().flat_map(|group| group.forms);
    forms.find(|form| form.name == name)
}

const fn form(
    name: &'static str,
    syntax: &'static str,
    about: &'static str,
    examples: &'static str,
) -> FormInfo {
    FormInfo {
        name,
        syntax,
        about,
        examples,
    }
}

/// All forms by what they are for.
pub const FORM_GROUPS: &[FormGroup] = &[
    FormGroup {
        key: "definitions",
        title: "Definitions and functions",
        about: "Definitions at the top level see each other, whatever their order, and a later one \
                replaces an earlier one of the same name.",
        forms: DEFINITIONS,
    },
    FormGroup {
        key: "binding",
        title: "Local names",
        about: "Values never change; a new value gets a new name, or hides the old one.",
        forms: BINDING,
    },
    FormGroup {
        key: "branching",
        title: "Branches and sequences",
        about: "Only `nil` and `false` are false.",
        forms: BRANCHING,
    },
    FormGroup {
        key: "repetition",
        title: "Repetition",
        about: "There is no loop that changes something. Use these forms, the functions over \
                collections, or a function that calls itself: a call in last position does not \
                grow the stack.",
        forms: REPETITION,
    },
    FormGroup {
        key: "errors",
        title: "Errors",
        about: "An error leaves everything it meets until a `try` catches it.",
        forms: ERRORS,
    },
    FormGroup {
        key: "macros",
        title: "Quoting and macros",
        about: "Programs are data: a quoted form is a value made of lists, vectors, maps and \
                symbols. A macro gets forms and gives a form, before anything runs.",
        forms: MACROS,
    },
    FormGroup {
        key: "modules",
        title: "Modules and the host",
        about: "A module keeps its names to itself, except those it exports.",
        forms: MODULES,
    },
];

const DEFINITIONS: &[FormInfo] = &[
    form(
        "def",
        "(def name value) (def name:type value)",
        "Names a value at the top level, or in the rest of a function's body. Gives the value.",
        "(def price 250)\n(* price 2)  ;=> 500\n\
         (def n:int 3)  ;=> 3\n\
         (def n:int \"3\")  ;=> !TypeValidationError",
    ),
    form(
        "defn",
        "(defn name [parameter …] body …) (defn name [parameter …] : type body …)",
        "Names a function. Parameters and the result may have types. The last body form is the \
         value of a call.",
        "(defn total [price count] (* price count))\n(total 250 3)  ;=> 750\n\
         (defn half [n:int] : float (/ n 2))\n(half 5)  ;=> 2.5",
    ),
    form(
        "fn",
        "(fn [parameter …] body …) (fn [a & rest] body …)",
        "Makes a function. A parameter is a name or a pattern; `& rest` takes all further arguments \
         as a list. `#(…)` is short for it, with `%` for the parameter, or `%1`, `%2` and so on.",
        "((fn [x y] (+ x y)) 1 2)             ;=> 3\n\
         (map #(* % %) [1 2 3])               ;=> [1 4 9]\n\
         ((fn [first & more] more) 1 2 3)     ;=> (2 3)\n\
         ((fn [[x y] {:keys [z]}] (+ x y z)) [1 2] {:z 3})  ;=> 6",
    ),
    form(
        "λ",
        "(λ [parameter …] body …)",
        "Another way to write `fn`.",
        "((λ [x] (* x x)) 5)  ;=> 25",
    ),
    form(
        "lambda",
        "(lambda [name …] body …)",
        "As `fn`, but parameters are names only.",
        "((lambda [x] (+ x 1)) 4)  ;=> 5",
    ),
    form(
        "defstruct",
        "(defstruct Name :field type …)",
        "Names a type of maps, and a function that checks a map against it and gives it back. Other \
         keys are allowed; a field whose type ends with `?` may be absent.",
        "(defstruct Point :x :int :y :int?)\n(Point {:x 1})  ;=> {:x 1}\n\
         (defstruct Point :x :int)\n(defn left [p:Point] (:x p))\n(left {:x 4})  ;=> 4\n\
         (defstruct Point :x :int)\n(Point {:x \"1\"})  ;=> !TypeValidationError",
    ),
    form(
        "declare",
        "(declare name [parameter …] : type)",
        "States what a function looks like without saying what it does. A later definition replaces \
         it and is checked against it; without one, a host may answer its calls with stored code.",
        "(declare twice [n:int] : int)\n(defn twice [n] (* 2 n))\n(twice 4)  ;=> 8\n\
         (declare twice [n:int] : int)\n(twice 4)  ;=> !UndefinedSymbol",
    ),
];

const BINDING: &[FormInfo] = &[form(
    "let",
    "(let [pattern value …] body …)",
    "Binds names one after the other; each value sees the names before it. Functions bound directly \
     by `fn` see themselves and each other. A pattern takes a vector or a map apart.",
    "(let [x 5 y (+ x 1)] (* x y))                ;=> 30\n\
     (let [[a b] [1 2]] (+ a b))                  ;=> 3\n\
     (let [{:keys [name age] :or {age 0}} {:name \"Ada\"}] [name age])  ;=> [\"Ada\" 0]\n\
     (let [n:int 3] n)                            ;=> 3\n\
     (let [down (fn [n] (if (= n 0) :done (down (- n 1))))] (down 9000))  ;=> :done",
)];

const BRANCHING: &[FormInfo] = &[
    form(
        "if",
        "(if condition then) (if condition then else)",
        "Evaluates one of two forms. Without `else` a false condition gives nil.",
        "(if (> 3 2) :yes :no)  ;=> :yes\n\
         (if false :yes)        ;=> nil\n\
         (if 0 :yes :no)        ;=> :yes",
    ),
    form(
        "cond",
        "(cond condition form … :else form)",
        "Evaluates the form behind the first true condition; nil when there is none.",
        "(let [n 15] (cond (< n 10) :small (< n 100) :medium :else :large))  ;=> :medium",
    ),
    form(
        "match",
        "(match value pattern body … pattern when guard body …)",
        "Evaluates the body behind the first pattern that fits, with the names of the pattern bound. \
         A map pattern allows other keys. Without a fitting pattern it raises `MatchError`.",
        "(match [3 4 5] [] :none [h & t] [h (count t)])  ;=> [3 2]\n\
         (match {:kind :circle :r 2} {:kind :circle :r r} (* 3 r r) _ 0)  ;=> 12\n\
         (match 12 n when (> n 100) :large (:int n) (+ n 1))  ;=> 13\n\
         (match \"q\" 1 :one)  ;=> !MatchError",
    ),
    form(
        "and",
        "(and form …)",
        "The first false value, else the last value; what follows a false value is not evaluated.",
        "(and 1 nil (/ 1 0))  ;=> nil\n\
         (and)                ;=> true",
    ),
    form(
        "or",
        "(or form …)",
        "The first true value, else the last value; what follows a true value is not evaluated.",
        "(or nil 2 (/ 1 0))  ;=> 2\n\
         (or)                ;=> false",
    ),
    form(
        "when",
        "(when condition body …)",
        "Evaluates the body when the condition is true, else gives nil.",
        "(when (> 3 2) :a :b)  ;=> :b\n\
         (when false :a)       ;=> nil",
    ),
    form(
        "when-not",
        "(when-not condition body …)",
        "Evaluates the body when the condition is false, else gives nil.",
        "(when-not (empty? [1]) :full)  ;=> :full",
    ),
    form(
        "do",
        "(do form …)",
        "Evaluates forms in order and gives the value of the last.",
        "(do 1 2 3)  ;=> 3\n\
         (do)        ;=> nil",
    ),
    form(
        "->",
        "(-> value step …)",
        "Sends a value through steps, each time as the first argument.",
        "(-> {:n 1} (update :n inc) (assoc :m 2))  ;=> {:n 2 :m 2}\n\
         (-> {:user {:name \"Ada\"}} :user :name)    ;=> \"Ada\"",
    ),
    form(
        "->>",
        "(->> value step …)",
        "Sends a value through steps, each time as the last argument.",
        "(->> (range 6) (filter odd?) (map #(* % %)) (reduce +))  ;=> 35",
    ),
];

const REPETITION: &[FormInfo] = &[
    form(
        "for",
        "(for [name collection …] body)",
        "A vector of the body's values for every item; of several collections the first varies \
         slowest. A later collection may use the earlier names.",
        "(for [x [1 2 3]] (* x x))                 ;=> [1 4 9]\n\
         (for [r [\"x\" \"y\"] n [1 2]] (str r n))     ;=> [\"x1\" \"x2\" \"y1\" \"y2\"]",
    ),
    form(
        "dotimes",
        "(dotimes [name count] body …)",
        "Evaluates the body with 0, 1 and so on below the count; gives the last value.",
        "(dotimes [i 4] (* i i))  ;=> 9\n\
         (dotimes [i 0] i)        ;=> nil",
    ),
];

const ERRORS: &[FormInfo] = &[
    form(
        "try",
        "(try body … (catch …) … (finally form …))",
        "Evaluates its body. An error goes to the first `catch` that takes it; `finally` is evaluated \
         in any case, and its value is dropped.",
        "(try (/ 1 0) (catch e (getMessage e)))       ;=> \"Division by zero\"\n\
         (try (+ 1 1) (finally (* 2 2)))              ;=> 2",
    ),
    form(
        "catch",
        "(catch name body …) (catch Class name body …) (catch :kind name body …)",
        "A clause of `try`. A class is a family such as `RuntimeError`, `HostError` and \
         `ArithmeticException`, or an exact kind such as `DivisionByZero`; a keyword is a kind \
         keyword. With a name alone it takes every error; the name is bound to the error.",
        "(try (/ 1 0) (catch ArithmeticException e (:kind e)))  ;=> :division-by-zero\n\
         (try (error \"no\" {:kind :denied}) (catch :denied e :sorry))  ;=> :sorry\n\
         (try (nth [] 1) (catch HostError h :host) (catch e :other))  ;=> :other",
    ),
    form(
        "finally",
        "(finally form …)",
        "The last clause of `try`: evaluated whether there was an error or not.",
        "(try (/ 1 0) (catch e :caught) (finally :dropped))  ;=> :caught",
    ),
];

const MACROS: &[FormInfo] = &[
    form(
        "quote",
        "(quote form) 'form",
        "The form as a value, not evaluated.",
        "'(+ 1 2)        ;=> (+ 1 2)\n\
         (first '(a b))  ;=> a",
    ),
    form(
        "quasiquote",
        "(quasiquote form) `form",
        "As `quote`, with holes: `~form` is replaced by a value, `~@form` by the items of a \
         sequence.",
        "(let [x 5] `(+ 1 ~x))                ;=> (+ 1 5)\n\
         (let [xs '(2 3)] `(1 ~@xs ~(+ 2 2))) ;=> (1 2 3 4)",
    ),
    form(
        "unquote",
        "(unquote form) ~form",
        "A hole of a quasiquoted form.",
        "(let [x 5] (quasiquote (+ 1 (unquote x))))  ;=> (+ 1 5)",
    ),
    form(
        "unquote-splicing",
        "(unquote-splicing form) ~@form",
        "A hole of a quasiquoted list or vector that takes several items.",
        "(let [xs [1 2]] (quasiquote [0 (unquote-splicing xs)]))  ;=> [0 1 2]",
    ),
    form(
        "defmacro",
        "(defmacro name [parameter …] body …)",
        "Defines a macro: its calls are replaced, before the program runs, by the form that its body \
         gives for the unevaluated arguments. It stands at the top level, before its first use.",
        "(defmacro unless [c & body] `(if ~c nil (do ~@body)))\n(unless (> 1 2) :a :b)  ;=> :b\n\
         (defmacro twice [f x] `(~f (~f ~x)))\n(twice inc 5)  ;=> 7",
    ),
];

const MODULES: &[FormInfo] = &[
    form(
        "module",
        "(module name (:exports [name …]) definition …)",
        "A module of definitions. Others see only what it exports.",
        "(module shop.prices\n  (:exports [with-tax])\n  (def rate 20)\n  \
           (defn with-tax [n] (+ n (/ (* n rate) 100))))\n(import shop.prices :as prices)\n\
         (prices/with-tax 200)  ;=> 240",
    ),
    form(
        "import",
        "(import name) (import name :as alias) (import name :only [name …])",
        "Makes the exports of a module known, as `alias/name`, as `module.name/name`, or with \
         `:only` by their own names. A module that is not in the program comes from a file: \
         `a/b/c.rtfs` for `a.b.c`.",
        "(module m (:exports [inc2]) (defn inc2 [n] (+ n 2)))\n(import m :only [inc2])\n(inc2 1)  ;=> 3\n\
         (module m (:exports [a]) (def a 1) (def b 2))\n(import m)\nm/b  ;=> !SymbolNotFound",
    ),
    form(
        "resource:ref",
        "(resource:ref \"name\") @name",
        "A value that the host knows under a name; the text `@name` when it knows none.",
        "@user        ;=> \"@user\"\n\
         (resource:ref \"user\")  ;=> \"@user\"",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_language_is_documented() {
        for name in crate::lower::form_names() {
            // `set!` is refused with a message of its own.
            assert!(name == "set!" || form_info(name).is_some(), "{name}");
        }
        for derived in ["when", "when-not", "->", "->>", "catch", "finally"] {
            assert!(form_info(derived).is_some(), "{derived}");
        }
    }
}
