//! `rtfs-differential [--seconds N] [--seed N] [--programs N] [--findings N] [--report] [--replay FILE]`
//! `rtfs-differential --mutant NAME|all [--seconds N] [--seed N]`

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks"
)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use rtfs_differential::{
    Finding, LEVELS, MUTANTS, Mutant, Plan, Plant, difference, on_large_stack, run, smaller,
};

const USAGE: &str = "usage: rtfs-differential [--seconds N] [--seed N] [--programs N] [--findings N] [--shrink-seconds N] [--report] [--replay FILE] [--mutant NAME|all]";

struct Flags {
    seconds: u64,
    seed: u64,
    programs: u64,
    findings: usize,
    shrink_seconds: u64,
    report: bool,
    replay: Option<PathBuf>,
    mutant: Option<String>,
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
        mutant: None,
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
            "--mutant" => flags.mutant = Some(value()?),
            "--replay" => flags.replay = Some(value()?.into()),
            _ => return Err(format!("`{arg}` is no option\n{USAGE}")),
        }
    }
    Ok(flags)
}

fn show(finding: &Finding) {
    // What could not be made small is in a file.
    let long = finding.text.len() > 4_000;
    let folder = std::env::temp_dir();
    let path = folder.join(format!(
        "rtfs-differential-{}-{}.rtfs",
        std::process::id(),
        finding.text.len()
    ));
    let text = match long && std::fs::write(&path, &finding.text).is_ok() {
        true => format!("; {}", path.display()),
        false => finding.text.trim().to_owned(),
    };
    println!(
        "level {}, case {}:\n{}\n  evaluator: {}\n  compiled:  {}\n",
        finding.level, finding.case, text, finding.expected, finding.got
    );
}

fn plan(flags: &Flags) -> Plan<'static> {
    Plan {
        time: Duration::from_secs(flags.seconds),
        programs: flags.programs,
        seed: flags.seed,
        levels: &LEVELS,
        plant: Plant::NONE,
        shrink: Duration::from_secs(flags.shrink_seconds),
        findings: flags.findings,
    }
}

fn fuzz(flags: &Flags) -> bool {
    let start = Instant::now();
    let plan = plan(flags);
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

/// Tries one program; whether the engines agree.
fn replay(text: &str, flags: &Flags) -> bool {
    let mut levels = LEVELS.iter();
    let found = levels.find_map(|level| difference(text, 0, *level, &Plant::NONE));
    let found = found.map(|finding| smaller(finding, &plan(flags)));
    found.iter().for_each(show);
    found.is_none()
}

/// Plants defects; whether all are found in time.
fn hunt(name: &str, flags: &Flags) -> bool {
    let mutants: Vec<&Mutant> = MUTANTS
        .iter()
        .filter(|mutant| name == "all" || mutant.name == name)
        .collect();
    let mut all = !mutants.is_empty();
    for mutant in mutants {
        let plan = Plan {
            plant: Plant {
                program: &|program| mutant.program(program),
                code: &|code| mutant.code(code),
            },
            findings: 1,
            ..plan(flags)
        };
        let mut found = None;
        let report = run(&plan, &mut |finding| {
            found.get_or_insert(finding.clone());
        });
        let took = report.first.unwrap_or_default().as_secs_f64();
        match &found {
            Some(finding) => {
                println!(
                    "{}: found in {took:.1} s, after {} cases at most ({})",
                    mutant.name, report.cases, mutant.what
                );
                show(finding);
            }
            None => println!(
                "{}: NOT found in {took:.1} s ({})",
                mutant.name, mutant.what
            ),
        }
        all &= found.is_some();
    }
    all
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
        None if flags.mutant.is_some() => {
            let name = flags.mutant.as_deref().unwrap_or_default();
            on_large_stack(|| hunt(name, &flags))
        }
        None => on_large_stack(|| fuzz(&flags)),
        Some(path) => match std::fs::read_to_string(path) {
            Ok(text) => on_large_stack(|| replay(&text, &flags)),
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
