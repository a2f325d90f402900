//! Binding patterns, as in `let` and in parameters.

use rtfs_syntax::{Diagnostic, Form, FormKind, ParseErrorKind, Span};

use super::{Lowerer, codes, literal, malformed};
use crate::guard::nested;
use crate::node::{Literal, MapPatternEntry, Pattern, Slot};

/// The row after `&` or `:as` in a sequence pattern.
#[derive(Default)]
pub(super) struct Tail<'f> {
    /// `& name`.
    pub(super) rest: Option<&'f Form>,
    /// `:as name`.
    pub(super) whole: Option<&'f Form>,
}

impl Lowerer<'_> {
    /// A binding pattern; its names are bound in the innermost scope of names.
    pub(super) fn binding_pattern(&mut self, form: &Form) -> Pattern {
        if self.depth >= super::MAX_EXPANDED_NESTING {
            self.too_deep(form.span);
            return Pattern::Wildcard;
        }
        self.depth += 1;
        let pattern = nested(|| match &form.kind {
            FormKind::Symbol(name) => self.bind_symbol(name, form.span),
            FormKind::Vector(items) => self.sequence_pattern(items),
            FormKind::Map(entries) => self.map_pattern(entries, form.span),
            _ => {
                self.bad_binding(form.span, "this is no binding pattern");
                Pattern::Wildcard
            }
        });
        self.depth -= 1;
        pattern
    }

    /// A symbol in a pattern.
    pub(super) fn bind_symbol(&mut self, name: &str, span: Span) -> Pattern {
        match self.bind_name(name, span) {
            Some(slot) => Pattern::Var(slot),
            None => Pattern::Wildcard,
        }
    }

    /// Binds a name of a pattern; `_` binds nothing.
    pub(super) fn bind_name(&mut self, name: &str, span: Span) -> Option<Slot> {
        if name == "_" {
            return None;
        }
        self.check_name(name, span);
        Some(self.scopes.bind(name).as_slot())
    }

    fn bad_binding(&mut self, span: Span, message: &str) {
        self.report(malformed(codes::BINDING_PATTERN, span, message).with_help(
            "bind a symbol, a vector such as [a b & others], or a map such as {:keys [a b]}",
        ));
    }

    fn sequence_pattern(&mut self, forms: &[Form]) -> Pattern {
        let (leading, tail) = self.split_tail(forms, true, codes::BINDING_PATTERN);
        let items = leading
            .iter()
            .map(|item| self.binding_pattern(item))
            .collect();
        let rest = tail.rest.map(|form| self.bind_tail(form));
        let whole = tail.whole.and_then(|form| self.bind_tail(form));
        Pattern::Sequence { items, rest, whole }
    }

    fn bind_tail(&mut self, form: &Form) -> Option<Slot> {
        self.bind_name(form.as_symbol()?, form.span)
    }

    /// Splits a sequence pattern into its leading items and what `&` and `:as` bind.
    pub(super) fn split_tail<'f>(
        &mut self,
        forms: &'f [Form],
        with_as: bool,
        code: &'static str,
    ) -> (&'f [Form], Tail<'f>) {
        let is_mark = |form: &Form| {
            matches!(form.kind, FormKind::Ampersand) || (with_as && form.as_keyword() == Some("as"))
        };
        let n_leading = forms.iter().position(is_mark).unwrap_or(forms.len());
        let mut tail = Tail::default();
        let mut row = forms[n_leading..].iter();
        while let Some(mark) = row.next() {
            let is_rest = matches!(mark.kind, FormKind::Ampersand);
            let text = if is_rest { "&" } else { ":as" };
            if !is_mark(mark) {
                let message = "only `&` and `:as` can stand after the items of a pattern";
                self.report(malformed(code, mark.span, message));
                break;
            }
            let Some(name) = row.next().filter(|form| form.as_symbol().is_some()) else {
                let message = format!("a symbol must follow `{text}`");
                self.report(malformed(code, mark.span, message));
                break;
            };
            let place = if is_rest {
                &mut tail.rest
            } else {
                &mut tail.whole
            };
            if place.replace(name).is_some() {
                let message = format!("`{text}` stands twice in this pattern");
                self.report(malformed(code, mark.span, message));
            }
        }
        (&forms[..n_leading], tail)
    }

    fn map_pattern(&mut self, forms: &[(Form, Form)], span: Span) -> Pattern {
        let mut parts = MapParts::default();
        for (key, value) in forms {
            match &key.kind {
                FormKind::Keyword(name) if name == "as" => {
                    self.set_tail(&mut parts.whole, ":as", key, value);
                }
                FormKind::Ampersand => self.set_tail(&mut parts.rest, "&", key, value),
                FormKind::Keyword(name) if name == "or" => match &value.kind {
                    FormKind::Map(defaults) => parts.defaults.extend(defaults.iter()),
                    _ => self.bad_binding(value.span, "a map of names and defaults follows `:or`"),
                },
                FormKind::Keyword(name) if name == "keys" => match self.key_names(value) {
                    Some(names) => parts.entries.extend(names),
                    None => self.bad_binding(value.span, "a vector of symbols follows `:keys`"),
                },
                FormKind::Symbol(_) => match literal::map_key(&value.kind) {
                    Some(literal) => parts.entries.push((literal, key)),
                    None => self.bad_binding(
                        value.span,
                        "the key of this name must be a literal keyword, string or integer",
                    ),
                },
                kind => match literal::map_key(kind) {
                    Some(literal) => parts.entries.push((literal, value)),
                    None => self.bad_binding(
                        key.span,
                        "a key in a map pattern is a keyword, a string or an integer",
                    ),
                },
            }
        }
        self.check_defaults(&parts, span);
        let entries = parts
            .entries
            .iter()
            .map(|entry| self.map_entry(entry, &parts.defaults))
            .collect();
        let rest = parts.rest.map(|form| self.bind_tail(form));
        let whole = parts.whole.and_then(|form| self.bind_tail(form));
        Pattern::Map {
            entries,
            rest,
            whole,
        }
    }

    /// The entries of `{:keys [a b]}`.
    pub(super) fn key_names<'f>(&mut self, value: &'f Form) -> Option<Vec<(Literal, &'f Form)>> {
        let named = |form: &'f Form| Some((Literal::Keyword(form.as_symbol()?.to_owned()), form));
        value.as_vector()?.iter().map(named).collect()
    }

    fn set_tail<'f>(
        &mut self,
        place: &mut Option<&'f Form>,
        text: &str,
        mark: &Form,
        name: &'f Form,
    ) {
        if name.as_symbol().is_none() {
            self.bad_binding(name.span, &format!("a symbol must follow `{text}`"));
        } else if place.replace(name).is_some() {
            self.bad_binding(mark.span, &format!("`{text}` stands twice in this pattern"));
        }
    }

    fn map_entry(
        &mut self,
        (key, form): &(Literal, &Form),
        defaults: &[&(Form, Form)],
    ) -> MapPatternEntry {
        let default = form.as_symbol().and_then(|name| {
            let (_, value) = defaults
                .iter()
                .rev()
                .find(|(key, _)| key.as_symbol() == Some(name))?;
            Some(value)
        });
        // A default is a body of its own: a `def` in it must not reach around the function.
        let default = default.map(|form| self.body(std::slice::from_ref(form), form.span));
        let pattern = self.binding_pattern(form);
        MapPatternEntry {
            key: key.clone(),
            pattern,
            default,
        }
    }

    fn check_defaults(&mut self, parts: &MapParts<'_>, span: Span) {
        for (name, _) in &parts.defaults {
            let Some(symbol) = name.as_symbol() else {
                self.bad_binding(name.span, "an `:or` default belongs to a symbol");
                continue;
            };
            if !parts
                .entries
                .iter()
                .any(|(_, form)| form.as_symbol() == Some(symbol))
            {
                let message = format!(
                    "the default of `{symbol}` has no effect: this pattern does not bind it to a key"
                );
                self.report(
                    Diagnostic::warning(
                        codes::OR_DEFAULT,
                        ParseErrorKind::CustomError,
                        message,
                        name.span,
                    )
                    .with_related(span, "the pattern"),
                );
            }
        }
    }
}

/// A map pattern before its names are bound.
#[derive(Default)]
struct MapParts<'f> {
    entries: Vec<(Literal, &'f Form)>,
    defaults: Vec<&'f (Form, Form)>,
    rest: Option<&'f Form>,
    whole: Option<&'f Form>,
}
