use super::*;
use crate::{ParseErrorKind, read};

#[track_caller]
fn check(text: &str, expect: &str) {
    let source = SourceText::new("a.rtfs".into(), text.into());
    let shown = render(&read(text).diagnostics, &source, false);
    assert_eq!(shown, expect, "\n{shown}");
}

#[test]
fn a_finding_shows_its_line_and_the_next_step() {
    check(
        "(def x 1)\n(inc 1.)\n",
        "\
error[E0021]: `1.` is not a number
 --> a.rtfs:2:6
  |
2 | (inc 1.)
  |      ^^
  |
  = help: write `1.0`
",
    );
}

#[test]
fn related_places_are_shown_with_their_words() {
    check(
        "(let [x 1\n  (inc x)\n\n(defn g [] 2)",
        "\
error[E0010]: this `[` is never closed
 --> a.rtfs:1:6
  |
1 | (let [x 1
  | -    ^
  | |
  | 2 brackets are open, from this one on
...
4 | (defn g [] 2)
  | - a new form begins here
  |
  = help: close it with `])` before the next form
",
    );
}

#[test]
fn findings_are_separated_by_an_empty_line() {
    check(
        "1. :1",
        "\
error[E0021]: `1.` is not a number
 --> a.rtfs:1:1
  |
1 | 1. :1
  | ^^
  |
  = help: write `1.0`

error[E0032]: `:1` is not a keyword
 --> a.rtfs:1:4
  |
1 | 1. :1
  |    ^^
  |
  = help: the name of a keyword does not begin with a digit
",
    );
}

#[test]
fn tabs_wide_characters_and_line_breaks_keep_the_marks_in_place() {
    check(
        "\u{feff}(f\t\"日本\" 1.)\r\n",
        "\
error[E0021]: `1.` is not a number
 --> a.rtfs:1:9
  |
1 | (f    \"日本\" 1.)
  |              ^^
  |
  = help: write `1.0`
",
    );
}

#[test]
fn text_that_changes_the_writing_direction_is_made_visible() {
    check(
        "(f\u{202e} 1)",
        "\
error[E0031]: the invisible character U+202E cannot be part of the name `f\u{fffd}`
 --> a.rtfs:1:3
  |
1 | (f\u{fffd} 1)
  |   ^
  |
  = help: names are ASCII; other text belongs in strings
",
    );
}

#[test]
fn a_mark_may_run_over_lines() {
    let source = SourceText::new("a.rtfs".into(), "(a\n  (b\n    c)\n e)\n".into());
    let found = Diagnostic::warning(
        "E0999",
        ParseErrorKind::CustomError,
        "not used",
        Span::new(5, 14),
    )
    .with_label("this form");
    let shown = render(&[found], &source, false);
    let expect = "\
warning[E0999]: not used
 --> a.rtfs:2:3
  |
2 | /   (b
3 | |     c)
  | |______^ this form
";
    assert_eq!(shown, expect, "\n{shown}");
}

#[test]
fn spans_outside_the_text_do_no_harm() {
    for (text, span) in [
        ("", Span::new(5, 9)),
        ("é", Span::new(1, 1)),
        ("\u{feff}", Span::new(0, 2)),
        ("a", Span::new(u32::MAX, u32::MAX)),
    ] {
        let source = SourceText::new("a.rtfs".into(), text.into());
        let found = Diagnostic::error("E0999", ParseErrorKind::CustomError, "m", span)
            .with_related(span, "r");
        assert!(render(&[found], &source, false).starts_with("error[E0999]: m\n"));
    }
}

#[test]
fn colours_are_added_only_when_asked_for() {
    let source = SourceText::new("a.rtfs".into(), "1.".into());
    let diagnostics = read("1.").diagnostics;
    assert!(render(&diagnostics, &source, true).contains('\u{1b}'));
    assert!(!render(&diagnostics, &source, false).contains('\u{1b}'));
    assert_eq!(render(&[], &source, true), "");
}

#[test]
fn a_run_time_error_shows_its_class_the_form_and_the_notes() {
    let source = SourceText::new("p.rtfs".into(), "(defn half [n]\n  (/ n 0))".into());
    let notes = ["in half".to_owned()];
    let rendered = crate::render_error(
        "DivisionByZero",
        "Division by zero",
        Some(Span::new(17, 24)),
        &notes,
        &source,
        false,
    );
    assert_eq!(
        rendered,
        "error[DivisionByZero]: Division by zero\n \
         --> p.rtfs:2:3\n  |\n2 |   (/ n 0))\n  |   ^^^^^^^\n  |\n  = note: in half\n"
    );
}

#[test]
fn a_run_time_error_without_a_place_is_its_message() {
    let source = SourceText::new("p.rtfs".into(), String::new());
    let rendered = crate::render_error("TypeError", "no", None, &[], &source, false);
    assert_eq!(rendered, "error[TypeError]: no\n");
}

#[test]
fn a_function_that_called_itself_stands_once_in_the_chain() {
    let chain = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        call_chain(&names)
    };
    assert_eq!(chain(&["f"]), "in f");
    assert_eq!(chain(&["f", "g"]), "in f, called by g");
    assert_eq!(
        chain(&["f", "f", "f", "g", "f"]),
        "in f (3 times), called by g, called by f"
    );
}
