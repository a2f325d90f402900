//! The conformance kit's own promises.

use rtfs_conformance::kit;

/// Others keep reports and compare them, so ids stay; a vector or a group that is gone is missed here.
#[test]
fn vectors_have_the_ids_that_are_listed() {
    let ids = kit::vector_ids().expect("the vectors are programs");
    let begins = [
        "language/",
        "artifact/encoding/",
        "encoding/",
        "settings",
        "declared/",
        "compile/declared",
        "compile/limits",
        "compile/state",
    ];
    let is_vector = |id: &&str| begins.iter().any(|begin| id.starts_with(begin));
    check(&ids, include_str!("../ids/compiler.txt"), is_vector);
}

#[test]
fn programs_that_are_none_have_the_ids_that_are_listed() {
    let is_artifact = |id: &&str| id.starts_with("executor/artifact-");
    let listed = include_str!("../ids/executor.txt");
    check(&kit::hostile_artifact_ids(), listed, is_artifact);
}

#[track_caller]
fn check(ids: &[String], listed: &str, is_listed: impl Fn(&&str) -> bool) {
    let mut listed: Vec<&str> = listed.lines().filter(is_listed).collect();
    let mut ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    listed.sort_unstable();
    ids.sort_unstable();
    assert_eq!(ids, listed);
}
