//! `rtfs fmt`: regular spacing and indentation for source files.

use std::io::Read as _;
use std::path::Path;

use rtfs_syntax::SourceText;

use crate::args::FmtArgs;
use crate::exit::Exit;
use crate::output::Output;

/// What became of one file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Regular,
    Changed,
    Unreadable,
}

pub(crate) fn fmt(args: &FmtArgs, output: &Output) -> Result<Exit, String> {
    let mut failed = false;
    for path in &args.files {
        let outcome = if path == Path::new("-") {
            format_stdin(args.check, output)?
        } else {
            format_file(path, args.check, output)?
        };
        if outcome == Outcome::Changed && args.check {
            output.note(&format!("{} is not formatted", path.display()));
        }
        failed |= outcome == Outcome::Unreadable || (outcome == Outcome::Changed && args.check);
    }
    Ok(if failed { Exit::Failed } else { Exit::Success })
}

fn format_stdin(check: bool, output: &Output) -> Result<Outcome, String> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .read_to_end(&mut bytes)
        .map_err(|error| format!("cannot read standard input: {error}"))?;
    let (outcome, text) = formatted("<stdin>".to_owned(), bytes, output);
    if !check && outcome != Outcome::Unreadable {
        output.text(&text);
    }
    Ok(outcome)
}

fn format_file(path: &Path, check: bool, output: &Output) -> Result<Outcome, String> {
    let shown = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| format!("cannot read `{shown}`: {error}"))?;
    let (outcome, text) = formatted(shown.clone(), bytes, output);
    if !check && outcome == Outcome::Changed {
        std::fs::write(path, text).map_err(|error| format!("cannot write `{shown}`: {error}"))?;
    }
    Ok(outcome)
}

/// Formats a text, showing why it cannot be read if it cannot.
fn formatted(name: String, bytes: Vec<u8>, output: &Output) -> (Outcome, String) {
    let (source, malformed) = SourceText::from_utf8(name, bytes);
    let result = match malformed {
        Some(diagnostic) => Err(vec![diagnostic]),
        None => rtfs_syntax::format(source.text()),
    };
    match result {
        Ok(text) if text == source.text() => (Outcome::Regular, text),
        Ok(text) => (Outcome::Changed, text),
        Err(found) => {
            output.message(&rtfs_syntax::render(&found, &source, output.color()));
            (Outcome::Unreadable, String::new())
        }
    }
}
