//! Literals in forms.

use rtfs_syntax::FormKind;

use crate::node::Literal;

/// The literal that a form is, if it evaluates to itself.
pub(crate) fn scalar(kind: &FormKind) -> Option<Literal> {
    Some(match kind {
        FormKind::Nil => Literal::Nil,
        FormKind::Bool(value) => Literal::Bool(*value),
        FormKind::Int(value) => Literal::Int(*value),
        FormKind::Float(value) => Literal::float(*value),
        FormKind::Str(text) => Literal::Str(text.clone()),
        FormKind::Keyword(name) => Literal::Keyword(name.clone()),
        FormKind::Timestamp(text) => Literal::Timestamp(text.clone()),
        FormKind::Uuid(text) => Literal::Uuid(text.clone()),
        FormKind::Resource(text) => Literal::Resource(text.clone()),
        _ => return None,
    })
}

/// The literal that a form is, if it can be a map key.
pub(crate) fn map_key(kind: &FormKind) -> Option<Literal> {
    match kind {
        FormKind::Keyword(_) | FormKind::Str(_) | FormKind::Int(_) => scalar(kind),
        _ => None,
    }
}
