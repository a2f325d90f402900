//! `rtfs reindex`: deletes the derived index and reads all records again.

use rtfs_store::Query;

use crate::args::{Format, Global, ReindexArgs};
use crate::exit::Exit;
use crate::opened;
use crate::output::Output;
use crate::problem::Problem;

pub(crate) fn reindex(
    args: &ReindexArgs,
    global: &Global,
    output: &Output,
) -> Result<Exit, Problem> {
    let store = opened::open(global)?.store;
    store.reindex()?;
    if args.dump {
        output.text(&store.index_dump()?);
        return Ok(Exit::Success);
    }
    let n_modules = store.find(&Query::All)?.len();
    let n_names = store.names()?.len();
    match args.output.format {
        Format::Text => output.value(&format!("{n_modules} modules, {n_names} names")),
        Format::Json => {
            output.json(&serde_json::json!({ "modules": n_modules, "names": n_names }));
        }
    }
    Ok(Exit::Success)
}
