//! `rtfs verify`: every byte of a module, or of all, against what was signed.

use std::collections::BTreeSet;
use std::sync::Arc;

use rtfs_store::{Fault, LocateError, Part, PinFault, Record, Verdict};
use serde::Serialize;

use crate::args::{Format, Global, VerifyArgs};
use crate::exit::Exit;
use crate::opened::{self, Opened};
use crate::output::Output;
use crate::problem::Problem;
use crate::safe_text;

/// What was found about one module, name or trust statement.
struct Finding {
    subject: String,
    faults: Vec<Wrong>,
}

/// One thing that is wrong.
#[derive(Serialize)]
struct Wrong {
    #[serde(skip)]
    exit: Exit,
    what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    problem: String,
    next: String,
}

pub(crate) fn verify(args: &VerifyArgs, global: &Global, output: &Output) -> Result<Exit, Problem> {
    let opened = opened::open(global)?;
    let findings = if args.modules.is_empty() {
        everything(&opened)?
    } else {
        let one = |reference: &String| by_reference(&opened, reference);
        args.modules.iter().map(one).collect::<Result<_, _>>()?
    };
    report(&findings, &opened, args.output.format, output);
    let faults = findings.iter().flat_map(|finding| &finding.faults);
    Ok(faults
        .map(|fault| fault.exit)
        .max()
        .unwrap_or(Exit::Success))
}

fn everything(opened: &Opened) -> Result<Vec<Finding>, Problem> {
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    for entry in opened.store.catalogue()? {
        let digest = entry.record.digest().to_string();
        let subject = match entry.names.is_empty() {
            true => digest,
            false => format!("{} {digest}", entry.names.join(",")),
        };
        seen.insert(entry.record.digest());
        findings.push(Finding {
            subject,
            faults: module(opened, &entry.record),
        });
    }
    for name in opened.store.names()? {
        // What a name leads to was looked at above; here it only matters that it leads somewhere.
        match opened.store.locate(&name) {
            Ok(located) if located.deciding().verdict().is_trusted() => {}
            Ok(located) if seen.contains(&located.deciding().digest()) => {}
            found => findings.push(located(opened, &name, found)?),
        }
    }
    for ignored in opened.store.trust()?.ignored() {
        // Strangers may say what they like about keys: nobody listens.
        if let verdict @ Verdict::Corrupt(_) = &ignored.verdict {
            findings.push(Finding {
                subject: format!("trust statement {}", ignored.digest),
                faults: vec![Wrong {
                    exit: Exit::Refused,
                    what: format!("trust statement {}", ignored.digest),
                    file: Some(format!("trust/{}.dsse", ignored.digest.hex())),
                    problem: verdict.to_string(),
                    next: "make the statement again with `rtfs key`, then delete the file".into(),
                }],
            });
        }
    }
    findings.extend(opened.store.check_pins().iter().map(pin));
    Ok(findings)
}

/// What OCI tools would stumble over.
fn pin(fault: &PinFault) -> Finding {
    let what = "pinned releases".to_owned();
    Finding {
        subject: fault.path.clone(),
        faults: vec![Wrong {
            exit: Exit::Refused,
            what,
            file: Some(fault.path.clone()),
            problem: fault.problem.to_string(),
            next: "`rtfs scrub` moves it to quarantine; then pin the releases again".to_owned(),
        }],
    }
}

fn by_reference(opened: &Opened, reference: &str) -> Result<Finding, Problem> {
    located(opened, reference, opened.store.locate(reference))
}

fn located(
    opened: &Opened,
    reference: &str,
    found: Result<rtfs_store::Located, LocateError>,
) -> Result<Finding, Problem> {
    let subject = reference.to_owned();
    let faults = match found {
        Ok(located) => {
            let mut faults = Vec::new();
            if let Some(pointer) = &located.pointer {
                faults.extend(refusal(pointer, "pointer"));
            }
            faults.extend(module(opened, &located.record));
            faults
        }
        Err(error @ LocateError::Find(_)) => return Err(error.into()),
        Err(error) => {
            let problem = Problem::of(&error);
            vec![Wrong {
                exit: problem.exit,
                what: format!("module {reference}"),
                file: None,
                problem: problem.text,
                next: problem.next.unwrap_or_default(),
            }]
        }
    };
    Ok(Finding { subject, faults })
}

fn module(opened: &Opened, record: &Arc<Record>) -> Vec<Wrong> {
    let faults = opened.store.check_module(record);
    faults.iter().map(wrong).collect()
}

fn refusal(record: &Record, what: &str) -> Option<Wrong> {
    (!record.verdict().is_trusted()).then(|| Wrong {
        exit: Exit::Refused,
        what: format!("{what} {}", record.digest()),
        file: None,
        problem: record.verdict().to_string(),
        next: advice(record.verdict()),
    })
}

fn wrong(fault: &Fault) -> Wrong {
    let next = match &fault.problem {
        rtfs_store::Problem::Refused(verdict) => advice(verdict),
        rtfs_store::Problem::Missing => "publish the module again".to_owned(),
        rtfs_store::Problem::Unreadable { .. } => "see to the disk and its permissions".to_owned(),
        _ => "`rtfs scrub` moves it to quarantine; then publish the module again".to_owned(),
    };
    Wrong {
        exit: match fault.is_refusal() {
            true => Exit::Refused,
            false => Exit::Failed,
        },
        what: format!("{} {}", part(fault.part), fault.digest),
        file: Some(fault.path()),
        problem: fault.problem.to_string(),
        next,
    }
}

fn part(part: Part) -> String {
    match part {
        Part::Ir => "IR".to_owned(),
        part => part.to_string(),
    }
}

/// What to do about a record that is refused.
pub(crate) fn advice(verdict: &Verdict) -> String {
    match verdict {
        Verdict::UnknownSigner { .. } => {
            "if you know the signer: `rtfs key trust FILE --label WHO` with its public key".into()
        }
        Verdict::RevokedKey { .. } => {
            "revocation is final: look at the source (`rtfs show --source`) and publish it under \
             a key of your own"
                .into()
        }
        Verdict::RevokedDigest { .. } => {
            "revocation is final: publish a version without what was wrong".into()
        }
        _ => "`rtfs scrub` moves it to quarantine; then publish the module again".into(),
    }
}

fn report(findings: &[Finding], opened: &Opened, format: Format, output: &Output) {
    let n_bad = findings.iter().filter(|it| !it.faults.is_empty()).count();
    if format == Format::Json {
        let results: Vec<_> = findings
            .iter()
            .map(|finding| {
                serde_json::json!({
                    "subject": finding.subject,
                    "ok": finding.faults.is_empty(),
                    "faults": finding.faults,
                })
            })
            .collect();
        output.json(&serde_json::json!({ "ok": n_bad == 0, "results": results }));
        return;
    }
    for finding in findings {
        let subject = safe_text::line(&finding.subject);
        if finding.faults.is_empty() {
            output.value(&format!("ok       {subject}"));
        }
        for fault in &finding.faults {
            let word = match fault.exit {
                Exit::Refused => "refused",
                _ => "missing",
            };
            let what = safe_text::line(&format!("{}: {}", fault.what, fault.problem));
            output.value(&format!("{word}  {subject}: {what}"));
            if let Some(file) = &fault.file {
                output.note(&format!("  where: {}", opened.path.join(file).display()));
            }
            output.note(&format!("  next: {}", safe_text::line(&fault.next)));
        }
    }
    output.note(&format!(
        "{} verified, {n_bad} not to be used",
        findings.len() - n_bad
    ));
}
