//! Metadata: delegation hints on functions, runtime hints around any form.

use rtfs_syntax::{Delegation, Diagnostic, Form, FormKind, ParseErrorKind, Span};

use super::function::LambdaContext;
use super::{Lowerer, codes, malformed};
use crate::node::{DelegationHint, Node, NodeKind};

/// Metadata keys that start like this are runtime hints.
const HINT_PREFIX: &str = "runtime.";

impl Lowerer<'_> {
    /// A form with metadata, as an expression.
    pub(super) fn with_metadata(&mut self, form: &Form) -> Node {
        self.under_metadata(form, LambdaContext::default(), None)
    }

    /// A function literal, metadata included, that is being bound to a name.
    pub(super) fn named_function(&mut self, form: &Form, context: LambdaContext<'_>) -> Node {
        self.under_metadata(form, context, None)
    }

    fn under_metadata(
        &mut self,
        form: &Form,
        context: LambdaContext<'_>,
        hint: Option<DelegationHint>,
    ) -> Node {
        let (meta, delegation, inner) = match &form.kind {
            FormKind::Meta {
                meta,
                delegation,
                form,
            } => (meta, delegation, form),
            FormKind::List(items) if super::function::is_function_literal(form) => {
                return self.function(items, form.span, context, hint);
            }
            _ => {
                if hint.is_some() {
                    self.warn_unused_hint(form.span);
                }
                return self.expression(form);
            }
        };
        let hints = self.runtime_hints(meta);
        let hint = self.one_hint(hint, delegation.as_ref(), form.span);
        let body = self.under_metadata(inner, context, hint);
        if hints.is_empty() {
            return body;
        }
        self.node(
            form.span,
            NodeKind::HintScope {
                hints,
                body: Box::new(body),
            },
        )
    }

    /// The runtime hints of a metadata map; other metadata is not evaluated.
    fn runtime_hints(&mut self, meta: &Form) -> Vec<(String, Node)> {
        let FormKind::Map(entries) = &meta.kind else {
            return Vec::new();
        };
        let mut hints = Vec::new();
        for (key, value) in entries {
            let name = key.as_keyword().or_else(|| key.as_str());
            if let Some(name) = name.filter(|name| name.starts_with(HINT_PREFIX)) {
                hints.push((name.to_owned(), self.expression(value)));
            }
        }
        hints
    }

    /// The form under metadata that can only carry a delegation hint, and the hint.
    pub(super) fn under_hint<'f>(
        &mut self,
        form: &'f Form,
        hint: Option<DelegationHint>,
    ) -> (&'f Form, Option<DelegationHint>) {
        let (mut form, mut hint) = (form, hint);
        while let FormKind::Meta {
            delegation,
            form: inner,
            ..
        } = &form.kind
        {
            hint = self.one_hint(hint, delegation.as_ref(), form.span);
            form = inner;
        }
        (form, hint)
    }

    fn one_hint(
        &mut self,
        known: Option<DelegationHint>,
        written: Option<&Delegation>,
        span: Span,
    ) -> Option<DelegationHint> {
        let Some(written) = written else { return known };
        if known.is_some() {
            let message = "a function has one delegation hint at most";
            self.report(malformed(codes::DELEGATION, span, message));
        }
        Some(match written {
            Delegation::Local => DelegationHint::LocalPure,
            Delegation::LocalModel(id) => DelegationHint::LocalModel(id.clone()),
            Delegation::Remote(id) => DelegationHint::RemoteModel(id.clone()),
        })
    }

    fn warn_unused_hint(&mut self, span: Span) {
        let message = "a delegation hint has an effect on functions only";
        self.report(Diagnostic::warning(
            codes::UNUSED_HINT,
            ParseErrorKind::CustomError,
            message,
            span,
        ));
    }
}
