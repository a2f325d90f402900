//! `def`, `defn`, `defstruct` and `declare`.

use rtfs_syntax::{Diagnostic, Form, FormKind, ParseErrorKind, Span};
use rtfs_value::types::Type;

use super::annotation::{self, NoType};
use super::definitions::without_metadata;
use super::function::{LambdaContext, is_function_literal, no_type};
use super::scope::{Scope, VarId};
use super::{Lowerer, codes, malformed, missing};
use crate::node::{GlobalId, Node, NodeKind};

/// Where a definition puts its value.
#[derive(Clone, Copy, Debug)]
enum Target {
    Global(GlobalId),
    Local {
        var: VarId,
        /// The only definition of this name in its body.
        single: bool,
    },
}

impl Lowerer<'_> {
    /// `(def name value)`, `(def name:T value)`.
    pub(super) fn def(&mut self, items: &[Form], span: Span) -> Node {
        let Some(name_form) = items.get(1) else {
            return self.incomplete(codes::DEF, span, "`def` needs a name and a value");
        };
        let Some(name) = self.defined_name(name_form, "def", codes::DEF) else {
            return self.nil(span);
        };
        let (annotation, value) = match annotation::behind(items, 1) {
            Err(NoType { colon }) => {
                self.report(no_type(colon));
                return self.nil(span);
            }
            Ok(Some(found)) if found.certain || items.len() > found.next => {
                (Some(found.form), found.next)
            }
            Ok(_) => (None, 2),
        };
        let Some(init) = items.get(value) else {
            self.report(
                missing(
                    codes::DEF,
                    span,
                    format!("`def` needs a value for `{name}`"),
                )
                .with_help(format!(
                    "write (def {name} nil) for a name without a useful value"
                )),
            );
            return self.nil(span);
        };
        if let Some(extra) = items.get(value + 1) {
            let message = format!("`def` takes one value, but more follows the value of `{name}`");
            self.report(
                malformed(codes::DEF, extra.span, message)
                    .with_help("group several forms with `do`; there are no docstrings"),
            );
            return self.nil(span);
        }
        let annotation = annotation.and_then(|form| self.type_form(form));
        let target = self.target(name);
        let init = self.defined_value(name, target, init);
        self.defined(span, name, target, annotation, init)
    }

    /// `(defn name [params] type? body …)`.
    pub(super) fn defn(&mut self, items: &[Form], span: Span) -> Node {
        let Some(name_form) = items.get(1) else {
            return self.incomplete(
                codes::DEFN,
                span,
                "`defn` needs a name, parameters and a body",
            );
        };
        let (name_form, hint) = self.under_hint(name_form, None);
        let Some(name) = self.defined_name(name_form, "defn", codes::DEFN) else {
            return self.nil(span);
        };
        let Some(parts) = self.function_parts("defn", codes::DEFN, &items[2..], span, hint) else {
            return self.nil(span);
        };
        let target = self.target(name);
        let init = self.with_own_name(name, target, |this, context| {
            this.lambda(&parts, span, context)
        });
        self.defined(span, name, target, None, init)
    }

    /// The value of a `def`; a function is named after what it defines.
    fn defined_value(&mut self, name: &str, target: Target, init: &Form) -> Node {
        if !is_function_literal(init) {
            return self.expression(init);
        }
        self.with_own_name(name, target, |this, context| {
            this.named_function(init, context)
        })
    }

    /// Lowers a function that is being defined: a local one can call itself without a cell.
    fn with_own_name(
        &mut self,
        name: &str,
        target: Target,
        lower: impl FnOnce(&mut Self, LambdaContext<'_>) -> Node,
    ) -> Node {
        let context = LambdaContext {
            name: Some(name),
            ..LambdaContext::default()
        };
        match target {
            Target::Local { var, single: true } => {
                self.scopes.push(Scope::SelfName(name.to_owned(), var));
                let node = lower(
                    self,
                    LambdaContext {
                        own: Some(var),
                        ..context
                    },
                );
                self.scopes.pop();
                node
            }
            _ => lower(self, context),
        }
    }

    /// The node that stores a value under a name, which is in force from here on.
    fn defined(
        &mut self,
        span: Span,
        name: &str,
        target: Target,
        annotation: Option<Type>,
        init: Node,
    ) -> Node {
        let mut init = Box::new(init);
        let var = match target {
            Target::Global(global) => {
                let annotation = self.declared_signature(global, annotation, &mut init, span);
                return self.node(
                    span,
                    NodeKind::Def {
                        global,
                        annotation,
                        init,
                    },
                );
            }
            Target::Local { var, .. } => var,
        };
        if self.scopes.conditional > 0 {
            self.scopes.variables[var.0 as usize].conditional = true;
        }
        if let Some(names) = self.scopes.body() {
            names
                .iter_mut()
                .filter(|entry| entry.var == var)
                .for_each(|entry| entry.visible = true);
        }
        let name = name.to_owned();
        self.node(
            span,
            NodeKind::LocalDef {
                slot: var.as_slot(),
                name,
                annotation,
                init,
            },
        )
    }

    /// Gives a definition the types that an earlier `declare` of its name promised, where it has
    /// none of its own.
    fn declared_signature(
        &mut self,
        global: GlobalId,
        annotation: Option<Type>,
        init: &mut Node,
        span: Span,
    ) -> Option<Type> {
        let declaration = self.globals.declaration(global).cloned();
        let Some(declared) = declaration else {
            return annotation;
        };
        let wanted = |ty: &Type| Some(ty.clone()).filter(|ty| *ty != Type::Any);
        let NodeKind::Lambda(lambda) = &mut init.kind else {
            return annotation.or_else(|| Some(Type::any_function()));
        };
        let same_arity = lambda.params.len() == declared.params.len()
            && lambda.rest.is_some() == declared.rest.is_some();
        if !same_arity {
            let message = "this definition has other parameters than its declaration";
            self.report(Diagnostic::warning(
                codes::DECLARED_ARITY,
                ParseErrorKind::CustomError,
                message,
                span,
            ));
        }
        for (param, (_, ty)) in lambda.params.iter_mut().zip(&declared.params) {
            param.annotation = param.annotation.take().or_else(|| wanted(ty));
        }
        if let (Some(rest), Some(ty)) = (&mut lambda.rest, &declared.rest) {
            rest.annotation = rest.annotation.take().or_else(|| wanted(ty));
        }
        lambda.result = lambda.result.take().or_else(|| wanted(&declared.result));
        annotation
    }

    /// Where a definition of `name` goes here.
    fn target(&mut self, name: &str) -> Target {
        let Some(names) = self.scopes.body() else {
            return Target::Global(self.intern_global(name));
        };
        let var = match names.iter().find(|entry| entry.name == name) {
            Some(entry) => entry.var,
            None => {
                debug_assert!(false, "the body was searched for definitions before");
                return Target::Global(self.intern_global(name));
            }
        };
        let single = !self.scopes.variables[var.0 as usize].redefined;
        Target::Local { var, single }
    }

    /// The name that a definition form binds.
    pub(super) fn defined_name<'f>(
        &mut self,
        form: &'f Form,
        head: &str,
        code: &'static str,
    ) -> Option<&'f str> {
        let form = without_metadata(form);
        let Some(name) = form.as_symbol() else {
            let message = format!("`{head}` defines a name, which is a symbol");
            let mut error = malformed(code, form.span, message);
            if matches!(form.kind, FormKind::Vector(_)) {
                error.help = Some(
                    "a function definition begins with its name: (defn name [params] body)"
                        .to_owned(),
                );
            }
            self.report(error);
            return None;
        };
        self.check_name(name, form.span).then_some(name)
    }

    /// Reports names that cannot be bound.
    pub(super) fn check_name(&mut self, name: &str, span: Span) -> bool {
        let bad = super::symbol::split_qualified(name).is_some()
            || (name.starts_with('.') && name.len() > 1);
        if bad {
            self.report(
                Diagnostic::error(
                    codes::NAME,
                    ParseErrorKind::UnexpectedRule,
                    format!("`{name}` cannot be bound: it names something in another module"),
                    span,
                )
                .with_help("use `-` instead of `/` in names"),
            );
        }
        !bad
    }
}
