//! Values as they are typed: RTFS literals.

use rtfs_eval::PureHost;
use rtfs_syntax::{Diagnostic, Form, FormKind};
use rtfs_value::Value;

/// Far more than any literal of the longest command line takes.
const MAX_STEPS: u64 = 100_000_000;

/// Reads one literal. Nothing that would have to be evaluated is one, so a text that comes from
/// elsewhere cannot turn into a program.
pub(crate) fn parse(text: &str) -> Result<Value, String> {
    let read = rtfs_syntax::read(text);
    if let Some(diagnostic) = read.diagnostics.iter().find(|it| Diagnostic::is_error(it)) {
        return Err(diagnostic.message.clone());
    }
    let [form] = read.forms.as_slice() else {
        return Err(match read.forms.len() {
            0 => "it is empty; write a value".to_owned(),
            n => format!("it holds {n} values; write one, as in `[1 2]`"),
        });
    };
    check(form)?;
    let lowered = rtfs_ir::lower(&read.forms, &rtfs_eval::lower_options());
    let Some(program) = lowered.program else {
        let error = lowered.diagnostics.into_iter().find(Diagnostic::is_error);
        return Err(error.map_or_else(|| "it is no value".to_owned(), |error| error.message));
    };
    let limits = rtfs_eval::Limits {
        steps: Some(MAX_STEPS),
        ..rtfs_eval::Limits::default()
    };
    let outcome = rtfs_eval::evaluate(&program, &mut PureHost, &limits);
    outcome.result.map_err(|error| error.text().to_owned())
}

/// The reader bounds the nesting, so recursion is safe.
fn check(form: &Form) -> Result<(), String> {
    match &form.kind {
        FormKind::Nil
        | FormKind::Bool(_)
        | FormKind::Int(_)
        | FormKind::Float(_)
        | FormKind::Str(_)
        | FormKind::Keyword(_)
        | FormKind::Timestamp(_)
        | FormKind::Uuid(_)
        | FormKind::Resource(_) => Ok(()),
        FormKind::Vector(items) => items.iter().try_for_each(check),
        FormKind::Map(entries) => entries.iter().try_for_each(|(key, value)| {
            check(key)?;
            check(value)
        }),
        FormKind::List(items) if items.is_empty() => Ok(()),
        // Quoted data are data, whatever they hold.
        FormKind::List(items) if items[0].as_symbol() == Some("quote") => Ok(()),
        FormKind::List(_) => Err("it is an expression; write a value, or quote it: `'(…)`".into()),
        FormKind::Symbol(name) => Err(format!(
            "`{name}` is a name; write a string with quotes of its own, as in '\"{name}\"'"
        )),
        _ => Err("it is no literal".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_values() {
        for text in [
            "1",
            "-2.5",
            "nil",
            "true",
            "\"a b\"",
            ":key",
            "[1 [2 {:a \"b\"}]]",
            "{:a 1 :b [2]}",
            "()",
        ] {
            let value = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(rtfs_value::readable(&value), text);
        }
        let quoted = parse("'(1 x)").map(|value| rtfs_value::readable(&value));
        assert_eq!(quoted.as_deref(), Ok("(1 x)"));
    }

    #[test]
    fn what_must_be_evaluated_is_none() {
        for text in [
            "(+ 1 2)", "x", "[1 (f)]", "{:a y}", "1 2", "", "(1", "^:a 1", "@r", "`(1 ~x)",
        ] {
            assert!(parse(text).is_err(), "{text} was taken");
        }
    }
}
