//! Laws of the reader: printed forms read back, and no text does any harm.

use proptest::prelude::*;
use rtfs_syntax::{
    Delegation, Form, FormKind, SourceText, Span, case_file::parse_cases, print_form, read, render,
};

fn form(kind: FormKind) -> Form {
    Form::new(kind, Span::default())
}

/// Names, but none that is another kind of form.
fn name() -> impl Strategy<Value = String> {
    let simple = "[a-zA-Z_$+*/=<>!?%-][a-zA-Z0-9_$+*/=<>!?%.@-]{0,6}";
    let name = prop_oneof![4 => simple.boxed(), 1 => (simple, simple)
        .prop_map(|(left, right)| format!("{left}:v1.2/{right}")).boxed()];
    name.prop_filter("reads as another form", |name| {
        let number = name.starts_with(['+', '-'])
            && name[1..]
                .trim_start_matches('.')
                .starts_with(|c: char| c.is_ascii_digit());
        !number && !["nil", "true", "false"].contains(&name.as_str())
    })
}

fn atom() -> impl Strategy<Value = Form> {
    prop_oneof![
        Just(FormKind::Nil),
        any::<bool>().prop_map(FormKind::Bool),
        any::<i64>().prop_map(FormKind::Int),
        any::<f64>().prop_map(|value| FormKind::Float(if value.is_nan() {
            f64::NAN
        } else {
            value
        })),
        any::<String>().prop_map(FormKind::Str),
        name().prop_map(FormKind::Keyword),
        name().prop_map(FormKind::Symbol),
        "20[0-9]{2}-0[1-9]-(1[0-9]|2[0-8])T(0[0-9]|1[0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([._][0-9]{3})?Z"
            .prop_map(FormKind::Timestamp),
        "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}".prop_map(FormKind::Uuid),
        ".{1,8}".prop_map(FormKind::Resource),
        "resource://.{1,8}".prop_map(FormKind::Resource),
    ]
    .prop_map(form)
}

fn any_form() -> impl Strategy<Value = Form> {
    atom().prop_recursive(5, 60, 6, |inner| {
        let items = prop::collection::vec(inner.clone(), 0..6);
        let pairs = prop::collection::vec((inner.clone(), inner.clone()), 0..4);
        let hint = (pairs.clone(), prop::option::of(name()), inner.clone());
        prop_oneof![
            items.clone().prop_map(|items| form(FormKind::List(items))),
            items
                .clone()
                .prop_map(|items| form(FormKind::Vector(items))),
            items
                .clone()
                .prop_map(
                    |items| form(FormKind::Optional(Box::new(form(FormKind::Vector(items)))))
                ),
            (items, inner).prop_map(|(mut items, last)| {
                items.extend([form(FormKind::Ampersand), last]);
                form(FormKind::Vector(items))
            }),
            pairs.prop_map(|pairs| form(FormKind::Map(pairs))),
            hint.prop_map(|(mut pairs, model, carrier)| {
                pairs.retain(|(key, _)| key.as_keyword() != Some("delegation"));
                let delegation = model.map(Delegation::Remote);
                if let Some(Delegation::Remote(id)) = &delegation {
                    let key = form(FormKind::Keyword("delegation".into()));
                    let target = form(FormKind::Keyword("remote".into()));
                    let id = form(FormKind::Str(id.clone()));
                    pairs.push((key, form(FormKind::Vector(vec![target, id]))));
                }
                let (meta, carrier) = (Box::new(form(FormKind::Map(pairs))), Box::new(carrier));
                form(FormKind::Meta {
                    meta,
                    delegation,
                    form: carrier,
                })
            }),
        ]
    })
}

/// Text that is nearly a program: pieces of syntax in any order.
fn syntax_soup() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "#(",
        "#{",
        "#_",
        "#'",
        "#<",
        ">",
        "#|",
        "|#",
        "##",
        "#",
        "'",
        "`",
        "~",
        "~@",
        "@",
        "^",
        "^:delegation",
        ":remote",
        ":local",
        "\"",
        "\\",
        ";",
        ";=>",
        "!Kind",
        "\n",
        "\r",
        " ",
        ",",
        ":",
        "::",
        "&",
        "%",
        "%&",
        "%2",
        ".",
        ".m",
        "-",
        "1",
        "0x",
        "1.5",
        "a",
        "nil",
        "true",
        "?",
        "resource://",
        "resource:ref",
        "#uuid(",
        "#timestamp(",
        "quasiquote",
        "λ",
        "é",
        "\u{200b}",
        "\u{feff}",
        "2026-01-01T00:00:00Z",
        ";; static: on",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// Reads a text in every way; checks what holds for all texts.
fn survives(text: &str) {
    let result = read(text);
    let source = SourceText::new("any".into(), text.into());
    for found in &result.diagnostics {
        let place = found.location(&source);
        assert!(found.span.end as usize <= text.len(), "{found:?}");
        assert!(
            text.is_char_boundary(found.span.start as usize),
            "{found:?}"
        );
        assert!(text.is_char_boundary(found.span.end as usize), "{found:?}");
        assert!((place.line, place.column) <= (place.end_line, place.end_column));
    }
    render(&result.diagnostics, &source, false);
    if let Err(diagnostics) = parse_cases(text) {
        render(&diagnostics, &source, false);
    }
    if result.diagnostics.is_empty() {
        for form in &result.forms {
            let printed = print_form(form);
            let again = read(&printed);
            assert_eq!(again.diagnostics, [], "{printed}");
            assert!(
                again.forms.as_slice() == std::slice::from_ref(form),
                "{printed}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 500,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn printed_forms_read_back(form in any_form()) {
        let printed = print_form(&form);
        let result = read(&printed);
        prop_assert_eq!(&result.diagnostics, &[], "{}", printed);
        prop_assert!(result.forms.as_slice() == std::slice::from_ref(&form), "{}", printed);
    }

    #[test]
    fn any_text_is_survived(text in any::<String>()) {
        survives(&text);
    }

    #[test]
    fn any_mixture_of_syntax_is_survived(text in syntax_soup()) {
        survives(&text);
    }
}

#[test]
fn long_lines_of_anything_take_linear_time() {
    for piece in [
        ":a", "a:b", "#< ", "\u{200b}", "a:v1", "1. ", ")", "(]", "#'", "'", "^{} ", "\"\"",
        "a\n(", "@a", ";=>",
    ] {
        let text = piece.repeat(200_000);
        read(&text);
        // Wrong case files, mostly. Quadratic time would show as minutes.
        let _ = parse_cases(&text);
    }
}
