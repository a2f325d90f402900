//! The `rtfs` command: flags, terminal, exit status, and the first authority over files.
//!
//! Everything reusable lives in the libraries; this crate only joins them.

mod account;
mod args;
mod capabilities;
mod chosen;
mod commands;
mod events;
mod exit;
mod failure;
mod grants;
mod literal;
mod modules;
mod opened;
mod output;
mod problem;
mod safe_text;
mod source;
mod store;
mod units;
mod vouching;
mod worker;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Cli, Command};
use crate::exit::Exit;
use crate::output::Output;
use crate::problem::Problem;

fn main() -> ExitCode {
    // clap ends the process with status 2 on wrong usage and 0 on --help.
    let cli = Cli::parse();
    let output = Output::new(&cli.global);
    let ended = run(&cli, &output);
    let exit = ended.unwrap_or_else(|problem| {
        output.problem(&problem);
        problem.exit
    });
    match exit {
        Exit::Success if output::is_lost() => Exit::Failed,
        exit => exit,
    }
    .into()
}

fn run(cli: &Cli, output: &Output) -> Result<Exit, Problem> {
    let global = &cli.global;
    match &cli.command {
        Command::Run(args) => commands::run::run(args, global, output),
        Command::Repl(args) => commands::repl::repl(args, output),
        Command::Check(args) => Ok(commands::check::check(args, output)?),
        Command::Build(args) => commands::build::build(args, global, output),
        Command::Test(args) => commands::test::test(args, global, output),
        Command::Fmt(args) => Ok(commands::fmt::fmt(args, output)?),
        Command::Explain(args) => Ok(commands::explain::explain(args, output)),
        Command::Publish(args) => commands::publish::publish(args, global, output),
        Command::Call(args) => commands::call::call(args, global, output),
        Command::List(args) => commands::list::list(args, global, output),
        Command::Show(args) => commands::show::show(args, global, output),
        Command::Find(args) => commands::find::find(args, global, output),
        Command::Verify(args) => commands::verify::verify(args, global, output),
        Command::Reindex(args) => commands::reindex::reindex(args, global, output),
        Command::Gc(args) => commands::gc::gc(args, global, output),
        Command::Scrub(args) => commands::scrub::scrub(args, global, output),
        Command::Audit(args) => commands::audit::audit(args, global, output),
        Command::Stats(args) => commands::audit::stats(args, global, output),
        Command::Backend(args) => commands::backend::backend(args, global, output),
        Command::Conform(args) => commands::conform::conform(args, global, output),
        Command::New(args) => commands::new::new(args, output),
        Command::CompileWorker => worker::serve(),
        Command::Policy(args) => commands::policy::policy(args, global, output),
        Command::Key(args) => commands::key::key(args, global, output),
    }
}
