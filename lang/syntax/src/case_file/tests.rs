use super::*;

/// The cases as `LINE SOURCE => EXPECTATION`, or the codes with their lines.
fn summary(text: &str) -> Vec<String> {
    match parse_cases(text) {
        Ok(file) => file
            .cases
            .iter()
            .map(|case| {
                let expectation = match &case.expectation {
                    Expectation::Value(value) => value.clone(),
                    Expectation::Error { kind, text: None } => format!("!{kind}"),
                    Expectation::Error {
                        kind,
                        text: Some(text),
                    } => format!("!{kind} {text:?}"),
                };
                format!("{} {} => {expectation}", case.line, case.source)
            })
            .collect(),
        Err(diagnostics) => {
            let source = SourceText::new("t".into(), text.into());
            let line = |d: &Diagnostic| format!("{} line {}", d.code, d.location(&source).line);
            diagnostics.iter().map(line).collect()
        }
    }
}

#[track_caller]
fn check(text: &str, expect: &[&str]) {
    assert_eq!(summary(text), expect, "{text}");
}

#[test]
fn a_case_is_a_form_and_what_it_gives() {
    check("(+ 1 2) ;=> 3", &["1 (+ 1 2) => 3"]);
    check(
        "\n(/ 1 0) ;=> !DivisionByZero",
        &["2 (/ 1 0) => !DivisionByZero"],
    );
    check("x;=>!K \"a \\\"b\\\"\"", &["1 x => !K \"a \\\"b\\\"\""]);
    check(
        "[1] ;=> [1 \"; no comment\"] ; a comment",
        &["1 [1] => [1 \"; no comment\"]"],
    );
    check("(f) ;=> !Kind \"t\" ; why", &["1 (f) => !Kind \"t\""]);
    check("(f) ;=> !Kind ; why", &["1 (f) => !Kind"]);
    check("inc ;=> #<function>", &["1 inc => #<function>"]);
    check("e ;=> #<error: a > b> ; why", &["1 e => #<error: a > b>"]);
    check("", &[]);
}

#[test]
fn what_cannot_be_read_is_a_part_of_the_case() {
    check(
        "1 ;=> 1\n#_ 2 ;=> !UnsupportedRule",
        &["1 1 => 1", "2 #_ 2 => !UnsupportedRule"],
    );
    check("#_ ;=> !UnsupportedRule", &["1 #_ => !UnsupportedRule"]);
}

#[test]
fn a_form_may_run_over_lines_and_definitions_may_stand_before_it() {
    check(
        "; note\n(defn f [x]\n  x) ; two\n\n(f\n 1)\n;=> 1\n2 ;=> 2",
        &["2 (defn f [x]\n  x) ; two\n\n(f\n 1) => 1", "8 2 => 2"],
    );
}

#[test]
fn the_mark_means_nothing_inside_strings_and_block_comments() {
    check(
        "(str \"a ;=> 1\n;=> 2\") ;=> 3",
        &["1 (str \"a ;=> 1\n;=> 2\") => 3"],
    );
    check("#| ;=> 1 |# 2 ;=> 2", &["1 2 => 2"]);
    check("1 ; see ;=> 5\n;=> 1", &["1 1 ; see ;=> 5 => 1"]);
}

#[test]
fn forgotten_parts_are_reported() {
    check("(f)\n(g) ;=> 1", &["E0082 line 1"]);
    check("(g) ;=> 1\n(h)", &["E0082 line 2"]);
    check("1 ;=> 1\n;=> 2", &["E0083 line 2"]);
    check("1 ;=>", &["E0081 line 1"]);
    check("1 ;=> 1 2", &["E0081 line 1"]);
    check("1 ;=> !", &["E0081 line 1"]);
    check("1 ;=> !lower", &["E0081 line 1"]);
    check("1 ;=> !Kind text", &["E0081 line 1"]);
    check("1 ;=> !Kind\"text\"", &["E0081 line 1"]);
    check("1\n;=> (1", &["E0010 line 2"]);
}

#[test]
fn only_cases_that_expect_an_error_may_fail_to_read() {
    check(
        "(f ;=> !InvalidInput\n1 ;=> 1",
        &["1 (f => !InvalidInput", "2 1 => 1"],
    );
    check("1. ;=> !InvalidLiteral", &["1 1. => !InvalidLiteral"]);
    check("\n(f ;=> 1", &["E0010 line 2"]);
    check("(do 1 ;=> 1\n 2)", &["E0010 line 1", "E0011 line 2"]);
    check("1 ;=> 1\n\"open ;=> !InvalidInput", &["E0014 line 2"]);
}

#[test]
fn a_file_may_hold_more_failing_cases_than_the_reader_reports_errors() {
    let text = "(1. ;=> !InvalidLiteral\n".repeat(200);
    assert_eq!(parse_cases(&text).map(|file| file.cases.len()), Ok(200));
}

#[track_caller]
fn directives(text: &str) -> Result<Directives, Vec<String>> {
    let lines = |d: Diagnostics| d.iter().map(|d| d.message.clone()).collect();
    parse_cases(text).map(|file| file.directives).map_err(lines)
}

#[test]
fn directives_stand_before_the_first_form() {
    let text = ";; A title: with prose.\n; note: prose\n;; engines: evaluator, component\n\
                ;; static: on\n;; validation: strict\n;; host: shop\n;; max-depth: 50\n\
                ;; fuel: 1000\n1 ;=> 1\n;; static: maybe";
    let expect = Directives {
        engines: Some(vec!["evaluator".into(), "component".into()]),
        static_checks: true,
        validation: ValidationLevel::Strict,
        host: Some("shop".into()),
        max_depth: Some(50),
        fuel: Some(1000),
    };
    assert_eq!(directives(text), Ok(expect));
    assert_eq!(directives("1 ;=> 1"), Ok(Directives::default()));
}

#[test]
fn wrong_directives_are_reported() {
    let check = |text: &str, expect: &str| {
        assert_eq!(directives(text), Err(vec![expect.to_owned()]));
    };
    check(";; engine: all\n", "unknown directive `engine`");
    check(
        ";; static: yes\n",
        "`yes` is not a value of the directive `static`",
    );
    check(
        ";; engines:\n",
        "`` is not a value of the directive `engines`",
    );
    check(
        ";; fuel: 1\n;; fuel: 2\n",
        "the directive `fuel` stands here twice",
    );
}
