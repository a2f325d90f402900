//! Forms to IR, macros included: the same every time, and everything that lowers can be encoded,
//! shown, optimised and loaded.

use rtfs_ir::{OptLevel, Program, dump, optimise};
use rtfs_value::types::Level;

use crate::pipeline::{check_diagnostics, codes, digest, lowered};

pub(super) fn check(text: &str) -> u64 {
    let read = rtfs_syntax::read(text);
    // What could be read despite errors is lowered too: tools do.
    let result = lowered(&read.forms, false);
    check_diagnostics(&result.diagnostics, text);
    let errors = result.diagnostics.iter().any(|found| found.is_error());
    assert_eq!(result.program.is_none(), errors, "{:?}", result.diagnostics);
    let again = lowered(&read.forms, false);
    assert_eq!(again.diagnostics, result.diagnostics);
    assert!(
        again.program == result.program,
        "another program the second time"
    );
    let shape = result.program.as_ref().map(|program| {
        check_program(program);
        let n_nodes = dump(program).bytes().filter(|byte| *byte == b'(').count();
        (
            program.forms.len(),
            program.globals.len(),
            n_nodes.checked_ilog2(),
        )
    });
    digest((codes(&result.diagnostics), shape))
}

fn check_program(program: &Program) {
    let bytes = program.encode();
    let decoded = Program::decode(&bytes).unwrap_or_else(|error| panic!("{error}"));
    assert!(decoded.encode() == bytes, "another encoding after decoding");
    assert_eq!(
        decoded.hashes(Level::Standard),
        program.hashes(Level::Standard)
    );
    let mut environment = rtfs_eval::Environment::new();
    environment
        .load(program)
        .unwrap_or_else(|error| panic!("{error}"));
    let optimised = optimise(program.clone(), OptLevel::Full);
    environment
        .load(&optimised)
        .unwrap_or_else(|error| panic!("optimised: {error}"));
}
