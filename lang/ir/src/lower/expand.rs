//! Expansion: forms to forms without derived forms and macro calls, outside in.
//!
//! Expansion does not enter quoted data, and only the evaluated parts of quasiquoted data.

use rtfs_syntax::{Diagnostic, Form, FormKind, ParseErrorKind};

use super::special::Special;
use super::thread::Derived;
use super::{MAX_EXPANDED_NESTING, codes};
use crate::guard::nested;

/// Forms after expansion.
pub(super) struct Expansion {
    pub(super) forms: Vec<Form>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// Expands a program.
pub(super) fn expand(forms: &[Form]) -> Expansion {
    let mut expander = Expander {
        diagnostics: Vec::new(),
        depth: 0,
    };
    let forms = forms
        .iter()
        .map(|form| expander.form(form.clone()))
        .collect();
    Expansion {
        forms,
        diagnostics: expander.diagnostics,
    }
}

struct Expander {
    diagnostics: Vec<Diagnostic>,
    depth: usize,
}

impl Expander {
    fn form(&mut self, form: Form) -> Form {
        let is_leaf = !matches!(
            form.kind,
            FormKind::List(_) | FormKind::Vector(_) | FormKind::Map(_) | FormKind::Meta { .. }
        );
        if is_leaf {
            return form;
        }
        if self.depth >= MAX_EXPANDED_NESTING {
            let message = format!("expansion nests more than {MAX_EXPANDED_NESTING} levels deep");
            self.diagnostics.push(Diagnostic::error(
                codes::NESTING,
                ParseErrorKind::CustomError,
                message,
                form.span,
            ));
            return Form::new(FormKind::Nil, form.span);
        }
        self.depth += 1;
        let form = nested(|| self.compound(form));
        self.depth -= 1;
        form
    }

    fn compound(&mut self, form: Form) -> Form {
        let span = form.span;
        let kind = match form.kind {
            FormKind::List(items) => return self.list(items, span),
            FormKind::Vector(items) => FormKind::Vector(self.forms(items)),
            FormKind::Map(entries) => FormKind::Map(
                entries
                    .into_iter()
                    .map(|(key, value)| (self.form(key), self.form(value)))
                    .collect(),
            ),
            FormKind::Meta {
                meta,
                delegation,
                form,
            } => FormKind::Meta {
                meta: Box::new(self.form(*meta)),
                delegation,
                form: Box::new(self.form(*form)),
            },
            other => other,
        };
        Form::new(kind, span)
    }

    fn forms(&mut self, forms: Vec<Form>) -> Vec<Form> {
        forms.into_iter().map(|form| self.form(form)).collect()
    }

    fn list(&mut self, mut items: Vec<Form>, span: rtfs_syntax::Span) -> Form {
        let name = items.first().and_then(Form::as_symbol).map(str::to_owned);
        if let Some(name) = name {
            if let Some(derived) = Derived::named(&name) {
                items.remove(0);
                return match derived.expand(&name, items, span, self.depth) {
                    Ok(form) => self.form(form),
                    Err(diagnostic) => {
                        self.diagnostics.push(diagnostic);
                        Form::new(FormKind::Nil, span)
                    }
                };
            }
            match Special::named(&name) {
                Some(Special::Quote) => return Form::new(FormKind::List(items), span),
                Some(Special::Quasiquote) => {
                    let items = items
                        .into_iter()
                        .map(|item| self.template(item, 0))
                        .collect();
                    return Form::new(FormKind::List(items), span);
                }
                _ => {}
            }
        }
        Form::new(FormKind::List(self.forms(items)), span)
    }

    /// The evaluated parts of a quasiquoted form.
    fn template(&mut self, form: Form, level: u32) -> Form {
        let span = form.span;
        nested(|| {
            let kind = match form.kind {
                FormKind::List(items) => {
                    let special = items
                        .first()
                        .and_then(Form::as_symbol)
                        .and_then(Special::named);
                    let level = match special {
                        Some(Special::Unquote | Special::UnquoteSplicing) if level == 0 => {
                            return Form::new(FormKind::List(self.forms(items)), span);
                        }
                        Some(Special::Unquote | Special::UnquoteSplicing) => level - 1,
                        Some(Special::Quasiquote) => level + 1,
                        _ => level,
                    };
                    FormKind::List(
                        items
                            .into_iter()
                            .map(|item| self.template(item, level))
                            .collect(),
                    )
                }
                FormKind::Vector(items) => FormKind::Vector(
                    items
                        .into_iter()
                        .map(|item| self.template(item, level))
                        .collect(),
                ),
                FormKind::Map(entries) => FormKind::Map(
                    entries
                        .into_iter()
                        .map(|(key, value)| (key, self.template(value, level)))
                        .collect(),
                ),
                other => other,
            };
            Form::new(kind, span)
        })
    }
}
