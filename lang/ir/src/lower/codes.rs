//! Stable codes of the diagnostics of lowering. Codes are never reused for another meaning.

macro_rules! codes {
    ($($name:ident = $code:literal: $explanation:literal;)*) => {
        $(
            #[doc = $explanation]
            pub(crate) const $name: &str = $code;
        )*

        /// Every code of this crate with a sentence or two that explain it.
        const EXPLANATIONS: &[(&str, &str)] = &[$(($code, $explanation),)*];
    };
}

codes! {
    DEF = "E0101": "`def` takes one name, an optional type and one value: (def name value), (def name:type value).";
    DEFN = "E0102": "`defn` takes a name, a parameter vector, an optional result type and a body: (defn name [a b] body).";
    FN = "E0103": "`fn` takes a parameter vector, an optional result type and a body: (fn [a b] body).";
    PARAMETERS = "E0104": "Parameters stand in a vector: symbols or patterns, each with an optional type, then optionally & and one symbol for the rest.";
    LET = "E0105": "`let` takes a vector of names and values, and a body: (let [x 1 y (+ x 1)] body).";
    IF = "E0106": "`if` takes a condition, a value when true, and optionally a value otherwise: (if c a b).";
    COND = "E0107": "`cond` takes pairs of a condition and a value; a last condition of :else catches the rest.";
    MATCH = "E0108": "`match` takes a value and clauses of a pattern, an optional `when` guard and one body form.";
    TRY = "E0109": "`try` takes body forms, then `catch` clauses, then at most one `finally`; it needs at least one of these clauses.";
    FOR = "E0110": "`for` takes a vector of symbols and collections, and exactly one body form: (for [x xs] body).";
    DOTIMES = "E0111": "`dotimes` takes a vector of one symbol and a count, and a body: (dotimes [i 10] body).";
    DEFSTRUCT = "E0112": "`defstruct` takes a name and pairs of a field keyword and a type: (defstruct Point :x :int :y :int).";
    DECLARE = "E0113": "`declare` takes a name, a parameter vector and an optional result type, at top or module level: (declare f [x:int] : int).";
    QUOTE = "E0114": "`quote` takes exactly one form; keys of quoted maps are keywords, strings or integers.";
    RESOURCE_REF = "E0115": "`resource:ref` takes one literal string.";
    MODULE = "E0116": "`module` takes a name, an optional (:exports [...]) and definitions.";
    IMPORT = "E0117": "`import` takes a module name and at most one of `:as name` and `:only [names]`.";
    SET = "E0118": "There is no assignment: bindings never change. Bind a new name with `let`, or pass the new value to a function call.";
    UNQUOTE = "E0119": "`~` and `~@` only mean something inside a quasiquote.";
    BINDING_PATTERN = "E0120": "A binding pattern is a symbol, `_`, a vector of patterns, or a map pattern such as {:keys [a b]} or {:key pattern}.";
    MATCH_PATTERN = "E0121": "A match pattern is a literal, a symbol, `_`, a vector or map of patterns, (:as name pattern), (:type name), a type such as [:union :int :string], or (quote x).";
    TYPE = "E0122": "A type is a keyword such as :int or :string?, a bracketed type such as [:vector :int], or the name of a struct.";
    MAP_KEY = "E0123": "Keys in a map expression are literal keywords, strings or integers; for computed keys use `hash-map` or `assoc`.";
    STRAY = "E0124": "`&` belongs into parameter lists and patterns, a standalone `:` into annotations.";
    NESTING = "E0125": "The program nests too deeply after expansion.";
    WHEN = "E0126": "`when` and `when-not` take a condition and body forms.";
    THREAD = "E0127": "`->` and `->>` take a value and steps: symbols, keywords or lists.";
    DELEGATION = "E0128": "A delegation hint is ^:delegation :local, :local-model \"id\" or :remote \"id\", once per function.";
    NOT_IMPLEMENTED = "E0129": "The language has this form, this version does not yet.";
    LAMBDA_PARAMETERS = "E0130": "`lambda` parameters are symbols; use `fn` for patterns.";
    NAME = "E0131": "A name that is bound is a plain symbol, without `/` and not a method name.";
    DEFMACRO = "E0132": "`defmacro` takes a name, a vector of plain symbols and a body, at top or module level.";
    QUASIQUOTE = "E0133": "`quasiquote` takes exactly one form; `~@` stands inside a list or vector.";
    EXPANSION = "E0134": "A macro could not be expanded.";
    UNKNOWN_SYMBOL = "W0101": "Nothing in the program or the library defines this name. The host may supply it when the program runs; otherwise evaluating it raises UndefinedSymbol.";
    CATCH_CLASS = "W0102": "With one name before its body, `catch` takes every error and binds it to that name, even when the name is that of an error class.";
    OR_DEFAULT = "W0103": "An `:or` default has no effect when the pattern does not bind its name.";
    MATCH_AS = "W0104": "In a `match` pattern `:as` is an ordinary keyword; name the whole value with (:as name pattern).";
    DECLARED_ARITY = "W0105": "A definition has other parameters than the declaration of the same name.";
    UNUSED_HINT = "W0106": "Delegation hints have an effect on functions only.";
}

/// What a diagnostic code of this crate means.
pub fn explain(code: &str) -> Option<&'static str> {
    EXPLANATIONS
        .iter()
        .find(|(known, _)| *known == code)
        .map(|(_, text)| *text)
}

/// Every code of this crate, for documentation and tests.
pub fn diagnostic_codes() -> impl Iterator<Item = &'static str> {
    EXPLANATIONS.iter().map(|(code, _)| *code)
}
