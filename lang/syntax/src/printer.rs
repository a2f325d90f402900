//! Forms as text: one line that reads back to an equal form.

use crate::lexer::{RESOURCE_SCHEME, resource_len};
use crate::literal::{is_uuid, read_timestamp};
use crate::name::is_name;
use crate::{Form, FormKind, Span, attached};

/// The readable text of a form, on one line.
///
/// Reading the text gives an equal form. Reader macros are written out, as in `(quote x)`. A
/// keyword or colon that stood directly after its neighbour, as in `n:int`, is written so again:
/// in binding vectors the difference has a meaning.
pub fn print_form(form: &Form) -> String {
    let mut out = String::new();
    let mut todo = vec![Step::Form(form)];
    while let Some(step) = todo.pop() {
        match step {
            Step::Text(text) => out.push_str(text),
            Step::Form(form) => print_node(form, &mut out, &mut todo),
        }
    }
    out
}

/// What is still to print; a stack, because forms may be nested deeply.
enum Step<'f> {
    Text(&'static str),
    Form(&'f Form),
}

fn print_node<'f>(form: &'f Form, out: &mut String, todo: &mut Vec<Step<'f>>) {
    match &form.kind {
        FormKind::Nil => out.push_str("nil"),
        FormKind::Bool(true) => out.push_str("true"),
        FormKind::Bool(false) => out.push_str("false"),
        FormKind::Int(value) => out.push_str(&value.to_string()),
        FormKind::Float(value) => out.push_str(&float_text(*value)),
        FormKind::Str(text) => print_string(text, out),
        FormKind::Keyword(name) => {
            out.push(':');
            out.push_str(name);
        }
        FormKind::Symbol(name) => out.push_str(name),
        FormKind::Timestamp(text) => {
            let bare = read_timestamp(text, Span::default()).is_ok();
            print_opaque("timestamp", bare, text, out);
        }
        FormKind::Uuid(text) => print_opaque("uuid", is_uuid(text), text, out),
        FormKind::Resource(text) => {
            print_opaque("resource-handle", is_bare_resource(text), text, out);
        }
        FormKind::List(items) => print_items("(", items.iter(), ")", out, todo),
        FormKind::Vector(items) => print_items("[", items.iter(), "]", out, todo),
        FormKind::Map(entries) => {
            let items = entries.iter().flat_map(|(key, value)| [key, value]);
            print_items("{", items, "}", out, todo);
        }
        FormKind::Meta { meta, form, .. } => {
            out.push('^');
            todo.extend([Step::Form(form), Step::Text(" "), Step::Form(meta)]);
        }
        FormKind::Optional(inner) => todo.extend([Step::Text("?"), Step::Form(inner)]),
        FormKind::Ampersand => out.push('&'),
        FormKind::Colon => out.push(':'),
    }
}

fn print_items<'f>(
    open: &str,
    items: impl DoubleEndedIterator<Item = &'f Form>,
    close: &'static str,
    out: &mut String,
    todo: &mut Vec<Step<'f>>,
) {
    out.push_str(open);
    todo.push(Step::Text(close));
    let mut next: Option<&Form> = None;
    for item in items.rev() {
        if let Some(next) = next
            && !is_annotation(item, next)
        {
            todo.push(Step::Text(" "));
        }
        todo.push(Step::Form(item));
        next = Some(item);
    }
}

/// Whether `next` was written directly after `item` as its annotation.
fn is_annotation(item: &Form, next: &Form) -> bool {
    let written = !item.span.is_empty() && !next.span.is_empty() && attached(item, next);
    written
        && match (&item.kind, &next.kind) {
            // `x` and `:v1/a` must not become the versioned name `x:v1/a`.
            (FormKind::Symbol(name), FormKind::Keyword(word)) => {
                !is_name(&format!("{name}:{word}"))
            }
            (FormKind::Vector(_) | FormKind::Map(_), FormKind::Keyword(_) | FormKind::Colon) => {
                true
            }
            (FormKind::Symbol(_), FormKind::Colon) => true,
            _ => false,
        }
}

fn print_opaque(tag: &str, bare: bool, text: &str, out: &mut String) {
    if bare {
        out.push_str(text);
    } else {
        out.push('#');
        out.push_str(tag);
        out.push('(');
        print_string(text, out);
        out.push(')');
    }
}

fn is_bare_resource(text: &str) -> bool {
    text.starts_with(RESOURCE_SCHEME)
        && text.len() > RESOURCE_SCHEME.len()
        && resource_len(text) == text.len()
}

fn print_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            _ => out.push(c),
        }
    }
    out.push('"');
}

/// The shortest digits that read back to the same double, always recognisable as a float.
fn float_text(value: f64) -> String {
    if value.is_nan() {
        return "##NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 {
            "##Inf".into()
        } else {
            "##-Inf".into()
        };
    }
    if value == 0.0 || (1e-7..1e21).contains(&value.abs()) {
        let text = value.to_string();
        return if text.contains('.') {
            text
        } else {
            text + ".0"
        };
    }
    let text = format!("{value:e}");
    match text.split_once('e') {
        Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0e{exponent}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let result = read(text);
        assert_eq!(result.diagnostics, [], "{text}");
        let printed: Vec<_> = result.forms.iter().map(print_form).collect();
        assert_eq!(printed.join(" "), expect);
        let again = read(expect);
        assert_eq!(again.diagnostics, []);
        assert!(again.forms == result.forms, "{expect} read differently");
    }

    #[test]
    fn atoms() {
        check("nil true false", "nil true false");
        check(
            "+5 3.0 1e3 1e21 1.5e-9 1e-7 -0.0",
            "5 3.0 1000.0 1.0e21 1.5e-9 0.0000001 -0.0",
        );
        check("##Inf ##-Inf ##NaN", "##Inf ##-Inf ##NaN");
        check("\"a\\\"\\\\\n\té\"", "\"a\\\"\\\\\\n\\té\"");
        check("2026-03-01T08:00:00Z", "2026-03-01T08:00:00Z");
        check("#resource-handle(\"resource://a/b\")", "resource://a/b");
        check("#resource-handle(\"a b\")", "#resource-handle(\"a b\")");
    }

    #[test]
    fn reader_macros_are_written_out() {
        check(
            "'x `(a ~b ~@c)",
            "(quote x) (quasiquote (a (unquote b) (unquote-splicing c)))",
        );
        check("@user.name", "(resource:ref \"user.name\")");
        check("#(+ % %2)", "(fn [%1 %2] (+ %1 %2))");
        check(
            "^:delegation :remote \"m\" f",
            "^{:delegation [:remote \"m\"]} f",
        );
    }

    #[test]
    fn annotations_stay_attached() {
        check(
            "(fn [n:int  [a b]:[:tuple :int :int] x : T]:[:vector T]? n)",
            "(fn [n:int [a b]: [:tuple :int :int] x : T]: [:vector T]? n)",
        );
        check("[x :int 10]", "[x :int 10]");
    }

    #[test]
    fn forms_without_a_place_are_never_glued() {
        let span = Span::default();
        let keyword = Form::new(FormKind::Keyword("int".into()), span);
        let form = Form::new(
            FormKind::Vector(vec![Form::symbol("n", span), keyword]),
            span,
        );
        assert_eq!(print_form(&form), "[n :int]");
    }
}
