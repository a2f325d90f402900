//! Where annotations stand in a row of forms.
//!
//! Written `n:int`, `n :int`, `n : int` or `p:[:vector :int]`: a keyword behind the annotated
//! form, or a colon and a type.

use rtfs_syntax::{Form, FormKind, attached};

/// An annotation found behind a form.
#[derive(Clone, Copy, Debug)]
pub(super) struct Annotation<'f> {
    /// The type expression.
    pub(super) form: &'f Form,
    /// Index of the form after the annotation.
    pub(super) next: usize,
    /// It cannot be read as a value: written with a colon of its own, or attached.
    pub(super) certain: bool,
}

/// A colon without a type behind it.
#[derive(Clone, Copy, Debug)]
pub(super) struct NoType<'f> {
    /// The colon.
    pub(super) colon: &'f Form,
}

/// Reads the annotation behind the form at `index`, if one can stand there.
pub(super) fn behind(forms: &[Form], index: usize) -> Result<Option<Annotation<'_>>, NoType<'_>> {
    let Some(form) = forms.get(index + 1) else {
        return Ok(None);
    };
    match &form.kind {
        FormKind::Colon => match forms.get(index + 2) {
            Some(written) => Ok(Some(Annotation {
                form: written,
                next: index + 3,
                certain: true,
            })),
            None => Err(NoType { colon: form }),
        },
        FormKind::Keyword(_) => {
            let certain = attached(&forms[index], form);
            Ok(Some(Annotation {
                form,
                next: index + 2,
                certain,
            }))
        }
        _ => Ok(None),
    }
}
