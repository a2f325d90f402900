//! `try` with its `catch` and `finally` clauses.

use rtfs_syntax::{Diagnostic, Form, ParseErrorKind, Span};
use rtfs_value::error::{ErrorKind, Family};

use super::scope::Scope;
use super::{Lowerer, codes, malformed, missing};
use crate::node::{CatchClause, CatchSelector, Node, NodeKind};

/// A `catch` clause after its head was read.
struct CatchForm<'f> {
    selector: CatchSelector,
    binding: Option<&'f Form>,
    body: &'f [Form],
}

impl Lowerer<'_> {
    /// `(try body … (catch …) … (finally …))`.
    pub(super) fn try_form(&mut self, items: &[Form], span: Span) -> Node {
        let forms = &items[1..];
        let n_body = forms.iter().position(is_clause).unwrap_or(forms.len());
        let (body, clauses) = forms.split_at(n_body);
        if clauses.is_empty() {
            self.report(
                missing(
                    codes::TRY,
                    span,
                    "`try` needs a `catch` or a `finally` clause",
                )
                .with_help("write (try … (catch e (getMessage e)))"),
            );
            return self.nil(span);
        }
        let (catches, finally) = self.clauses(clauses);
        let body = Box::new(self.maybe_skipped(|this| this.sequence(body, span)));
        let catches = self.alternatives(catches, |this, catch| this.catch_clause(&catch));
        let finally = finally.map(|forms| Box::new(self.sequence(&forms[1..], span)));
        self.node(
            span,
            NodeKind::Try {
                body,
                catches,
                finally,
            },
        )
    }

    fn clauses<'f>(&mut self, clauses: &'f [Form]) -> (Vec<CatchForm<'f>>, Option<&'f [Form]>) {
        let mut catches = Vec::new();
        let mut finally = None;
        for (index, form) in clauses.iter().enumerate() {
            let items = form.as_list().unwrap_or_default();
            if !is_clause(form) {
                let message = "only `catch` and `finally` clauses can follow a `catch` clause";
                self.report(malformed(codes::TRY, form.span, message));
            } else if form.is_call_of("catch") {
                catches.extend(self.catch_form(items, form.span));
            } else {
                if index + 1 < clauses.len() {
                    let message = "`finally` is the last clause of `try`, and stands once";
                    self.report(malformed(codes::TRY, form.span, message));
                }
                if items.len() < 2 {
                    self.report(missing(codes::TRY, form.span, "`finally` needs a body"));
                }
                finally = Some(items).filter(|items| items.len() >= 2);
            }
        }
        (catches, finally)
    }

    /// Reads which errors a clause takes, what it binds and its body.
    fn catch_form<'f>(&mut self, items: &'f [Form], span: Span) -> Option<CatchForm<'f>> {
        let form = match items {
            [_, kind, binding, body @ ..] if kind.as_keyword().is_some() => {
                if binding.as_symbol().is_none() {
                    let message = "a name for the error must follow the kind";
                    self.report(
                        malformed(codes::TRY, binding.span, message)
                            .with_help("write `_` when the body does not need the error"),
                    );
                    return None;
                }
                let name = kind.as_keyword().unwrap_or_default().to_owned();
                CatchForm {
                    selector: CatchSelector::Keyword(name),
                    binding: Some(binding),
                    body,
                }
            }
            [_, first, second] if first.as_symbol().is_some() && second.as_symbol().is_some() => {
                match class_selector(first) {
                    Some(selector) => CatchForm {
                        selector,
                        binding: None,
                        body: &items[2..],
                    },
                    None => catch_all(first, &items[2..]),
                }
            }
            [_, class, binding, body @ ..]
                if class.as_symbol().is_some() && binding.as_symbol().is_some() =>
            {
                let selector = class_selector(class).unwrap_or(CatchSelector::All);
                CatchForm {
                    selector,
                    binding: Some(binding),
                    body,
                }
            }
            [_, binding, body @ ..] if binding.as_symbol().is_some() => {
                self.warn_class_as_name(binding);
                catch_all(binding, body)
            }
            _ => {
                let finding = if items.len() > 1 { malformed } else { missing };
                self.report(
                    finding(
                        codes::TRY,
                        span,
                        "`catch` needs a class or kind, a name, and a body",
                    )
                    .with_help(
                        "write (catch e body), (catch HostError e body) or (catch :kind e body)",
                    ),
                );
                return None;
            }
        };
        if form.body.is_empty() {
            self.report(
                missing(
                    codes::TRY,
                    span,
                    "`catch` needs a body after the name of the error",
                )
                .with_help("write nil when it has nothing to do"),
            );
            return None;
        }
        Some(form)
    }

    fn warn_class_as_name(&mut self, binding: &Form) {
        let Some(name) = binding.as_symbol().filter(|name| *name != "_") else {
            return;
        };
        if class_selector(binding).is_none_or(|selector| selector == CatchSelector::All) {
            return;
        }
        self.report(
            Diagnostic::warning(
                codes::CATCH_CLASS,
                ParseErrorKind::CustomError,
                format!("this takes every error and binds it to `{name}`"),
                binding.span,
            )
            .with_help(format!(
                "to take only these errors, add a name: (catch {name} e …)"
            )),
        );
    }

    fn catch_clause(&mut self, form: &CatchForm<'_>) -> CatchClause {
        self.scopes.push(Scope::Names(Vec::new()));
        let binding = form
            .binding
            .and_then(|binding| self.bind_name(binding.as_symbol()?, binding.span));
        let span = form
            .body
            .first()
            .map_or(Span::default(), |first| first.span);
        let body = self.sequence(form.body, span);
        self.scopes.pop();
        CatchClause {
            selector: form.selector.clone(),
            binding,
            body,
        }
    }
}

fn is_clause(form: &Form) -> bool {
    form.is_call_of("catch") || form.is_call_of("finally")
}

fn catch_all<'f>(binding: &'f Form, body: &'f [Form]) -> CatchForm<'f> {
    CatchForm {
        selector: CatchSelector::All,
        binding: Some(binding),
        body,
    }
}

/// The errors of a class name; `None` for names that are no class.
fn class_selector(form: &Form) -> Option<CatchSelector> {
    let name = form.as_symbol()?;
    if matches!(name, "Exception" | "Error" | "Throwable" | "_") {
        return Some(CatchSelector::All);
    }
    if let Some(family) = Family::from_class(name) {
        return Some(CatchSelector::Family(family));
    }
    ErrorKind::from_class(name).map(CatchSelector::Kind)
}
