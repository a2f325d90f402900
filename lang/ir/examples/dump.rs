//! Prints the IR of the program given as the argument.
#![allow(clippy::print_stdout, reason = "printing is what this example is for")]

use rtfs_syntax::SourceText;

fn main() {
    let source = std::env::args().nth(1).unwrap_or_default();
    let read = rtfs_syntax::read(&source);
    let lowered = rtfs_ir::lower(&read.forms, &rtfs_ir::LowerOptions::default());
    let diagnostics: Vec<_> = read
        .diagnostics
        .into_iter()
        .chain(lowered.diagnostics)
        .collect();
    let text = SourceText::new("argument".into(), source);
    print!("{}", rtfs_syntax::render(&diagnostics, &text, false));
    if let Some(program) = &lowered.program {
        print!("{}", rtfs_ir::dump(program));
    }
}
