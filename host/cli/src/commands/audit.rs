//! `rtfs audit`: what was decided about calls; `rtfs stats`: the same in numbers.

use std::collections::BTreeMap;

use cap_std::fs::Dir;
use rtfs_delegate::{AuditError, AuditFault, AuditLine, Outcome, read_audit, verify_audit};
use rtfs_runtime::chain;
use serde::Serialize;

use crate::args::{AuditAction, AuditArgs, Format, Global, StatsArgs};
use crate::exit::Exit;
use crate::opened;
use crate::output::Output;
use crate::problem::Problem;
use crate::safe_text;
use crate::store;

pub(crate) fn audit(args: &AuditArgs, global: &Global, output: &Output) -> Result<Exit, Problem> {
    let log = log(global)?;
    match args.action {
        Some(AuditAction::Verify) => verify(&log, args.format, output),
        None => {
            read_audit(&log, |line| show(&line, args.format, output)).map_err(unreadable)?;
            Ok(Exit::Success)
        }
    }
}

/// The directory of the log. A store is made first where there is none: it is the log's place.
fn log(global: &Global) -> Result<Dir, Problem> {
    opened::open(global)?;
    Ok(store::open(&store::store_directory(global)?.join("log"))?)
}

fn unreadable(error: AuditError) -> Problem {
    Problem::failed(format!(
        "cannot read the log of decisions: {}",
        chain(&error)
    ))
}

fn show(line: &AuditLine, format: Format, output: &Output) {
    if format == Format::Json {
        return output.json(line);
    }
    let entry = &line.entry;
    let outcome = match &entry.outcome {
        Outcome::Value => "value".to_owned(),
        Outcome::Raised { class } => format!("raised {class}"),
        Outcome::Fallback { reason } => format!("fallback {reason}"),
        _ => "open".to_owned(),
    };
    let text = format!(
        "{} {} chosen={} engine={} reason={} outcome={outcome} fuel={} time={}us",
        line.line,
        entry.call,
        entry.chosen,
        entry.engine,
        entry.reason,
        entry.fuel,
        entry.elapsed_us
    );
    output.value(&safe_text::lines(&text));
}

fn verify(log: &Dir, format: Format, output: &Output) -> Result<Exit, Problem> {
    let report = verify_audit(log, None).map_err(unreadable)?;
    let faults: Vec<String> = report
        .breaks
        .iter()
        .map(|found| format!("line {}: {}", found.line, fault(&found.fault)))
        .collect();
    match format {
        Format::Json => output.json(&serde_json::json!({
            "sound": report.is_sound(),
            "lines": report.head.lines,
            "head": report.head.digest.to_string(),
            "torn-lines": report.torn_lines,
            "breaks": faults,
        })),
        Format::Text => {
            let sound = if report.is_sound() { "sound" } else { "broken" };
            output.value(&format!("{} lines, {sound}", report.head.lines));
        }
    }
    if report.is_sound() {
        return Ok(Exit::Success);
    }
    Err(Problem::refused(format!(
        "the log of decisions was altered: {}",
        faults.join("; ")
    ))
    .next("keep a copy as evidence; lines after the first break prove nothing"))
}

fn fault(fault: &AuditFault) -> String {
    match fault {
        AuditFault::Malformed { detail } => format!("no line of a log: {detail}"),
        AuditFault::Previous { .. } => "the line before it is not the one it followed".to_owned(),
        AuditFault::Number { claimed } => format!("says it is line {claimed}"),
        AuditFault::NotTorn => "says the line before is unfinished, which it is not".to_owned(),
        AuditFault::CutShort { expected } => format!("{} lines were expected", expected.lines),
        other => format!("{other:?}"),
    }
}

/// What became of the calls of one function.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Tally {
    decisions: u64,
    hits: u64,
    fallbacks: u64,
    raised: u64,
    fuel: u64,
    elapsed_us: u64,
}

impl Tally {
    fn add(&mut self, line: &AuditLine) {
        let entry = &line.entry;
        self.decisions += 1;
        self.hits += u64::from(entry.record.is_some());
        match entry.outcome {
            Outcome::Fallback { .. } => self.fallbacks += 1,
            Outcome::Raised { .. } => self.raised += 1,
            _ => {}
        }
        self.fuel = self.fuel.saturating_add(entry.fuel);
        self.elapsed_us = self.elapsed_us.saturating_add(entry.elapsed_us);
    }
}

pub(crate) fn stats(args: &StatsArgs, global: &Global, output: &Output) -> Result<Exit, Problem> {
    let log = log(global)?;
    let mut functions: BTreeMap<String, Tally> = BTreeMap::new();
    let each = |line: AuditLine| {
        functions
            .entry(line.entry.call.clone())
            .or_default()
            .add(&line)
    };
    read_audit(&log, each).map_err(unreadable)?;
    if args.output.format == Format::Json {
        output.json(&serde_json::json!({ "functions": functions }));
        return Ok(Exit::Success);
    }
    if functions.is_empty() {
        output.note("no decisions yet; `rtfs run --engine evaluator --l4 exact` makes some");
        return Ok(Exit::Success);
    }
    output.value("function decisions hits fallbacks raised fuel time");
    for (name, tally) in &functions {
        let line = format!(
            "{name} {} {} {} {} {} {}us",
            tally.decisions,
            tally.hits,
            tally.fallbacks,
            tally.raised,
            tally.fuel,
            tally.elapsed_us
        );
        output.value(&safe_text::lines(&line));
    }
    Ok(Exit::Success)
}
