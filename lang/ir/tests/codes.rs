//! The table of codes. That its examples are right is tested where macros can run.

use rtfs_ir::{CODES, explain};

#[test]
fn codes_are_in_order_and_found_in_any_letter_case() {
    assert!(CODES.windows(2).all(|pair| pair[0].code < pair[1].code));
    assert_eq!(explain("e0101").map(|info| info.code), Some("E0101"));
    assert_eq!(explain("E0001"), None);
}

#[test]
fn diagnostics_can_name_every_class_of_errors() {
    for kind in rtfs_value::error::ErrorKind::ALL {
        let class = rtfs_syntax::ErrorClass::named(kind.class());
        assert_eq!(class.name(), kind.class());
    }
}
