//! `rtfs-differential [--seconds N] [--seed N] [--programs N] [--findings N] [--report] [--replay FILE]`

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks"
)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use rtfs_differential::{Finding, LEVELS, Plan, Plant, difference, on_large_stack, run};

const USAGE: &str = "usage: rtfs-differential [--seconds N] [--seed N] [--programs N] [--findings N] [--shrink-seconds N] [--report] [--replay FILE]";

struct Flags {
    seconds: u64,
    seed: u64,
    programs: u64,
    findings: usize,
    shrink_seconds: u64,
    report: bool,
    replay: Option<PathBuf>,
}

fn flags(mut args: impl Iterator<Item = String>) -> Result<Flags, String> {
    let mut flags = Flags {
        seconds: 60,
        seed: 1,
        programs: u64::MAX,
        findings: 1,
        shrink_seconds: 60,
        report: false,
        replay: None,
    };
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value"));
        let number = |text: String| {
            text.parse::<u64>()
                .map_err(|_| format!("`{text}` is not a number"))
        };
        match arg.as_str() {
            "--seconds" => flags.seconds = number(value()?)?,
            "--seed" => flags.seed = number(value()?)?,
            "--programs" => flags.programs = number(value()?)?,
            "--findings" => {
                flags.findings = usize::try_from(number(value()?)?).unwrap_or(usize::MAX)
            }
            "--shrink-seconds" => flags.shrink_seconds = number(value()?)?,
            "--report" => flags.report = true,
            "--replay" => flags.replay = Some(value()?.into()),
            _ => return Err(format!("`{arg}` is no option\n{USAGE}")),
        }
    }
    Ok(flags)
}

fn show(finding: &Finding) {
    println!(
        "level {}, case {}:\n{}\n  evaluator: {}\n  compiled:  {}\n",
        finding.level,
        finding.case,
        finding.text.trim(),
        finding.expected,
        finding.got
    );
}

fn fuzz(flags: &Flags) -> bool {
    let start = Instant::now();
    let plan = Plan {
        time: Duration::from_secs(flags.seconds),
        programs: flags.programs,
        seed: flags.seed,
        levels: &LEVELS,
        plant: Plant::NONE,
        shrink: Duration::from_secs(flags.shrink_seconds),
        findings: flags.findings,
    };
    let report = run(&plan, &mut show);
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{} cases in {} programs, each at {} levels, in {seconds:.0} s ({:.1} cases/s); {} findings",
        report.cases,
        report.programs,
        LEVELS.len(),
        report.cases as f64 / seconds,
        report.findings.len()
    );
    if flags.report {
        print!("{}", report.coverage.report());
    }
    report.findings.is_empty()
}

fn replay(text: &str) -> bool {
    let found: Vec<Finding> = LEVELS
        .iter()
        .filter_map(|level| difference(text, 0, *level, &Plant::NONE))
        .collect();
    found.iter().for_each(show);
    found.is_empty()
}

fn main() -> ExitCode {
    // Looking for smaller programs makes the compiler fail again and again.
    std::panic::set_hook(Box::new(|_| {}));
    let flags = match flags(std::env::args().skip(1)) {
        Ok(flags) => flags,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    let held = match &flags.replay {
        None => on_large_stack(|| fuzz(&flags)),
        Some(path) => match std::fs::read_to_string(path) {
            Ok(text) => on_large_stack(|| replay(&text)),
            Err(error) => {
                eprintln!("cannot read {}: {error}", path.display());
                return ExitCode::from(2);
            }
        },
    };
    if held {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
