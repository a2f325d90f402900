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

#[cfg(test)]
mod tests {
    /// The library may not depend on the reader, so each knows what a name is.
    #[test]
    fn the_library_and_the_reader_agree_on_names() {
        const LETTERS: [&str; 8] = ["a", "/", ":", "v", "1", ".", "@", " "];
        let mut n_names = 0;
        let mut texts = vec![String::new()];
        for _ in 0..6 {
            texts = texts
                .iter()
                .flat_map(|text| LETTERS.map(|letter| format!("{text}{letter}")))
                .collect();
            for text in &texts {
                let is_name = rtfs_syntax::is_symbol(text);
                assert_eq!(rtfs_value::is_name(text), is_name, "{text}");
                n_names += usize::from(is_name);
            }
        }
        assert!(n_names > 1000, "{n_names} names");
    }
}
