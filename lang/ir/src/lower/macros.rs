//! Macros: what `defmacro` makes, and who runs it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use rtfs_syntax::{Diagnostic, ErrorClass, Form, FormKind, ParseErrorKind, Span};
use rtfs_value::{Error, Value};

use super::expand::Expander;
use super::form_value::{FormValues, NotAForm};
use super::function::{FunctionForm, LambdaContext};
use super::special::Special;
use super::{LowerOptions, Lowerer, codes, malformed, missing};
use crate::node::Program;

/// How many macro calls may be expanded inside each other's results.
pub const MAX_MACRO_DEPTH: usize = 1000;

/// How many forms the macro calls of one program may give together.
pub const MAX_EXPANDED_FORMS: usize = 1_000_000;

/// How many evaluation steps the macro calls of one program may take together.
pub const MAX_MACRO_STEPS: u64 = 50_000_000;

/// Runs the bodies of macros while a program is lowered.
///
/// Lowering comes before evaluation and knows no evaluator, so it is given one here.
pub trait MacroEvaluator: fmt::Debug {
    /// Runs `function`, a program whose value is a function, and applies that function to `args`.
    /// Takes what that costs from `steps`; nothing can be asked of a host.
    ///
    /// # Errors
    /// What the macro raised, or `BudgetExhausted` when `steps` did not suffice.
    fn apply(&self, function: &Program, args: Vec<Value>, steps: &mut u64) -> Result<Value, Error>;
}

/// The macros that a program defines at its top level, for the next program of a session.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Macros(pub(crate) BTreeMap<String, Defined>);

/// A macro under its name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Defined {
    pub(super) made: Arc<Macro>,
    /// The name in its definition, when that stands in the text that is being lowered.
    pub(super) at: Option<Span>,
}

impl Macros {
    /// The names of the macros in text order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The macros for another text, in which none of them is defined.
    pub(super) fn for_another_text(&self) -> Macros {
        let mut macros = self.clone();
        macros.0.values_mut().for_each(|defined| defined.at = None);
        macros
    }
}

/// A macro.
#[derive(Debug, PartialEq)]
pub(crate) struct Macro {
    n_fixed: usize,
    has_rest: bool,
    /// Its function; `None` when its definition has errors, which were reported.
    function: Option<Program>,
}

/// A `defmacro` form taken apart.
struct MacroForm<'f> {
    name: &'f str,
    params: &'f [Form],
    n_fixed: usize,
    has_rest: bool,
    body: &'f [Form],
}

/// The state that the macro calls of a program share.
#[derive(Debug)]
pub(super) struct Budget {
    pub(super) forms: usize,
    pub(super) steps: u64,
    /// Macro calls around the form that is being expanded.
    pub(super) depth: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Budget {
            forms: MAX_EXPANDED_FORMS,
            steps: MAX_MACRO_STEPS,
            depth: 0,
        }
    }
}

impl Expander<'_> {
    /// Adds the macro of `(defmacro name [params] body …)`.
    pub(super) fn define_macro(&mut self, items: &[Form], span: Span) {
        match macro_form(items, span) {
            Ok(form) => {
                let function = self.macro_function(&form, span);
                let made = Macro {
                    n_fixed: form.n_fixed,
                    has_rest: form.has_rest,
                    function,
                };
                let defined = Defined {
                    made: Arc::new(made),
                    at: items.get(1).map(|name| name.span),
                };
                self.macros.0.insert(form.name.to_owned(), defined);
            }
            Err(found) => self.diagnostics.push(*found),
        }
    }

    /// The program whose value is the macro's function. It sees the library and the macros so far.
    fn macro_function(&mut self, form: &MacroForm<'_>, span: Span) -> Option<Program> {
        let body: Vec<Form> = form.body.to_vec();
        let body = self.forms(body);
        let options = LowerOptions::default();
        let mut lowerer = Lowerer::new(&options, Vec::new());
        lowerer.macro_names = self.macros.0.keys().cloned().collect();
        let function = FunctionForm {
            params: form.params,
            result: None,
            body: &body,
            hint: None,
        };
        let context = LambdaContext {
            name: Some(form.name),
            ..LambdaContext::default()
        };
        let node = lowerer.lambda(&function, span, context);
        let result = lowerer.finish(vec![node], None);
        self.diagnostics.extend(result.diagnostics);
        result.program
    }

    /// What a macro call stands for; `None` after reporting.
    pub(super) fn macro_call(
        &mut self,
        name: &str,
        called: &Defined,
        args: &[Form],
        span: Span,
    ) -> Option<Form> {
        let function = called.made.function.as_ref()?;
        let found = match self.run_macro(name, &called.made, function, args, span) {
            Ok(form) => return Some(form),
            Err(found) => *found,
        };
        self.diagnostics
            .push(self.chain.explain(found, name, called.at));
        None
    }

    fn run_macro(
        &mut self,
        name: &str,
        called: &Macro,
        function: &Program,
        args: &[Form],
        span: Span,
    ) -> Result<Form, Box<Diagnostic>> {
        let fits = if called.has_rest {
            args.len() >= called.n_fixed
        } else {
            args.len() == called.n_fixed
        };
        if !fits {
            let most = (!called.has_rest).then_some(called.n_fixed);
            let error = Error::arity(name, called.n_fixed, most, args.len());
            return Err(raised(codes::MACRO_ARITY, name, &error, span));
        }
        let Some(evaluator) = self.options.macros else {
            let message = format!("the macro `{name}` cannot run: lowering was given no evaluator");
            let kind = ParseErrorKind::NotImplemented;
            return Err(Box::new(Diagnostic::error(
                codes::NOT_IMPLEMENTED,
                kind,
                message,
                span,
            )));
        };
        if self.budget.depth >= MAX_MACRO_DEPTH {
            let text =
                format!("macro calls expand to each other more than {MAX_MACRO_DEPTH} times");
            return Err(limit(&text, span));
        }
        let mut values = FormValues::default();
        let args = args.iter().map(|arg| values.value(arg)).collect();
        let value = evaluator
            .apply(function, args, &mut self.budget.steps)
            .map_err(|error| raised(codes::MACRO_RAISED, name, &error, span))?;
        values
            .form(&value, span, self.depth, &mut self.budget.forms)
            .map_err(|why| not_a_form(name, why, span))
    }
}

/// Takes a `defmacro` form apart.
fn macro_form(items: &[Form], span: Span) -> Result<MacroForm<'_>, Box<Diagnostic>> {
    let Some(name_form) = items.get(1) else {
        let message = "`defmacro` needs a name, parameters and a body";
        return Err(Box::new(missing(codes::DEFMACRO, span, message)));
    };
    let name_form = super::definitions::without_metadata(name_form);
    let Some(name) = name_form.as_symbol() else {
        let message = "`defmacro` defines a name, which is a symbol";
        return Err(Box::new(malformed(
            codes::DEFMACRO,
            name_form.span,
            message,
        )));
    };
    if Special::named(name).is_some() {
        let message = format!("`{name}` is a form of the language and cannot be a macro");
        let found = malformed(codes::DEFMACRO, name_form.span, message);
        return Err(Box::new(found.with_help("give the macro another name")));
    }
    let params = items.get(2).map(super::definitions::without_metadata);
    let Some(vector) = params.and_then(Form::as_vector) else {
        let at = params.map_or(span, |form| form.span);
        let message = format!("the macro `{name}` needs a parameter vector");
        let found = missing(codes::DEFMACRO, at, message);
        return Err(Box::new(
            found.with_help(format!("write (defmacro {name} [form & body] …)")),
        ));
    };
    let (n_fixed, has_rest) = macro_params(vector)?;
    let body = &items[3..];
    if body.is_empty() {
        let message = format!("the macro `{name}` needs a body after its parameters");
        return Err(Box::new(missing(codes::DEFMACRO, span, message)));
    }
    Ok(MacroForm {
        name,
        params: vector,
        n_fixed,
        has_rest,
        body,
    })
}

/// How many fixed parameters there are, and whether a rest parameter follows.
fn macro_params(params: &[Form]) -> Result<(usize, bool), Box<Diagnostic>> {
    let is_ampersand = |form: &Form| matches!(form.kind, FormKind::Ampersand);
    let n_fixed = params.iter().position(is_ampersand).unwrap_or(params.len());
    let (fixed, rest) = params.split_at(n_fixed);
    let rest = match rest {
        [] => None,
        [_, rest] => Some(rest),
        [ampersand, ..] => {
            let message = "one symbol follows `&` in the parameters of a macro, and nothing else";
            return Err(Box::new(malformed(
                codes::DEFMACRO,
                ampersand.span,
                message,
            )));
        }
    };
    match fixed
        .iter()
        .chain(rest)
        .find(|form| form.as_symbol().is_none())
    {
        None => Ok((n_fixed, rest.is_some())),
        Some(other) => {
            let message = "the parameters of a macro are plain symbols";
            let found = malformed(codes::DEFMACRO, other.span, message);
            Err(Box::new(found.with_help(
                "take a form apart in the body: (let [[a b] form] …)",
            )))
        }
    }
}

/// The finding for an error that a macro raised.
fn raised(code: &'static str, name: &str, error: &Error, span: Span) -> Box<Diagnostic> {
    let kind = ParseErrorKind::Raised(ErrorClass::named(error.class_name()));
    Box::new(
        Diagnostic::error(code, kind, error.text(), span)
            .with_label(format!("raised while `{name}` was expanded")),
    )
}

fn limit(text: &str, span: Span) -> Box<Diagnostic> {
    let error = Error::invalid_program(text);
    let kind = ParseErrorKind::Raised(ErrorClass::named(error.class_name()));
    Box::new(
        Diagnostic::error(codes::MACRO_LIMIT, kind, error.text(), span)
            .with_help("a macro that calls itself needs a case that does not"),
    )
}

fn not_a_form(name: &str, why: NotAForm, span: Span) -> Box<Diagnostic> {
    let message = match why {
        NotAForm::Kind(kind) => {
            format!("the macro `{name}` gave something with a {kind} in it, which is no form")
        }
        NotAForm::Name(text) => {
            format!("the macro `{name}` gave the symbol {text}, which no source text can have")
        }
        NotAForm::TooDeep => {
            return limit(&format!("the form that `{name}` gave nests too deep"), span);
        }
        NotAForm::TooLarge => {
            return limit(
                &format!("macros gave more than {MAX_EXPANDED_FORMS} forms"),
                span,
            );
        }
    };
    Box::new(malformed(codes::MACRO_FORM, span, message))
}
