//! `rtfs gc`: collects what nothing needs.

use rtfs_store::CollectOptions;

use crate::args::{Format, GcArgs, Global};
use crate::exit::Exit;
use crate::opened;
use crate::output::Output;
use crate::problem::Problem;
use crate::units::show_size;

pub(crate) fn gc(args: &GcArgs, global: &Global, output: &Output) -> Result<Exit, Problem> {
    let store = opened::open(global)?.store;
    let report = store.collect(&CollectOptions {
        grace: args.grace,
        cache_max_age: Some(args.cache_age),
        keep_versions: args
            .keep_versions
            .map(|number| usize::try_from(number).unwrap_or(usize::MAX)),
        dry_run: args.dry_run,
    })?;
    match args.output.format {
        Format::Text => {
            let would = if args.dry_run { "would be " } else { "" };
            output.value(&format!(
                "{would}dropped: {} records; {would}moved to the trash: {} blobs, {}; \
                 {would}removed for good: {} files",
                report.n_records,
                report.n_blobs,
                show_size(report.blobs_bytes),
                report.n_swept,
            ));
        }
        Format::Json => output.json(&serde_json::json!({
            "dry_run": args.dry_run,
            "records_dropped": report.n_records,
            "blobs_trashed": report.n_blobs,
            "bytes_trashed": report.blobs_bytes,
            "files_removed": report.n_swept,
        })),
    }
    Ok(Exit::Success)
}
