//! `let`: reading the binding vector, and the scopes of its bindings.

use rtfs_syntax::{Form, FormKind, Span};

use super::annotation::{self, NoType};
use super::function::{LambdaContext, is_function_literal, no_type};
use super::scope::{Scope, VarId};
use super::{Lowerer, codes, malformed, missing};
use crate::node::{LetBinding, Node, NodeKind, Pattern};

/// One binding of the vector.
struct BindingForm<'f> {
    pattern: &'f Form,
    annotation: Option<&'f Form>,
    init: &'f Form,
    /// For a function binding: its variable, made before any init is lowered.
    function: Option<VarId>,
}

impl Lowerer<'_> {
    /// `(let [pattern init …] body …)`.
    pub(super) fn let_form(&mut self, items: &[Form], span: Span) -> Node {
        let Some(vector) = items.get(1) else {
            return self.incomplete(
                codes::LET,
                span,
                "`let` needs a vector of bindings and a body",
            );
        };
        let Some(forms) = vector.as_vector() else {
            self.report(
                malformed(
                    codes::LET,
                    vector.span,
                    "the bindings of `let` stand in a vector",
                )
                .with_help("write (let [name value] body)"),
            );
            return self.nil(span);
        };
        let bindings = self.binding_forms(forms, vector.span);
        if items.len() < 3 {
            self.report(
                missing(codes::LET, span, "`let` needs a body after its bindings").with_help(
                    "write the form that uses the bindings before the closing parenthesis",
                ),
            );
            return self.nil(span);
        }
        let Some(bindings) = bindings else {
            // Names are unknown, so the body would only produce follow-up findings.
            return self.nil(span);
        };
        self.bindings_and_body(bindings, &items[2..], span)
    }

    fn bindings_and_body(
        &mut self,
        mut forms: Vec<BindingForm<'_>>,
        body: &[Form],
        span: Span,
    ) -> Node {
        let mut later = Vec::new();
        for form in &mut forms {
            if let Some(name) = function_binding_name(form.pattern, form.init) {
                let var = self.scopes.variable(name);
                form.function = Some(var);
                later.push((name.to_owned(), var));
            }
        }
        let cells: Vec<_> = later.iter().map(|(_, var)| var.as_slot()).collect();
        self.scopes.push(Scope::Let {
            bound: Vec::new(),
            later,
            in_function_binding: false,
        });
        let bindings: Vec<LetBinding> = forms
            .iter()
            .enumerate()
            .map(|(index, form)| self.binding(index, form))
            .collect();
        let body = Box::new(self.body(body, span));
        self.scopes.pop();
        let bound = self.node(span, NodeKind::Let { bindings, body });
        if cells.is_empty() {
            return bound;
        }
        self.node(
            span,
            NodeKind::Scope {
                cells,
                body: Box::new(bound),
            },
        )
    }

    fn binding(&mut self, index: usize, form: &BindingForm<'_>) -> LetBinding {
        let annotation = form.annotation.and_then(|form| self.type_form(form));
        let symbol = form.pattern.as_symbol();
        let name = symbol.map_or_else(|| index.to_string(), str::to_owned);
        if let (Some(var), Some(symbol)) = (form.function, symbol) {
            let init = self.function_binding(symbol, var, form.init);
            if let Some(Scope::Let { bound, later, .. }) = self.scopes.innermost() {
                later.retain(|(_, known)| *known != var);
                bound.push((symbol.to_owned(), var));
            }
            self.check_name(symbol, form.pattern.span);
            return LetBinding {
                pattern: Pattern::Var(var.as_slot()),
                name,
                annotation,
                init,
            };
        }
        let init = self.expression(form.init);
        let pattern = self.binding_pattern(form.pattern);
        LetBinding {
            pattern,
            name,
            annotation,
            init,
        }
    }

    /// The init of a function binding: it sees its own name, earlier bindings, and later function
    /// bindings.
    fn function_binding(&mut self, name: &str, var: VarId, init: &Form) -> Node {
        if let Some(Scope::Let {
            in_function_binding,
            ..
        }) = self.scopes.innermost()
        {
            *in_function_binding = true;
        }
        self.scopes.push(Scope::SelfName(name.to_owned(), var));
        let context = LambdaContext {
            name: Some(name),
            own: Some(var),
            symbols_only: false,
        };
        let init = self.named_function(init, context);
        self.scopes.pop();
        if let Some(Scope::Let {
            in_function_binding,
            ..
        }) = self.scopes.innermost()
        {
            *in_function_binding = false;
        }
        init
    }

    /// Splits the vector into bindings, or reports why it cannot be split.
    fn binding_forms<'f>(&mut self, forms: &'f [Form], span: Span) -> Option<Vec<BindingForm<'f>>> {
        let readable = readable_tails(forms);
        if !readable[0] {
            self.report_unreadable(forms, span);
            return None;
        }
        let mut bindings = Vec::new();
        let mut index = 0;
        while let Some(pattern) = forms.get(index) {
            let (annotation, init, next) =
                readings(forms, index).find(|(_, _, next)| readable[*next])?;
            bindings.push(BindingForm {
                pattern,
                annotation,
                init,
                function: None,
            });
            index = next;
        }
        Some(bindings)
    }

    /// Finds the first thing in a binding vector that fits no reading.
    fn report_unreadable(&mut self, forms: &[Form], span: Span) {
        let mut index = 0;
        while let Some(pattern) = forms.get(index) {
            if !can_be_pattern(pattern) {
                let message = "a name or a pattern must stand here, before its value";
                self.report(
                    malformed(codes::LET, pattern.span, message)
                        .with_help("bindings are pairs: [name value name value]"),
                );
                return;
            }
            if let Err(NoType { colon }) = annotation::behind(forms, index) {
                return self.report(no_type(colon));
            }
            // The plain reading last: it is the one that goes furthest in wrong vectors.
            match readings(forms, index).last() {
                Some((_, _, next)) => index = next,
                None => {
                    self.report(
                        missing(
                            codes::LET,
                            pattern.span,
                            "the value of this binding is missing",
                        )
                        .with_label("no value")
                        .with_help("bindings are pairs: [name value name value]"),
                    );
                    return;
                }
            }
        }
        self.report(malformed(codes::LET, span, "these bindings cannot be read"));
    }
}

/// The name of a function binding: a plain symbol bound to a literal function.
fn function_binding_name<'f>(pattern: &'f Form, init: &Form) -> Option<&'f str> {
    pattern
        .as_symbol()
        .filter(|name| *name != "_" && is_function_literal(init))
}

/// Whether a form can stand where a binding pattern is expected.
pub(super) fn can_be_pattern(form: &Form) -> bool {
    matches!(
        form.kind,
        FormKind::Symbol(_) | FormKind::Vector(_) | FormKind::Map(_)
    )
}

/// For each index, whether the rest of the vector can be read as bindings.
fn readable_tails(forms: &[Form]) -> Vec<bool> {
    let mut readable = vec![false; forms.len() + 1];
    readable[forms.len()] = true;
    for index in (0..forms.len()).rev() {
        readable[index] = can_be_pattern(&forms[index])
            && readings(forms, index).any(|(_, _, next)| readable[next]);
    }
    readable
}

/// The readings of the binding at `index`, annotated first: type, init and the next index.
fn readings(forms: &[Form], index: usize) -> impl Iterator<Item = (Option<&Form>, &Form, usize)> {
    let annotation = annotation::behind(forms, index).ok().flatten();
    let annotated = annotation.and_then(|found| {
        let init = forms.get(found.next).filter(|form| can_be_value(form))?;
        Some((Some(found.form), init, found.next + 1))
    });
    let plain = forms
        .get(index + 1)
        .filter(|form| can_be_value(form) && annotation.is_none_or(|found| !found.certain))
        .map(|init| (None, init, index + 2));
    annotated.into_iter().chain(plain)
}

fn can_be_value(form: &Form) -> bool {
    !matches!(
        form.kind,
        FormKind::Ampersand | FormKind::Colon | FormKind::Optional(_)
    )
}
