//! `rtfs explain`: what a diagnostic code means.

use crate::args::ExplainArgs;
use crate::exit::Exit;
use crate::output::Output;

pub(crate) fn explain(args: &ExplainArgs, output: &Output) -> Exit {
    let found = rtfs_syntax::explain(&args.code).or_else(|| rtfs_ir::explain(&args.code));
    let Some(info) = found else {
        output.error(&format!(
            "there is no diagnostic code `{}`; codes look like E0010",
            args.code
        ));
        return Exit::Failed;
    };
    output.value(&format!(
        "{}: {}\n\n{}",
        info.code, info.title, info.explanation
    ));
    if !info.example.is_empty() {
        output.value(&format!(
            "\nExample:\n\n    {}",
            info.example.replace('\n', "\n    ")
        ));
    }
    Exit::Success
}
