//! `match` and its patterns.

use rtfs_syntax::{Diagnostic, Form, FormKind, ParseErrorKind, Span};

use super::scope::Scope;
use super::special::Special;
use super::{Lowerer, codes, literal, malformed, missing, type_form};
use crate::guard::nested;
use crate::node::{Literal, MapPatternEntry, MatchClause, Node, NodeKind, Pattern};

/// One clause of the row.
struct ClauseForm<'f> {
    pattern: &'f Form,
    guard: Option<&'f Form>,
    body: &'f Form,
}

impl Lowerer<'_> {
    /// `(match value pattern [when guard] body …)`.
    pub(super) fn match_form(&mut self, items: &[Form], span: Span) -> Node {
        let [_, value, clauses @ ..] = items else {
            return self.incomplete(codes::MATCH, span, "`match` needs a value and clauses");
        };
        let Some(clauses) = self.clause_forms(clauses, span) else {
            return self.nil(span);
        };
        let value = Box::new(self.expression(value));
        let clauses = self.alternatives(clauses, |this, clause| this.match_clause(&clause));
        self.node(span, NodeKind::Match { value, clauses })
    }

    fn clause_forms<'f>(&mut self, forms: &'f [Form], span: Span) -> Option<Vec<ClauseForm<'f>>> {
        let mut clauses = Vec::new();
        let mut row = forms;
        while let [pattern, after @ ..] = row {
            let (guard, after) = match after {
                [when, guard, after @ ..] if when.as_symbol() == Some("when") => {
                    (Some(guard), after)
                }
                // Never a body: the word is the guard mark wherever it follows a pattern.
                [when] if when.as_symbol() == Some("when") => (None, &after[1..]),
                _ => (None, after),
            };
            let Some((body, others)) = after.split_first() else {
                self.report(
                    missing(
                        codes::MATCH,
                        pattern.span,
                        "the body of this clause is missing",
                    )
                    .with_label("a pattern without its body")
                    .with_help(
                        "each clause is a pattern and one body form; group several with `do`",
                    ),
                );
                return None;
            };
            clauses.push(ClauseForm {
                pattern,
                guard,
                body,
            });
            row = others;
        }
        if clauses.is_empty() {
            self.report(missing(
                codes::MATCH,
                span,
                "`match` needs at least one clause",
            ));
            return None;
        }
        Some(clauses)
    }

    fn match_clause(&mut self, form: &ClauseForm<'_>) -> MatchClause {
        self.scopes.push(Scope::Names(Vec::new()));
        let pattern = self.match_pattern(form.pattern);
        let guard = form.guard.map(|guard| self.expression(guard));
        let body = self.expression(form.body);
        self.scopes.pop();
        MatchClause {
            pattern,
            guard,
            body,
        }
    }

    fn match_pattern(&mut self, form: &Form) -> Pattern {
        if self.depth >= super::MAX_EXPANDED_NESTING {
            self.too_deep(form.span);
            return Pattern::Wildcard;
        }
        self.depth += 1;
        let pattern = nested(|| self.match_pattern_inner(form));
        self.depth -= 1;
        pattern
    }

    fn match_pattern_inner(&mut self, form: &Form) -> Pattern {
        if let Some(literal) = literal::scalar(&form.kind) {
            return Pattern::Literal(literal);
        }
        match &form.kind {
            FormKind::Symbol(name) => self.bind_symbol(name, form.span),
            FormKind::Vector(items) if type_form::begins_with_type_head(items) => self
                .type_form(form)
                .map_or(Pattern::Wildcard, Pattern::Type),
            FormKind::Optional(_) => self
                .type_form(form)
                .map_or(Pattern::Wildcard, Pattern::Type),
            FormKind::Vector(items) => self.match_sequence(items),
            FormKind::Map(entries) => self.match_map(entries),
            FormKind::List(items) => self.match_list(items, form.span),
            _ => self.bad_pattern(form.span, "this is no pattern"),
        }
    }

    fn bad_pattern(&mut self, span: Span, message: &str) -> Pattern {
        self.report(malformed(codes::MATCH_PATTERN, span, message).with_help(
            "to compare with a computed value, bind a name and use a guard: `x when (= x …)`",
        ));
        Pattern::Wildcard
    }

    fn match_sequence(&mut self, forms: &[Form]) -> Pattern {
        if let Some(mark) = forms.iter().find(|form| form.as_keyword() == Some("as")) {
            let message = "`:as` is an ordinary keyword in a `match` pattern";
            self.report(
                Diagnostic::warning(
                    codes::MATCH_AS,
                    ParseErrorKind::CustomError,
                    message,
                    mark.span,
                )
                .with_help("name the whole value with (:as name pattern)"),
            );
        }
        let (leading, tail) = self.split_tail(forms, false, codes::MATCH_PATTERN);
        let items = leading
            .iter()
            .map(|item| self.match_pattern(item))
            .collect();
        let rest = tail
            .rest
            .map(|form| self.bind_name(form.as_symbol()?, form.span));
        Pattern::Sequence {
            items,
            rest,
            whole: None,
        }
    }

    fn match_map(&mut self, forms: &[(Form, Form)]) -> Pattern {
        let mut entries: Vec<(Literal, &Form)> = Vec::new();
        let mut rest_form = None;
        for (key, value) in forms {
            if matches!(key.kind, FormKind::Ampersand) {
                if value.as_symbol().is_none() || rest_form.replace(value).is_some() {
                    self.bad_pattern(key.span, "one symbol can follow `&` in a map pattern");
                }
                continue;
            }
            if key.as_keyword() == Some("keys")
                && let Some(names) = self.key_names(value)
            {
                entries.extend(names);
                continue;
            }
            match literal::map_key(&key.kind) {
                Some(literal) => entries.push((literal, value)),
                None => {
                    self.bad_pattern(
                        key.span,
                        "a key in a pattern is a keyword, a string or an integer",
                    );
                }
            }
        }
        let entries = entries
            .into_iter()
            .map(|(key, form)| MapPatternEntry {
                key,
                pattern: self.match_pattern(form),
                default: None,
            })
            .collect();
        let rest = rest_form.map(|form| self.bind_name(form.as_symbol()?, form.span));
        Pattern::Map {
            entries,
            rest,
            whole: None,
        }
    }

    /// `(:as name p)`, `(:int n)`, `(quote x)`.
    fn match_list(&mut self, items: &[Form], span: Span) -> Pattern {
        match items {
            [head, form] if head.as_symbol().and_then(Special::named) == Some(Special::Quote) => {
                self.quoted_pattern(form)
            }
            [head, name, inner] if head.as_keyword() == Some("as") => {
                let Some(symbol) = name.as_symbol() else {
                    return self.bad_pattern(name.span, "a symbol must follow `:as`");
                };
                let slot = self.bind_name(symbol, name.span);
                let pattern = self.match_pattern(inner);
                match slot {
                    Some(slot) => Pattern::As(slot, Box::new(pattern)),
                    None => pattern,
                }
            }
            [head, name] if head.as_keyword().is_some_and(type_form::is_known_word) => {
                let Some(symbol) = name.as_symbol() else {
                    return self.bad_pattern(name.span, "a symbol must follow the type");
                };
                let slot = self.bind_name(symbol, name.span);
                let fits = self
                    .type_form(head)
                    .map_or(Pattern::Wildcard, Pattern::Type);
                match slot {
                    Some(slot) => Pattern::As(slot, Box::new(fits)),
                    None => fits,
                }
            }
            _ => self.bad_pattern(
                span,
                "a list is a pattern only as (:as name pattern), (:type name) or (quote x)",
            ),
        }
    }

    /// A quoted pattern fits an equal value.
    fn quoted_pattern(&mut self, form: &Form) -> Pattern {
        if let Some(literal) = literal::scalar(&form.kind) {
            return Pattern::Literal(literal);
        }
        match &form.kind {
            FormKind::Symbol(name) => Pattern::Literal(Literal::Symbol(name.clone())),
            FormKind::Vector(items) | FormKind::List(items) => Pattern::Sequence {
                items: items
                    .iter()
                    .map(|item| nested(|| self.quoted_pattern(item)))
                    .collect(),
                rest: None,
                whole: None,
            },
            _ => self.bad_pattern(form.span, "a quoted map is no pattern"),
        }
    }
}
