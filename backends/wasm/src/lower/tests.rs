//! Tests of lowering alone: what is generated is valid and has the expected form.

use super::generate;
use crate::Options;

/// Lowers source text and gives the module as text. Generating validates.
pub(super) fn wat(source: &str) -> String {
    let read = rtfs_syntax::read(source);
    assert!(read.diagnostics.is_empty(), "{:?}", read.diagnostics);
    let lowered = rtfs_ir::lower(&read.forms, &rtfs_ir::LowerOptions::default());
    let program = lowered
        .program
        .unwrap_or_else(|| panic!("{:?}", lowered.diagnostics));
    let generated = generate(&program, &Options::default()).unwrap_or_else(|e| panic!("{e}"));
    wasmprinter::print_bytes(&generated.module).unwrap_or_else(|e| panic!("{e:#}"))
}

#[test]
fn prints() {
    let source = std::env::var("SRC").unwrap_or_else(|_| {
        "(defn fib [n] (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))) (fib 10)".to_owned()
    });
    println!("{}", wat(&source));
}
