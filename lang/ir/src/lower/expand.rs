//! Expansion: forms to forms without derived forms and macro calls, outside in.
//!
//! Expansion does not enter quoted data, and only the evaluated parts of quasiquoted data.

use rtfs_syntax::{Diagnostic, Form, FormKind, ParseErrorKind, Span};

use super::definitions::without_metadata;
use super::expansion_chain::Chain;
use super::macros::{Budget, Macros};
use super::special::Special;
use super::thread::Derived;
use super::{LowerOptions, MAX_EXPANDED_NESTING, codes, malformed};
use crate::guard::nested;

/// Forms after expansion.
pub(super) struct Expansion {
    pub(super) forms: Vec<Form>,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// The macros at the end of the program.
    pub(super) macros: Macros,
    /// What was expanded where.
    pub(super) chain: Chain,
}

/// Expands a program.
pub(super) fn expand(forms: &[Form], options: &LowerOptions<'_>) -> Expansion {
    let mut expander = Expander {
        options,
        diagnostics: Vec::new(),
        macros: options
            .environment
            .map(|environment| environment.macros.for_another_text())
            .unwrap_or_default(),
        budget: Budget::default(),
        chain: Chain::default(),
        depth: 0,
    };
    let forms = expander.top_forms(forms.to_vec());
    Expansion {
        forms,
        diagnostics: expander.diagnostics,
        macros: expander.macros,
        chain: expander.chain,
    }
}

pub(super) struct Expander<'a> {
    pub(super) options: &'a LowerOptions<'a>,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) macros: Macros,
    pub(super) budget: Budget,
    pub(super) chain: Chain,
    pub(super) depth: usize,
}

impl Expander<'_> {
    /// The forms of the top level. Of macro definitions only the value of a last one stays.
    fn top_forms(&mut self, forms: Vec<Form>) -> Vec<Form> {
        let end = forms.last().map(|form| form.span);
        let mut expanded: Vec<Form> = Vec::with_capacity(forms.len());
        let mut ends_with_macro = false;
        for form in forms {
            let form = self.top_form(form);
            ends_with_macro = form.is_none();
            expanded.extend(form);
        }
        if ends_with_macro {
            expanded.extend(end.map(|span| Form::new(FormKind::Nil, span)));
        }
        expanded
    }

    /// A form of the top level or of a module; `None` for a macro definition.
    fn top_form(&mut self, form: Form) -> Option<Form> {
        if self.depth >= MAX_EXPANDED_NESTING {
            return Some(self.form(form));
        }
        self.depth += 1;
        let expanded = nested(|| self.top_form_inside(form));
        self.depth -= 1;
        expanded
    }

    fn top_form_inside(&mut self, form: Form) -> Option<Form> {
        let span = form.span;
        let name = called_name(without_metadata(&form)).map(str::to_owned);
        let special = name.as_deref().and_then(Special::named);
        match (form.kind, special) {
            (kind, Some(Special::DefMacro)) => {
                let form = Form::new(kind, span);
                if let Some(items) = without_metadata(&form).as_list() {
                    self.define_macro(items, span);
                }
                None
            }
            (
                FormKind::Meta {
                    meta,
                    delegation,
                    form,
                },
                Some(Special::Do | Special::Module),
            ) => {
                let kind = FormKind::Meta {
                    meta: Box::new(self.form(*meta)),
                    delegation,
                    form: Box::new(self.top_form(*form)?),
                };
                Some(Form::new(kind, span))
            }
            (FormKind::List(items), Some(Special::Do)) if items.len() > 1 => {
                let mut items = items.into_iter();
                let mut all: Vec<Form> = items.next().into_iter().collect();
                all.extend(self.top_forms(items.collect()));
                Some(Form::new(FormKind::List(all), span))
            }
            (FormKind::List(items), Some(Special::Module)) => {
                Some(Form::new(FormKind::List(self.module(items)), span))
            }
            (FormKind::List(items), None) => match self.call_expanded(items, name.as_deref(), span)
            {
                Ok(form) => {
                    self.budget.depth += 1;
                    let form = self.top_form(form);
                    self.chain.leave();
                    self.budget.depth -= 1;
                    form
                }
                Err(items) => Some(Form::new(FormKind::List(self.forms(items)), span)),
            },
            (kind, _) => Some(self.form(Form::new(kind, span))),
        }
    }

    /// The body of a module, which sees the library only. Its macros stay in it.
    fn module(&mut self, items: Vec<Form>) -> Vec<Form> {
        let outside = std::mem::take(&mut self.macros);
        let items = items
            .into_iter()
            .filter_map(|item| self.top_form(item))
            .collect();
        self.macros = outside;
        items
    }

    pub(super) fn form(&mut self, form: Form) -> Form {
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

    pub(super) fn forms(&mut self, forms: Vec<Form>) -> Vec<Form> {
        forms.into_iter().map(|form| self.form(form)).collect()
    }

    /// What a call of a macro or derived form stands for, not expanded further, and entered in the
    /// chain; the items again when it is neither.
    fn call_expanded(
        &mut self,
        mut items: Vec<Form>,
        name: Option<&str>,
        span: Span,
    ) -> Result<Form, Vec<Form>> {
        let Some(name) = name else { return Err(items) };
        if let Some(called) = self.macros.0.get(name).cloned() {
            let form = self.macro_call(name, &called, &items[1..], span);
            self.chain.enter(name, called.at, span);
            return Ok(form.unwrap_or_else(|| Form::new(FormKind::Nil, span)));
        }
        let Some(derived) = Derived::named(name) else {
            return Err(items);
        };
        items.remove(0);
        self.chain.enter_derived();
        Ok(match derived.expand(name, items, span, self.depth) {
            Ok(form) => form,
            Err(diagnostic) => {
                self.diagnostics.push(diagnostic);
                Form::new(FormKind::Nil, span)
            }
        })
    }

    fn list(&mut self, items: Vec<Form>, span: Span) -> Form {
        let name = items.first().and_then(Form::as_symbol).map(str::to_owned);
        match name.as_deref().and_then(Special::named) {
            None => match self.call_expanded(items, name.as_deref(), span) {
                Ok(form) => {
                    self.budget.depth += 1;
                    let form = self.form(form);
                    self.chain.leave();
                    self.budget.depth -= 1;
                    form
                }
                Err(items) => Form::new(FormKind::List(self.forms(items)), span),
            },
            Some(Special::Quote) => Form::new(FormKind::List(items), span),
            Some(Special::Quasiquote) => {
                let items = items
                    .into_iter()
                    .map(|item| self.template(item, 0))
                    .collect();
                Form::new(FormKind::List(items), span)
            }
            Some(Special::DefMacro) => {
                let message = "`defmacro` stands at the top level or directly in a module";
                let found = malformed(codes::MACRO_PLACE, span, message);
                self.diagnostics.push(
                    found.with_help("macros are expanded before anything runs, so they cannot depend on where they stand"),
                );
                Form::new(FormKind::Nil, span)
            }
            Some(_) => Form::new(FormKind::List(self.forms(items)), span),
        }
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
                        .map(|(key, value)| {
                            (self.template(key, level), self.template(value, level))
                        })
                        .collect(),
                ),
                other => other,
            };
            Form::new(kind, span)
        })
    }
}

/// The symbol at the head of a list.
fn called_name(form: &Form) -> Option<&str> {
    form.as_list()?.first()?.as_symbol()
}
