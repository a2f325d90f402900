//! `rtfs show`: everything a record says, and whether it may be believed.

use std::io::{IsTerminal as _, Write as _};

use rtfs_store::{Entry, Located};

use crate::account::{self, ModuleReport};
use crate::args::{Format, Global, ShowArgs};
use crate::exit::Exit;
use crate::opened::{self, Opened};
use crate::output::Output;
use crate::problem::Problem;
use crate::safe_text;

pub(crate) fn show(args: &ShowArgs, global: &Global, output: &Output) -> Result<Exit, Problem> {
    let opened = opened::open(global)?;
    let located = opened.store.locate(&args.module)?;
    let entry = entry(&opened, &located)?;
    if entry.module_unverified().is_none() {
        let text = format!(
            "record {}: {}",
            entry.record.digest(),
            entry.record.verdict()
        );
        return Err(Problem::refused(text).next("`rtfs scrub` moves it away; then publish again"));
    }
    warn(&args.module, &located, output);
    if args.source {
        return source(&opened, &entry, output);
    }
    match args.output.format {
        Format::Json => output.json(&ModuleReport::new(&entry)),
        Format::Text => {
            let facts = account::page(&entry);
            let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
            for (name, text) in facts {
                // Further lines of a text stand under its first.
                let text = safe_text::lines(&text).replace('\n', &format!("\n{:width$}  ", ""));
                output.value(&format!("{name:width$}  {text}"));
            }
        }
    }
    Ok(Exit::Success)
}

fn entry(opened: &Opened, located: &Located) -> Result<Entry, Problem> {
    let digest = located.record.digest();
    let mut known = opened.store.catalogue()?.into_iter();
    let known = known.find(|entry| entry.record.digest() == digest);
    Ok(known.unwrap_or_else(|| Entry {
        record: located.record.clone(),
        names: Vec::new(),
    }))
}

/// A name may lead here although nobody who is trusted says so.
fn warn(reference: &str, located: &Located, output: &Output) {
    let reference = safe_text::line(reference);
    if let Some(pointer) = &located.pointer
        && !pointer.verdict().is_trusted()
    {
        let why = safe_text::line(&pointer.verdict().to_string());
        output.warning(&format!("name `{reference}` is not to be trusted: {why}"));
    }
    for refused in &located.refused {
        let why = safe_text::line(&refused.verdict().to_string());
        output.warning(&format!(
            "a newer pointer of `{reference}` is passed over: {why}"
        ));
    }
}

fn source(opened: &Opened, entry: &Entry, output: &Output) -> Result<Exit, Problem> {
    let module = entry.module_unverified();
    let Some(source) = module.and_then(|module| module.source.as_ref()) else {
        return Err(Problem::failed(
            "the module was published without its source",
        ));
    };
    let text = opened.store.source(source).map_err(|error| match &error {
        rtfs_store::SourceError::Get(rtfs_store::GetError::Missing { .. }) => Problem::of(&error),
        error => Problem::refused(rtfs_runtime::chain(error))
            .next("`rtfs scrub` moves it away; then publish the module again"),
    })?;
    if !entry.record.verdict().is_trusted() {
        let why = safe_text::line(&entry.record.verdict().to_string());
        output.warning(&format!("not to be trusted: {why}"));
    }
    let mut stdout = std::io::stdout().lock();
    // Bytes for programs, harmless text for people.
    let _ = if stdout.is_terminal() {
        writeln!(
            stdout,
            "{}",
            safe_text::lines(&String::from_utf8_lossy(&text))
        )
    } else {
        stdout.write_all(&text)
    };
    Ok(Exit::Success)
}
