//! `rtfs conform`: what a component passes and what it does not.

use std::path::Path;

use rtfs_conformance::kit::{Kit, Report, Summary};
use rtfs_store::Signer as _;

use crate::args::{ConformArgs, Format, Global};
use crate::commands::{backend, run};
use crate::exit::Exit;
use crate::opened;
use crate::output::Output;
use crate::problem::Problem;
use crate::vouching;
use crate::worker;

pub(crate) fn conform(
    args: &ConformArgs,
    global: &Global,
    output: &Output,
) -> Result<Exit, Problem> {
    let component = backend::read(&args.component)?;
    let report = Kit::new(run::engine(1)?, worker::worker()?).conform(&component);
    show(&report, args.output.format, output);
    if let Some(path) = &args.sign {
        sign(&report, path, global)?;
    }
    Ok(match report.conforms() {
        true => Exit::Success,
        false => Exit::Failed,
    })
}

/// Writes the summary of a report, and a signature over its bytes beside it.
fn sign(report: &Report, path: &Path, global: &Global) -> Result<(), Problem> {
    let signer = opened::open(global)?.signer()?;
    let summary = serde_json::to_vec_pretty(&Summary::from(report));
    let summary = summary.map_err(|error| Problem::failed(error.to_string()))?;
    let signature = signer.sign(&summary).map_err(|error| Problem::of(&error))?;
    for (path, bytes) in [
        (path.to_owned(), &summary[..]),
        (vouching::signature_of(path), &signature),
    ] {
        std::fs::write(&path, bytes).map_err(|error| {
            Problem::failed(format!("cannot write `{}`: {error}", path.display()))
        })?;
    }
    Ok(())
}

/// Writes a report.
pub(crate) fn show(report: &Report, format: Format, output: &Output) {
    match format {
        Format::Text => output.value(&report.to_string()),
        Format::Json => output.json(report),
    }
}
