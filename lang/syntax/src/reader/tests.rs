use super::*;
use crate::{Delegation, SourceText, attached, print_form, render};

/// Checks that a text reads without complaint, and how it prints.
#[track_caller]
fn reads(text: &str, expect: &str) {
    let result = read(text);
    let source = SourceText::new("test".into(), text.into());
    assert!(
        result.diagnostics.is_empty(),
        "{}",
        render(&result.diagnostics, &source, false)
    );
    assert!(!result.incomplete);
    let printed: Vec<_> = result.forms.iter().map(print_form).collect();
    assert_eq!(printed.join(" "), expect);
}

/// Checks the diagnostics of a text: code and marked text of each.
#[track_caller]
fn fails(text: &str, expect: &[(&str, &str)]) {
    let result = read(text);
    let found: Vec<_> = result
        .diagnostics
        .iter()
        .map(|d| (d.code, &text[d.span.start as usize..d.span.end as usize]))
        .collect();
    assert_eq!(found, expect, "{text}");
}

/// Checks the help of the only diagnostic of a text.
#[track_caller]
fn helps(text: &str, expect: &str) {
    let result = read(text);
    let helps: Vec<_> = result
        .diagnostics
        .iter()
        .map(|d| d.help.as_deref().unwrap_or_default())
        .collect();
    assert!(
        helps.len() == 1 && helps[0].contains(expect),
        "{text}: {helps:?}"
    );
}

#[test]
fn white_space_and_comments_separate_forms() {
    reads("", "");
    reads(" ,\t\r\n; nothing", "");
    reads("\u{feff}1", "1");
    reads("1,2 ;x\r\n3", "1 2 3");
    reads("1 #| ( \" |# 2", "1 2");
    reads("#||#1 #|a|#", "1");
    fails("1#|a|#", &[("E0020", "#")]);
    reads("(a;c\n)", "(a)");
    fails("1 #| #| |# |#", &[("E0015", "|")]);
    fails("#|", &[("E0013", "#|")]);
    fails("#|# 1", &[("E0013", "#|")]);
}

#[test]
fn atoms_end_at_boundaries() {
    reads("truex nilly false? -", "truex nilly false? -");
    reads("(1)[2]{3 4}5;6", "(1) [2] {3 4} 5");
    reads("- 5 -5 +5 -a +", "- 5 -5 5 -a +");
    fails("1-2", &[("E0021", "1-2")]);
    fails("12ab", &[("E0021", "12ab")]);
    fails("1\"x\"", &[("E0020", "\"")]);
    fails("\"a\"b", &[("E0020", "b")]);
    fails("\"a\"\"b\"", &[("E0020", "\"")]);
    fails("a\"b\"", &[("E0020", "\"")]);
    fails("true:x", &[("E0031", ":")]);
    fails("##Inf:x", &[("E0026", "##Inf:x")]);
    fails(".5", &[("E0021", ".5")]);
    fails("-.5", &[("E0021", "-.5")]);
}

#[test]
fn names_may_be_followed_by_a_colon() {
    reads("[n:int]", "[n:int]");
    reads(":a:b", ":a :b");
    reads("(defn f [x]:int x)", "(defn f [x]:int x)");
    reads("(def n : int 3)", "(def n : int 3)");
    reads("[x: T y :T]", "[x: T y :T]");
    reads("[a.b:v1.2/c d:v1]", "[a.b:v1.2/c d:v1]");
    let forms = read("n:int").forms;
    assert!(attached(&forms[0], &forms[1]));
    let forms = read("n :int").forms;
    assert!(!attached(&forms[0], &forms[1]));
}

#[test]
fn keywords_are_a_colon_and_a_name() {
    reads(
        ":item :shop/item :org.tools:v1.2/clean :+",
        ":item :shop/item :org.tools:v1.2/clean :+",
    );
    fails(":1a", &[("E0032", ":1a")]);
    fails("::a", &[("E0032", "::a")]);
    fails(":\"a\"", &[("E0032", ":")]);
    fails(":é", &[("E0032", ":é")]);
    helps("::a/b", "write one colon: `:a/b`");
}

#[test]
fn names_that_are_none_are_reported_at_the_wrong_character() {
    fails("don't", &[("E0031", "'")]);
    fails("x#", &[("E0031", "#")]);
    fails("naïve", &[("E0031", "ï")]);
    fails("a&b", &[("E0031", "&")]);
    fails("&rest", &[("E0031", "&")]);
    fails(".", &[("E0031", ".")]);
    fails("..a", &[("E0031", "..a")]);
    helps("[a &rest]", "put a space after it: `& rest`");
}

#[test]
fn lambda_is_a_synonym_of_fn() {
    reads("(λ [x] x) λ", "(fn [x] x) fn");
    fails("λx", &[("E0015", "λ")]);
}

#[test]
fn unknown_characters_are_named() {
    fails("é", &[("E0015", "é")]);
    fails("a\u{a0}b", &[("E0031", "\u{a0}")]);
    fails("(a \u{200b}b)", &[("E0015", "\u{200b}")]);
    fails("\u{c}", &[("E0015", "\u{c}")]);
    fails("\\a", &[("E0050", "\\")]);
    helps("(str “hi”)", "plain quotes");
    let message = &read("\u{200b}").diagnostics[0].message;
    assert_eq!(message, "the invisible character U+200B begins no form");
}

#[test]
fn strings_keep_everything_but_escapes() {
    reads("\"a\\n\\t\\r\\\\\\\"é\"", "\"a\\n\\t\\r\\\\\\\"é\"");
    reads("\"two\nlines\"", "\"two\\nlines\"");
    fails(
        "\"\\d+\\u0041\\é\"",
        &[("E0030", "\\d"), ("E0030", "\\u"), ("E0030", "\\é")],
    );
    fails("(a \"b", &[("E0014", "\"")]);
    fails("\"a\\", &[("E0014", "\"")]);
    helps("\"\\d\"", "`\\\\d`");
}

#[test]
fn opaque_literals() {
    let uuid = "abcdef12-0000-1111-2222-333344445555";
    reads(uuid, uuid);
    reads(&format!("#uuid( \"{uuid}\" )"), uuid);
    reads(
        "#timestamp(\"2026-03-01T08:00:00Z\")",
        "2026-03-01T08:00:00Z",
    );
    reads("(f resource://a/b:c@d#e)", "(f resource://a/b:c@d#e)");
    fails("#timestamp(\"now\")", &[("E0023", "\"now\"")]);
    fails("#uuid(\"12\")", &[("E0024", "\"12\"")]);
    fails("#resource-handle(\"\")", &[("E0025", "\"\"")]);
    fails("#uuid(12)", &[("E0051", "#uuid(12)")]);
    fails("#uuid()", &[("E0051", "#uuid()")]);
    fails("#uuid \"12\"", &[("E0051", "#uuid")]);
    fails("resource://", &[("E0025", "resource://")]);
    helps("#timestmp(\"x\")", "did you mean `#timestamp");
}

#[test]
fn special_floats() {
    reads("[##Inf ##-Inf ##NaN]", "[##Inf ##-Inf ##NaN]");
    helps("##inf", "did you mean `##Inf`?");
    fails("##", &[("E0026", "##")]);
}

#[test]
fn foreign_syntax_is_refused_and_skipped() {
    fails("(f #_x 1)", &[("E0050", "#_")]);
    fails("(f #{1 2 3} 1.)", &[("E0050", "#{"), ("E0021", "1.")]);
    fails("(f #\"a+\")", &[("E0050", "#")]);
    fails("(f #'x)", &[("E0050", "#'")]);
    fails("#<function>", &[("E0050", "#<function>")]);
    fails(
        "(f #<error: a > b> 1.)",
        &[("E0050", "#<error: a >"), ("E0021", "1.")],
    );
    fails("#inst \"x\"", &[("E0050", "#inst")]);
    fails("#", &[("E0050", "#")]);
}

#[test]
fn maps_hold_pairs() {
    reads("{:a 1 \"b\" [2] 3 {}}", "{:a 1 \"b\" [2] 3 {}}");
    reads("{x :k :keys [a] & r}", "{x :k :keys [a] & r}");
    reads("{:a 1 :a 2}", "{:a 1 :a 2}");
    fails("{:a 1 :b}", &[("E0040", ":b")]);
    fails("{:a :b 1}", &[("E0040", ":a")]);
    fails("{:a x &}", &[("E0040", "&")]);
    fails("{\"a\": 1}", &[("E0020", ":")]);
    fails("{a: 1}", &[("E0033", ":")]);
    fails("{:a 1.}", &[("E0021", "1.")]);
    fails("{:a '}", &[("E0041", "'")]);
}

#[test]
fn a_colon_stands_between_a_form_and_its_type() {
    fails(":", &[("E0033", ":")]);
    fails("(: x)", &[("E0033", ":")]);
    fails("[x :]", &[("E0033", ":")]);
    fails("[x : : T]", &[("E0033", ":")]);
    fails("(f ':)", &[("E0041", "'"), ("E0033", ":")]);
}

#[test]
fn an_ampersand_stands_in_brackets() {
    reads("[a & b] {& r} (a & b)", "[a & b] {& r} (a & b)");
    fails("&", &[("E0034", "&")]);
    fails("(f '&)", &[("E0034", "&")]);
}

#[test]
fn bracketed_types_may_be_optional() {
    reads("[x:[:vector :int]? 1]", "[x: [:vector :int]? 1]");
    reads("{:a [:vector :int]? :b ?}", "{:a [:vector :int]? :b ?}");
    reads("[:b T ?]", "[:b T ?]");
    reads("[a]?x [b] ?", "[a] ?x [b] ?");
    assert!(matches!(read("[a]?").forms[0].kind, FormKind::Optional(_)));
}

#[test]
fn quote_characters_read_as_lists() {
    reads(
        "'x ' y '(1 'z)",
        "(quote x) (quote y) (quote (1 (quote z)))",
    );
    reads(
        "`(a ~b ~@c ~ @d)",
        "(quasiquote (a (unquote b) (unquote-splicing c) (unquote (resource:ref \"d\"))))",
    );
    reads(
        "``(a ~~b)",
        "(quasiquote (quasiquote (a (unquote (unquote b)))))",
    );
    reads("(quasiquote (a ~b))", "(quasiquote (a (unquote b)))");
    reads(
        "`(a (unquote `~b))",
        "(quasiquote (a (unquote (quasiquote (unquote b)))))",
    );
    fails("~x", &[("E0042", "~")]);
    fails("'~@x", &[("E0042", "~@")]);
    fails("`(a ~(b ~c))", &[("E0042", "~")]);
    fails("`(a (unquote (b ~c)))", &[("E0042", "~")]);
    fails("`{:a 1 ~@x}", &[("E0043", "~@")]);
    fails("'", &[("E0041", "'")]);
    fails("(a '`)", &[("E0041", "`")]);
}

#[test]
fn context_names() {
    reads(
        "@user @:user @a.b/c",
        "(resource:ref \"user\") (resource:ref \"user\") (resource:ref \"a.b/c\")",
    );
    reads("(resource:ref \"x\")", "(resource:ref \"x\")");
    reads("[resource:ref 1]", "[resource:ref 1]");
    assert_eq!(
        read("(resource:ref \"x\")").forms[0]
            .as_list()
            .map(<[_]>::len),
        Some(2)
    );
    assert_eq!(
        read("[resource:ref 1]").forms[0]
            .as_vector()
            .map(<[_]>::len),
        Some(3)
    );
    fails("@(f)", &[("E0046", "@")]);
    fails("@", &[("E0046", "@")]);
    fails("@1", &[("E0046", "@1")]);
    helps("@(f)", "never dereferences");
}

#[test]
fn method_calls_are_calls() {
    reads("(.getMessage e) #(.m %)", "(getMessage e) (fn [%1] (m %1))");
    fails("(.m)", &[("E0035", ".m")]);
    fails("(map .m xs)", &[("E0035", ".m")]);
    fails("[.m x]", &[("E0035", ".m")]);
}

#[test]
fn short_functions() {
    reads("#(+ % 1)", "(fn [%1] (+ %1 1))");
    reads("#(+ %3 %)", "(fn [%1 %2 %3] (+ %3 %1))");
    reads("#(apply f %& )", "(fn [& %rest] (apply f %rest))");
    reads(
        "#(f % '%2 {:a [%]})",
        "(fn [%1 %2] (f %1 (quote %2) {:a [%1]}))",
    );
    reads("#()", "(fn [] ())");
    reads("[% %1 %x] #(%x)", "[% %1 %x] (fn [] (%x))");
    fails("#(f #(g %))", &[("E0044", "#(")]);
    fails(
        "#(f %0 %01 %21)",
        &[("E0045", "%0"), ("E0045", "%01"), ("E0045", "%21")],
    );
    fails("(f %&)", &[("E0045", "%&")]);
}

#[test]
fn metadata() {
    reads("^{:a 1} ^{:b 2} x", "^{:a 1} ^{:b 2} x");
    reads(
        "(defn ^:delegation :local f [x] x)",
        "(defn ^{:delegation :local} f [x] x)",
    );
    let delegation = |text: &str| match read(text).forms.remove(0).kind {
        FormKind::Meta { delegation, .. } => delegation,
        other => panic!("{other:?}"),
    };
    assert_eq!(delegation("^:delegation :local x"), Some(Delegation::Local));
    assert_eq!(
        delegation("^{:delegation :local} x"),
        Some(Delegation::Local)
    );
    let remote = Some(Delegation::Remote("m".into()));
    assert_eq!(delegation("^:delegation :remote \"m\" x"), remote);
    assert_eq!(delegation("^{:delegation [:remote \"m\"]} x"), remote);
    let model = Some(Delegation::LocalModel("m".into()));
    assert_eq!(delegation("^:delegation :local-model \"m\" x"), model);
    assert_eq!(delegation("^{:doc \"d\"} x"), None);
    reads(
        "`(defn ^{:delegation ~d} f [])",
        "(quasiquote (defn ^{:delegation (unquote d)} f []))",
    );
}

#[test]
fn wrong_metadata_is_skipped_and_its_form_kept() {
    fails(
        "^:private (f 1.)",
        &[("E0047", ":private"), ("E0021", "1.")],
    );
    fails("^x y", &[("E0047", "x")]);
    fails("(f ^{:a 1})", &[("E0041", "^")]);
    fails("^", &[("E0041", "^")]);
    fails("(fn ^:delegation :remote [x] x)", &[("E0048", ":remote")]);
    fails("(fn ^:delegation [x] x)", &[("E0048", ":delegation")]);
    fails("^{:delegation :cloud} x", &[("E0048", ":cloud")]);
    fails("^{:delegation [:remote]} x", &[("E0048", ":remote")]);
    fails("^{:delegation [:local \"m\"]} x", &[("E0048", ":local")]);
    helps("^:delegation :remot \"m\" x", "did you mean `:remote`?");
    helps("^:delegaton :local x", "did you mean `^:delegation`?");
    let forms = read("(fn ^:delegation :remote [x] x)").forms;
    assert_eq!(print_form(&forms[0]), "(fn [x] x)");
}

#[test]
fn brackets_that_do_not_fit() {
    fails("(a", &[("E0010", "(")]);
    fails("[(a", &[("E0010", "(")]);
    fails(")", &[("E0011", ")")]);
    fails("(a))]) b", &[("E0011", ")])")]);
    fails("(a]", &[("E0012", "]")]);
    fails("(let [x 1) x)", &[("E0012", ")")]);
    fails("(f [1 2) (g 1.)", &[("E0012", ")"), ("E0021", "1.")]);
    fails("(f [1 {:a 2)", &[("E0012", ")")]);
    fails("(f (g [1 2)))", &[("E0012", ")")]);
    fails("(f ^{:a 1} [x)", &[("E0012", ")")]);
    helps("(f [{:a 1}", "close it with `])`");
}

#[test]
fn a_form_that_is_not_closed_does_not_hide_later_errors() {
    let text = "(defn f [x]\n  (inc x)\n\n(defn g [] 1.)\n(defn h [\n(k)\n";
    fails(text, &[("E0010", "("), ("E0021", "1."), ("E0010", "[")]);
    let forms: Vec<_> = read(text).forms.iter().map(print_form).collect();
    assert_eq!(forms, ["(defn g [] nil)", "(k)"]);
    helps("(a (b\n(c)", "close it with `))` before the next form");
}

#[test]
fn incomplete_text_is_told_from_wrong_text() {
    for text in ["(a", "\"a", "#| a", "'", "(a '", "{:a", "^{:a 1}"] {
        assert!(read(text).incomplete, "{text}");
    }
    for text in ["", "a", "(a))", "(a 1.", "(a ')"] {
        assert!(!read(text).incomplete, "{text}");
    }
}

#[test]
fn deep_text_gives_one_diagnostic() {
    for open in ["(", "[", "{", "'", "#{", "^{:a ", "(\n", "[(", "`~", "^"] {
        let result = read(&open.repeat(100_000));
        let codes: Vec<_> = result.diagnostics.iter().map(|d| d.code).collect();
        let reserved = codes
            .iter()
            .take_while(|code| **code == codes::RESERVED)
            .count();
        assert!(
            codes[reserved..] == [codes::TOO_DEEP] || codes[reserved..] == [codes::TOO_MANY],
            "{open}: {codes:?}"
        );
    }
    let closed = format!("{}{}", "(".repeat(100_000), ")".repeat(100_000));
    fails(&closed, &[("E0003", "(")]);
}

#[test]
fn forms_may_nest_up_to_the_limit() {
    let text = format!("{}{}", "(".repeat(MAX_NESTING), ")".repeat(MAX_NESTING));
    let result = read(&text);
    assert_eq!(result.diagnostics, []);
    assert_eq!(print_form(&result.forms[0].clone()), text);
    assert!(read(&text).forms == result.forms);
}

#[test]
fn reading_stops_after_many_errors() {
    let result = read(&"1. ".repeat(10_000));
    assert_eq!(result.diagnostics.len(), MAX_ERRORS + 1);
    assert_eq!(result.diagnostics[MAX_ERRORS].code, codes::TOO_MANY);
    let result = read(&"(\n(a) ".repeat(900));
    assert!(result.diagnostics.len() <= MAX_ERRORS + 1);
}

#[test]
fn large_text_is_refused() {
    fails(&" ".repeat(MAX_SOURCE_BYTES + 1), &[("E0002", "")]);
}

#[test]
fn spans_cover_what_was_written() {
    let text = "(f 'x #(g %) ^{:a 1} y [z]? @n #uuid(\"abcdef12-0000-1111-2222-333344445555\"))";
    let forms = read(text).forms;
    let items = forms[0].as_list().unwrap();
    let written: Vec<_> = items
        .iter()
        .map(|f| &text[f.span.start as usize..f.span.end as usize])
        .collect();
    let uuid = "#uuid(\"abcdef12-0000-1111-2222-333344445555\")";
    assert_eq!(
        written,
        ["f", "'x", "#(g %)", "^{:a 1} y", "[z]?", "@n", uuid]
    );
    assert_eq!(forms[0].span.len() as usize, text.len());
    assert_eq!(items[2].as_list().unwrap()[2].span, Span::new(7, 12));
}
