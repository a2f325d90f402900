use super::Interpreter;
use rtfs_guest::Backend;
use rtfs_guest::testing::{SourceError, compile};

#[test]
fn equal_programs_give_equal_components() {
    let source = "(defn f [x] (* x 2))";
    let first = compile::<Interpreter>(source).expect("it compiles");
    assert_eq!(compile::<Interpreter>(source), Ok(first.clone()));
    let other = compile::<Interpreter>("(defn f [x] (* x 3))").expect("it compiles");
    assert_ne!(other, first);
    assert!(first.starts_with(b"\0asm\x0d\0\x01\0"));
}

#[test]
fn nothing_is_unsupported() {
    for source in ["1", "", "(defn f [& r] (map inc r))", "(call :x)"] {
        assert!(compile::<Interpreter>(source).is_ok(), "{source}");
    }
}

#[test]
fn bytes_that_are_no_program_are_refused() {
    let ir = rtfs_guest::Ir::new(b"\x84\x09");
    let diagnostics = Interpreter::compile(&ir, &rtfs_guest::Options::default());
    let diagnostics = diagnostics.expect_err("no such version");
    assert_eq!(diagnostics[0].code, "invalid-ir");
    let text = SourceError::Refused(diagnostics).to_string();
    assert!(
        text.starts_with("the backend refused the program;"),
        "{text}"
    );
}
