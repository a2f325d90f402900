//! `rtfs explain`: what a diagnostic code or a kind of error means.

use rtfs_value::error;

use crate::args::ExplainArgs;
use crate::exit::Exit;
use crate::output::Output;

pub(crate) fn explain(args: &ExplainArgs, output: &Output) -> Exit {
    match explanation(&args.code) {
        Some(text) => {
            output.value(&text);
            Exit::Success
        }
        None => {
            output.error(&unknown(&args.code));
            Exit::Failed
        }
    }
}

/// The text about a code such as `E0010`, a class such as `TypeError`, or a kind keyword such as
/// `:type-error`.
pub(crate) fn explanation(code: &str) -> Option<String> {
    let found = rtfs_syntax::explain(code).or_else(|| rtfs_ir::explain(code));
    if let Some(info) = found {
        let head = format!("{}: {}\n\n{}", info.code, info.title, info.explanation);
        return Some(head + &examples(info.example, info.fixed));
    }
    let info = error::explain(code)?;
    let (class, keyword) = (info.kind.class(), info.kind.keyword());
    let head = format!("{class} (`:{keyword}`)\n\n{}", info.explanation);
    Some(head + &examples(info.example, info.fixed))
}

/// What is said about a code that does not exist.
pub(crate) fn unknown(code: &str) -> String {
    format!("there is no code `{code}`; codes look like E0010, kinds of errors like TypeError")
}

/// The program that gets the code, and the right one.
fn examples(wrong: &str, right: &str) -> String {
    if wrong.is_empty() {
        return String::new();
    }
    let indented = |text: &str| text.replace('\n', "\n    ");
    format!(
        "\n\nWrong:\n\n    {}\n\nRight:\n\n    {}",
        indented(wrong),
        indented(right)
    )
}
