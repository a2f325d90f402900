//! The codes of the diagnostics of lowering, with what `rtfs explain CODE` says about each.
//!
//! Codes are stable: a code never changes its meaning and is never used again. Lowering owns
//! `E0101` to `E0199` and `W0101` to `W0199`, the static stage `E0201` to `E0299` and `W0201` to
//! `W0299`.

use rtfs_syntax::CodeInfo;

/// The entry of a code of lowering or of the static stage, in any letter case.
pub fn explain(code: &str) -> Option<&'static CodeInfo> {
    CODES
        .iter()
        .find(|info| info.code.eq_ignore_ascii_case(code))
}

macro_rules! codes {
    ($($name:ident $code:literal $title:literal $example:literal -> $fixed:literal
       $explanation:literal)*) => {
        $(pub(crate) const $name: &str = $code;)*

        /// Every code of lowering and of the static stage, errors first, in the order of the codes.
        pub const CODES: &[CodeInfo] = &[
            $(CodeInfo {
                code: $code,
                title: $title,
                explanation: $explanation,
                example: $example,
                fixed: $fixed,
            },)*
        ];
    };
}

codes! {
    DEF "E0101" "malformed `def`" "(def x)" -> "(def x 1)"
    "`def` takes one name, an optional type and one value: (def name value) or \
     (def name:type value). There are no docstrings."

    DEFN "E0102" "malformed `defn`" "(defn f [x])" -> "(defn f [x] x)"
    "`defn` takes a name, a parameter vector, an optional result type and a body of at least one \
     form: (defn name [a b] body). There are no docstrings and no functions with several \
     parameter vectors."

    FN "E0103" "malformed `fn`" "(fn (x) x)" -> "(fn [x] x)"
    "`fn` takes a parameter vector, an optional result type and a body of at least one form: \
     (fn [a b] body). A keyword directly after the parameters is the result type when more \
     follows, and the body itself when nothing does."

    PARAMETERS "E0104" "malformed parameter vector" "(fn [a & [b c]] a)" -> "(fn [a & b] a)"
    "A parameter is a symbol or a pattern, with an optional type behind it. The rest is taken by \
     `&` and one symbol at the end: (fn [a:int [b c] & others] body)."

    LET "E0105" "malformed `let`" "(let [x] x)" -> "(let [x 1] x)"
    "`let` takes a vector of names (or patterns) and values, and a body of at least one form: \
     (let [x 1 y (+ x 1)] body). A type may stand behind a name."

    IF "E0106" "malformed `if`" "(if true)" -> "(if true :yes :no)"
    "`if` takes a condition, the form for true and optionally the form for false: (if c a b). \
     Several forms in a branch are grouped with `do`."

    COND "E0107" "malformed `cond`" "(cond true)" -> "(cond true 1)"
    "`cond` takes pairs of a condition and a form; the first true condition wins. A last \
     condition of `:else` takes all other cases."

    MATCH "E0108" "malformed `match`" "(match 1 x)" -> "(match 1 x x)"
    "`match` takes a value and clauses, each a pattern, an optional guard behind the word `when`, \
     and one body form: (match v [a b] (+ a b) n when (> n 9) :big _ nil)."

    TRY "E0109" "malformed `try`" "(try 1)" -> "(try 1 (catch e 2))"
    "`try` takes body forms, then `catch` clauses, then at most one `finally`; it needs at least \
     one clause. A clause is (catch name body), (catch Class name body), \
     (catch :kind name body) or (finally body)."

    FOR "E0110" "malformed `for`" "(for [x] x)" -> "(for [x [1 2]] x)"
    "`for` takes a vector of symbols and collections, and exactly one body form: \
     (for [x xs y ys] body). It has no :when, :let or :while; use `filter` and `let`."

    DOTIMES "E0111" "malformed `dotimes`" "(dotimes [i] i)" -> "(dotimes [i 3] i)"
    "`dotimes` takes a vector of one symbol and a count, and a body: (dotimes [i 10] body)."

    DEFSTRUCT "E0112" "malformed `defstruct`" "(defstruct Point :x)" -> "(defstruct Point :x :int)"
    "`defstruct` takes a name and pairs of a field keyword and its type, at the top level or \
     directly in a module: (defstruct Point :x :int :y :int)."

    DECLARE "E0113" "malformed `declare`" "(declare f)" -> "(declare f [x])"
    "`declare` takes a name, a parameter vector and an optional result type, at the top level or \
     directly in a module: (declare f [x:int] : int)."

    QUOTE "E0114" "malformed `quote`" "(quote)" -> "(quote x)"
    "`quote` takes exactly one form. Keys of a quoted map are keywords, strings or integers, as \
     in every map."

    RESOURCE_REF "E0115" "malformed `resource:ref`" "(resource:ref x)" -> "(resource:ref \"x\")"
    "`resource:ref`, also written @name, takes one literal string."

    MODULE "E0116" "malformed `module`" "(module)" -> "(module m (:exports [a]) (def a 1))"
    "`module` takes a name, an optional (:exports [names]) and definitions: def, defn, \
     defstruct, defmacro, declare and import. Nothing is exported without `:exports`."

    IMPORT "E0117" "malformed `import`"
    "(import m :all)" ->
    "(module m (:exports [a]) (def a 1)) (import m :only [a])"
    "`import` takes the name of a module and at most one of `:as name` and `:only [names]`."

    SET "E0118" "assignment" "(set! x 1)" -> "(let [x 1] x)"
    "There is no assignment: bindings never change. Bind a new name with `let`, or pass the new \
     value to a function call."

    UNQUOTE "E0119" "unquote outside a quasiquote"
    "(unquote x)" ->
    "(let [x 1] (quasiquote (inc (unquote x))))"
    "`~x` and `~@x` mark the evaluated parts of a quasiquoted form. Outside one they mean \
     nothing."

    BINDING_PATTERN "E0120" "malformed binding pattern"
    "(let [[a :b] [1 2]] a)" ->
    "(let [[a b] [1 2]] a)"
    "A binding pattern is a symbol, `_`, a vector of patterns such as [a b & others :as all], or \
     a map such as {:keys [a b]}, {:key pattern}, {name :key}, with `& others`, `:as all` and \
     `:or {name default}`."

    MATCH_PATTERN "E0121" "malformed match pattern" "(match 1 (f x) x)" -> "(match 1 x x)"
    "A match pattern is a literal, a symbol, `_`, a vector or map of patterns, \
     (:as name pattern), (:int name) or another type keyword, a bracketed type such as \
     [:union :int :string], or (quote x)."

    TYPE "E0122" "malformed type" "(let [x:[:vector] 1] x)" -> "(let [x:[:vector :int] [1]] x)"
    "A type is a keyword such as :int or :string?, a bracketed type such as [:vector :int], or \
     the name of a struct."

    MAP_KEY "E0123" "computed key in a map expression" "{(f) 1}" -> "(hash-map (str \"a\") 1)"
    "Keys in a map expression are literal keywords, strings or integers. Maps with computed keys \
     are built by `hash-map` or `assoc`."

    STRAY "E0124" "`&` or `:` out of place" "(+ 1 & 2)" -> "(+ 1 2)"
    "`&` stands only in parameter vectors and patterns; a standalone `:` starts an annotation, \
     and a type with `?` behind its bracket stands only in one."

    NESTING "E0125" "program nests too deeply" "" -> ""
    "`->`, `->>`, `cond` and macros add to the nesting of forms. Give parts of the program names \
     with `let` or `defn`."

    WHEN "E0126" "malformed `when`" "(when)" -> "(when true 1)"
    "`when` and `when-not` take a condition and body forms."

    THREAD "E0127" "malformed `->`" "(-> 1 2)" -> "(-> 1 inc)"
    "`->` and `->>` take a value and steps; a step is a symbol, a keyword, or a list that gets \
     the value as its first (`->`) or last (`->>`) argument."

    DELEGATION "E0128" "malformed delegation hint"
    "(fn ^:delegation :local ^:delegation :local [x] x)" ->
    "(fn ^:delegation :local [x] x)"
    "A delegation hint is ^:delegation :local, ^:delegation :local-model \"id\" or \
     ^:delegation :remote \"id\". A function has one at most."

    NOT_IMPLEMENTED "E0129" "form not implemented yet" "" -> ""
    "The language has this form, but it cannot be used here: this version does not have it yet, \
     or (for macro calls) the embedder gave lowering no evaluator."

    LAMBDA_PARAMETERS "E0130" "pattern as a parameter of `lambda`"
    "(lambda [[a b]] a)" ->
    "(fn [[a b]] a)"
    "lambda parameters must be symbols; `fn` also takes patterns."

    NAME "E0131" "name that cannot be bound" "(def a/b 1)" -> "(def b 1)"
    "A name with `/` inside means an export of another module, so it cannot be bound here."

    DEFMACRO "E0132" "malformed `defmacro`" "(defmacro if [x] x)" -> "(defmacro my-if [x] x)"
    "`defmacro` takes a name that is no form of the language, a vector of plain symbols (the last \
     one may follow `&`), and a body: (defmacro unless [c & body] `(if ~c nil (do ~@body)))."

    MACRO_PLACE "E0133" "macro defined where expansion cannot see it"
    "(let [x 1] (defmacro m [] x))" ->
    "(defmacro m [] 1) (let [x 1] (m))"
    "Macros are expanded before anything runs. `defmacro` stands at the top level, directly in a \
     module, or in a `do` at the top level, before the first use of the macro."

    MACRO_ARITY "E0134" "macro called with a wrong number of forms"
    "(defmacro m [a b] a) (m 1)" ->
    "(defmacro m [a b] a) (m 1 2)"
    "A macro takes as many forms as it has parameters; with `& rest` at least as many as stand \
     before the `&`."

    MACRO_RAISED "E0135" "macro raised an error"
    "(defmacro first-of [x] (nth x 0)) (first-of [])" ->
    "(defmacro first-of [x] (nth x 0)) (first-of [1])"
    "The body of a macro runs while the program is read, on the forms it was given. It raised the \
     error shown. Macro bodies see the library and earlier macros only, and no host."

    MACRO_LIMIT "E0136" "macro expansion does not end"
    "(defmacro again [x] `(again ~x)) (again 1)" ->
    "(defmacro once [x] `(inc ~x)) (once 1)"
    "Macro calls may expand to each other 1000 times, and all macro calls of a program may give \
     one million forms. A macro that calls itself needs a case that does not."

    MACRO_FORM "E0137" "macro gave something that is no form"
    "(defmacro adder [] inc) (adder)" ->
    "(defmacro adder [] 'inc) (adder)"
    "A macro gives data that could have been written: numbers, strings, keywords, symbols, lists, \
     vectors and maps. Functions and errors have no form; quote the code that makes them instead."

    QUASIQUOTE "E0138" "malformed template" "(quasiquote)" -> "(quasiquote x)"
    "A template is a backquote and one form. In it `~x` stands for the value of x, and `~@x` for \
     the items of x in the list or vector around it. Keys of a map in a template are keywords, \
     strings, integers, or `~x`."

    DUPLICATE_EXPORT "E0139" "name exported twice"
    "(module m (:exports [a a]) (def a 1))" ->
    "(module m (:exports [a]) (def a 1))"
    "A name stands in `:exports` once."

    TYPE_MISMATCH "E0201" "value does not fit its annotation"
    "(let [x:int \"one\"] x)" ->
    "(let [x:string \"one\"] x)"
    "The value certainly does not fit the type that is written for it. Values are never converted: \
     change the value or the type. `--no-type-check` leaves the check to run time."

    ARGUMENT_TYPE "E0202" "argument does not fit its parameter"
    "(defn twice [n:int] (* 2 n)) (twice :a)" ->
    "(defn twice [n:int] (* 2 n)) (twice 4)"
    "The argument certainly does not fit the type of the parameter, so the call would raise \
     TypeValidationError. `--no-type-check` leaves the check to run time."

    NO_FUNCTION "E0203" "call of something that is no function"
    "(defn f [n:int] (n 1))" ->
    "(defn f [n:int] (inc n))"
    "The annotation of what stands at the head of the list says that it is no function."

    UNKNOWN_SYMBOL "W0101" "unknown name" "(fliter odd? [1 2])" -> "(filter odd? [1 2])"
    "Nothing in the program or the library defines this name. The host may supply it when the \
     program runs; otherwise evaluating it raises UndefinedSymbol, or SymbolNotFound when it has a \
     `/` and nothing imports the module before it."

    CATCH_CLASS "W0102" "class name taken as the name of the error"
    "(try 1 (catch HostError (f)))" ->
    "(try 1 (catch HostError e 0))"
    "With one name before its body, `catch` takes every error and binds it to that name, even \
     when it is the name of an error class. Add a name behind the class to take only its errors."

    OR_DEFAULT "W0103" "default without effect"
    "(let [{:keys [a] :or {b 1}} {}] a)" ->
    "(let [{:keys [a] :or {a 1}} {}] a)"
    "An `:or` default belongs to a symbol which the same pattern binds to a key."

    MATCH_AS "W0104" "`:as` in a match pattern"
    "(match [1 :as 2] [a :as b] a)" ->
    "(match [1 2] (:as all [a b]) all)"
    "In a `match` pattern `:as` is an ordinary keyword. The whole value is named with \
     (:as name pattern)."

    DECLARED_ARITY "W0105" "definition differs from its declaration"
    "(declare f [x]) (defn f [x y] x)" ->
    "(declare f [x]) (defn f [x] x)"
    "A definition has other parameters than the declaration of the same name."

    UNUSED_HINT "W0106" "delegation hint without effect"
    "^:delegation :local (+ 1 2)" ->
    "(fn ^:delegation :local [x] x)"
    "Delegation hints have an effect on functions only."

    IMPORT_CYCLE "W0107" "modules import each other"
    "(module a (import a))" ->
    "(module a (:exports [x]) (def x 1)) (import a)"
    "A module is ready when all its forms have run, so modules cannot import each other in a \
     circle. Running the import that closes the circle raises ModuleError. Move what both need \
     into a third module."

    NO_MODULE "W0108" "module not found"
    "(import no.such.module)" ->
    "(module my.module (:exports [a]) (def a 1)) (import my.module)"
    "Neither the program nor the module folders hold the module. `a.b.c` is looked for in \
     `a/b/c.rtfs`. Unless the host knows it, importing it raises ModuleNotFound."

    IGNORED_FORM "W0109" "form beside the module of a file" "" -> ""
    "A file that is imported gives the module that it is named after. Other forms in it are not \
     run."

    UNKNOWN_TYPE "W0110" "unknown type" "(defn f [n:itn] n)" -> "(defn f [n:int] n)"
    "An annotation names a type that is neither built in nor a struct of the program. Checking it \
     raises TypeValidationError."

    CALL_ARITY "W0201" "wrong number of arguments"
    "(defn f [a b] a) (f 1)" ->
    "(defn f [a b] a) (f 1 2)"
    "The function takes another number of arguments. The call raises ArityMismatch."

    CALLED_DATA "W0202" "call of data" "(1 2 3)" -> "[1 2 3]"
    "A list is a call; its head must be a function or a keyword. Data are written as vectors, or \
     quoted: [1 2 3], '(1 2 3)."
}
