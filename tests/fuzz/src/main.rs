//! `rtfs-fuzz [TARGET…] [--seconds N] [--cases N] [--seed N] [--case-seconds N] [--keep FOLDER] [--replay FILE]`

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks"
)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use rtfs_fuzz::{Budget, TARGETS, Target, run};

const USAGE: &str = "usage: rtfs-fuzz [TARGET…] [--seconds N] [--cases N] [--seed N] [--case-seconds N] [--keep FOLDER] [--replay FILE]";

struct Flags {
    targets: Vec<&'static Target>,
    seconds: u64,
    cases: u64,
    seed: u64,
    case_seconds: u64,
    keep: Option<PathBuf>,
    replay: Option<PathBuf>,
}

fn flags(mut args: impl Iterator<Item = String>) -> Result<Flags, String> {
    let mut flags = Flags {
        targets: Vec::new(),
        seconds: 10,
        cases: u64::MAX,
        seed: 1,
        case_seconds: 60,
        keep: None,
        replay: None,
    };
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value"));
        let number = |text: String| {
            text.parse()
                .map_err(|_| format!("`{text}` is not a number"))
        };
        match arg.as_str() {
            "--seconds" => flags.seconds = number(value()?)?,
            "--cases" => flags.cases = number(value()?)?,
            "--seed" => flags.seed = number(value()?)?,
            "--case-seconds" => flags.case_seconds = number(value()?)?,
            "--keep" => flags.keep = Some(value()?.into()),
            "--replay" => flags.replay = Some(value()?.into()),
            name => {
                let target = TARGETS.iter().find(|target| target.name == name);
                flags.targets.push(target.ok_or_else(|| unknown(name))?);
            }
        }
    }
    if flags.targets.is_empty() {
        flags.targets = TARGETS.iter().collect();
    }
    Ok(flags)
}

fn unknown(name: &str) -> String {
    let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    format!(
        "there is no target `{name}`, only {}\n{USAGE}",
        names.join(", ")
    )
}

/// Runs one target; whether it held.
fn fuzz(target: &Target, flags: &Flags) -> bool {
    let budget = Budget {
        time: Duration::from_secs(flags.seconds),
        cases: flags.cases,
        seed: flags.seed,
        case_time: Duration::from_secs(flags.case_seconds),
        keep: flags
            .keep
            .as_ref()
            .map(|folder| folder.join(format!("{}.input", target.name))),
    };
    // As much stack as threads usually have: the main thread's would hide recursion.
    let result = std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size(2 << 20);
        let thread = builder.spawn_scoped(scope, || run(target, &budget));
        thread
            .expect("a thread starts")
            .join()
            .expect("panics of cases are caught")
    });
    match result {
        Ok(report) => {
            println!(
                "{}: {} cases, {} outcomes, the slowest case took {:?}",
                target.name, report.cases, report.outcomes, report.slowest
            );
            true
        }
        Err(failure) => {
            let text = String::from_utf8_lossy(&failure.input);
            println!(
                "{}: case {} of seed {} fails: {}\n  input: {text:?}\n  bytes: {:02x?}",
                target.name, failure.case, flags.seed, failure.message, failure.input
            );
            false
        }
    }
}

fn main() -> ExitCode {
    let flags = match flags(std::env::args().skip(1)) {
        Ok(flags) => flags,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    if let Some(path) = &flags.replay {
        let input = match std::fs::read(path) {
            Ok(input) => input,
            Err(error) => {
                eprintln!("cannot read {}: {error}", path.display());
                return ExitCode::from(2);
            }
        };
        for target in &flags.targets {
            println!("{}: outcome {:x}", target.name, (target.check)(&input));
        }
        return ExitCode::SUCCESS;
    }
    // All targets run, so that one failure does not hide others.
    let held: Vec<bool> = flags
        .targets
        .iter()
        .map(|target| fuzz(target, &flags))
        .collect();
    if held.contains(&false) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}
