//! The `rtfs` command: flags, terminal, exit status, and the first authority over files.
//!
//! Everything reusable lives in the libraries; this crate only joins them.

mod args;
mod capabilities;
mod commands;
mod events;
mod exit;
mod failure;
mod grants;
mod modules;
mod output;
mod source;
mod store;
mod units;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Cli, Command};
use crate::exit::Exit;
use crate::output::Output;

fn main() -> ExitCode {
    // clap ends the process with status 2 on wrong usage and 0 on --help.
    let cli = Cli::parse();
    let output = Output::new(&cli.global);
    let ended = match &cli.command {
        Command::Run(args) => commands::run::run(args, &cli.global, &output),
        Command::Check(args) => commands::check::check(args, &output),
        Command::Build(args) => commands::build::build(args, &output),
        Command::Test(args) => commands::test::test(args, &output),
        Command::Fmt(args) => commands::fmt::fmt(args, &output),
        Command::Explain(args) => Ok(commands::explain::explain(args, &output)),
    };
    ended
        .unwrap_or_else(|text| {
            output.error(&text);
            Exit::Failed
        })
        .into()
}
