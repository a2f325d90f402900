//! `quote`: forms as data.

use std::collections::BTreeMap;

use rtfs_syntax::{Form, FormKind, Span};

use super::{Lowerer, codes, literal, malformed};
use crate::guard::nested;
use crate::node::{Datum, Literal, Node, NodeKind};

impl Lowerer<'_> {
    /// `(quote form)`.
    pub(super) fn quote(&mut self, items: &[Form], span: Span) -> Node {
        let [_, form] = items else {
            return self.malformed(codes::QUOTE, span, "`quote` takes exactly one form");
        };
        let kind = match self.datum(form) {
            Datum::Literal(literal) => NodeKind::Literal(literal),
            datum => NodeKind::Quote(datum),
        };
        self.node(span, kind)
    }

    /// A form as data. Metadata is not part of it.
    pub(super) fn datum(&mut self, form: &Form) -> Datum {
        if let Some(literal) = literal::scalar(&form.kind) {
            return Datum::Literal(literal);
        }
        nested(|| match &form.kind {
            FormKind::List(items) => Datum::List(self.data(items)),
            FormKind::Vector(items) => Datum::Vector(self.data(items)),
            FormKind::Map(entries) => self.map_datum(entries),
            FormKind::Meta { form, .. } => self.datum(form),
            FormKind::Optional(form) => self.datum(form),
            FormKind::Ampersand => symbol("&"),
            FormKind::Colon => symbol(":"),
            FormKind::Symbol(name) => symbol(name),
            _ => Datum::Literal(Literal::Nil),
        })
    }

    fn data(&mut self, forms: &[Form]) -> Vec<Datum> {
        forms.iter().map(|form| self.datum(form)).collect()
    }

    /// A quoted map: the last value of a repeated key, at its first position.
    fn map_datum(&mut self, forms: &[(Form, Form)]) -> Datum {
        let mut entries: Vec<(Literal, Datum)> = Vec::with_capacity(forms.len());
        let mut positions: BTreeMap<Literal, usize> = BTreeMap::new();
        for (key_form, value) in forms {
            let value = self.datum(value);
            let Some(key) = literal::map_key(&key_form.kind) else {
                let message = "a key in a quoted map is a keyword, a string or an integer";
                self.report(malformed(codes::QUOTE, key_form.span, message));
                continue;
            };
            match positions.get(&key) {
                Some(position) => entries[*position].1 = value,
                None => {
                    positions.insert(key.clone(), entries.len());
                    entries.push((key, value));
                }
            }
        }
        Datum::Map(entries)
    }
}

fn symbol(name: &str) -> Datum {
    Datum::Literal(Literal::Symbol(name.to_owned()))
}
