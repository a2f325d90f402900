//! Tests of lowering: programs run as components and on the evaluator, which must agree.

mod differential;
mod hints;
mod leaks;
mod lean;
mod random;
mod runner;
mod speed;
mod walks;

use rtfs_ir::Program;

/// The program of a source text that is well formed.
#[track_caller]
fn program(source: &str) -> Program {
    let read = rtfs_syntax::read(source);
    assert!(
        read.diagnostics.is_empty(),
        "{source}: {:?}",
        read.diagnostics
    );
    let lowered = rtfs_ir::lower(&read.forms, &rtfs_eval::lower_options());
    lowered
        .program
        .unwrap_or_else(|| panic!("{source}: {:?}", lowered.diagnostics))
}

/// Lowers source text and gives the module as text.
#[track_caller]
fn wat(source: &str) -> String {
    let generated = super::generate(&program(source), &crate::Options::default());
    let generated = generated.unwrap_or_else(|error| panic!("{source}: {error}"));
    wasmprinter::print_bytes(&generated.module).unwrap_or_else(|error| panic!("{error:#}"))
}

/// `SRC='…' cargo test … prints -- --nocapture` shows what is generated.
#[test]
fn prints() {
    if let Ok(source) = std::env::var("SRC") {
        #[allow(clippy::print_stdout, reason = "asked for")]
        {
            println!("{}", wat(&source));
        }
    }
}
