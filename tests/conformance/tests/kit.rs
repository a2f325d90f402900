//! The conformance kit's own promises.

use rtfs_conformance::kit;

/// Others keep reports and compare them, so ids stay; a vector or a group that is gone is missed here.
#[test]
fn vectors_have_the_ids_that_are_listed() {
    let ids = kit::vector_ids().expect("the vectors are programs");
    let listed: Vec<&str> = include_str!("../vectors/ids.txt").lines().collect();
    assert_eq!(ids, listed);
}
