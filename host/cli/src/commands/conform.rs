//! `rtfs conform`: what a component passes and what it does not.

use rtfs_conformance::kit::{Kit, Report};

use crate::args::{ConformArgs, Format};
use crate::commands::{backend, run};
use crate::exit::Exit;
use crate::output::Output;
use crate::problem::Problem;
use crate::worker;

pub(crate) fn conform(args: &ConformArgs, output: &Output) -> Result<Exit, Problem> {
    let component = backend::read(&args.component)?;
    let report = Kit::new(run::engine(1)?, worker::worker()?).conform(&component);
    show(&report, args.output.format, output);
    Ok(match report.conforms() {
        true => Exit::Success,
        false => Exit::Failed,
    })
}

/// Writes a report.
pub(crate) fn show(report: &Report, format: Format, output: &Output) {
    match format {
        Format::Text => output.value(&report.to_string()),
        Format::Json => output.json(report),
    }
}
