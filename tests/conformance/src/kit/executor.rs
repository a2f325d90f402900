//! What holds for every executor, and what it must answer to programs that the kit has.

use rtfs_host::{CallError, CallOptions, Executor};

use super::module::text;
use super::observed::Callee;
use super::report::{Outcome, Report};
use super::{language, limits, vectors};

/// Whose artifacts are programs in their canonical encoding, which are the only ones that the kit can
/// make.
const RTFS_IR: &str = "rtfs-ir";

/// Tries an executor.
pub(super) fn check(executor: &Executor, report: &mut Report) {
    let target = executor.target_id(&CallOptions::default());
    let target = match target {
        Ok(target) => target,
        Err(error) => return report.add("executor/target-id", Err(text(error))),
    };
    report.add("executor/target-id", Ok(()));
    for (name, artifact) in [
        ("invalid-artifact", &b"no artifact"[..]),
        ("empty-artifact", b""),
    ] {
        report.add(format!("executor/{name}"), refuses(executor, artifact));
    }
    if target != RTFS_IR {
        let detail = format!("it runs `{target}`, which the kit cannot make");
        return report.push("artifacts", Outcome::Unsupported(detail));
    }
    match (vectors::groups(), vectors::program(limits::PROGRAM)) {
        (Ok(groups), Ok(program)) => {
            for group in &groups {
                let artifact = group.program.encode();
                language::check(Callee::Artifact(executor, &artifact), group, report);
            }
            limits::check(Callee::Artifact(executor, &program.encode()), report);
        }
        (Err(defect), _) | (_, Err(defect)) => report.add("vectors", Err(defect)),
    }
}

fn refuses(executor: &Executor, artifact: &[u8]) -> Result<(), String> {
    let finished = executor.invoke(artifact, 0, &[0x80], &CallOptions::default());
    match finished.result {
        Err(CallError::Raised(error)) if error.class == "InvalidArtifact" => Ok(()),
        Err(error) => Err(format!("wanted !InvalidArtifact: {}", text(error))),
        Ok(_) => Err("wanted !InvalidArtifact, got a value".to_owned()),
    }
}
