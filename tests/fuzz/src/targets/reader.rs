//! Text to forms: findings lie in the text, and printed forms read back.

use rtfs_syntax::{print_form, read};

use crate::pipeline::{check_diagnostics, codes, digest};

pub(super) fn check(text: &str) -> u64 {
    let result = read(text);
    check_diagnostics(&result.diagnostics, text);
    if let Err(found) = rtfs_syntax::case_file::parse_cases(text) {
        check_diagnostics(&found, text);
    }
    let mut kinds = Vec::new();
    if result.diagnostics.is_empty() {
        for form in &result.forms {
            let printed = print_form(form);
            let again = read(&printed);
            assert!(
                again.diagnostics.is_empty(),
                "{printed}: {:?}",
                again.diagnostics
            );
            assert!(
                again.forms.as_slice() == std::slice::from_ref(form),
                "{printed}"
            );
            kinds.push(std::mem::discriminant(&form.kind));
        }
    }
    digest((codes(&result.diagnostics), kinds))
}
