//! Forms as values and back: what macros take and give.

use std::collections::BTreeMap;

use rtfs_syntax::{Form, FormKind, Span, is_symbol};
use rtfs_value::{Kind, Value, readable};

use super::MAX_EXPANDED_NESTING;
use crate::guard::nested;

/// The forms behind the values that were made of them.
///
/// A macro that passes an argument on gets it back as it was written, with its span, metadata and
/// type marks, none of which the value has. The values are kept, so that no other value can have
/// the identity of one of them.
#[derive(Debug, Default)]
pub(super) struct FormValues<'f> {
    forms: BTreeMap<(u32, u64), (Value, &'f Form)>,
}

/// Why a value is not a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NotAForm {
    /// It holds a value of this kind, which has no form.
    Kind(&'static str),
    /// It holds a symbol that no source text can have.
    Name(String),
    /// It nests deeper than forms may.
    TooDeep,
    /// It has more parts than are left.
    TooLarge,
}

impl<'f> FormValues<'f> {
    /// The value that `quote` gives of a form.
    pub(super) fn value(&mut self, form: &'f Form) -> Value {
        let value = nested(|| self.value_inside(form));
        if value.is_heap() && !is_empty(&value) {
            let key = (value.tag(), value.bits());
            self.forms.insert(key, (value.clone(), form));
        }
        value
    }

    fn value_inside(&mut self, form: &'f Form) -> Value {
        match &form.kind {
            FormKind::Nil => Value::NIL,
            FormKind::Bool(value) => Value::bool(*value),
            FormKind::Int(value) => Value::int(*value),
            FormKind::Float(value) => Value::float(*value),
            FormKind::Str(text) => Value::string(text),
            FormKind::Keyword(name) => Value::keyword(name),
            FormKind::Symbol(name) => Value::symbol(name),
            FormKind::Timestamp(text) => Value::timestamp(text),
            FormKind::Uuid(text) => Value::uuid(text),
            FormKind::Resource(text) => Value::resource(text),
            FormKind::List(items) => Value::list(self.values(items)),
            FormKind::Vector(items) => Value::vector(self.values(items)),
            FormKind::Map(entries) => self.map(entries),
            FormKind::Meta { form, .. } | FormKind::Optional(form) => self.value(form),
            FormKind::Ampersand => Value::symbol("&"),
            FormKind::Colon => Value::symbol(":"),
        }
    }

    fn values(&mut self, forms: &'f [Form]) -> Vec<Value> {
        forms.iter().map(|form| self.value(form)).collect()
    }

    /// Keys that no map can have stay away: the form of such a map comes back only as a whole.
    fn map(&mut self, entries: &'f [(Form, Form)]) -> Value {
        let mut map = rtfs_value::Map::new();
        for (key, value) in entries {
            let key = self.value(key);
            let value = self.value(value);
            // Refused keys stay away, see above.
            let _ = map.assoc(key, value);
        }
        Value::map(map)
    }

    /// The form of a value. New forms stand at `span`; each takes one from `left`.
    pub(super) fn form(
        &self,
        value: &Value,
        span: Span,
        depth: usize,
        left: &mut usize,
    ) -> Result<Form, NotAForm> {
        if depth >= MAX_EXPANDED_NESTING {
            return Err(NotAForm::TooDeep);
        }
        let known = value
            .is_heap()
            .then(|| self.forms.get(&(value.tag(), value.bits())))
            .flatten();
        if let Some((_, form)) = known {
            return copied(form, left);
        }
        take_one(left)?;
        nested(|| {
            let kind = self.kind(value, span, depth + 1, left)?;
            Ok(Form::new(kind, span))
        })
    }

    fn kind(
        &self,
        value: &Value,
        span: Span,
        depth: usize,
        left: &mut usize,
    ) -> Result<FormKind, NotAForm> {
        let text = || value.as_text().unwrap_or_default().to_owned();
        Ok(match value.kind() {
            Kind::Nil => FormKind::Nil,
            Kind::Boolean => FormKind::Bool(value.truthy()),
            Kind::Integer => FormKind::Int(value.as_int().unwrap_or_default()),
            Kind::Float => FormKind::Float(value.as_float().unwrap_or_default()),
            Kind::String => FormKind::Str(text()),
            Kind::Keyword => FormKind::Keyword(text()),
            Kind::Symbol => symbol(value.as_symbol().unwrap_or_default())?,
            Kind::Timestamp | Kind::Uuid | Kind::Resource => opaque(value),
            Kind::Vector | Kind::List => {
                let items = value.as_seq().into_iter().flat_map(|seq| seq.iter());
                let items = items
                    .map(|item| self.form(item, span, depth, left))
                    .collect::<Result<_, _>>()?;
                match value.kind() {
                    Kind::List => FormKind::List(items),
                    _ => FormKind::Vector(items),
                }
            }
            Kind::Map => {
                let mut entries = Vec::new();
                for (key, value) in value.as_map().into_iter().flatten() {
                    let key = self.form(key, span, depth, left)?;
                    entries.push((key, self.form(value, span, depth, left)?));
                }
                FormKind::Map(entries)
            }
            _ => return Err(NotAForm::Kind(value.type_name())),
        })
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_seq().is_some_and(|seq| seq.is_empty())
        || value.as_map().is_some_and(|map| map.is_empty())
}

fn opaque(value: &Value) -> FormKind {
    if let Some(text) = value.as_timestamp() {
        return FormKind::Timestamp(text.to_owned());
    }
    match value.as_uuid() {
        Some(text) => FormKind::Uuid(text.to_owned()),
        None => FormKind::Resource(value.as_resource().unwrap_or_default().to_owned()),
    }
}

fn symbol(name: &str) -> Result<FormKind, NotAForm> {
    match name {
        "&" => Ok(FormKind::Ampersand),
        ":" => Ok(FormKind::Colon),
        "nil" => Ok(FormKind::Nil),
        "true" => Ok(FormKind::Bool(true)),
        "false" => Ok(FormKind::Bool(false)),
        name if is_symbol(name) => Ok(FormKind::Symbol(name.to_owned())),
        name => Err(NotAForm::Name(readable(&Value::string(name)))),
    }
}

fn take_one(left: &mut usize) -> Result<(), NotAForm> {
    *left = left.checked_sub(1).ok_or(NotAForm::TooLarge)?;
    Ok(())
}

/// A copy of a form, its parts counted before it is made.
fn copied(form: &Form, left: &mut usize) -> Result<Form, NotAForm> {
    let mut todo = vec![form];
    while let Some(form) = todo.pop() {
        take_one(left)?;
        match &form.kind {
            FormKind::List(items) | FormKind::Vector(items) => todo.extend(items),
            FormKind::Map(entries) => {
                todo.extend(entries.iter().flat_map(|(key, value)| [key, value]));
            }
            FormKind::Meta { meta, form, .. } => todo.extend([&**meta, &**form]),
            FormKind::Optional(form) => todo.push(form),
            _ => {}
        }
    }
    Ok(form.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(source: &str) -> Form {
        let read = rtfs_syntax::read(source);
        let mut values = FormValues::default();
        let value = values.value(&read.forms[0]);
        let again = FormValues::default();
        again
            .form(&value, Span::new(0, 1), 0, &mut 1000)
            .expect("is a form")
    }

    #[test]
    fn forms_survive_the_way_through_values() {
        for source in [
            "(f [1 2.5 \"x\" :k nil true] {:a 'b \"c\" [~@d]} 2026-03-01T08:00:00Z)"
                .replace("[~@d]", "[d]"),
            "(fn [a & r] ())".to_owned(),
            "[resource://a 00000000-0000-0000-0000-000000000000]".to_owned(),
        ] {
            let read = rtfs_syntax::read(&source);
            assert_eq!(there_and_back(&source), read.forms[0], "{source}");
        }
    }

    #[test]
    fn what_was_passed_on_keeps_its_span_and_metadata() {
        let read = rtfs_syntax::read("(m ^{:a 1} (f x:[:vector :int]?))");
        let mut values = FormValues::default();
        let value = values.value(&read.forms[0]);
        let back = values.form(&value, Span::new(0, 0), 0, &mut 100);
        let back = back.expect("is a form");
        assert_eq!(back, read.forms[0]);
        assert_eq!(back.span, read.forms[0].span);
    }

    #[test]
    fn values_that_are_no_forms_are_refused() {
        let values = FormValues::default();
        let refused = |value: &Value, depth, mut left| {
            let form = values.form(value, Span::new(0, 0), depth, &mut left);
            form.expect_err("is refused")
        };
        assert_eq!(
            refused(&Value::static_fn(0), 0, 9),
            NotAForm::Kind("function")
        );
        assert_eq!(
            refused(&Value::symbol("a b"), 0, 9),
            NotAForm::Name("\"a b\"".to_owned())
        );
        assert_eq!(
            refused(&Value::NIL, MAX_EXPANDED_NESTING, 9),
            NotAForm::TooDeep
        );
        let pair = Value::list([Value::NIL, Value::NIL]);
        assert_eq!(refused(&pair, 0, 2), NotAForm::TooLarge);
    }
}
