//! The derived forms `when`, `when-not`, `->` and `->>`: forms in, a form out.

use rtfs_syntax::{Diagnostic, Form, FormKind, MAX_NESTING, ParseErrorKind, Span};

use super::{codes, malformed, missing};

/// A form that is rewritten before anything is lowered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Derived {
    When,
    WhenNot,
    ThreadFirst,
    ThreadLast,
}

/// The names of the derived forms.
pub(super) const DERIVED: [&str; 4] = ["when", "when-not", "->", "->>"];

impl Derived {
    /// The derived form with this name.
    pub(super) fn named(name: &str) -> Option<Derived> {
        Some(match name {
            "when" => Derived::When,
            "when-not" => Derived::WhenNot,
            "->" => Derived::ThreadFirst,
            "->>" => Derived::ThreadLast,
            _ => return None,
        })
    }

    /// What `(name args …)` stands for. `depth` is how deeply the form stands already.
    pub(super) fn expand(
        self,
        name: &str,
        args: Vec<Form>,
        span: Span,
        depth: usize,
    ) -> Result<Form, Diagnostic> {
        match self {
            Derived::When | Derived::WhenNot => when(self, name, args, span),
            Derived::ThreadFirst | Derived::ThreadLast => thread(self, name, args, span, depth),
        }
    }
}

fn when(derived: Derived, name: &str, args: Vec<Form>, span: Span) -> Result<Form, Diagnostic> {
    let mut args = args.into_iter();
    let Some(test) = args.next() else {
        return Err(
            missing(codes::WHEN, span, format!("`{name}` needs a condition"))
                .with_help(format!("write ({name} condition body)")),
        );
    };
    let body = list("do", args, span);
    let branches = match derived {
        Derived::When => vec![test, body],
        _ => vec![test, Form::new(FormKind::Nil, span), body],
    };
    Ok(list("if", branches, span))
}

fn thread(
    derived: Derived,
    name: &str,
    args: Vec<Form>,
    span: Span,
    depth: usize,
) -> Result<Form, Diagnostic> {
    // Every step nests one level deeper, and forms must stay shallow enough to be freed.
    if depth + args.len() > MAX_NESTING {
        let message = format!("`{name}` nests its steps, at most {MAX_NESTING} levels deep");
        return Err(
            Diagnostic::error(codes::NESTING, ParseErrorKind::CustomError, message, span)
                .with_help("give the value in the middle a name with `let`"),
        );
    }
    let mut args = args.into_iter();
    let Some(mut value) = args.next() else {
        return Err(
            missing(codes::THREAD, span, format!("`{name}` needs a value"))
                .with_help(format!("write ({name} value step …)")),
        );
    };
    for step in args {
        let step_span = step.span;
        let mut items = match step.kind {
            FormKind::List(items) if !items.is_empty() => items,
            FormKind::Symbol(_) | FormKind::Keyword(_) => vec![step],
            _ => {
                let message = format!("a step of `{name}` is a symbol, a keyword or a list");
                return Err(malformed(codes::THREAD, step_span, message)
                    .with_help("write the step as a call without the threaded argument"));
            }
        };
        let at = if derived == Derived::ThreadFirst {
            1
        } else {
            items.len()
        };
        items.insert(at, value);
        value = Form::new(FormKind::List(items), step_span);
    }
    Ok(value)
}

fn list(head: &str, items: impl IntoIterator<Item = Form>, span: Span) -> Form {
    let items = std::iter::once(Form::symbol(head, span))
        .chain(items)
        .collect();
    Form::new(FormKind::List(items), span)
}
