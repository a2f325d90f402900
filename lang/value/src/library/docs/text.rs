//! Text.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "str",
        "Strings lose their quotes, but keep them inside collections. nil gives the text `nil`.",
        "(str \"n=\" 4 \" \" :ok)  ;=> \"n=4 :ok\"\n\
         (str [1 \"a\"])        ;=> \"[1 \\\"a\\\"]\"\n\
         (str nil)            ;=> \"nil\"\n\
         (str)                ;=> \"\"",
    ),
    (
        "length",
        "For strings, vectors, lists and maps. `count` also takes nil.",
        "(length \"naïve\")      ;=> 5\n\
         (length [1 2 3])      ;=> 3\n\
         (length nil)          ;=> !TypeError",
    ),
    (
        "string-length",
        "",
        "(string-length \"héllo\")  ;=> 5\n\
         (string-length [1])      ;=> !TypeError",
    ),
    (
        "substring",
        "Positions count characters from 0. A position outside the text is an error.",
        "(substring \"naïve\" 2 4)  ;=> \"ïv\"\n\
         (substring \"hello\" 3)    ;=> \"lo\"\n\
         (substring \"abc\" 2 9)    ;=> !IndexOutOfBounds",
    ),
    (
        "string-contains",
        "The same as `string-contains?`.",
        "(string-contains \"haystack\" \"st\")  ;=> true",
    ),
    (
        "string-contains?",
        "The empty text occurs in every text.",
        "(string-contains? \"haystack\" \"needle\")  ;=> false\n\
         (string-contains? \"abc\" \"\")             ;=> true",
    ),
    (
        "starts-with?",
        "nil begins with nothing.",
        "(starts-with? \"report.txt\" \"rep\")  ;=> true\n\
         (starts-with? nil \"rep\")           ;=> false",
    ),
    (
        "ends-with?",
        "nil ends with nothing.",
        "(ends-with? \"report.txt\" \".txt\")  ;=> true",
    ),
    (
        "join",
        "The separator stands first. Items may be of any kind.",
        "(join \", \" [\"a\" \"b\" \"c\"])  ;=> \"a, b, c\"\n\
         (join \"-\" [1 :b nil])       ;=> \"1-:b-nil\"\n\
         (join \"-\" [])               ;=> \"\"",
    ),
    (
        "string-join",
        "The same as `join`.",
        "(string-join \" \" [\"a\" \"b\"])  ;=> \"a b\"",
    ),
    (
        "split",
        "The separator is plain text, not a pattern. Empty parts are kept.",
        "(split \"a,b,c\" \",\")  ;=> [\"a\" \"b\" \"c\"]\n\
         (split \"x;;y\" \";\")   ;=> [\"x\" \"\" \"y\"]\n\
         (split \"abc\" \"\")     ;=> [\"a\" \"b\" \"c\"]",
    ),
    (
        "string-upper",
        "",
        "(string-upper \"héllo\")  ;=> \"HÉLLO\"\n\
         (string-upper :a)        ;=> !TypeError",
    ),
    (
        "string-lower",
        "",
        "(string-lower \"HÉLLO\")  ;=> \"héllo\"",
    ),
    (
        "string-trim",
        "",
        "(string-trim \"  hello \\n\")  ;=> \"hello\"",
    ),
    (
        "string-p",
        "The same as `string?`.",
        "(string-p \"a\")  ;=> true\n\
         (string-p 1)    ;=> false",
    ),
    (
        "re-find",
        "A pattern is a string, so backslashes are doubled. Patterns take time linear in the text; \
         there are no back-references and no look-around, and classes such as `\\d` mean ASCII.",
        "(re-find \"[0-9]+\" \"room 42\")     ;=> \"42\"\n\
         (re-find \"\\\\d+\" \"no digits\")     ;=> nil\n\
         (re-find \"[0-9\" \"x\")            ;=> !InvalidArgument",
    ),
    (
        "re-matches",
        "",
        "(re-matches \"[a-z]+\" \"abc\")   ;=> \"abc\"\n\
         (re-matches \"[a-z]+\" \"ab1\")   ;=> nil",
    ),
    (
        "re-seq",
        "",
        "(re-seq \"[a-z]+\" \"ab 12 cd\")  ;=> [\"ab\" \"cd\"]",
    ),
];
