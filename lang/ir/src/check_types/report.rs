//! What the static stage has to say.

use rtfs_syntax::{Diagnostic, ErrorClass, ParseErrorKind, Span};
use rtfs_value::Error;
use rtfs_value::types::{MapEntry, Type};

use super::Checker;
use super::fit::violation;
use super::known::{Known, Signature};
use crate::lower::codes;
use crate::node::Node;

impl Checker<'_> {
    /// Refuses a value that certainly does not fit an annotation.
    pub(super) fn expect(&mut self, known: &Known, ty: &Type, context: &str, node: &Node) {
        let Some(detail) = violation(known, ty) else {
            return;
        };
        let message = format!("{context}: {detail}");
        let kind = ParseErrorKind::TypeMismatch;
        let span = self.span(node);
        self.diagnostics.push(
            Diagnostic::error(codes::TYPE_MISMATCH, kind, message, span).with_help(
                "the annotation says what every value here must be; change one of the two",
            ),
        );
    }

    /// Refuses an argument that certainly does not fit what its parameter says.
    pub(super) fn expect_argument(
        &mut self,
        signature: &Signature,
        known: &Known,
        ty: &Type,
        context: &str,
        arg: &Node,
    ) {
        if let Some(detail) = violation(known, ty) {
            self.refuse_argument(signature, format!("{context}: {detail}"), arg);
        }
    }

    /// Refuses a map that certainly lacks a field of a struct or has a wrong one.
    pub(super) fn expect_fields(
        &mut self,
        signature: &Signature,
        fields: &[(String, Type)],
        known: &Known,
        arg: &Node,
    ) {
        let entries = fields.iter().map(|(key, ty)| MapEntry {
            key: key.clone(),
            ty: ty.clone(),
            optional: false,
        });
        let record = Type::Map {
            entries: entries.collect(),
            wildcard: None,
        };
        // An argument that is no map at all is misuse of a function, not of an annotation.
        let is_map = known.kinds.within(super::known::Kinds::fitting(&record));
        if is_map && let Some(detail) = violation(known, &record) {
            self.refuse_argument(signature, detail, arg);
        }
    }

    fn refuse_argument(&mut self, signature: &Signature, message: String, arg: &Node) {
        let kind = ParseErrorKind::FunctionCallTypeMismatch;
        let span = self.span(arg);
        let mut found = Diagnostic::error(codes::ARGUMENT_TYPE, kind, message, span)
            .with_label(format!("an argument of `{}`", signature.name));
        self.point_to_definition(&mut found, signature);
        self.diagnostics.push(found);
    }

    fn point_to_definition(&self, found: &mut Diagnostic, signature: &Signature) {
        let span = signature.node.and_then(|node| self.spans.get(node));
        if let Some(span) = span {
            let text = format!("`{}` is defined here", signature.name);
            found.related.push((span, text));
        }
    }

    /// A call of something that is certainly no function.
    pub(super) fn not_a_function(&mut self, known: &Known, head: &Node) {
        let span = self.span(head);
        let words = known.kinds.words();
        let message = format!("this is called, but it is no function: {words}");
        let kind = ParseErrorKind::NonFunctionCalled;
        let found = if known.written {
            Diagnostic::error(codes::NO_FUNCTION, kind, message, span)
                .with_help("its annotation says that it is no function")
        } else {
            Diagnostic::warning(codes::CALLED_DATA, kind, message, span)
                .with_help("write data as [a b] or '(a b); calling it raises TypeError")
        };
        self.diagnostics.push(found);
    }

    /// A call with a wrong number of arguments.
    pub(super) fn wrong_arity(&mut self, signature: &Signature, n_args: usize, node: &Node) {
        let n_fixed = signature.params.len();
        let most = signature.rest.is_none().then_some(n_fixed);
        let error = Error::arity(&signature.name, n_fixed, most, n_args);
        let mut found = arity_warning(error.text(), self.span(node));
        self.point_to_definition(&mut found, signature);
        self.diagnostics.push(found);
    }

    /// A call of a library function with a wrong number of arguments.
    pub(super) fn warn_arity(&mut self, text: &str, usage: &str, span: Span) {
        self.diagnostics
            .push(arity_warning(text, span).with_help(format!("it is called as {usage}")));
    }
}

fn arity_warning(text: &str, span: Span) -> Diagnostic {
    let kind = ParseErrorKind::Raised(ErrorClass::named("ArityMismatch"));
    Diagnostic::warning(codes::CALL_ARITY, kind, text, span)
}
