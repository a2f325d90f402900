//! Finding the names that a stretch of source defines, before any of it is lowered.
//!
//! A `def` belongs to the nearest enclosing function or `let` body, else to the top level. So the
//! search goes everywhere except into bodies of functions and of `let`, and into quoted data.

use rtfs_syntax::{Form, FormKind};

use super::special::Special;
use crate::guard::nested;

/// A definition that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Definition {
    /// `def` or `defn`.
    Value,
    /// `defstruct`.
    Struct,
    /// `declare`.
    Declared,
}

/// Calls `found` for every name that `forms` define in the scope they stand in.
pub(crate) fn collect<'f>(forms: &'f [Form], found: &mut dyn FnMut(Definition, &'f str)) {
    forms.iter().for_each(|form| collect_form(form, found));
}

/// The form under metadata.
pub(crate) fn without_metadata(form: &Form) -> &Form {
    let mut form = form;
    while let FormKind::Meta { form: inner, .. } = &form.kind {
        form = inner;
    }
    form
}

fn collect_form<'f>(form: &'f Form, found: &mut dyn FnMut(Definition, &'f str)) {
    nested(|| match &form.kind {
        FormKind::List(items) => collect_list(items, found),
        FormKind::Vector(items) => collect(items, found),
        FormKind::Map(entries) => entries.iter().for_each(|(key, value)| {
            collect_form(key, found);
            collect_form(value, found);
        }),
        FormKind::Meta { meta, form, .. } => {
            // Values of runtime hints are expressions.
            collect_form(meta, found);
            collect_form(form, found);
        }
        _ => {}
    });
}

fn collect_list<'f>(items: &'f [Form], found: &mut dyn FnMut(Definition, &'f str)) {
    let special = items
        .first()
        .and_then(Form::as_symbol)
        .and_then(Special::named);
    let mut define = |definition| {
        if let Some(name) = items
            .get(1)
            .and_then(|item| without_metadata(item).as_symbol())
        {
            found(definition, name);
        }
    };
    match special {
        Some(Special::Defn) => define(Definition::Value),
        Some(Special::DefStruct) => define(Definition::Struct),
        Some(Special::Declare) => define(Definition::Declared),
        Some(Special::Def) => {
            define(Definition::Value);
            collect(items.get(2..).unwrap_or_default(), found);
        }
        Some(Special::Let) => collect(items.get(1..2).unwrap_or_default(), found),
        Some(
            Special::Fn
            | Special::Lambda
            | Special::Quote
            | Special::DefMacro
            | Special::Module
            | Special::Import,
        ) => {}
        Some(Special::Quasiquote) => {
            items
                .iter()
                .skip(1)
                .for_each(|form| collect_holes(form, 0, found));
        }
        _ => collect(items, found),
    }
}

/// The evaluated parts of a quasiquoted form.
fn collect_holes<'f>(form: &'f Form, level: u32, found: &mut dyn FnMut(Definition, &'f str)) {
    nested(|| match &form.kind {
        FormKind::List(items) => {
            let special = items
                .first()
                .and_then(Form::as_symbol)
                .and_then(Special::named);
            match (special, level) {
                (Some(Special::Unquote | Special::UnquoteSplicing), 0) => collect(items, found),
                (Some(Special::Unquote | Special::UnquoteSplicing), _) => {
                    items
                        .iter()
                        .for_each(|item| collect_holes(item, level - 1, found));
                }
                (Some(Special::Quasiquote), _) => {
                    items
                        .iter()
                        .for_each(|item| collect_holes(item, level + 1, found));
                }
                _ => items
                    .iter()
                    .for_each(|item| collect_holes(item, level, found)),
            }
        }
        FormKind::Vector(items) => {
            items
                .iter()
                .for_each(|item| collect_holes(item, level, found));
        }
        FormKind::Map(entries) => {
            entries
                .iter()
                .for_each(|(_, value)| collect_holes(value, level, found));
        }
        _ => {}
    });
}
