//! `rtfs list`: the modules of the store.

use rtfs_store::{Entry, Retention};

use crate::account::{ModuleReport, table};
use crate::args::{Format, Global, ListArgs};
use crate::exit::Exit;
use crate::opened;
use crate::output::Output;
use crate::problem::Problem;

pub(crate) fn list(args: &ListArgs, global: &Global, output: &Output) -> Result<Exit, Problem> {
    let opened = opened::open(global)?;
    let mut entries = opened.store.catalogue()?;
    let n_before = entries.len();
    if !args.all {
        entries.retain(|entry| !is_own_cache(entry));
    }
    sort(&mut entries);
    show(&entries, args.output.format, output);
    if args.output.format == Format::Text && entries.is_empty() {
        output.note("no published modules; publish one with `rtfs publish FILE`");
        if n_before > 0 {
            output.note(&format!(
                "`rtfs list --all` shows {n_before} that `run` keeps"
            ));
        }
    }
    Ok(Exit::Success)
}

/// Writes entries as a table or one document.
pub(crate) fn show(entries: &[Entry], format: Format, output: &Output) {
    match format {
        Format::Text => table(entries, output),
        Format::Json => {
            let modules: Vec<_> = entries.iter().map(ModuleReport::new).collect();
            output.json(&serde_json::json!({ "modules": modules }));
        }
    }
}

/// Named ones first, by name; the others by digest.
pub(crate) fn sort(entries: &mut [Entry]) {
    entries.sort_by_cached_key(|entry| {
        let name = entry.names.first().cloned();
        (name.is_none(), name, entry.record.digest())
    });
}

/// What `run` keeps for itself and nobody has named.
fn is_own_cache(entry: &Entry) -> bool {
    entry.names.is_empty()
        && entry
            .module_unverified()
            .is_some_and(|module| module.facts.retention == Retention::Cache)
}
