//! The codes of the reader's diagnostics, with what `rtfs explain CODE` says about each.
//!
//! Codes are stable: a code never changes its meaning and is never used again. The reader owns
//! `E0001` to `E0099`; later stages have their own ranges and tables of [`CodeInfo`].

/// What a diagnostic code stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeInfo {
    /// The code, as in `E0010`.
    pub code: &'static str,
    /// A few words.
    pub title: &'static str,
    /// What is wrong and what to do, in a few sentences.
    pub explanation: &'static str,
    /// A short source text that gets the code; empty where no short one exists.
    pub example: &'static str,
    /// The example as it is right; empty together with it.
    pub fixed: &'static str,
}

/// The entry of a code of the reader, in any letter case.
pub fn explain(code: &str) -> Option<&'static CodeInfo> {
    CODES
        .iter()
        .find(|info| info.code.eq_ignore_ascii_case(code))
}

macro_rules! codes {
    ($($name:ident $code:literal $title:literal $example:literal -> $fixed:literal
       $explanation:literal)*) => {
        $(pub(crate) const $name: &str = $code;)*

        /// Every code of the reader and of case files, in the order of the codes.
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
    NOT_UTF8 "E0001" "source is not UTF-8" "" -> ""
    "Source text is UTF-8. The message names the first byte that begins no character. Save the \
     file as UTF-8; most editors offer that when saving."

    TOO_LARGE "E0002" "source is too large" "" -> ""
    "One source text may have at most 64 MiB. Large data belongs in a file that the program is \
     given, not in the program."

    TOO_DEEP "E0003" "forms are nested too deeply" "" -> ""
    "Forms may nest 1000 deep, counting brackets, quotes and metadata. Reading stops at the \
     limit. Deeper text is nearly always generated; give names to parts of it, or pass it as \
     data."

    TOO_MANY "E0004" "too many errors" "" -> ""
    "Reading stops after 50 errors in one text. Repair the first ones and read again: later ones \
     often follow from them."

    UNCLOSED "E0010" "bracket is never closed" "(let [x 1]\n  (inc x)" -> "(let [x 1]\n  (inc x))"
    "The text ends before the marked bracket was closed. Where a new form begins at the left \
     edge while a bracket is still open, the closing bracket is probably missing just before it."

    UNOPENED "E0011" "closing bracket without an opening one" "(inc 1))" -> "(inc 1)"
    "The marked bracket closes nothing. Remove it, or look at the form before it: it may have \
     been closed too early."

    MISMATCHED "E0012" "closing bracket of the wrong kind" "(let [x 1) x)" -> "(let [x 1] x)"
    "A form that begins with `(`, `[` or `{` ends with `)`, `]` or `}`. The second mark shows \
     the bracket that is open at this place."

    OPEN_COMMENT "E0013" "block comment is never closed" "#| notes" -> "#| notes |# 1"
    "A block comment runs from `#|` to the first `|#`. It does not nest."

    OPEN_STRING "E0014" "string is never closed" "(str \"abc)" -> "(str \"abc\")"
    "A string ends at the next double quote that has no backslash before it. Strings may run \
     over several lines, so a missing quote shows only at the end of the text, or makes the next \
     string look wrong."

    UNKNOWN_TEXT "E0015" "unknown character" "(str \u{201c}hi\u{201d})" -> "(str \"hi\")"
    "No form begins with this character. Outside strings and comments source text is ASCII \
     (except `λ`). Typographic quotes and invisible spaces often come from copied text."

    NO_GAP "E0020" "missing space between two forms" "(str 1\"x\")" -> "(str 1 \"x\")"
    "A number, string, name or other atom ends at white space, a bracket or a `;`. Only a name or \
     keyword may be followed directly by `:`, which begins an annotation or a keyword."

    BAD_NUMBER "E0021" "not a number" "(+ 1. 2)" -> "(+ 1.0 2)"
    "Integers are digits with an optional sign. Floats have digits on both sides of the point, or \
     an exponent: `0.5`, `1.0`, `2e10`. There are no hexadecimal numbers, ratios, digit \
     separators or suffixes, and names cannot begin with a digit."

    NUMBER_RANGE "E0022" "number out of range" "9223372036854775808" -> "9223372036854775807"
    "Integers have 64 bits: from -9223372036854775808 to 9223372036854775807. Floats are \
     IEEE-754 doubles; write `##Inf` or `##-Inf` for the infinities."

    BAD_TIMESTAMP "E0023" "not a timestamp" "2026-02-30T00:00:00Z" -> "2026-02-28T00:00:00Z"
    "A timestamp is `YYYY-MM-DDTHH:MM:SSZ`, with `.mmm` or `_mmm` before the `Z` for \
     milliseconds. Its day must exist and the time is always UTC."

    BAD_UUID "E0024" "not a uuid"
    "#uuid(\"12-34\")" ->
    "#uuid(\"123e4567-e89b-12d3-a456-426614174000\")"
    "A uuid is 8-4-4-4-12 hexadecimal digits joined with `-`."

    BAD_RESOURCE "E0025" "not a resource handle" "(f resource://)" -> "(str resource://bucket/a)"
    "A resource handle is `resource://` and at least one more character. It ends at white space, \
     a bracket or a `;`."

    BAD_SPECIAL "E0026" "unknown special float" "##inf" -> "##Inf"
    "After `##` stands `Inf`, `-Inf` or `NaN`, in exactly this spelling."

    BAD_ESCAPE "E0030" "unknown escape in a string" "\"C:\\data\"" -> "\"C:\\\\data\""
    "The escapes are `\\n`, `\\t`, `\\r`, `\\\\` and `\\\"`. There is no `\\u`: write the \
     character itself. A backslash that means a backslash is written twice, also in regular \
     expressions: `\"\\\\d+\"`."

    BAD_NAME "E0031" "character that cannot be part of a name" "(def don't 1)" -> "(def dont 1)"
    "Names are made of ASCII letters, digits and `_ $ + - * / = < > ! ? % . @`. They do not begin \
     with a digit, `.` or `@`."

    BAD_KEYWORD "E0032" "not a keyword" "{:1a 2}" -> "{:a1 2}"
    "A keyword is `:` directly followed by a name: `:item`, `:shop/item`. There are no keywords \
     with two colons, in quotes, or beginning with a digit."

    LONE_COLON "E0033" "colon without an annotation" "[: x]" -> "(def n : int 3)"
    "A `:` that stands alone begins a type annotation, between what is annotated and its type: \
     `(def n : int 3)`. It does not belong between the keys and values of a map."

    LONE_AMPERSAND "E0034" "`&` outside a pattern" "& rest" -> "(fn [a & rest] rest)"
    "`&` introduces the rest in a parameter list or pattern: `[a & more]`, `{:a x & others}`. It \
     is not a name."

    LONE_METHOD "E0035" "method name outside the head of a list"
    "(map .getMessage errors)" ->
    "(map getMessage [])"
    "`(.name target arg …)` is another way to write `(name target arg …)`. The name with its dot \
     stands only at the head of a list; elsewhere write the name without the dot."

    ODD_MAP "E0040" "map with a key but no value" "{:a 1 :b}" -> "{:a 1 :b 2}"
    "A map holds pairs of key and value, separated by white space (a `,` counts as white space)."

    MISSING_FORM "E0041" "form missing after a prefix" "(f ')" -> "(list 'x)"
    "The quote characters `'`, `` ` ``, `~`, `~@` and metadata `^{…}` apply to the form after \
     them, so there must be one."

    LONE_UNQUOTE "E0042" "unquote outside a quasiquote" "(inc ~x)" -> "(let [x 1] `(inc ~x))"
    "`~x` and `~@x` fill holes of a template that begins with a backquote: `` `(+ 1 ~x) ``. Each \
     backquote allows one unquote: inside `~(…)` a further `~` needs a further backquote."

    SPLICE_IN_MAP "E0043" "splice in a map" "`{~@xs}" -> "(let [xs [[:a 1]]] `(f ~(into {} xs)))"
    "`~@x` puts the items of a sequence into the list or vector around it. A map has no place for \
     a row of items; build it with `~(into {} …)` or `~(apply hash-map …)`."

    NESTED_SHORT_FN "E0044" "`#(…)` inside `#(…)`"
    "#(map #(inc %) %)" ->
    "#(map (fn [x] (inc x)) %)"
    "The parameters `%`, `%2` … would be ambiguous. Write one of the two as `(fn [x] …)`."

    BAD_PERCENT "E0045" "parameter number out of range" "#(+ %0 1)" -> "#(+ %1 1)"
    "The parameters of `#(…)` are `%1` to `%20` (`%` is `%1`), and `%&` for all further ones. \
     Outside `#(…)` `%&` means nothing."

    BAD_CONTEXT_NAME "E0046" "`@` without a name" "@(f x)" -> "@user-name"
    "`@name` looks a name up in the host context. It is not a dereference: values never change, \
     so there is nothing to dereference."

    BAD_METADATA "E0047" "metadata that is not a map"
    "^:private (def x 1)" ->
    "^{:private true} (def x 1)"
    "Metadata is `^{key value …}` before a form. The short forms are `^:delegation :local`, \
     `^:delegation :local-model \"id\"` and `^:delegation :remote \"id\"`."

    BAD_DELEGATION "E0048" "malformed delegation hint"
    "(fn ^:delegation :cloud [x] x)" ->
    "(fn ^:delegation :local [x] x)"
    "A delegation hint is `:local`, `:local-model \"id\"` or `:remote \"id\"`. As a map: \
     `^{:delegation :local}`, `^{:delegation [:remote \"id\"]}`."

    RESERVED "E0050" "syntax that RTFS does not have" "#{1 2}" -> "(distinct [1 2])"
    "There are no sets, characters, regular expression literals, `#_` or reader tags other than \
     `#timestamp(\"…\")`, `#uuid(\"…\")` and `#resource-handle(\"…\")`. Regular expressions are \
     plain strings. Functions and errors print as `#<…>`, which cannot be read back."

    BAD_TAG "E0051" "malformed tagged literal"
    "#uuid \"0\"" ->
    "#uuid(\"123e4567-e89b-12d3-a456-426614174000\")"
    "A tagged literal is the tag, and one string in parentheses: `#timestamp(\"…\")`."

    BAD_DIRECTIVE "E0080" "unknown directive in a case file"
    ";; engine: evaluator\n(+ 1 2) ;=> 3" ->
    ";; engines: evaluator\n(+ 1 2) ;=> 3"
    "Comments `;; name: value` before the first form of a case file are directives: `engines`, \
     `static`, `validation`, `host`, `max-depth`, `fuel`. Write other comments with one `;`."

    BAD_EXPECTATION "E0081" "malformed expectation" "(+ 1 2) ;=> 3 4" -> "(+ 1 2) ;=> 3"
    "After `;=>` stands one value, or `!Kind`, or `!Kind \"text\"`. A comment may follow after a \
     further `;`."

    NO_EXPECTATION "E0082" "form without an expectation"
    "(+ 1 2)\n(+ 3 4) ;=> 7" ->
    "(+ 1 2) ;=> 3\n(+ 3 4) ;=> 7"
    "Every form of a case file belongs to a case, which ends with `;=>` and what the form gives. \
     Only definitions may stand before the form of a case."

    NO_CASE "E0083" "expectation without a form" "(+ 1 2) ;=> 3\n;=> 4" -> "(+ 1 2) ;=> 3"
    "`;=>` says what the form before it gives. There is none between this expectation and the one \
     before."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_gets_its_code() {
        for info in CODES.iter().filter(|info| !info.example.is_empty()) {
            let found = match info.code.starts_with("E008") {
                true => crate::case_file::parse_cases(info.example)
                    .err()
                    .unwrap_or_default(),
                false => crate::read(info.example).diagnostics,
            };
            let codes: Vec<_> = found.iter().map(|found| found.code).collect();
            assert_eq!(codes, [info.code], "{}", info.example);
        }
    }

    #[test]
    fn codes_are_unique_and_sorted() {
        assert!(CODES.is_sorted_by(|a, b| a.code < b.code));
    }

    #[test]
    fn codes_are_found_in_any_case() {
        assert_eq!(
            explain("e0010").map(|info| info.title),
            Some("bracket is never closed")
        );
        assert_eq!(explain("E9999"), None);
    }
}
