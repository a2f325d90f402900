//! The parameters of `#(…)`: `%`, `%1` to `%20`, `%&`.

use super::Reader;
use crate::codes;
use crate::{Diagnostic, Form, FormKind, MAX_SHORT_FN_PARAMS, ParseErrorKind, Span};

/// What is known of the open `#(…)`.
pub(super) struct ShortFn {
    span: Span,
    highest: u32,
    uses_rest: bool,
}

/// The name that `%&` reads as. It is a name, so the form prints and reads back, and one that no
/// program has a use for.
const REST: &str = "%rest";

impl Reader<'_> {
    /// Begins a `#(…)`, or reports it where one is open.
    pub(super) fn begin_short_fn(&mut self, span: Span) -> bool {
        match &self.short_fn {
            None => {
                self.short_fn = Some(ShortFn {
                    span,
                    highest: 0,
                    uses_rest: false,
                });
                true
            }
            Some(outer) => {
                let kind = ParseErrorKind::UnexpectedRule;
                let message = "`#(…)` cannot stand inside another one";
                let found = Diagnostic::error(codes::NESTED_SHORT_FN, kind, message, span)
                    .with_related(outer.span, "the outer one")
                    .with_help("write one of the two as `(fn [x] …)`");
                self.emit(found);
                false
            }
        }
    }

    /// Ends the open `#(…)`: its parameter list.
    pub(super) fn end_short_fn(&mut self, span: Span) -> Form {
        let used = self.short_fn.take();
        let highest = used.as_ref().map_or(0, |used| used.highest);
        let mut params: Vec<Form> = (1..=highest)
            .map(|number| Form::symbol(format!("%{number}"), span))
            .collect();
        if used.is_some_and(|used| used.uses_rest) {
            params.extend([
                Form::new(FormKind::Ampersand, span),
                Form::symbol(REST, span),
            ]);
        }
        Form::new(FormKind::Vector(params), span)
    }

    /// The name of a parameter symbol inside `#(…)`; `None` for every other symbol.
    pub(super) fn short_fn_symbol(&mut self, name: &str, span: Span) -> Option<String> {
        let short_fn = self.short_fn.as_mut()?;
        let digits = name.strip_prefix('%')?;
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let number = if digits.is_empty() {
            Some(1)
        } else {
            digits.parse::<u32>().ok()
        };
        match number.filter(|n| (1..=MAX_SHORT_FN_PARAMS).contains(n) && !digits.starts_with('0')) {
            Some(number) => {
                short_fn.highest = short_fn.highest.max(number);
                Some(format!("%{number}"))
            }
            None => {
                let kind = ParseErrorKind::CustomError;
                let message = format!("`{name}` is not a parameter");
                let found = Diagnostic::error(codes::BAD_PERCENT, kind, message, span).with_help(
                    format!("parameters go from `%1` to `%{MAX_SHORT_FN_PARAMS}`; `%` is `%1`"),
                );
                self.emit(found);
                Some("%1".into())
            }
        }
    }

    pub(super) fn accept_percent_rest(&mut self, span: Span) {
        if let Some(short_fn) = &mut self.short_fn {
            short_fn.uses_rest = true;
        } else {
            let kind = ParseErrorKind::UnexpectedRule;
            let found = Diagnostic::error(codes::BAD_PERCENT, kind, "`%&` outside `#(…)`", span)
                .with_help("it stands for the further arguments of a `#(…)` around it");
            self.emit(found);
        }
        self.push(Form::symbol(REST, span));
    }
}
