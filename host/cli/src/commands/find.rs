//! `rtfs find`: modules by name, hash or words.

use rtfs_store::Search;

use crate::args::{FindArgs, Format, Global};
use crate::commands::list;
use crate::exit::Exit;
use crate::opened;
use crate::output::Output;
use crate::problem::Problem;

pub(crate) fn find(args: &FindArgs, global: &Global, output: &Output) -> Result<Exit, Problem> {
    let opened = opened::open(global)?;
    let (hashes, words): (Vec<_>, Vec<_>) = args
        .words
        .iter()
        .cloned()
        .partition(|word| word.starts_with("sha256:"));
    let mut found = opened.store.search(&Search {
        name: args.name.clone(),
        hash: args.hash.clone(),
        words,
    })?;
    for hash in hashes {
        let by_hash = Search {
            hash: Some(hash),
            ..Search::default()
        };
        found.retain(|entry| opened.store.fits(entry, &by_hash));
    }
    list::sort(&mut found);
    list::show(&found, args.output.format, output);
    if found.is_empty() {
        if args.output.format == Format::Text {
            output.note("nothing fits");
        }
        return Ok(Exit::Failed);
    }
    Ok(Exit::Success)
}
