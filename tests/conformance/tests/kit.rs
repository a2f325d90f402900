//! The conformance kit's own promises.

use rtfs_conformance::kit;

/// Others keep reports and compare them, so ids stay; a vector or a group that is gone is missed here.
#[test]
fn vectors_have_the_ids_that_are_listed() {
    let ids = kit::vector_ids().expect("the vectors are programs");
    let listed = include_str!("../ids/compiler.txt").lines();
    let is_vector = |id: &&str| id.starts_with("language/") || id.starts_with("artifact/encoding/");
    let mut listed: Vec<&str> = listed.filter(is_vector).collect();
    let mut ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    listed.sort_unstable();
    ids.sort_unstable();
    assert_eq!(ids, listed);
}
