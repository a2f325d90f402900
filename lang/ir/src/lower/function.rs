//! `fn`, `lambda` and the function part of `defn`.

use rtfs_syntax::{Diagnostic, Form, FormKind, Span};
use rtfs_value::types::Type;

use super::annotation::{self, NoType};
use super::place::LambdaVars;
use super::scope::{Scope, VarId};
use super::{Lowerer, codes, malformed, missing};
use crate::node::{DelegationHint, Lambda, Node, NodeKind, Param, RestParam};

/// What a lambda gets from where it stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LambdaContext<'n> {
    /// The name it is defined or bound to.
    pub(super) name: Option<&'n str>,
    /// The variable that holds it, when its body may call itself directly.
    pub(super) own: Option<VarId>,
    /// Its parameters must be symbols (`lambda`).
    pub(super) symbols_only: bool,
}

/// The pieces of a function form.
pub(super) struct FunctionForm<'f> {
    pub(super) params: &'f [Form],
    pub(super) result: Option<&'f Form>,
    pub(super) body: &'f [Form],
    pub(super) hint: Option<DelegationHint>,
}

/// A parameter vector before its names are bound.
pub(super) struct ParamForms<'f> {
    pub(super) fixed: Vec<(&'f Form, Option<&'f Form>)>,
    pub(super) rest: Option<(&'f str, Option<&'f Form>)>,
}

/// Whether a form is literally a function: `fn`, `λ`, `lambda` or `#()`, metadata aside.
pub(super) fn is_function_literal(form: &Form) -> bool {
    let form = super::definitions::without_metadata(form);
    form.is_call_of("fn") || form.is_call_of("lambda") || form.is_call_of("λ")
}

impl Lowerer<'_> {
    /// `(fn [params] body …)`, `(lambda [params] body …)`.
    pub(super) fn function(
        &mut self,
        items: &[Form],
        span: Span,
        context: LambdaContext<'_>,
        hint: Option<DelegationHint>,
    ) -> Node {
        let head = items[0].as_symbol().unwrap_or("fn");
        let context = LambdaContext {
            symbols_only: head == "lambda",
            ..context
        };
        match self.function_parts(head, codes::FN, &items[1..], span, hint) {
            Some(parts) => self.lambda(&parts, span, context),
            None => self.nil(span),
        }
    }

    /// Splits `[params] type? body …`, reporting what does not fit.
    pub(super) fn function_parts<'f>(
        &mut self,
        head: &str,
        code: &'static str,
        forms: &'f [Form],
        span: Span,
        hint: Option<DelegationHint>,
    ) -> Option<FunctionForm<'f>> {
        let Some(first) = forms.first() else {
            let message = format!("`{head}` needs a parameter vector and a body");
            self.report(
                missing(code, span, message).with_help("write [] when there are no parameters"),
            );
            return None;
        };
        let (vector, hint) = self.under_hint(first, hint);
        let FormKind::Vector(params) = &vector.kind else {
            let message = format!("`{head}` needs a parameter vector here");
            let help = match vector.kind {
                FormKind::List(_) if code == codes::DEFN => {
                    "parameters stand in square brackets, and a function has one parameter vector"
                }
                FormKind::List(_) => "parameters stand in square brackets: [a b]",
                FormKind::Str(_) => "there are no docstrings: write a comment before the function",
                _ => "write [] when there are no parameters",
            };
            self.report(malformed(code, vector.span, message).with_help(help));
            return None;
        };
        let (result, body_start) = match annotation::behind(forms, 0) {
            // A keyword with nothing behind it is the body itself.
            Ok(Some(found)) if found.next < forms.len() => (Some(found.form), found.next),
            Ok(Some(found)) if matches!(forms[1].kind, FormKind::Colon) => {
                (Some(found.form), found.next)
            }
            Ok(_) => (None, 1),
            Err(NoType { colon }) => {
                self.report(no_type(colon));
                return None;
            }
        };
        let body = &forms[body_start..];
        if body.is_empty() {
            let message = format!("`{head}` needs a body after its parameters");
            self.report(
                missing(code, span, message).with_help("write nil when it has nothing to do"),
            );
            return None;
        }
        Some(FunctionForm {
            params,
            result,
            body,
            hint,
        })
    }

    /// The lambda node of a function form.
    pub(super) fn lambda(
        &mut self,
        parts: &FunctionForm<'_>,
        span: Span,
        context: LambdaContext<'_>,
    ) -> Node {
        let forms = self.param_forms(parts.params, context.symbols_only);
        let result = parts.result.and_then(|form| self.type_form(form));
        self.scopes.push(Scope::Lambda);
        self.scopes.push(Scope::Names(Vec::new()));
        let outside = std::mem::take(&mut self.scopes.conditional);
        let mut vars = LambdaVars {
            params: Vec::new(),
            own: context.own,
        };
        let params = self.params(&forms.fixed, &mut vars);
        let rest = forms.rest.map(|(name, annotation)| {
            vars.params.push(match name {
                "_" => self.scopes.variable(""),
                name => self.scopes.bind(name),
            });
            RestParam {
                name: name.to_owned(),
                annotation: annotation.and_then(|form| self.type_form(form)),
            }
        });
        let body = self.body(parts.body, span);
        self.scopes.conditional = outside;
        self.scopes.pop();
        self.scopes.pop();
        let lambda = Lambda {
            name: context.name.map(str::to_owned),
            params,
            rest,
            result,
            slots: Vec::new(),
            captures: Vec::new(),
            hint: parts.hint.clone(),
            body,
        };
        let node = self.node(span, NodeKind::Lambda(Box::new(lambda)));
        self.lambdas.insert(node.id, vars);
        node
    }

    /// Binds the fixed parameters.
    fn params(&mut self, forms: &[(&Form, Option<&Form>)], vars: &mut LambdaVars) -> Vec<Param> {
        let mut params = Vec::with_capacity(forms.len());
        for (index, (form, annotation)) in forms.iter().enumerate() {
            let annotation: Option<Type> = annotation.and_then(|form| self.type_form(form));
            let symbol = form.as_symbol().filter(|name| *name != "_");
            let (name, var, pattern) = match symbol {
                Some(name) => {
                    self.check_name(name, form.span);
                    (name.to_owned(), self.scopes.bind(name), None)
                }
                None if form.as_symbol().is_some() => {
                    ("_".to_owned(), self.scopes.variable(""), None)
                }
                None => {
                    let pattern = self.binding_pattern(form);
                    (index.to_string(), self.scopes.variable(""), Some(pattern))
                }
            };
            vars.params.push(var);
            params.push(Param {
                name,
                annotation,
                pattern,
            });
        }
        params
    }

    /// Splits a parameter vector.
    pub(super) fn param_forms<'f>(
        &mut self,
        forms: &'f [Form],
        symbols_only: bool,
    ) -> ParamForms<'f> {
        let mut parsed = ParamForms {
            fixed: Vec::new(),
            rest: None,
        };
        let mut index = 0;
        while let Some(form) = forms.get(index) {
            if matches!(form.kind, FormKind::Ampersand) {
                parsed.rest = self.rest_param(forms, index);
                break;
            }
            if !super::binding::can_be_pattern(form) {
                let mut error = malformed(
                    codes::PARAMETERS,
                    form.span,
                    "a parameter is a symbol or a pattern",
                );
                if matches!(form.kind, FormKind::Keyword(_)) {
                    error.help = Some("a type stands behind its parameter: [n:int]".to_owned());
                }
                self.report(error);
                index += 1;
                continue;
            }
            if symbols_only && form.as_symbol().is_none() {
                self.report(
                    malformed(
                        codes::LAMBDA_PARAMETERS,
                        form.span,
                        "lambda parameters must be symbols",
                    )
                    .with_help("use `fn` to take an argument apart"),
                );
            }
            match annotation::behind(forms, index) {
                Ok(Some(found)) => {
                    parsed.fixed.push((form, Some(found.form)));
                    index = found.next;
                }
                Ok(None) => {
                    parsed.fixed.push((form, None));
                    index += 1;
                }
                Err(NoType { colon }) => {
                    self.report(no_type(colon));
                    break;
                }
            }
        }
        parsed
    }

    /// `& name`, `& name:T`, the last thing in a parameter vector.
    fn rest_param<'f>(
        &mut self,
        forms: &'f [Form],
        ampersand: usize,
    ) -> Option<(&'f str, Option<&'f Form>)> {
        let at = ampersand + 1;
        let Some(name) = forms.get(at).and_then(Form::as_symbol) else {
            let span = forms
                .get(at)
                .map_or(forms[ampersand].span, |form| form.span);
            let finding = if forms.len() > at {
                let message = "only a symbol can follow `&` in a parameter vector";
                malformed(codes::PARAMETERS, span, message)
                    .with_help("take the rest apart in the body: (let [[a b] rest] …)")
            } else {
                let message = "the name of the other arguments is missing after `&`";
                missing(codes::PARAMETERS, span, message).with_help("write [a & others]")
            };
            self.report(finding);
            return None;
        };
        self.check_name(name, forms[at].span);
        let (annotation, next) = match annotation::behind(forms, at) {
            Ok(Some(found)) => (Some(found.form), found.next),
            Ok(None) => (None, at + 1),
            Err(NoType { colon }) => {
                self.report(no_type(colon));
                return None;
            }
        };
        if let Some(extra) = forms.get(next) {
            self.report(malformed(
                codes::PARAMETERS,
                extra.span,
                "nothing can follow the rest parameter",
            ));
        }
        Some((name, annotation))
    }
}

/// An annotation that lacks its type.
pub(super) fn no_type(colon: &Form) -> Diagnostic {
    missing(codes::TYPE, colon.span, "a type must follow this `:`")
}
