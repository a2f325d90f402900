//! What holds for every executor, and what it must answer to programs that the kit has.

use rtfs_host::{CallOptions, Executor};

use super::module::{self, raises, same, text};
use super::observed::{Callee, NO_ARGUMENTS};
use super::report::{Outcome, Report};
use super::vectors::{self, Group};
use super::{declared, language, limits};

/// Whose artifacts are programs in their canonical encoding, which are the only ones that the kit can
/// make.
const RTFS_IR: &str = "rtfs-ir";

/// The class of errors about bytes that are no artifact of the target.
const INVALID_ARTIFACT: &str = "InvalidArtifact";

/// Bytes that are no program in its canonical encoding: what is wrong with them, and the bytes. But for
/// that, each is a program without definitions and with at most one form.
pub(super) const HOSTILE: &[(&str, &[u8])] = &[
    ("truncated", b"\x84\x01\x80\xf6"),
    ("trailing", b"\x84\x01\x80\xf6\x80\x00"),
    ("version", b"\x84\x19\x27\x0f\x80\xf6\x80"),
    ("long-head", b"\x84\x18\x01\x80\xf6\x80"),
    ("indefinite", b"\x84\x01\x9f\xff\xf6\x80"),
    (
        "huge-length",
        b"\x84\x01\x9b\x7f\xff\xff\xff\xff\xff\xff\xff",
    ),
    (
        "unknown-node",
        b"\x84\x01\x80\xf6\x81\x82\x82\x00\x80\x82\x18\x63\xf6",
    ),
    (
        "unknown-function",
        b"\x84\x01\x80\xf6\x81\x82\x82\x00\x80\x82\x05\x64nope",
    ),
    (
        "unknown-global",
        b"\x84\x01\x80\xf6\x81\x82\x82\x00\x80\x82\x04\x07",
    ),
    (
        "unknown-slot",
        b"\x84\x01\x80\xf6\x81\x82\x82\x00\x80\x82\x02\x07",
    ),
    (
        "bad-utf8",
        b"\x84\x01\x80\xf6\x81\x82\x82\x00\x80\x82\x05\x61\xff",
    ),
];

/// Vectors nested this deep are beyond what a program may have.
const TOO_DEEP: usize = 20_000;

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
    report.add("executor/constant", constant(executor));
    if target != RTFS_IR {
        let detail = format!("it runs `{target}`, which the kit cannot make");
        return report.push("artifacts", Outcome::Unsupported(detail));
    }
    for (name, artifact) in HOSTILE {
        report.add(
            format!("executor/artifact-{name}"),
            refuses(executor, artifact),
        );
    }
    report.add("executor/artifact-too-deep", refuses(executor, &too_deep()));
    match (vectors::groups(), vectors::program(limits::PROGRAM)) {
        (Ok(groups), Ok(program)) => {
            hostile_calls(executor, &groups, report);
            for group in &groups {
                let artifact = group.program.encode();
                language::check(Callee::Artifact(executor, &artifact), group, report);
            }
            match vectors::program(declared::PROGRAM) {
                Ok(program) => {
                    declared::check(Callee::Artifact(executor, &program.encode()), report);
                }
                Err(defect) => report.add("vectors", Err(defect)),
            }
            limits::check(Callee::Artifact(executor, &program.encode()), report);
        }
        (Err(defect), _) | (_, Err(defect)) => report.add("vectors", Err(defect)),
    }
}

fn refuses(executor: &Executor, artifact: &[u8]) -> Result<(), String> {
    let callee = Callee::Artifact(executor, artifact);
    raises(callee, 0, &NO_ARGUMENTS, INVALID_ARTIFACT)
}

/// A program that would be one if its only form did not nest so deep.
fn too_deep() -> Vec<u8> {
    let start = b"\x84\x01\x80\xf6\x81\x82\x82\x00\x80";
    let vector_of = b"\x82\x17\x81";
    let nil = b"\x82\x00\xf6";
    [&start[..], &vector_of.repeat(TOO_DEEP), nil].concat()
}

/// An executor names the same target in every instance, and whatever the instance did before.
fn constant(executor: &Executor) -> Result<(), String> {
    let what = "two target ids";
    let ask = |entropy| {
        let options = CallOptions {
            entropy,
            ..CallOptions::default()
        };
        let asked = executor.target_ids(b"no artifact", 0, &NO_ARGUMENTS, &options);
        let [before, after] = asked.map_err(text)?;
        same(&before, &after, what).map(|()| before)
    };
    same(&ask(0)?, &ask(1)?, what)
}

/// Arguments and exports that nobody may send, to a function of a program that is one.
fn hostile_calls(executor: &Executor, groups: &[Group], report: &mut Report) {
    for group in groups {
        // A function that returns its argument would return what got through.
        if let Some(export) = group.export("same") {
            let artifact = group.program.encode();
            let callee = Callee::Artifact(executor, &artifact);
            let exports = group.program.exports().len();
            report.add("exports/unknown", module::unknown_export(callee, exports));
            module::check_arguments(callee, export, "", report);
        }
    }
}
