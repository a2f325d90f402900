//! What the binary and the benchmarks are asked to do.

use std::path::PathBuf;

use rtfs_host::{Engine, EngineConfig, Translation};
use tempfile::TempDir;

use crate::Failure;
use crate::contender::{self, RTFS};
use crate::peer::{LANGUAGES, Language};
use crate::program::{PROGRAMS, Program, Size};
use crate::race::{Times, race};
use crate::report::Report;
use crate::stages;
use crate::target;
use crate::{calls, compiling};

/// How the command is used.
pub const USAGE: &str = "\
usage: rtfs-bench [--rounds N] [--own] [--stages | --calls] [--quick] [--out FILE] [PROGRAM...]

  --rounds N   how often each contender runs (21)
  --own        only RTFS, its evaluator and hand-written wasm
  --stages     only compile and start times
  --calls      only what calls cost
  --quick      one round of small sizes: does everything work?
  --out FILE   where the report goes instead of standard output";

/// A part of what can be measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Part {
    /// Programs against other engines and languages.
    Programs,
    /// Compile and start times.
    Stages,
    /// What calls cost.
    Calls,
}

/// What was asked for.
#[derive(Debug, Default)]
pub struct Request {
    /// How often each contender runs.
    pub rounds: usize,
    /// No other languages.
    pub own: bool,
    /// Leave the other parts out.
    pub only: Option<Part>,
    /// One round of small sizes.
    pub quick: bool,
    /// Where the report goes.
    pub out: Option<PathBuf>,
    /// All without any.
    pub programs: Vec<&'static Program>,
}

impl Request {
    /// Reads arguments.
    ///
    /// # Errors
    /// [`USAGE`] when they are wrong.
    pub fn read(args: impl Iterator<Item = String>) -> Result<Self, Failure> {
        let mut request = Request {
            rounds: 21,
            ..Request::default()
        };
        let mut args = args;
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--rounds" => request.rounds = args.next().ok_or(USAGE)?.parse()?,
                "--own" => request.own = true,
                "--stages" => request.only = Some(Part::Stages),
                "--calls" => request.only = Some(Part::Calls),
                "--quick" => request.quick = true,
                "--out" => request.out = Some(args.next().ok_or(USAGE)?.into()),
                // Cargo says so to every benchmark.
                "--bench" => {}
                name => {
                    let named = PROGRAMS.iter().find(|it| it.name == name);
                    request.programs.push(named.ok_or(USAGE)?);
                }
            }
        }
        if !request.programs.is_empty() {
            request.only = Some(Part::Programs);
        }
        Ok(request)
    }

    /// Measures, and writes the report.
    ///
    /// # Errors
    /// When a contender fails or answers wrongly.
    pub fn run(&self) -> Result<(), Failure> {
        let scratch = tempfile::tempdir()?;
        let mut report = Report {
            rounds: if self.quick { 1 } else { self.rounds },
            ..Report::default()
        };
        let wants = |part| self.only.is_none_or(|only| only == part);
        if wants(Part::Programs) {
            self.programs(&mut report, &scratch)?;
        }
        if wants(Part::Stages) {
            self.stages(&mut report, &scratch)?;
        }
        if wants(Part::Calls) {
            let calls = if self.quick { 20 } else { calls::CALLS };
            report.sections.push(calls::measure(report.rounds, calls)?);
        }
        let text = report.markdown();
        match &self.out {
            Some(path) => std::fs::write(path, text)?,
            None => println!("{text}"),
        }
        Ok(())
    }

    fn languages(&self, report: &mut Report) -> Vec<&'static Language> {
        let mut languages = Vec::new();
        if self.own {
            return languages;
        }
        for language in LANGUAGES {
            match language.installed() {
                Some(version) => {
                    languages.push(language);
                    let version = version.trim_start_matches(language.tool).trim_start();
                    report
                        .versions
                        .push(format!("{}: {version}", language.name));
                }
                None => {
                    let note = format!("{}: `{}` is not installed", language.name, language.tool);
                    skip(report, note);
                }
            }
        }
        languages
    }

    fn programs(&self, report: &mut Report, scratch: &TempDir) -> Result<(), Failure> {
        let languages = self.languages(report);
        let engine = Engine::new(EngineConfig::default())?;
        let all: Vec<&Program> = PROGRAMS.iter().collect();
        let chosen = match self.programs.is_empty() {
            true => &all,
            false => &self.programs,
        };
        let run = |program: &Program, size: Size| -> Result<Times, Failure> {
            let mut entrants = contender::own(program, size, &engine)?;
            let others = contender::others(program, size, &languages, scratch.path())?;
            entrants.extend(others);
            race(&mut entrants, report.rounds, size.answer)
                .map_err(|error| format!("{}: {error}", program.name).into())
        };
        let mut measured = Vec::new();
        for program in chosen {
            let size = if self.quick {
                program.small
            } else {
                program.full
            };
            let times = run(program, size)?;
            eprintln!("{}", progress(program, &times));
            let mut findings = target::findings(program.name, &times);
            if program.name == "append" && !self.quick {
                // Longer texts: what a call costs by itself would hide their growth.
                let of = |n: i64| {
                    let answer = (2 * n).to_string();
                    longer(program, n, &engine, report.rounds, &answer)
                };
                findings.push(target::linearity(400_000, of(200_000)?, of(400_000)?));
            }
            measured.push((*program, times, findings));
        }
        for (program, times, findings) in measured {
            report.findings.extend(findings);
            report.programs.push((program, times));
        }
        Ok(())
    }

    fn stages(&self, report: &mut Report, scratch: &TempDir) -> Result<(), Failure> {
        report.findings.push(stages::compilation(report.rounds)?);
        match stages::binary() {
            Some(rtfs) => {
                let found = stages::processes(&rtfs, report.rounds, scratch.path())?;
                report.findings.extend(found);
            }
            None => {
                let note = "rows 8 and 9: there is no `rtfs` beside this program; set RTFS_BIN";
                skip(report, note);
            }
        }
        self.compiling(report, scratch)
    }

    fn compiling(&self, report: &mut Report, scratch: &TempDir) -> Result<(), Failure> {
        let Some(guest) = compiling::guest() else {
            skip(
                report,
                "compiling in the sandbox: set RTFS_WASM_GUEST to the component of `backends/wasm-guest`",
            );
            return Ok(());
        };
        let engine = EngineConfig {
            translation: match self.quick {
                true => Translation::Fast,
                false => Translation::Optimised,
            },
            ..EngineConfig::default()
        };
        let mut section = compiling::measure(&guest, engine, report.rounds)?;
        if let (Some(rtfs), false) = (stages::binary(), self.quick) {
            let found = compiling::processes(&rtfs, &guest, report.rounds, scratch.path())?;
            section.cases.extend(found);
        }
        report.sections.push(section);
        Ok(())
    }
}

/// Says what is left out, here and in the report.
fn skip(report: &mut Report, note: impl Into<String>) {
    let note = note.into();
    eprintln!("skipped {note}");
    report.skipped.push(note);
}

/// Time of un-annotated RTFS alone, at another size.
fn longer(
    program: &Program,
    n: i64,
    engine: &Engine,
    rounds: usize,
    answer: &str,
) -> Result<std::time::Duration, Failure> {
    let source = program.text("rtfs.rtfs").ok_or("there is no rtfs.rtfs")?;
    let component = crate::component::Component::of_source(engine, &source, n)?;
    let mut entrants = [crate::race::Entrant {
        name: RTFS,
        contender: Box::new(component),
    }];
    let times = race(&mut entrants, rounds, answer)?;
    times.of(RTFS).ok_or_else(|| "it ran".into())
}

fn progress(program: &Program, times: &Times) -> String {
    let times = times.iter();
    let times = times.map(|(name, time)| format!("{name} {:.2} ms", time.as_secs_f64() * 1000.0));
    format!("{}: {}", program.name, times.collect::<Vec<_>>().join(", "))
}
