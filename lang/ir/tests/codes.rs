//! Every code has an example that gets it.

use rtfs_ir::{CODES, LowerOptions, explain, lower};
use rtfs_syntax::read;

#[test]
fn examples_get_their_codes() {
    for info in CODES.iter().filter(|info| !info.example.is_empty()) {
        let read = read(info.example);
        assert!(read.diagnostics.is_empty(), "{} reads", info.example);
        let options = LowerOptions {
            static_checks: true,
            ..LowerOptions::default()
        };
        let lowered = lower(&read.forms, &options);
        let codes: Vec<&str> = lowered.diagnostics.iter().map(|found| found.code).collect();
        assert!(
            codes.contains(&info.code),
            "{} gets {codes:?}, not {}",
            info.example,
            info.code
        );
        let is_error = info.code.starts_with('E');
        assert_eq!(lowered.program.is_none(), is_error, "{}", info.example);
    }
}

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
