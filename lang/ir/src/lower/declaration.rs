//! `declare` and `defstruct`: definitions without code.

use rtfs_syntax::{Form, FormKind, Span};
use rtfs_value::types::Type;

use super::annotation::{self, NoType};
use super::function::no_type;
use super::{Lowerer, codes, malformed, missing};
use crate::node::{Declaration, Node, NodeKind};

impl Lowerer<'_> {
    /// `(declare name [params] : T)`.
    pub(super) fn declare(&mut self, items: &[Form], span: Span) -> Node {
        let Some(name_form) = items.get(1) else {
            return self.incomplete(
                codes::DECLARE,
                span,
                "`declare` needs a name and parameters",
            );
        };
        let Some(name) = self.defined_name(name_form, "declare", codes::DECLARE) else {
            return self.nil(span);
        };
        if self.scopes.body().is_some() {
            let message = "`declare` stands at the top level or directly in a module";
            return self.malformed(codes::DECLARE, span, message);
        }
        let Some(vector) = items.get(2) else {
            self.report(
                missing(codes::DECLARE, span, "`declare` needs a parameter vector")
                    .with_help(format!("write (declare {name} [x:int] : int)")),
            );
            return self.nil(span);
        };
        let capabilities = capabilities(vector);
        let (vector, _) = self.under_hint(vector, None);
        let Some(params) = vector.as_vector() else {
            return self.malformed(
                codes::DECLARE,
                vector.span,
                "a parameter vector must stand here",
            );
        };
        let (params, rest) = self.declared_params(params);
        let Some(result) = self.declared_result(items) else {
            return self.nil(span);
        };
        let global = self.intern_global(name);
        self.globals.declare(
            global,
            Declaration {
                params,
                rest,
                result,
                capabilities,
            },
        );
        self.node(span, NodeKind::Declare(global))
    }

    fn declared_params(&mut self, forms: &[Form]) -> (Vec<(String, Type)>, Option<Type>) {
        let forms = self.param_forms(forms, false);
        let mut params = Vec::with_capacity(forms.fixed.len());
        for (index, (form, annotation)) in forms.fixed.iter().enumerate() {
            let name = form
                .as_symbol()
                .map_or_else(|| index.to_string(), str::to_owned);
            params.push((name, self.declared_type(*annotation)));
        }
        let rest = forms
            .rest
            .map(|(_, annotation)| self.declared_type(annotation));
        (params, rest)
    }

    fn declared_type(&mut self, annotation: Option<&Form>) -> Type {
        annotation
            .and_then(|form| self.type_form(form))
            .unwrap_or(Type::Any)
    }

    /// What stands behind the parameters; `None` after reporting.
    fn declared_result(&mut self, items: &[Form]) -> Option<Type> {
        let annotation = match annotation::behind(items, 2) {
            Ok(annotation) => annotation,
            Err(NoType { colon }) => {
                self.report(no_type(colon));
                return None;
            }
        };
        let next = annotation.map_or(3, |found| found.next);
        if let Some(extra) = items.get(next) {
            let message = "a declaration has no body";
            self.report(
                malformed(codes::DECLARE, extra.span, message)
                    .with_help("use `defn` to define the function here"),
            );
            return None;
        }
        Some(self.declared_type(annotation.map(|found| found.form)))
    }

    /// `(defstruct Name :field T …)`.
    pub(super) fn defstruct(&mut self, items: &[Form], span: Span) -> Node {
        let Some(name_form) = items.get(1) else {
            return self.incomplete(codes::DEFSTRUCT, span, "`defstruct` needs a name");
        };
        let Some(name) = self.defined_name(name_form, "defstruct", codes::DEFSTRUCT) else {
            return self.nil(span);
        };
        if self.scopes.body().is_some() {
            let message = "`defstruct` stands at the top level or directly in a module";
            return self.malformed(codes::DEFSTRUCT, span, message);
        }
        let mut fields: Vec<(String, Type)> = Vec::new();
        for pair in items[2..].chunks(2) {
            let Some(field) = pair[0].as_keyword() else {
                let message = "a field is a keyword and its type";
                let name = pair[0].as_symbol().unwrap_or("name");
                let found = malformed(codes::DEFSTRUCT, pair[0].span, message);
                self.report(
                    found.with_help(format!("write `:{name} type`, such as `:{name} :int`")),
                );
                return self.nil(span);
            };
            let Some(form) = pair.get(1) else {
                let message = format!("the type of the field `:{field}` is missing");
                self.report(missing(codes::DEFSTRUCT, pair[0].span, message));
                return self.nil(span);
            };
            let Some(ty) = self.type_form(form) else {
                return self.nil(span);
            };
            match fields.iter_mut().find(|(known, _)| known == field) {
                Some((_, known)) => *known = ty,
                None => fields.push((field.to_owned(), ty)),
            }
        }
        let global = self.intern_global(name);
        self.node(span, NodeKind::DefStruct { global, fields })
    }
}

/// The capability ids under `:capabilities` in the metadata of a form, sorted.
fn capabilities(form: &Form) -> Vec<String> {
    let mut ids = Vec::new();
    let mut form = form;
    while let FormKind::Meta {
        meta, form: inner, ..
    } = &form.kind
    {
        if let FormKind::Map(entries) = &meta.kind {
            let declared = entries
                .iter()
                .filter(|(key, _)| key.as_keyword() == Some("capabilities"));
            let listed = declared
                .filter_map(|(_, value)| value.as_vector())
                .flatten();
            ids.extend(
                listed
                    .filter_map(|id| id.as_keyword().or_else(|| id.as_str()))
                    .map(str::to_owned),
            );
        }
        form = inner;
    }
    ids.sort();
    ids.dedup();
    ids
}
