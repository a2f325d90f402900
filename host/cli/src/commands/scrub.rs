//! `rtfs scrub`: reads every byte of the store and moves damage away.

use std::time::{Duration, Instant};

use rtfs_store::{Damage, ScrubReport, Verdict};

use crate::account;
use crate::args::{Format, Global, ScrubArgs};
use crate::exit::Exit;
use crate::opened;
use crate::output::Output;
use crate::problem::Problem;
use crate::safe_text;
use crate::units::show_size;

pub(crate) fn scrub(args: &ScrubArgs, global: &Global, output: &Output) -> Result<Exit, Problem> {
    let store = opened::open(global)?.store;
    let damage = match args.dry_run {
        true => Damage::Report,
        false => Damage::Quarantine,
    };
    let started = Instant::now();
    let mut read_bytes = 0;
    let report = store.scrub(damage, &mut |bytes| {
        read_bytes += bytes;
        if let Some(rate) = args.rate {
            wait(started, read_bytes, rate);
        }
    })?;
    if damage == Damage::Quarantine && !report.is_sound() {
        store.refresh_index()?;
    }
    match args.output.format {
        Format::Text => text(&report, args.dry_run, output),
        Format::Json => json(&report, output),
    }
    Ok(match report.is_sound() {
        true => Exit::Success,
        false => Exit::Failed,
    })
}

/// Sleeps until `read_bytes` are due at `rate` a second.
fn wait(started: Instant, read_bytes: u64, rate: u64) {
    let due_millis = u128::from(read_bytes) * 1000 / u128::from(rate.max(1));
    let due = Duration::from_millis(u64::try_from(due_millis).unwrap_or(u64::MAX));
    std::thread::sleep(due.saturating_sub(started.elapsed()));
}

fn text(report: &ScrubReport, dry_run: bool, output: &Output) {
    let fate = if dry_run {
        "left in place"
    } else {
        "moved to quarantine"
    };
    for digest in &report.corrupt_blobs {
        output.value(&format!("altered  blob {digest}: {fate}"));
    }
    for (digest, verdict) in &report.refused_records {
        let why = safe_text::line(&verdict.to_string());
        match verdict {
            Verdict::Corrupt(_) => output.value(&format!("altered  record {digest}: {why}")),
            verdict => {
                let state = account::state(verdict);
                output.note(&format!(
                    "note: record {digest} is whole, but refused ({state}): {why}"
                ));
            }
        }
    }
    for (record, blob) in &report.missing_blobs {
        output.value(&format!("missing  blob {blob}, needed by record {record}"));
    }
    if report.is_index_corrupt {
        output.value(&format!("altered  index.json (pinned releases): {fate}"));
    }
    output.value(&format!(
        "read: {} blobs, {}; {} records",
        report.n_blobs,
        show_size(report.blobs_bytes),
        report.n_records,
    ));
    if !report.is_sound() {
        output.note("publish what is damaged or missing again, from a sound source");
    }
}

fn json(report: &ScrubReport, output: &Output) {
    let refused: Vec<_> = report
        .refused_records
        .iter()
        .map(|(digest, verdict)| {
            serde_json::json!({
                "record": digest,
                "state": account::state(verdict),
                "verdict": verdict.to_string(),
            })
        })
        .collect();
    let missing: Vec<_> = report
        .missing_blobs
        .iter()
        .map(|(record, blob)| serde_json::json!({ "record": record, "blob": blob }))
        .collect();
    output.json(&serde_json::json!({
        "ok": report.is_sound(),
        "blobs": report.n_blobs,
        "bytes": report.blobs_bytes,
        "records": report.n_records,
        "corrupt_blobs": report.corrupt_blobs,
        "refused_records": refused,
        "missing_blobs": missing,
        "index_corrupt": report.is_index_corrupt,
    }));
}
